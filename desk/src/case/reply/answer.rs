//! Answering: by the unit itself, or by commission and county for one that telephones.

use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    super::{
        Cases,
        answer::{part, sign_part},
        chase::{CallOutcome, NewCall, put_call},
        files::require,
        machine::NoticeState,
        tx::{By, LINE_CHARS_MAX, TEXT_CHARS_MAX, Told, held, needed, problems, settle, text},
    },
    ReplyVerdict,
    form::of_notice,
};
use crate::{Connection, DeskError, Refusal, Role};

/// An answer as it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReply {
    /// Of which round.
    pub day: i32,
    pub verdict: ReplyVerdict,
    /// In the order of the form's names; of a zero report all are nought, whatever stands here.
    pub counts: Vec<u32>,
    pub note: String,
    /// Hash of a file that was kept.
    pub file: Option<String>,
    /// Empty for who is signed in.
    pub person: String,
    /// The number somebody telephoned from: needed where it is entered for the unit.
    pub phone: String,
}

impl Cases<'_> {
    /// Answers for one unit and day. `no` is the answer it was made on, 0 where there was none: if another has come
    /// meanwhile, nothing is done. A unit that answers itself has signed, too; a telephone call is no receipt.
    ///
    /// # Errors
    /// [`Refusal`]: a round that has not begun or is none, figures that do not fit the form, who may not,
    /// [`Refusal::ChangedBy`].
    pub async fn reply(
        &self,
        by: By<'_>,
        notice: i64,
        unit: &UnitId,
        no: i64,
        new: NewReply,
    ) -> Result<(), DeskError> {
        let unit = unit.clone();
        let (note, person) = (text(&new.note, TEXT_CHARS_MAX)?, text(&new.person, LINE_CHARS_MAX)?);
        let phone = text(&new.phone, LINE_CHARS_MAX)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                let row = part(c, who, notice, &unit, None).await?;
                let held = held(c, notice, None).await?;
                let (own, person, phone) = match who.viewer.role {
                    Role::Officer => {
                        let person = if person.is_empty() { display_name(c, who.account.0).await? } else { person };
                        (true, person, String::new())
                    }
                    Role::Analyst | Role::County => {
                        (false, needed(&person, LINE_CHARS_MAX)?, needed(&phone, LINE_CHARS_MAX)?)
                    }
                    _ => return Err(Refusal::NotAllowed.into()),
                };
                let has = |name: &str| row.get::<Option<i64>, _>(name).is_some();
                // What was the last answer of all closes it, and may still have been wrong.
                let is_open = matches!(held.state, NoticeState::Sent | NoticeState::Closed);
                if !is_open || has("withdrawn_at") {
                    return Err(Refusal::WrongState.into());
                }
                let form = of_notice(c, notice).await?.ok_or(Refusal::WrongState)?;
                let sent = Micros(row.get::<Option<i64>, _>("sent_at").unwrap_or(0));
                let begun = form.begun(sent, who.now, who.rules.calendar.zone());
                if !begun.iter().any(|round| round.day == new.day) {
                    return Err(Refusal::TimeUnfit.into());
                }
                let counts = match new.verdict {
                    ReplyVerdict::Zero => vec![0; form.counts.len()],
                    _ if new.counts.len() == form.counts.len() => new.counts,
                    _ => return Err(Refusal::TextUnfit.into()),
                };
                if let Some(file) = &new.file {
                    require(c, file).await?;
                }
                unchanged(c, notice, &unit, new.day, no).await?;
                sqlx::query(
                    "INSERT INTO case_reply (notice_id, unit, day, no, verdict, counts, note, file, person, phone, at,
                         account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                )
                .bind(notice)
                .bind(unit.as_str())
                .bind(i64::from(new.day))
                .bind(no + 1)
                .bind(new.verdict.as_str())
                .bind(serde_json::json!(counts).to_string())
                .bind(&note)
                .bind(&new.file)
                .bind(&person)
                .bind(&phone)
                .bind(who.now.0)
                .bind(&who.viewer.name)
                .execute(&mut *c)
                .await?;
                let figures = form.counts.iter().zip(&counts).map(|(name, n)| format!("{name} {n}"));
                let told = figures.chain([note]).collect::<Vec<_>>().join(" ");
                who.tell(c, Told::notice(notice, "reply", &told).unit(&unit).moved("", new.verdict.as_str()))
                    .await?;
                if own && !has("signed_at") && held.state == NoticeState::Sent {
                    sign_part(c, who, notice, &unit, (&person, "", None), &who.actor()).await?;
                }
                if !own {
                    let call = NewCall {
                        number: phone,
                        person,
                        post: String::new(),
                        outcome: CallOutcome::Reached,
                        said: "电话反馈".into(),
                        promised: None,
                    };
                    put_call(c, who, notice, &unit, &call).await?;
                }
                answered(c, who.now, notice, &unit).await?;
                settle(c, who, notice).await
            })
        })
        .await
    }
}

async fn display_name(c: &mut Connection, account: i64) -> Result<String, DeskError> {
    let row = sqlx::query("SELECT display_name FROM account WHERE id = $1").bind(account);
    Ok(row.fetch_one(&mut *c).await?.get(0))
}

/// Whether the answer that this one was made on is still the last.
async fn unchanged(
    c: &mut Connection,
    notice: i64,
    unit: &UnitId,
    day: i32,
    no: i64,
) -> Result<(), DeskError> {
    const LAST: &str =
        "SELECT no, account, at FROM case_reply WHERE notice_id = $1 AND unit = $2 AND day = $3
        ORDER BY no DESC LIMIT 1";
    let last = sqlx::query(LAST).bind(notice).bind(unit.as_str()).bind(i64::from(day));
    match last.fetch_optional(&mut *c).await? {
        Some(row) if row.get::<i64, _>("no") != no => {
            Err(Refusal::ChangedBy { by: row.get("account"), at: Micros(row.get("at")) }.into())
        }
        None if no != 0 => Err(Refusal::Changed.into()),
        _ => Ok(()),
    }
}

/// It has answered (反馈), unless it owes something else in this notice.
async fn answered(c: &mut Connection, now: Micros, notice: i64, unit: &UnitId) -> Result<(), DeskError> {
    if problems(c, notice).await?.iter().any(|row| row.of.unit == *unit && row.state.is_owed()) {
        return Ok(());
    }
    const ANSWERED: &str = "UPDATE case_unit SET answered_at = COALESCE(answered_at, $3)
        WHERE notice_id = $1 AND unit = $2";
    sqlx::query(ANSWERED).bind(notice).bind(unit.as_str()).bind(now.0).execute(&mut *c).await?;
    Ok(())
}
