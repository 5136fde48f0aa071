//! Peer groups: entities of one unit that live alike. Departments are not in the events, so the
//! group is made of what the entity does: datastore accounts are apart from people who log in, and
//! what runs round the clock is apart from what keeps hours.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{
    facts::{ITEM_KINDS, ItemKind},
    history::History,
    metric::{METRICS, Metric, RING_DAYS, Ring, median},
};

/// What an entity is. The order is part of baselines and snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntityKind {
    Account,
    Host,
    Hospital,
}

impl EntityKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Host => "host",
            Self::Hospital => "hospital",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Everyone of the kind: the fallback where the closer group is too small.
    Any,
    /// Keeps hours.
    Person,
    /// Runs round the clock.
    Service,
    DatastorePerson,
    DatastoreService,
}

/// Hours of the day that must be active on at least half the days for a round-the-clock entity.
const SERVICE_HOURS_MIN: usize = 18;

impl Role {
    pub(crate) fn of(history: &History) -> Self {
        let days = history.active_days();
        let round_the_clock =
            history.hours.iter().filter(|h| h.count_ones() * 2 >= days).count() >= SERVICE_HOURS_MIN;
        match (history.datastore.count_ones() * 2 > days, round_the_clock) {
            (false, false) => Self::Person,
            (false, true) => Self::Service,
            (true, false) => Self::DatastorePerson,
            (true, true) => Self::DatastoreService,
        }
    }
}

/// How the members of a group spread in one metric, on the logarithmic scale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spread {
    /// 95 % of the members never had more.
    #[serde(rename = "q")]
    pub(crate) p95: u8,
    #[serde(rename = "x")]
    pub(crate) max: u8,
    /// How much a member's days differ: the median over members of the median distance.
    #[serde(rename = "w")]
    pub(crate) wobble: u8,
}

/// A group smaller than this says nothing.
pub(crate) const MEMBERS_MIN: u32 = 5;

/// Things kept by name with the number of members that use them, the most used first.
const SHARED_MAX: usize = 64;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    #[serde(rename = "m")]
    pub(crate) members: u32,
    /// For each kind of thing: settled member days, and those that brought something new.
    #[serde(rename = "n")]
    pub(crate) novelty: [(u32, u32); ITEM_KINDS],
    /// Member days, on workdays and on weekends.
    #[serde(rename = "d")]
    pub(crate) days: [u32; 2],
    /// Member days with activity in each hour, on workdays and on weekends.
    #[serde(rename = "h")]
    pub(crate) hours: [[u32; 24]; 2],
    #[serde(rename = "p")]
    pub(crate) peaks: [Spread; METRICS],
    #[serde(rename = "t")]
    pub(crate) totals: [Spread; METRICS],
    /// What at least two members use, sorted by name.
    #[serde(rename = "s")]
    pub(crate) shared: [Vec<(CompactString, u32)>; ITEM_KINDS],
}

/// Saturday and Sunday. Day 0 was a Thursday.
pub(crate) const fn is_weekend(day: i32) -> bool {
    (day + 3).rem_euclid(7) >= 5
}

/// The days of a history's masks that are weekends, for a baseline of `day`.
pub(crate) fn weekend_mask(day: i32) -> u32 {
    (0..RING_DAYS as i32).filter(|i| is_weekend(day - i)).fold(0, |mask, i| mask | 1 << i)
}

impl Group {
    pub(crate) fn of(members: &[&History], day: i32) -> Self {
        let weekends = weekend_mask(day);
        let mut group = Self { members: members.len() as u32, ..Self::default() };
        for history in members {
            for (t, mask) in [!weekends, weekends].into_iter().enumerate() {
                group.days[t] += (history.active & mask).count_ones();
                for (sum, hour) in group.hours[t].iter_mut().zip(&history.hours) {
                    *sum += (hour & mask).count_ones();
                }
            }
            for kind in ItemKind::ALL {
                let (settled, novel) = history.novelty(kind);
                group.novelty[kind as usize].0 += settled;
                group.novelty[kind as usize].1 += novel;
            }
        }
        for metric in Metric::ALL {
            let m = metric as usize;
            group.peaks[m] = spread(members.iter().map(|h| &h.peaks[m]));
            group.totals[m] = spread(members.iter().map(|h| &h.totals[m]));
        }
        for kind in ItemKind::ALL {
            group.shared[kind as usize] = shared(members, kind);
        }
        group
    }

    /// Whether at least two members are known from the same country and region as this place.
    pub(crate) fn frequents(&self, place: &str) -> bool {
        let region = |place: &str| place.rsplit_once('/').map(|(region, _)| region.to_owned());
        let wanted = region(place);
        self.shared[ItemKind::Place as usize].iter().any(|(place, _)| region(place) == wanted)
    }

    /// How many members use it, as far as it is among the most used.
    pub(crate) fn users(&self, kind: ItemKind, value: &str) -> u32 {
        let shared = &self.shared[kind as usize];
        shared.binary_search_by(|(v, _)| v.as_str().cmp(value)).map_or(0, |i| shared[i].1)
    }
}

fn spread<'h>(rings: impl Iterator<Item = &'h Ring>) -> Spread {
    let (mut tops, mut wobbles) = (Vec::new(), Vec::new());
    for ring in rings {
        tops.push(ring.max(RING_DAYS));
        wobbles.extend(ring.middle(RING_DAYS).map(|(_, distance)| distance));
    }
    tops.sort_unstable();
    let at = (tops.len() * 95).div_ceil(100).saturating_sub(1);
    Spread {
        p95: tops.get(at).copied().unwrap_or(0),
        max: tops.last().copied().unwrap_or(0),
        wobble: median(&mut wobbles).unwrap_or(0),
    }
}

fn shared(members: &[&History], kind: ItemKind) -> Vec<(CompactString, u32)> {
    let mut users: BTreeMap<&str, u32> = BTreeMap::new();
    for known in members.iter().flat_map(|h| &h.known[kind as usize]) {
        *users.entry(&known.0).or_default() += 1;
    }
    let mut shared: Vec<(&str, u32)> = users.into_iter().filter(|(_, n)| *n >= 2).collect();
    // Stable: among equals the name decides.
    shared.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    shared.truncate(SHARED_MAX);
    shared.sort_unstable();
    shared.into_iter().map(|(v, n)| (v.into(), n)).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::day::tests::day_with, *};

    #[test]
    fn a_group_knows_what_its_members_share_and_when_they_work() {
        let histories: Vec<_> = (0..20)
            .map(|n| {
                // Day 0 is a Thursday, day 2 a Saturday.
                let source = if n < 2 { "gate" } else { "own" };
                let first = History::close(None, 0, Some(&day_with(0, 9, source, 10)), 28, None);
                let rest = History::close(first.as_ref(), 1, None, 28, None);
                let weekend = (n == 0).then(|| day_with(2, 3, "gate", 900));
                History::close(rest.as_ref(), 2, weekend.as_ref(), 28, None).expect("active")
            })
            .collect();
        let group = Group::of(&histories.iter().collect::<Vec<_>>(), 2);
        assert_eq!((group.members, group.days), (20, [20, 1]));
        assert_eq!((group.hours[0][9], group.hours[1][3]), (20, 1));
        assert_eq!((group.users(ItemKind::Source, "gate"), group.users(ItemKind::Source, "x")), (2, 0));
        let peaks = group.peaks[Metric::Events as usize];
        assert!(peaks.max > peaks.p95, "{peaks:?}");
        assert!(is_weekend(2) && !is_weekend(4) && is_weekend(-4));
    }
}
