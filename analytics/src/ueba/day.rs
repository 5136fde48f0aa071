//! What one entity has done on one local day so far.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use ward_event::Micros;

use super::{
    facts::{ITEM_KINDS, Subject},
    metric::{Amounts, Metric},
};

/// Things of one kind that are kept by name on a day; more are counted.
const ITEMS_MAX: usize = 32;
/// Events kept of each thing: enough to open it.
const ITEM_REFS_MAX: usize = 4;
/// Hours kept of a day: its own, and the late ones of a day before.
const HOURS_MAX: usize = 48;
/// Distinct targets counted in an hour; a scan beyond that is one all the same.
const TARGETS_MAX: usize = 512;

/// An event by its producer's number in the shard and its seq.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Ref(pub(crate) u32, pub(crate) u64);

/// A thing used on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    #[serde(rename = "v")]
    pub(crate) value: CompactString,
    #[serde(rename = "t")]
    pub(crate) first: Micros,
    #[serde(rename = "l")]
    pub(crate) last: Micros,
    #[serde(rename = "r")]
    pub(crate) refs: Vec<Ref>,
}

/// One local hour of event time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hour {
    /// Hours since 1970-01-01 00:00 local.
    #[serde(rename = "h")]
    pub(crate) hour: i64,
    #[serde(rename = "a")]
    pub(crate) amounts: Amounts,
    /// Not yet emitted as rollups.
    #[serde(rename = "p")]
    pub(crate) pending: Amounts,
    #[serde(rename = "f")]
    pub(crate) first: Ref,
    #[serde(rename = "t")]
    pub(crate) first_time: Micros,
    #[serde(rename = "l")]
    pub(crate) last_time: Micros,
    /// The event that moved most, by rows, then bytes.
    #[serde(rename = "b")]
    pub(crate) biggest: Ref,
    #[serde(rename = "w")]
    weight: (u64, u64),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DayState {
    /// Days since 1970-01-01, local.
    pub(crate) day: i32,
    #[serde(rename = "ds")]
    pub(crate) datastore: bool,
    /// Sorted by hour.
    pub(crate) hours: Vec<Hour>,
    pub(crate) items: [Vec<Item>; ITEM_KINDS],
    /// Sightings that found no room in `items`.
    pub(crate) more: [u64; ITEM_KINDS],
    /// Hashes of the targets of the newest hour, sorted.
    targets: Vec<u32>,
    /// Whether an alert was raised on it.
    #[serde(default)]
    pub(crate) alerted: bool,
}

impl DayState {
    pub(crate) fn new(day: i32) -> Self {
        Self { day, ..Self::default() }
    }

    /// Counts one event of the subject into the hour.
    pub(crate) fn add(&mut self, hour: i64, time: Micros, subject: Subject, at: Ref) {
        let Subject { items, target, mut amounts, .. } = subject;
        for (kind, value) in items.into_iter().enumerate() {
            if let Some(value) = value {
                self.see(kind, value, time, at);
            }
        }
        let place = self.hour(hour, time, at);
        let newest = place + 1 == self.hours.len();
        if let Some(target) = target
            && newest
            && self.targets.len() < TARGETS_MAX
            && let Err(i) = self.targets.binary_search(&target)
        {
            self.targets.insert(i, target);
            amounts[Metric::Targets as usize] = 1;
        }
        let hour = &mut self.hours[place];
        for (m, amount) in amounts.into_iter().enumerate() {
            hour.amounts[m] = hour.amounts[m].saturating_add(amount);
            hour.pending[m] = hour.pending[m].saturating_add(amount);
        }
        hour.last_time = hour.last_time.max(time);
        hour.first_time = hour.first_time.min(time);
        let weight = (amounts[Metric::Rows as usize], amounts[Metric::Bytes as usize]);
        if weight > hour.weight {
            (hour.weight, hour.biggest) = (weight, at);
        }
    }

    /// The place of an hour, made where it is not there. Beyond `HOURS_MAX` the nearest one takes it.
    fn hour(&mut self, hour: i64, time: Micros, at: Ref) -> usize {
        if self.hours.last().is_some_and(|h| h.hour == hour) {
            return self.hours.len() - 1;
        }
        match self.hours.binary_search_by_key(&hour, |h| h.hour) {
            Ok(place) => place,
            Err(place) if self.hours.len() < HOURS_MAX => {
                if place == self.hours.len() {
                    self.targets.clear();
                }
                let new = Hour {
                    hour,
                    first: at,
                    first_time: time,
                    last_time: time,
                    biggest: at,
                    ..Hour::default()
                };
                self.hours.insert(place, new);
                place
            }
            Err(place) => place.min(self.hours.len() - 1),
        }
    }

    fn see(&mut self, kind: usize, value: CompactString, time: Micros, at: Ref) {
        let items = &mut self.items[kind];
        if let Some(item) = items.iter_mut().find(|i| i.value == value) {
            item.last = item.last.max(time);
            if item.refs.len() < ITEM_REFS_MAX {
                item.refs.push(at);
            }
        } else if items.len() < ITEMS_MAX {
            items.push(Item { value, first: time, last: time, refs: vec![at] });
        } else {
            self.more[kind] += 1;
        }
    }

    /// The largest hour of a metric.
    pub(crate) fn peak(&self, metric: Metric) -> Option<&Hour> {
        // The first of equals, so that a later equal hour does not move the evidence.
        self.hours.iter().rev().max_by_key(|h| h.amounts[metric as usize])
    }

    pub(crate) fn total(&self, metric: Metric) -> u64 {
        self.hours.iter().fold(0, |sum, h| h.amounts[metric as usize].saturating_add(sum))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A day with one active hour and one source address.
    pub(crate) fn day_with(day: i32, hour: i64, source: &str, events: u64) -> DayState {
        let mut state = DayState::new(day);
        for n in 0..events {
            let mut subject = Subject { amounts: [1, 0, 0, 0, 0], ..Subject::default() };
            subject.items[0] = Some(source.into());
            state.add(i64::from(day) * 24 + hour, Micros(n as i64), subject, Ref(0, n));
        }
        state
    }

    #[test]
    fn hours_items_and_targets_are_bounded_and_what_does_not_fit_is_counted() {
        let mut state = DayState::new(0);
        for n in 0..1_000u32 {
            let mut subject = Subject { amounts: [1, 0, 0, 0, 0], target: Some(n), ..Subject::default() };
            subject.items[0] = Some(format!("10.0.0.{n}").into());
            state.add(i64::from(n / 700), Micros(i64::from(n)), subject, Ref(0, u64::from(n)));
        }
        assert_eq!((state.items[0].len(), state.more[0]), (ITEMS_MAX, 1_000 - ITEMS_MAX as u64));
        assert_eq!(state.hours[0].amounts, [700, 0, 0, 0, TARGETS_MAX as u64]);
        assert_eq!(state.hours[1].amounts, [300, 0, 0, 0, 300]);
        assert_eq!(state.peak(Metric::Events).map(|h| h.hour), Some(0));
        for n in 0..1_000i64 {
            state.add(n, Micros(n), Subject::default(), Ref::default());
        }
        assert_eq!(state.hours.len(), HOURS_MAX);
    }
}
