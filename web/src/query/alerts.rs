//! Alerts: the list by keyset, the facets of a filter, one alert with its revisions.

use clickhouse::Row;
use serde::Deserialize;
use ward_event::{Micros, UnitId, alert::Level};

use super::{
    QueryError, Reader,
    sql::{Sql, Table},
};
use crate::scope::Scope;

/// What a list of alerts is limited to. Times bound the newest revision's `time`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AlertFilter {
    pub from: Micros,
    pub to: Option<Micros>,
    pub levels: Vec<Level>,
    pub unit: Option<UnitId>,
    pub rule: Option<String>,
    /// (type, value) of those that an alert names at least one of; none for all alerts.
    pub entities: Vec<(String, String)>,
    /// Anywhere in title, rule, entities or reasons, whatever the case.
    pub text: Option<String>,
}

/// What a list is ordered by; ties by id, so that a page's end is one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum SortKey {
    #[default]
    Time,
    Level,
    Score,
    Events,
    First,
}

impl SortKey {
    pub(crate) const ALL: [Self; 5] = [Self::Time, Self::Level, Self::Score, Self::Events, Self::First];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Level => "level",
            Self::Score => "score",
            Self::Events => "events",
            Self::First => "first",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AlertSort {
    pub key: SortKey,
    pub ascending: bool,
}

/// Where a page ended: the sort key's value and the id of its last row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AlertPage {
    pub after: Option<(f64, String)>,
    pub limit: i64,
}

/// One line of a list. Times in µs.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct AlertRow {
    pub alert_id: String,
    pub rule_id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    /// Of the newest revision.
    pub time: i64,
    pub first_time: i64,
    pub hospital: String,
    pub entity_types: Vec<String>,
    pub entity_values: Vec<String>,
    pub event_count: u64,
    pub score: f64,
    /// The value it is sorted by.
    pub sort_key: f64,
}

/// One alert, whole, in one revision.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct FullAlert {
    pub alert_id: String,
    pub revision: u32,
    pub rule_id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    pub techniques: Vec<String>,
    pub time: i64,
    pub first_time: i64,
    pub last_time: i64,
    pub hospital: String,
    pub entity_types: Vec<String>,
    pub entity_values: Vec<String>,
    /// JSON array of `ward_event::alert::Reason`.
    pub reasons: String,
    pub event_producers: Vec<String>,
    pub event_seqs: Vec<u64>,
    pub event_count: u64,
    pub score: f64,
    /// JSON of `ward_event::alert::Versions`.
    pub versions: String,
    pub producer: String,
    pub seq: u64,
}

/// How many alerts a level has.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct LevelCount {
    pub level: String,
    pub count: u64,
}

/// How many alerts a rule has.
#[derive(Debug, Clone, Row, Deserialize)]
pub(crate) struct RuleCount {
    pub rule_id: String,
    pub title: String,
    pub title_zh: String,
    pub level: String,
    pub count: u64,
}

const NEWEST: &str = "alert_id, revision, rule_id, title, title_zh, toString(level) AS level, \
    toUnixTimestamp64Micro(time) AS time_us, toUnixTimestamp64Micro(first_time) AS first_us, \
    hospital, entities.type AS entity_types, \
    entities.value AS entity_values, reasons, toUInt64(event_count) AS event_count, toFloat64(score) AS score";

macro_rules! row_columns {
    ($key:literal) => {
        concat!(
            "alert_id, toString(rule_id) AS rule_id, toString(title) AS title, toString(title_zh) AS title_zh, \
             toString(level) AS level, time_us AS time, first_us AS first_time, toString(hospital) AS hospital, entity_types, entity_values, event_count, score, \
             toFloat64(", $key, ") AS sort_key"
        )
    };
}

const FULL: &str = "alert_id, toUInt32(revision) AS revision, toString(rule_id) AS rule_id, \
    toString(title) AS title, toString(title_zh) AS title_zh, toString(level) AS level, techniques, \
    toUnixTimestamp64Micro(time) AS time, toUnixTimestamp64Micro(first_time) AS first_time, \
    toUnixTimestamp64Micro(last_time) AS last_time, toString(hospital) AS hospital, \
    entities.type AS entity_types, entities.value AS entity_values, reasons, \
    events.producer AS event_producers, events.seq AS event_seqs, toUInt64(event_count) AS event_count, \
    toFloat64(score) AS score, versions, toString(producer) AS producer, toUInt64(seq) AS seq";

/// Revisions of one alert that a page shows.
const REVISIONS_MAX: i64 = 50;

impl AlertFilter {
    /// The newest revision of each alert since `from`. The upper bound stands outside: an older
    /// revision must not answer for one that is too new. What all revisions have in common stands inside: rule and
    /// entities are what an alert is grouped by.
    fn newest(&self, scope: &Scope) -> Sql {
        let mut sql = Sql::select(NEWEST, Table::Alerts, &scope.narrow(self.unit.as_ref()))
            .and_with("time >= fromUnixTimestamp64Micro(toInt64(?))", [self.from.0.into()]);
        if let Some(rule) = &self.rule {
            sql = sql.and_with("rule_id = ?", [rule.as_str().into()]);
        }
        if !self.entities.is_empty() {
            // No type has a colon in it.
            let names: Vec<String> =
                self.entities.iter().map(|(kind, value)| format!("{kind}:{value}")).collect();
            sql = sql.and_with(
                "arrayExists((t, v) -> has(?, concat(t, ':', v)), entities.type, entities.value)",
                [names.into()],
            );
        }
        sql.newest_alerts()
    }

    fn conditions(&self, mut sql: Sql) -> Sql {
        if let Some(to) = self.to {
            sql = sql.and_with("time_us < ?", [to.0.into()]);
        }
        if !self.levels.is_empty() {
            let names: Vec<String> = self.levels.iter().map(|l| l.name().to_owned()).collect();
            sql = sql.and_with("level IN ?", [names.into()]);
        }
        if let Some(text) = &self.text {
            sql = sql.and_with(
                "positionCaseInsensitiveUTF8(concat(title, ' ', title_zh, ' ', rule_id, ' ', \
                 arrayStringConcat(entity_values, ' '), ' ', reasons), ?) > 0",
                [text.as_str().into()],
            );
        }
        sql
    }
}

impl Reader {
    pub(crate) async fn alerts(
        &self,
        scope: &Scope,
        filter: &AlertFilter,
        sort: AlertSort,
        page: AlertPage,
    ) -> Result<Vec<AlertRow>, QueryError> {
        let inner = filter.newest(scope);
        let mut sql = filter.conditions(match sort.key {
            SortKey::Time => Sql::over(row_columns!("time_us"), inner),
            SortKey::Level => Sql::over(
                row_columns!("indexOf(['informational', 'low', 'medium', 'high', 'critical'], level)"),
                inner,
            ),
            SortKey::Score => Sql::over(row_columns!("score"), inner),
            SortKey::Events => Sql::over(row_columns!("event_count"), inner),
            SortKey::First => Sql::over(row_columns!("first_us"), inner),
        });
        if let Some((key, id)) = page.after {
            let values = [key.into(), id.into()];
            sql = if sort.ascending {
                sql.and_with("(sort_key, alert_id) > (toFloat64(?), ?)", values)
            } else {
                sql.and_with("(sort_key, alert_id) < (toFloat64(?), ?)", values)
            };
        }
        let sql = if sort.ascending {
            sql.then_with("ORDER BY sort_key, alert_id LIMIT ?", [page.limit.into()])
        } else {
            sql.then_with("ORDER BY sort_key DESC, alert_id DESC LIMIT ?", [page.limit.into()])
        };
        self.rows(sql).await
    }

    /// How many alerts each level has, under a filter.
    pub(crate) async fn alert_levels(
        &self,
        scope: &Scope,
        filter: &AlertFilter,
    ) -> Result<Vec<LevelCount>, QueryError> {
        let sql = filter.conditions(Sql::over("level, count() AS count", filter.newest(scope)));
        self.rows(sql.then("GROUP BY level ORDER BY level")).await
    }

    /// The rules with most alerts, under a filter.
    pub(crate) async fn alert_rules(
        &self,
        scope: &Scope,
        filter: &AlertFilter,
        limit: i64,
    ) -> Result<Vec<RuleCount>, QueryError> {
        let columns = "toString(rule_id) AS rule_id, toString(argMax(title, time_us)) AS title, \
            toString(argMax(title_zh, time_us)) AS title_zh, toString(argMax(level, time_us)) AS level, \
            count() AS count";
        let sql = Sql::over(columns, filter.conditions(Sql::over("*", filter.newest(scope))));
        self.rows(sql.then_with("GROUP BY rule_id ORDER BY count DESC, rule_id LIMIT ?", [limit.into()]))
            .await
    }

    /// Every revision of one alert, newest first; empty for a foreign or unknown id.
    pub(crate) async fn alert(&self, scope: &Scope, id: &str) -> Result<Vec<FullAlert>, QueryError> {
        let sql = Sql::select(FULL, Table::Alerts, scope)
            .and_with("alert_id = ?", [id.into()])
            .then_with("ORDER BY revision DESC LIMIT 1 BY revision LIMIT ?", [REVISIONS_MAX.into()]);
        self.rows(sql).await
    }
}
