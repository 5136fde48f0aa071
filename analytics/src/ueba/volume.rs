//! More than ever: an hour, or a day, of more events, failures, rows, bytes or targets than the
//! entity's own past and its peers'. Distances are taken on a logarithmic scale against the record of
//! the past weeks, in units of how much the entity's days differ anyway: bulk is normal for some.

use super::{
    evidence::{Case, Evidence, Family},
    history::History,
    metric::{METRICS, Metric, RING_DAYS, Ring, STEPS_PER_DOUBLING, scaled},
    peers::{EntityKind, MEMBERS_MIN, Spread},
};

pub(crate) const NAMES: [&str; METRICS] =
    ["more_events", "more_failures", "more_rows", "more_bytes", "more_targets"];

/// Nobody's days are so alike that half a doubling were strange.
const WOBBLE_MIN: f64 = 0.6;
/// log₂ e: an exponential tail on the logarithmic scale (a power law in the value), in bits.
const TAIL_BITS: f64 = std::f64::consts::LOG2_E;
const OWN_MAX: f64 = 13.0;
/// Where most peers had as much at some time.
const PEERS_DO_SO: f64 = 0.5;
/// Where no peer ever had as much: at once, and for each doubling beyond.
const PEERS_NEVER: f64 = 2.0;
const PEERS_NEVER_MAX: f64 = 5.0;
/// The metrics move together: all but the strongest count so much.
const ECHO: f64 = 0.25;
/// A day's sum is bulk from so many times an hour's floor.
const DAY_FLOOR: u64 = 4;
/// Doublings above every peer that an entity without a past must reach to be noticed.
const NEWCOMER_DOUBLINGS: f64 = 2.0;
const NEWCOMER_BITS: f64 = 5.0;

pub(crate) fn detect(case: &Case<'_>, out: &mut Vec<Evidence>) {
    let mut found: Vec<Evidence> = Metric::ALL.into_iter().filter_map(|m| metric(case, m)).collect();
    let strongest = found.iter().zip(0..).max_by(|a, b| a.0.bits.total_cmp(&b.0.bits)).map(|(_, i)| i);
    for (evidence, i) in found.iter_mut().zip(0usize..) {
        if Some(i) != strongest {
            evidence.bits *= ECHO;
        }
    }
    out.extend(found);
}

/// One value against one ring and one spread.
struct Measure<'a> {
    value: u64,
    /// What is never strange.
    floor: u64,
    ring: &'a Ring,
    spread: Spread,
}

fn metric(case: &Case<'_>, metric: Metric) -> Option<Evidence> {
    let m = metric as usize;
    let peak = case.today.peak(metric)?;
    let History { peaks, totals, .. } = case.history;
    let hour = Measure {
        value: peak.amounts[m],
        floor: metric.floor(),
        ring: &peaks[m],
        spread: case.peers.peaks[m],
    };
    let day = Measure {
        value: case.today.total(metric),
        floor: metric.floor() * DAY_FLOOR,
        ring: &totals[m],
        spread: case.peers.totals[m],
    };
    let (in_hour, in_day) = (bits(case, &hour), bits(case, &day));
    let (bits, measure, zh, en) = if in_hour >= in_day {
        (in_hour, hour, "一小时内", "an hour")
    } else {
        (in_day, day, "当日", "a day")
    };
    if bits <= 0.0 {
        return None;
    }
    let (shown, past) =
        (amount(metric, measure.value), amount(metric, value_of(measure.ring.max(RING_DAYS))));
    Some(Evidence {
        family: Family::Volume,
        name: NAMES[m],
        bits,
        value: measure.value.to_string(),
        zh: format!(
            "{}{zh}达 {shown}，此前 {} 个活跃日最高约 {past}{}",
            metric.zh(),
            days(case),
            peers_zh(case, &measure)
        ),
        en: format!(
            "{} {} in {en}; at most about {past} in {} active days before",
            shown,
            metric.en(),
            days(case)
        ),
        refs: if peak.biggest == peak.first { vec![peak.first] } else { vec![peak.biggest, peak.first] },
        span: (peak.first_time, peak.last_time),
    })
}

fn days(case: &Case<'_>) -> u32 {
    case.history.active_days()
}

fn peers_zh(case: &Case<'_>, measure: &Measure<'_>) -> &'static str {
    if comparable(case) && scaled(measure.value) > measure.spread.max {
        "，并超过所有同类对象"
    } else {
        ""
    }
}

fn comparable(case: &Case<'_>) -> bool {
    case.peers.members >= MEMBERS_MIN && case.kind != EntityKind::Hospital
}

fn bits(case: &Case<'_>, measure: &Measure<'_>) -> f64 {
    if measure.value < measure.floor {
        return 0.0;
    }
    let value = f64::from(scaled(measure.value));
    let above = |other: f64| (value - other) / STEPS_PER_DOUBLING;
    if !case.is_learnt() {
        let over = above(f64::from(measure.spread.max.max(scaled(measure.floor))));
        let strange = comparable(case) && case.unit_is_learnt() && over >= NEWCOMER_DOUBLINGS;
        return if strange {
            (NEWCOMER_BITS + TAIL_BITS * (over - NEWCOMER_DOUBLINGS)).min(OWN_MAX)
        } else {
            0.0
        };
    }
    let record = measure.ring.max(RING_DAYS).max(scaled(measure.floor / 2));
    let excess = above(f64::from(record));
    if excess <= 0.0 {
        return 0.0;
    }
    // 1.48 times the median distance is the deviation of a normal distribution.
    let own = measure.ring.middle(RING_DAYS).map_or(0, |(_, distance)| distance);
    let wobble = (1.48 * f64::from(own.max(measure.spread.wobble)) / STEPS_PER_DOUBLING).max(WOBBLE_MIN);
    // That today is the record of n + 1 days is one chance in n + 1; the rest is the tail.
    let bits = (f64::from(days(case)) + 1.0).log2() + TAIL_BITS * excess / wobble;
    let bits = bits.min(OWN_MAX);
    if !comparable(case) {
        return bits;
    }
    let beyond = above(f64::from(measure.spread.max));
    if scaled(measure.value) <= measure.spread.p95 {
        bits * PEERS_DO_SO
    } else if beyond > 0.0 {
        bits + (PEERS_NEVER + beyond).min(PEERS_NEVER_MAX)
    } else {
        bits
    }
}

/// The least value of a step of the scale.
fn value_of(step: u8) -> u64 {
    let (power, quarter) = (u32::from(step) / 4, u64::from(step) % 4);
    ((1u64 << power) + (quarter << power) / 4).saturating_sub(1)
}

fn amount(metric: Metric, value: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    if metric != Metric::Bytes {
        return value.to_string();
    }
    match UNITS.into_iter().find(|(unit, _)| value >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", value as f64 / unit as f64),
        None => format!("{value} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            day::{DayState, Ref},
            facts::Subject,
            peers::Group,
        },
        *,
    };

    fn rows(day: i32, rows: u64) -> DayState {
        let mut state = DayState::new(day);
        let subject = Subject { amounts: [1, 0, rows, 0, 0], ..Subject::default() };
        state.add(i64::from(day) * 24 + 9, Default::default(), subject, Ref::default());
        state
    }

    fn judged(past: &[u64], today: u64, peers: &Group) -> f64 {
        let mut history = None;
        for (value, day) in past.iter().zip(0..) {
            history = History::close(history.as_ref(), day, Some(&rows(day, *value)), 28, None);
        }
        let today = rows(past.len() as i32, today);
        let case = Case {
            kind: EntityKind::Account,
            today: &today,
            history: &history.unwrap_or_default(),
            baseline_day: today.day - 1,
            unit_days: 7,
            peers,
            home: "CN",
        };
        let mut out = Vec::new();
        detect(&case, &mut out);
        out.first().map_or(0.0, |e| e.bits)
    }

    #[test]
    fn a_hundredfold_is_strange_for_the_steady_and_less_so_for_the_erratic() {
        let none = Group::default();
        let steady = [3_000, 2_800, 3_100, 3_300, 2_900, 3_000, 3_050];
        assert!(judged(&steady, 300_000, &none) >= 12.0);
        assert!(judged(&steady, 4_000, &none) < 5.0);
        assert_eq!(judged(&steady, 3_000, &none), 0.0);
        let erratic = [30, 40_000, 200, 90_000, 5_000, 70, 1_000];
        assert!(judged(&erratic, 300_000, &none) < 7.0);
        assert_eq!(judged(&[10; 7], 1_900, &none), 0.0, "below the floor");
    }

    #[test]
    fn what_peers_do_is_less_strange_and_what_none_did_more() {
        let at = |p95: u64, max: u64| {
            let spread = Spread { p95: scaled(p95), max: scaled(max), wobble: 2 };
            Group { members: 50, peaks: [spread; METRICS], totals: [spread; METRICS], ..Group::default() }
        };
        let steady = [3_000; 7];
        let (usual, never) =
            (judged(&steady, 30_000, &at(50_000, 90_000)), judged(&steady, 30_000, &at(4_000, 5_000)));
        assert!(usual * 2.0 < never, "{usual} {never}");
        assert!(judged(&[3_000; 2], 1_000_000, &at(4_000, 5_000)) >= 10.0, "a newcomer far above every peer");
        assert_eq!(judged(&[3_000; 2], 9_000, &at(4_000, 5_000)), 0.0);
    }

    #[test]
    fn a_step_shown_is_the_least_value_of_the_step() {
        for value in [1, 5, 100, 12_345, 1 << 40] {
            let shown = value_of(scaled(value));
            assert!(shown <= value && scaled(shown) == scaled(value), "{value} {shown}");
        }
    }
}
