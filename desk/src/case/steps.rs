//! The way of a notice to its sending: 审核, 会签, 签发, 用印, 发出, each with person, time and opinion.

use sqlx::Row;
use ward_event::Micros;

use super::{
    Cases,
    deputy::stands_for,
    draft::{NoticeKind, void_number},
    files::require,
    machine::{Actor, NOTICE, NoticeAct, RowAct, RowState, go},
    reply::of_notice,
    tell::{Sending, tell},
    tx::{
        By, Held, LINE_CHARS_MAX, TEXT_CHARS_MAX, Told, Who, go_row, held, problems, set_notice, text, touch,
    },
};
use crate::{Connection, DeskError, Refusal, Role};

/// How a step was done: by whoever is signed in, or on paper by somebody else, whose sheet was scanned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Empty for who is signed in.
    pub person: String,
    pub post: String,
    pub opinion: String,
    /// The scanned sheet: what is entered for another needs one.
    pub sheet: Option<String>,
    /// When it was done on paper; None for now.
    pub at: Option<Micros>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Submit,
    Check,
    Countersign,
    Sign,
    /// With the sealed file (OFD, PDF or scan): what is sent.
    Seal(String),
    Send,
    Return,
    Void,
}

impl Step {
    pub const fn act(&self) -> NoticeAct {
        match self {
            Self::Submit => NoticeAct::Submit,
            Self::Check => NoticeAct::Check,
            Self::Countersign => NoticeAct::Countersign,
            Self::Sign => NoticeAct::Sign,
            Self::Seal(_) => NoticeAct::Seal,
            Self::Send => NoticeAct::Send,
            Self::Return => NoticeAct::Return,
            Self::Void => NoticeAct::Void,
        }
    }
}

impl Cases<'_> {
    /// Takes one step. A step done on paper by another is entered by an analyst with the scanned sheet.
    ///
    /// # Errors
    /// What the table forbids; [`Refusal::ScanMissing`], [`Refusal::NumberMissing`],
    /// [`Refusal::NobodyAddressed`] where a notice cannot be sent.
    pub async fn step(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        step: Step,
        stamp: Stamp,
    ) -> Result<(), DeskError> {
        let stamp = checked(stamp)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                who.commission()?;
                let held = held(c, id, Some(revision)).await?;
                let (actor, stands) = signer(c, who, &held, &step, &stamp).await?;
                let to = go(NOTICE, held.state, step.act(), &actor, &stamp.opinion)?;
                match &step {
                    Step::Submit => judge_all(c, who, id).await?,
                    Step::Seal(file) => {
                        require(c, file).await?;
                        seal(c, id, file).await?;
                    }
                    Step::Send => send(c, who, &held).await?,
                    Step::Void => void_number(c, who, id, &stamp.opinion).await?,
                    Step::Return => sqlx::query("UPDATE case_notice SET sealed = NULL WHERE id = $1")
                        .bind(id)
                        .execute(&mut *c)
                        .await
                        .map(|_| ())?,
                    _ => {}
                }
                set_notice(c, id, to).await?;
                note(c, who, id, step.act(), &stamp, &stands).await?;
                touch(c, who, id).await?;
                let told = Told::notice(id, step.act().as_str(), &stamp.opinion);
                who.tell(c, told.moved(held.state.as_str(), to.as_str())).await
            })
        })
        .await
    }
}

fn checked(mut stamp: Stamp) -> Result<Stamp, Refusal> {
    stamp.person = text(&stamp.person, LINE_CHARS_MAX)?;
    stamp.post = text(&stamp.post, LINE_CHARS_MAX)?;
    stamp.opinion = text(&stamp.opinion, TEXT_CHARS_MAX)?;
    Ok(stamp)
}

/// As whom the step is taken, and for which leader, where a deputy signs.
async fn signer(
    c: &mut Connection,
    who: &Who,
    held: &Held,
    step: &Step,
    stamp: &Stamp,
) -> Result<(Actor, String), DeskError> {
    if let Some(sheet) = &stamp.sheet {
        require(c, sheet).await?;
    }
    if stamp.at.is_some_and(|at| at > who.now) {
        return Err(Refusal::TimeUnfit.into());
    }
    let is_other = !stamp.person.is_empty();
    let on_paper = matches!(step, Step::Check | Step::Countersign | Step::Sign);
    if is_other && on_paper {
        if stamp.sheet.is_none() {
            return Err(Refusal::ScanMissing.into());
        }
        // The person on the sheet has signed it, whoever enters it.
        let role = if matches!(step, Step::Sign) { Role::Leader } else { who.viewer.role };
        return Ok((Actor { role: Some(role), deputy: false, scan: true, same: false }, String::new()));
    }
    let same = held.drafted_by == who.account;
    let stands = match step {
        Step::Sign if who.viewer.role != Role::Leader => stands_for(c, who).await?,
        _ => None,
    };
    let actor = Actor { deputy: stands.is_some(), same, ..who.actor() };
    Ok((actor, stands.unwrap_or_default()))
}

async fn note(
    c: &mut Connection,
    who: &Who,
    notice: i64,
    act: NoticeAct,
    stamp: &Stamp,
    stands: &str,
) -> Result<(), DeskError> {
    let person = if stamp.person.is_empty() {
        let row = sqlx::query("SELECT display_name FROM account WHERE id = $1").bind(who.account.0);
        row.fetch_one(&mut *c).await?.get(0)
    } else {
        stamp.person.clone()
    };
    sqlx::query(
        "INSERT INTO case_step (notice_id, no, act, at, person, post, stands_for, opinion, sheet, account_id, account)
         VALUES ($1, (SELECT COALESCE(MAX(no), 0) + 1 FROM case_step WHERE notice_id = $1), $2, $3, $4, $5, $6, $7,
             $8, $9, $10)",
    )
    .bind(notice)
    .bind(act.as_str())
    .bind(stamp.at.unwrap_or(who.now).0)
    .bind(person)
    .bind(&stamp.post)
    .bind(stands)
    .bind(&stamp.opinion)
    .bind(&stamp.sheet)
    .bind(who.account.0)
    .bind(&who.viewer.name)
    .execute(&mut *c)
    .await?;
    Ok(())
}

/// Who submits a draft stands for it that its problems are real (研判).
async fn judge_all(c: &mut Connection, who: &Who, notice: i64) -> Result<(), DeskError> {
    for row in problems(c, notice).await? {
        if row.state == RowState::Found {
            go_row(c, who, &row, RowAct::Judge, &who.actor(), "").await?;
        }
    }
    Ok(())
}

async fn seal(c: &mut Connection, notice: i64, file: &str) -> Result<(), DeskError> {
    sqlx::query("UPDATE case_notice SET sealed = $2 WHERE id = $1")
        .bind(notice)
        .bind(file)
        .execute(&mut *c)
        .await?;
    Ok(())
}

/// Sends it: each unit gets its part, its people are told, and from now the deadlines run.
async fn send(c: &mut Connection, who: &Who, held: &Held) -> Result<(), DeskError> {
    let Some(number) = &held.number else { return Err(Refusal::NumberMissing.into()) };
    if held.sealed.is_none() {
        return Err(Refusal::ScanMissing.into());
    }
    let rows = problems(c, held.id).await?;
    let addressed =
        sqlx::query("UPDATE case_unit SET sent_at = $2, revision = revision + 1 WHERE notice_id = $1")
            .bind(held.id)
            .bind(who.now.0)
            .execute(&mut *c)
            .await?
            .rows_affected();
    let needs_rows = held.kind == NoticeKind::Rectify.as_str();
    if addressed == 0 || (needs_rows && rows.is_empty()) {
        return Err(Refusal::NobodyAddressed.into());
    }
    sqlx::query("UPDATE case_notice SET sent_at = $2, sent_by = $3 WHERE id = $1")
        .bind(held.id)
        .bind(who.now.0)
        .bind(who.account.0)
        .execute(&mut *c)
        .await?;
    for row in &rows {
        let due = who.rules.due(who.now, row.of.level, row.of.kind);
        sqlx::query("UPDATE case_row SET due = $2, first_due = $2 WHERE id = $1")
            .bind(row.id)
            .bind(due.0)
            .execute(&mut *c)
            .await?;
        go_row(c, who, row, RowAct::Notify, &Actor::PLATFORM, "").await?;
    }
    let zone = who.rules.calendar.zone();
    let asked = of_notice(c, held.id).await?;
    let sending = Sending {
        notice: held.id,
        subject: NoticeKind::stored(&held.kind)?.subject(),
        number: number.to_string(),
        occasion: "sent".into(),
        unit: None,
        above: false,
        has_deadline: true,
        due: asked.and_then(|form| form.rounds(who.now, zone).first().map(|round| round.due)),
    };
    tell(c, who, &sending).await
}
