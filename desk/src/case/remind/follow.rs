//! Tells what is owed, and writes down in the same transaction that it was told.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use super::{
    super::{
        Cases,
        decide::unit,
        draft::{Colour, NoticeKind},
        reply,
        tell::tell_people,
        tx::{Who, read_number},
    },
    decide::{Owed, Reminder, daily, owed_now},
};
use crate::{
    Connection, DeskError,
    delivery::{Document, Item, LinkKind, Message, Subject},
};

impl Cases<'_> {
    /// Reminds everybody who is to be reminded now; returns how many units. Without channels it does nothing, and
    /// writes nothing down.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn remind(&self) -> Result<usize, DeskError> {
        self.change_itself(|c, who| {
            Box::pin(async move {
                let has_channel = who.outlets.as_deref().is_some_and(|o| !o.config.channel.is_empty());
                if !has_channel {
                    return Ok(0);
                }
                let open = open(c, who).await?;
                let told = told(c, who).await?;
                let calendar = &who.rules.calendar;
                let reminders = owed_now(&who.rules.remind, calendar, who.now, &open, &told);
                for reminder in &reminders {
                    send(c, who, reminder).await?;
                }
                Ok(reminders.len())
            })
        })
        .await
    }
}

async fn send(c: &mut Connection, who: &Who, reminder: &Reminder) -> Result<(), DeskError> {
    let Some(first) = reminder.items.first() else { return Ok(()) };
    let item = |owed: &Owed| Item {
        subject: owed.subject,
        document: Document::new(&owed.number),
        deadline: Some(owed.due),
        link: (LinkKind::Task, owed.notice),
    };
    let message = Message {
        subject: Subject::Digest,
        document: None,
        deadline: Some(first.due),
        link: (LinkKind::Task, first.notice),
        items: reminder.items.iter().map(item).collect(),
    };
    let occasion = reminder.marks.join("\n");
    let count = tell_people(c, who.now, who.outlets.as_deref(), &reminder.unit, &message, &occasion).await?;
    for mark in &reminder.marks {
        const MARK: &str =
            "INSERT INTO case_reminder (unit, mark, at, items, messages) VALUES ($1, $2, $3, $4, $5)";
        sqlx::query(MARK)
            .bind(reminder.unit.as_str())
            .bind(mark)
            .bind(who.now.0)
            .bind(i64::try_from(reminder.items.len()).unwrap_or(i64::MAX))
            .bind(count)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

/// What was told that may still matter: today's messages, and every critical deadline.
async fn told(c: &mut Connection, who: &Who) -> Result<BTreeSet<(UnitId, String)>, DeskError> {
    const TOLD: &str = "SELECT unit, mark FROM case_reminder WHERE mark = $1 OR (mark >= 'critical ' AND mark < 'critical!')";
    let today = daily(who.rules.calendar.zone().day(who.now));
    let rows = sqlx::query(TOLD).bind(today).fetch_all(&mut *c).await?;
    Ok(rows.iter().map(|row| (unit(row.get(0)), row.get(1))).collect())
}

/// A notice as a message names it.
struct Named {
    subject: Subject,
    number: String,
    is_red: bool,
}

/// Everything that units owe: problems to be put right, replies, receipts.
async fn open(c: &mut Connection, who: &Who) -> Result<Vec<Owed>, DeskError> {
    const NOTICES: &str = "SELECT id, kind, colour, word, year, n FROM case_notice WHERE state = 'sent'";
    const PROBLEMS: &str = "SELECT r.unit, r.notice_id, MIN(r.due) AS due, r.level = 'critical' AS critical
        FROM case_row r JOIN case_notice n ON n.id = r.notice_id
        WHERE n.state = 'sent' AND r.state IN ('notified', 'signed') AND r.due IS NOT NULL
        GROUP BY r.unit, r.notice_id, r.level = 'critical'";
    const UNSIGNED: &str = "SELECT u.unit, u.notice_id, u.sent_at FROM case_unit u
        JOIN case_notice n ON n.id = u.notice_id
        WHERE n.state = 'sent' AND u.sent_at IS NOT NULL AND u.signed_at IS NULL AND u.withdrawn_at IS NULL";
    let notices = sqlx::query(NOTICES).fetch_all(&mut *c).await?;
    let notices = notices
        .iter()
        .map(|row| Ok((row.get::<i64, _>("id"), named(row)?)))
        .collect::<Result<BTreeMap<_, _>, DeskError>>()?;
    let mut all = Vec::new();
    let mut put = |unit: UnitId, notice: i64, due: Micros, critical: bool| {
        let Some(of) = notices.get(&notice) else { return };
        let (subject, number) = (of.subject, of.number.clone());
        all.push(Owed { unit, notice, subject, number, due, critical });
    };
    let mut asked = BTreeSet::new();
    for row in sqlx::query(PROBLEMS).fetch_all(&mut *c).await? {
        let (unit, notice) = (unit(row.get(0)), row.get(1));
        asked.insert((notice, unit.clone()));
        put(unit, notice, Micros(row.get(2)), row.get::<i64, _>(3) == 1);
    }
    for ((notice, unit), round) in reply::owed_in(c, who).await? {
        asked.insert((notice, unit.clone()));
        // A red warning is what wakes people.
        put(unit, notice, round.due, notices.get(&notice).is_some_and(|of| of.is_red));
    }
    for row in sqlx::query(UNSIGNED).fetch_all(&mut *c).await? {
        let (unit, notice): (UnitId, i64) = (unit(row.get(0)), row.get(1));
        if !asked.contains(&(notice, unit.clone())) {
            put(unit, notice, who.rules.calendar.end(Micros(row.get(2)), who.rules.unsigned), false);
        }
    }
    Ok(all)
}

fn named(row: &SqliteRow) -> Result<Named, DeskError> {
    Ok(Named {
        subject: NoticeKind::stored(row.get("kind"))?.subject(),
        number: read_number(row).map(|number| number.to_string()).unwrap_or_default(),
        is_red: row.get::<String, _>("colour") == Colour::Red.as_str(),
    })
}
