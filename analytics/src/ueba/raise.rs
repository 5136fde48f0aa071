//! From evidence to an alert: what it is called, how grave it is, and when it is told again.

use ward_event::{
    Micros, ProducerId, UnitId,
    alert::{self, Alert, EventRef, Level, Reason},
    limits::ALERT_EVENTS_MAX,
};

use super::{
    baseline::EntityKey,
    entity::Raised,
    evidence::{Evidence, Family, Verdict},
    first_seen,
    metric::Metric,
    peers::EntityKind,
    volume,
};
use crate::builtin::BuiltIn;

macro_rules! patterns {
    ($($name:ident $id:literal $title:literal $zh:literal [$($technique:literal),*];)*) => {
        $(const $name: BuiltIn = BuiltIn {
            rule_id: $id, title: $title, title_zh: $zh, techniques: &[$($technique),*],
        };)*
        /// Every kind of alert that UEBA raises.
        pub(crate) const PATTERNS: &[BuiltIn] = &[$($name),*];
    };
}

patterns! {
    THEFT  "ward-ueba-account-theft" "Account probably used by someone else" "账号疑似被盗用" ["T1078"];
    PLACE  "ward-ueba-new-place" "Account used from a new place" "账号异地登录" ["T1078"];
    BULK   "ward-ueba-bulk-read" "Bulk read far beyond the account's past" "账号异常批量读取数据" ["T1213"];
    ODD    "ward-ueba-account" "Account behaves unlike its past" "账号行为异常" ["T1078"];
    EGRESS "ward-ueba-host-egress" "Host sends out far more than ever" "主机外发流量异常" ["T1048"];
    SPREAD "ward-ueba-host-spread" "Host reaches for many new targets" "主机访问目标激增" ["T1018", "T1046"];
    HOST   "ward-ueba-host" "Host behaves unlike its past" "主机行为异常" [];
    UNIT   "ward-ueba-unit-volume" "Unit's volume far beyond its past" "单位数据量异常" [];
}

/// An alert's strength on the score's scale for each bit.
const POINTS_PER_BIT: f64 = 2.0;
/// From so many bits an alert is grave, or critical.
const HIGH_BITS: f64 = 18.0;
const CRITICAL_BITS: f64 = 28.0;
/// An alert is told again when the evidence has grown by this (tenths of a bit) …
const REVISION_TENTHS: i64 = 20;
/// … and no more often than this.
const REVISIONS_MAX: u32 = 20;

pub(crate) fn pattern(kind: EntityKind, found: &[Evidence]) -> &'static BuiltIn {
    let sum = |family| found.iter().filter(|e| e.family == family).map(|e| e.bits).sum::<f64>();
    let has = |name: &str| found.iter().any(|e| e.name == name);
    let bits_of =
        |m: Metric| found.iter().find(|e| e.name == volume::NAMES[m as usize]).map_or(0.0, |e| e.bits);
    let bulk = bits_of(Metric::Rows).max(bits_of(Metric::Bytes));
    let (novelty, volume) = (sum(Family::Novelty), sum(Family::Volume));
    match kind {
        EntityKind::Hospital => &UNIT,
        EntityKind::Host if volume > novelty && bulk >= bits_of(Metric::Targets) => &EGRESS,
        EntityKind::Host if volume > novelty => &SPREAD,
        EntityKind::Host => &HOST,
        EntityKind::Account if volume > novelty && bulk * 2.0 >= volume => &BULK,
        // From elsewhere and nothing but that: its owner may travel.
        EntityKind::Account if has(first_seen::PLACE) && novelty >= found_bits(found) => &PLACE,
        EntityKind::Account if has(first_seen::SOURCE) && has(first_seen::PROGRAM) => &THEFT,
        EntityKind::Account if has(first_seen::PLACE) => &PLACE,
        EntityKind::Account => &ODD,
    }
}

fn found_bits(found: &[Evidence]) -> f64 {
    found.iter().map(|e| e.bits).sum()
}

pub(crate) fn points(bits: f64) -> f64 {
    (bits * POINTS_PER_BIT).min(100.0)
}

/// What an alert needs of where it is raised.
pub(crate) struct Scene<'a> {
    pub(crate) unit: &'a UnitId,
    pub(crate) key: &'a EntityKey,
    pub(crate) day: i32,
    pub(crate) day_start: Micros,
    pub(crate) now: Micros,
    pub(crate) events: &'a dyn Fn(super::day::Ref) -> Option<EventRef>,
}

/// The alert to emit, if there is one: the first of the day, or a revision that says clearly more.
pub(crate) fn raise(
    scene: &Scene<'_>,
    found: &[Evidence],
    verdict: Verdict,
    raised: &mut Option<Raised>,
) -> Option<Alert> {
    if !verdict.alert {
        return None;
    }
    let tenths = (verdict.bits * 10.0).round() as i64;
    let mut alert = match raised {
        Some(open) if open.day == scene.day => {
            if tenths < open.tenths + REVISION_TENTHS || open.alert.revision > REVISIONS_MAX {
                return None;
            }
            let mut alert = open.alert.clone();
            alert.revision += 1;
            alert
        }
        _ => first(scene, found)?,
    };
    fill(scene, found, verdict, &mut alert);
    *raised = Some(Raised { day: scene.day, tenths, alert: alert.clone() });
    Some(alert)
}

fn first(scene: &Scene<'_>, found: &[Evidence]) -> Option<Alert> {
    let (kind, name) = scene.key;
    let pattern = pattern(*kind, found);
    let first = found.iter().flat_map(|e| &e.refs).find_map(|r| (scene.events)(*r))?;
    let group = format!("{}={name}", kind.name());
    Some(Alert {
        alert_id: alert::alert_id(pattern.rule_id, scene.unit, &group, scene.day_start, &first),
        revision: 1,
        rule_id: pattern.rule_id.into(),
        title: pattern.title.into(),
        title_zh: pattern.title_zh.into(),
        level: Level::Medium,
        techniques: pattern.techniques.iter().map(|t| (*t).to_owned()).collect(),
        time: scene.now,
        first_time: scene.now,
        last_time: scene.now,
        hospital: scene.unit.clone(),
        entities: vec![alert::Entity { kind: kind.name().into(), value: name.to_string() }],
        reasons: Vec::new(),
        events: Vec::new(),
        event_count: 0,
        score: 0.0,
        authorised_test: String::new(),
        versions: Default::default(),
        // Numbered when it is emitted.
        producer: ProducerId::default(),
        seq: 0,
    })
}

fn fill(scene: &Scene<'_>, found: &[Evidence], verdict: Verdict, alert: &mut Alert) {
    alert.time = scene.now;
    alert.level = match verdict.bits {
        b if b >= CRITICAL_BITS => Level::Critical,
        b if b >= HIGH_BITS => Level::High,
        _ => Level::Medium,
    };
    alert.first_time = found.iter().map(|e| e.span.0).min().unwrap_or(scene.now);
    alert.last_time = found.iter().map(|e| e.span.1).max().unwrap_or(scene.now);
    alert.score = (points(verdict.bits) * 4.0).round() / 4.0;
    alert.reasons = found.iter().map(reason).collect();
    let mut refs: Vec<_> = found.iter().flat_map(|e| &e.refs).copied().collect();
    refs.sort_unstable();
    refs.dedup();
    alert.event_count = refs.len() as u64;
    refs.truncate(ALERT_EVENTS_MAX);
    alert.events = refs.into_iter().filter_map(scene.events).collect();
}

pub(crate) fn reason(evidence: &Evidence) -> Reason {
    Reason {
        field: evidence.name.into(),
        value: evidence.value.clone(),
        zh: evidence.zh.clone(),
        en: evidence.en.clone(),
        points: Some((points(evidence.bits) * 4.0).round() / 4.0),
    }
}
