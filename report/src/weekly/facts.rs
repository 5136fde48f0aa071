//! What the store said about a period. Plain counts; what it could not say is `None` and never zero.

use ward_event::Micros;

use super::Period;

/// Alerts by level: critical, high, medium, low, informational.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Levels(pub [u64; 5]);

impl Levels {
    pub fn total(self) -> u64 {
        self.0.iter().sum()
    }

    /// Critical and high.
    pub const fn severe(self) -> u64 {
        self.0[0] + self.0[1]
    }

    /// By a level's name; other names are counted as informational.
    pub fn add(&mut self, level: &str, count: u64) {
        let names = ["critical", "high", "medium", "low"];
        let at = names.iter().position(|name| *name == level).unwrap_or(4);
        self.0[at] += count;
    }
}

/// Notices, problems and incidents of a unit, over the period and at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handling {
    /// Notices received in the period; of those signed, signed in time, answered.
    pub sent: u64,
    pub signed: u64,
    pub in_time: u64,
    pub answered: u64,
    /// Of all notices: not signed for longer than is allowed, at the end.
    pub unsigned: u64,
    /// Problems told, said to be put right, found right (of those at the first time), sent back, closed.
    pub problems: u64,
    pub claimed: u64,
    pub passed: u64,
    pub first_pass: u64,
    pub returned: u64,
    pub closed: u64,
    /// At the end.
    pub open: u64,
    pub overdue: u64,
    pub incidents_found: u64,
    pub incidents_closed: u64,
    /// Open at the end, by [`STAGES`].
    pub stages: [u64; STAGES.len()],
    /// From sending to signing, and to the check that found it right; of those in the period.
    pub sign_minutes: Vec<u64>,
    pub fix_minutes: Vec<u64>,
}

/// How far an attack has come, in its order.
pub const STAGES: [&str; 8] =
    ["阶段不明", "侦察探测", "初始入侵", "凭据窃取", "执行与驻留", "横向移动", "数据收集与外传", "破坏影响"];

impl Handling {
    pub fn incidents_open(&self) -> u64 {
        self.stages.iter().sum()
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, n) in [
            (&mut self.sent, other.sent),
            (&mut self.signed, other.signed),
            (&mut self.in_time, other.in_time),
            (&mut self.answered, other.answered),
            (&mut self.unsigned, other.unsigned),
            (&mut self.problems, other.problems),
            (&mut self.claimed, other.claimed),
            (&mut self.passed, other.passed),
            (&mut self.first_pass, other.first_pass),
            (&mut self.returned, other.returned),
            (&mut self.closed, other.closed),
            (&mut self.open, other.open),
            (&mut self.overdue, other.overdue),
            (&mut self.incidents_found, other.incidents_found),
            (&mut self.incidents_closed, other.incidents_closed),
        ] {
            *sum += n;
        }
        for (sum, n) in self.stages.iter_mut().zip(other.stages) {
            *sum += n;
        }
        self.sign_minutes.extend(&other.sign_minutes);
        self.fix_minutes.extend(&other.fix_minutes);
    }
}

/// Findings of a unit that was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Open at the end and not accepted: critical, high, medium, low.
    pub open: [u64; 4],
    /// Weak passwords among them.
    pub passwords: u64,
    pub overdue: u64,
    pub accepted: u64,
    /// In the period.
    pub found: u64,
    pub fixed: u64,
}

impl Exposure {
    pub const fn severe(&self) -> u64 {
        self.open[0] + self.open[1]
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, n) in self.open.iter_mut().zip(other.open) {
            *sum += n;
        }
        self.passwords += other.passwords;
        self.overdue += other.overdue;
        self.accepted += other.accepted;
        self.found += other.found;
        self.fixed += other.fixed;
    }
}

/// A unit's part of a notice that waits longer than it may, at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LateFacts {
    pub unit: String,
    pub number: String,
    pub title: String,
    pub signed: bool,
    /// Problems past their deadline.
    pub overdue: u64,
    /// Whole days since the deadline that is longest past.
    pub days: u64,
    pub contact: String,
    pub calls: u64,
    /// How the last call went; empty without any.
    pub last_call: String,
}

/// One indicator at several units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignFacts {
    pub number: String,
    pub kind: String,
    pub value: String,
    pub is_new: bool,
    pub units: Vec<String>,
}

/// Notices from above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IncomingFacts {
    pub closed: u64,
    pub open: u64,
    pub overdue: u64,
}

#[derive(Debug, Clone, Default)]
pub struct UnitFacts {
    pub id: String,
    pub name: String,
    pub grade: String,
    pub locality: String,
    /// Who answers for it: role and name, as the register has them.
    pub handler: String,
    pub events: u64,
    pub events_before: u64,
    /// Sources that the register expects or that were heard.
    pub sources: u64,
    pub silent: Vec<String>,
    /// Expected and never heard.
    pub unknown: Vec<String>,
    pub assets: u64,
    pub assets_new: u64,
    pub handling: Handling,
    pub handling_before: Handling,
    /// None: nobody has looked for weaknesses lately.
    pub exposure: Option<Exposure>,
    pub exposure_before: Option<Exposure>,
}

impl UnitFacts {
    /// Sources that are silent or were never heard.
    pub fn quiet(&self) -> u64 {
        (self.silent.len() + self.unknown.len()) as u64
    }

    /// Nothing of it is seen: what it reports is not the absence of danger.
    pub fn is_dark(&self) -> bool {
        self.quiet() >= self.sources
    }
}

/// Alerts of one rule in one unit.
#[derive(Debug, Clone, Default)]
pub struct RuleFacts {
    /// Empty for what belongs to no unit of the register.
    pub unit: String,
    pub id: String,
    pub title: String,
    pub level: String,
    pub count: u64,
    pub before: u64,
}

/// Alerts of one unit in 24 hours that begin at the period's hour.
#[derive(Debug, Clone, Default)]
pub struct DayFacts {
    pub unit: String,
    /// From 0 at the period's beginning.
    pub day: u16,
    pub severe: u64,
    pub other: u64,
}

/// Everything a report of a period is made of.
#[derive(Debug, Clone)]
pub struct Facts {
    pub region: String,
    /// What the report is called after, where its period says too little: of a special protection period.
    pub title: Option<String>,
    pub period: Period,
    pub as_of: Micros,
    /// Rows that came in later are not counted.
    pub ingested_until: Micros,
    pub units: Vec<UnitFacts>,
    pub rules: Vec<RuleFacts>,
    pub days: Vec<DayFacts>,
    /// Whether there was anything in the store a period before.
    pub has_before: bool,
    pub late: Vec<LateFacts>,
    pub campaigns: Vec<CampaignFacts>,
    pub incoming: IncomingFacts,
    /// The last lines of the histories of notices and of incidents that were counted.
    pub history: [i64; 2],
    pub offset_secs: i64,
}
