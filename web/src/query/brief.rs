//! What leaders and hospitals are told: alerts by unit and by sort, over two times to compare.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::Micros;

use super::{
    QueryError, Reader,
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// Alerts of one unit.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct UnitAlerts {
    pub hospital: String,
    /// High and critical.
    pub severe: u64,
    pub critical: u64,
    pub all: u64,
}

/// Alerts of one rule.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct RuleAlerts {
    pub rule_id: String,
    /// The first is the more telling.
    pub techniques: Vec<String>,
    pub severe: u64,
    pub all: u64,
}

/// One account that rules about data have named.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct AccountAlerts {
    pub hospital: String,
    pub account: String,
    pub title: String,
    pub title_zh: String,
    pub worst: u64,
    pub count: u64,
    pub last: i64,
}

/// One alert as a hospital is told of it.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct ToldAlert {
    pub alert_id: String,
    pub rule_id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    pub techniques: Vec<String>,
    pub time: i64,
    pub entity_types: Vec<String>,
    pub entity_values: Vec<String>,
}

const NEWEST: &str = "alert_id, revision, rule_id, title, title_zh, toString(level) AS level, techniques, hospital, \
    toUnixTimestamp64Micro(time) AS time_us, entities.type AS entity_types, entities.value AS entity_values, \
    reasons";

/// Alerts whose newest revision lies in `[from, to)`.
fn within(scope: &Scope, from: Micros, to: Micros) -> Sql {
    Sql::select(NEWEST, Table::Alerts, scope)
        .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [from.0.into()])
        .and_with("time < fromUnixTimestamp64Micro(toInt64(?))", [to.0.into()])
        .newest_alerts()
}

impl Reader {
    pub(crate) async fn unit_alerts(
        &self,
        scope: &Scope,
        from: Micros,
        to: Micros,
    ) -> Result<Vec<UnitAlerts>, QueryError> {
        let columns = "toString(hospital) AS hospital, countIf(level IN ('high', 'critical')) AS severe, \
            countIf(level = 'critical') AS critical, count() AS all";
        let sql = Sql::over(columns, within(scope, from, to));
        self.rows(sql.then("GROUP BY hospital ORDER BY critical DESC, severe DESC, hospital")).await
    }

    pub(crate) async fn rule_alerts(
        &self,
        scope: &Scope,
        from: Micros,
        to: Micros,
    ) -> Result<Vec<RuleAlerts>, QueryError> {
        let columns = "toString(rule_id) AS rule_id, any(techniques) AS techniques, \
            countIf(level IN ('high', 'critical')) AS severe, count() AS all";
        let sql = Sql::over(columns, within(scope, from, to));
        self.rows(sql.then("GROUP BY rule_id ORDER BY all DESC, rule_id LIMIT 500")).await
    }

    /// Accounts that alerts of these rules name, or alerts with this in a reason; gravest first.
    pub(crate) async fn rule_breakers(
        &self,
        scope: &Scope,
        rules: &[&str],
        reason: &str,
        from: Micros,
        to: Micros,
    ) -> Result<Vec<AccountAlerts>, QueryError> {
        let rules: Vec<String> = rules.iter().map(|r| (*r).to_owned()).collect();
        let one = Sql::over(
            "alert_id, rule_id, title, title_zh, hospital, time_us, \
             indexOf(['informational', 'low', 'medium', 'high', 'critical'], level) AS rank, \
             arrayJoin(arrayFilter((v, k) -> k IN ('account', 'user'), entity_values, entity_types)) AS who",
            within(scope, from, to),
        )
        .and_with("(rule_id IN ? OR position(reasons, ?) > 0)", [rules.into(), reason.into()]);
        let columns = "toString(hospital) AS hospital, toString(who) AS account, \
            toString(argMax(title, (rank, time_us))) AS title, \
            toString(argMax(title_zh, (rank, time_us))) AS title_zh, toUInt64(max(rank)) AS worst, \
            uniqExact(alert_id) AS count, max(time_us) AS last";
        let tail = "GROUP BY hospital, account ORDER BY worst DESC, count DESC, last DESC, account LIMIT 200";
        self.rows(Sql::over(columns, one).then(tail)).await
    }

    /// The gravest and newest alerts.
    pub(crate) async fn told_alerts(
        &self,
        scope: &Scope,
        from: Micros,
        to: Micros,
        limit: i64,
    ) -> Result<Vec<ToldAlert>, QueryError> {
        let columns = "alert_id, toString(rule_id) AS rule_id, toString(title) AS title, \
            toString(title_zh) AS title_zh, level, techniques, time_us AS time, entity_types, entity_values";
        let tail = "ORDER BY indexOf(['informational', 'low', 'medium', 'high', 'critical'], level) DESC, \
            time DESC, alert_id LIMIT ?";
        self.rows(Sql::over(columns, within(scope, from, to)).then_with(tail, [limit.into()])).await
    }
}
