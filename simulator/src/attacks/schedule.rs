//! When attacks happen: now and then by seed, or as planned for a test.

use ward_event::{Micros, time::Calendar};

use super::Kind;
use crate::{
    model::{Region, Role},
    rng::Rng,
};

/// One attack to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub kind: Kind,
    /// Index into the region's units.
    pub unit: usize,
    pub start: Micros,
    pub seed: u64,
}

/// Which attacks a simulation plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attacks {
    None,
    /// One at a random moment of every stretch of so many microseconds.
    Every(i64),
    Planned(Vec<Order>),
}

/// Hands out orders as time passes.
#[derive(Debug)]
pub struct Schedule {
    attacks: Attacks,
    seed: u64,
    /// The next order of a plan, or the next stretch (counted from the epoch).
    next: Option<i64>,
}

/// A silent source takes most of an hour to be noticed and to come back: rarely.
const SILENCE_CHANCE: f64 = 0.06;

/// So many tries find a unit for a kind: most kinds suit half of them.
const TRIES: usize = 40;

impl Schedule {
    pub fn new(mut attacks: Attacks, seed: u64) -> Self {
        if let Attacks::Planned(orders) = &mut attacks {
            orders.sort_by_key(|o| (o.start, o.unit, o.kind));
        }
        Self { attacks, seed, next: None }
    }

    /// The orders that start in `[from, to)`; asked for stretches that follow each other.
    pub fn due(&mut self, region: &Region, from: Micros, to: Micros) -> Vec<Order> {
        match &self.attacks {
            Attacks::None => Vec::new(),
            Attacks::Planned(orders) => {
                orders.iter().filter(|o| from <= o.start && o.start < to).copied().collect()
            }
            Attacks::Every(every) => {
                let every = (*every).max(1_000_000);
                let first = self.next.unwrap_or_else(|| from.0.div_euclid(every));
                let behind = (to.0 + every - 1).div_euclid(every);
                let mut due = Vec::new();
                let mut next = first;
                for stretch in first..behind {
                    match order(region, self.seed, stretch, every) {
                        Some(o) if o.start >= to => break,
                        Some(o) if o.start >= from => due.push(o),
                        _ => {}
                    }
                    next = stretch + 1;
                }
                self.next = Some(next);
                due
            }
        }
    }
}

/// The attack of one stretch: a function of seed and stretch alone.
fn order(region: &Region, seed: u64, stretch: i64, every: i64) -> Option<Order> {
    let mut rng = Rng::keyed(seed, &[0x6f72_6465, stretch as u64]);
    let start = Micros(stretch * every + (rng.unit() * every as f64) as i64);
    let night = !(7..20).contains(&Calendar::shanghai().hour(start));
    for _ in 0..TRIES {
        let kind = rng.pick(Kind::ALL);
        let unit = rng.below(region.units.len());
        let fits = match kind {
            Kind::Silence => rng.chance(SILENCE_CHANCE),
            kind => !kind.off_hours() || night,
        };
        if fits && kind.suits(&region.units[unit]) {
            return Some(Order { kind, unit, start, seed });
        }
    }
    None
}

/// The plants of the detection tests: on each of `days` days from `first_day` (days since 1970-01-01 local)
/// one stolen account, one bulk read by night and one log-in from abroad, each in a unit of its own.
pub fn plants(region: &Region, seed: u64, first_day: i32, days: i32) -> Vec<Order> {
    let calendar = Calendar::shanghai();
    let mut orders = Vec::new();
    for day in first_day..first_day + days {
        let mut rng = Rng::keyed(seed, &[0x706c_616e, day as u64]);
        let mut taken = Vec::new();
        for (kind, from_hour, to_hour) in
            [(Kind::BulkRead, 1, 4), (Kind::AccountTheft, 10, 22), (Kind::NewPlace, 8, 23)]
        {
            let units: Vec<usize> = region
                .units
                .iter()
                .filter(|u| kind.suits(u) && !taken.contains(&u.index))
                .filter(|u| u.account_of_role(Role::Statistician).is_some())
                .map(|u| u.index)
                .collect();
            if units.is_empty() {
                continue;
            }
            let unit = rng.pick(&units);
            taken.push(unit);
            let second = rng.between(from_hour * 3_600, to_hour * 3_600 - 1);
            let start = Micros(calendar.day_start(day).0 + second * 1_000_000);
            orders.push(Order { kind, unit, start, seed });
        }
    }
    orders
}
