//! One account, host or hospital as the shard holds it between events.

use serde::{Deserialize, Serialize};
use ward_event::{Micros, alert::Alert};

use super::{
    day::{DayState, Ref},
    facts::Subject,
};

/// Open days of an entity: yesterday until it is closed, today, and what a wrong clock invents.
const OPEN_DAYS_MAX: usize = 4;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Entity {
    pub(crate) last_seen: Micros,
    /// Sorted by day.
    pub(crate) days: Vec<DayState>,
    /// Seen since it was last judged.
    pub(crate) dirty: bool,
    pub(crate) raised: Option<Raised>,
}

/// The alert of the entity's day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Raised {
    pub(crate) day: i32,
    /// Tenths of a bit at the last revision.
    pub(crate) tenths: i64,
    pub(crate) alert: Alert,
}

impl Entity {
    /// Counts an event into its day. Returns a day that had to give way: the furthest ahead, which
    /// only a wrong clock can have made.
    pub(crate) fn add(
        &mut self,
        day: i32,
        hour: i64,
        time: Micros,
        datastore: bool,
        subject: Subject,
        at: Ref,
    ) -> Option<DayState> {
        self.last_seen = self.last_seen.max(time);
        let mut gone = None;
        let place = match self.days.binary_search_by_key(&day, |d| d.day) {
            Ok(place) => place,
            Err(place) => {
                if self.days.len() >= OPEN_DAYS_MAX {
                    gone = self.days.pop();
                }
                let place = place.min(self.days.len());
                self.days.insert(place, DayState::new(day));
                place
            }
        };
        let state = &mut self.days[place];
        state.datastore |= datastore;
        state.add(hour, time, subject, at);
        gone
    }

    pub(crate) fn day(&self, day: i32) -> Option<&DayState> {
        self.days.iter().find(|d| d.day == day)
    }
}
