//! Hourly rollups: what analytics folds events into, and what baselines are made of.

use serde::{Deserialize, Serialize};

use crate::{Micros, ProducerId, UnitId, alert::Entity};

/// How much of one metric one entity had in one local hour of event time. Additive: a later record
/// of the same key adds to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    pub hospital: UnitId,
    pub entity: Entity,
    /// `events`, `failures`, `bytes`, `rows`, …
    pub metric: String,
    /// The first instant of the hour.
    pub hour: Micros,
    pub value: u64,
    pub producer: ProducerId,
    pub seq: u64,
}
