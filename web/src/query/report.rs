//! What a report is made of: counts over a period that ended, of rows that were in by a bound. Later rows of the
//! same period do not change what was counted.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::Micros;

use super::{
    QueryError, Reader,
    rates::minutes_since,
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// From is in, to is out; what came in after the bound is not counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub from: Micros,
    pub to: Micros,
    pub ingested_until: Micros,
}

/// Alerts of one rule and level in one unit.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct RuleUnit {
    pub hospital: String,
    pub rule_id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    pub count: u64,
}

/// Alerts of one unit in one hour.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct HourUnit {
    pub hospital: String,
    /// Hours since the epoch.
    pub hour: i64,
    pub severe: u64,
    pub other: u64,
}

/// Something counted by unit.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct UnitCount {
    pub hospital: String,
    pub count: u64,
}

/// Things of a unit, and those first seen in the period.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct UnitAssets {
    pub hospital: String,
    pub count: u64,
    pub fresh: u64,
}

/// How a source stood at the end of the period.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
pub(crate) struct SourceAt {
    pub hospital: String,
    pub source: String,
    /// Of all senders of it in this unit the best: `ok`, `silent`, `unknown`.
    pub status: String,
}

/// A source that has said nothing for so long is not known any more.
const SOURCE_LOOK_BACK: i64 = 30 * ward_event::time::MICROS_PER_DAY;

impl Span {
    /// The newest revision of each alert that was in by the bound, where it lies in the period.
    fn alerts(self, scope: &Scope, columns: &'static str, outer: &'static str) -> Sql {
        let inner = Sql::select(columns, Table::Alerts, scope)
            .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [self.from.0.into()])
            .and_with(
                "ingested_at <= fromUnixTimestamp64Milli(toInt64(?))",
                [self.ingested_until.millis().into()],
            )
            .newest_alerts();
        Sql::over(outer, inner).and_with("time_us < ?", [self.to.0.into()])
    }
}

impl Reader {
    /// Alerts by unit, rule and level.
    pub(crate) async fn report_rules(&self, scope: &Scope, span: Span) -> Result<Vec<RuleUnit>, QueryError> {
        let sql = span.alerts(
            scope,
            "alert_id, rule_id, title, title_zh, toString(level) AS level, hospital, \
             toUnixTimestamp64Micro(time) AS time_us",
            "toString(hospital) AS hospital, toString(rule_id) AS rule_id, toString(max(title)) AS title, \
             toString(max(title_zh)) AS title_zh, level, count() AS count",
        );
        self.rows(sql.then("GROUP BY hospital, rule_id, level ORDER BY hospital, rule_id, level")).await
    }

    /// Alerts by unit and hour.
    pub(crate) async fn report_hours(&self, scope: &Scope, span: Span) -> Result<Vec<HourUnit>, QueryError> {
        let sql = span.alerts(
            scope,
            "alert_id, toString(level) AS level, hospital, toUnixTimestamp64Micro(time) AS time_us",
            "toString(hospital) AS hospital, toInt64(intDiv(time_us, 3600000000)) AS hour, \
             countIf(level IN ('high', 'critical')) AS severe, countIf(level NOT IN ('high', 'critical')) AS other",
        );
        self.rows(sql.then("GROUP BY hospital, hour ORDER BY hospital, hour")).await
    }

    /// Events by unit, by the minute they were received in.
    pub(crate) async fn report_events(
        &self,
        scope: &Scope,
        span: Span,
    ) -> Result<Vec<UnitCount>, QueryError> {
        let sql =
            minutes_since("toString(hospital) AS hospital, toUInt64(sum(count)) AS count", scope, span.from)
                .and_with("t.minute < toDateTime(?, 'UTC')", [span.to.secs().into()])
                .then("GROUP BY hospital ORDER BY hospital");
        self.rows(sql).await
    }

    /// Sources as they stood at the end of the period.
    pub(crate) async fn report_sources(
        &self,
        scope: &Scope,
        span: Span,
    ) -> Result<Vec<SourceAt>, QueryError> {
        let from = Micros(span.to.0 - SOURCE_LOOK_BACK);
        let inner = Sql::select("hospital, sender, source, toString(status) AS state", Table::Source, scope)
            .and_with(
                "time >= fromUnixTimestamp64Micro(toInt64(?)) AND time < fromUnixTimestamp64Micro(toInt64(?))",
                [from.0.into(), span.to.0.into()],
            )
            .and_with("ingested_at <= fromUnixTimestamp64Milli(toInt64(?))", [span.ingested_until.millis().into()])
            .then("ORDER BY hospital, sender, source, time DESC, seq DESC LIMIT 1 BY hospital, sender, source");
        let sql = Sql::over(
            "toString(hospital) AS hospital, toString(source) AS source, \
             multiIf(countIf(state = 'ok') > 0, 'ok', countIf(state = 'silent') > 0, 'silent', 'unknown') AS status",
            inner,
        );
        self.rows(sql.then("GROUP BY hospital, source ORDER BY hospital, source")).await
    }

    /// Things that were seen until the end of the period, and how many of them in it for the first time.
    pub(crate) async fn report_assets(
        &self,
        scope: &Scope,
        span: Span,
    ) -> Result<Vec<UnitAssets>, QueryError> {
        let inner = Sql::select(
            "hospital, asset_type, asset, toUnixTimestamp64Micro(first_seen) AS first_us, same_as",
            Table::AssetNow,
            scope,
        )
        .then("ORDER BY hospital, asset_type, asset, t.time DESC LIMIT 1 BY hospital, asset_type, asset");
        let all = Sql::over(
            "toString(hospital) AS hospital, count() AS count, toUInt64(0) AS fresh",
            inner.clone(),
        )
        .and("same_as = ''")
        .and_with("first_us < ?", [span.to.0.into()])
        .then("GROUP BY hospital ORDER BY hospital");
        let fresh = Sql::over("toString(hospital) AS hospital, count() AS count", inner)
            .and("same_as = ''")
            .and_with("first_us >= ? AND first_us < ?", [span.from.0.into(), span.to.0.into()])
            .then("GROUP BY hospital ORDER BY hospital");
        let (mut rows, new) = tokio::try_join!(self.rows::<UnitAssets>(all), self.rows::<UnitCount>(fresh))?;
        for row in &mut rows {
            row.fresh = new.iter().find(|n| n.hospital == row.hospital).map_or(0, |n| n.count);
        }
        Ok(rows)
    }
}
