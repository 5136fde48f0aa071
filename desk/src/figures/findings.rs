//! Findings from what happened to them.

use sqlx::Row;
use ward_event::{Micros, UnitId};
use ward_scan::{Kind, Severity};

use super::{DeskFigures, FindingFigures, Span};
use crate::{
    Desk, DeskError,
    finding::{Event, FindingState},
};

/// A finding on its way through its events.
struct Walked {
    id: i64,
    unit: UnitId,
    kind: Kind,
    severity: Severity,
    due: Option<Micros>,
    /// It began as something that nobody was sure of.
    began_suspected: bool,
    state: Option<FindingState>,
    accepted: Option<Micros>,
    found: bool,
    fixed: bool,
}

impl Walked {
    fn of<'f>(&self, figures: &'f mut DeskFigures) -> &'f mut FindingFigures {
        figures.units.entry(self.unit.clone()).or_default().findings.entry(self.kind).or_default()
    }

    fn step(&mut self, event: Event, at: Micros, detail: &str, span: Span) {
        let now = span.has(at);
        match event {
            Event::Found | Event::Disclosed => {
                self.found |= now;
                let sure = event == Event::Found && !self.began_suspected;
                self.state = Some(if sure { FindingState::Open } else { FindingState::Suspected });
            }
            Event::Confirmed => self.state = Some(FindingState::Open),
            Event::Reopened => {
                self.found |= now;
                (self.state, self.accepted) = (Some(FindingState::Open), None);
            }
            Event::Fixed | Event::Passed | Event::FixedByProof => {
                self.fixed |= now;
                self.state = Some(FindingState::Fixed);
            }
            Event::NotAffected => self.state = Some(FindingState::NotAffected),
            // Its last line says until when.
            Event::Accepted => {
                let until = detail.lines().next_back().and_then(|t| t.parse::<jiff::Timestamp>().ok());
                self.accepted = until.map(|t| Micros(t.as_microsecond()));
            }
            Event::AcceptanceEnded => self.accepted = None,
            Event::Seen | Event::CannotTell => {}
        }
    }

    fn put(&self, span: Span, figures: &mut DeskFigures) {
        let place = match self.severity {
            Severity::Critical => 0,
            Severity::High => 1,
            Severity::Medium => 2,
            Severity::Low => 3,
            Severity::Info => return,
        };
        let of = self.of(figures);
        of.found += u64::from(self.found);
        of.fixed += u64::from(self.fixed && self.state == Some(FindingState::Fixed));
        let accepted = self.accepted.is_some_and(|until| span.to <= until);
        match self.state {
            Some(FindingState::Open | FindingState::Suspected) if accepted => of.accepted += 1,
            Some(FindingState::Suspected) => of.suspected += 1,
            Some(FindingState::Open) => {
                of.open[place] += 1;
                of.overdue += u64::from(self.due.is_some_and(|due| due < span.to));
            }
            Some(FindingState::Fixed | FindingState::NotAffected) | None => {}
        }
    }
}

pub(super) async fn count(
    desk: &Desk,
    units: Option<&str>,
    span: Span,
    figures: &mut DeskFigures,
) -> Result<(), DeskError> {
    const SCANS: &str = "SELECT hospital, kind, MAX(made_at) FROM scan
        WHERE applied_at < $1 AND ($2 IS NULL OR hospital IN (SELECT value FROM json_each($2)))
        GROUP BY hospital, kind";
    for row in sqlx::query(SCANS).bind(span.to.0).bind(units).fetch_all(desk.readers()).await? {
        let unit = UnitId::new(row.get(0)).unwrap_or_default();
        let Some(kind) = Kind::from_name(row.get(1)) else { continue };
        let of = figures.units.entry(unit).or_default().findings.entry(kind).or_default();
        of.scanned = Some(Micros(row.get(2)));
    }
    // That it was seen again and again says nothing new.
    const EVENTS: &str = "SELECT f.id, f.hospital, f.kind, f.severity, f.state, f.due_at, e.at, e.what, e.detail,
            EXISTS (SELECT 1 FROM finding_event k WHERE k.finding_id = f.id AND k.what = 'confirmed') AS confirmed
        FROM finding_event e JOIN finding f ON f.id = e.finding_id
        WHERE e.at < $1 AND e.what NOT IN ('seen', 'cannot_tell')
          AND ($2 IS NULL OR f.hospital IN (SELECT value FROM json_each($2)))
        ORDER BY e.finding_id, e.number";
    let mut walked: Option<Walked> = None;
    for row in sqlx::query(EVENTS).bind(span.to.0).bind(units).fetch_all(desk.readers()).await? {
        let id: i64 = row.get("id");
        if walked.as_ref().is_none_or(|w| w.id != id) {
            if let Some(done) = walked.take() {
                done.put(span, figures);
            }
            let broken = |what: &str| DeskError::Broken(format!("finding {id}: {what}"));
            walked = Some(Walked {
                id,
                unit: UnitId::new(row.get("hospital")).unwrap_or_default(),
                kind: Kind::from_name(row.get("kind")).ok_or_else(|| broken("kind"))?,
                severity: Severity::from_name(row.get("severity")).ok_or_else(|| broken("severity"))?,
                due: row.get::<Option<i64>, _>("due_at").map(Micros),
                began_suspected: row.get::<i64, _>("confirmed") == 1
                    || row.get::<&str, _>("state") == FindingState::Suspected.as_str(),
                state: None,
                accepted: None,
                found: false,
                fixed: false,
            });
        }
        let event = Event::from_name(row.get("what"));
        if let (Some(walked), Some(event)) = (&mut walked, event) {
            walked.step(event, Micros(row.get("at")), row.get("detail"), span);
        }
    }
    if let Some(done) = walked {
        done.put(span, figures);
    }
    Ok(())
}
