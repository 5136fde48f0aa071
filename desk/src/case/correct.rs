//! Correction (更正) and withdrawal (撤回) of what was sent. One proposes, another approves; it has a number of its
//! own, and the original stays, marked.

use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    Cases,
    answer::withdraw,
    decide::leader,
    machine::NoticeState,
    names::named,
    number::Number,
    tell::{Sending, hold_back, tell},
    tx::{By, LINE_CHARS_MAX, TEXT_CHARS_MAX, Told, Who, held, needed, next_id, text, touch},
};
use crate::{Connection, DeskError, Refusal, Role, delivery::Subject};

named! {
    CorrectionKind { Correction "correction", Withdrawal "withdrawal" }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NewCorrection {
    pub kind: CorrectionKind,
    /// Whose part is withdrawn; None for all of it.
    pub unit: Option<UnitId>,
    pub text: String,
    /// Its own number, as typed.
    pub number: String,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Correction {
    pub id: i64,
    pub of: NewCorrection,
    pub proposed_at: Micros,
    pub proposed_by: String,
    pub decided_at: Option<Micros>,
    pub decided_by: String,
    pub approved: Option<bool>,
    pub opinion: String,
}

pub(super) fn read(row: &sqlx::sqlite::SqliteRow) -> Result<Correction, DeskError> {
    let unit: String = row.get("unit");
    Ok(Correction {
        id: row.get("id"),
        of: NewCorrection {
            kind: CorrectionKind::stored(row.get("kind"))?,
            unit: UnitId::new(&unit).ok(),
            text: row.get("text"),
            number: row.get("number"),
        },
        proposed_at: Micros(row.get("proposed_at")),
        proposed_by: row.get("proposed_by"),
        decided_at: row.get::<Option<i64>, _>("decided_at").map(Micros),
        decided_by: row.get("decided_by"),
        approved: row.get::<Option<i64>, _>("approved").map(|a| a == 1),
        opinion: row.get("opinion"),
    })
}

impl Cases<'_> {
    /// Proposes a correction or withdrawal of a notice that was sent.
    ///
    /// # Errors
    /// [`Refusal`]: who is no analyst of the commission, a notice that is not out, a number that is none or was
    /// given.
    pub async fn propose(
        &self,
        by: By<'_>,
        notice: i64,
        revision: i64,
        new: NewCorrection,
    ) -> Result<i64, DeskError> {
        let body = needed(&new.text, TEXT_CHARS_MAX)?;
        let number = Number::parse(&text(&new.number, LINE_CHARS_MAX)?).ok_or(Refusal::NumberUnfit)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                who.commission()?;
                if who.viewer.role != Role::Analyst {
                    return Err(Refusal::NotAllowed.into());
                }
                let held = held(c, notice, Some(revision)).await?;
                if held.state != NoticeState::Sent {
                    return Err(Refusal::WrongState.into());
                }
                const GIVEN: &str = "SELECT 1 FROM case_number WHERE word = $1 AND year = $2 AND n = $3";
                let given = sqlx::query(GIVEN)
                    .bind(&number.word)
                    .bind(i64::from(number.year))
                    .bind(i64::from(number.n));
                if given.fetch_optional(&mut *c).await?.is_some() {
                    return Err(Refusal::NumberTaken.into());
                }
                // Kept with the notice's own, so that it is never given to another.
                const TAKE: &str = "INSERT INTO case_number (word, year, n, notice_id, given_at, given_by)
                    VALUES ($1, $2, $3, $4, $5, $6)";
                sqlx::query(TAKE)
                    .bind(&number.word)
                    .bind(i64::from(number.year))
                    .bind(i64::from(number.n))
                    .bind(notice)
                    .bind(who.now.0)
                    .bind(&who.viewer.name)
                    .execute(&mut *c)
                    .await?;
                let id = next_id!(c, "case_correction");
                sqlx::query(
                    "INSERT INTO case_correction (id, notice_id, kind, unit, text, number, proposed_at, proposed_by)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                )
                .bind(id)
                .bind(notice)
                .bind(new.kind.as_str())
                .bind(new.unit.as_ref().map_or("", UnitId::as_str))
                .bind(&body)
                .bind(number.to_string())
                .bind(who.now.0)
                .bind(&who.viewer.name)
                .execute(&mut *c)
                .await?;
                touch(c, who, notice).await?;
                let act = format!("propose_{}", new.kind.as_str());
                who.tell(c, Told::notice(notice, &act, &body)).await?;
                Ok(id)
            })
        })
        .await
    }

    /// Approves or refuses one: a leader, or who stands in for one, and never who proposed it.
    ///
    /// # Errors
    /// [`Refusal`]: what was decided before, the same person, who may not.
    pub async fn approve(&self, by: By<'_>, id: i64, approved: bool, opinion: &str) -> Result<(), DeskError> {
        let opinion = text(opinion, TEXT_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = sqlx::query("SELECT * FROM case_correction WHERE id = $1").bind(id);
                let row = row.fetch_optional(&mut *c).await?.ok_or(Refusal::NotThere)?;
                let (proposed, notice) = (read(&row)?, row.get::<i64, _>("notice_id"));
                if proposed.decided_at.is_some() {
                    return Err(Refusal::WrongState.into());
                }
                let (mut actor, stands) = leader(c, who).await?;
                actor.same = proposed.proposed_by == who.viewer.name;
                if !actor.is(&[super::machine::Party::Leader]) {
                    return Err(Refusal::NotAllowed.into());
                }
                if actor.same {
                    return Err(Refusal::SamePerson.into());
                }
                sqlx::query(
                    "UPDATE case_correction SET decided_at = $2, decided_by = $3, stands_for = $4, approved = $5,
                         opinion = $6 WHERE id = $1",
                )
                .bind(id)
                .bind(who.now.0)
                .bind(&who.viewer.name)
                .bind(&stands)
                .bind(i64::from(approved))
                .bind(&opinion)
                .execute(&mut *c)
                .await?;
                let act = if approved { "approve" } else { "refuse" };
                let told = Told::notice(notice, act, &opinion);
                who.tell(c, told.moved("", proposed.of.kind.as_str())).await?;
                if approved {
                    send(c, who, id, notice, &proposed.of).await?;
                }
                if approved && proposed.of.kind == CorrectionKind::Withdrawal {
                    withdraw(c, who, notice, proposed.of.unit.as_ref(), &actor, &proposed.of.text).await?;
                }
                touch(c, who, notice).await
            })
        })
        .await
    }
}

/// Tells those who have the notice of it. Of what is withdrawn nothing that still waits is sent.
async fn send(
    c: &mut Connection,
    who: &Who,
    id: i64,
    notice: i64,
    of: &NewCorrection,
) -> Result<(), DeskError> {
    let subject = match of.kind {
        CorrectionKind::Correction => Subject::Correction,
        CorrectionKind::Withdrawal => {
            hold_back(c, who.now, notice, of.unit.as_ref()).await?;
            Subject::Withdrawal
        }
    };
    let sending = Sending {
        notice,
        subject,
        number: of.number.clone(),
        occasion: format!("correction {id}"),
        unit: of.unit.as_ref(),
        above: false,
        has_deadline: false,
        due: None,
    };
    tell(c, who, &sending).await
}
