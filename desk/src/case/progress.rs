//! How the handling goes, in figures: problems by where they stand and how long the oldest has waited there, receipts,
//! and supervision.

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{Cases, Units, machine::RowState};
use crate::DeskError;

/// What was ended and sent so long ago still counts as recent.
const RECENT: i64 = 30 * MICROS_PER_DAY;

/// Problems that stand at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub state: RowState,
    pub count: u64,
    /// Since when the oldest of them stands there.
    pub since: Micros,
}

/// Of the notices that were sent to the viewer's units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Problems that are not settled, in the order in which a case goes.
    pub open: Vec<Standing>,
    /// Problems settled in the last 30 days.
    pub settled: u64,
    /// Problems still owed past their deadline.
    pub overdue: u64,
    /// Units' parts of notices that are still open, and those of them nobody has signed for.
    pub parts: u64,
    pub unsigned: u64,
    /// Steps of supervision that wait for a person, and those sent in the last 30 days.
    pub rungs_drafted: u64,
    pub rungs_sent: u64,
}

impl Progress {
    /// Every problem that is not settled.
    pub fn open_count(&self) -> u64 {
        self.open.iter().map(|standing| standing.count).sum()
    }
}

impl Cases<'_> {
    /// How the handling goes.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn progress(&self, units: &Units) -> Result<Progress, DeskError> {
        let now = self.0.clock().now().0;
        let units = units.as_ref().map(|units| serde_json::json!(units).to_string());
        let readers = self.0.readers();
        let number = |row: &SqliteRow, i: usize| u64::try_from(row.get::<i64, _>(i)).unwrap_or(0);
        let rows = sqlx::query(
            "SELECT r.state, COUNT(*),
                 MIN(CASE r.state WHEN 'notified' THEN u.sent_at WHEN 'signed' THEN COALESCE(u.signed_at, u.sent_at)
                     ELSE COALESCE(r.claimed_at, r.changed_at) END),
                 COUNT(CASE WHEN r.state IN ('notified', 'signed') AND r.due < $2 THEN 1 END)
             FROM case_row r JOIN case_notice n ON n.id = r.notice_id
             JOIN case_unit u ON u.notice_id = r.notice_id AND u.unit = r.unit
             WHERE n.state = 'sent' AND r.settled_at IS NULL
                 AND ($1 IS NULL OR r.unit IN (SELECT value FROM json_each($1)))
             GROUP BY r.state",
        )
        .bind(&units)
        .bind(now)
        .fetch_all(readers)
        .await?;
        let mut progress = Progress::default();
        for row in &rows {
            let since = Micros(row.get::<Option<i64>, _>(2).unwrap_or(now));
            progress.open.push(Standing {
                state: RowState::stored(row.get(0))?,
                count: number(row, 1),
                since,
            });
            progress.overdue += number(row, 3);
        }
        progress.open.sort_by_key(|standing| standing.state);
        let row = sqlx::query(
            "SELECT COUNT(*) FROM case_row r
             WHERE r.settled_at > $2 AND ($1 IS NULL OR r.unit IN (SELECT value FROM json_each($1)))",
        )
        .bind(&units)
        .bind(now - RECENT)
        .fetch_one(readers)
        .await?;
        progress.settled = number(&row, 0);
        let row = sqlx::query(
            "SELECT COUNT(*), COUNT(CASE WHEN u.signed_at IS NULL THEN 1 END)
             FROM case_unit u JOIN case_notice n ON n.id = u.notice_id
             WHERE n.state = 'sent' AND u.sent_at IS NOT NULL AND u.withdrawn_at IS NULL
                 AND ($1 IS NULL OR u.unit IN (SELECT value FROM json_each($1)))",
        )
        .bind(&units)
        .fetch_one(readers)
        .await?;
        (progress.parts, progress.unsigned) = (number(&row, 0), number(&row, 1));
        let row = sqlx::query(
            "SELECT COUNT(CASE WHEN g.state = 'drafted' THEN 1 END),
                 COUNT(CASE WHEN g.state = 'sent' AND g.done_at > $2 THEN 1 END)
             FROM case_rung g WHERE $1 IS NULL OR g.unit IN (SELECT value FROM json_each($1))",
        )
        .bind(&units)
        .bind(now - RECENT)
        .fetch_one(readers)
        .await?;
        (progress.rungs_drafted, progress.rungs_sent) = (number(&row, 0), number(&row, 1));
        Ok(progress)
    }
}
