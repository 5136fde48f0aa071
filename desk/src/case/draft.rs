//! Drafting: the words of a notice, whom it goes to, the problems in it, its number.

use std::collections::BTreeSet;

use sqlx::Row;
use ward_event::{Micros, UnitId};

use super::{
    Cases,
    answer::part,
    names::named,
    number::Number,
    reply::follow_kind,
    rows::NewRow,
    tx::{By, LINE_CHARS_MAX, TEXT_CHARS_MAX, Told, Who, held, needed, next_id, problem, text, touch},
};
use crate::{Connection, DeskError, Refusal, Role, delivery::Subject, incident::act::notified};

/// Problems and addressees that one notice may have.
const ROWS_MAX: i64 = 5_000;

named! {
    NoticeKind {
        /// 预警通报函.
        Warning "warning",
        /// 网络安全事件通报.
        Circular "circular",
        /// 整改通知书.
        Rectify "rectify",
    }
}

named! {
    /// Of a warning.
    Colour { Red "red", Orange "orange", Yellow "yellow", Blue "blue" }
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Draft {
    pub kind: NoticeKind,
    pub colour: Option<Colour>,
    pub title: String,
    /// What has happened.
    pub cause: String,
    /// On what ground.
    pub basis: String,
    /// What is asked of all.
    pub demand: String,
    pub contact: String,
    pub phone: String,
    pub incident: Option<i64>,
    /// Who sent it down to the commission, under which number, and until when it wants an answer.
    pub above: String,
    pub above_number: String,
    pub above_due: Option<Micros>,
    /// Addressees beside those who have a problem in it.
    pub units: BTreeSet<UnitId>,
}

impl NoticeKind {
    /// As what a message tells of it.
    pub(super) const fn subject(self) -> Subject {
        match self {
            Self::Warning => Subject::Warning,
            Self::Circular => Subject::Incident,
            Self::Rectify => Subject::Rectification,
        }
    }
}

impl Draft {
    fn checked(mut self) -> Result<Self, Refusal> {
        self.title = needed(&self.title, LINE_CHARS_MAX)?;
        for long in [&mut self.cause, &mut self.basis, &mut self.demand] {
            *long = text(long, TEXT_CHARS_MAX)?;
        }
        for line in [&mut self.contact, &mut self.phone, &mut self.above, &mut self.above_number] {
            *line = text(line, LINE_CHARS_MAX)?;
        }
        if self.kind != NoticeKind::Warning {
            self.colour = None;
        }
        Ok(self)
    }
}

fn checked_row(mut row: NewRow) -> Result<NewRow, Refusal> {
    row.title = needed(&row.title, LINE_CHARS_MAX)?;
    for line in [&mut row.system, &mut row.address, &mut row.alert] {
        *line = text(line, LINE_CHARS_MAX)?;
    }
    for long in [&mut row.evidence, &mut row.demand] {
        *long = text(long, TEXT_CHARS_MAX)?;
    }
    Ok(row)
}

impl Cases<'_> {
    /// A new draft with its problems; returns its id.
    ///
    /// # Errors
    /// [`Refusal`]: who is no analyst of the commission, texts that do not fit.
    pub async fn draft(&self, by: By<'_>, draft: Draft, rows: Vec<NewRow>) -> Result<i64, DeskError> {
        let draft = draft.checked()?;
        let rows = rows.into_iter().map(checked_row).collect::<Result<Vec<_>, _>>()?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                drafter(who)?;
                let id = next_id!(c, "case_notice");
                sqlx::query(
                    "INSERT INTO case_notice (id, kind, colour, state, title, cause, basis, demand, contact, phone,
                         incident_id, above, above_number, above_due, drafted_at, drafted_by, drafter, revision,
                         changed_at, changed_by)
                     VALUES ($1, $2, $3, 'drafting', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1,
                         $14, $16)",
                )
                .bind(id)
                .bind(draft.kind.as_str())
                .bind(draft.colour.map_or("", Colour::as_str))
                .bind(&draft.title)
                .bind(&draft.cause)
                .bind(&draft.basis)
                .bind(&draft.demand)
                .bind(&draft.contact)
                .bind(&draft.phone)
                .bind(draft.incident)
                .bind(&draft.above)
                .bind(&draft.above_number)
                .bind(draft.above_due.map(|t| t.0))
                .bind(who.now.0)
                .bind(who.account.0)
                .bind(&who.viewer.name)
                .execute(&mut *c)
                .await?;
                if let Some(incident) = draft.incident {
                    notified(c, &who.viewer.name, who.now, incident, id).await?;
                }
                follow_kind(c, who, id, draft.kind).await?;
                for unit in &draft.units {
                    address(c, who, id, unit).await?;
                }
                for row in &rows {
                    add_row(c, who, id, row).await?;
                }
                who.tell(c, Told::notice(id, "draft", &draft.title)).await?;
                Ok(id)
            })
        })
        .await
    }

    /// Other words for a draft. Its problems and addressees stay.
    ///
    /// # Errors
    /// [`Refusal::WrongState`] for what is no draft any more; [`Refusal::ChangedBy`].
    pub async fn redraft(&self, by: By<'_>, id: i64, revision: i64, draft: Draft) -> Result<(), DeskError> {
        let draft = draft.checked()?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                editable(c, who, id, revision).await?;
                sqlx::query(
                    "UPDATE case_notice SET kind = $2, colour = $3, title = $4, cause = $5, basis = $6, demand = $7,
                         contact = $8, phone = $9, above = $10, above_number = $11, above_due = $12 WHERE id = $1",
                )
                .bind(id)
                .bind(draft.kind.as_str())
                .bind(draft.colour.map_or("", Colour::as_str))
                .bind(&draft.title)
                .bind(&draft.cause)
                .bind(&draft.basis)
                .bind(&draft.demand)
                .bind(&draft.contact)
                .bind(&draft.phone)
                .bind(&draft.above)
                .bind(&draft.above_number)
                .bind(draft.above_due.map(|t| t.0))
                .execute(&mut *c)
                .await?;
                follow_kind(c, who, id, draft.kind).await?;
                for unit in &draft.units {
                    address(c, who, id, unit).await?;
                }
                touch(c, who, id).await?;
                who.tell(c, Told::notice(id, "redraft", &draft.title)).await
            })
        })
        .await
    }

    /// One more problem in a draft; returns its id.
    ///
    /// # Errors
    /// As [`Cases::redraft`].
    pub async fn add_row(&self, by: By<'_>, id: i64, revision: i64, row: NewRow) -> Result<i64, DeskError> {
        let row = checked_row(row)?;
        self.change(by, move |c, who| {
            Box::pin(async move {
                editable(c, who, id, revision).await?;
                let added = add_row(c, who, id, &row).await?;
                touch(c, who, id).await?;
                who.tell(c, Told::notice(id, "add_row", &row.title).unit(&row.unit)).await?;
                Ok(added)
            })
        })
        .await
    }

    /// A problem out of a draft; the addressee too, where it was its last.
    ///
    /// # Errors
    /// As [`Cases::redraft`].
    pub async fn drop_row(&self, by: By<'_>, id: i64, revision: i64, row: i64) -> Result<(), DeskError> {
        self.change(by, move |c, who| {
            Box::pin(async move {
                editable(c, who, id, revision).await?;
                let revision = sqlx::query("SELECT revision FROM case_row WHERE id = $1 AND notice_id = $2");
                let found =
                    revision.bind(row).bind(id).fetch_optional(&mut *c).await?.ok_or(Refusal::NotThere)?;
                let row = problem(c, who, row, found.get(0)).await?;
                sqlx::query("DELETE FROM case_row WHERE id = $1").bind(row.id).execute(&mut *c).await?;
                const LAST: &str = "DELETE FROM case_unit WHERE notice_id = $1 AND unit = $2
                    AND NOT EXISTS (SELECT 1 FROM case_row WHERE notice_id = $1 AND unit = $2)";
                sqlx::query(LAST).bind(id).bind(row.of.unit.as_str()).execute(&mut *c).await?;
                touch(c, who, id).await?;
                who.tell(c, Told::notice(id, "drop_row", &row.of.title).unit(&row.of.unit)).await
            })
        })
        .await
    }

    /// Gives a notice its number: the next of a word in this year, or one that another system has given.
    /// Before it is sent another may be given; the one before is then void.
    ///
    /// # Errors
    /// [`Refusal::NumberTaken`] also for a void one; [`Refusal::NumberUnfit`]; [`Refusal::WrongState`] once sent.
    pub async fn give_number(
        &self,
        by: By<'_>,
        id: i64,
        revision: i64,
        wanted: Wanted,
    ) -> Result<Number, DeskError> {
        self.change(by, move |c, who| {
            Box::pin(async move {
                who.commission()?;
                let held = held(c, id, Some(revision)).await?;
                if held.state.is_out() || held.state == super::machine::NoticeState::Void {
                    return Err(Refusal::WrongState.into());
                }
                let year = who.rules.calendar.year(who.now);
                let number = match wanted {
                    Wanted::Next(word) => next(c, &word, year).await?,
                    // In January last year's documents still come back sealed.
                    Wanted::Typed(number) if (year - 1..=year).contains(&number.year) => number,
                    Wanted::Typed(_) => return Err(Refusal::NumberUnfit.into()),
                };
                void_number(c, who, id, "a new number was given").await?;
                take(c, who, id, &number).await?;
                touch(c, who, id).await?;
                who.tell(c, Told::notice(id, "number", &number.to_string())).await?;
                Ok(number)
            })
        })
        .await
    }
}

impl Cases<'_> {
    /// Gives a unit's 复核意见 the next number of the register.
    ///
    /// # Errors
    /// [`Refusal::NotThere`] for a unit that has not got the notice; [`Refusal::NumberTaken`] where it has one.
    pub async fn number_review(&self, by: By<'_>, id: i64, unit: &UnitId) -> Result<Number, DeskError> {
        let unit = unit.clone();
        self.change(by, move |c, who| {
            Box::pin(async move {
                who.commission()?;
                part(c, who, id, &unit, None).await?;
                const HAS: &str = "SELECT 1 FROM case_paper_number
                    WHERE notice_id = $1 AND unit = $2 AND paper = 'review'";
                let has = sqlx::query(HAS).bind(id).bind(unit.as_str()).fetch_optional(&mut *c).await?;
                if has.is_some() {
                    return Err(Refusal::NumberTaken.into());
                }
                let number = number_paper(c, who, id, &unit, "review").await?;
                who.tell(c, Told::notice(id, "number", &number.to_string()).unit(&unit)).await?;
                Ok(number)
            })
        })
        .await
    }
}

/// Which number is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The next of this word (代字).
    Next(String),
    Typed(Number),
}

fn drafter(who: &Who) -> Result<(), Refusal> {
    who.commission()?;
    if who.viewer.role == Role::Analyst { Ok(()) } else { Err(Refusal::NotAllowed) }
}

async fn editable(c: &mut Connection, who: &Who, id: i64, revision: i64) -> Result<(), DeskError> {
    drafter(who)?;
    let held = held(c, id, Some(revision)).await?;
    if held.state.is_draft() { Ok(()) } else { Err(Refusal::WrongState.into()) }
}

async fn address(c: &mut Connection, who: &Who, id: i64, unit: &UnitId) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO case_unit (notice_id, unit, revision, changed_at, changed_by) VALUES ($1, $2, 1, $3, $4)
         ON CONFLICT (notice_id, unit) DO NOTHING",
    )
    .bind(id)
    .bind(unit.as_str())
    .bind(who.now.0)
    .bind(&who.viewer.name)
    .execute(&mut *c)
    .await?;
    Ok(())
}

async fn add_row(c: &mut Connection, who: &Who, notice: i64, row: &NewRow) -> Result<i64, DeskError> {
    const NO: &str = "SELECT COALESCE(MAX(no), 0) + 1 FROM case_row WHERE notice_id = $1";
    let no: i64 = sqlx::query(NO).bind(notice).fetch_one(&mut *c).await?.get(0);
    if no > ROWS_MAX {
        return Err(Refusal::TextUnfit.into());
    }
    address(c, who, notice, &row.unit).await?;
    let id = next_id!(c, "case_row");
    sqlx::query(
        "INSERT INTO case_row (id, notice_id, no, unit, state, kind, level, title, system, address, evidence, demand,
             alert_id, finding_id, revision, changed_at, changed_by)
         VALUES ($1, $2, $3, $4, 'found', $5, $6, $7, $8, $9, $10, $11, $12,
             (SELECT id FROM finding WHERE id = $15 AND hospital = $4), 1, $13, $14)",
    )
    .bind(id)
    .bind(notice)
    .bind(no)
    .bind(row.unit.as_str())
    .bind(row.kind.as_str())
    .bind(row.level.name())
    .bind(&row.title)
    .bind(&row.system)
    .bind(&row.address)
    .bind(&row.evidence)
    .bind(&row.demand)
    .bind(&row.alert)
    .bind(who.now.0)
    .bind(&who.viewer.name)
    .bind(row.finding)
    .execute(&mut *c)
    .await?;
    Ok(id)
}

/// The number after the highest that was ever given, void ones too.
async fn next(c: &mut Connection, word: &str, year: i16) -> Result<Number, DeskError> {
    const NEXT: &str = "SELECT COALESCE(MAX(n), 0) + 1 FROM case_number WHERE word = $1 AND year = $2";
    let word = needed(word, 20)?;
    let n: i64 = sqlx::query(NEXT).bind(&word).bind(i64::from(year)).fetch_one(&mut *c).await?.get(0);
    Ok(Number { word, year, n: u32::try_from(n).map_err(|_| Refusal::NumberUnfit)? })
}

/// Takes the next number of the first word for a document that belongs to a notice: `supervision 7`, `review`.
pub(super) async fn number_paper(
    c: &mut Connection,
    who: &Who,
    notice: i64,
    unit: &UnitId,
    paper: &str,
) -> Result<Number, DeskError> {
    let word = who.rules.words.first().map_or("", String::as_str);
    let number = next(c, word, who.rules.calendar.year(who.now)).await?;
    register(c, who, notice, &number).await?;
    const OF: &str = "INSERT INTO case_paper_number (notice_id, unit, paper, word, year, n)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(OF)
        .bind(notice)
        .bind(unit.as_str())
        .bind(paper)
        .bind(&number.word)
        .bind(i64::from(number.year))
        .bind(i64::from(number.n))
        .execute(&mut *c)
        .await?;
    Ok(number)
}

async fn take(c: &mut Connection, who: &Who, notice: i64, number: &Number) -> Result<(), DeskError> {
    register(c, who, notice, number).await?;
    sqlx::query("UPDATE case_notice SET word = $2, year = $3, n = $4 WHERE id = $1")
        .bind(notice)
        .bind(&number.word)
        .bind(i64::from(number.year))
        .bind(i64::from(number.n))
        .execute(&mut *c)
        .await?;
    Ok(())
}

/// Puts a number into the register, where nobody has it yet.
async fn register(c: &mut Connection, who: &Who, notice: i64, number: &Number) -> Result<(), DeskError> {
    let (year, n) = (i64::from(number.year), i64::from(number.n));
    let taken = sqlx::query("SELECT 1 FROM case_number WHERE word = $1 AND year = $2 AND n = $3")
        .bind(&number.word)
        .bind(year)
        .bind(n);
    if taken.fetch_optional(&mut *c).await?.is_some() {
        return Err(Refusal::NumberTaken.into());
    }
    const TAKE: &str = "INSERT INTO case_number (word, year, n, notice_id, given_at, given_by)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(TAKE)
        .bind(&number.word)
        .bind(year)
        .bind(n)
        .bind(notice)
        .bind(who.now.0)
        .bind(&who.viewer.name)
        .execute(&mut *c)
        .await?;
    Ok(())
}

/// Voids what number a notice has.
pub(super) async fn void_number(
    c: &mut Connection,
    who: &Who,
    notice: i64,
    reason: &str,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE case_number SET void_at = $2, void_by = $3, reason = $4 WHERE notice_id = $1 AND void_at IS NULL",
    )
    .bind(notice)
    .bind(who.now.0)
    .bind(&who.viewer.name)
    .bind(reason)
    .execute(&mut *c)
    .await?;
    Ok(())
}
