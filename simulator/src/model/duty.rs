//! Who is at work when: day duty with a lunch break, three-shift nursing, night duty by rota, weekends.

use ward_event::{Micros, time::Calendar};

use super::{Region, Role};
use crate::rng::Rng;

/// Minutes from midnight of the day a stretch of work begins on; the end may lie in the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub start: i32,
    pub end: i32,
}

impl Stretch {
    const fn hours(start: i32, end: i32) -> Self {
        Self { start: start * 60, end: end * 60 }
    }
}

/// Evenings a week on which those who may work from home do so.
const REMOTE_EVENINGS: [u32; 2] = [1, 3];

/// The stretches of work that begin on `day`, in order. Pure: the same for the same arguments.
pub fn stretches(region: &Region, unit: usize, account: usize, day: i32) -> Vec<Stretch> {
    let who = &region.units[unit].accounts[account];
    let weekday = Calendar::shanghai().weekday(Calendar::shanghai().day_start(day));
    let working_day = weekday < 5;
    let turn = (day.rem_euclid(60) as u32 + who.rota) % 60;
    let mut work = match who.role {
        Role::Service => return vec![Stretch::hours(0, 24)],
        Role::Nurse => nursing(turn),
        Role::Doctor => doctoring(turn, who.rota, weekday),
        Role::Pharmacist if turn.is_multiple_of(6) => vec![Stretch::hours(8, 12), Stretch::hours(14, 22)],
        Role::Pharmacist if working_day || turn.is_multiple_of(3) => day_duty(),
        Role::It | Role::Dba if working_day => {
            vec![Stretch::hours(8, 12), Stretch { start: 810, end: 1_080 }]
        }
        Role::Clerk | Role::Statistician if working_day => day_duty(),
        _ => Vec::new(),
    };
    let mut rng = Rng::keyed(region.seed, &[0x6475_7479, unit as u64, account as u64, day as u64]);
    if !work.is_empty() && rng.chance(0.03) {
        work.clear(); // Leave, illness, a course.
    }
    for stretch in &mut work {
        stretch.start += rng.between(-14, 6) as i32;
        stretch.end += rng.between(-6, 28) as i32;
    }
    work
}

/// Whether this account works from home on the evening of `day`, and when.
pub fn remote_evening(region: &Region, unit: usize, account: usize, day: i32) -> Option<Stretch> {
    let who = &region.units[unit].accounts[account];
    let weekday = u32::from(Calendar::shanghai().weekday(Calendar::shanghai().day_start(day)));
    if !who.remote || !REMOTE_EVENINGS.iter().any(|e| (e + who.rota) % 5 == weekday) {
        return None;
    }
    let mut rng = Rng::keyed(region.seed, &[0x686f_6d65, unit as u64, account as u64, day as u64]);
    let start = 1_185 + rng.between(0, 45) as i32;
    Some(Stretch { start, end: start + rng.between(25, 80) as i32 })
}

fn day_duty() -> Vec<Stretch> {
    vec![Stretch::hours(8, 12), Stretch { start: 840, end: 1_050 }]
}

fn nursing(turn: u32) -> Vec<Stretch> {
    match turn % 4 {
        0 => vec![Stretch::hours(8, 16)],
        1 => vec![Stretch::hours(16, 24)],
        2 => vec![Stretch::hours(24, 32)],
        _ => Vec::new(),
    }
}

/// Two in five doctors stand night duty every fifth day; a quarter make rounds on Saturday.
fn doctoring(turn: u32, rota: u32, weekday: u8) -> Vec<Stretch> {
    let mut work = match weekday {
        0..5 => day_duty(),
        5 if rota.is_multiple_of(4) => vec![Stretch::hours(8, 12)],
        _ => Vec::new(),
    };
    if rota % 12 < 5 && turn.is_multiple_of(5) {
        work.push(Stretch { start: 1_080, end: 1_905 });
    }
    work
}

/// The share of a unit's people at work in an hour (hours since 1970-01-01 00:00 local), and who.
pub fn on_duty(region: &Region, unit: usize, hour_index: i64) -> Vec<u16> {
    let day = hour_index.div_euclid(24) as i32;
    let minute = (hour_index.rem_euclid(24) * 60 + 30) as i32;
    (0..region.units[unit].accounts.len())
        .filter(|&account| {
            let within = |day: i32, minute: i32| {
                stretches(region, unit, account, day).iter().any(|s| s.start <= minute && minute < s.end)
            };
            region.units[unit].accounts[account].role != Role::Service
                && (within(day, minute) || within(day - 1, minute + 1_440))
        })
        .map(|account| account as u16)
        .collect()
}

/// The instant of a minute of a local day.
pub fn instant(day: i32, minute: i32) -> Micros {
    Micros(Calendar::shanghai().day_start(day).0 + i64::from(minute) * 60_000_000)
}
