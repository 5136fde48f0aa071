//! UEBA: every account, host and hospital against its own past and its peers.
//!
//! During a day events are folded into hours and into the things an entity used ([`day`]). At the
//! clock record that closes the day a pure function makes its [`baseline`]; the next day is judged by
//! it, once a minute, for the entities that moved. Detectors give [`evidence`] in bits, one file each;
//! enough bits from more than one side make an alert ([`raise`]), fewer only add to the score.

mod baseline;
mod day;
mod entity;
mod evidence;
mod facts;
mod first_seen;
mod history;
mod hours;
mod metric;
mod peers;
mod raise;
mod unit;
mod volume;

use serde::{Deserialize, Serialize};
use ward_event::{
    EnrichedEvent, Micros, UnitId,
    alert::{Alert, Entity, EventRef, Reason},
    rollup::Rollup,
    state::Baseline,
    time::{Calendar, MICROS_PER_SECOND},
};

pub(crate) use self::{
    day::Ref,
    facts::{account, host, is_inside, lower},
    raise::PATTERNS,
};
use self::{facts::facts, unit::Unit};
use crate::table::Table;

/// How long after its end a day is closed: what comes later counts for the next day's baseline.
/// Collectors deliver within seconds; ten minutes outlast a restart of any stage.
pub(crate) const LATENESS: i64 = 10 * 60 * MICROS_PER_SECOND;

/// Entities held in all: at 4 to 8 KB each this is some 600 MB of the stage's 1.5 GB.
const ENTITIES_MAX: usize = 100_000;

/// What UEBA needs to know beyond the log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rules<'a> {
    pub(crate) calendar: Calendar,
    /// Days a baseline looks back.
    pub(crate) keep_days: u32,
    /// ISO country whose addresses are no foreign ones.
    pub(crate) home: &'a str,
}

/// What one entity's day looks like now.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) unit: UnitId,
    pub(crate) entity: Entity,
    pub(crate) day: i32,
    /// Every piece of evidence with its points on the score's scale.
    pub(crate) reasons: Vec<Reason>,
    pub(crate) alert: Option<Alert>,
    /// Hash of the baseline it was judged by.
    pub(crate) baseline: String,
}

/// All units' entities.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Ueba {
    units: Table<UnitId, Unit>,
    /// The last local day that is closed. None before the first clock record.
    closed: Option<i32>,
    /// Up to which local hour rollups have been emitted.
    rolled: i64,
    /// Rollups of entities that were forgotten before the hour was over.
    orphans: Vec<Rollup>,
    entities: usize,
    /// Entities forgotten because there were too many.
    pub(crate) evicted: u64,
}

impl Ueba {
    pub(crate) fn observe(&mut self, enriched: &EnrichedEvent, at: Ref, rules: &Rules<'_>) {
        let facts = facts(enriched);
        let hour = rules.calendar.hour_index(facts.time);
        let mut day = rules.calendar.day(facts.time);
        if let Some(closed) = self.closed {
            day = day.max(closed + 1);
        }
        let place = match self.units.find(&enriched.hospital) {
            Some(place) => place,
            None => self.units.insert(enriched.hospital.clone(), Unit::default()),
        };
        if let Some((id, unit)) = self.units.at_mut(place) {
            let moment = unit::Moment { day, hour, time: facts.time, at };
            self.entities += unit.observe(id, facts, &moment, &mut self.orphans, rules.calendar);
        }
        if self.entities > ENTITIES_MAX {
            self.evict(rules.calendar);
        }
    }

    /// Forgets the least known of the unit that holds most.
    fn evict(&mut self, calendar: Calendar) {
        let largest =
            self.units.order().into_iter().max_by_key(|i| self.units.at(*i).map_or(0, |(_, u)| u.len()));
        let Some((id, unit)) = largest.and_then(|i| self.units.at_mut(i)) else { return };
        let gone = unit.evict(id, &mut self.orphans, calendar);
        self.entities -= gone;
        self.evicted += gone as u64;
    }

    /// Judges every entity that moved, by unit and name.
    pub(crate) fn judge(
        &mut self,
        now: Micros,
        rules: &Rules<'_>,
        events: &dyn Fn(Ref) -> Option<EventRef>,
    ) -> Vec<Finding> {
        let Some(closed) = self.closed else { return Vec::new() };
        let mut findings = Vec::new();
        for place in self.units.order() {
            if let Some((id, unit)) = self.units.at_mut(place) {
                unit.judge(id, closed + 1, now, rules, events, &mut findings);
            }
        }
        findings
    }

    /// Closes the days that are over and returns their baselines, by day and unit.
    pub(crate) fn close(&mut self, now: Micros, rules: &Rules<'_>) -> Vec<Baseline> {
        let over = rules.calendar.day(Micros(now.0.saturating_sub(LATENESS))) - 1;
        let Some(closed) = self.closed else {
            self.closed = Some(over);
            return Vec::new();
        };
        let mut baselines = Vec::new();
        // After so long an absence every past is forgotten anyway.
        let first = (closed + 1).max(over - metric::RING_DAYS as i32 - 1);
        for day in first..=over {
            for place in self.units.order() {
                let Some((id, unit)) = self.units.at_mut(place) else { continue };
                let before = unit.len();
                baselines.extend(unit.close(id, day, rules, &mut self.orphans));
                self.entities -= before - unit.len();
            }
        }
        self.closed = Some(over.max(closed));
        baselines
    }

    /// The rollups since the last hour's, by unit, entity, metric and hour; empty within the hour.
    pub(crate) fn rollups(&mut self, now: Micros, calendar: Calendar) -> Vec<Rollup> {
        let hour = calendar.hour_index(Micros(now.0.saturating_sub(LATENESS)));
        if hour <= self.rolled {
            return Vec::new();
        }
        self.rolled = hour;
        let mut rollups = std::mem::take(&mut self.orphans);
        for place in self.units.order() {
            if let Some((id, unit)) = self.units.at_mut(place) {
                unit.rollups(id, calendar, &mut rollups);
            }
        }
        rollups
    }

    /// Rebuilds what is derived, after a snapshot was read.
    pub(crate) fn rebuild(&mut self) {
        for place in self.units.order() {
            if let Some((_, unit)) = self.units.at_mut(place) {
                unit.rebuild();
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entities
    }
}
