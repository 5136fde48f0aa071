//! How much of each unit's staff is at work, hour by hour, with smooth passages between.

use ward_event::{Micros, time::Calendar};

use crate::model::{Region, duty};

/// The reference week over which means are taken: any seven days.
const REFERENCE_DAY: i64 = 20_660;

/// Who is there now, kept for the current hour and the next.
#[derive(Debug)]
pub struct Presence {
    hour: Option<i64>,
    now: Vec<Vec<u16>>,
    next: Vec<Vec<u16>>,
    /// Share of the hour that is over.
    passed: f64,
    staff: Vec<f64>,
    means: Vec<f64>,
}

/// One unit's presence.
#[derive(Debug, Clone, Copy)]
pub struct Present<'a> {
    /// Accounts at work.
    pub people: &'a [u16],
    /// Their share of all, between this hour and the next.
    pub share: f64,
    /// The week's average share.
    pub mean: f64,
}

impl Presence {
    pub fn new(region: &Region) -> Self {
        let staff: Vec<f64> = region.units.iter().map(|u| u.accounts.len() as f64).collect();
        let means = (0..region.units.len())
            .map(|unit| {
                let sum: usize =
                    (0..168).map(|hour| duty::on_duty(region, unit, REFERENCE_DAY * 24 + hour).len()).sum();
                (sum as f64 / 168.0 / staff[unit]).max(0.01)
            })
            .collect();
        Self { hour: None, now: Vec::new(), next: Vec::new(), passed: 0.0, staff, means }
    }

    /// Looks at the hour of `at`; free within the hour.
    pub fn move_to(&mut self, region: &Region, at: Micros) {
        let hour = Calendar::shanghai().hour_index(at);
        let everyone =
            |hour| (0..region.units.len()).map(|unit| duty::on_duty(region, unit, hour)).collect::<Vec<_>>();
        if self.hour != Some(hour) {
            self.now = match self.hour {
                Some(before) if before + 1 == hour => std::mem::take(&mut self.next),
                _ => everyone(hour),
            };
            self.next = everyone(hour + 1);
            self.hour = Some(hour);
        }
        self.passed = at.0.rem_euclid(3_600_000_000) as f64 / 3.6e9;
    }

    pub fn unit(&self, unit: usize) -> Present<'_> {
        let (now, next) = (self.now[unit].len() as f64, self.next[unit].len() as f64);
        Present {
            people: &self.now[unit],
            share: (now + (next - now) * self.passed) / self.staff[unit],
            mean: self.means[unit],
        }
    }
}
