//! `ward simulate`: the demo's region sent to collectors that run elsewhere.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use tokio::sync::watch;
use ward_event::{Micros, clock::Clock};

use crate::{
    SimulatorError,
    attacks::Attacks,
    model::Region,
    run::{Options, Pace, simulate},
    send::{Counters, Stats},
};

/// The most that the demo's region sends, in events a second.
pub const VOLUME_MAX: f64 = 2_000.0;

/// What `ward simulate` is told.
#[derive(Debug, Clone)]
pub struct Command {
    /// A JSON object: `<sender>/<listener>` to `host:port`.
    pub endpoints: PathBuf,
    pub seed: u64,
    /// Events a second; above [`VOLUME_MAX`] it is refused.
    pub volume: f64,
    /// How fast the past is caught up with; 1 for none.
    pub speed: f64,
    /// Where to begin, hours before now; only with a speed above 1.
    pub past_hours: u32,
    /// Seconds between two attacks; 0 for none.
    pub attack_every_secs: u32,
    pub truth: Option<PathBuf>,
    pub tls_ca: Vec<PathBuf>,
    pub tails: PathBuf,
}

impl Default for Command {
    fn default() -> Self {
        Self {
            endpoints: PathBuf::from("endpoints.json"),
            seed: 1,
            volume: 300.0,
            speed: 1.0,
            past_hours: 0,
            attack_every_secs: 240,
            truth: None,
            tls_ca: Vec::new(),
            tails: PathBuf::from("tails"),
        }
    }
}

/// Reads `endpoints.json`.
///
/// # Errors
/// A file that cannot be read or is no object of texts.
pub fn endpoints(path: &std::path::Path) -> Result<BTreeMap<String, String>, SimulatorError> {
    let text = std::fs::read(path).map_err(SimulatorError::io(path.display().to_string()))?;
    serde_json::from_slice(&text).map_err(|e| SimulatorError::content(path.display().to_string(), e))
}

/// Sends until it is stopped.
///
/// # Errors
/// Files that cannot be used, and values out of range.
pub async fn run(command: Command, stop: watch::Receiver<bool>) -> Result<Stats, SimulatorError> {
    let range = |what: &str, reason: String| Err(SimulatorError::content(what, reason));
    if !(0.0..=VOLUME_MAX).contains(&command.volume) {
        return range("--volume", format!("must be 0 to {VOLUME_MAX}"));
    }
    if !(1.0..=100_000.0).contains(&command.speed) {
        return range("--speed", "must be 1 to 100000".into());
    }
    if command.past_hours > 0 && command.speed <= 1.0 {
        return range("--past-hours", "needs a --speed above 1".into());
    }
    let now = Clock::system().now();
    let from = Micros(now.0 - i64::from(command.past_hours) * 3_600_000_000);
    let attacks = match command.attack_every_secs {
        0 => Attacks::None,
        secs => Attacks::Every(i64::from(secs) * 1_000_000),
    };
    let options = Options {
        region: Arc::new(Region::demo()),
        endpoints: endpoints(&command.endpoints)?,
        tails: command.tails,
        tls_ca: command.tls_ca,
        seed: command.seed,
        volume: command.volume,
        attacks,
        truth: command.truth,
        counters: Arc::new(Counters::default()),
        stop,
    };
    simulate(options, Pace::Live { from, speed: command.speed }).await
}
