//! Notices and the problems in them, from their history.

use std::collections::BTreeMap;

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use super::{Bound, DeskFigures, Incoming, LatePart, Span};
use crate::{
    Desk, DeskError,
    case::{
        CallOutcome,
        machine::{RowAct, RowState},
        tx::read_number,
    },
};

const MICROS_PER_MINUTE: i64 = 60_000_000;

fn micros(row: &SqliteRow, name: &str) -> Option<Micros> {
    row.get::<Option<i64>, _>(name).map(Micros)
}

fn minutes(from: Micros, to: Micros) -> u64 {
    u64::try_from((to.0 - from.0) / MICROS_PER_MINUTE).unwrap_or(0)
}

/// A problem on its way through the history.
struct Walked {
    unit: UnitId,
    notice: i64,
    sent: Micros,
    due: Option<Micros>,
    state: RowState,
    /// It was sent back at least once.
    returned: bool,
}

type Parts = BTreeMap<(i64, UnitId), LatePart>;

pub(super) async fn count(
    desk: &Desk,
    units: Option<&str>,
    span: Span,
    figures: &mut DeskFigures,
) -> Result<(), DeskError> {
    let mut late = parts(desk, units, span, figures).await?;
    let rows = problems(desk, units, span, figures).await?;
    for row in rows.values().filter(|r| !r.state.is_settled()) {
        let of = &mut figures.units.entry(row.unit.clone()).or_default().problems;
        of.open += 1;
        of.open_returned += u64::from(row.returned);
        let Some(due) = row.due.filter(|due| row.state.is_owed() && *due < span.to) else { continue };
        of.overdue += 1;
        if let Some(part) = late.get_mut(&(row.notice, row.unit.clone())) {
            part.since = if part.overdue == 0 { due } else { part.since.min(due) };
            part.overdue += 1;
        }
    }
    late.retain(|_, part| part.overdue > 0 || !part.signed);
    calls(desk, span, &mut late).await?;
    figures.late = late.into_values().collect();
    figures.late.sort_by(|a, b| (a.since, a.notice, &a.unit).cmp(&(b.since, b.notice, &b.unit)));
    Ok(())
}

/// Counts what units received; returns their parts, those that are signed in time for what is overdue in them.
async fn parts(
    desk: &Desk,
    units: Option<&str>,
    span: Span,
    figures: &mut DeskFigures,
) -> Result<Parts, DeskError> {
    const PARTS: &str =
        "SELECT u.notice_id, u.unit, u.sent_at, u.signed_at, u.answered_at, u.withdrawn_at, n.title,
            n.word, n.year, n.n
        FROM case_unit u JOIN case_notice n ON n.id = u.notice_id
        WHERE u.sent_at < $1 AND ($2 IS NULL OR u.unit IN (SELECT value FROM json_each($2)))";
    let cases = desk.cases();
    let rules = cases.rules();
    let mut late = BTreeMap::new();
    for row in sqlx::query(PARTS).bind(span.to.0).bind(units).fetch_all(desk.readers()).await? {
        let Some(sent) = micros(&row, "sent_at") else { continue };
        let unit = UnitId::new(row.get("unit")).unwrap_or_default();
        let before = |name: &str| micros(&row, name).filter(|at| *at < span.to);
        let (signed, withdrawn) = (before("signed_at"), before("withdrawn_at").is_some());
        let limit = rules.calendar.end(sent, rules.unsigned);
        let of = &mut figures.units.entry(unit.clone()).or_default().notices;
        if span.has(sent) {
            of.sent += 1;
            of.signed += u64::from(signed.is_some());
            of.in_time += u64::from(signed.is_some_and(|at| at <= limit));
            of.answered += u64::from(before("answered_at").is_some());
        }
        if let Some(at) = signed.filter(|at| span.has(*at)) {
            of.sign_minutes.push(minutes(sent, at));
        }
        if withdrawn {
            continue;
        }
        let unsigned = signed.is_none() && limit <= span.to;
        of.unsigned += u64::from(unsigned);
        let notice: i64 = row.get("notice_id");
        let part = LatePart {
            unit: unit.clone(),
            notice,
            number: read_number(&row).map(|n| n.to_string()).unwrap_or_default(),
            title: row.get("title"),
            signed: !unsigned,
            overdue: 0,
            since: limit,
            calls: 0,
            last_call: None,
            promised: None,
        };
        late.insert((notice, unit), part);
    }
    Ok(late)
}

/// Walks the problems through their history and counts what happened in the span.
async fn problems(
    desk: &Desk,
    units: Option<&str>,
    span: Span,
    figures: &mut DeskFigures,
) -> Result<BTreeMap<i64, Walked>, DeskError> {
    const ROWS: &str = "SELECT r.id, r.notice_id, r.unit, r.first_due, n.sent_at
        FROM case_row r JOIN case_notice n ON n.id = r.notice_id
        WHERE n.sent_at < $1 AND ($2 IS NULL OR r.unit IN (SELECT value FROM json_each($2)))";
    let mut rows = BTreeMap::new();
    for row in sqlx::query(ROWS).bind(span.to.0).bind(units).fetch_all(desk.readers()).await? {
        let Some(sent) = micros(&row, "sent_at") else { continue };
        let unit = UnitId::new(row.get("unit")).unwrap_or_default();
        figures.units.entry(unit.clone()).or_default().problems.new += u64::from(span.has(sent));
        let due = micros(&row, "first_due");
        let walked = Walked {
            unit,
            notice: row.get("notice_id"),
            sent,
            due,
            state: RowState::Notified,
            returned: false,
        };
        rows.insert(row.get::<i64, _>("id"), walked);
    }
    const GRANTED: &str =
        "SELECT row_id, until FROM case_extension WHERE granted = 1 AND decided_at < $1 ORDER BY id";
    for row in sqlx::query(GRANTED).bind(span.to.0).fetch_all(desk.readers()).await? {
        if let Some(walked) = rows.get_mut(&row.get::<i64, _>(0)) {
            walked.due = Some(Micros(row.get(1)));
        }
    }
    const HISTORY: &str = "SELECT h.row_id, h.at, h.act, h.to_state FROM case_history h
        JOIN case_row r ON r.id = h.row_id
        WHERE h.at < $1 AND h.from_state <> '' AND ($2 IS NULL OR r.unit IN (SELECT value FROM json_each($2)))
        ORDER BY h.no";
    for line in sqlx::query(HISTORY).bind(span.to.0).bind(units).fetch_all(desk.readers()).await? {
        let Some(row) = rows.get_mut(&line.get::<i64, _>(0)) else { continue };
        let at = Micros(line.get(1));
        let act = RowAct::stored(line.get(2))?;
        row.state = RowState::stored(line.get(3))?;
        let of = &mut figures.units.entry(row.unit.clone()).or_default().problems;
        let now = u64::from(span.has(at));
        match act {
            RowAct::Claim => of.claimed += now,
            RowAct::MachineGood | RowAct::ProofGood => {
                of.passed += now;
                of.first_pass += if row.returned { 0 } else { now };
                if now > 0 {
                    of.fix_minutes.push(minutes(row.sent, at));
                }
            }
            RowAct::Return | RowAct::MachineBad | RowAct::ProofBad | RowAct::Reopen => {
                row.returned = true;
                of.returned += now;
            }
            RowAct::Close => of.closed += now,
            _ => {}
        }
    }
    Ok(rows)
}

async fn calls(desk: &Desk, span: Span, late: &mut Parts) -> Result<(), DeskError> {
    const CALLS: &str =
        "SELECT notice_id, unit, at, outcome, promised FROM case_call WHERE at < $1 ORDER BY at, id";
    for row in sqlx::query(CALLS).bind(span.to.0).fetch_all(desk.readers()).await? {
        let unit = UnitId::new(row.get("unit")).unwrap_or_default();
        let Some(part) = late.get_mut(&(row.get("notice_id"), unit)) else { continue };
        part.calls += 1;
        part.last_call = Some((Micros(row.get("at")), CallOutcome::stored(row.get("outcome"))?));
        part.promised = micros(&row, "promised").or(part.promised);
    }
    Ok(())
}

pub(super) async fn incoming(desk: &Desk, span: Span) -> Result<Incoming, DeskError> {
    const ABOVE: &str = "SELECT above_due, ended_at FROM case_notice
        WHERE above <> '' AND drafted_at < $1 AND state <> 'void'";
    let mut incoming = Incoming::default();
    for row in sqlx::query(ABOVE).bind(span.to.0).fetch_all(desk.readers()).await? {
        match micros(&row, "ended_at").filter(|at| *at < span.to) {
            Some(at) => incoming.closed += u64::from(span.has(at)),
            None => {
                incoming.open += 1;
                incoming.overdue += u64::from(micros(&row, "above_due").is_some_and(|due| due < span.to));
            }
        }
    }
    Ok(incoming)
}

pub(super) async fn bound(desk: &Desk, to: Micros) -> Result<Bound, DeskError> {
    const CASES: &str = "SELECT COALESCE(MAX(no), 0) FROM case_history WHERE at < $1";
    const INCIDENTS: &str = "SELECT COALESCE(MAX(no), 0) FROM case_incident_history WHERE at < $1";
    Ok(Bound {
        cases: sqlx::query(CASES).bind(to.0).fetch_one(desk.readers()).await?.get(0),
        incidents: sqlx::query(INCIDENTS).bind(to.0).fetch_one(desk.readers()).await?.get(0),
    })
}
