//! Signs of life: whatever the volume, each kind of source of each unit says something at least every
//! quarter of an hour, as appliances and agents do.

use ward_event::Micros;

use super::day::{Act, What};
use crate::{
    model::{Eve, Flow, Region, duty},
    rng::Rng,
};

/// Minutes between two signs of life of one source.
pub const BEAT_MINUTES: i32 = 15;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    Syslog,
    Windows,
    Flow,
    Eve,
}

/// The beats of a unit on a day: each source at its own minute of the quarter.
pub fn plan(region: &Region, seed: u64, unit: usize, day: i32, acts: &mut Vec<Act>) {
    let spec = region.units[unit].spec;
    let beats = [
        Some(Beat::Syslog),
        Some(Beat::Windows),
        (spec.flow != Flow::None).then_some(Beat::Flow),
        (spec.eve != Eve::None).then_some(Beat::Eve),
    ];
    for beat in beats.into_iter().flatten() {
        let mut phase = Rng::keyed(seed, &[0x6265_6174, unit as u64, beat as u64]);
        let offset = phase.below(BEAT_MINUTES as usize * 60) as i64 * 1_000_000;
        let mut rng = Rng::keyed(seed, &[0x6265_6175, unit as u64, beat as u64, day as u64]);
        for quarter in 0..24 * 60 / BEAT_MINUTES {
            let time = Micros(duty::instant(day, quarter * BEAT_MINUTES).0 + offset);
            acts.push(Act {
                time,
                unit: unit as u16,
                account: 0,
                host: 0,
                what: What::Beat(beat),
                salt: rng.next_u64(),
            });
        }
    }
}
