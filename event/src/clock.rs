//! Time as the stages see it. Only the process's edge may ask the machine; everything else is given
//! a [`Clock`], so that a test or the simulator can drive it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use crate::{Micros, topic::Topic};

/// Where "now" comes from. Cheap to clone; clones share a driven time.
#[derive(Debug, Clone)]
pub struct Clock(Option<Arc<Driven>>);

#[derive(Debug)]
struct Driven {
    at: AtomicI64,
    released: AtomicBool,
}

impl Clock {
    pub const fn system() -> Self {
        Self(None)
    }

    /// Stands still until [`Clock::advance`] moves it.
    pub fn driven(start: Micros) -> Self {
        Self(Some(Arc::new(Driven { at: AtomicI64::new(start.0), released: AtomicBool::new(false) })))
    }

    pub fn now(&self) -> Micros {
        let system = || Micros(jiff::Timestamp::now().as_microsecond());
        match &self.0 {
            None => system(),
            Some(driven) => {
                let at = Micros(driven.at.load(Ordering::Acquire));
                if driven.released.load(Ordering::Acquire) { at.max(system()) } else { at }
            }
        }
    }

    /// Moves a driven clock forwards; earlier times and the system clock are left as they are.
    pub fn advance(&self, to: Micros) {
        if let Some(driven) = &self.0 {
            driven.at.fetch_max(to.0, Ordering::AcqRel);
        }
    }

    /// From here on a driven clock follows the system's, never going back.
    pub fn release(&self) {
        if let Some(driven) = &self.0 {
            driven.released.store(true, Ordering::Release);
        }
    }

    pub fn is_driven(&self) -> bool {
        self.0.as_ref().is_some_and(|d| !d.released.load(Ordering::Acquire))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driven_clock_stands_still_until_moved_and_follows_the_system_once_released() {
        let clock = Clock::driven(Micros(5));
        clock.advance(Micros(3));
        assert_eq!(clock.now(), Micros(5));
        clock.clone().advance(Micros(9));
        assert_eq!(clock.now(), Micros(9));
        clock.release();
        assert!(!clock.is_driven() && clock.now() > Micros::from_secs(1_700_000_000));
    }
}
