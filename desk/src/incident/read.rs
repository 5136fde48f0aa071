//! Incidents for the pages.

use std::collections::BTreeMap;

use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{
    Micros, UnitId,
    alert::{Entity, Level},
};

use super::{
    Incidents,
    act::IncidentState,
    law::{Known, LawReport},
    stage::Stage,
    words::{WORDS, words},
};
use crate::{
    DeskError,
    case::{Number, Units, machine::NoticeState, tx::read_number},
};

/// Incidents that a list may have.
const LINES_MAX: i64 = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub id: i64,
    /// Of its year, as people say it: 事件 2026-0012.
    pub year: i64,
    pub n: i64,
    pub hospital: UnitId,
    pub title: String,
    pub title_zh: String,
    pub stage: Stage,
    pub level: Level,
    pub state: IncidentState,
    pub first_seen: Micros,
    pub last_seen: Micros,
    pub alerts: i64,
    pub campaign: Option<i64>,
    pub merged_into: Option<i64>,
    pub ended: Option<Micros>,
    pub revision: i64,
}

impl Incident {
    /// `2026-0012`.
    pub fn number(&self) -> String {
        format!("{}-{:04}", self.year, self.n)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentAlert {
    pub alert_id: String,
    pub rule_id: String,
    pub title: String,
    pub title_zh: String,
    pub level: Level,
    pub stage: Stage,
    pub entities: Vec<Entity>,
    pub first_seen: Micros,
    pub last_seen: Micros,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentHistory {
    pub at: Micros,
    pub account: String,
    pub act: String,
    pub from: String,
    pub to: String,
    pub text: String,
}

/// A notice that was drafted from an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub notice: i64,
    pub title: String,
    pub number: Option<Number>,
    pub state: NoticeState,
}

/// One indicator at several units. A unit sees its own incidents of it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    pub id: i64,
    pub year: i64,
    pub n: i64,
    pub kind: String,
    pub value: String,
    pub opened: Micros,
    pub last_seen: Micros,
    pub incidents: Vec<Incident>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentDetail {
    pub incident: Incident,
    /// In the order in which they happened.
    pub alerts: Vec<IncidentAlert>,
    pub entities: Vec<(String, String)>,
    pub campaign: Option<Campaign>,
    pub notices: Vec<Linked>,
    /// Statements of when it was known, the last counts.
    pub known: Vec<Known>,
    pub reports: Vec<LawReport>,
    /// What people wrote for them, by the law's headings.
    pub words: BTreeMap<String, String>,
    /// Newest first.
    pub history: Vec<IncidentHistory>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    pub state: Option<IncidentState>,
    pub unit: Option<UnitId>,
    /// How many to pass over, and how many to list then; 200 where nothing is said.
    pub from: i64,
    pub limit: Option<i64>,
}

fn level(name: &str) -> Level {
    Level::from_name(name).unwrap_or_default()
}

fn read(row: &SqliteRow) -> Result<Incident, DeskError> {
    Ok(Incident {
        id: row.get("id"),
        year: row.get("year"),
        n: row.get("n"),
        hospital: UnitId::new(row.get("hospital")).unwrap_or_default(),
        title: row.get("title"),
        title_zh: row.get("title_zh"),
        stage: Stage::stored(row.get("stage"))?,
        level: level(row.get("level")),
        state: IncidentState::stored(row.get("state"))?,
        first_seen: Micros(row.get("first_seen")),
        last_seen: Micros(row.get("last_seen")),
        alerts: row.get("alerts"),
        campaign: row.get("campaign_id"),
        merged_into: row.get("merged_into"),
        ended: row.get::<Option<i64>, _>("ended_at").map(Micros),
        revision: row.get("revision"),
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.*, (SELECT COUNT(*) FROM case_incident_alert a WHERE a.incident_id = i.id) AS alerts \
             FROM case_incident i ",
            $rest
        )
    };
}

impl Incidents<'_> {
    /// Incidents, those that are open first, the worst and newest of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(&self, units: &Units, filter: &IncidentFilter) -> Result<Vec<Incident>, DeskError> {
        let units = units.as_ref().map(|units| serde_json::json!(units).to_string());
        let rows = sqlx::query(select!(
            "WHERE ($1 IS NULL OR i.hospital IN (SELECT value FROM json_each($1)))
               AND ($2 = '' OR i.state = $2) AND ($2 <> '' OR i.state <> 'merged') AND ($3 = '' OR i.hospital = $3)
             ORDER BY CASE WHEN i.ended_at IS NULL THEN 0 ELSE 1 END,
               CASE i.level WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END,
               i.last_seen DESC, i.id DESC LIMIT $4 OFFSET $5"
        ))
        .bind(units)
        .bind(filter.state.map_or("", IncidentState::as_str))
        .bind(filter.unit.as_ref().map_or("", UnitId::as_str))
        .bind(filter.limit.unwrap_or(LINES_MAX))
        .bind(filter.from)
        .fetch_all(self.0.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Incidents of a time that are about an entity (type, value), or all where none is named; newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn about(
        &self,
        units: &Units,
        entity: Option<(&str, &str)>,
        since: Micros,
    ) -> Result<Vec<Incident>, DeskError> {
        let units = units.as_ref().map(|units| serde_json::json!(units).to_string());
        let (kind, value) = entity.unwrap_or_default();
        let rows = sqlx::query(select!(
            "WHERE ($1 IS NULL OR i.hospital IN (SELECT value FROM json_each($1)))
               AND i.state <> 'merged' AND i.last_seen >= $2
               AND ($3 = '' OR EXISTS (SELECT 1 FROM case_incident_entity e
                 WHERE e.incident_id = i.id AND e.kind = $3 AND e.value = $4))
             ORDER BY i.first_seen DESC, i.id DESC LIMIT $5"
        ))
        .bind(units)
        .bind(since.0)
        .bind(kind)
        .bind(value)
        .bind(LINES_MAX)
        .fetch_all(self.0.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// How many are open.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_count(&self, units: &Units) -> Result<u64, DeskError> {
        let units = units.as_ref().map(|units| serde_json::json!(units).to_string());
        let row = sqlx::query(
            "SELECT COUNT(*) FROM case_incident i WHERE i.ended_at IS NULL AND i.state <> 'merged'
               AND ($1 IS NULL OR i.hospital IN (SELECT value FROM json_each($1)))",
        )
        .bind(units)
        .fetch_one(self.0.readers())
        .await?;
        Ok(u64::try_from(row.get::<i64, _>(0)).unwrap_or(0))
    }

    /// One incident, if its unit is the viewer's to see.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn get(&self, units: &Units, id: i64) -> Result<Option<IncidentDetail>, DeskError> {
        let pool = self.0.readers();
        let row = sqlx::query(select!("WHERE i.id = $1")).bind(id).fetch_optional(pool).await?;
        let Some(incident) = row.as_ref().map(read).transpose()? else { return Ok(None) };
        if units.as_ref().is_some_and(|units| !units.contains(&incident.hospital)) {
            return Ok(None);
        }
        let all = async |sql: &'static str| sqlx::query(sql).bind(id).fetch_all(pool).await;
        let alerts =
            all("SELECT * FROM case_incident_alert WHERE incident_id = $1 ORDER BY first_seen, alert_id")
                .await?;
        let entities =
            all("SELECT kind, value FROM case_incident_entity WHERE incident_id = $1 ORDER BY 1, 2").await?;
        let known = all("SELECT * FROM case_law WHERE incident_id = $1 ORDER BY no").await?;
        let reports = all("SELECT * FROM case_law_report WHERE incident_id = $1 ORDER BY no").await?;
        let history =
            all("SELECT * FROM case_incident_history WHERE incident_id = $1 ORDER BY no DESC").await?;
        let words = words(all(WORDS).await?.iter());
        // How a notice is made is the commission's own: a unit has its part of it among its tasks.
        let notices = if units.is_none() {
            all("SELECT id, title, word, year, n, state FROM case_notice WHERE incident_id = $1 ORDER BY id")
                .await?
        } else {
            Vec::new()
        };
        let campaign = match incident.campaign {
            Some(id) => self.campaign(units, id).await?,
            None => None,
        };
        Ok(Some(IncidentDetail {
            alerts: alerts.iter().map(read_alert).collect::<Result<_, _>>()?,
            entities: entities.iter().map(|row| (row.get(0), row.get(1))).collect(),
            campaign,
            notices: notices
                .iter()
                .map(|row| {
                    Ok(Linked {
                        notice: row.get("id"),
                        title: row.get("title"),
                        number: read_number(row),
                        state: NoticeState::stored(row.get("state"))?,
                    })
                })
                .collect::<Result<_, DeskError>>()?,
            known: known.iter().map(Known::read).collect(),
            reports: reports.iter().map(LawReport::read).collect::<Result<_, _>>()?,
            history: history
                .iter()
                .map(|row| IncidentHistory {
                    at: Micros(row.get("at")),
                    account: row.get("account"),
                    act: row.get("act"),
                    from: row.get("from_state"),
                    to: row.get("to_state"),
                    text: row.get("text"),
                })
                .collect(),
            words,
            incident,
        }))
    }

    /// A campaign with what the viewer may see of it; None where that is nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn campaign(&self, units: &Units, id: i64) -> Result<Option<Campaign>, DeskError> {
        let pool = self.0.readers();
        let row =
            sqlx::query("SELECT * FROM case_campaign WHERE id = $1").bind(id).fetch_optional(pool).await?;
        let Some(row) = row else { return Ok(None) };
        let members = sqlx::query(select!("WHERE i.campaign_id = $1 ORDER BY i.first_seen, i.id"));
        let members = members.bind(id).fetch_all(pool).await?;
        let members = members.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let sees = |i: &Incident| units.as_ref().is_none_or(|units| units.contains(&i.hospital));
        let incidents: Vec<_> = members.into_iter().filter(sees).collect();
        Ok((!incidents.is_empty()).then(|| Campaign {
            id,
            year: row.get("year"),
            n: row.get("n"),
            kind: row.get("kind"),
            value: row.get("value"),
            opened: Micros(row.get("opened_at")),
            last_seen: Micros(row.get("last_seen")),
            incidents,
        }))
    }
}

fn read_alert(row: &SqliteRow) -> Result<IncidentAlert, DeskError> {
    Ok(IncidentAlert {
        alert_id: row.get("alert_id"),
        rule_id: row.get("rule_id"),
        title: row.get("title"),
        title_zh: row.get("title_zh"),
        level: level(row.get("level")),
        stage: Stage::stored(row.get("stage"))?,
        entities: serde_json::from_str(row.get("entities")).map_err(|e| DeskError::Broken(e.to_string()))?,
        first_seen: Micros(row.get("first_seen")),
        last_seen: Micros(row.get("last_seen")),
    })
}
