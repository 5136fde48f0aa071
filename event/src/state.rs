//! What analytics knows, as records of `ward.state`: the newest of a key counts.

use serde::{Deserialize, Serialize};

use crate::{
    Micros, ProducerId, UnitId,
    alert::{Entity, Reason},
};

/// A record of `ward.state`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateRecord {
    /// The clock record it was emitted at.
    pub time: Micros,
    pub producer: ProducerId,
    pub seq: u64,
    #[serde(flatten)]
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum State {
    Score(Score),
    Source(SourceState),
    Baseline(Baseline),
}

/// An entity's risk, 0–100 at `time`; halves every 24 h of event time. The reasons' points sum to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub hospital: UnitId,
    pub entity: Entity,
    pub score: f64,
    pub reasons: Vec<Reason>,
}

/// How a source of a unit is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceState {
    pub hospital: UnitId,
    pub sender: String,
    /// The format or device class that the register expects, `netflow`, `syslog`, …
    pub source: String,
    /// `ok`, `silent`, or `unknown` (expected, never seen).
    pub status: String,
    /// When it was last heard, by the time of receipt; 0 for never.
    pub last_seen: Micros,
    /// Events since the record before.
    pub events: u64,
}

/// One day's baseline for one hospital, opaque to all but UEBA. A large one comes in several records
/// of the same day and hash, whose contents say which part they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    pub hospital: UnitId,
    /// Days since 1970-01-01, local.
    pub day: i32,
    pub hash: String,
    pub content: String,
}
