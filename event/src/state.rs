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
    Asset(Asset),
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

/// A thing of a unit that was seen on the network or in a log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    pub hospital: UnitId,
    /// What identifies it: `address`, `host` (a name whose address nobody has told) or `database` (an
    /// instance that only its audit box names).
    pub by: String,
    /// The address, the name in lower case, or the instance.
    pub name: String,
    /// The address it turned out to have: from then on that asset stands for it. Empty otherwise.
    pub same_as: String,
    pub host: String,
    pub mac: String,
    /// What it seems to be, by its services and by who speaks of it: `database`, `imaging`, …
    pub role: String,
    /// The unit's zone that its address lies in, by the register.
    pub zone: String,
    /// The ports it was seen to answer on.
    pub services: Vec<AssetService>,
    /// Who talks to it most, as far as that many can be kept.
    pub peers: Vec<AssetPeer>,
    /// There were more peers than are kept.
    pub peers_more: bool,
    /// What told of it: `flow`, `dhcp`, `arp`, `dns`, `windows`, `syslog`, `database`.
    pub sources: Vec<String>,
    /// Bytes of the flows to its services.
    pub bytes: u64,
    pub first_seen: Micros,
    pub last_seen: Micros,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetService {
    /// `tcp` or `udp`.
    pub protocol: String,
    pub port: u16,
    pub bytes: u64,
    pub first_seen: Micros,
    pub last_seen: Micros,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetPeer {
    pub address: String,
    /// Conversations, at most: a newcomer inherits the count of the one it replaces.
    pub flows: u64,
}
