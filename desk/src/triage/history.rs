//! What was, and what it was then.

use sqlx::Row;
use ward_event::{Micros, control::Finding};

use super::{Status, Triage, Units, finding};
use crate::DeskError;

/// One line of a group's history, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    pub id: i64,
    pub at: Micros,
    pub account: String,
    /// `take`, `assign`, `release`, `close`, `reopen`, `undo`.
    pub action: String,
    pub reason: String,
    /// Alerts it changed.
    pub alerts: i64,
    /// Verdict and owner after it.
    pub verdict: Finding,
    pub owner: String,
    pub undoes: Option<i64>,
}

/// An act, with the line of the queue that it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActOn {
    pub group: String,
    pub hospital: String,
    pub title: String,
    pub title_zh: String,
    pub at: Micros,
    pub account: String,
    /// As in [`ActRow`].
    pub action: String,
    pub reason: String,
    pub verdict: Finding,
    pub owner: String,
}

/// What acts are asked for.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// (type, value); None for all of the units.
    pub entity: Option<(&'a str, &'a str)>,
    /// Alerts that name the entity beside another, by which their line is called.
    pub alerts: &'a [String],
    pub since: Micros,
    pub max: i64,
}

/// Where an alert stood at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    pub status: Status,
    pub verdict: Finding,
}

impl Triage<'_> {
    /// The newest acts on a group.
    pub async fn history(&self, group: &str, max: i64) -> Result<Vec<ActRow>, DeskError> {
        const SELECT: &str = "SELECT id, at, account, action, reason, after, undoes,
            (SELECT COUNT(*) FROM triage_change h WHERE h.act_id = a.id)
            FROM triage_act a WHERE group_id = $1 ORDER BY id DESC LIMIT $2";
        let rows = sqlx::query(SELECT).bind(group).bind(max).fetch_all(self.0.readers()).await?;
        rows.iter()
            .map(|row| {
                let own: super::act::Own =
                    serde_json::from_str(row.get(5)).map_err(|e| DeskError::Broken(e.to_string()))?;
                Ok(ActRow {
                    id: row.get(0),
                    at: Micros(row.get(1)),
                    account: row.get(2),
                    action: row.get(3),
                    reason: row.get(4),
                    alerts: row.get(7),
                    verdict: finding(&own.verdict),
                    owner: own.owner,
                    undoes: row.get(6),
                })
            })
            .collect()
    }

    /// The newest acts on what an entity is named in.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn acts_about(&self, units: &Units, about: About<'_>) -> Result<Vec<ActOn>, DeskError> {
        const SELECT: &str =
            "SELECT g.id, g.hospital, g.title, g.title_zh, a.at, a.account, a.action, a.reason, a.after
            FROM triage_act a JOIN triage_group g ON g.id = a.group_id
            WHERE ($1 = '' OR (g.entity_type = $1 AND g.entity_value = $2) OR g.id IN
                (SELECT group_id FROM triage_alert WHERE alert_id IN (SELECT value FROM json_each($3))))
              AND ($4 IS NULL OR g.hospital IN (SELECT value FROM json_each($4)))
              AND a.at >= $5 ORDER BY a.at DESC, a.id DESC LIMIT $6";
        let (kind, value) = about.entity.unwrap_or_default();
        let rows = sqlx::query(SELECT)
            .bind(kind)
            .bind(value)
            .bind(serde_json::json!(about.alerts).to_string())
            .bind(units.as_ref().map(|units| serde_json::json!(units).to_string()))
            .bind(about.since.0)
            .bind(about.max)
            .fetch_all(self.0.readers())
            .await?;
        let act = |row: &sqlx::sqlite::SqliteRow| {
            let own: super::act::Own =
                serde_json::from_str(row.get(8)).map_err(|e| DeskError::Broken(e.to_string()))?;
            Ok(ActOn {
                group: row.get(0),
                hospital: row.get(1),
                title: row.get(2),
                title_zh: row.get(3),
                at: Micros(row.get(4)),
                account: row.get(5),
                action: row.get(6),
                reason: row.get(7),
                verdict: finding(&own.verdict),
                owner: own.owner,
            })
        };
        rows.iter().map(act).collect()
    }

    /// Where an alert stood at `time`, by what people had done until then; `None` for an alert that had not
    /// been given yet.
    pub async fn as_of(&self, alert_id: &str, time: Micros) -> Result<Option<AsOf>, DeskError> {
        const FIRST: &str = "SELECT given, authorised_test FROM triage_alert WHERE alert_id = $1";
        let Some(row) = sqlx::query(FIRST).bind(alert_id).fetch_optional(self.0.readers()).await? else {
            return Ok(None);
        };
        if row.get::<i64, _>(0) > time.0 {
            return Ok(None);
        }
        const LAST: &str = "SELECT h.to_status, h.to_verdict FROM triage_change h JOIN triage_act a
            ON a.id = h.act_id WHERE h.alert_id = $1 AND a.at <= $2 ORDER BY a.id DESC LIMIT 1";
        let last = sqlx::query(LAST).bind(alert_id).bind(time.0).fetch_optional(self.0.readers()).await?;
        Ok(Some(match last {
            Some(row) => AsOf {
                status: Status::from_name(row.get(0)).unwrap_or(Status::New),
                verdict: finding(row.get(1)),
            },
            None if row.get::<String, _>(1).is_empty() => {
                AsOf { status: Status::New, verdict: Finding::Undecided }
            }
            None => AsOf { status: Status::Closed, verdict: Finding::AuthorisedTest },
        }))
    }
}
