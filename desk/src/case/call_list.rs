//! The call list (催签名单): who has not signed in time, and whom nothing that was sent has reached.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use super::{Cases, Units, decide::unit, names::named, tx::read_number};
use crate::DeskError;

named! {
    /// Why a unit is called.
    CallReason {
        /// It has not signed within the time that the rules allow.
        Unsigned "unsigned",
        /// The register has nobody who can be told.
        NoContact "no_contact",
        /// Who was told has not been confirmed for long.
        Stale "stale",
        /// The other side has refused the message for good.
        Bounced "bounced",
    }
}

/// A unit to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToCall {
    pub notice: i64,
    pub title: String,
    pub number: String,
    pub unit: UnitId,
    pub why: BTreeSet<CallReason>,
    pub sent: Micros,
    pub calls: i64,
    pub last_call: Option<Micros>,
    /// The latest promise.
    pub promised: Option<Micros>,
}

impl Cases<'_> {
    /// Units that have had a notice for longer than the rules allow without signing, and those that nothing has
    /// reached: until somebody there was reached by telephone, has read it or signed since. Longest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn to_call(&self, units: &Units) -> Result<Vec<ToCall>, DeskError> {
        const SELECT: &str = "SELECT u.notice_id, n.title, n.word, n.year, n.n, u.unit, u.sent_at,
                CASE WHEN n.state = 'sent' AND u.signed_at IS NULL AND u.withdrawn_at IS NULL THEN 1 ELSE 0 END AS owes,
                COUNT(k.id) AS calls, MAX(k.at) AS last_call, MAX(k.promised) AS promised
            FROM case_unit u JOIN case_notice n ON n.id = u.notice_id
            LEFT JOIN case_call k ON k.notice_id = u.notice_id AND k.unit = u.unit
            WHERE n.state IN ('sent', 'withdrawn') AND u.sent_at IS NOT NULL
            GROUP BY u.notice_id, u.unit ORDER BY u.sent_at, u.notice_id, u.unit";
        let (now, rules) = (self.0.clock().now(), self.rules());
        let mut unreached = self.unreached(None).await?;
        let rows = sqlx::query(SELECT).fetch_all(self.0.readers()).await?;
        let micros = |row: &SqliteRow, name: &str| row.get::<Option<i64>, _>(name).map(Micros);
        let line = |row: &SqliteRow| {
            let (notice, unit): (i64, UnitId) = (row.get("notice_id"), unit(row.get("unit")));
            let sent = micros(row, "sent_at").unwrap_or_default();
            let mut why = unreached.remove(&(notice, unit.clone())).unwrap_or_default();
            if row.get::<i64, _>("owes") == 1 && rules.calendar.end(sent, rules.unsigned) <= now {
                why.insert(CallReason::Unsigned);
            }
            ToCall {
                notice,
                title: row.get("title"),
                number: read_number(row).map(|n| n.to_string()).unwrap_or_default(),
                unit,
                why,
                sent,
                calls: row.get("calls"),
                last_call: micros(row, "last_call"),
                promised: micros(row, "promised"),
            }
        };
        let seen = |line: &ToCall| units.as_ref().is_none_or(|units| units.contains(&line.unit));
        Ok(rows.iter().map(line).filter(|line| !line.why.is_empty() && seen(line)).collect())
    }

    /// Units that nothing of a notice has reached, and why; of all notices without one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unreached(
        &self,
        notice: Option<i64>,
    ) -> Result<BTreeMap<(i64, UnitId), BTreeSet<CallReason>>, DeskError> {
        const SELECT: &str = "SELECT x.notice_id, x.unit, x.why FROM (
                SELECT notice_id, unit, why, at FROM case_unreached
                UNION ALL SELECT link_id, unit, 'bounced', ended_at FROM delivery
                    WHERE state = 'failed' AND link_kind = 'tasks' AND unit <> ''
            ) x JOIN case_unit u ON u.notice_id = x.notice_id AND u.unit = x.unit
            WHERE ($1 IS NULL OR x.notice_id = $1)
                AND (u.read_at IS NULL OR u.read_at < x.at) AND (u.signed_at IS NULL OR u.signed_at < x.at)
                AND NOT EXISTS (SELECT 1 FROM case_call k WHERE k.notice_id = x.notice_id AND k.unit = x.unit
                    AND k.outcome = 'reached' AND k.at >= x.at)";
        let mut all: BTreeMap<(i64, UnitId), BTreeSet<CallReason>> = BTreeMap::new();
        for row in sqlx::query(SELECT).bind(notice).fetch_all(self.0.readers()).await? {
            let why = CallReason::stored(row.get(2))?;
            all.entry((row.get(0), unit(row.get(1)))).or_default().insert(why);
        }
        Ok(all)
    }
}
