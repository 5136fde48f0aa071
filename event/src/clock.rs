//! Time as the stages see it. Only the process's edge may ask the machine; everything else is given
//! a [`Clock`], so that a test or the simulator can drive it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use crate::{Micros, topic::Topic};

/// Where "now" comes from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Driven(Arc<AtomicI64>),
}

impl Clock {
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Stands still until [`Clock::advance`] moves it.
    pub fn driven(start: Micros) -> Self {
        Self(Source::Driven(Arc::new(AtomicI64::new(start.0))))
    }

    pub fn now(&self) -> Micros {
        match &self.0 {
            Source::System => Micros(jiff::Timestamp::now().as_microsecond()),
            Source::Driven(at) => Micros(at.load(Ordering::Acquire)),
        }
    }

    /// Moves a driven clock forwards; earlier times and the system clock are left as they are.
    pub fn advance(&self, to: Micros) {
        if let Source::Driven(at) = &self.0 {
            at.fetch_max(to.0, Ordering::AcqRel);
        }
    }

    pub const fn is_driven(&self) -> bool {
        matches!(self.0, Source::Driven(_))
    }
}

/// One record of `ward.clock`: what time it is and how far every topic had come. Detection joins
/// topics only here, after each is processed up to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRecord {
    /// Strictly greater than in the record before; readers ignore one that does not advance.
    pub time: Micros,
    /// The offset behind the last record, of the topics that moved since the record before.
    pub ends: BTreeMap<Topic, u64>,
}
