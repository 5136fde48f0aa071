//! Background, attacks and silences put together: what leaves the region in a stretch of time.

use std::sync::Arc;

use ward_event::Micros;

use crate::{
    attacks::{self, Attacks, Mute, Schedule, Truth},
    background::{Background, Inside, SLOT_MICROS},
    emit::{
        Batch, Channel,
        flow::{Exporter, FlowRecord},
    },
    model::Region,
};

/// How much, and which of all possible weeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Volume {
    pub seed: u64,
    /// Events a second on the week's average.
    pub per_second: f64,
    pub inside: Inside,
}

/// Attack events reach this far ahead of the slot being generated at most; more are not kept waiting
/// than the attacks of that time hold (some thousands).
#[derive(Debug)]
pub struct Generator {
    region: Arc<Region>,
    background: Background,
    schedule: Schedule,
    exporters: Vec<Option<Exporter>>,
    /// Attack events whose time has not come.
    pending: Batch,
    mutes: Vec<Mute>,
    /// The next slot.
    slot: i64,
    scratch: Vec<FlowRecord>,
}

impl Generator {
    /// Begins with the slot that holds `from`.
    pub fn new(region: Arc<Region>, volume: Volume, attacks: Attacks, from: Micros) -> Self {
        let seed = volume.seed;
        Self {
            background: Background::new(Arc::clone(&region), seed, volume.per_second, volume.inside),
            schedule: Schedule::new(attacks, seed),
            exporters: region.units.iter().map(|u| Exporter::new(u.index, u.spec.flow)).collect(),
            pending: Batch::default(),
            mutes: Vec::new(),
            slot: from.0.div_euclid(SLOT_MICROS),
            scratch: Vec::new(),
            region,
        }
    }

    /// The beginning of the next slot.
    pub fn at(&self) -> Micros {
        Micros(self.slot * SLOT_MICROS)
    }

    /// Writes the next slot into `batch`, in the order of time, and adds the attacks that begin in it to
    /// `truth`.
    pub fn next(&mut self, batch: &mut Batch, truth: &mut Vec<Truth>) {
        batch.clear();
        let (from, to) = (self.at(), Micros(self.at().0 + SLOT_MICROS));
        self.background.slot(self.slot, batch);
        self.start_attacks(from, to, truth);
        self.pending.drain_into(batch, |item| item.time < to);
        batch.flows.extend(self.pending.flows.extract_if(.., |f| f.time < to));
        self.export(batch);
        self.mutes.retain(|m| m.to > from);
        if !self.mutes.is_empty() {
            let mutes = &self.mutes;
            batch.items.retain(|item| !mutes.iter().any(|m| m.covers(item)));
        }
        batch.sort();
        self.slot += 1;
    }

    fn start_attacks(&mut self, from: Micros, to: Micros, truth: &mut Vec<Truth>) {
        for order in self.schedule.due(&self.region, from, to) {
            let Some(mut attack) = attacks::prepare(&self.region, &order) else { continue };
            attack.events.drain_into(&mut self.pending, |_| true);
            self.pending.flows.append(&mut attack.events.flows);
            self.mutes.extend(attack.mute);
            truth.push(attack.truth);
        }
    }

    /// Packs the slot's flow records into their exporters' datagrams.
    fn export(&mut self, batch: &mut Batch) {
        let mut flows = std::mem::take(&mut batch.flows);
        flows.sort_by_key(|f| (f.unit, f.time));
        for of_unit in flows.chunk_by(|a, b| a.unit == b.unit) {
            if let Some(exporter) = &mut self.exporters[usize::from(of_unit[0].unit)] {
                // IPv6 flows in their own datagrams, or each change of family would begin another.
                for v6 in [false, true] {
                    self.scratch.clear();
                    self.scratch.extend(of_unit.iter().filter(|f| f.src.is_ipv6() == v6));
                    exporter.pack(&self.scratch, batch);
                }
            }
        }
        flows.clear();
        batch.flows = flows;
    }
}

/// Events in a batch, by channel in the order of [`Channel::ALL`].
pub fn count(batch: &Batch) -> [u64; 7] {
    let mut counts = [0; 7];
    for item in &batch.items {
        counts[item.channel as usize] += u64::from(item.events);
    }
    counts
}

/// The position of a channel in [`count`]'s result is its discriminant.
const _: () = assert!(Channel::ALL.len() == 7 && Channel::Bulk as usize == 6);

#[cfg(test)]
mod tests;
