//! A unit disputes a row of its score; an analyst answers how it was counted, and another person decides.

use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use crate::{
    AccountId, Connection, DeskError, Refusal, Role,
    audit::{Action, Entry},
    case::{
        By, Units,
        tx::{LINE_CHARS_MAX, TEXT_CHARS_MAX, needed, next_id, unchanged},
    },
    report::Posture,
};

/// A row of a score as a unit disputes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScoreDispute {
    pub hospital: UnitId,
    /// Of the formula.
    pub item: String,
    /// The formula's version.
    pub formula: String,
    /// Lost by it, in tenths.
    pub points: u32,
    pub text: String,
}

/// A disputed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreDispute {
    pub id: i64,
    pub of: NewScoreDispute,
    pub at: Micros,
    pub account: String,
    /// How it was counted, by whom.
    pub answer: String,
    pub answered: Option<(Micros, String, AccountId)>,
    /// Whether the unit is right, why, when and by whom; None while it is open.
    pub decided: Option<(bool, Micros, String)>,
    pub opinion: String,
    pub revision: i64,
}

fn read(row: &SqliteRow) -> ScoreDispute {
    let micros = |name: &str| row.get::<Option<i64>, _>(name).map(Micros);
    ScoreDispute {
        id: row.get("id"),
        of: NewScoreDispute {
            hospital: UnitId::new(row.get::<&str, _>("hospital")).unwrap_or_default(),
            item: row.get("item"),
            formula: row.get("formula"),
            points: u32::try_from(row.get::<i64, _>("points")).unwrap_or(0),
            text: row.get("text"),
        },
        at: Micros(row.get("at")),
        account: row.get("account"),
        answer: row.get("answer"),
        answered: micros("answered_at").map(|at| {
            let by = row.get::<Option<i64>, _>("answered_id").unwrap_or(0);
            (at, row.get("answered_by"), AccountId(by))
        }),
        decided: micros("decided_at")
            .map(|at| (row.get::<Option<i64>, _>("is_right") == Some(1), at, row.get("decided_by"))),
        opinion: row.get("opinion"),
        revision: row.get("revision"),
    }
}

/// One that is open, as the edit saw it.
async fn open(c: &mut Connection, id: i64, revision: i64) -> Result<ScoreDispute, DeskError> {
    let row =
        sqlx::query("SELECT * FROM posture_dispute WHERE id = $1").bind(id).fetch_optional(&mut *c).await?;
    let row = row.ok_or(Refusal::NotThere)?;
    unchanged(&row, revision)?;
    let dispute = read(&row);
    if dispute.decided.is_some() { Err(Refusal::WrongState.into()) } else { Ok(dispute) }
}

impl Posture<'_> {
    /// Disputes a row: one of the unit itself. Returns the dispute's number.
    ///
    /// # Errors
    /// [`Refusal`]: another than an officer of the unit, no reason, a row that is disputed already.
    pub async fn dispute(&self, by: By<'_>, mut new: NewScoreDispute) -> Result<i64, DeskError> {
        let account = by.viewer.account.filter(|_| by.viewer.may_write).ok_or(Refusal::NotAllowed)?;
        if by.viewer.role != Role::Officer || !sees(by.units, &new.hospital) {
            return Err(Refusal::NotAllowed.into());
        }
        new.text = needed(&new.text, TEXT_CHARS_MAX)?;
        new.item = needed(&new.item, LINE_CHARS_MAX)?;
        let (now, ledger, name) = (self.0.clock().now(), self.0.ledger(), by.viewer.name.clone());
        let entry = Entry::new(by.viewer, by.address, Action::Change).unit(&new.hospital);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    const OPEN: &str = "SELECT COUNT(*) FROM posture_dispute
                        WHERE hospital = $1 AND item = $2 AND decided_at IS NULL";
                    let open: i64 = sqlx::query_scalar(OPEN)
                        .bind(new.hospital.as_str())
                        .bind(&new.item)
                        .fetch_one(&mut *c)
                        .await?;
                    if open > 0 {
                        return Err(Refusal::Changed.into());
                    }
                    let id = next_id!(c, "posture_dispute");
                    const INSERT: &str = "INSERT INTO posture_dispute (id, hospital, item, formula, points, text, at,
                        account_id, account, answer, answered_by, opinion, decided_by, revision, changed_at, changed_by)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '', '', 1, $7, $9)";
                    sqlx::query(INSERT)
                        .bind(id)
                        .bind(new.hospital.as_str())
                        .bind(&new.item)
                        .bind(&new.formula)
                        .bind(i64::from(new.points))
                        .bind(&new.text)
                        .bind(now.0)
                        .bind(account.0)
                        .bind(&name)
                        .execute(&mut *c)
                        .await?;
                    let detail = json!({ "act": "dispute", "item": new.item, "points": new.points });
                    ledger.append(c, entry.object("score_dispute", id).detail(detail)).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// Says how the row was counted.
    ///
    /// # Errors
    /// [`Refusal`]: another than an analyst of the commission, one that is decided, or changed meanwhile.
    pub async fn answer_dispute(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        answer: &str,
    ) -> Result<(), DeskError> {
        let account = by.viewer.account.filter(|_| by.viewer.may_write).ok_or(Refusal::NotAllowed)?;
        if by.viewer.role != Role::Analyst || by.units.is_some() {
            return Err(Refusal::NotAllowed.into());
        }
        let answer = needed(answer, TEXT_CHARS_MAX)?;
        let (now, ledger, name) = (self.0.clock().now(), self.0.ledger(), by.viewer.name.clone());
        let entry = Entry::new(by.viewer, by.address, Action::Change);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let dispute = open(c, id, revision).await?;
                    const ANSWER: &str = "UPDATE posture_dispute SET answer = $2, answered_at = $3, answered_id = $4,
                        answered_by = $5, revision = revision + 1, changed_at = $3, changed_by = $5 WHERE id = $1";
                    sqlx::query(ANSWER)
                        .bind(id)
                        .bind(&answer)
                        .bind(now.0)
                        .bind(account.0)
                        .bind(&name)
                        .execute(&mut *c)
                        .await?;
                    let entry = entry.unit(&dispute.of.hospital).object("score_dispute", id);
                    ledger.append(c, entry.detail(json!({ "act": "answer" }))).await.map(|_| ())
                })
            })
            .await
    }

    /// Decides whether the unit is right: by another than who answered.
    ///
    /// # Errors
    /// [`Refusal::SamePerson`]; [`Refusal::ReasonMissing`]; one that nobody has answered yet, that is decided, or was
    /// changed meanwhile.
    pub async fn decide_dispute(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        is_right: bool,
        opinion: &str,
    ) -> Result<(), DeskError> {
        let account = by.viewer.account.filter(|_| by.viewer.may_write).ok_or(Refusal::NotAllowed)?;
        if by.units.is_some() || !matches!(by.viewer.role, Role::Analyst | Role::Leader) {
            return Err(Refusal::NotAllowed.into());
        }
        let opinion = needed(opinion, TEXT_CHARS_MAX).map_err(|_| Refusal::ReasonMissing)?;
        let (now, ledger, name) = (self.0.clock().now(), self.0.ledger(), by.viewer.name.clone());
        let entry = Entry::new(by.viewer, by.address, Action::Judge);
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let dispute = open(c, id, revision).await?;
                    match &dispute.answered {
                        None => return Err(Refusal::WrongState.into()),
                        Some((_, _, answered)) if *answered == account => {
                            return Err(Refusal::SamePerson.into());
                        }
                        Some(_) => {}
                    }
                    const DECIDE: &str = "UPDATE posture_dispute SET is_right = $2, opinion = $3, decided_at = $4,
                        decided_by = $5, revision = revision + 1, changed_at = $4, changed_by = $5 WHERE id = $1";
                    sqlx::query(DECIDE)
                        .bind(id)
                        .bind(i64::from(is_right))
                        .bind(&opinion)
                        .bind(now.0)
                        .bind(&name)
                        .execute(&mut *c)
                        .await?;
                    let entry = entry.unit(&dispute.of.hospital).object("score_dispute", id);
                    ledger.append(c, entry.detail(json!({ "act": "decide", "right": is_right }))).await.map(|_| ())
                })
            })
            .await
    }

    /// Disputes of these units, the newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn disputes(&self, units: &Units) -> Result<Vec<ScoreDispute>, DeskError> {
        const ALL: &str = "SELECT * FROM posture_dispute ORDER BY id DESC LIMIT 2000";
        let rows = sqlx::query(ALL).fetch_all(self.0.readers()).await?;
        Ok(rows.iter().map(read).filter(|d| sees(units, &d.of.hospital)).collect())
    }
}

fn sees(units: &Units, unit: &UnitId) -> bool {
    units.as_ref().is_none_or(|units| units.contains(unit))
}
