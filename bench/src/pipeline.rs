//! Socket to stored: RFC 5424 lines over TCP into a running `ward up`, with the mask, the shipped rules
//! and fdatasync on, and the generator on the same cores.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::UdpSocket,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clickhouse::{RowOwned, RowRead};
use tokio::runtime::Runtime;
use ward_event::config::Config;
use ward_simulator::load::{self, Load};
use ward_store::Store;

use crate::{
    Options, Row,
    usage::{child_of, cpu_secs, resident_bytes},
};

/// Octets of a line.
const LINE_BYTES: usize = 250;

/// The soak: ten minutes.
const SOAK: Duration = Duration::from_secs(600);

/// Memory caps of the contract: everything in one process but the engine, and the engine.
const WARD_BYTES_MAX: u64 = 2 << 30;
const ENGINE_BYTES_MAX: u64 = 6 << 30;

pub(crate) fn run(options: &Options) -> Result<Vec<Row>> {
    measure("pipeline", options, options.load)
}

pub(crate) fn soak(options: &Options) -> Result<Vec<Row>> {
    measure("soak", options, SOAK)
}

struct Running {
    child: Child,
    /// Removed with it.
    _dir: tempfile::TempDir,
    endpoints: BTreeMap<String, String>,
    /// Asked from within: a command a question would take more of the cores than the question.
    store: Store,
    runtime: Runtime,
}

impl Running {
    fn start(binary: &Path) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let log = File::create(dir.path().join("stderr.log"))?;
        let mut child = Command::new(binary)
            .args(["up", "--ports", "auto", "--data"])
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline && child.try_wait()?.is_none() {
            if let Ok(text) = fs::read(dir.path().join("endpoints.json")) {
                let config = Config { data: dir.path().into(), ..Config::default() };
                let store = Store::attach(&config)?;
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
                return Ok(Self {
                    child,
                    endpoints: serde_json::from_slice(&text)?,
                    store,
                    runtime,
                    _dir: dir,
                });
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = child.kill();
        bail!("ward up did not start: {}", fs::read_to_string(dir.path().join("stderr.log"))?)
    }

    fn endpoint(&self, name: &str) -> Result<&str> {
        self.endpoints.get(name).map(String::as_str).with_context(|| format!("no endpoint {name}"))
    }

    /// One number.
    fn ask<T: RowOwned + RowRead>(&self, query: &str) -> Result<T> {
        // As the writer: the reader may not see how large parts are.
        Ok(self.runtime.block_on(self.store.writer().query(query).fetch_one::<T>())?)
    }

    fn count(&self) -> Result<u64> {
        self.ask("SELECT count() FROM events")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a look at the running stages sees, once a second or so.
#[derive(Default)]
struct Seen {
    /// Seconds since the load began, and events sent but not yet stored.
    lag: Vec<(f64, f64)>,
    ward_bytes: u64,
    engine_bytes: u64,
    /// Seconds from sending a marked line to finding it by a query, and to its alert.
    queryable: Vec<f64>,
    alert: Vec<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
fn measure(bench: &'static str, options: &Options, time: Duration) -> Result<Vec<Row>> {
    let running = Running::start(&options.binary)?;
    let pid = running.child.id();
    let engine = child_of(pid, "engine").context("the engine's process")?;
    let target = running.endpoint("syslog-tcp")?.parse()?;
    let load =
        Load { target, rate: options.rate, bytes: LINE_BYTES, seconds: time.as_secs(), connections: 2 };
    let (cpu_before, engine_before, started) = (cpu_secs(pid), cpu_secs(engine), Instant::now());
    let sending = thread::spawn(move || load::run(load));
    let mut seen = Seen::default();
    thread::scope(|scope| -> Result<()> {
        let lag = scope.spawn(|| lags(&running, options, started, || sending.is_finished()));
        while !sending.is_finished() {
            look(&running, pid, engine, &mut seen)?;
        }
        seen.lag = lag.join().map_err(|_| anyhow::anyhow!("the count of the lag panicked"))??;
        Ok(())
    })?;
    let report = sending.join().map_err(|_| anyhow::anyhow!("the generator panicked"))??;
    let sent_in = started.elapsed();
    let deadline = Instant::now() + Duration::from_secs(120);
    while running.count()? < report.sent && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(100));
    }
    let drained = started.elapsed().saturating_sub(sent_in);
    let stored = running.count()?;
    let (ward_cpu, engine_cpu) = (cpu_secs(pid) - cpu_before, cpu_secs(engine) - engine_before);
    let rate = report.sent as f64 / report.seconds;
    let bytes: f64 = running.ask(
        "SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND database = 'ward' AND table = 'events'",
    )?;
    let row = |what: &str, value: f64, unit| Row::new(bench, what, value, unit);
    let wanted = options.rate as f64 * 0.99;
    let mut rows = vec![
        row("sent", rate, "events/s")
            .gate(format!("≥ {} of {} asked", wanted as u64, options.rate), rate >= wanted),
        row("stored of sent", stored as f64 / report.sent as f64 * 100.0, "%")
            .gate("= 100 %", stored >= report.sent),
        row("drained after the last line", drained.as_secs_f64(), "s"),
        row("CPU of ward", ward_cpu / report.seconds, "cores"),
        row("CPU of the engine", engine_cpu / report.seconds, "cores"),
        row("CPU of the generator", report.cpu_seconds / report.seconds, "cores"),
        row("RSS of ward", seen.ward_bytes as f64 / 1e6, "MB")
            .gate("≤ 2,147 MB", seen.ward_bytes <= WARD_BYTES_MAX),
        row("RSS of the engine", seen.engine_bytes as f64 / 1e6, "MB")
            .gate("≤ 6,442 MB", seen.engine_bytes <= ENGINE_BYTES_MAX),
    ];
    let growth = slope(&seen.lag, time);
    rows.push(
        row("growth of the lag, second half", growth, "events/s")
            .gate("≤ 1 % of the rate", growth <= options.rate as f64 / 100.0),
    );
    rows.push(row("on disk", bytes, "bytes/event"));
    if let Some((_, lag)) = seen.lag.last() {
        rows.push(row("not yet stored at the last line", *lag, "events"));
    }
    rows.extend(percentiles(bench, "line to queryable", &mut seen.queryable));
    rows.extend(percentiles(bench, "line to alert queryable", &mut seen.alert));
    Ok(rows)
}

/// How many events are not yet stored, twice a second while the load lasts.
#[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
fn lags(
    running: &Running,
    options: &Options,
    started: Instant,
    ended: impl Fn() -> bool,
) -> Result<Vec<(f64, f64)>> {
    let mut lag = Vec::new();
    while !ended() {
        let stored = running.count()? as f64;
        let elapsed = started.elapsed().as_secs_f64();
        lag.push((elapsed, (elapsed * options.rate as f64 - stored).max(0.0)));
        thread::sleep(Duration::from_millis(500));
    }
    Ok(lag)
}

/// One look: how much memory is used, and how long a marked line takes.
fn look(running: &Running, pid: u32, engine: u32, seen: &mut Seen) -> Result<()> {
    seen.ward_bytes = seen.ward_bytes.max(resident_bytes(pid));
    seen.engine_bytes = seen.engine_bytes.max(resident_bytes(engine));
    let mark = format!("mark{}", seen.queryable.len());
    let n = seen.queryable.len();
    let line = format!(
        "<110>1 2026-01-01T00:00:00Z probe dbaudit - - - time=\"2026-01-01 00:00:00\" session={n} client_ip=10.9.{}.{} client_port=50122 \
         client_host=PC os_user=admin program=\"PL/SQL Developer\" db_user={mark} instance=ORCL schema=HIS object=DRUG_PRESC_DETAIL op=SELECT \
         statement=\"SELECT DOCTOR, DRUG_NAME, SUM(QUANTITY) FROM DRUG_PRESC_DETAIL GROUP BY DOCTOR, DRUG_NAME\" rows=9 ret=0 duration_ms=1 risk=high",
        n / 250,
        n % 250
    );
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let sent = Instant::now();
    socket.send_to(line.as_bytes(), running.endpoint("syslog-udp")?)?;
    let found = |query: &str| -> Result<f64> {
        while sent.elapsed() < Duration::from_secs(20) {
            if running.ask::<u64>(query)? != 0 {
                return Ok(sent.elapsed().as_secs_f64());
            }
            // Asking is work for the same cores; this bounds it, and the figure's grain.
            thread::sleep(Duration::from_millis(50));
        }
        Ok(20.0)
    };
    seen.queryable.push(found(&format!(
        "SELECT count() FROM events WHERE class_uid = 6005 AND actor_user_name = '{mark}'"
    ))?);
    seen.alert.push(found(&format!("SELECT count() FROM alerts WHERE has(entities.value, '{mark}')"))?);
    thread::sleep(Duration::from_millis(300));
    Ok(())
}

/// Events a second by which the lag grows over the second half of the load (least squares).
#[expect(clippy::cast_precision_loss, reason = "a few hundred points")]
fn slope(lag: &[(f64, f64)], time: Duration) -> f64 {
    let half: Vec<_> = lag.iter().filter(|(at, _)| *at >= time.as_secs_f64() / 2.0).collect();
    let n = half.len() as f64;
    let (mx, my) = (half.iter().map(|p| p.0).sum::<f64>() / n, half.iter().map(|p| p.1).sum::<f64>() / n);
    let above: f64 = half.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let below: f64 = half.iter().map(|p| (p.0 - mx).powi(2)).sum();
    if below > 0.0 { above / below } else { 0.0 }
}

fn percentiles(bench: &'static str, what: &str, values: &mut [f64]) -> Vec<Row> {
    values.sort_by(f64::total_cmp);
    let at = |p: usize| values.get((values.len() * p / 100).min(values.len().saturating_sub(1))).copied();
    [50, 99].into_iter().filter_map(|p| Some(Row::new(bench, format!("{what}, p{p}"), at(p)?, "s"))).collect()
}
