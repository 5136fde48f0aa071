//! What every change of a case has in common: who does it, that it was made on what is there, and that history
//! and audit tell it in the same transaction.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId, alert::Level};

use super::{
    Cases, Units,
    machine::{Actor, NOTICE, NoticeAct, NoticeState, RowAct, RowState, go},
    number::Number,
    reply::is_answered,
    rows::{NewRow, Problem, ProblemKind},
    rules::Rules,
};
use crate::{
    AccountId, Connection, DeskError, Reach, Refusal, Role, Viewer,
    audit::{Action, Entry, Ledger},
    delivery::Outlets,
};

/// Characters of a line (a name, a title) and of a text.
pub(crate) const LINE_CHARS_MAX: usize = 200;
pub(crate) const TEXT_CHARS_MAX: usize = 10_000;

/// Who puts down what the platform does of itself.
pub(super) const PLATFORM: &str = "ward";

/// Who asks, from where, and whose rows are theirs.
#[derive(Clone, Copy)]
pub struct By<'a> {
    pub viewer: &'a Viewer,
    pub address: &'a str,
    pub units: &'a Units,
}

/// Who acts inside a transaction.
pub(super) struct Who {
    pub(super) viewer: Viewer,
    address: String,
    units: Units,
    pub(super) account: AccountId,
    pub(super) now: Micros,
    pub(super) rules: Arc<Rules>,
    pub(super) outlets: Option<Arc<Outlets>>,
    ledger: Ledger,
}

/// One line of the history.
pub(super) struct Told<'a> {
    pub(super) notice: i64,
    pub(super) unit: Option<&'a UnitId>,
    pub(super) row: Option<i64>,
    pub(super) act: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Told<'a> {
    pub(super) const fn notice(notice: i64, act: &'a str, text: &'a str) -> Self {
        Self { notice, unit: None, row: None, act, from: "", to: "", text }
    }

    pub(super) const fn unit(mut self, unit: &'a UnitId) -> Self {
        self.unit = Some(unit);
        self
    }

    pub(super) const fn row(mut self, row: &'a Problem) -> Self {
        self.unit = Some(&row.of.unit);
        self.row = Some(row.id);
        self
    }

    pub(super) const fn moved(mut self, from: &'a str, to: &'a str) -> Self {
        (self.from, self.to) = (from, to);
        self
    }
}

impl Cases<'_> {
    /// Runs a change as one transaction.
    pub(super) async fn change<T, F>(&self, by: By<'_>, work: F) -> Result<T, DeskError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection, &'c Who) -> BoxFuture<'c, Result<T, DeskError>>
            + Send
            + 'static,
    {
        let account = by.viewer.account.filter(|_| by.viewer.may_write).ok_or(Refusal::NotAllowed)?;
        let who = Who {
            viewer: by.viewer.clone(),
            address: by.address.into(),
            units: by.units.clone(),
            account,
            now: self.0.clock().now(),
            rules: self.0.0.case_rules.clone(),
            outlets: self.0.0.outlets.get().cloned(),
            ledger: self.0.ledger(),
        };
        self.0.write(move |c| Box::pin(async move { work(c, &who).await })).await
    }

    /// The same, of the platform itself.
    pub(super) async fn change_itself<T, F>(&self, work: F) -> Result<T, DeskError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection, &'c Who) -> BoxFuture<'c, Result<T, DeskError>>
            + Send
            + 'static,
    {
        self.change_without(PLATFORM, "", work).await
    }

    /// The same, of somebody without an account: what they may do has been decided before.
    pub(super) async fn change_without<T, F>(
        &self,
        name: &str,
        address: &str,
        work: F,
    ) -> Result<T, DeskError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection, &'c Who) -> BoxFuture<'c, Result<T, DeskError>>
            + Send
            + 'static,
    {
        let who = Who {
            // In whose name history and audit have it; no act is taken by this role.
            viewer: Viewer {
                account: None,
                name: name.into(),
                role: Role::Analyst,
                reach: Reach::Region,
                within: None,
                may_write: false,
            },
            address: address.into(),
            units: None,
            account: AccountId(0),
            now: self.0.clock().now(),
            rules: self.0.0.case_rules.clone(),
            outlets: self.0.0.outlets.get().cloned(),
            ledger: self.0.ledger(),
        };
        self.0.write(move |c| Box::pin(async move { work(c, &who).await })).await
    }
}

impl Who {
    pub(super) fn sees(&self, unit: &UnitId) -> bool {
        self.units.as_ref().is_none_or(|units| units.contains(unit))
    }

    /// One of the commission: what concerns a notice as a whole is theirs alone.
    pub(super) fn commission(&self) -> Result<(), Refusal> {
        let is = self.units.is_none() && matches!(self.viewer.role, Role::Analyst | Role::Leader);
        if is { Ok(()) } else { Err(Refusal::NotAllowed) }
    }

    pub(super) fn actor(&self) -> Actor {
        Actor { role: Some(self.viewer.role), deputy: false, scan: false, same: false }
    }

    /// Puts a line into the history and an entry into the audit.
    pub(super) async fn tell(&self, c: &mut Connection, told: Told<'_>) -> Result<(), DeskError> {
        history(c, &self.viewer.name, self.now, &told).await?;
        let mut entry = self.entry().object("notice", told.notice);
        if let Some(unit) = told.unit {
            entry = entry.unit(unit);
        }
        if let Some(number) = number_of(c, told.notice).await? {
            entry = entry.document(&number.to_string());
        }
        let text: String = told.text.chars().take(LINE_CHARS_MAX).collect();
        let detail =
            json!({ "act": told.act, "row": told.row, "from": told.from, "to": told.to, "text": text });
        self.write_down(c, entry.detail(detail)).await
    }

    /// What the audit says of a change that they make.
    pub(super) fn entry(&self) -> Entry {
        match (self.viewer.account, self.address.as_str()) {
            (Some(_), address) => Entry::new(&self.viewer, address, Action::Change),
            (None, "") => Entry::nobody(&self.viewer.name, "", Action::System),
            (None, address) => Entry::nobody(&self.viewer.name, address, Action::Change),
        }
    }

    pub(super) async fn write_down(&self, c: &mut Connection, entry: Entry) -> Result<(), DeskError> {
        self.ledger.append(c, entry).await.map(|_| ())
    }
}

pub(super) async fn history(
    c: &mut Connection,
    account: &str,
    now: Micros,
    told: &Told<'_>,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO case_history (no, notice_id, unit, row_id, at, account, act, from_state, to_state, text)
         VALUES ((SELECT COALESCE(MAX(no), 0) + 1 FROM case_history), $1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(told.notice)
    .bind(told.unit.map_or("", UnitId::as_str))
    .bind(told.row)
    .bind(now.0)
    .bind(account)
    .bind(told.act)
    .bind(told.from)
    .bind(told.to)
    .bind(told.text)
    .execute(&mut *c)
    .await?;
    Ok(())
}

/// The next free id of a table.
macro_rules! next_id {
    ($c:expr, $table:literal) => {{
        let row =
            sqlx::query(concat!("SELECT COALESCE(MAX(id), 0) + 1 FROM ", $table)).fetch_one(&mut *$c).await?;
        sqlx::Row::get::<i64, _>(&row, 0)
    }};
}
pub(crate) use next_id;

/// A text as it may stand in a case.
pub(crate) fn text(text: &str, chars_max: usize) -> Result<String, Refusal> {
    let text = text.trim().replace('\0', "\u{fffd}");
    if text.chars().count() > chars_max { Err(Refusal::TextUnfit) } else { Ok(text) }
}

/// One that must be there.
pub(crate) fn needed(given: &str, chars_max: usize) -> Result<String, Refusal> {
    text(given, chars_max).and_then(|t| if t.is_empty() { Err(Refusal::TextUnfit) } else { Ok(t) })
}

/// A notice inside a transaction.
pub(super) struct Held {
    pub(super) id: i64,
    pub(super) state: NoticeState,
    pub(super) kind: String,
    pub(super) number: Option<Number>,
    pub(super) sealed: Option<String>,
    pub(super) drafted_by: AccountId,
    pub(super) sent_by: Option<AccountId>,
}

/// Whether an edit was made on what is there.
pub(crate) fn unchanged(row: &SqliteRow, revision: i64) -> Result<(), Refusal> {
    if row.get::<i64, _>("revision") == revision {
        return Ok(());
    }
    Err(Refusal::ChangedBy { by: row.get("changed_by"), at: Micros(row.get("changed_at")) })
}

/// A notice; with the revision that the edit names, if it concerns the notice itself.
pub(super) async fn held(c: &mut Connection, id: i64, revision: Option<i64>) -> Result<Held, DeskError> {
    let row = sqlx::query("SELECT * FROM case_notice WHERE id = $1").bind(id).fetch_optional(&mut *c).await?;
    let row = row.ok_or(Refusal::NotThere)?;
    if let Some(revision) = revision {
        unchanged(&row, revision)?;
    }
    Ok(Held {
        id,
        state: NoticeState::stored(row.get("state"))?,
        kind: row.get("kind"),
        number: read_number(&row),
        sealed: row.get("sealed"),
        drafted_by: AccountId(row.get("drafted_by")),
        sent_by: row.get::<Option<i64>, _>("sent_by").map(AccountId),
    })
}

pub(crate) fn read_number(row: &SqliteRow) -> Option<Number> {
    let (word, year, n): (Option<String>, Option<i64>, Option<i64>) =
        (row.get("word"), row.get("year"), row.get("n"));
    Some(Number { word: word?, year: i16::try_from(year?).ok()?, n: u32::try_from(n?).ok()? })
}

pub(super) async fn number_of(c: &mut Connection, notice: i64) -> Result<Option<Number>, DeskError> {
    let row = sqlx::query("SELECT word, year, n FROM case_notice WHERE id = $1").bind(notice);
    Ok(row.fetch_optional(&mut *c).await?.as_ref().and_then(read_number))
}

/// Counts a change of the notice itself.
pub(super) async fn touch(c: &mut Connection, who: &Who, notice: i64) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE case_notice SET revision = revision + 1, changed_at = $2, changed_by = $3 WHERE id = $1",
    )
    .bind(notice)
    .bind(who.now.0)
    .bind(&who.viewer.name)
    .execute(&mut *c)
    .await?;
    Ok(())
}

pub(super) async fn set_notice(c: &mut Connection, notice: i64, to: NoticeState) -> Result<(), DeskError> {
    sqlx::query("UPDATE case_notice SET state = $2 WHERE id = $1")
        .bind(notice)
        .bind(to.as_str())
        .execute(&mut *c)
        .await?;
    Ok(())
}

pub(super) fn read_problem(row: &SqliteRow) -> Result<Problem, DeskError> {
    let micros = |name: &str| row.get::<Option<i64>, _>(name).map(Micros);
    let level: String = row.get("level");
    Ok(Problem {
        id: row.get("id"),
        notice: row.get("notice_id"),
        no: row.get("no"),
        of: NewRow {
            unit: UnitId::new(row.get("unit")).unwrap_or_default(),
            kind: ProblemKind::stored(row.get("kind"))?,
            level: Level::from_name(&level)
                .ok_or_else(|| DeskError::Broken(format!("no level {level:?}")))?,
            title: row.get("title"),
            system: row.get("system"),
            address: row.get("address"),
            evidence: row.get("evidence"),
            demand: row.get("demand"),
            alert: row.get("alert_id"),
            finding: row.get("finding_id"),
        },
        state: RowState::stored(row.get("state"))?,
        due: micros("due"),
        first_due: micros("first_due"),
        cause: row.get("cause"),
        measures: row.get("measures"),
        claimed: micros("claimed_at"),
        settled: micros("settled_at"),
        verdict: row.get("verdict"),
        returned: row.get("returned"),
        revision: row.get("revision"),
    })
}

/// A problem of a unit that is the viewer's to see, as the edit saw it.
pub(super) async fn problem(
    c: &mut Connection,
    who: &Who,
    id: i64,
    revision: i64,
) -> Result<Problem, DeskError> {
    let row = sqlx::query("SELECT * FROM case_row WHERE id = $1").bind(id).fetch_optional(&mut *c).await?;
    let row = row.ok_or(Refusal::NotThere)?;
    let problem = read_problem(&row)?;
    if !who.sees(&problem.of.unit) {
        return Err(Refusal::NotThere.into());
    }
    unchanged(&row, revision)?;
    Ok(problem)
}

pub(super) async fn problems(c: &mut Connection, notice: i64) -> Result<Vec<Problem>, DeskError> {
    let rows = sqlx::query("SELECT * FROM case_row WHERE notice_id = $1 ORDER BY no").bind(notice);
    rows.fetch_all(&mut *c).await?.iter().map(read_problem).collect()
}

/// Moves a problem along the table, told in history and audit; the notice follows its last row.
pub(super) async fn go_row(
    c: &mut Connection,
    who: &Who,
    row: &Problem,
    act: RowAct,
    actor: &Actor,
    reason: &str,
) -> Result<RowState, DeskError> {
    let to = go(super::machine::ROW, row.state, act, actor, reason)?;
    let comes_back = to == RowState::Signed && row.state != RowState::Notified;
    sqlx::query(
        "UPDATE case_row SET state = $2, revision = revision + 1, changed_at = $3, changed_by = $4,
             settled_at = CASE WHEN $5 = 1 THEN $3 END, returned = returned + $6,
             verdict = CASE WHEN $7 = '' THEN verdict ELSE $7 END
         WHERE id = $1",
    )
    .bind(row.id)
    .bind(to.as_str())
    .bind(who.now.0)
    .bind(&who.viewer.name)
    .bind(i64::from(to.is_settled()))
    .bind(i64::from(comes_back && act != RowAct::Uphold))
    .bind(reason)
    .execute(&mut *c)
    .await?;
    let told = Told::notice(row.notice, act.as_str(), reason).row(row);
    who.tell(c, told.moved(row.state.as_str(), to.as_str())).await?;
    Ok(to)
}

/// A notice closes with its last row, and is open again with one that is. A unit without a row of its own has
/// done its part when it has signed and given the replies that are asked for.
pub(super) async fn settle(c: &mut Connection, who: &Who, notice: i64) -> Result<(), DeskError> {
    let held = held(c, notice, None).await?;
    const UNSIGNED: &str = "SELECT COUNT(*) FROM case_unit u WHERE u.notice_id = $1 AND u.signed_at IS NULL
        AND u.withdrawn_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM case_row r WHERE r.notice_id = u.notice_id AND r.unit = u.unit)";
    let unsigned: i64 = sqlx::query(UNSIGNED).bind(notice).fetch_one(&mut *c).await?.get(0);
    let is_done = unsigned == 0
        && problems(c, notice).await?.iter().all(|r| r.state.is_settled())
        && is_answered(c, who, notice).await?;
    let act = match (held.state, is_done) {
        (NoticeState::Sent, true) => NoticeAct::Close,
        (NoticeState::Closed, false) => NoticeAct::Reopen,
        _ => return Ok(()),
    };
    let to = go(NOTICE, held.state, act, &Actor::PLATFORM, "")?;
    set_notice(c, notice, to).await?;
    sqlx::query("UPDATE case_notice SET ended_at = $2 WHERE id = $1")
        .bind(notice)
        .bind(is_done.then_some(who.now.0))
        .execute(&mut *c)
        .await?;
    touch(c, who, notice).await?;
    let told = Told::notice(notice, act.as_str(), "");
    who.tell(c, told.moved(held.state.as_str(), to.as_str())).await
}
