//! A report taken over: read, shown with what it would do, confirmed.

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::Row as _;
use ward_event::{
    Micros, UnitId,
    alert::{content_hash, hex},
    register::Register,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};
use ward_scan::{Refused, Report};

use super::{
    Effect, Event, FindingState, Findings,
    due::due,
    plan::{Change, effect, plan},
    row::{self, New, Told},
};
use crate::{
    Connection, DeskError, Refusal, Viewer,
    audit::{Action, Entry},
    case::Rules,
};

/// A preview waits so long to be confirmed.
const WAITS: i64 = MICROS_PER_HOUR;

/// A report that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// To confirm by; None where the same file was taken over before.
    pub id: Option<String>,
    pub report: Report,
    pub effect: Effect,
}

impl Findings<'_> {
    /// Reads a report of one unit and says what taking it over would do. Nothing is taken over yet.
    ///
    /// # Errors
    /// The outer: the database; [`Refusal::NotThere`] for a unit beyond the sender's reach. The inner:
    /// nothing of the file can be taken.
    pub async fn preview(
        &self,
        by: &Viewer,
        hospital: &UnitId,
        file: &str,
        bytes: Vec<u8>,
        register: &Register,
    ) -> Result<Result<Preview, Refused>, DeskError> {
        reaches(by, hospital, register)?;
        let calendar = self.0.0.case_rules.calendar.zone();
        let file_hash = hex(&Sha256::digest(&bytes));
        // Parsing takes a second for a large one: not on a thread that answers others.
        let read = tokio::task::spawn_blocking(move || ward_scan::read(bytes.as_slice(), calendar));
        let report = match read.await.map_err(|e| DeskError::Broken(e.to_string()))? {
            Ok(report) => report,
            Err(refused) => return Ok(Err(refused)),
        };
        let now = self.0.clock().now();
        let effect = {
            let mut connection = self.0.readers().acquire().await?;
            effect(&plan(&row::known(&mut connection, hospital).await?, &report, now))
        };
        let taken: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM scan WHERE hospital = $1 AND file_hash = $2")
                .bind(hospital.as_str())
                .bind(&file_hash)
                .fetch_one(self.0.readers())
                .await?;
        let id = match taken {
            0 => Some(self.keep(by, hospital, file, file_hash, &report).await?),
            _ => None,
        };
        Ok(Ok(Preview { id, report, effect }))
    }

    async fn keep(
        &self,
        by: &Viewer,
        hospital: &UnitId,
        file: &str,
        file_hash: String,
        report: &Report,
    ) -> Result<String, DeskError> {
        let now = self.0.clock().now();
        let report = serde_json::to_string(report).map_err(|e| DeskError::Broken(e.to_string()))?;
        let (account, file) = (by.name.clone(), file.chars().take(120).collect::<String>());
        let hospital = hospital.clone();
        let id = content_hash(format!("{account}\n{hospital}\n{}\n{file_hash}", now.0).as_bytes());
        let kept = id.clone();
        self.0
            .write(move |c| {
                Box::pin(async move {
                    // One at a time and sender: an older one that was never confirmed is given up.
                    sqlx::query("DELETE FROM scan_import WHERE account = $1 OR created_at < $2")
                        .bind(&account)
                        .bind(now.0 - WAITS)
                        .execute(&mut *c)
                        .await?;
                    const INSERT: &str = "INSERT INTO scan_import \
                        (id, account, created_at, hospital, file, file_hash, report) VALUES ($1, $2, $3, $4, $5, $6, $7)";
                    sqlx::query(INSERT)
                        .bind(&id)
                        .bind(&account)
                        .bind(now.0)
                        .bind(hospital.as_str())
                        .bind(&file)
                        .bind(&file_hash)
                        .bind(&report)
                        .execute(&mut *c)
                        .await?;
                    Ok(())
                })
            })
            .await?;
        Ok(kept)
    }

    /// Takes over what was shown.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for a preview of somebody else, one that is over or was confirmed before, a unit
    /// that has left the sender's reach; [`Refusal::Changed`] where the same file was taken over meanwhile.
    pub async fn confirm(
        &self,
        by: &Viewer,
        from: &str,
        id: &str,
        register: &Register,
    ) -> Result<(UnitId, Effect), DeskError> {
        let (now, ledger, rules) = (self.0.clock().now(), self.0.ledger(), self.0.0.case_rules.clone());
        let reach = by.units(register);
        let (by, from, id) = (by.clone(), from.to_owned(), id.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    const FIND: &str = "SELECT hospital, file, file_hash, report FROM scan_import \
                        WHERE id = $1 AND account = $2 AND created_at >= $3";
                    let kept = sqlx::query(FIND).bind(&id).bind(&by.name).bind(now.0 - WAITS);
                    let kept = kept.fetch_optional(&mut *c).await?.ok_or(Refusal::NotThere)?;
                    let hospital = UnitId::new(&kept.try_get::<String, _>(0)?)
                        .map_err(|e| DeskError::Broken(e.to_string()))?;
                    if reach.is_some_and(|units| !units.contains(&hospital)) {
                        return Err(Refusal::NotThere.into());
                    }
                    let report: Report = serde_json::from_str(&kept.try_get::<String, _>(3)?)
                        .map_err(|e| DeskError::Broken(e.to_string()))?;
                    let known = row::known(c, &hospital).await?;
                    let changes = plan(&known, &report, now);
                    let done = effect(&changes);
                    let file = File { name: kept.try_get(1)?, hash: kept.try_get(2)? };
                    let scan = taken(c, &hospital, &report, &file, done, now, &by.name).await?;
                    let told = Told { at: now, by: &by.name, scan: Some(scan) };
                    for change in &changes {
                        apply(c, change, &report, &hospital, &rules, told).await?;
                    }
                    sqlx::query("DELETE FROM scan_import WHERE id = $1").bind(&id).execute(&mut *c).await?;
                    let detail = json!({ "file": file.name, "sha256": file.hash, "tool": report.tool, "effect": done });
                    let entry = Entry::new(&by, &from, Action::Change).unit(&hospital).object("scan", scan);
                    ledger.append(c, entry.detail(detail)).await?;
                    Ok((hospital, done))
                })
            })
            .await
    }
}

struct File {
    name: String,
    hash: String,
}

fn reaches(by: &Viewer, hospital: &UnitId, register: &Register) -> Result<(), DeskError> {
    let within = by.units(register).is_none_or(|units| units.contains(hospital));
    if within && register.unit(hospital).is_some() { Ok(()) } else { Err(Refusal::NotThere.into()) }
}

/// The report and what it covered.
async fn taken(
    c: &mut Connection,
    hospital: &UnitId,
    report: &Report,
    file: &File,
    effect: Effect,
    now: Micros,
    by: &str,
) -> Result<i64, DeskError> {
    const INSERT: &str = "INSERT INTO scan (id, hospital, tool, kind, name, profile, file, file_hash, made_at, tcp, udp, \
        checks, items, informative, effect, applied_at, applied_by) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM scan), \
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
        ON CONFLICT (hospital, file_hash) DO NOTHING RETURNING id";
    let effect = serde_json::to_string(&effect).map_err(|e| DeskError::Broken(e.to_string()))?;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    // A clock that is a little ahead is bounded; what it says of later days is not believed.
    let made = report.made().map_or(now, |made| made.min(Micros(now.0 + MICROS_PER_DAY)));
    let id: Option<i64> = sqlx::query_scalar(INSERT)
        .bind(hospital.as_str())
        .bind(report.tool.as_str())
        .bind(report.kind.as_str())
        .bind(&report.name)
        .bind(&report.profile)
        .bind(&file.name)
        .bind(&file.hash)
        .bind(made.0)
        .bind(report.tcp.as_text())
        .bind(report.udp.as_text())
        .bind(report.checks.as_ref().map(|checks| count(checks.len())))
        .bind(count(report.counts.items))
        .bind(count(report.counts.informative))
        .bind(effect)
        .bind(now.0)
        .bind(by)
        .fetch_optional(&mut *c)
        .await?;
    let id = id.ok_or(Refusal::Changed)?;
    const HOST: &str = "INSERT INTO scan_host (scan_id, address, name, ended_at, reached, credentialed) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    for host in &report.hosts {
        sqlx::query(HOST)
            .bind(id)
            .bind(&host.address)
            .bind(&host.name)
            .bind(host.ended.map(|t| t.0))
            .bind(i64::from(host.reached))
            .bind(i64::from(host.credentialed))
            .execute(&mut *c)
            .await?;
    }
    Ok(id)
}

async fn apply(
    c: &mut Connection,
    change: &Change<'_>,
    report: &Report,
    hospital: &UnitId,
    rules: &Rules,
    told: Told<'_>,
) -> Result<(), DeskError> {
    match change {
        Change::New(seen) => {
            let state = if seen.sure { FindingState::Open } else { FindingState::Suspected };
            let due = due(rules, seen.row.severity, report.kind, told.at);
            let id = row::insert(c, &New { hospital, kind: report.kind, state, due }, seen).await?;
            row::happened(c, id, told, Event::Found, "").await
        }
        Change::Again(id, event, state, seen) => {
            const SEEN: &str = "UPDATE finding SET state = $1, title = $2, severity = $3, score = $4, evidence = $5, \
                advice = $6, last_seen = $7, tested_at = $7, doubt = '', port = $8, protocol = $9, kind = $10, \
                cves = $11, cnvds = $12, cnnvds = $13 WHERE id = $14";
            let row = seen.row;
            sqlx::query(SEEN)
                .bind(state.as_str())
                .bind(&row.title)
                .bind(row.severity.as_str())
                .bind(row.score.map(i64::from))
                .bind(&row.evidence)
                .bind(&row.advice)
                .bind(seen.at.0)
                .bind(i64::from(seen.key.port))
                .bind(seen.key.protocol.as_str())
                .bind(report.kind.as_str())
                .bind(row.cves.join(" "))
                .bind(row.cnvds.join(" "))
                .bind(row.cnnvds.join(" "))
                .bind(id)
                .execute(&mut *c)
                .await?;
            if *event == Event::Reopened {
                const REOPEN: &str = "UPDATE finding SET reopened = reopened + 1, fixed_at = NULL, due_at = $1, \
                    accepted_until = NULL, control = '', owner = '' WHERE id = $2";
                let due = due(rules, row.severity, report.kind, told.at).map(|t| t.0);
                sqlx::query(REOPEN).bind(due).bind(id).execute(&mut *c).await?;
            }
            row::checks(c, *id, &seen.checks).await?;
            row::happened(c, *id, told, *event, "").await
        }
        Change::Earlier(id, at) => {
            let sql = "UPDATE finding SET first_seen = $1 WHERE id = $2 AND first_seen > $1";
            sqlx::query(sql).bind(at.0).bind(id).execute(&mut *c).await?;
            Ok(())
        }
        Change::Gone { id, checks, at, passed, fixed } => {
            for check in checks {
                let sql = "UPDATE finding_check SET is_there = 0 WHERE finding_id = $1 AND name = $2";
                sqlx::query(sql).bind(id).bind(check).execute(&mut *c).await?;
            }
            if !fixed {
                return Ok(());
            }
            const FIXED: &str =
                "UPDATE finding SET state = 'fixed', fixed_at = $1, tested_at = $1, doubt = '' WHERE id = $2";
            sqlx::query(FIXED).bind(at.0).bind(id).execute(&mut *c).await?;
            row::happened(c, *id, told, if *passed { Event::Passed } else { Event::Fixed }, "").await
        }
        Change::CannotTell(_, _, false) => Ok(()),
        Change::CannotTell(id, doubt, true) => {
            sqlx::query("UPDATE finding SET doubt = $1 WHERE id = $2")
                .bind(doubt.as_str())
                .bind(id)
                .execute(&mut *c)
                .await?;
            row::happened(c, *id, told, Event::CannotTell, doubt.as_str()).await
        }
    }
}
