//! Alerts as they arrive: into an incident that is open, into a new one, or nowhere.

use std::collections::BTreeSet;

use sqlx::Row;
use ward_event::{
    Micros, UnitId,
    alert::{Alert, Level},
};

use super::{
    Incidents,
    join::{CAMPAIGN_WINDOW, OPENS_AT, Open, WINDOW, belongs, is_indicator, joining},
    stage::{Stage, stage_of},
};
use crate::{Connection, DeskError, case::tx::next_id};

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Joined {
    pub opened: u64,
    pub joined: u64,
    /// Newer revisions of alerts that are in an incident.
    pub revised: u64,
    /// Too little for an incident of their own, or known.
    pub left: u64,
}

/// Who does what the platform does of itself.
pub(super) const PLATFORM: &str = "ward";

impl Incidents<'_> {
    /// The offset on `ward.alerts` to go on from.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn position(&self) -> Result<u64, DeskError> {
        let row = sqlx::query("SELECT next_offset FROM case_incident_position WHERE id = 1");
        let row = row.fetch_optional(self.0.readers()).await?;
        Ok(row.map_or(0, |row| u64::try_from(row.get::<i64, _>(0)).unwrap_or(0)))
    }

    /// Takes alerts, in their order, and with them that the next is at `next`.
    ///
    /// # Errors
    /// Those of the database: nothing of the batch is then taken.
    pub async fn take(&self, alerts: Vec<Alert>, next: u64) -> Result<Joined, DeskError> {
        let (now, rules) = (self.0.clock().now(), self.0.0.case_rules.clone());
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let mut joined = Joined::default();
                    for alert in &alerts {
                        let year = rules.calendar.year(alert.time);
                        one(c, alert, now, year, &mut joined).await?;
                    }
                    const GO_ON: &str = "INSERT INTO case_incident_position (id, next_offset) VALUES (1, $1)
                        ON CONFLICT (id) DO UPDATE SET next_offset = excluded.next_offset";
                    let next = i64::try_from(next).unwrap_or(i64::MAX);
                    sqlx::query(GO_ON).bind(next).execute(&mut *c).await?;
                    Ok(joined)
                })
            })
            .await
    }
}

async fn one(
    c: &mut Connection,
    alert: &Alert,
    now: Micros,
    year: i16,
    joined: &mut Joined,
) -> Result<(), DeskError> {
    const KNOWN: &str = "SELECT incident_id, revision FROM case_incident_alert WHERE alert_id = $1";
    if let Some(row) = sqlx::query(KNOWN).bind(&alert.alert_id).fetch_optional(&mut *c).await? {
        if row.get::<i64, _>(1) >= i64::from(alert.revision) {
            joined.left += 1;
            return Ok(());
        }
        joined.revised += 1;
        return put(c, row.get(0), alert, now).await;
    }
    let open = open_near(c, alert).await?;
    let incident = match belongs(alert, &open) {
        Some(incident) => {
            joined.joined += 1;
            incident.id
        }
        None if alert.level >= OPENS_AT && !joining(&alert.entities).is_empty() => {
            joined.opened += 1;
            let title = (alert.title.as_str(), alert.title_zh.as_str());
            let id = begin(c, &alert.hospital, title, alert.first_time, now, year).await?;
            note(c, id, now, PLATFORM, "open", ("", "open"), &alert.alert_id).await?;
            id
        }
        None => {
            joined.left += 1;
            return Ok(());
        }
    };
    put(c, incident, alert, now).await?;
    campaign(c, incident, now, year).await
}

/// A new incident with the next number of its year.
pub(super) async fn begin(
    c: &mut Connection,
    hospital: &UnitId,
    (title, title_zh): (&str, &str),
    first: Micros,
    now: Micros,
    year: i16,
) -> Result<i64, DeskError> {
    let id = next_id!(c, "case_incident");
    sqlx::query(
        "INSERT INTO case_incident (id, year, n, hospital, title, title_zh, stage, level, state, first_seen, last_seen,
             opened_at, revision, changed_at, changed_by)
         VALUES ($1, $2, (SELECT COALESCE(MAX(n), 0) + 1 FROM case_incident WHERE year = $2), $3, $4, $5, 'unknown',
             'low', 'open', $6, $6, $7, 1, $7, $8)",
    )
    .bind(id)
    .bind(i64::from(year))
    .bind(hospital.as_str())
    .bind(title)
    .bind(title_zh)
    .bind(first.0)
    .bind(now.0)
    .bind(PLATFORM)
    .execute(&mut *c)
    .await?;
    Ok(id)
}

/// Open incidents of the alert's unit that it could belong to by time.
async fn open_near(c: &mut Connection, alert: &Alert) -> Result<Vec<Open>, DeskError> {
    const NEAR: &str = "SELECT id, first_seen, last_seen FROM case_incident
        WHERE hospital = $1 AND state IN ('open', 'judged', 'notified') AND last_seen >= $2 AND first_seen <= $3";
    let rows = sqlx::query(NEAR)
        .bind(alert.hospital.as_str())
        .bind(alert.first_time.0.saturating_sub(WINDOW))
        .bind(alert.last_time.0.saturating_add(WINDOW))
        .fetch_all(&mut *c)
        .await?;
    let mut open = Vec::with_capacity(rows.len());
    for row in rows {
        let id: i64 = row.get(0);
        const ENTITIES: &str = "SELECT kind, value FROM case_incident_entity WHERE incident_id = $1";
        let entities = sqlx::query(ENTITIES).bind(id).fetch_all(&mut *c).await?;
        open.push(Open {
            id,
            hospital: alert.hospital.clone(),
            entities: entities.iter().map(|e| (e.get(0), e.get(1))).collect(),
            first_seen: Micros(row.get(1)),
            last_seen: Micros(row.get(2)),
        });
    }
    Ok(open)
}

/// Puts an alert, or its newer revision, into an incident.
async fn put(c: &mut Connection, incident: i64, alert: &Alert, now: Micros) -> Result<(), DeskError> {
    let entities = serde_json::to_string(&alert.entities).map_err(|e| DeskError::Broken(e.to_string()))?;
    sqlx::query(
        "INSERT INTO case_incident_alert (alert_id, incident_id, revision, rule_id, title, title_zh, level, stage,
             entities, first_seen, last_seen)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (alert_id) DO UPDATE SET revision = excluded.revision, level = excluded.level,
             stage = excluded.stage, entities = excluded.entities, first_seen = excluded.first_seen,
             last_seen = excluded.last_seen",
    )
    .bind(&alert.alert_id)
    .bind(incident)
    .bind(i64::from(alert.revision))
    .bind(&alert.rule_id)
    .bind(&alert.title)
    .bind(&alert.title_zh)
    .bind(alert.level.name())
    .bind(stage_of(&alert.techniques).as_str())
    .bind(entities)
    .bind(alert.first_time.0)
    .bind(alert.last_time.0)
    .execute(&mut *c)
    .await?;
    settle(c, incident, now, PLATFORM).await
}

/// What an incident is follows from its alerts: entities, stage, level, times.
pub(super) async fn settle(
    c: &mut Connection,
    incident: i64,
    now: Micros,
    account: &str,
) -> Result<(), DeskError> {
    const ALERTS: &str = "SELECT level, stage, entities, first_seen, last_seen FROM case_incident_alert WHERE incident_id = $1";
    let rows = sqlx::query(ALERTS).bind(incident).fetch_all(&mut *c).await?;
    let mut entities = BTreeSet::new();
    let (mut level, mut stage) = (Level::Informational, Stage::Unknown);
    for row in &rows {
        let all: Vec<ward_event::alert::Entity> =
            serde_json::from_str(row.get(2)).map_err(|e| DeskError::Broken(e.to_string()))?;
        entities.extend(joining(&all));
        level = level.max(Level::from_name(row.get(0)).unwrap_or_default());
        stage = stage.max(Stage::stored(row.get(1))?);
    }
    sqlx::query("DELETE FROM case_incident_entity WHERE incident_id = $1")
        .bind(incident)
        .execute(&mut *c)
        .await?;
    for (kind, value) in &entities {
        sqlx::query("INSERT INTO case_incident_entity (incident_id, kind, value) VALUES ($1, $2, $3)")
            .bind(incident)
            .bind(kind)
            .bind(value)
            .execute(&mut *c)
            .await?;
    }
    let time = |at: usize| rows.iter().map(move |row| row.get::<i64, _>(at));
    sqlx::query(
        "UPDATE case_incident SET level = $2, stage = $3, first_seen = COALESCE($4, first_seen),
             last_seen = COALESCE($5, last_seen), revision = revision + 1, changed_at = $6, changed_by = $7
         WHERE id = $1",
    )
    .bind(incident)
    .bind(level.name())
    .bind(stage.as_str())
    .bind(time(3).min())
    .bind(time(4).max())
    .bind(now.0)
    .bind(account)
    .execute(&mut *c)
    .await?;
    Ok(())
}

/// The same indicator at another unit makes a campaign, or joins the one there is.
pub(super) async fn campaign(
    c: &mut Connection,
    incident: i64,
    now: Micros,
    year: i16,
) -> Result<(), DeskError> {
    let own =
        sqlx::query("SELECT hospital, first_seen, last_seen, campaign_id FROM case_incident WHERE id = $1")
            .bind(incident)
            .fetch_one(&mut *c)
            .await?;
    let (hospital, last): (String, i64) = (own.get(0), own.get(2));
    if own.get::<Option<i64>, _>(3).is_some() {
        return Ok(());
    }
    const ENTITIES: &str =
        "SELECT kind, value FROM case_incident_entity WHERE incident_id = $1 ORDER BY kind, value";
    for entity in sqlx::query(ENTITIES).bind(incident).fetch_all(&mut *c).await? {
        let (kind, value): (String, String) = (entity.get(0), entity.get(1));
        if !is_indicator(&kind, &value) {
            continue;
        }
        const OTHERS: &str = "SELECT i.id, i.campaign_id FROM case_incident_entity e
            JOIN case_incident i ON i.id = e.incident_id
            WHERE e.kind = $1 AND e.value = $2 AND i.hospital <> $3 AND i.last_seen >= $4
              AND i.state NOT IN ('false_alarm', 'merged') ORDER BY i.id";
        let others = sqlx::query(OTHERS)
            .bind(&kind)
            .bind(&value)
            .bind(&hospital)
            .bind(own.get::<i64, _>(1).saturating_sub(CAMPAIGN_WINDOW))
            .fetch_all(&mut *c)
            .await?;
        if others.is_empty() {
            continue;
        }
        let there = others.iter().find_map(|o| o.get::<Option<i64>, _>(1));
        let id = match there {
            Some(id) => id,
            None => open_campaign(c, &kind, &value, now, year).await?,
        };
        sqlx::query("UPDATE case_campaign SET last_seen = MAX(last_seen, $2) WHERE id = $1")
            .bind(id)
            .bind(last)
            .execute(&mut *c)
            .await?;
        let free = others.iter().filter(|o| o.get::<Option<i64>, _>(1).is_none()).map(|o| o.get::<i64, _>(0));
        for member in free.chain([incident]).collect::<Vec<_>>() {
            sqlx::query("UPDATE case_incident SET campaign_id = $2, revision = revision + 1 WHERE id = $1")
                .bind(member)
                .bind(id)
                .execute(&mut *c)
                .await?;
            note(c, member, now, PLATFORM, "campaign", ("", ""), &format!("{kind} {value}")).await?;
        }
        return Ok(());
    }
    Ok(())
}

async fn open_campaign(
    c: &mut Connection,
    kind: &str,
    value: &str,
    now: Micros,
    year: i16,
) -> Result<i64, DeskError> {
    let id = next_id!(c, "case_campaign");
    sqlx::query(
        "INSERT INTO case_campaign (id, year, n, kind, value, opened_at, last_seen)
         VALUES ($1, $2, (SELECT COALESCE(MAX(n), 0) + 1 FROM case_campaign WHERE year = $2), $3, $4, $5, $5)",
    )
    .bind(id)
    .bind(i64::from(year))
    .bind(kind)
    .bind(value)
    .bind(now.0)
    .execute(&mut *c)
    .await?;
    Ok(id)
}

/// A line of an incident's history.
pub(super) async fn note(
    c: &mut Connection,
    incident: i64,
    now: Micros,
    account: &str,
    act: &str,
    (from, to): (&str, &str),
    text: &str,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO case_incident_history (no, incident_id, at, account, act, from_state, to_state, text)
         VALUES ((SELECT COALESCE(MAX(no), 0) + 1 FROM case_incident_history), $1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(incident)
    .bind(now.0)
    .bind(account)
    .bind(act)
    .bind(from)
    .bind(to)
    .bind(text)
    .execute(&mut *c)
    .await?;
    Ok(())
}
