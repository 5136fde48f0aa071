//! What the commission decides of a problem: extensions, disputes, checks, closing, opening again.

use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    Cases,
    deputy::stands_for,
    machine::{Actor, RowAct},
    rows::Problem,
    tx::{By, LINE_CHARS_MAX, TEXT_CHARS_MAX, Told, Who, go_row, held, needed, problem, settle, text},
    watch::{Checked, checked},
};
use crate::{Connection, DeskError, Refusal, Role};

/// What an analyst or a leader says of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// What was claimed is not enough.
    Return,
    /// No machine can check it: a person judges the proof.
    NoMachine,
    ProofGood,
    ProofBad,
    /// The dispute is right: not theirs.
    NotTheirs,
    /// The dispute is right: a false alarm.
    FalseAlarm,
    /// The dispute is right: it cannot be fixed; `owner` bears the risk until then.
    Accept {
        owner: String,
        until: Micros,
    },
    /// The dispute is not right.
    Uphold,
    Close,
    Reopen,
}

impl Decision {
    pub const fn act(&self) -> RowAct {
        match self {
            Self::Return => RowAct::Return,
            Self::NoMachine => RowAct::NoMachine,
            Self::ProofGood => RowAct::ProofGood,
            Self::ProofBad => RowAct::ProofBad,
            Self::NotTheirs => RowAct::NotTheirs,
            Self::FalseAlarm => RowAct::FalseAlarm,
            Self::Accept { .. } => RowAct::Accept,
            Self::Uphold => RowAct::Uphold,
            Self::Close => RowAct::Close,
            Self::Reopen => RowAct::Reopen,
        }
    }

    const fn is_on_dispute(&self) -> bool {
        matches!(self, Self::NotTheirs | Self::FalseAlarm | Self::Accept { .. } | Self::Uphold)
    }
}

/// What was decided of a wish for more time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    Granted,
    Refused,
}

/// One of the commission, told apart from who sent the notice.
pub(super) async fn judge(c: &mut Connection, who: &Who, row: &Problem) -> Result<Actor, DeskError> {
    who.commission()?;
    let notice = held(c, row.notice, None).await?;
    Ok(Actor { same: notice.sent_by == Some(who.account), ..who.actor() })
}

/// Decides of one problem, inside a transaction.
pub(super) async fn decide_one(
    c: &mut Connection,
    who: &Who,
    (row, revision): (i64, i64),
    decision: &Decision,
    reason: &str,
) -> Result<(), DeskError> {
    let row = problem(c, who, row, revision).await?;
    let actor = judge(c, who, &row).await?;
    go_row(c, who, &row, decision.act(), &actor, reason).await?;
    let told = match decision {
        Decision::ProofGood => Some("good"),
        Decision::ProofBad | Decision::Return => Some("bad"),
        Decision::NoMachine => Some("cannot"),
        _ => None,
    };
    if let Some(verdict) = told {
        checked(c, who.now, row.id, &Checked::person(&who.viewer.name, verdict, reason)).await?;
    }
    if decision.is_on_dispute() {
        decide_dispute(c, who, row.id, decision, reason).await?;
    }
    settle(c, who, row.notice).await
}

impl Cases<'_> {
    /// Decides of a problem.
    ///
    /// # Errors
    /// What the table forbids, [`Refusal::SamePerson`] for who sent it; [`Refusal::ChangedBy`];
    /// [`Refusal::TimeUnfit`] for a risk that is borne without end.
    pub async fn decide(
        &self,
        by: By<'_>,
        row: i64,
        revision: i64,
        decision: Decision,
        reason: &str,
    ) -> Result<(), DeskError> {
        let reason = text(reason, TEXT_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move { decide_one(c, who, (row, revision), &decision, &reason).await })
        })
        .await
    }

    /// Grants or refuses more time, by another than who asked. A granted one is the new deadline.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for one that is decided; [`Refusal::ChangedBy`] where the problem has moved on.
    pub async fn decide_extension(
        &self,
        by: By<'_>,
        row: i64,
        revision: i64,
        decided: Decided,
        opinion: &str,
    ) -> Result<(), DeskError> {
        let opinion = text(opinion, TEXT_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = problem(c, who, row, revision).await?;
                who.commission()?;
                const WAITING: &str =
                    "SELECT id, until, asked_by FROM case_extension WHERE row_id = $1 AND decided_at IS NULL";
                let asked = sqlx::query(WAITING).bind(row.id).fetch_optional(&mut *c).await?;
                let asked = asked.ok_or(Refusal::NotThere)?;
                if asked.get::<String, _>("asked_by") == who.viewer.name {
                    return Err(Refusal::SamePerson.into());
                }
                let granted = decided == Decided::Granted;
                if !granted && opinion.is_empty() {
                    return Err(Refusal::ReasonMissing.into());
                }
                sqlx::query(
                    "UPDATE case_extension SET decided_at = $2, decided_by = $3, granted = $4, opinion = $5
                     WHERE id = $1",
                )
                .bind(asked.get::<i64, _>("id"))
                .bind(who.now.0)
                .bind(&who.viewer.name)
                .bind(i64::from(granted))
                .bind(&opinion)
                .execute(&mut *c)
                .await?;
                let due = if granted { Some(asked.get::<i64, _>("until")) } else { row.due.map(|d| d.0) };
                sqlx::query(
                    "UPDATE case_row SET due = $2, revision = revision + 1, changed_at = $3, changed_by = $4
                     WHERE id = $1",
                )
                .bind(row.id)
                .bind(due)
                .bind(who.now.0)
                .bind(&who.viewer.name)
                .execute(&mut *c)
                .await?;
                let act = if granted { "grant_extension" } else { "refuse_extension" };
                who.tell(c, Told::notice(row.notice, act, &opinion).row(&row)).await
            })
        })
        .await
    }
}

async fn decide_dispute(
    c: &mut Connection,
    who: &Who,
    row: i64,
    decision: &Decision,
    opinion: &str,
) -> Result<(), DeskError> {
    let (owner, until) = match decision {
        Decision::Accept { owner, until } if *until > who.now => {
            (needed(owner, LINE_CHARS_MAX)?, Some(until.0))
        }
        Decision::Accept { .. } => return Err(Refusal::TimeUnfit.into()),
        _ => (String::new(), None),
    };
    sqlx::query(
        "UPDATE case_dispute SET decided_at = $2, decided_by = $3, decision = $4, opinion = $5, owner = $6,
             until = $7 WHERE row_id = $1 AND decided_at IS NULL",
    )
    .bind(row)
    .bind(who.now.0)
    .bind(&who.viewer.name)
    .bind(decision.act().as_str())
    .bind(opinion)
    .bind(owner)
    .bind(until)
    .execute(&mut *c)
    .await?;
    Ok(())
}

/// As whom a leader's word is given: by a leader, or by who stands in for one, then with the leader's name.
pub(super) async fn leader(c: &mut Connection, who: &Who) -> Result<(Actor, String), DeskError> {
    who.commission()?;
    let stands = if who.viewer.role == Role::Leader { None } else { stands_for(c, who).await? };
    Ok((Actor { deputy: stands.is_some(), ..who.actor() }, stands.unwrap_or_default()))
}

/// A unit by its name in the database.
pub(super) fn unit(name: &str) -> UnitId {
    UnitId::new(name).unwrap_or_default()
}
