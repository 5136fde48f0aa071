//! The queue: groups by filter, one page at a time, by index.

use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};
use ward_event::{Micros, UnitId, alert::Level, control::Finding};

use super::{Status, Triage, Units, finding};
use crate::DeskError;

/// What a list is limited to. All parts must hold; an empty part holds for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub statuses: Vec<Status>,
    pub levels: Vec<Level>,
    pub hospital: Option<UnitId>,
    pub rule_id: String,
    /// An account's name.
    pub owner: Option<String>,
    pub verdict: Option<Finding>,
    /// Groups whose last event is not older.
    pub since: Option<Micros>,
    pub until: Option<Micros>,
    /// Anywhere in title, rule or entity.
    pub text: String,
    /// (type, value)
    pub entity: Option<(String, String)>,
    /// Groups with an alert that arrived after this number.
    pub after: Option<i64>,
}

/// One line of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub id: String,
    pub hospital: String,
    pub rule_id: String,
    pub entity_type: String,
    pub entity_value: String,
    pub title: String,
    pub title_zh: String,
    pub level: Level,
    pub status: Status,
    pub owner: String,
    pub verdict: Finding,
    pub reason: String,
    pub version: i64,
    pub alerts: i64,
    pub unclosed: i64,
    pub events: i64,
    pub first_seen: Micros,
    pub last_seen: Micros,
    pub last_alert: String,
    pub last_no: i64,
}

/// A page of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub groups: Vec<Group>,
    /// Groups that the filter leaves, counted up to [`COUNT_MAX`].
    pub total: i64,
    /// The newest arrival there is: what is newer was not on this page.
    pub newest: i64,
}

/// How many groups have each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub new: i64,
    pub open: i64,
    pub closed: i64,
}

/// Where one alert stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertState {
    pub alert_id: String,
    pub group_id: String,
    pub status: Status,
    pub verdict: Finding,
    pub level: Level,
    pub last_seen: Micros,
    pub events: i64,
}

/// Beyond this a count says "more than".
pub const COUNT_MAX: i64 = 10_000;

const COLUMNS: &str = "SELECT id, hospital, rule_id, entity_type, entity_value, title, title_zh, level, status, owner,
    verdict, reason, version, alerts, unclosed, events, first_seen, last_seen, last_alert, last_no FROM triage_group";

fn level(n: i64) -> Level {
    usize::try_from(n).ok().and_then(|n| Level::ALL.get(n).copied()).unwrap_or_default()
}

fn group(row: &SqliteRow) -> Group {
    Group {
        id: row.get(0),
        hospital: row.get(1),
        rule_id: row.get(2),
        entity_type: row.get(3),
        entity_value: row.get(4),
        title: row.get(5),
        title_zh: row.get(6),
        level: level(row.get(7)),
        status: Status::from_name(row.get(8)).unwrap_or(Status::New),
        owner: row.get(9),
        verdict: finding(row.get(10)),
        reason: row.get(11),
        version: row.get(12),
        alerts: row.get(13),
        unclosed: row.get(14),
        events: row.get(15),
        first_seen: Micros(row.get(16)),
        last_seen: Micros(row.get(17)),
        last_alert: row.get(18),
        last_no: row.get(19),
    }
}

fn list(sql: &mut QueryBuilder<Sqlite>, column: &str, values: impl IntoIterator<Item = String>) {
    sql.push(" AND ").push(column).push(" IN (");
    let mut parts = sql.separated(", ");
    for value in values {
        parts.push_bind(value);
    }
    parts.push_unseparated(")");
}

/// `WHERE` and all of its parts.
pub(super) fn limit(sql: &mut QueryBuilder<Sqlite>, filter: &Filter, units: &Units) {
    sql.push(" WHERE 1 = 1");
    if !filter.statuses.is_empty() {
        list(sql, "status", filter.statuses.iter().map(|s| s.as_str().to_owned()));
    }
    if !filter.levels.is_empty() {
        sql.push(" AND level IN (");
        let mut parts = sql.separated(", ");
        for level in &filter.levels {
            parts.push_bind(*level as i64);
        }
        parts.push_unseparated(")");
    }
    if let Some(units) = units {
        list(sql, "hospital", units.iter().map(ToString::to_string));
    }
    if let Some(unit) = &filter.hospital {
        sql.push(" AND hospital = ").push_bind(unit.to_string());
    }
    if !filter.rule_id.is_empty() {
        sql.push(" AND rule_id = ").push_bind(filter.rule_id.clone());
    }
    if let Some(owner) = &filter.owner {
        sql.push(" AND owner = ").push_bind(owner.clone());
    }
    if let Some(verdict) = filter.verdict {
        sql.push(" AND verdict = ").push_bind(verdict.name());
    }
    if let Some(since) = filter.since {
        sql.push(" AND last_seen >= ").push_bind(since.0);
    }
    if let Some(until) = filter.until {
        sql.push(" AND last_seen < ").push_bind(until.0);
    }
    if let Some((kind, value)) = &filter.entity {
        sql.push(" AND entity_type = ").push_bind(kind.clone());
        sql.push(" AND entity_value = ").push_bind(value.clone());
    }
    if let Some(after) = filter.after {
        sql.push(" AND last_no > ").push_bind(after);
    }
    for word in filter.text.split_whitespace().take(8) {
        let escaped = word.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        sql.push(" AND LOWER(title || ' ' || title_zh || ' ' || rule_id || ' ' || entity_value || ' ' || hospital) LIKE ");
        sql.push_bind(format!("%{escaped}%")).push(" ESCAPE '\\'");
    }
}

/// The worst first, then the latest.
pub(super) const ORDER: &str = " ORDER BY level DESC, last_seen DESC, id LIMIT ";

impl Triage<'_> {
    /// Groups by filter, the worst and latest first, from `skip` on.
    pub async fn page(&self, filter: &Filter, units: &Units, skip: i64, max: i64) -> Result<Page, DeskError> {
        let mut sql = QueryBuilder::new(COLUMNS);
        limit(&mut sql, filter, units);
        sql.push(ORDER).push_bind(max).push(" OFFSET ").push_bind(skip);
        let rows = sql.build().fetch_all(self.0.readers()).await?;
        let newest = sqlx::query("SELECT COALESCE(MAX(no), 0) FROM triage_alert").fetch_one(self.0.readers());
        Ok(Page {
            groups: rows.iter().map(group).collect(),
            total: self.count(filter, units).await?,
            newest: newest.await?.get(0),
        })
    }

    /// Groups by filter, counted up to [`COUNT_MAX`].
    pub async fn count(&self, filter: &Filter, units: &Units) -> Result<i64, DeskError> {
        let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM (SELECT 1 FROM triage_group");
        limit(&mut sql, filter, units);
        sql.push(" LIMIT ").push_bind(COUNT_MAX).push(")");
        Ok(sql.build().fetch_one(self.0.readers()).await?.get(0))
    }

    /// One group, if it is the viewer's to see.
    pub async fn group(&self, id: &str, units: &Units) -> Result<Option<Group>, DeskError> {
        let mut sql = QueryBuilder::new(COLUMNS);
        limit(&mut sql, &Filter::default(), units);
        sql.push(" AND id = ").push_bind(id.to_owned());
        Ok(sql.build().fetch_optional(self.0.readers()).await?.as_ref().map(group))
    }

    /// How many groups have each status, whatever the filter's own statuses.
    pub async fn counts(&self, filter: &Filter, units: &Units) -> Result<Counts, DeskError> {
        let mut sql = QueryBuilder::new("SELECT status, COUNT(*) FROM triage_group");
        limit(&mut sql, &Filter { statuses: Vec::new(), ..filter.clone() }, units);
        sql.push(" GROUP BY status");
        let mut counts = Counts::default();
        for row in sql.build().fetch_all(self.0.readers()).await? {
            match row.get::<&str, _>(0) {
                "new" => counts.new = row.get(1),
                "open" => counts.open = row.get(1),
                _ => counts.closed = row.get(1),
            }
        }
        Ok(counts)
    }

    /// Alerts of one status, the worst and newest first.
    pub async fn alerts(&self, status: Status, max: i64) -> Result<Vec<AlertState>, DeskError> {
        let rows = sqlx::query(ALERTS).bind(status.as_str()).bind(max).fetch_all(self.0.readers()).await?;
        Ok(rows.iter().map(alert_state).collect())
    }

    /// The newest alerts of a group.
    pub async fn alerts_of(&self, group: &str, max: i64) -> Result<Vec<AlertState>, DeskError> {
        const SELECT: &str =
            "SELECT alert_id, group_id, status, verdict, level, last_seen, events FROM triage_alert
            WHERE group_id = $1 ORDER BY no DESC LIMIT $2";
        let rows = sqlx::query(SELECT).bind(group).bind(max).fetch_all(self.0.readers()).await?;
        Ok(rows.iter().map(alert_state).collect())
    }

    /// Where one alert stands; `None` for one that triage does not know (yet).
    pub async fn alert(&self, alert_id: &str) -> Result<Option<AlertState>, DeskError> {
        const SELECT: &str =
            "SELECT alert_id, group_id, status, verdict, level, last_seen, events FROM triage_alert
            WHERE alert_id = $1";
        let row = sqlx::query(SELECT).bind(alert_id).fetch_optional(self.0.readers()).await?;
        Ok(row.as_ref().map(alert_state))
    }

    /// Everybody who owns a case that is not closed.
    pub async fn owners(&self) -> Result<Vec<String>, DeskError> {
        const SELECT: &str = "SELECT DISTINCT owner FROM triage_group WHERE status IN ('new', 'open') AND owner > '' ORDER BY 1";
        let rows = sqlx::query(SELECT).fetch_all(self.0.readers()).await?;
        Ok(rows.iter().map(|r| r.get(0)).collect())
    }
}

pub(super) const ALERTS: &str = "SELECT alert_id, group_id, status, verdict, level, last_seen, events
    FROM triage_alert WHERE status = $1 ORDER BY level DESC, no DESC LIMIT $2";

fn alert_state(row: &SqliteRow) -> AlertState {
    AlertState {
        alert_id: row.get(0),
        group_id: row.get(1),
        status: Status::from_name(row.get(2)).unwrap_or(Status::New),
        verdict: finding(row.get(3)),
        level: level(row.get(4)),
        last_seen: Micros(row.get(5)),
        events: row.get(6),
    }
}
