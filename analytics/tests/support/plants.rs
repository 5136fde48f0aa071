//! Attacks planted into the region, with who and when.

use ward_event::Micros;

use super::{Draft, Rng, at, place};

pub struct Plant {
    pub kind: &'static str,
    /// The entity that must be alerted on.
    pub account: String,
    pub end: Micros,
}

/// An office account used by night from another province, with a tool it never used, at everything.
pub fn account_theft(day: i32, account: &str, out: &mut Vec<Draft>) -> Plant {
    let start = at(day, 2, 10);
    for n in 0..24 {
        let time = Micros(start.0 + n * 2 * super::MINUTE);
        let host = format!("srv-{:02}", n % 12);
        out.push(Draft::login(time, account, "106.60.3.9", &host, true).from(place("CN", "云南省", 4134)));
        out.push(Draft::process(time, account, &host, "navicat.exe"));
    }
    Plant { kind: "account_theft", account: account.into(), end: Micros(start.0 + 46 * super::MINUTE) }
}

/// The same within the house: another desk, a new tool, by night, at many hosts.
pub fn inside_theft(day: i32, account: &str, out: &mut Vec<Draft>) -> Plant {
    let start = at(day, 3, 5);
    for n in 0..20 {
        let time = Micros(start.0 + n * super::MINUTE);
        let host = format!("srv-{:02}", n % 10);
        out.push(Draft::login(time, account, "10.10.77.200", &host, true));
        out.push(Draft::process(time, account, &host, "psexec.exe"));
    }
    Plant { kind: "inside_theft", account: account.into(), end: Micros(start.0 + 19 * super::MINUTE) }
}

/// A database user who reads by night far more than ever.
pub fn bulk_read(day: i32, account: &str, src: &str, out: &mut Vec<Draft>) -> Plant {
    let start = at(day, 1, 20);
    let mut rng = Rng(77);
    for n in 0..40 {
        let time = Micros(start.0 + n * super::MINUTE);
        out.push(Draft::query(time, account, src, "plsqldev.exe", "his", rng.around(60_000.0, 0.3)));
    }
    Plant { kind: "bulk_read", account: account.into(), end: Micros(start.0 + 39 * super::MINUTE) }
}

/// Three logins by day from somewhere else.
pub fn new_place(day: i32, account: &str, country: &str, region: &str, out: &mut Vec<Draft>) -> Plant {
    let start = at(day, 10, 30);
    for n in 0..3 {
        let time = Micros(start.0 + n * super::MINUTE);
        let from = place(country, region, 64_500);
        out.push(Draft::login(time, account, "185.220.101.4", "vpn-gw", true).from(from));
    }
    Plant { kind: "new_place", account: account.into(), end: Micros(start.0 + 2 * super::MINUTE) }
}
