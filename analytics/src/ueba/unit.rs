//! The entities of one unit with the baseline they are judged by.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use ward_event::{
    Micros, ProducerId, UnitId,
    alert::{self, EventRef},
    rollup::Rollup,
    state,
    time::{Calendar, MICROS_PER_HOUR},
};

use super::{
    Finding, Rules,
    baseline::{Baseline, EntityKey},
    day::{DayState, Ref},
    entity::Entity,
    evidence::{Case, examine, weigh},
    facts::{Facts, Subject},
    history::History,
    metric::{METRICS, Metric},
    peers::{EntityKind, Group, Role},
    raise,
};
use crate::table::Table;

/// A crowded table forgets this share at once, so that a flood of names costs little each.
const EVICT_SHARE: usize = 16;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Unit {
    entities: Table<EntityKey, Entity>,
    baseline: Baseline,
    baseline_hash: String,
    /// The last day on which an account or a host was alerted on.
    #[serde(default)]
    raised: Option<i32>,
    /// Places of those to judge, each once.
    #[serde(skip)]
    dirty: Vec<u32>,
    /// Place of the unit's own entity.
    #[serde(skip)]
    own: Option<u32>,
}

/// When and which an event is.
pub(crate) struct Moment {
    pub(crate) day: i32,
    /// Hours since 1970-01-01 00:00 local.
    pub(crate) hour: i64,
    pub(crate) time: Micros,
    pub(crate) at: Ref,
}

impl Unit {
    pub(crate) fn len(&self) -> usize {
        self.entities.len()
    }

    /// Returns how many entities are new.
    pub(crate) fn observe(
        &mut self,
        id: &UnitId,
        facts: Facts,
        moment: &Moment,
        orphans: &mut Vec<Rollup>,
        calendar: Calendar,
    ) -> usize {
        let before = self.entities.len();
        let subjects = [(EntityKind::Account, facts.account), (EntityKind::Host, facts.host)];
        for (kind, subject) in subjects {
            if let Some(mut subject) = subject {
                let key = (kind, std::mem::take(&mut subject.name));
                let place = match self.entities.find(&key) {
                    Some(place) => place,
                    None => self.entities.insert(key, Entity::default()),
                };
                self.add(id, place, subject, moment, facts.datastore, orphans, calendar);
            }
        }
        let own = *self.own.get_or_insert_with(|| {
            let key = (EntityKind::Hospital, CompactString::new(id.as_str()));
            self.entities.find(&key).unwrap_or_else(|| self.entities.insert(key, Entity::default()))
        });
        let subject = Subject { amounts: facts.amounts, ..Subject::default() };
        self.add(id, own, subject, moment, facts.datastore, orphans, calendar);
        self.entities.len() - before
    }

    #[expect(clippy::too_many_arguments, reason = "one step of observe, named for its loop")]
    fn add(
        &mut self,
        id: &UnitId,
        place: u32,
        subject: Subject,
        moment: &Moment,
        datastore: bool,
        orphans: &mut Vec<Rollup>,
        calendar: Calendar,
    ) {
        let Some((key, entity)) = self.entities.at_mut(place) else { return };
        if !entity.dirty {
            entity.dirty = true;
            self.dirty.push(place);
        }
        let gone = entity.add(moment.day, moment.hour, moment.time, datastore, subject, moment.at);
        if let Some(mut day) = gone {
            roll(id, key, &mut day, calendar, orphans);
        }
    }

    /// Forgets those without a past first, then the longest unseen; never the unit itself.
    pub(crate) fn evict(&mut self, id: &UnitId, orphans: &mut Vec<Rollup>, calendar: Calendar) -> usize {
        let mut ranked: Vec<(bool, Micros, EntityKey)> = self
            .entities
            .sorted()
            .filter(|((kind, _), _)| *kind != EntityKind::Hospital)
            .map(|(key, e)| (self.baseline.entities.contains_key(key), e.last_seen, key.clone()))
            .collect();
        ranked.sort_unstable();
        ranked.truncate((ranked.len() / EVICT_SHARE).max(1));
        for (_, _, key) in &ranked {
            self.baseline.entities.remove(key);
            for day in self.entities.remove(key).iter_mut().flat_map(|e| &mut e.days) {
                roll(id, key, day, calendar, orphans);
            }
        }
        self.rebuild();
        ranked.len()
    }

    pub(crate) fn judge(
        &mut self,
        id: &UnitId,
        day: i32,
        now: Micros,
        rules: &Rules<'_>,
        events: &dyn Fn(Ref) -> Option<EventRef>,
        findings: &mut Vec<Finding>,
    ) {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_by(|a, b| self.entities.at(*a).map(|e| e.0).cmp(&self.entities.at(*b).map(|e| e.0)));
        for place in dirty {
            let Some((key, entity)) = self.entities.at_mut(place) else { continue };
            entity.dirty = false;
            // The unit comes last: what one of its own has done is told of that one.
            if key.0 == EntityKind::Hospital && self.raised == Some(day) {
                continue;
            }
            if let Some(finding) = judge(id, key, entity, &self.baseline, day, now, rules, events) {
                if finding.alert.is_some() && key.0 != EntityKind::Hospital {
                    self.raised = Some(day);
                }
                findings.push(Finding { baseline: self.baseline_hash.clone(), ..finding });
            }
        }
    }

    /// Closes one day and returns its baseline in parts; nothing for a unit with nothing to remember.
    pub(crate) fn close(
        &mut self,
        id: &UnitId,
        day: i32,
        rules: &Rules<'_>,
        orphans: &mut Vec<Rollup>,
    ) -> Vec<state::Baseline> {
        let today = self.entities.sorted().filter_map(|(key, e)| Some((key, e.day(day)?)));
        self.baseline = Baseline::close_day(&self.baseline, day, today, rules.keep_days);
        for place in self.entities.order() {
            let Some((key, entity)) = self.entities.at_mut(place) else { continue };
            for mut over in entity.days.extract_if(.., |d| d.day <= day) {
                roll(id, key, &mut over, rules.calendar, orphans);
            }
            entity.raised.take_if(|r| r.day <= day);
            // What came before the day was closed has waited for this baseline.
            entity.dirty |= !entity.days.is_empty();
            if entity.days.is_empty() && !self.baseline.entities.contains_key(key) {
                let key = key.clone();
                self.entities.remove(&key);
            }
        }
        self.rebuild();
        match self.baseline.content() {
            Ok((parts, hash)) if !self.baseline.entities.is_empty() => {
                self.baseline_hash.clone_from(&hash);
                let record =
                    |content| state::Baseline { hospital: id.clone(), day, hash: hash.clone(), content };
                parts.into_iter().map(record).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn rollups(&mut self, id: &UnitId, calendar: Calendar, out: &mut Vec<Rollup>) {
        for place in self.entities.order() {
            let Some((key, entity)) = self.entities.at_mut(place) else { continue };
            for day in &mut entity.days {
                roll(id, key, day, calendar, out);
            }
        }
    }

    /// Finds the places anew, after entities have come or gone otherwise than by an event.
    pub(crate) fn rebuild(&mut self) {
        self.own = None;
        let dirty = |i: &u32| self.entities.at(*i).is_some_and(|(_, e)| e.dirty);
        self.dirty = self.entities.order().into_iter().filter(dirty).collect();
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of a unit that are borrowed apart")]
fn judge(
    id: &UnitId,
    key: &EntityKey,
    entity: &mut Entity,
    baseline: &Baseline,
    day: i32,
    now: Micros,
    rules: &Rules<'_>,
    events: &dyn Fn(Ref) -> Option<EventRef>,
) -> Option<Finding> {
    let (nothing, nobody) = (History::default(), Group::default());
    let today = entity.days.iter().find(|d| d.day == day)?;
    let past = baseline.entities.get(key);
    let role = past.map_or(Role::Any, Role::of);
    let case = Case {
        kind: key.0,
        today,
        history: past.unwrap_or(&nothing),
        baseline_day: baseline.day,
        unit_days: baseline.days,
        peers: baseline.group(key.0, role).unwrap_or(&nobody),
        home: rules.home,
    };
    let found = examine(&case);
    if found.is_empty() {
        return None;
    }
    let scene = raise::Scene { unit: id, key, day, day_start: rules.calendar.day_start(day), now, events };
    let alert = raise::raise(&scene, &found, weigh(&found), &mut entity.raised);
    if alert.is_some() {
        entity.days.iter_mut().filter(|d| d.day == day).for_each(|d| d.alerted = true);
    }
    Some(Finding {
        unit: id.clone(),
        entity: alert::Entity { kind: key.0.name().into(), value: key.1.to_string() },
        day,
        reasons: found.iter().map(raise::reason).collect(),
        alert,
        baseline: String::new(),
    })
}

/// Emits what has not been emitted of a day, by hour and metric.
fn roll(id: &UnitId, key: &EntityKey, day: &mut DayState, calendar: Calendar, out: &mut Vec<Rollup>) {
    for hour in &mut day.hours {
        for metric in Metric::ALL {
            let value = std::mem::take(&mut hour.pending[metric as usize]);
            if value > 0 {
                out.push(Rollup {
                    hospital: id.clone(),
                    entity: alert::Entity { kind: key.0.name().into(), value: key.1.to_string() },
                    metric: metric.name().into(),
                    hour: Micros(hour.hour * MICROS_PER_HOUR - calendar.offset_secs() * 1_000_000),
                    value,
                    // Numbered when it is emitted.
                    producer: ProducerId::default(),
                    seq: 0,
                });
            }
        }
    }
    debug_assert!(day.hours.iter().all(|h| h.pending == [0; METRICS]));
}

#[cfg(test)]
mod tests {
    use super::{super::metric::Amounts, *};

    fn facts(account: &str) -> Facts {
        let amounts: Amounts = [1, 0, 0, 0, 0];
        let subject = Subject { name: account.into(), amounts, ..Subject::default() };
        Facts { account: Some(subject), amounts, ..Facts::default() }
    }

    #[test]
    fn a_flood_of_names_drives_out_those_without_a_past_and_loses_no_count() {
        let id = UnitId::unattributed();
        let calendar = Calendar::shanghai();
        let rules = Rules { calendar, keep_days: 28, home: "CN" };
        let (mut unit, mut rollups) = (Unit::default(), Vec::new());
        let at = |day: i32, n: i64| Moment {
            day,
            hour: i64::from(day) * 24 + 9,
            time: Micros(i64::from(day) * 86_400_000_000 + n),
            at: Ref(0, n.unsigned_abs()),
        };
        for n in 0..20 {
            unit.observe(&id, facts(&format!("staff{n}")), &at(1, n), &mut rollups, calendar);
        }
        assert_eq!(unit.close(&id, 1, &rules, &mut rollups).len(), 1);
        for n in 0..300 {
            unit.observe(&id, facts(&format!("invented{n}")), &at(2, n), &mut rollups, calendar);
        }
        let gone = unit.evict(&id, &mut rollups, calendar);
        assert_eq!(gone, 320 / EVICT_SHARE);
        let left = unit.entities.sorted().filter(|((_, name), _)| name.starts_with("staff")).count();
        assert_eq!((left, unit.len()), (20, 321 - gone), "the unit itself stays");
        unit.rollups(&id, calendar, &mut rollups);
        let sum: u64 = rollups.iter().filter(|r| r.entity.kind == "account").map(|r| r.value).sum();
        assert_eq!(sum, 320);
        // What was forgotten is judged no more.
        let mut findings = Vec::new();
        unit.judge(&id, 2, Micros(0), &rules, &|_| None, &mut findings);
        assert!(findings.is_empty() && unit.dirty.is_empty());
    }
}
