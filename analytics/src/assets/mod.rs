//! What a unit has: found from flows, leases, names and audits, told as it changes.
//!
//! An asset is an address, a name whose address nobody has told, or a database that only its audit box
//! names. It is told when it is new, when something about it is, and otherwise that it was seen, at
//! most once an hour. All of it is emitted once a minute, at a clock record.

mod asset;
mod role;
mod service;
mod sight;
mod unit;

use serde::{Deserialize, Serialize};
use ward_event::{EnrichedEvent, Micros, UnitId, ocsf, register::Register, state};

use self::{asset::Source, sight::Sight, unit::Unit};
use crate::table::Table;

/// Assets of the region: some 200 bytes a terminal and 1 KB a server.
const ASSETS_MAX: usize = 120_000;

/// Told in one minute; the others wait for the next.
const TOLD_MAX: usize = 4_000;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Assets {
    units: Table<UnitId, Unit>,
    /// Not taken in for want of room in the region.
    refused: u64,
    /// Where the last event went: a topic brings long runs of one unit's.
    #[serde(skip)]
    last: Option<(UnitId, u32)>,
    #[serde(skip)]
    sights: Vec<Sight>,
    /// Held in all.
    #[serde(skip)]
    held: usize,
}

impl Assets {
    #[inline]
    pub(crate) fn observe(&mut self, enriched: &EnrichedEvent) {
        let event = &enriched.event;
        let network = ocsf::category_uid(event.class_uid) == 4;
        let answer = if network { service::answer(event) } else { None };
        sight::sights(event, &mut self.sights);
        if answer.is_none() && self.sights.is_empty() {
            return;
        }
        let Some(place) = self.place(&enriched.hospital) else {
            self.sights.clear();
            return;
        };
        let full = self.held >= ASSETS_MAX;
        let Some((_, unit)) = self.units.at_mut(place) else { return };
        // A source's clock that runs ahead does not make a thing seen in the future.
        let time = event.time.clamp(Micros(0), event.received.max(Micros(0)));
        let before = unit.len();
        if full {
            self.refused += 1;
        } else {
            if let Some(answer) = answer.filter(|a| unit.is_inside(a.server)) {
                unit.answered(&answer, time, Source::Flow);
            }
            for sight in self.sights.drain(..) {
                unit.take(sight, time);
            }
        }
        self.sights.clear();
        self.held += unit.len() - before;
    }

    #[inline]
    fn place(&mut self, id: &UnitId) -> Option<u32> {
        if let Some((last, place)) = &self.last
            && last == id
        {
            return Some(*place);
        }
        // Nobody answers for what belongs to no unit.
        if *id == UnitId::unattributed() {
            return None;
        }
        let place = match self.units.find(id) {
            Some(place) => place,
            None => self.units.insert(id.clone(), Unit::default()),
        };
        self.last = Some((id.clone(), place));
        Some(place)
    }

    /// Takes over the networks that a register declares.
    pub(crate) fn expect(&mut self, register: &Register) {
        self.enter(register);
        for place in self.units.order() {
            if let Some((id, unit)) = self.units.at_mut(place) {
                unit.expect(register.unit(id));
            }
        }
        self.last = None;
    }

    /// What is to be told, once a minute.
    pub(crate) fn tell(&mut self, now: Micros, hour: bool) -> Vec<state::Asset> {
        let mut told = Vec::new();
        for place in self.units.order() {
            let Some((id, unit)) = self.units.at_mut(place) else { continue };
            if hour {
                unit.forget(now);
            }
            unit.tell(id, TOLD_MAX.saturating_sub(told.len()), &mut told);
        }
        if hour {
            self.held = self.units.sorted().map(|(_, unit)| unit.len()).sum();
        }
        told
    }

    /// After the tables were restored.
    pub(crate) fn rebuild(&mut self, register: &Register) {
        self.enter(register);
        for place in self.units.order() {
            if let Some((id, unit)) = self.units.at_mut(place) {
                unit.rebuild();
                unit.declare(register.unit(id));
            }
        }
        self.held = self.units.sorted().map(|(_, unit)| unit.len()).sum();
    }

    fn enter(&mut self, register: &Register) {
        for unit in &register.units {
            if self.units.find(&unit.id).is_none() {
                self.units.insert(unit.id.clone(), Unit::default());
            }
        }
    }

    /// Sights of things that were not taken in for want of room.
    pub(crate) fn refused(&self) -> u64 {
        self.refused + self.units.sorted().map(|(_, unit)| unit.refused).sum::<u64>()
    }

    /// Held in all.
    pub(crate) const fn len(&self) -> usize {
        self.held
    }
}

#[cfg(test)]
mod tests;
