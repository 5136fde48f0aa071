//! What a unit does with a notice: reads it, signs for it, says that a problem is put right, disputes it, asks for
//! more time. For a unit without an account, county or commission enter the same with the signed sheet.

use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    Cases,
    files::require,
    machine::{Actor, NOTICE, NoticeAct, NoticeState, RowAct, RowState, go},
    rows::{DisputeKind, Problem},
    tx::{
        By, LINE_CHARS_MAX, TEXT_CHARS_MAX, Told, Who, go_row, held, needed, next_id, problem, problems,
        settle, text, unchanged,
    },
};
use crate::{Connection, DeskError, Refusal, Role};

/// The signed and stamped sheet of a unit, for which somebody else enters what it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnBehalf {
    /// Hash of the scan; None where the unit enters it itself.
    pub sheet: Option<String>,
}

/// Who signs for a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub person: String,
    pub post: String,
    pub on_behalf: OnBehalf,
}

/// A problem was put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub cause: String,
    pub measures: String,
    /// Hashes and names of what proves it.
    pub proof: Vec<(String, String)>,
    pub on_behalf: OnBehalf,
}

/// A problem is none, or not the unit's, or cannot be put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub kind: DisputeKind,
    pub reason: String,
    pub on_behalf: OnBehalf,
}

impl OnBehalf {
    async fn actor(&self, c: &mut Connection, who: &Who) -> Result<Actor, DeskError> {
        if let Some(sheet) = &self.sheet {
            require(c, sheet).await?;
        } else if matches!(who.viewer.role, Role::Analyst | Role::County) {
            return Err(Refusal::ScanMissing.into());
        }
        Ok(Actor { scan: self.sheet.is_some(), ..who.actor() })
    }
}

/// A unit's part of a notice that is out.
pub(super) async fn part(
    c: &mut Connection,
    who: &Who,
    notice: i64,
    unit: &UnitId,
    revision: Option<i64>,
) -> Result<sqlx::sqlite::SqliteRow, DeskError> {
    if !who.sees(unit) {
        return Err(Refusal::NotThere.into());
    }
    const PART: &str = "SELECT * FROM case_unit WHERE notice_id = $1 AND unit = $2 AND sent_at IS NOT NULL";
    let row = sqlx::query(PART).bind(notice).bind(unit.as_str()).fetch_optional(&mut *c).await?;
    let row = row.ok_or(Refusal::NotThere)?;
    if let Some(revision) = revision {
        unchanged(&row, revision)?;
    }
    Ok(row)
}

impl Cases<'_> {
    /// A person of the unit has opened it. Only the first time is kept.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for a notice that the unit has not got.
    pub async fn opened(&self, by: By<'_>, notice: i64, unit: &UnitId) -> Result<(), DeskError> {
        if by.viewer.role != Role::Officer || !by.viewer.may_write {
            return Ok(());
        }
        const READ: &str = "SELECT read_at FROM case_unit WHERE notice_id = $1 AND unit = $2";
        let row = sqlx::query(READ).bind(notice).bind(unit.as_str()).fetch_optional(self.0.readers()).await?;
        if row.is_some_and(|row| row.get::<Option<i64>, _>(0).is_some()) {
            return Ok(());
        }
        let unit = unit.clone();
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = part(c, who, notice, &unit, None).await?;
                if row.get::<Option<i64>, _>("read_at").is_some() {
                    return Ok(());
                }
                // What is read here was delivered here, if nothing else delivered it before.
                sqlx::query(
                    "UPDATE case_unit SET read_at = $3, read_by = $4, delivered_at = COALESCE(delivered_at, $3)
                     WHERE notice_id = $1 AND unit = $2",
                )
                .bind(notice)
                .bind(unit.as_str())
                .bind(who.now.0)
                .bind(&who.viewer.name)
                .execute(&mut *c)
                .await?;
                who.tell(c, Told::notice(notice, "read", "").unit(&unit)).await
            })
        })
        .await
    }

    /// Signs for a notice: all the unit's problems in it are taken on.
    ///
    /// # Errors
    /// What the table forbids; [`Refusal::ScanMissing`]; [`Refusal::ChangedBy`].
    pub async fn sign(
        &self,
        by: By<'_>,
        notice: i64,
        unit: &UnitId,
        revision: i64,
        receipt: Receipt,
    ) -> Result<(), DeskError> {
        let unit = unit.clone();
        let person = needed(&receipt.person, LINE_CHARS_MAX)?;
        let post = text(&receipt.post, LINE_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = part(c, who, notice, &unit, Some(revision)).await?;
                let held = held(c, notice, None).await?;
                let has = |name: &str| row.get::<Option<i64>, _>(name).is_some();
                if held.state != NoticeState::Sent || has("signed_at") || has("withdrawn_at") {
                    return Err(Refusal::WrongState.into());
                }
                let actor = receipt.on_behalf.actor(c, who).await?;
                let sheet = receipt.on_behalf.sheet.as_deref();
                sign_part(c, who, notice, &unit, (&person, &post, sheet), &actor).await?;
                settle(c, who, notice).await
            })
        })
        .await
    }

    /// A county has told its unit.
    ///
    /// # Errors
    /// [`Refusal`]: who is no county, a notice that its unit has not got, one passed on before.
    pub async fn pass_on(
        &self,
        by: By<'_>,
        notice: i64,
        unit: &UnitId,
        revision: i64,
    ) -> Result<(), DeskError> {
        let unit = unit.clone();
        self.change(by, move |c, who| {
            Box::pin(async move {
                if who.viewer.role != Role::County {
                    return Err(Refusal::NotAllowed.into());
                }
                let row = part(c, who, notice, &unit, Some(revision)).await?;
                if row.get::<Option<i64>, _>("passed_at").is_some() {
                    return Err(Refusal::WrongState.into());
                }
                sqlx::query(
                    "UPDATE case_unit SET passed_at = $3, passed_by = $4, revision = revision + 1, changed_at = $3,
                         changed_by = $4 WHERE notice_id = $1 AND unit = $2",
                )
                .bind(notice)
                .bind(unit.as_str())
                .bind(who.now.0)
                .bind(&who.viewer.name)
                .execute(&mut *c)
                .await?;
                who.tell(c, Told::notice(notice, "pass_on", "").unit(&unit)).await
            })
        })
        .await
    }

    /// Says that a problem is put right, with cause, measures and proof.
    ///
    /// # Errors
    /// What the table forbids; [`Refusal::TextUnfit`] without measures; [`Refusal::ChangedBy`].
    pub async fn claim(&self, by: By<'_>, row: i64, revision: i64, answer: Answer) -> Result<(), DeskError> {
        let cause = text(&answer.cause, TEXT_CHARS_MAX)?;
        let measures = needed(&answer.measures, TEXT_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = problem(c, who, row, revision).await?;
                let actor = answer.on_behalf.actor(c, who).await?;
                go_row(c, who, &row, RowAct::Claim, &actor, "").await?;
                sqlx::query("UPDATE case_row SET cause = $2, measures = $3, claimed_at = $4 WHERE id = $1")
                    .bind(row.id)
                    .bind(&cause)
                    .bind(&measures)
                    .bind(who.now.0)
                    .execute(&mut *c)
                    .await?;
                let sheet = answer.on_behalf.sheet.iter().map(|hash| (hash.clone(), String::new()));
                for (hash, name) in answer.proof.iter().cloned().chain(sheet) {
                    require(c, &hash).await?;
                    prove(c, who, row.id, &hash, &name).await?;
                }
                who.tell(c, Told::notice(row.notice, "measures", &measures).row(&row)).await?;
                answered(c, who, &row).await
            })
        })
        .await
    }

    /// Disputes a problem. Another person than who sent it decides.
    ///
    /// # Errors
    /// As [`Cases::claim`]; [`Refusal::ReasonMissing`].
    pub async fn dispute(
        &self,
        by: By<'_>,
        row: i64,
        revision: i64,
        dispute: Dispute,
    ) -> Result<(), DeskError> {
        let reason = text(&dispute.reason, TEXT_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = problem(c, who, row, revision).await?;
                let actor = dispute.on_behalf.actor(c, who).await?;
                go_row(c, who, &row, RowAct::Dispute, &actor, &reason).await?;
                let id = next_id!(c, "case_dispute");
                const INSERT: &str = "INSERT INTO case_dispute (id, row_id, kind, reason, at, raised_by)
                    VALUES ($1, $2, $3, $4, $5, $6)";
                sqlx::query(INSERT)
                    .bind(id)
                    .bind(row.id)
                    .bind(dispute.kind.as_str())
                    .bind(&reason)
                    .bind(who.now.0)
                    .bind(&who.viewer.name)
                    .execute(&mut *c)
                    .await?;
                if let Some(sheet) = &dispute.on_behalf.sheet {
                    prove(c, who, row.id, sheet, "").await?;
                }
                answered(c, who, &row).await
            })
        })
        .await
    }

    /// Asks for more time. Until it is granted the deadline stays as it is.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] for what is not owed, or while an earlier wish waits; [`Refusal::TimeUnfit`].
    pub async fn ask_extension(
        &self,
        by: By<'_>,
        row: i64,
        revision: i64,
        until: Micros,
        reason: &str,
        on_behalf: OnBehalf,
    ) -> Result<i64, DeskError> {
        let reason = text(reason, TEXT_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = problem(c, who, row, revision).await?;
                let actor = on_behalf.actor(c, who).await?;
                if row.state != RowState::Signed {
                    return Err(Refusal::WrongState.into());
                }
                if !actor.is(&[super::machine::Party::Unit]) {
                    return Err(Refusal::NotAllowed.into());
                }
                if reason.is_empty() {
                    return Err(Refusal::ReasonMissing.into());
                }
                if until <= who.now || row.due.is_some_and(|due| until <= due) {
                    return Err(Refusal::TimeUnfit.into());
                }
                const WAITS: &str = "SELECT 1 FROM case_extension WHERE row_id = $1 AND decided_at IS NULL";
                if sqlx::query(WAITS).bind(row.id).fetch_optional(&mut *c).await?.is_some() {
                    return Err(Refusal::WrongState.into());
                }
                let id = next_id!(c, "case_extension");
                const INSERT: &str =
                    "INSERT INTO case_extension (id, row_id, asked_at, asked_by, reason, until)
                    VALUES ($1, $2, $3, $4, $5, $6)";
                sqlx::query(INSERT)
                    .bind(id)
                    .bind(row.id)
                    .bind(who.now.0)
                    .bind(&who.viewer.name)
                    .bind(&reason)
                    .bind(until.0)
                    .execute(&mut *c)
                    .await?;
                if let Some(sheet) = &on_behalf.sheet {
                    prove(c, who, row.id, sheet, "").await?;
                }
                who.tell(c, Told::notice(row.notice, "ask_extension", &reason).row(&row)).await?;
                Ok(id)
            })
        })
        .await
    }
}

/// Signs a unit's part: person, post, and the hash of the sheet where it is entered for the unit.
pub(super) async fn sign_part(
    c: &mut Connection,
    who: &Who,
    notice: i64,
    unit: &UnitId,
    (person, post, sheet): (&str, &str, Option<&str>),
    actor: &Actor,
) -> Result<(), DeskError> {
    // One that has no problem in it has no row of the table to ask.
    if !actor.is(&[super::machine::Party::Unit]) {
        return Err(Refusal::NotAllowed.into());
    }
    for row in problems(c, notice).await? {
        if row.of.unit == *unit && row.state == RowState::Notified {
            go_row(c, who, &row, RowAct::Sign, actor, "").await?;
        }
    }
    sqlx::query(
        "UPDATE case_unit SET signed_at = $3, signed_by = $4, signed_post = $5, signed_entry = $6,
             signed_sheet = $7, delivered_at = COALESCE(delivered_at, $3), revision = revision + 1,
             changed_at = $3, changed_by = $6 WHERE notice_id = $1 AND unit = $2",
    )
    .bind(notice)
    .bind(unit.as_str())
    .bind(who.now.0)
    .bind(person)
    .bind(post)
    .bind(&who.viewer.name)
    .bind(sheet)
    .execute(&mut *c)
    .await?;
    who.tell(c, Told::notice(notice, "signed", person).unit(unit)).await
}

async fn prove(c: &mut Connection, who: &Who, row: i64, hash: &str, name: &str) -> Result<(), DeskError> {
    const PROOF: &str =
        "INSERT INTO case_proof (row_id, hash, name, at, given_by) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (row_id, hash) DO NOTHING";
    sqlx::query(PROOF)
        .bind(row)
        .bind(hash)
        .bind(text(name, LINE_CHARS_MAX)?)
        .bind(who.now.0)
        .bind(&who.viewer.name)
        .execute(&mut *c)
        .await?;
    Ok(())
}

/// A unit has answered (反馈) when it owes nothing more in this notice for the first time.
async fn answered(c: &mut Connection, who: &Who, row: &Problem) -> Result<(), DeskError> {
    let owes = problems(c, row.notice).await?.iter().any(|r| r.of.unit == row.of.unit && r.state.is_owed());
    if !owes {
        const ANSWERED: &str = "UPDATE case_unit SET answered_at = COALESCE(answered_at, $3)
            WHERE notice_id = $1 AND unit = $2";
        sqlx::query(ANSWERED)
            .bind(row.notice)
            .bind(row.of.unit.as_str())
            .bind(who.now.0)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

/// Withdraws what is open of a notice, or of one unit's part of it.
pub(super) async fn withdraw(
    c: &mut Connection,
    who: &Who,
    notice: i64,
    unit: Option<&UnitId>,
    actor: &Actor,
    reason: &str,
) -> Result<(), DeskError> {
    let held = held(c, notice, None).await?;
    // The same line of the table says who may, whether all of it is withdrawn or a part.
    let to = go(NOTICE, held.state, NoticeAct::Withdraw, actor, reason)?;
    for row in problems(c, notice).await? {
        if unit.is_none_or(|unit| row.of.unit == *unit) && !row.state.is_settled() {
            go_row(c, who, &row, RowAct::Withdraw, &Actor::PLATFORM, reason).await?;
        }
    }
    sqlx::query(
        "UPDATE case_unit SET withdrawn_at = $3, revision = revision + 1, changed_at = $3, changed_by = $4
         WHERE notice_id = $1 AND ($2 = '' OR unit = $2) AND withdrawn_at IS NULL",
    )
    .bind(notice)
    .bind(unit.map_or("", UnitId::as_str))
    .bind(who.now.0)
    .bind(&who.viewer.name)
    .execute(&mut *c)
    .await?;
    if unit.is_none() {
        super::tx::set_notice(c, notice, to).await?;
        sqlx::query("UPDATE case_notice SET ended_at = $2 WHERE id = $1")
            .bind(notice)
            .bind(who.now.0)
            .execute(&mut *c)
            .await?;
        return Ok(());
    }
    settle(c, who, notice).await
}
