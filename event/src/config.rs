//! The configuration: one TOML file, read once into an immutable value. Unknown keys are refused,
//! and every default stands here.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{Format, SenderId, UnitId, time::Calendar};

/// Everything. One file serves all stages; each reads its own sections.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where state lives: log, spool, store, snapshots, keys. `--data` overrides it.
    pub data: PathBuf,
    /// The register of units; relative paths are relative to this file.
    pub register: PathBuf,
    pub region: Region,
    pub clock: ClockConfig,
    pub log: LogConfig,
    pub store: StoreConfig,
    /// One for each sender this process collects for.
    pub collect: Vec<Collect>,
    pub mask: Mask,
    pub analyze: Analyze,
    pub web: Web,
    pub metrics: Metrics,
    pub report: crate::report::ReportConfig,
    pub delivery: crate::delivery::DeliveryConfig,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Region {
    pub name: String,
    pub name_en: String,
    /// IANA zone without daylight saving; fixed at the first migration.
    pub timezone: String,
}

impl Default for Region {
    fn default() -> Self {
        Self { name: "本地".into(), name_en: "Local".into(), timezone: "Asia/Shanghai".into() }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockSource {
    #[default]
    System,
    /// For tests and the demo's past days: time comes over `DIR/clock.sock`.
    Driven,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockConfig {
    pub source: ClockSource,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogBackend {
    /// The embedded disk log below `data`.
    #[default]
    Disk,
    Kafka,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    pub backend: LogBackend,
    /// Disk log and spool: read segments beyond this are deleted, oldest first.
    pub keep_bytes: u64,
    /// Disk log and spool: unread bytes a sender may have before it is pushed back.
    pub quota_bytes: u64,
    /// `host:port`, comma separated.
    pub brokers: String,
    /// Further librdkafka properties (security, TLS), passed as they are.
    pub kafka: std::collections::BTreeMap<String, String>,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            backend: LogBackend::Disk,
            keep_bytes: 10 << 30,
            quota_bytes: 4 << 30,
            brokers: "127.0.0.1:9092".into(),
            kafka: std::collections::BTreeMap::new(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreBackend {
    /// The engine as a child process, below `data`.
    #[default]
    Embedded,
    /// A ClickHouse server by URL.
    Server,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    pub backend: StoreBackend,
    /// Embedded: `libchdb.so`; empty looks beside the binary, in `.setup/` and in `/usr/lib/ward`.
    pub engine_library: PathBuf,
    /// Embedded: cap of the engine's own memory.
    pub engine_memory_bytes: u64,
    /// Server: the writer's and the reader's access.
    pub url: String,
    pub database: String,
    pub writer_user: String,
    pub reader_user: String,
    /// Files that hold one password each; read at start.
    pub writer_password_file: PathBuf,
    pub reader_password_file: PathBuf,
    /// An insert is sent when it has so many rows, or when its first row is so old.
    pub insert_rows_max: usize,
    pub insert_delay_ms_max: u64,
    /// Whole ingest days are dropped after so many days (the law's six months are 181 to 184).
    pub retention_days: u32,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            backend: StoreBackend::Embedded,
            engine_library: PathBuf::new(),
            engine_memory_bytes: 4 << 30,
            url: "http://127.0.0.1:8123".into(),
            database: "ward".into(),
            writer_user: "ward_writer".into(),
            reader_user: "ward_reader".into(),
            writer_password_file: PathBuf::new(),
            reader_password_file: PathBuf::new(),
            insert_rows_max: 200_000,
            insert_delay_ms_max: 500,
            retention_days: 184,
        }
    }
}

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The listeners of one sender. An absent listener is not opened. Port 0 takes a free one;
/// `DIR/endpoints.json` tells which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    pub sender: SenderId,
    /// The unit its events are of, where the event names no tenant. Empty: the commission decides.
    #[serde(default)]
    pub hospital: Option<UnitId>,
    #[serde(default)]
    pub syslog_udp: Option<SocketAddr>,
    #[serde(default)]
    pub syslog_tcp: Option<SocketAddr>,
    #[serde(default)]
    pub syslog_tls: Option<SocketAddr>,
    #[serde(default)]
    pub netflow: Option<SocketAddr>,
    /// Elastic bulk and `/ingest/<format>`.
    #[serde(default)]
    pub http: Option<SocketAddr>,
    /// Certificate chain and key (PEM) of the TLS listener; made and self-signed below `data` if empty.
    #[serde(default)]
    pub tls_cert: PathBuf,
    #[serde(default)]
    pub tls_key: PathBuf,
    /// PEM of the authorities whose clients may connect; empty asks for no client certificate.
    #[serde(default)]
    pub tls_client_ca: PathBuf,
    /// Files that grow.
    #[serde(default)]
    pub tail: Vec<Tail>,
    /// The source field or tag that names the tenant, for a sender that speaks for several units.
    #[serde(default)]
    pub tenant_field: String,
    /// Elastic bulk: beginning of an index name → format of its documents, the longest that fits
    /// counts. Others are told by their index name and shape.
    #[serde(default)]
    pub bulk_formats: std::collections::BTreeMap<String, Format>,
}

impl Collect {
    /// All listeners on loopback, on free ports or on the customary ones.
    pub fn loopback(sender: SenderId, customary_ports: bool) -> Self {
        let at = |port: u16| {
            let mut address = LOOPBACK;
            address.set_port(if customary_ports { port } else { 0 });
            Some(address)
        };
        Self {
            sender,
            hospital: None,
            syslog_udp: at(5514),
            syslog_tcp: at(5514),
            syslog_tls: at(6514),
            netflow: at(2055),
            http: at(9200),
            tls_cert: PathBuf::new(),
            tls_key: PathBuf::new(),
            tls_client_ca: PathBuf::new(),
            tail: Vec::new(),
            tenant_field: String::new(),
            bulk_formats: std::collections::BTreeMap::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    pub path: PathBuf,
    pub format: Format,
}

/// What the masker takes out before anything leaves the collector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mask {
    /// 居民身份证 numbers (checksum verified).
    pub id_numbers: bool,
    /// Mainland mobile numbers.
    pub mobile_numbers: bool,
}

impl Default for Mask {
    fn default() -> Self {
        Self { id_numbers: true, mobile_numbers: true }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Analyze {
    /// Files and folders of Sigma rules; empty for the pack that comes with Ward.
    pub rules: Vec<PathBuf>,
    /// What `%Name%` in a rule stands for: a YAML mapping of names to lists. A rule that needs a name
    /// nobody has defined idles.
    pub placeholders: PathBuf,
    /// MaxMind-format databases; one that is not there is said and done without.
    pub geoip_city: PathBuf,
    pub geoip_asn: PathBuf,
    /// Seconds between snapshots, at most 60.
    pub snapshot_secs: u32,
    /// The same match of the same entities is one alert within this window.
    pub dedup_minutes: u32,
    /// Days a baseline looks back.
    pub baseline_days: u32,
}

impl Default for Analyze {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            placeholders: PathBuf::new(),
            geoip_city: PathBuf::new(),
            geoip_asn: PathBuf::new(),
            snapshot_secs: 30,
            dedup_minutes: 60,
            baseline_days: 28,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// Loopback in clear; any other address needs TLS, here or at a proxy.
    pub listen: SocketAddr,
    /// Names (or addresses) under which people reach it; it answers under no other but loopback's.
    pub names: Vec<String>,
    /// Certificate chain and key (PEM). Empty serves in clear.
    pub tls_cert: PathBuf,
    pub tls_key: PathBuf,
    /// A proxy on the way does TLS, and appends to `X-Forwarded-For` whom it serves. Nothing else may be
    /// able to reach `listen` then.
    pub behind_proxy: bool,
    /// GeoJSON of the region for the walls; empty shows units by county without a map.
    pub map: PathBuf,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8600),
            names: Vec::new(),
            tls_cert: PathBuf::new(),
            tls_key: PathBuf::new(),
            behind_proxy: false,
            map: PathBuf::new(),
        }
    }
}

impl Web {
    /// The page that people open, where `bound` (an address, or a name and a port) is listened on.
    pub fn page(&self, bound: &str) -> String {
        let port = bound.rsplit_once(':').map_or("", |(_, port)| port);
        let encrypted = !self.tls_cert.as_os_str().is_empty();
        match self.names.first() {
            // What the proxy listens on is not known here; its usual port needs no name.
            Some(name) if self.behind_proxy => format!("https://{name}/"),
            Some(name) if encrypted => format!("https://{name}:{port}/"),
            _ if encrypted => format!("https://{bound}/"),
            _ => format!("http://{bound}/"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    pub listen: SocketAddr,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9600) }
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Syntax { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{path}: {reason}")]
    Content { path: PathBuf, reason: String },
}

impl Config {
    /// Reads and checks a configuration file. Relative paths in it become relative to its folder.
    ///
    /// # Errors
    /// A file that cannot be read, TOML that does not parse, an unknown key, a sender twice, a zone
    /// with daylight saving.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.into(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Syntax { path: path.into(), source: Box::new(source) })?;
        config.check().map_err(|reason| ConfigError::Content { path: path.into(), reason })?;
        let base = path.parent().unwrap_or(Path::new("."));
        config.resolve(base);
        Ok(config)
    }

    /// The region's calendar; [`Config::load`] has checked that it is one.
    pub fn calendar(&self) -> Calendar {
        Calendar::new(&self.region.timezone).unwrap_or(Calendar::shanghai())
    }

    fn check(&self) -> Result<(), String> {
        Calendar::new(&self.region.timezone)?;
        let mut senders: Vec<_> = self.collect.iter().map(|c| &c.sender).collect();
        senders.sort();
        if let Some(pair) = senders.windows(2).find(|p| p[0] == p[1]) {
            return Err(format!("collect: sender {} stands twice", pair[0]));
        }
        if self.analyze.snapshot_secs == 0 || self.analyze.snapshot_secs > 60 {
            return Err("analyze.snapshot_secs must be 1 to 60".into());
        }
        self.report.check()?;
        self.delivery.check()?;
        if self.web.tls_cert.as_os_str().is_empty() != self.web.tls_key.as_os_str().is_empty() {
            return Err("web: tls_cert and tls_key go together".into());
        }
        if self.store.insert_rows_max == 0 || self.store.insert_rows_max > crate::limits::INSERT_ROWS_MAX {
            return Err(format!("store.insert_rows_max must be 1 to {}", crate::limits::INSERT_ROWS_MAX));
        }
        Ok(())
    }

    fn resolve(&mut self, base: &Path) {
        let join = |p: &mut PathBuf| {
            if !p.as_os_str().is_empty() && p.is_relative() {
                *p = base.join(&*p);
            }
        };
        join(&mut self.data);
        join(&mut self.register);
        join(&mut self.store.engine_library);
        join(&mut self.store.writer_password_file);
        join(&mut self.store.reader_password_file);
        join(&mut self.web.tls_cert);
        join(&mut self.web.tls_key);
        join(&mut self.report.templates);
        self.report.font_dirs.iter_mut().for_each(join);
        self.delivery.paths().for_each(join);
        join(&mut self.analyze.placeholders);
        join(&mut self.analyze.geoip_city);
        join(&mut self.web.map);
        join(&mut self.analyze.geoip_asn);
        self.analyze.rules.iter_mut().for_each(join);
        for collect in &mut self.collect {
            join(&mut collect.tls_cert);
            join(&mut collect.tls_key);
            join(&mut collect.tls_client_ca);
            collect.tail.iter_mut().for_each(|t| join(&mut t.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_and_a_sender_twice_are_refused_and_defaults_survive_a_round_trip() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("ward.toml");
        let load = |text: &str| {
            std::fs::write(&path, text).expect("written");
            Config::load(&path).map_err(|e| e.to_string())
        };
        assert!(load("colour = 'red'").expect_err("refused").contains("unknown field `colour`"));
        let twice = "[[collect]]\nsender='a'\n[[collect]]\nsender='a'";
        assert!(load(twice).expect_err("refused").contains("stands twice"));
        let default = Config::default();
        assert_eq!(load(&toml::to_string(&default).expect("TOML")).expect("loads"), default);
        assert_eq!(load("register = 'r.toml'").expect("loads").register, dir.path().join("r.toml"));
    }

    #[test]
    fn the_page_to_open_is_named_as_people_reach_it() {
        let plain = Web::default();
        assert_eq!(plain.page("127.0.0.1:8600"), "http://127.0.0.1:8600/");
        let tls = Web { tls_cert: "c.pem".into(), ..plain.clone() };
        assert_eq!(tls.page("[::]:8600"), "https://[::]:8600/");
        let named = Web { names: vec!["ward.example".into()], ..tls };
        assert_eq!(named.page("[::]:8600"), "https://ward.example:8600/");
        let behind = Web { behind_proxy: true, ..named };
        assert_eq!(behind.page("10.0.0.1:8600"), "https://ward.example/");
        assert_eq!(
            Web { behind_proxy: false, tls_cert: PathBuf::new(), ..behind }.page("a:1"),
            "http://a:1/"
        );
    }
}
