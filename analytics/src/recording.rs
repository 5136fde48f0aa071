//! A recording: a folder with the snapshot that detection started from and all event, control and
//! clock records since, in offset order. Replayed it gives the alerts that were given online, byte for
//! byte.
//!
//! ```text
//! manifest.json        what is in it, with hashes; see `Manifest`
//! snapshot             the shard as it was (a fresh one when recorded from the beginning)
//! rules.json           the rules that were in force at the snapshot
//! <topic>.jsonl        {"offset":N,"record":<the record as it stands on the log>}, one a line
//! ```

mod read;
mod record;
mod replay;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use ward_event::{Micros, topic::Topic};
use ward_store::log::LogError;

pub use self::{
    record::{Start, record},
    replay::{Replay, Replayed, replay, replay_each},
};
use crate::snapshot::SnapshotError;

/// Goes up when an older recording can no longer be replayed.
const VERSION: u32 = 1;

const MANIFEST: &str = "manifest.json";
const SNAPSHOT: &str = "snapshot";
const RULES: &str = "rules.json";

/// What a recording holds. Hashes are SHA-256 in hex; versions are content hashes as alerts carry them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub version: u32,
    /// The clock at the snapshot, and at the last clock record.
    pub from: Micros,
    pub to: Micros,
    pub rules_version: String,
    pub geoip_version: String,
    pub register_version: String,
    /// By file name.
    pub files: BTreeMap<String, File>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub sha256: String,
    /// Of a topic's file: its name, and the first offset in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    #[serde(default)]
    pub records: u64,
}

/// Why a recording cannot be made or replayed.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path}: {reason}")]
    Content { path: PathBuf, reason: String },
    /// The log has already dropped what the snapshot would go on from.
    #[error("{topic}: offset {wanted} is no longer on the log, which begins at {found}")]
    Gone { topic: Topic, wanted: u64, found: u64 },
    #[error("made with {what} {wanted:?}, this is {given:?}; say so explicitly to replay it all the same")]
    Other { what: &'static str, wanted: String, given: String },
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("output: {0}")]
    Output(#[source] std::io::Error),
}

impl RecordingError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    fn content(path: &Path, reason: impl ToString) -> Self {
        Self::Content { path: path.to_owned(), reason: reason.to_string() }
    }
}

fn file_name(topic: &Topic) -> String {
    // Topic names are made of letters, digits, `.`, `-` and `_`.
    format!("{topic}.jsonl")
}
