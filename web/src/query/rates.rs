//! Counts over time: events a minute, the trend of a day, alerts by unit and level.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::Micros;

use super::{
    QueryError, Reader,
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// Events of one unit received in one minute.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct MinuteRow {
    pub hospital: String,
    /// Seconds since the epoch.
    pub minute: u32,
    pub count: u64,
}

/// Events of all units of the scope in one step of a trend.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct TrendRow {
    /// Seconds since the epoch.
    pub start: u32,
    pub count: u64,
}

/// Alerts first made in one step of a trend.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct HourAlerts {
    /// Seconds since the epoch.
    pub start: i64,
    pub severe: u64,
    pub other: u64,
}

/// Alerts of one unit and level, newest revisions only.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct UnitLevel {
    pub hospital: String,
    pub level: String,
    /// Since the window's begin.
    pub count: u64,
    /// Of these since local midnight.
    pub today: u64,
}

/// `columns` of what was received in minutes from `from` on. Times in UTC, as the table counts hours and days: the
/// day it came in is never before the minute it was received in, but for clocks that differ.
pub(super) fn minutes_since(columns: &'static str, scope: &Scope, from: Micros) -> Sql {
    let secs = || from.secs().into();
    Sql::select(columns, Table::EventsByMinute, scope).and_with(
        "t.day >= toDate(toDateTime(?, 'UTC')) - 1 \
         AND toStartOfHour(t.minute) >= toStartOfHour(toDateTime(?, 'UTC')) AND t.minute >= toDateTime(?, 'UTC')",
        [secs(), secs(), secs()],
    )
}

/// Width of a step of the day's trend.
pub(crate) const TREND_STEP_SECS: i64 = 600;

impl Reader {
    pub(crate) async fn minutes(&self, scope: &Scope, from: Micros) -> Result<Vec<MinuteRow>, QueryError> {
        let columns = "toString(hospital) AS hospital, toUnixTimestamp(minute) AS minute, toUInt64(sum(count)) AS count";
        let sql = minutes_since(columns, scope, from);
        self.rows(sql.then("GROUP BY hospital, minute ORDER BY hospital, minute")).await
    }

    /// Events in steps of ten minutes from `from` on.
    pub(crate) async fn trend(&self, scope: &Scope, from: Micros) -> Result<Vec<TrendRow>, QueryError> {
        let columns =
            "toUInt32(intDiv(toUnixTimestamp(minute), 600) * 600) AS start, toUInt64(sum(count)) AS count";
        self.rows(minutes_since(columns, scope, from).then("GROUP BY start ORDER BY start")).await
    }

    pub(crate) async fn alert_trend(
        &self,
        scope: &Scope,
        from: Micros,
    ) -> Result<Vec<HourAlerts>, QueryError> {
        let inner = Sql::select(
            "alert_id, toString(level) AS level, toUnixTimestamp64Micro(first_time) AS first_us",
            Table::Alerts,
            scope,
        )
        .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
        .newest_alerts();
        let sql = Sql::over(
            "toInt64(intDiv(first_us, 600000000) * 600) AS start, \
             countIf(level IN ('high', 'critical')) AS severe, countIf(level NOT IN ('high', 'critical')) AS other",
            inner,
        )
        .and_with("first_us >= ?", [from.0.into()]);
        self.rows(sql.then("GROUP BY start ORDER BY start")).await
    }

    /// Alerts of each unit by level since `from`, and of these since `midnight`.
    pub(crate) async fn alerts_by_unit(
        &self,
        scope: &Scope,
        from: Micros,
        midnight: Micros,
    ) -> Result<Vec<UnitLevel>, QueryError> {
        let inner = Sql::select(
            "alert_id, hospital, toString(level) AS level, toUnixTimestamp64Micro(time) AS time_us",
            Table::Alerts,
            scope,
        )
        .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.min(midnight.0).into()])
        .newest_alerts();
        // The outer query's own placeholders come first in its text, so its bounds are conditions
        // of a third level and not arguments of the columns.
        let flagged = Sql::over("hospital, level, time_us", inner);
        let all = Sql::over(
            "toString(hospital) AS hospital, level, count() AS count, toUInt64(0) AS today",
            flagged.clone().and_with("time_us >= ?", [from.0.into()]),
        )
        .then("GROUP BY hospital, level ORDER BY hospital, level");
        let today = Sql::over(
            "toString(hospital) AS hospital, level, toUInt64(0) AS count, count() AS today",
            flagged.and_with("time_us >= ?", [midnight.0.into()]),
        )
        .then("GROUP BY hospital, level ORDER BY hospital, level");
        let (mut rows, more) = tokio::try_join!(self.rows::<UnitLevel>(all), self.rows::<UnitLevel>(today))?;
        for row in more {
            match rows.iter_mut().find(|r| r.hospital == row.hospital && r.level == row.level) {
                Some(found) => found.today = row.today,
                None => rows.push(row),
            }
        }
        Ok(rows)
    }

    /// When the newest row came in, in ms; 0 for a store without events. The whole store is answered
    /// from the parts' own bounds; a set of units by its newest minute.
    pub(crate) async fn newest(&self, scope: &Scope, since: Micros) -> Result<i64, QueryError> {
        #[derive(Row, Deserialize)]
        struct Newest {
            at: i64,
        }
        let sql = match scope {
            Scope::All => Sql::select("toUnixTimestamp64Milli(max(ingested_at)) AS at", Table::Events, scope),
            Scope::Units(_) => Sql::select(
                "toInt64(toUnixTimestamp(max(minute))) * 1000 AS at",
                Table::EventsByMinute,
                scope,
            )
            .and_with("minute >= toDateTime(?)", [since.secs().into()]),
        };
        Ok(self.rows::<Newest>(sql).await?.first().map_or(0, |n| n.at.max(0)))
    }
}
