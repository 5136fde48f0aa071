//! What is remembered of one entity from its past days: nothing but counts and names, in whole
//! numbers, so that the same days make the same bytes.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{
    day::DayState,
    facts::{ITEM_KINDS, ItemKind},
    metric::{METRICS, RING_DAYS, Ring, scaled},
    peers::Group,
};

/// Things of one kind an entity is known to use; the longest unseen is forgotten first.
const KNOWN_MAX: usize = 48;

/// On the first days everything is new; such novelty says nothing of the days after.
pub(crate) const SETTLING_DAYS: u32 = 3;

/// A day that was alerted on teaches nothing: what an attacker does tonight is not what is usual tomorrow. Only what
/// goes on for more than so many days of a week is a new habit.
const LEFT_OUT_MAX: u32 = 2;
const WEEK: u32 = (1 << 7) - 1;

/// Bits of a calendar-day mask that count.
const MASK: u32 = (1 << RING_DAYS) - 1;

/// A thing an entity has used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known(pub(crate) CompactString, pub(crate) i32);

/// An entity's past as of the end of a local day. Masks have bit 0 for that day, bit 1 for the one
/// before, and so on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    #[serde(rename = "f")]
    pub(crate) first_day: i32,
    /// Days on which anything happened.
    #[serde(rename = "a")]
    pub(crate) active: u32,
    /// For each hour of the day, the days on which anything happened in it.
    #[serde(rename = "h")]
    pub(crate) hours: [u32; 24],
    /// For each kind of thing, the settled days that brought a new one.
    #[serde(rename = "n")]
    pub(crate) novel: [u32; ITEM_KINDS],
    /// Days with datastore activity.
    #[serde(rename = "d")]
    pub(crate) datastore: u32,
    /// Days that were alerted on and are no part of the past.
    #[serde(rename = "x", default)]
    pub(crate) left_out: u32,
    /// Largest hour of each day.
    #[serde(rename = "p")]
    pub(crate) peaks: [Ring; METRICS],
    /// Sum of each day.
    #[serde(rename = "t")]
    pub(crate) totals: [Ring; METRICS],
    /// Sorted by name.
    #[serde(rename = "k")]
    pub(crate) known: [Vec<Known>; ITEM_KINDS],
}

impl History {
    pub(crate) const fn active_days(&self) -> u32 {
        self.active.count_ones()
    }

    pub(crate) fn knows(&self, kind: ItemKind, value: &str) -> bool {
        self.known[kind as usize].binary_search_by(|k| k.0.as_str().cmp(value)).is_ok()
    }

    /// Settled days, and how many of them brought something new of this kind.
    pub(crate) const fn novelty(&self, kind: ItemKind) -> (u32, u32) {
        (self.active_days().saturating_sub(SETTLING_DAYS), self.novel[kind as usize].count_ones())
    }

    /// The past as of `day`: the past of the day before and what `day` brought, unless it was alerted on. None once
    /// nothing has happened for `keep_days`. `peers` as of the day before.
    pub(crate) fn close(
        previous: Option<&Self>,
        day: i32,
        today: Option<&DayState>,
        keep_days: u32,
        peers: Option<&Group>,
    ) -> Option<Self> {
        let mut next = previous.cloned().unwrap_or_else(|| Self { first_day: day, ..Self::default() });
        for mask in next.hours.iter_mut().chain(&mut next.novel) {
            *mask = (*mask << 1) & MASK;
        }
        next.active = (next.active << 1) & MASK;
        next.datastore = (next.datastore << 1) & MASK;
        next.left_out = (next.left_out << 1) & MASK;
        let is_habit = (next.left_out & WEEK).count_ones() >= LEFT_OUT_MAX;
        let learnt = today.filter(|t| is_habit || !t.alerted);
        next.left_out |= u32::from(learnt.is_none() && today.is_some());
        let mut peaks = [0; METRICS];
        let mut totals = [0u64; METRICS];
        if let Some(today) = learnt {
            next.take(day, today, previous, peers);
            for hour in &today.hours {
                for (m, value) in hour.amounts.iter().enumerate() {
                    peaks[m] = peaks[m].max(scaled(*value));
                    totals[m] = totals[m].saturating_add(*value);
                }
            }
        }
        for m in 0..METRICS {
            next.peaks[m].push(peaks[m]);
            next.totals[m].push(scaled(totals[m]));
        }
        let oldest = day.saturating_sub_unsigned(keep_days);
        for known in &mut next.known {
            known.retain(|k| k.1 > oldest);
        }
        let kept = MASK >> (RING_DAYS as u32 - keep_days.clamp(1, RING_DAYS as u32));
        ((next.active | next.left_out) & kept != 0).then_some(next)
    }

    fn take(&mut self, day: i32, today: &DayState, previous: Option<&Self>, peers: Option<&Group>) {
        if today.hours.is_empty() {
            return;
        }
        self.active |= 1;
        self.datastore |= u32::from(today.datastore);
        for hour in &today.hours {
            // Late hours of days already closed count for the hour of day they belong to.
            self.hours[hour.hour.rem_euclid(24) as usize] |= 1;
        }
        let settled = previous.is_some_and(|p| p.active_days() >= SETTLING_DAYS);
        for kind in ItemKind::ALL {
            let known = &mut self.known[kind as usize];
            for item in &today.items[kind as usize] {
                match known.binary_search_by(|k| k.0.cmp(&item.value)) {
                    Ok(at) => known[at].1 = day,
                    Err(at) => {
                        known.insert(at, Known(item.value.clone(), day));
                        // Who begins to work from where others do brings no strange place.
                        let common =
                            kind == ItemKind::Place && peers.is_some_and(|p| p.frequents(&item.value));
                        self.novel[kind as usize] |= u32::from(settled && !common);
                    }
                }
            }
            if today.more[kind as usize] > 0 {
                self.novel[kind as usize] |= u32::from(settled);
            }
            while known.len() > KNOWN_MAX {
                let oldest = known.iter().enumerate().min_by_key(|(_, k)| k.1).map_or(0, |(i, _)| i);
                known.remove(oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::day::tests::day_with, *};

    #[test]
    fn novelty_counts_only_once_the_entity_has_settled() {
        let mut history = None;
        for (day, source) in ["a", "b", "a", "a", "c", "a"].into_iter().enumerate() {
            let today = day_with(day as i32, 9, source, 10);
            history = History::close(history.as_ref(), day as i32, Some(&today), 28, None);
        }
        let history = history.expect("active");
        assert_eq!(history.novelty(ItemKind::Source), (3, 1));
        assert!(history.knows(ItemKind::Source, "b") && !history.knows(ItemKind::Source, "d"));
        assert_eq!(history.hours[9].count_ones(), 6);
        assert_eq!(history.peaks[0].max(28), scaled(10));
    }

    #[test]
    fn a_day_that_was_alerted_on_teaches_nothing_until_it_is_a_habit() {
        let mut history = None;
        for day in 0..5 {
            history = History::close(history.as_ref(), day, Some(&day_with(day, 9, "a", 5)), 28, None);
        }
        for (day, is_habit) in [(5, false), (6, false), (7, true)] {
            let mut today = day_with(day, 3, "b", 5_000);
            today.alerted = true;
            history = History::close(history.as_ref(), day, Some(&today), 28, None);
            let past = history.as_ref().expect("active");
            let learnt =
                (past.hours[3] != 0, past.knows(ItemKind::Source, "b"), past.peaks[0].max(28) > scaled(5));
            assert_eq!(learnt, (is_habit, is_habit, is_habit), "day {day}");
            assert_eq!(past.active_days(), 5 + u32::from(is_habit));
        }
        let mut first = day_with(0, 3, "b", 5_000);
        first.alerted = true;
        assert!(History::close(None, 0, Some(&first), 28, None).is_some(), "who is new is counted, too");
    }

    #[test]
    fn an_entity_unseen_for_the_whole_window_is_forgotten() {
        let mut history = History::close(None, 0, Some(&day_with(0, 9, "a", 1)), 7, None);
        for day in 1..7 {
            history = History::close(history.as_ref(), day, None, 7, None);
            assert!(history.is_some(), "day {day}");
        }
        assert_eq!(History::close(history.as_ref(), 7, None, 7, None), None);
    }
}
