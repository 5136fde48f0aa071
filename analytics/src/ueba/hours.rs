//! Activity in an hour the entity does not keep: nights and weekends of people who work by day. The
//! peers' hours count along, so that a ward with night shifts is no news.

use super::{
    day::Hour,
    evidence::{Case, Evidence, Family, surprise},
    peers::{EntityKind, MEMBERS_MIN, is_weekend, weekend_mask},
};

pub(crate) const HOURS: &str = "unusual_hour";

/// The peers' habit counts as so many days of the entity's own.
const PRIOR_DAYS: f64 = 4.0;
/// The share of days with activity in an hour, where there are too few peers to tell.
const SHARE_UNKNOWN: f64 = 0.05;
/// Someone is always called in at night once in a while.
const SHARE_MIN: f64 = 0.01;
/// Peers' days of this kind (workdays, weekends) that are needed to tell.
const GROUP_DAYS_MIN: u32 = 20;
const HOURS_MAX: f64 = 7.0;

/// The strangest hour of the day; not the sum, for a night's hours come together.
pub(crate) fn detect(case: &Case<'_>, out: &mut Vec<Evidence>) {
    if case.kind == EntityKind::Hospital || !case.unit_is_learnt() {
        return;
    }
    let scored = case.today.hours.iter().map(|hour| (bits(case, hour), hour));
    let Some((bits, hour)) = scored.max_by(|a, b| a.0.total_cmp(&b.0)) else { return };
    let clock = hour.hour.rem_euclid(24);
    let weekend = weekend(hour);
    let (own, days) = own(case, hour);
    let day = |zh: bool| match (weekend, zh) {
        (true, true) => "周末",
        (true, false) => "weekend",
        (false, true) => "工作日",
        (false, false) => "workday",
    };
    out.push(Evidence {
        family: Family::Hours,
        name: HOURS,
        bits: bits.min(HOURS_MAX),
        value: format!("{clock:02}:00"),
        zh: format!("在不常活动的时段（{} {clock:02} 时）活动：此前 {days} 个同类日中有 {own} 个", day(true)),
        en: format!("active at {clock:02}:00 on a {}: so on {own} of {days} such days before", day(false)),
        refs: [hour.first, hour.biggest]
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect(),
        span: (hour.first_time, hour.last_time),
    });
}

fn weekend(hour: &Hour) -> bool {
    // A day has 24 hours; an i64 of hours fits a day number wherever time does.
    is_weekend(hour.hour.div_euclid(24) as i32)
}

/// Days of the same kind with activity in this hour, and all of them.
fn own(case: &Case<'_>, hour: &Hour) -> (u32, u32) {
    let weekends = weekend_mask(case.baseline_day);
    let mask = if weekend(hour) { weekends } else { !weekends };
    let slot = hour.hour.rem_euclid(24) as usize;
    let count = |mask: u32| mask.count_ones();
    (count(case.history.hours[slot] & mask), count(case.history.active & mask))
}

fn bits(case: &Case<'_>, hour: &Hour) -> f64 {
    let slot = hour.hour.rem_euclid(24) as usize;
    let (own, days) = own(case, hour);
    // Who leaves at six is not strange at half past; half a day's credit from either neighbour.
    let weekends = weekend_mask(case.baseline_day);
    let mask = if weekend(hour) { weekends } else { !weekends };
    let beside = [(slot + 23) % 24, (slot + 1) % 24].map(|s| (case.history.hours[s] & mask).count_ones());
    let seen = f64::from(own).max(f64::from(beside[0].max(beside[1])) / 2.0);
    let kind = usize::from(weekend(hour));
    let share = if case.peers.days[kind] >= GROUP_DAYS_MIN && case.peers.members >= MEMBERS_MIN {
        (f64::from(case.peers.hours[kind][slot]) / f64::from(case.peers.days[kind])).clamp(SHARE_MIN, 1.0)
    } else {
        SHARE_UNKNOWN
    };
    surprise((seen + PRIOR_DAYS * share) / (f64::from(days) + PRIOR_DAYS))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{day::tests::day_with, history::History, peers::Group},
        *,
    };

    fn judged(past: i64, today: i64, peers: &Group) -> f64 {
        let mut history = None;
        // Day 4 is a Monday.
        for day in 4..9 {
            history = History::close(history.as_ref(), day, Some(&day_with(day, past, "a", 5)), 28, None);
        }
        let today = day_with(11, today, "a", 5);
        let case = Case {
            kind: EntityKind::Account,
            today: &today,
            history: &history.expect("active"),
            baseline_day: 8,
            unit_days: 7,
            peers,
            home: "CN",
        };
        let mut out = Vec::new();
        detect(&case, &mut out);
        out.first().map_or(0.0, |e| e.bits)
    }

    #[test]
    fn night_is_strange_for_who_works_by_day_and_not_for_who_works_by_night() {
        let none = Group::default();
        assert!(judged(10, 3, &none) > 4.0);
        assert!(judged(10, 10, &none) < 1.0 && judged(3, 3, &none) < 1.0);
        assert!(judged(10, 11, &none) < 2.0, "the hour beside");
    }

    #[test]
    fn a_ward_that_works_by_night_makes_nights_less_strange() {
        let shifts = Group { members: 50, days: [250, 100], hours: [[80; 24]; 2], ..Group::default() };
        let office = Group { members: 50, days: [250, 100], hours: [[1; 24]; 2], ..Group::default() };
        assert!(judged(10, 3, &shifts) < 3.0 && judged(10, 3, &office) > 6.0);
    }
}
