//! A problem: one row of a notice, of one unit.

use ward_event::{Micros, UnitId, alert::Level};

use super::{machine::RowState, names::named};

named! {
    /// What kind of problem.
    ProblemKind {
        Vulnerability "vulnerability",
        WeakPassword "weak_password",
        Exposure "exposure",
        Intrusion "intrusion",
        Data "data",
        Config "config",
        Other "other",
    }
}

named! {
    DisputeKind {
        NotOurs "not_ours",
        FalseAlarm "false_alarm",
        CannotFix "cannot_fix",
    }
}

/// What is told of a problem.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NewRow {
    pub unit: UnitId,
    pub kind: ProblemKind,
    pub level: Level,
    pub title: String,
    /// The information system, as the register calls it.
    pub system: String,
    /// Address, host or URL.
    pub address: String,
    pub evidence: String,
    /// What to do.
    pub demand: String,
    /// The alert it was found by, or empty.
    pub alert: String,
    /// The finding of a scan it was found by. One of another unit is not taken.
    pub finding: Option<i64>,
}

/// A problem as it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    pub id: i64,
    pub notice: i64,
    /// Its number within the notice, from 1.
    pub no: i64,
    pub of: NewRow,
    pub state: RowState,
    /// From sending on.
    pub due: Option<Micros>,
    /// The deadline as it was when it was sent.
    pub first_due: Option<Micros>,
    pub cause: String,
    pub measures: String,
    pub claimed: Option<Micros>,
    pub settled: Option<Micros>,
    /// Why the last check or decision went as it did.
    pub verdict: String,
    /// How often it came back: returned, failed, reopened.
    pub returned: i64,
    pub revision: i64,
}

impl Problem {
    /// Past its deadline at `now`, while it is owed; or claimed after it.
    pub fn is_overdue(&self, now: Micros) -> bool {
        self.state.is_owed() && self.due.is_some_and(|due| due < now)
    }
}
