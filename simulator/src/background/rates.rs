//! How much each source of each unit says: the volume split by the units' weight and the sources' usual
//! shares, after what people do at their natural rate is taken off.

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

/// Bytes that a unit of weight 1 moves in a day: a tertiary hospital some 50 GB.
const BYTES_PER_WEIGHT: f64 = 4e9;

/// A single event carries no more than this, however few there are to share the day's bytes.
const EVENT_BYTES_MAX: f64 = 1e9;

/// How much days differ from each other.
const DAY_SIGMA: f64 = 0.08;

/// One source of one unit.
#[derive(Debug, Clone)]
pub struct Stream {
    pub kind: Kind,
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
        let machine = self.kind.machine_part();
        let activity = machine + (1.0 - machine) * share / mean;
        self.per_second * activity * self.day_factor(Calendar::shanghai().day(at))
    }

    fn day_factor(&self, day: i32) -> f64 {
        let (known, factor) = self.day.get();
        if known == day {
            return factor;
        }
        let keys = [0x6461_7966, self.unit as u64, self.kind as u64, day as u64];
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
    pub fn new(region: &Region, seed: u64, volume: f64) -> Self {
        let chatter = (volume - day::natural_per_second(region, seed)).max(0.0);
        let total: f64 = region.units.iter().map(|u| u.spec.weight).sum();
        let units =
            region.units.iter().map(|unit| streams(unit, seed, chatter * unit.spec.weight / total)).collect();
        Self { units }
    }

    pub fn of_unit(&self, unit: usize) -> &[Stream] {
        &self.units[unit]
    }
}

fn streams(unit: &Unit, seed: u64, per_second: f64) -> Vec<Stream> {
    let spoken: Vec<Kind> = Kind::ALL.into_iter().filter(|k| k.spoken_by(unit)).collect();
    let shares: f64 = spoken.iter().map(|k| k.share()).sum();
    spoken
        .into_iter()
        .map(|kind| {
            let rate = per_second * kind.share() / shares;
            let bytes = unit.spec.weight * BYTES_PER_WEIGHT * kind.bytes_share();
            Stream {
                kind,
                mean_bytes: (bytes / (rate * 86_400.0).max(1.0)).min(EVENT_BYTES_MAX),
                unit: unit.index,
                seed,
                per_second: rate,
                day: std::cell::Cell::new((i32::MIN, 1.0)),
            }
        })
        .collect()
}
