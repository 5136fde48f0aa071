//! A day's plan: what every person of the region does on it, and when the machines give signs of life.
//! Made once a day, whole, from seed and date.

use ward_event::{Micros, time::Calendar};

use super::beats::{self, Beat};
use crate::{
    model::{HostKind, Region, Role, duty},
    rng::Rng,
};

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Logon,
    LogonFailed,
    Logoff,
    StartHis,
    HisLogin,
    HisLogout,
    /// A patient's file is opened.
    Patient,
    /// A person's own statement on a database.
    Statement,
    /// The application's statement, under its one account.
    ServiceStatement,
    SshOpen,
    Sudo,
    SshClose,
    /// Over the VPN from the usual address.
    VpnLogin,
    VpnLogout,
    /// Over the VPN from another address of the region.
    AwayLogin,
    ServiceLogon,
    Beat(Beat),
}

/// One thing that someone does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    pub time: Micros,
    pub unit: u16,
    /// Index into the unit's accounts; 0 and without meaning for a beat.
    pub account: u16,
    /// Index into the unit's hosts: where the person sits.
    pub host: u16,
    pub what: What,
    /// For what the act needs further.
    pub salt: u64,
}

/// Somebody sits at a machine that is not theirs: rare, and nothing is wrong.
const STRAY: f64 = 0.004;
/// The other of their two machines.
const SECOND: f64 = 0.10;
const MISTYPED: f64 = 0.04;
/// Comes in though off duty, for an hour or so: rare, and nothing is wrong.
const EXTRA: f64 = 0.001;
/// Works from home, but from another home: relatives, a hotel of the region.
const AWAY: f64 = 0.03;

/// Hours between two log-ons of a service account.
const SERVICE_LOGON_HOURS: usize = 4;

/// The plans of the days that a slot may touch.
#[derive(Debug)]
pub struct Days {
    seed: u64,
    plans: Vec<(i32, Vec<Act>)>,
}

impl Days {
    pub const fn new(seed: u64) -> Self {
        Self { seed, plans: Vec::new() }
    }

    /// Every act in `[from, to)`, in the order of time within each day's plan.
    pub fn visit(&mut self, region: &Region, from: Micros, to: Micros, mut f: impl FnMut(&Act)) {
        let today = Calendar::shanghai().day(from);
        self.plans.retain(|(day, _)| (today - 1..=today).contains(day));
        for day in [today - 1, today] {
            if !self.plans.iter().any(|(d, _)| *d == day) {
                self.plans.push((day, plan(region, self.seed, day)));
                self.plans.sort_by_key(|(d, _)| *d);
            }
        }
        for (_, acts) in &self.plans {
            let first = acts.partition_point(|a| a.time < from);
            acts[first..].iter().take_while(|a| a.time < to).for_each(&mut f);
        }
    }
}

/// Events a second that come by themselves, on the average of a week.
pub fn natural_per_second(region: &Region, seed: u64) -> f64 {
    let acts: usize = (20_660..20_667).map(|day| plan(region, seed, day).len()).sum();
    acts as f64 / (7.0 * 86_400.0)
}

/// Everything that begins on `day`, in order. Stretches of the night reach into the next day.
pub fn plan(region: &Region, seed: u64, day: i32) -> Vec<Act> {
    let mut acts = Vec::new();
    for unit in 0..region.units.len() {
        for account in 0..region.units[unit].accounts.len() {
            Person::new(region, seed, unit, account, day).live(&mut acts);
        }
        beats::plan(region, seed, unit, day, &mut acts);
    }
    acts.sort_by_key(|a| (a.time, a.unit, a.account));
    acts
}

/// One person's day.
struct Person<'a> {
    region: &'a Region,
    unit: usize,
    account: usize,
    day: i32,
    rng: Rng,
}

impl<'a> Person<'a> {
    fn new(region: &'a Region, seed: u64, unit: usize, account: usize, day: i32) -> Self {
        let rng = Rng::keyed(seed, &[0x6c69_6665, unit as u64, account as u64, day as u64]);
        Self { region, unit, account, day, rng }
    }

    fn live(mut self, acts: &mut Vec<Act>) {
        let role = self.role();
        if role == Role::Service {
            self.serve(acts);
            return;
        }
        for stretch in duty::stretches(self.region, self.unit, self.account, self.day) {
            self.work(stretch, acts);
        }
        if self.rng.chance(EXTRA) {
            let start = self.rng.between(7 * 60, 21 * 60) as i32;
            let end = start + self.rng.between(40, 100) as i32;
            self.work(duty::Stretch { start, end }, acts);
        }
        if let Some(evening) = duty::remote_evening(self.region, self.unit, self.account, self.day) {
            self.evening(evening, acts);
        }
    }

    fn role(&self) -> Role {
        self.region.units[self.unit].accounts[self.account].role
    }

    fn act(&mut self, minute: f64, host: usize, what: What) -> Act {
        let second = duty::instant(self.day, 0).0 + (minute * 60e6) as i64;
        Act {
            time: Micros(second),
            unit: self.unit as u16,
            account: self.account as u16,
            host: host as u16,
            what,
            salt: self.rng.next_u64(),
        }
    }

    fn desk(&mut self) -> usize {
        let unit = &self.region.units[self.unit];
        let who = &unit.accounts[self.account];
        let desks = unit.of_kind(HostKind::Workstation);
        if self.rng.chance(STRAY) && !desks.is_empty() {
            self.rng.pick(desks)
        } else if self.rng.chance(SECOND) {
            who.second
        } else {
            who.workstation
        }
    }

    /// Log on, open the HIS, work, log off.
    fn work(&mut self, stretch: duty::Stretch, acts: &mut Vec<Act>) {
        let host = self.desk();
        let start = f64::from(stretch.start) + self.rng.unit();
        let end = f64::from(stretch.end) + self.rng.unit();
        if self.rng.chance(MISTYPED) {
            let before = self.act(start - 0.3, host, What::LogonFailed);
            acts.push(before);
        }
        let open = start + 0.5 + 3.0 * self.rng.unit();
        for (minute, what) in [
            (start, What::Logon),
            (open, What::StartHis),
            (open + 0.4, What::HisLogin),
            (end - 1.0, What::HisLogout),
            (end, What::Logoff),
        ] {
            let act = self.act(minute, host, what);
            acts.push(act);
        }
        let role = self.role();
        let (what, mean) = match role {
            Role::Doctor | Role::Nurse | Role::Pharmacist => (What::Patient, 1.2),
            Role::Clerk => (What::Patient, 0.6),
            Role::Dba => (What::Statement, 12.0),
            Role::Statistician => (What::Statement, 8.0),
            Role::It | Role::Service => (What::Statement, 3.0),
        };
        for _ in 0..self.rng.poisson(mean) {
            let minute = open + 1.0 + self.rng.unit() * (end - open - 3.0).max(1.0);
            let act = self.act(minute, host, what);
            acts.push(act);
        }
        let tenant = self.region.units[self.unit].spec.is_tenant();
        if matches!(role, Role::It | Role::Dba) && !tenant {
            for _ in 0..self.rng.between(1, 2) {
                let minute = start + 5.0 + self.rng.unit() * (end - start - 40.0).max(5.0);
                self.ssh(minute, host, acts);
            }
        }
    }

    fn ssh(&mut self, minute: f64, host: usize, acts: &mut Vec<Act>) {
        let salt = self.rng.next_u64();
        let long = 5.0 + 25.0 * self.rng.unit();
        for (minute, what) in
            [(minute, What::SshOpen), (minute + 0.3 * long, What::Sudo), (minute + long, What::SshClose)]
        {
            let act = Act { salt, ..self.act(minute, host, what) };
            acts.push(act);
        }
    }

    /// An evening over VPN from the usual address.
    fn evening(&mut self, evening: duty::Stretch, acts: &mut Vec<Act>) {
        let host = self.desk();
        let away = self.rng.chance(AWAY);
        let start = f64::from(evening.start) + self.rng.unit();
        let end = f64::from(evening.end) + self.rng.unit();
        for (minute, what) in [
            (start, if away { What::AwayLogin } else { What::VpnLogin }),
            (start + 6.0, What::Patient),
            (end, What::VpnLogout),
        ] {
            let act = self.act(minute, host, what);
            acts.push(act);
        }
    }

    /// Service accounts log on around the clock; the HIS speaks to its database for everybody.
    fn serve(&mut self, acts: &mut Vec<Act>) {
        let unit = &self.region.units[self.unit];
        let host = unit.accounts[self.account].workstation;
        let offset = self.rng.unit() * 60.0;
        for hour in (0..24).step_by(SERVICE_LOGON_HOURS) {
            let act = self.act(f64::from(hour) * 60.0 + offset, host, What::ServiceLogon);
            acts.push(act);
        }
        if unit.accounts[self.account].name != "svc_his" {
            return;
        }
        let per_hour = 1.0 + 0.5 * unit.spec.weight;
        for hour in 0..24 {
            for _ in 0..self.rng.poisson(per_hour * if (7..18).contains(&hour) { 1.5 } else { 0.5 }) {
                let minute = (f64::from(hour) + self.rng.unit()) * 60.0;
                let act = self.act(minute, host, What::ServiceStatement);
                acts.push(act);
            }
        }
    }
}
