//! What people decided that detection obeys: suppressions, allow-lists, authorised tests, verdicts.
//!
//! All of it comes from `ward.control`, is in force from the next clock record on, and ends by the clock.

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Serialize};
use ward_event::{
    Event, Field, Micros, UnitId, Value,
    alert::{Alert, Entity},
    control::{AllowEntry, Suppression, TestWindow, Verdict, address_in},
    time::MICROS_PER_DAY,
};

/// Decisions of each kind in force at a time. Every match is held against all of them; a region's analysts
/// have some dozens.
const DECISIONS_MAX: usize = 2_000;
/// Alerts remembered as acquitted, so that a verdict said twice counts once.
const ACQUITTED_MAX: usize = 20_000;
/// How long after its end a test's window is kept for events that come late.
const TEST_LATENESS: i64 = MICROS_PER_DAY;

/// See the module.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Decisions {
    suppressions: BTreeMap<String, Suppression>,
    allows: BTreeMap<String, AllowEntry>,
    tests: BTreeMap<String, TestWindow>,
    /// Alert ids whose points were taken from scores, with the time of the verdict.
    acquitted: BTreeMap<String, Micros>,
}

/// What a verdict asks of the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    TakeAway,
    GiveBack,
}

/// Puts a decision in force: the newest of its id, unless it is lifted.
fn put<T>(
    held: &mut BTreeMap<String, T>,
    id: String,
    new: T,
    at: impl Fn(&T) -> Micros,
    lifted: bool,
) -> Result<(), String> {
    if held.get(&id).is_some_and(|old| at(old) > at(&new)) {
        return Ok(());
    }
    if lifted {
        held.remove(&id);
    } else if held.len() >= DECISIONS_MAX && !held.contains_key(&id) {
        return Err(format!("{id}: {DECISIONS_MAX} of its kind are in force already"));
    } else {
        held.insert(id, new);
    }
    Ok(())
}

fn any_or(wanted: &str, value: &str) -> bool {
    wanted.is_empty() || wanted == value
}

impl Decisions {
    pub(crate) fn suppress(&mut self, new: Suppression) -> Result<(), String> {
        let lifted = new.until <= new.at;
        put(&mut self.suppressions, new.id.clone(), new, |s| s.at, lifted)
    }

    pub(crate) fn allow(&mut self, new: AllowEntry) -> Result<(), String> {
        let lifted = new.until <= new.at;
        put(&mut self.allows, new.id.clone(), new, |a| a.at, lifted)
    }

    /// A window may be registered after the fact: it is lifted by one of no length.
    pub(crate) fn test(&mut self, new: TestWindow) -> Result<(), String> {
        let lifted = new.until <= new.from;
        put(&mut self.tests, new.id.clone(), new, |t| t.at, lifted)
    }

    /// Takes a verdict; says what becomes of the alert's share of scores.
    pub(crate) fn verdict(&mut self, verdict: &Verdict) -> Effect {
        let held = self.acquitted.contains_key(&verdict.alert_id);
        match (held, verdict.verdict.acquits()) {
            (false, true) => {
                self.acquitted.insert(verdict.alert_id.clone(), verdict.at);
                if self.acquitted.len() > ACQUITTED_MAX {
                    let oldest = self.acquitted.iter().min_by_key(|(_, at)| **at).map(|(id, _)| id.clone());
                    oldest.and_then(|id| self.acquitted.remove(&id));
                }
                Effect::TakeAway
            }
            (true, false) => {
                self.acquitted.remove(&verdict.alert_id);
                Effect::GiveBack
            }
            _ => Effect::Nothing,
        }
    }

    /// Forgets what has ended.
    pub(crate) fn sweep(&mut self, now: Micros) {
        self.suppressions.retain(|_, s| now < s.until);
        self.allows.retain(|_, a| now < a.until);
        self.tests.retain(|_, t| now.0 < t.until.0.saturating_add(TEST_LATENESS));
    }

    /// True when an alert shall not be given.
    pub(crate) fn suppressed(&self, alert: &Alert, now: Micros) -> bool {
        self.suppressions.values().any(|s| {
            now < s.until
                && s.rule_id == alert.rule_id
                && any_or(&s.hospital, alert.hospital.as_str())
                && alert.entities.iter().any(|e| is(e, &s.entity_type, &s.value))
        })
    }

    /// True when some allow-list is in force, so that most events need no further look.
    pub(crate) fn allows_any(&self) -> bool {
        !self.allows.is_empty()
    }

    /// True when what a rule found is usual. `values` tells whether a field has a value.
    pub(crate) fn allowed(
        &self,
        rule_id: &str,
        hospital: &UnitId,
        now: Micros,
        has: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        self.allows.values().any(|a| {
            now < a.until
                && any_or(&a.rule_id, rule_id)
                && any_or(&a.hospital, hospital.as_str())
                && has(&a.field, &a.value)
        })
    }

    /// The authorised test that an event belongs to; empty for none.
    pub(crate) fn test_of(&self, event: &Event, hospital: &UnitId) -> String {
        let Some(source) = event.ip(Field::SrcIp) else { return String::new() };
        let addresses = [event.ip(Field::DstIp), event.ip(Field::DeviceIp)];
        let names = [event.text(Field::DstHostname), event.text(Field::DeviceHostname)];
        let target = |wanted: &String| {
            wanted == hospital.as_str()
                || addresses.into_iter().flatten().any(|ip| address_in(wanted, ip))
                || names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(wanted))
        };
        self.test_at(source, event.time, |t| t.targets.is_empty() || t.targets.iter().any(target))
    }

    /// The authorised test that explains what an address did, as far as it alone tells.
    pub(crate) fn test_of_entity(&self, entity: &Entity, time: Micros, hospital: &UnitId) -> String {
        let Ok(source) = entity.value.parse::<IpAddr>() else { return String::new() };
        let there = |t: &TestWindow| t.targets.is_empty() || t.targets.iter().any(|u| u == hospital.as_str());
        self.test_at(source, time, there)
    }

    fn test_at(&self, source: IpAddr, time: Micros, there: impl Fn(&TestWindow) -> bool) -> String {
        let of = |t: &&TestWindow| {
            (t.from..t.until).contains(&time) && t.testers.iter().any(|p| address_in(p, source)) && there(t)
        };
        self.tests.values().find(of).map_or_else(String::new, |t| t.id.clone())
    }
}

/// An entity of this type and value; case is no difference.
pub(crate) fn is(entity: &Entity, kind: &str, value: &str) -> bool {
    entity.kind == kind && entity.value.eq_ignore_ascii_case(value)
}

/// A field of the event, by the source's name or the OCSF path, has this value.
pub(crate) fn event_has(event: &Event, field: &str, value: &str) -> bool {
    let hot = Field::from_path(field).and_then(|f| event.get(f)).is_some_and(|held| match held {
        Value::Text(text) => text.eq_ignore_ascii_case(value),
        Value::Uint(n) => n.to_string() == value,
        Value::Ip(ip) => ip.to_string() == value,
    });
    hot || event.source(field).is_some_and(|f| f.value.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use ward_event::control::Finding;

    use super::*;

    fn entry(until: i64, at: i64) -> AllowEntry {
        AllowEntry {
            id: "a".into(),
            rule_id: "r".into(),
            hospital: String::new(),
            field: "account".into(),
            value: "Scanner".into(),
            until: Micros(until),
            reason: "authorised".into(),
            by: "li".into(),
            at: Micros(at),
        }
    }

    #[test]
    fn an_entry_covers_what_it_names_until_its_time_or_until_it_is_lifted() {
        let mut decisions = Decisions::default();
        decisions.allow(entry(100, 1)).expect("room");
        let unit = UnitId::new("h1").expect("an id");
        let ask = |decisions: &Decisions, rule: &str, kind: &str, value: &str, now: i64| {
            let entity = Entity { kind: kind.into(), value: value.into() };
            decisions.allowed(rule, &unit, Micros(now), &|f, v| is(&entity, f, v))
        };
        assert!(ask(&decisions, "r", "account", "scanner", 99));
        assert!(!ask(&decisions, "r", "account", "scanner", 100), "over");
        assert!(!ask(&decisions, "q", "account", "scanner", 99));
        assert!(!ask(&decisions, "r", "host", "scanner", 99));
        assert!(!ask(&decisions, "r", "account", "other", 99));
        decisions.allow(entry(3, 3)).expect("lifted");
        assert!(!ask(&decisions, "r", "account", "scanner", 99));
        decisions.allow(entry(100, 4)).expect("room");
        decisions.allow(entry(50, 2)).expect("an older one is no news");
        assert!(ask(&decisions, "r", "account", "scanner", 99));
        decisions.sweep(Micros(100));
        assert!(!decisions.allows_any());
    }

    #[test]
    fn a_verdict_counts_once_and_can_be_taken_back() {
        let mut decisions = Decisions::default();
        let mut say = |verdict| {
            decisions.verdict(&Verdict {
                alert_id: "x".into(),
                rule_id: "r".into(),
                hospital: UnitId::unattributed(),
                entities: Vec::new(),
                score: 1.0,
                given: Micros(0),
                verdict,
                reason: String::new(),
                by: "li".into(),
                at: Micros(1),
            })
        };
        assert_eq!(say(Finding::TruePositive), Effect::Nothing);
        assert_eq!(say(Finding::FalsePositive), Effect::TakeAway);
        assert_eq!(say(Finding::Benign), Effect::Nothing);
        assert_eq!(say(Finding::Undecided), Effect::GiveBack);
        assert_eq!(say(Finding::Undecided), Effect::Nothing);
    }

    #[test]
    fn decisions_beyond_the_bound_are_refused_and_said() {
        let mut decisions = Decisions::default();
        for n in 0..DECISIONS_MAX {
            decisions.allow(AllowEntry { id: format!("a{n}"), ..entry(100, 1) }).expect("room");
        }
        assert!(decisions.allow(AllowEntry { id: "more".into(), ..entry(100, 1) }).is_err());
        assert!(decisions.allow(AllowEntry { id: "a5".into(), ..entry(100, 2) }).is_ok());
    }
}
