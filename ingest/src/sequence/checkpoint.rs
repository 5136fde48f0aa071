//! `data/collect/<sender>/producer.json`: who the producer is and how far its spool had come.
//!
//! Recovery reads the sender's topics from here to their end, so the file may lag; it is written
//! every few seconds, so that the log's oldest segments are never needed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::Path,
};

use ward_event::ProducerId;

use super::{SpoolError, note::TailPosition, seen::Saved};

/// See the module.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkpoint {
    pub(super) producer: ProducerId,
    /// The number behind the last one that was durable.
    pub(super) seq: u64,
    /// Offsets behind the last records that this file stands for.
    pub(super) events: u64,
    pub(super) dead: u64,
    /// By hash of the configured path, in hex.
    #[serde(default)]
    pub(super) tails: BTreeMap<String, TailPosition>,
    #[serde(default)]
    pub(super) ids: Option<Saved>,
}

const FILE: &str = "producer.json";

impl Checkpoint {
    /// None where there is no file.
    pub(super) fn load(dir: &Path) -> Result<Option<Self>, SpoolError> {
        let path = dir.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SpoolError::file(&path)(error)),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| SpoolError::Content { path, reason: e.to_string() })
    }

    /// Replaces the file in one durable step.
    pub(super) fn save(&self, dir: &Path) -> Result<(), SpoolError> {
        let path = dir.join(FILE);
        let new = dir.join("producer.json.new");
        let text = serde_json::to_vec(self)
            .map_err(|e| SpoolError::Content { path: path.clone(), reason: e.to_string() })?;
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(dir)?.sync_all()
        };
        write().map_err(SpoolError::file(&path))
    }
}

/// `p<12 hex>-<epoch>`, first life.
pub(super) fn new_producer() -> Result<ProducerId, SpoolError> {
    let mut bytes = [0; 6];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| SpoolError::Random)?;
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    ProducerId::new(&format!("p{hex}-1")).map_err(|_| SpoolError::Random)
}

/// The same producer's next life: its spool was lost, and its numbers begin anew.
pub(super) fn next_life(producer: &ProducerId) -> Result<ProducerId, SpoolError> {
    let (name, epoch) = producer.as_str().rsplit_once('-').unwrap_or((producer.as_str(), "1"));
    let epoch = epoch.parse::<u64>().unwrap_or(1).saturating_add(1);
    ProducerId::new(&format!("{name}-{epoch}")).or_else(|_| new_producer())
}
