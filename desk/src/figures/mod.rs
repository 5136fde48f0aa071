//! What the desk held at a moment, counted by unit: notices, problems, incidents, findings; for scores and reports.
//!
//! Notices and incidents are counted from their histories, which only grow: what was written at or after the end of
//! the span is not looked at, so that a past span is counted again to the same figures. Of a finding its deadline
//! and severity are those of now.

mod cases;
mod findings;
mod incidents;

use std::collections::{BTreeMap, BTreeSet};

use ward_event::{Micros, UnitId};
use ward_scan::Kind;

use crate::{
    Desk, DeskError,
    case::{CallOutcome, Units},
    incident::Stage,
};

/// From is in, to is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Micros,
    pub to: Micros,
}

impl Span {
    fn has(self, at: Micros) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// A unit's notices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFigures {
    /// Received in the span.
    pub sent: u64,
    /// Of those: signed, signed within what the rules allow, answered; each before the span's end.
    pub signed: u64,
    pub in_time: u64,
    pub answered: u64,
    /// Of all: waiting to be signed for longer than the rules allow, at the span's end.
    pub unsigned: u64,
    /// From sending to signing, of those that were signed in the span.
    pub sign_minutes: Vec<u64>,
}

/// The problems in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProblemFigures {
    /// Told in the span.
    pub new: u64,
    /// Said to be put right in the span.
    pub claimed: u64,
    /// Found right by a check in the span, and of those at the first time.
    pub passed: u64,
    pub first_pass: u64,
    /// Sent back in the span: a check failed, or what was closed was opened again.
    pub returned: u64,
    /// Closed in the span.
    pub closed: u64,
    /// Not settled, at the span's end; of those owed past their deadline; of those sent back before.
    pub open: u64,
    pub overdue: u64,
    pub open_returned: u64,
    /// From sending to the check that found it right, of those in the span.
    pub fix_minutes: Vec<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentFigures {
    /// In the span. What was put into another is counted there.
    pub found: u64,
    pub closed: u64,
    pub false_alarms: u64,
    /// At the span's end, by the stage that is known now.
    pub open: BTreeMap<Stage, u64>,
}

/// Findings that are more than information, by what a scan looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingFigures {
    /// When the newest report was made, of those that were taken over before the span's end. None: nobody looked.
    pub scanned: Option<Micros>,
    /// Open at the span's end and not accepted: critical, high, medium, low.
    pub open: [u64; 4],
    pub overdue: u64,
    /// Not yet sure.
    pub suspected: u64,
    pub accepted: u64,
    /// In the span.
    pub found: u64,
    pub fixed: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitFigures {
    pub notices: NoticeFigures,
    pub problems: ProblemFigures,
    pub incidents: IncidentFigures,
    pub findings: BTreeMap<Kind, FindingFigures>,
}

/// A unit's part of a notice that is not signed, or in which something is overdue, at the span's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatePart {
    pub unit: UnitId,
    pub notice: i64,
    pub number: String,
    pub title: String,
    pub signed: bool,
    /// Problems past their deadline.
    pub overdue: u64,
    /// The missed deadline, of problems or of the signature, that is longest past.
    pub since: Micros,
    pub calls: u64,
    pub last_call: Option<(Micros, CallOutcome)>,
    pub promised: Option<Micros>,
}

/// One indicator at several units, seen in the span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignFigure {
    pub id: i64,
    /// `2026-0003`
    pub number: String,
    pub kind: String,
    pub value: String,
    /// Opened in the span.
    pub is_new: bool,
    pub units: BTreeSet<UnitId>,
}

/// Notices from above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Incoming {
    /// Closed in the span.
    pub closed: u64,
    /// Open at the span's end, and of those past the deadline that was set above.
    pub open: u64,
    pub overdue: u64,
}

/// How far the histories were read: the number of the last line before the span's end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bound {
    pub cases: i64,
    pub incidents: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskFigures {
    /// A unit that has none of anything is not here.
    pub units: BTreeMap<UnitId, UnitFigures>,
    /// The longest past first.
    pub late: Vec<LatePart>,
    pub campaigns: Vec<CampaignFigure>,
    pub incoming: Incoming,
    pub bound: Bound,
}

/// The value in the middle; of an even number the lower of the two. None of nothing.
pub fn median(values: &[u64]) -> Option<u64> {
    percentile(values, 50)
}

/// The smallest value that at least so many hundredths of all do not exceed.
pub fn percentile(values: &[u64], hundredths: usize) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

impl Desk {
    /// Counts what the desk held of those units (`None` for all) in a span and at its end.
    ///
    /// # Errors
    /// The database.
    pub async fn figures(&self, units: &Units, span: Span) -> Result<DeskFigures, DeskError> {
        let mut figures = DeskFigures::default();
        let list = units.as_ref().map(|units| serde_json::json!(units).to_string());
        cases::count(self, list.as_deref(), span, &mut figures).await?;
        if units.is_none() {
            figures.incoming = cases::incoming(self, span).await?;
            figures.bound = cases::bound(self, span.to).await?;
        }
        incidents::count(self, list.as_deref(), span, &mut figures).await?;
        findings::count(self, list.as_deref(), span, &mut figures).await?;
        Ok(figures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 1, 5]), Some(5));
        assert_eq!(median(&[4, 1, 3, 2]), Some(2));
        let ten: Vec<u64> = (1..=10).collect();
        assert_eq!(
            (percentile(&ten, 90), percentile(&ten, 100), percentile(&ten, 1)),
            (Some(9), Some(10), Some(1))
        );
    }
}
