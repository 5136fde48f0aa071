//! Suppressions, allow-list entries and authorised tests: made and lifted by people, told to detection.

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{
    Micros, UnitId,
    control::{AllowEntry, Change, Suppression, TestWindow},
};

use super::{Triage, Units, act::Who, outbox};
use crate::{
    Connection, DeskError, Refusal, Viewer,
    audit::{Action, Entry},
};

/// The longest an exception lasts: nobody remembers after that why.
const LONGEST: i64 = 366 * ward_event::time::MICROS_PER_DAY;

/// What somebody asks for. Empty hospital: every unit; empty rule (of an allow-list entry): every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewException {
    Suppress { rule_id: String, entity_type: String, value: String, hospital: String, until: Micros },
    Allow { rule_id: String, field: String, value: String, hospital: String, until: Micros },
    Test { from: Micros, until: Micros, testers: Vec<String>, targets: Vec<String> },
}

/// One exception as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    pub id: String,
    /// `suppress`, `allow`, `test_window`.
    pub kind: String,
    pub rule_id: String,
    pub hospital: String,
    pub field: String,
    pub value: String,
    pub reason: String,
    pub account: String,
    pub at: Micros,
    pub until: Micros,
    pub lifted: Option<(Micros, String)>,
}

impl Triage<'_> {
    /// Puts an exception in force; returns its id. The same rule, field, value and unit is the same exception:
    /// made again, it has the new end.
    ///
    /// # Errors
    /// [`Refusal::EndUnfit`] for an end that is past or too far, [`Refusal::NotThere`] for another's unit.
    pub async fn except(
        &self,
        viewer: &Viewer,
        address: &str,
        units: &Units,
        new: NewException,
        reason: &str,
    ) -> Result<String, DeskError> {
        if !viewer.may_write {
            return Err(Refusal::NotAllowed.into());
        }
        let who = Who::new(self, viewer, address, units);
        let exception = row_of(&who, &new, reason)?;
        let change = change_of(&exception, &new);
        let id = exception.id.clone();
        self.0
            .write(move |c| Box::pin(async move { put(c, &who, &exception, change, Action::Judge).await }))
            .await?;
        Ok(id)
    }

    /// Ends an exception now.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for one that is not in force, or not the viewer's to see.
    pub async fn lift(
        &self,
        viewer: &Viewer,
        address: &str,
        units: &Units,
        id: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        if !viewer.may_write {
            return Err(Refusal::NotAllowed.into());
        }
        let who = Who::new(self, viewer, address, units);
        let (id, reason) = (id.to_owned(), reason.to_owned());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let select = format!("{SELECT}, change FROM triage_exception WHERE id = $1");
                    let row =
                        sqlx::query(sqlx::AssertSqlSafe(select)).bind(&id).fetch_optional(&mut *c).await?;
                    let row = row.ok_or(Refusal::NotThere)?;
                    let mut exception = of_row(&row);
                    let seen = match UnitId::new(&exception.hospital) {
                        Ok(unit) => who.sees(&unit),
                        Err(_) => who.units.is_none(),
                    };
                    if !seen || exception.lifted.is_some() || exception.until <= who.now {
                        return Err(Refusal::NotThere.into());
                    }
                    let change: Change =
                        serde_json::from_str(row.get(11)).map_err(|e| DeskError::Broken(e.to_string()))?;
                    exception.lifted = Some((who.now, who.viewer.name.clone()));
                    exception.reason = reason;
                    put(c, &who, &exception, lifted(change, who.now), Action::Judge).await
                })
            })
            .await
    }

    /// Those in force, and those that ended last; newest first.
    pub async fn exceptions(&self, units: &Units, max: i64) -> Result<Vec<Exception>, DeskError> {
        let select = format!("{SELECT} FROM triage_exception ORDER BY at DESC, id LIMIT $1");
        let rows = sqlx::query(sqlx::AssertSqlSafe(select)).bind(max).fetch_all(self.0.readers()).await?;
        let all = rows.iter().map(of_row);
        let seen = |e: &Exception| match (units, UnitId::new(&e.hospital)) {
            (None, _) => true,
            (Some(units), Ok(unit)) => units.contains(&unit),
            (Some(_), Err(_)) => false,
        };
        Ok(all.filter(seen).collect())
    }
}

const SELECT: &str = "SELECT id, kind, rule_id, hospital, field, value, reason, account, at, until,
    CASE WHEN lifted_at IS NULL THEN NULL ELSE lifted_at || ' ' || lifted_by END";

fn of_row(row: &SqliteRow) -> Exception {
    let lifted: Option<String> = row.get(10);
    Exception {
        id: row.get(0),
        kind: row.get(1),
        rule_id: row.get(2),
        hospital: row.get(3),
        field: row.get(4),
        value: row.get(5),
        reason: row.get(6),
        account: row.get(7),
        at: Micros(row.get(8)),
        until: Micros(row.get(9)),
        lifted: lifted.and_then(|text| {
            let (at, by) = text.split_once(' ')?;
            Some((Micros(at.parse().ok()?), by.to_owned()))
        }),
    }
}

fn row_of(who: &Who, new: &NewException, reason: &str) -> Result<Exception, DeskError> {
    let texts = |t: &[String]| t.join(" ");
    let (kind, rule_id, hospital, field, value, until) = match new {
        NewException::Suppress { rule_id, entity_type, value, hospital, until } => {
            ("suppress", rule_id.clone(), hospital.clone(), entity_type.clone(), value.clone(), *until)
        }
        NewException::Allow { rule_id, field, value, hospital, until } => {
            ("allow", rule_id.clone(), hospital.clone(), field.clone(), value.clone(), *until)
        }
        NewException::Test { until, testers, targets, .. } => {
            ("test_window", String::new(), String::new(), texts(testers), texts(targets), *until)
        }
    };
    if until <= who.now || until.0 > who.now.0.saturating_add(LONGEST) {
        return Err(Refusal::EndUnfit.into());
    }
    let sees = match UnitId::new(&hospital) {
        Ok(unit) => who.sees(&unit),
        Err(_) => who.units.is_none(),
    };
    if !sees || field.is_empty() || (kind != "test_window" && value.is_empty()) {
        return Err(Refusal::NotThere.into());
    }
    let mut key = vec![kind, &rule_id, &hospital, &field, &value];
    let until_text = until.0.to_string();
    if kind == "test_window" {
        // Two windows of the same testers are two windows.
        key.push(&until_text);
    }
    let id = ward_event::alert::content_hash(key.join("\0").as_bytes());
    let reason = reason.trim().chars().take(super::REASON_CHARS_MAX).collect();
    let (account, at) = (who.viewer.name.clone(), who.now);
    Ok(Exception {
        id,
        kind: kind.into(),
        rule_id,
        hospital,
        field,
        value,
        reason,
        account,
        at,
        until,
        lifted: None,
    })
}

fn change_of(row: &Exception, new: &NewException) -> Change {
    let Exception { id, rule_id, hospital, reason, account: by, at, until, .. } = row.clone();
    match new {
        NewException::Suppress { entity_type, value, .. } => {
            let (entity_type, value) = (entity_type.clone(), value.clone());
            Change::Suppress(Suppression { id, rule_id, entity_type, value, hospital, until, reason, by, at })
        }
        NewException::Allow { field, value, .. } => {
            let (field, value) = (field.clone(), value.clone());
            Change::Allow(AllowEntry { id, rule_id, hospital, field, value, until, reason, by, at })
        }
        NewException::Test { from, testers, targets, .. } => {
            let (from, testers, targets) = (*from, testers.clone(), targets.clone());
            Change::TestWindow(TestWindow { id, from, until, testers, targets, reason, by, at })
        }
    }
}

/// The same, ended at `now`.
fn lifted(change: Change, now: Micros) -> Change {
    match change {
        Change::Suppress(s) => Change::Suppress(Suppression { until: now, at: now, ..s }),
        Change::Allow(a) => Change::Allow(AllowEntry { until: now, at: now, ..a }),
        // What was tested until now stays a test; one that has not begun is none.
        Change::TestWindow(t) => Change::TestWindow(TestWindow { until: now.max(t.from), at: now, ..t }),
        other => other,
    }
}

async fn put(
    c: &mut Connection,
    who: &Who,
    row: &Exception,
    change: Change,
    action: Action,
) -> Result<(), DeskError> {
    let json = serde_json::to_string(&change).map_err(|e| DeskError::Broken(e.to_string()))?;
    sqlx::query(
        "INSERT INTO triage_exception (id, kind, rule_id, hospital, field, value, reason, account, at, until, change)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, account = excluded.account, at = excluded.at,
             until = excluded.until, change = excluded.change, lifted_at = $12, lifted_by = $13",
    )
    .bind(&row.id)
    .bind(&row.kind)
    .bind(&row.rule_id)
    .bind(&row.hospital)
    .bind(&row.field)
    .bind(&row.value)
    .bind(&row.reason)
    .bind(&row.account)
    .bind(row.at.0)
    .bind(row.until.0)
    .bind(json)
    .bind(row.lifted.as_ref().map(|(at, _)| at.0))
    .bind(row.lifted.as_ref().map(|(_, by)| by.clone()))
    .execute(&mut *c)
    .await?;
    outbox::put(c, change, who.now).await?;
    let mut entry = Entry::new(&who.viewer, &who.address, action).object(&row.kind, &row.id).detail(json!({
        "rule": row.rule_id, "field": row.field, "value": row.value, "until": row.until.0,
        "lifted": row.lifted.is_some(), "reason": row.reason,
    }));
    if let Ok(unit) = UnitId::new(&row.hospital) {
        entry = entry.unit(&unit);
    }
    who.ledger.append(c, entry).await?;
    Ok(())
}
