//! The alert, as it stands on `ward.alerts` and in the store.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Micros, ProducerId, UnitId};

/// How bad, in Sigma's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.name() == name)
    }
}

/// What an alert or a score is about: `type` is `account`, `host`, `ip`, `source`, `hospital` …
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entity {
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
}

/// One reason in words. `field` and `value` are what it rests on; `points` is its share of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub field: String,
    pub value: String,
    pub zh: String,
    pub en: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<f64>,
}

/// The identity of an event: enough to find its row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventRef {
    pub producer: ProducerId,
    pub seq: u64,
}

/// Content hashes of what judged: first 16 hex digits of SHA-256, empty where it played no part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    pub rules: String,
    pub baseline: String,
    pub intel: String,
    pub register: String,
    pub geoip: String,
}

/// One alert. A row never changes: a revision is a new row with the same `alert_id`.
/// Times are microseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    pub alert_id: String,
    pub revision: u32,
    pub rule_id: String,
    pub title: String,
    /// The title in Chinese where the rule has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_zh: String,
    pub level: Level,
    /// ATT&CK technique ids, upper case, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<String>,
    /// The clock record at which it was made.
    pub time: Micros,
    pub first_time: Micros,
    pub last_time: Micros,
    pub hospital: UnitId,
    pub entities: Vec<Entity>,
    pub reasons: Vec<Reason>,
    /// At most `ALERT_EVENTS_MAX`; `event_count` says how many there were.
    pub events: Vec<EventRef>,
    pub event_count: u64,
    /// 0–100, what it adds to its entities' scores.
    pub score: f64,
    /// The authorised test that all of it belongs to; such an alert scores nothing and is not notified.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authorised_test: String,
    pub versions: Versions,
    /// The shard that made it and its number in that shard's life.
    pub producer: ProducerId,
    pub seq: u64,
}

/// First 32 hex digits of SHA-256 over rule id, hospital, group key, window start (µs, decimal) and
/// first event (`producer/seq`), each ended by a zero byte. Not over the rule's version, so that
/// replays with changed rules compare.
pub fn alert_id(
    rule_id: &str,
    hospital: &UnitId,
    group_key: &str,
    window_start: Micros,
    first: &EventRef,
) -> String {
    let mut hash = Sha256::new();
    let window = window_start.0.to_string();
    let event = format!("{}/{}", first.producer, first.seq);
    for part in [rule_id, hospital.as_str(), group_key, &window, &event] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize()[..16])
}

/// First 16 hex digits of SHA-256: the version of a piece of content.
pub fn content_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
        // Writing to a String cannot fail.
        let _ = write!(s, "{b:02x}");
        s
    })
}
