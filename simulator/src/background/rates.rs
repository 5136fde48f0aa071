//! How much each source of each unit says: the volume split by the units' weight and the sources' usual
//! shares, after what people do at their natural rate is taken off.
//!
//! Inside, a machine talks as much as it talks, however loud the region is: what a simulation has beyond
//! that comes from outside, as it does at a real border (patients, scanners). So a person or machine
//! that was learnt at small volume is not strange at a large one.

use ward_event::{Micros, time::Calendar};

use super::day;
use crate::{
    model::{Eve, Flow, HostKind, Region, Unit},
    rng::Rng,
};

/// A source of chatter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Flow,
    Eve,
    Firewall,
    App,
    Linux,
    Gear,
    Windows,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Flow, Self::Eve, Self::Firewall, Self::App, Self::Linux, Self::Gear, Self::Windows];

    /// Its usual share of a hospital's events.
    const fn share(self) -> f64 {
        match self {
            Self::Flow => 0.45,
            Self::Eve => 0.20,
            Self::Firewall => 0.15,
            Self::App => 0.08,
            Self::Linux => 0.04,
            Self::Gear => 0.02,
            Self::Windows => 0.06,
        }
    }

    /// The part that goes on when nobody is there.
    const fn machine_part(self) -> f64 {
        match self {
            Self::Flow | Self::Firewall => 0.35,
            Self::Eve => 0.30,
            Self::App => 0.04,
            Self::Linux => 0.80,
            Self::Gear => 0.90,
            Self::Windows => 0.25,
        }
    }

    /// Its share of the bytes that a unit moves in a day: the same bytes whatever the number of events.
    const fn bytes_share(self) -> f64 {
        match self {
            Self::Flow => 0.7,
            Self::Eve | Self::Firewall => 0.15,
            _ => 0.0,
        }
    }

    /// Sees what comes in from outside.
    const fn at_border(self) -> bool {
        matches!(self, Self::Flow | Self::Eve | Self::Firewall)
    }

    fn spoken_by(self, unit: &Unit) -> bool {
        let has = |kind| !unit.of_kind(kind).is_empty();
        match self {
            Self::Flow => unit.spec.flow != Flow::None,
            Self::Eve => unit.spec.eve != Eve::None,
            Self::Firewall => has(HostKind::Firewall),
            Self::Linux => !unit.spec.is_tenant(),
            Self::Gear => has(HostKind::Switch),
            Self::App | Self::Windows => true,
        }
    }
}

/// How much of the chatter may come from the inside, in events a day for each account and host.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Inside {
    /// The volume is always the same: all of it may.
    All,
    /// The volume changes (past days, then live): no more than this.
    PerEntityDay(f64),
}

/// Enough that every machine is heard of many times a day; little enough that a day at small volume is
/// not of another order.
pub const INSIDE_USUAL: Inside = Inside::PerEntityDay(40.0);

/// Bytes that a unit of weight 1 moves in a day: a tertiary hospital some 50 GB.
const BYTES_PER_WEIGHT: f64 = 4e9;

/// A single event carries no more than this, however few there are to share the day's bytes.
const EVENT_BYTES_MAX: f64 = 5e8;

/// A visit from outside: a page or two.
const VISIT_BYTES: f64 = 14_000.0;

/// Visitors mostly sleep at night.
const VISITS_BY_NIGHT: f64 = 0.2;

/// How much days differ from each other.
const DAY_SIGMA: f64 = 0.08;

/// One source of one unit.
#[derive(Debug, Clone)]
pub struct Stream {
    pub kind: Kind,
    /// What comes in from outside, not what the inside does.
    pub border: bool,
    /// Mean bytes of an event that moves bytes.
    pub mean_bytes: f64,
    unit: usize,
    seed: u64,
    per_second: f64,
    day: std::cell::Cell<(i32, f64)>,
}

impl Stream {
    /// Events a second when `share` of the staff is there and `mean` is there on average.
    pub fn events(&self, share: f64, mean: f64, at: Micros) -> f64 {
        let always = if self.border { VISITS_BY_NIGHT } else { self.kind.machine_part() };
        let activity = always + (1.0 - always) * share / mean;
        self.per_second * activity * self.day_factor(Calendar::shanghai().day(at))
    }

    /// Tells the streams of a unit apart.
    pub fn key(&self) -> u64 {
        self.kind as u64 | u64::from(self.border) << 8
    }

    fn day_factor(&self, day: i32) -> f64 {
        let (known, factor) = self.day.get();
        if known == day {
            return factor;
        }
        let keys = [0x6461_7966, self.unit as u64, self.key(), day as u64];
        let factor = Rng::keyed(self.seed, &keys).lognormal(1.0, DAY_SIGMA);
        self.day.set((day, factor));
        factor
    }
}

/// All sources of all units.
#[derive(Debug)]
pub struct Rates {
    units: Vec<Vec<Stream>>,
}

impl Rates {
    pub fn new(region: &Region, seed: u64, volume: f64, inside: Inside) -> Self {
        let chatter = (volume - day::natural_per_second(region, seed)).max(0.0);
        let total: f64 = region.units.iter().map(|u| u.spec.weight).sum();
        let units = region.units.iter().map(|unit| {
            let rate = chatter * unit.spec.weight / total;
            let inner = match inside {
                Inside::All => rate,
                Inside::PerEntityDay(most) => {
                    rate.min(most * (unit.accounts.len() + unit.hosts.len()) as f64 / 86_400.0)
                }
            };
            let mut streams = streams(unit, seed, inner, false);
            streams.extend(self::streams(unit, seed, rate - inner, true));
            streams
        });
        Self { units: units.collect() }
    }

    pub fn of_unit(&self, unit: usize) -> &[Stream] {
        &self.units[unit]
    }
}

fn streams(unit: &Unit, seed: u64, per_second: f64, border: bool) -> Vec<Stream> {
    let speaks = |k: &Kind| k.spoken_by(unit) && (!border || k.at_border());
    let spoken: Vec<Kind> = Kind::ALL.into_iter().filter(speaks).collect();
    let shares: f64 = spoken.iter().map(|k| k.share()).sum();
    spoken
        .into_iter()
        .map(|kind| {
            let rate = per_second * kind.share() / shares;
            let bytes = unit.spec.weight * BYTES_PER_WEIGHT * kind.bytes_share();
            let inner_bytes = (bytes / (rate * 86_400.0).max(1.0)).min(EVENT_BYTES_MAX);
            Stream {
                kind,
                border,
                mean_bytes: if border { VISIT_BYTES } else { inner_bytes },
                unit: unit.index,
                seed,
                per_second: rate,
                day: std::cell::Cell::new((i32::MIN, 1.0)),
            }
        })
        .collect()
}
