//! Running stages: all of them as `ward up`, or apart on a real Kafka broker; and what each process uses.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clickhouse::{RowOwned, RowRead};
use tokio::runtime::Runtime;
use ward_event::config::Config;
use ward_store::{Store, testing::KafkaBroker};

use crate::usage::{child_of, cpu_secs, resident_bytes};

/// Memory caps of the contract; `ward up` has those of its stages together.
const UP_BYTES_MAX: u64 = 2 << 30;
const COLLECTOR_BYTES_MAX: u64 = 256 << 20;
const ANALYTICS_BYTES_MAX: u64 = 1536 << 20;
const ENGINE_BYTES_MAX: u64 = 6 << 30;

const REGISTER: &str =
    "[[unit]]\nid = 'h01'\nname = '市一院'\nkind = 'hospital'\n[[sender]]\nid = 'h01'\nunits = ['h01']\n";

/// A process that is measured.
pub(crate) struct Process {
    pub(crate) name: &'static str,
    pid: u32,
    /// Resident bytes it may have; none for what is not Ward's.
    pub(crate) cap: Option<u64>,
    cpu_before: f64,
    /// Most resident bytes that were seen.
    pub(crate) most: u64,
}

impl Process {
    fn new(name: &'static str, pid: u32, cap: Option<u64>) -> Self {
        Self { name, pid, cap, cpu_before: cpu_secs(pid), most: 0 }
    }

    /// CPU seconds since it was first looked at.
    pub(crate) fn cpu(&self) -> f64 {
        cpu_secs(self.pid) - self.cpu_before
    }

    pub(crate) fn look(&mut self) {
        self.most = self.most.max(resident_bytes(self.pid));
    }
}

pub(crate) struct Running {
    stages: Vec<Child>,
    endpoints: BTreeMap<String, String>,
    /// Asked from within: a command a question would take more of the cores than the question.
    store: Store,
    runtime: Runtime,
    broker: Option<KafkaBroker>,
    /// Removed with it.
    _dir: tempfile::TempDir,
}

impl Running {
    /// All stages in one process, on the embedded engines.
    pub(crate) fn up(binary: &Path) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut endpoints = BTreeMap::new();
        let stage = start(binary, &["up", "--ports", "auto"], dir.path(), &mut endpoints)?;
        let data = dir.path().to_owned();
        Self::of(vec![stage], endpoints, &data, None, dir)
    }

    /// Collector and analytics apart, on a broker of one node.
    pub(crate) fn on_kafka(binary: &Path) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let broker = KafkaBroker::start().context("a Kafka broker; `make setup` fetches it")?;
        fs::write(dir.path().join("register.toml"), REGISTER)?;
        let config = dir.path().join("ward.toml");
        let any = "127.0.0.1:0";
        fs::write(
            &config,
            format!(
                "register = 'register.toml'\n[log]\nbackend = 'kafka'\nbrokers = '{}'\n[web]\nlisten = '{any}'\n[metrics]\nlisten = '{any}'\n\
                 [[collect]]\nsender = 'h01'\nsyslog_tcp = '{any}'\nsyslog_udp = '{any}'\n",
                broker.bootstrap
            ),
        )?;
        let config = config.display().to_string();
        let mut endpoints = BTreeMap::new();
        let mut stages = Vec::new();
        // Analytics first: it makes the topics.
        for name in ["analyze", "collect"] {
            stages.push(start(binary, &[name, "--config", &config], &dir.path().join(name), &mut endpoints)?);
        }
        let data = dir.path().join("analyze");
        Self::of(stages, endpoints, &data, Some(broker), dir)
    }

    fn of(
        stages: Vec<Child>,
        endpoints: BTreeMap<String, String>,
        data: &Path,
        broker: Option<KafkaBroker>,
        dir: tempfile::TempDir,
    ) -> Result<Self> {
        let store = Store::attach(&Config { data: data.to_owned(), ..Config::default() })?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { stages, endpoints, store, runtime, broker, _dir: dir })
    }

    /// The processes to measure, from now on.
    pub(crate) fn processes(&self) -> Result<Vec<Process>> {
        let ids: Vec<u32> = self.stages.iter().map(Child::id).collect();
        let mut all = match ids[..] {
            [up] => vec![Process::new("ward", up, Some(UP_BYTES_MAX))],
            [analyze, collect] => vec![
                Process::new("the collector", collect, Some(COLLECTOR_BYTES_MAX)),
                Process::new("analytics", analyze, Some(ANALYTICS_BYTES_MAX)),
            ],
            _ => bail!("{} stages", ids.len()),
        };
        let engine = ids.first().and_then(|pid| child_of(*pid, "engine")).context("the engine's process")?;
        all.push(Process::new("the engine", engine, Some(ENGINE_BYTES_MAX)));
        let broker = self.broker.as_ref().and_then(KafkaBroker::pid);
        all.extend(broker.map(|pid| Process::new("the broker", pid, None)));
        Ok(all)
    }

    pub(crate) fn endpoint(&self, name: &str) -> Result<&str> {
        self.endpoints.get(name).map(String::as_str).with_context(|| format!("no endpoint {name}"))
    }

    /// One number.
    pub(crate) fn ask<T: RowOwned + RowRead>(&self, query: &str) -> Result<T> {
        // As the writer: the reader may not see how large parts are.
        Ok(self.runtime.block_on(self.store.writer().query(query).fetch_one::<T>())?)
    }

    /// Events that are stored.
    pub(crate) fn count(&self) -> Result<u64> {
        self.ask("SELECT count() FROM events")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for stage in &mut self.stages {
            let _ = stage.kill();
            let _ = stage.wait();
        }
    }
}

/// Starts a stage, waits until it answers, and adds where it does.
fn start(
    binary: &Path,
    args: &[&str],
    data: &Path,
    endpoints: &mut BTreeMap<String, String>,
) -> Result<Child> {
    fs::create_dir_all(data)?;
    let log = data.join("stderr.log");
    let mut child = Command::new(binary)
        .args(args)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log)?)
        .spawn()?;
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline && child.try_wait()?.is_none() {
        if let Ok(text) = fs::read(data.join("endpoints.json")) {
            endpoints.extend(serde_json::from_slice::<BTreeMap<String, String>>(&text)?);
            return Ok(child);
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    bail!("ward {args:?} did not start: {}", fs::read_to_string(log)?)
}
