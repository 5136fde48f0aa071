//! Findings: what scans and checks saw, one row a weakness through all reports.
//!
//! A report is read, shown with what it would do, and taken over when its sender confirms it. What it does
//! is decided by one pure function ([`plan`](mod@plan)): seen is seen; not seen is fixed only where the report
//! looked for the same thing throughout, else it "cannot be verified".

mod disclose;
mod due;
mod import;
mod list;
mod plan;
mod retest;
mod row;
mod verdict;
mod versions;

use serde::{Deserialize, Serialize};
use ward_event::{Micros, UnitId};
use ward_scan::{Doubt, Kind, Protocol, Severity};

pub use self::{
    disclose::{Disclosure, NewDisclosure},
    due::as_problem,
    import::Preview,
    list::{Count, Filter, Order, Shown},
    retest::{Retest, ScanName},
    verdict::{Acceptance, Judgement},
};
use crate::Desk;

/// The findings of a desk.
pub struct Findings<'a>(&'a Desk);

impl<'a> Findings<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }
}

/// Where a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// A scanner is not sure, or a product on the register has a weakness that was made public.
    Suspected,
    Open,
    /// Shown by a scan, or judged by a person on proof.
    Fixed,
    /// A person has judged that it is none.
    NotAffected,
}

impl FindingState {
    pub const ALL: [Self; 4] = [Self::Suspected, Self::Open, Self::Fixed, Self::NotAffected];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Open => "open",
            Self::Fixed => "fixed",
            Self::NotAffected => "not_affected",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }

    /// Somebody has to do something.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Suspected | Self::Open)
    }
}

/// One weakness of one port of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub id: i64,
    pub hospital: UnitId,
    pub host: String,
    pub port: u16,
    pub protocol: Protocol,
    pub weakness: String,
    pub kind: Kind,
    pub title: String,
    pub severity: Severity,
    pub score: Option<u8>,
    pub cves: Vec<String>,
    pub cnvds: Vec<String>,
    pub cnnvds: Vec<String>,
    pub evidence: String,
    pub advice: String,
    pub state: FindingState,
    pub first_seen: Micros,
    pub last_seen: Micros,
    pub due_at: Option<Micros>,
    pub fixed_at: Option<Micros>,
    pub tested_at: Micros,
    pub doubt: Option<Doubt>,
    pub reopened: i64,
    pub accepted_until: Option<Micros>,
    pub control: String,
    pub owner: String,
}

impl Finding {
    /// The risk is accepted now.
    pub fn is_accepted(&self, now: Micros) -> bool {
        self.state.is_open() && self.accepted_until.is_some_and(|until| now < until)
    }

    /// Its deadline has passed, nobody has put it right, and nobody has accepted the risk.
    pub fn is_overdue(&self, now: Micros) -> bool {
        self.state == FindingState::Open && !self.is_accepted(now) && self.due_at.is_some_and(|due| due < now)
    }
}

/// What happened to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    Found,
    /// Matched on the register before any scan.
    Disclosed,
    /// A scanner that was not sure is now, or a suspicion was seen.
    Confirmed,
    Seen,
    Fixed,
    /// The report says itself that it has passed.
    Passed,
    Reopened,
    CannotTell,
    Accepted,
    AcceptanceEnded,
    FixedByProof,
    NotAffected,
}

impl Event {
    pub const ALL: [Self; 12] = [
        Self::Found,
        Self::Disclosed,
        Self::Confirmed,
        Self::Seen,
        Self::Fixed,
        Self::Passed,
        Self::Reopened,
        Self::CannotTell,
        Self::Accepted,
        Self::AcceptanceEnded,
        Self::FixedByProof,
        Self::NotAffected,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Disclosed => "disclosed",
            Self::Confirmed => "confirmed",
            Self::Seen => "seen",
            Self::Fixed => "fixed",
            Self::Passed => "passed",
            Self::Reopened => "reopened",
            Self::CannotTell => "cannot_tell",
            Self::Accepted => "accepted",
            Self::AcceptanceEnded => "acceptance_ended",
            Self::FixedByProof => "fixed_by_proof",
            Self::NotAffected => "not_affected",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.as_str() == name)
    }
}

/// One line of a finding's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    pub at: Micros,
    pub by: String,
    pub what: Event,
    /// The report, where one said it: its number, tool and file.
    pub scan: Option<(i64, String, String)>,
    pub detail: String,
}

/// What taking a report over does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    pub new: usize,
    pub seen: usize,
    pub reopened: usize,
    pub fixed: usize,
    /// Open before, not mentioned now, and the report does not show that it is gone.
    pub cannot_tell: usize,
}
