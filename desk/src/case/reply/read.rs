//! Who has answered what, and the sums by county.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId, time::Calendar};

use super::{
    super::{Cases, Units, decide::unit, machine::NoticeState, tx::Who},
    Reply, ReplyVerdict,
    form::{ReplyForm, Round, read},
};
use crate::{Connection, DeskError};

/// Those who had not answered were reminded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Chase {
    pub day: i32,
    pub units: i64,
    pub at: Micros,
    pub account: String,
}

/// What a warning asked, and what was answered, as far as a viewer may see it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Replies {
    pub form: ReplyForm,
    /// Those that have begun, in order; none before sending.
    pub rounds: Vec<Round>,
    /// Who is to answer: has it, and had it not withdrawn.
    pub units: BTreeSet<UnitId>,
    #[serde(skip)]
    by_round: BTreeMap<(i32, UnitId), Reply>,
    pub chases: Vec<Chase>,
}

/// Answers of the units of one place, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Sum {
    pub place: String,
    pub units: u64,
    pub answered: u64,
    pub affected: u64,
    pub clear: u64,
    pub zero: u64,
    /// In the order of the form's names.
    pub counts: Vec<u64>,
}

impl Sum {
    fn add(&mut self, reply: Option<&Reply>) {
        self.units += 1;
        let Some(reply) = reply else { return };
        self.answered += 1;
        match reply.verdict {
            ReplyVerdict::Affected => self.affected += 1,
            ReplyVerdict::Clear => self.clear += 1,
            ReplyVerdict::Zero => self.zero += 1,
        }
        for (sum, count) in self.counts.iter_mut().zip(&reply.counts) {
            *sum += u64::from(*count);
        }
    }
}

impl Replies {
    /// The answer of a unit in a round.
    pub fn of(&self, day: i32, unit: &UnitId) -> Option<&Reply> {
        self.by_round.get(&(day, unit.clone()))
    }

    /// Every answer, by day and unit.
    pub fn all(&self) -> impl Iterator<Item = &Reply> {
        self.by_round.values()
    }

    /// The round that is answered now: the last that has begun.
    pub fn current(&self) -> Option<Round> {
        self.rounds.last().copied()
    }

    /// Who has not answered in a round.
    pub fn missing(&self, day: i32) -> Vec<&UnitId> {
        self.units.iter().filter(|unit| self.of(day, unit).is_none()).collect()
    }

    /// The answers of a round by place, in the order of their names, and all together.
    pub fn sums(&self, day: i32, place: impl Fn(&UnitId) -> String) -> (Vec<Sum>, Sum) {
        let new = |place: String| Sum { place, counts: vec![0; self.form.counts.len()], ..Sum::default() };
        let mut places: BTreeMap<String, Sum> = BTreeMap::new();
        let mut total = new(String::new());
        for unit in &self.units {
            let reply = self.of(day, unit);
            let name = place(unit);
            places.entry(name.clone()).or_insert_with(|| new(name)).add(reply);
            total.add(reply);
        }
        (places.into_values().collect(), total)
    }
}

fn reply(row: &SqliteRow, form: &ReplyForm, rounds: &[Round]) -> Result<Reply, DeskError> {
    let day = i32::try_from(row.get::<i64, _>("day")).unwrap_or(0);
    let at = Micros(row.get("at"));
    let counts: Vec<u32> = serde_json::from_str(row.get("counts"))
        .map_err(|e| DeskError::Broken(format!("figures of a reply: {e}")))?;
    if counts.len() != form.counts.len() {
        return Err(DeskError::Broken("a reply has other figures than its form".into()));
    }
    Ok(Reply {
        unit: unit(row.get("unit")),
        day,
        no: row.get("no"),
        verdict: ReplyVerdict::stored(row.get("verdict"))?,
        counts,
        note: row.get("note"),
        file: row.get("file"),
        person: row.get("person"),
        phone: row.get("phone"),
        at,
        account: row.get("account"),
        late: rounds.iter().any(|round| round.day == day && at > round.due),
    })
}

impl Cases<'_> {
    /// What a notice asks for and what was answered; None where it asks for nothing, or is not the viewer's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn replies(&self, units: &Units, notice: i64) -> Result<Option<Replies>, DeskError> {
        let readers = self.0.readers();
        const FORM: &str = "SELECT f.form, n.state, n.sent_at FROM case_reply_form f
            JOIN case_notice n ON n.id = f.notice_id WHERE f.notice_id = $1";
        let Some(row) = sqlx::query(FORM).bind(notice).fetch_optional(readers).await? else {
            return Ok(None);
        };
        let Some(form) = read(row.get(0))? else { return Ok(None) };
        let state = NoticeState::stored(row.get(1))?;
        let sent = row.get::<Option<i64>, _>(2).map(Micros);
        let sees = |unit: &UnitId| units.as_ref().is_none_or(|units| units.contains(unit));
        const PARTS: &str =
            "SELECT unit FROM case_unit WHERE notice_id = $1 AND withdrawn_at IS NULL ORDER BY unit";
        let parts = sqlx::query(PARTS).bind(notice).fetch_all(readers).await?;
        let parts: BTreeSet<UnitId> = parts.iter().map(|row| unit(row.get(0))).filter(|u| sees(u)).collect();
        if units.is_some() && (!state.is_out() || parts.is_empty()) {
            return Ok(None);
        }
        let zone = self.rules().calendar.zone();
        let rounds = sent.map_or_else(Vec::new, |sent| form.begun(sent, self.0.clock().now(), zone));
        const LAST: &str = "SELECT r.* FROM case_reply r WHERE r.notice_id = $1 AND r.no = (SELECT MAX(x.no)
            FROM case_reply x WHERE x.notice_id = r.notice_id AND x.unit = r.unit AND x.day = r.day)";
        let mut by_round = BTreeMap::new();
        for row in sqlx::query(LAST).bind(notice).fetch_all(readers).await? {
            let reply = reply(&row, &form, &rounds)?;
            if parts.contains(&reply.unit) {
                by_round.insert((reply.day, reply.unit.clone()), reply);
            }
        }
        const CHASES: &str = "SELECT * FROM case_reply_chase WHERE notice_id = $1 ORDER BY day, no";
        let chases = sqlx::query(CHASES).bind(notice).fetch_all(readers).await?;
        let chases = chases.iter().map(|row| Chase {
            day: i32::try_from(row.get::<i64, _>("day")).unwrap_or(0),
            units: row.get("units"),
            at: Micros(row.get("at")),
            account: row.get("account"),
        });
        Ok(Some(Replies { form, rounds, units: parts, by_round, chases: chases.collect() }))
    }

    /// Until when units have to answer now, of notices that are open: by notice and unit, where nothing was
    /// answered in the round that runs.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn replies_owed(&self, units: &Units) -> Result<BTreeMap<(i64, UnitId), Round>, DeskError> {
        let (rows, days) = tokio::try_join!(
            sqlx::query(OPEN).fetch_all(self.0.readers()),
            sqlx::query(DAYS).fetch_all(self.0.readers())
        )?;
        owed(&rows, &days, self.0.clock().now(), self.rules().calendar.zone(), units)
    }
}

const OPEN: &str = "SELECT n.id, n.sent_at, f.form, u.unit FROM case_reply_form f
    JOIN case_notice n ON n.id = f.notice_id JOIN case_unit u ON u.notice_id = n.id
    WHERE n.state = 'sent' AND u.sent_at IS NOT NULL AND u.withdrawn_at IS NULL";
const DAYS: &str = "SELECT DISTINCT r.notice_id, r.unit, r.day FROM case_reply r
    JOIN case_notice n ON n.id = r.notice_id WHERE n.state = 'sent'";

/// What all units owe, inside a transaction.
pub(in super::super) async fn owed_in(
    c: &mut Connection,
    who: &Who,
) -> Result<BTreeMap<(i64, UnitId), Round>, DeskError> {
    let rows = sqlx::query(OPEN).fetch_all(&mut *c).await?;
    let days = sqlx::query(DAYS).fetch_all(&mut *c).await?;
    owed(&rows, &days, who.now, who.rules.calendar.zone(), &None)
}

/// What is owed, of rows that were read.
fn owed(
    rows: &[SqliteRow],
    days: &[SqliteRow],
    now: Micros,
    zone: Calendar,
    units: &Units,
) -> Result<BTreeMap<(i64, UnitId), Round>, DeskError> {
    let done: BTreeSet<(i64, UnitId, i64)> =
        days.iter().map(|row| (row.get(0), unit(row.get(1)), row.get(2))).collect();
    let mut all = BTreeMap::new();
    for row in rows {
        let (notice, unit) = (row.get::<i64, _>(0), unit(row.get(3)));
        if units.as_ref().is_some_and(|units| !units.contains(&unit)) {
            continue;
        }
        let Some(form) = read(row.get(2))? else { continue };
        let sent = Micros(row.get::<Option<i64>, _>(1).unwrap_or(0));
        let Some(round) = form.begun(sent, now, zone).pop() else { continue };
        if !done.contains(&(notice, unit.clone(), i64::from(round.day))) {
            all.insert((notice, unit), round);
        }
    }
    Ok(all)
}
