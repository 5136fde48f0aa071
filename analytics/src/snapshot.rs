//! The shard's whole state as bytes: a line with version and checksum, then JSON. A snapshot restored
//! behaves exactly as the shard it was taken of.

use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use ward_event::{Micros, ProducerId, alert::hex};

use crate::{
    rules::RuleSet,
    shard::{Kept, Settings, Shard},
};

/// Goes up when an older snapshot can no longer be read.
const VERSION: u32 = 1;
const MAGIC: &str = "ward-shard";

/// Why a snapshot is not used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("no snapshot of a shard")]
    Foreign,
    #[error("snapshot of version {0}, this is version {VERSION}")]
    Version(String),
    #[error("snapshot is damaged: its checksum does not fit")]
    Damaged,
    #[error("snapshot: {0}")]
    Syntax(#[from] serde_json::Error),
    /// The run must go on with what the snapshot names, and take the change from the log.
    #[error("snapshot was taken with {what} {wanted:?}, not {given:?}")]
    Other { what: &'static str, wanted: String, given: String },
}

/// What a snapshot was taken of, read without the rest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Header {
    pub settings: Settings,
    pub producer: ProducerId,
    pub next_seq: u64,
    pub now: Micros,
    pub rules_version: String,
    pub geoip_version: String,
    pub register_version: String,
}

/// The JSON of a snapshot whose checksum fits.
fn body(bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    let end = bytes.iter().position(|b| *b == b'\n').ok_or(SnapshotError::Foreign)?;
    let (line, body) = (&bytes[..end], &bytes[end + 1..]);
    let line = std::str::from_utf8(line).map_err(|_| SnapshotError::Foreign)?;
    let mut words = line.split(' ');
    if words.next() != Some(MAGIC) {
        return Err(SnapshotError::Foreign);
    }
    match words.next() {
        Some(version) if version == VERSION.to_string() => {}
        other => return Err(SnapshotError::Version(other.unwrap_or_default().to_owned())),
    }
    if words.next() != Some(hex(&Sha256::digest(body)).as_str()) {
        return Err(SnapshotError::Damaged);
    }
    Ok(body)
}

/// Reads what a snapshot was taken of.
///
/// # Errors
/// Bytes that are no whole snapshot of this version.
pub fn header(bytes: &[u8]) -> Result<Header, SnapshotError> {
    Ok(serde_json::from_slice(body(bytes)?)?)
}

impl Shard {
    /// The whole state. The same state gives the same bytes.
    ///
    /// # Errors
    /// None in practice: every part of the state serialises.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let json = serde_json::to_vec(&self.kept)?;
        let mut bytes = format!("{MAGIC} {VERSION} {}\n", hex(&Sha256::digest(&json))).into_bytes();
        bytes.extend_from_slice(&json);
        Ok(bytes)
    }

    /// The shard a snapshot was taken of. `rules` and `geoip_version` are what the caller has; they must
    /// be those in force at the snapshot ([`header`] tells them).
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub fn restore(bytes: &[u8], rules: Arc<RuleSet>, geoip_version: &str) -> Result<Self, SnapshotError> {
        let kept: Kept = serde_json::from_slice(body(bytes)?)?;
        let same = |what, wanted: &str, given: &str| {
            if wanted == given {
                return Ok(());
            }
            Err(SnapshotError::Other { what, wanted: wanted.to_owned(), given: given.to_owned() })
        };
        same("rules", &kept.rules_version, rules.version())?;
        same("GeoIP", &kept.geoip_version, geoip_version)?;
        Ok(Self::of(kept, rules))
    }

    /// As [`Shard::restore`], with other rules or GeoIP databases: for a replay that asks what would
    /// have been, and for new databases at a restart.
    ///
    /// # Errors
    /// Bytes that are no whole snapshot of this version.
    pub fn restore_with(
        bytes: &[u8],
        rules: Arc<RuleSet>,
        geoip_version: &str,
    ) -> Result<Self, SnapshotError> {
        let mut kept: Kept = serde_json::from_slice(body(bytes)?)?;
        rules.version().clone_into(&mut kept.rules_version);
        geoip_version.clone_into(&mut kept.geoip_version);
        Ok(Self::of(kept, rules))
    }
}
