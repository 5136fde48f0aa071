//! Findings between the database and the types.

use sqlx::{Row as _, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};
use ward_scan::{Doubt, Kind, Ports, Protocol, Severity, Tool};

use super::{
    Event, Finding, FindingState,
    plan::{Check, Key, Known, Seen},
};
use crate::{Connection, DeskError};

pub(super) const COLUMNS: &str = "id, hospital, host, port, protocol, weakness, kind, title, severity, score, cves, \
    cnvds, cnnvds, evidence, advice, state, first_seen, last_seen, due_at, fixed_at, tested_at, doubt, reopened, \
    accepted_until, control, owner";

fn broken(what: &str) -> DeskError {
    DeskError::Broken(format!("finding: {what}"))
}

/// A row of [`COLUMNS`].
pub(super) fn finding(row: &SqliteRow) -> Result<Finding, DeskError> {
    let text = |i: usize| row.try_get::<String, _>(i);
    let number = |i: usize| row.try_get::<i64, _>(i);
    let time = |i: usize| row.try_get::<Option<i64>, _>(i).map(|t| t.map(Micros));
    let words = |text: String| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let score: Option<i64> = row.try_get(9)?;
    Ok(Finding {
        id: number(0)?,
        hospital: UnitId::new(&text(1)?).map_err(|e| DeskError::Broken(e.to_string()))?,
        host: text(2)?,
        port: u16::try_from(number(3)?).map_err(|_| broken("port"))?,
        protocol: Protocol::from_name(&text(4)?).ok_or_else(|| broken("protocol"))?,
        weakness: text(5)?,
        kind: Kind::from_name(&text(6)?).ok_or_else(|| broken("kind"))?,
        title: text(7)?,
        severity: Severity::from_name(&text(8)?).ok_or_else(|| broken("severity"))?,
        score: score.and_then(|s| u8::try_from(s).ok()),
        cves: words(text(10)?),
        cnvds: words(text(11)?),
        cnnvds: words(text(12)?),
        evidence: text(13)?,
        advice: text(14)?,
        state: FindingState::from_name(&text(15)?).ok_or_else(|| broken("state"))?,
        first_seen: Micros(number(16)?),
        last_seen: Micros(number(17)?),
        due_at: time(18)?,
        fixed_at: time(19)?,
        tested_at: Micros(number(20)?),
        doubt: Doubt::from_name(&text(21)?),
        reopened: number(22)?,
        accepted_until: time(23)?,
        control: text(24)?,
        owner: text(25)?,
    })
}

/// What decides about a unit's findings, with the checks that see them.
pub(super) async fn known(c: &mut Connection, hospital: &UnitId) -> Result<Vec<Known>, DeskError> {
    const FINDINGS: &str = "SELECT id, host, port, protocol, weakness, state, last_seen, fixed_at, doubt \
        FROM finding WHERE hospital = $1 ORDER BY id";
    const CHECKS: &str = "SELECT c.finding_id, c.name, c.tool, c.profile, c.ports, c.credentialed, c.seen, c.is_there \
        FROM finding_check c JOIN finding f ON f.id = c.finding_id WHERE f.hospital = $1 ORDER BY c.finding_id";
    let rows = sqlx::query(FINDINGS).bind(hospital.as_str()).fetch_all(&mut *c).await?;
    let mut known = Vec::with_capacity(rows.len());
    for row in &rows {
        let text = |i: usize| row.try_get::<String, _>(i);
        let number = |i: usize| row.try_get::<i64, _>(i);
        known.push(Known {
            id: number(0)?,
            key: Key {
                host: text(1)?,
                port: u16::try_from(number(2)?).map_err(|_| broken("port"))?,
                protocol: Protocol::from_name(&text(3)?).ok_or_else(|| broken("protocol"))?,
                weakness: text(4)?,
            },
            state: FindingState::from_name(&text(5)?).ok_or_else(|| broken("state"))?,
            last_seen: Micros(number(6)?),
            fixed_at: row.try_get::<Option<i64>, _>(7)?.map(Micros),
            doubt: Doubt::from_name(&text(8)?),
            checks: Vec::new(),
        });
    }
    let mut at = 0;
    for row in sqlx::query(CHECKS).bind(hospital.as_str()).fetch_all(&mut *c).await? {
        let id: i64 = row.try_get(0)?;
        // Both lists ascend.
        while known.get(at).is_some_and(|k| k.id < id) {
            at += 1;
        }
        let Some(finding) = known.get_mut(at).filter(|k| k.id == id) else { continue };
        finding.checks.push(Check {
            name: row.try_get(1)?,
            tool: Tool::from_name(&row.try_get::<String, _>(2)?),
            profile: row.try_get(3)?,
            ports: Ports::from_text(&row.try_get::<String, _>(4)?),
            credentialed: row.try_get::<i64, _>(5)? != 0,
            seen: Micros(row.try_get(6)?),
            is_there: row.try_get::<i64, _>(7)? != 0,
        });
    }
    Ok(known)
}

/// When, by whom, from which report.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub at: Micros,
    pub by: &'a str,
    pub scan: Option<i64>,
}

/// Adds a line to a finding's history.
pub(super) async fn happened(
    c: &mut Connection,
    id: i64,
    told: Told<'_>,
    what: Event,
    detail: &str,
) -> Result<(), DeskError> {
    const INSERT: &str = "INSERT INTO finding_event (finding_id, number, at, by, what, scan_id, detail) VALUES ($1, \
        (SELECT COALESCE(MAX(number), 0) + 1 FROM finding_event WHERE finding_id = $1), $2, $3, $4, $5, $6)";
    sqlx::query(INSERT)
        .bind(id)
        .bind(told.at.0)
        .bind(told.by)
        .bind(what.as_str())
        .bind(told.scan)
        .bind(detail)
        .execute(&mut *c)
        .await?;
    Ok(())
}

/// What a new finding begins with.
pub(super) struct New<'a> {
    pub hospital: &'a UnitId,
    pub kind: Kind,
    pub state: FindingState,
    pub due: Option<Micros>,
}

/// Inserts a finding with its checks; the caller tells its history.
pub(super) async fn insert(c: &mut Connection, new: &New<'_>, seen: &Seen<'_>) -> Result<i64, DeskError> {
    const INSERT: &str = "INSERT INTO finding (id, hospital, host, port, protocol, weakness, kind, title, severity, \
        score, cves, cnvds, cnnvds, evidence, advice, state, first_seen, last_seen, due_at, tested_at, doubt, reopened, \
        control, owner) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM finding), $1, $2, $3, $4, $5, $6, $7, $8, $9, \
        $10, $11, $12, $13, $14, $15, $16, $16, $17, $16, '', 0, '', '') RETURNING id";
    let row = seen.row;
    let id: i64 = sqlx::query_scalar(INSERT)
        .bind(new.hospital.as_str())
        .bind(&seen.key.host)
        .bind(i64::from(seen.key.port))
        .bind(seen.key.protocol.as_str())
        .bind(&seen.key.weakness)
        .bind(new.kind.as_str())
        .bind(&row.title)
        .bind(row.severity.as_str())
        .bind(row.score.map(i64::from))
        .bind(row.cves.join(" "))
        .bind(row.cnvds.join(" "))
        .bind(row.cnnvds.join(" "))
        .bind(&row.evidence)
        .bind(&row.advice)
        .bind(new.state.as_str())
        .bind(seen.at.0)
        .bind(new.due.map(|t| t.0))
        .fetch_one(&mut *c)
        .await?;
    checks(c, id, &seen.checks).await?;
    Ok(id)
}

/// How the checks see it now.
pub(super) async fn checks(c: &mut Connection, id: i64, checks: &[Check]) -> Result<(), DeskError> {
    const UPSERT: &str = "INSERT INTO finding_check (finding_id, name, tool, profile, ports, credentialed, seen, \
        is_there) VALUES ($1, $2, $3, $4, $5, $6, $7, 1) ON CONFLICT (finding_id, name) DO UPDATE SET \
        tool = $3, profile = $4, ports = $5, credentialed = $6, seen = $7, is_there = 1";
    for check in checks {
        sqlx::query(UPSERT)
            .bind(id)
            .bind(&check.name)
            .bind(check.tool.map_or("", Tool::as_str))
            .bind(&check.profile)
            .bind(check.ports.as_text())
            .bind(i64::from(check.credentialed))
            .bind(check.seen.0)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}
