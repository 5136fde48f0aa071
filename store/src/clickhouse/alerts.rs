//! All alerts in the order they were given, for those that must begin anew.

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use ward_event::{
    Micros, ProducerId, UnitId,
    alert::{Alert, Entity, Level, Versions},
};

use super::{Store, StoreError};

/// Where a page of alerts ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertPlace {
    time: i64,
    alert_id: String,
    revision: u32,
}

#[derive(Row, Serialize, Deserialize)]
struct AlertRow {
    alert_id: String,
    revision: u32,
    rule_id: String,
    title: String,
    title_zh: String,
    level: String,
    time_us: i64,
    first_us: i64,
    last_us: i64,
    hospital: String,
    entity_types: Vec<String>,
    entity_values: Vec<String>,
    event_count: u64,
    score: f64,
    authorised_test: String,
}

impl Store {
    /// Up to `max` alerts, every revision, behind `after`, in the order of (time, id, revision); and the place
    /// to go on from, `None` at the end. Without what only detection and pages need: reasons, events,
    /// techniques, versions.
    ///
    /// # Errors
    /// A store that does not answer.
    pub async fn alerts_after(
        &self,
        after: &AlertPlace,
        max: u64,
    ) -> Result<(Vec<Alert>, Option<AlertPlace>), StoreError> {
        const SELECT: &str =
            "SELECT alert_id, revision, toString(rule_id) AS rule_id, toString(title) AS title,
            toString(title_zh) AS title_zh, toString(level) AS level, toUnixTimestamp64Micro(time) AS time_us,
            toUnixTimestamp64Micro(first_time) AS first_us, toUnixTimestamp64Micro(last_time) AS last_us,
            toString(hospital) AS hospital, arrayMap(t -> toString(t), entities.type) AS entity_types,
            entities.value AS entity_values, event_count, score, toString(authorised_test) AS authorised_test
            FROM alerts
            WHERE (toUnixTimestamp64Micro(time), alert_id, revision) > (?, ?, ?)
            ORDER BY toUnixTimestamp64Micro(time), alert_id, revision LIMIT ?";
        let rows = self
            .writer
            .query(SELECT)
            .bind(after.time)
            .bind(after.alert_id.as_str())
            .bind(after.revision)
            .bind(max)
            .fetch_all::<AlertRow>()
            .await?;
        let last = (rows.len() as u64 == max).then(|| rows.last()).flatten();
        let place =
            last.map(|r| AlertPlace { time: r.time_us, alert_id: r.alert_id.clone(), revision: r.revision });
        Ok((rows.into_iter().map(alert).collect(), place))
    }
}

fn alert(row: AlertRow) -> Alert {
    let entities = row.entity_types.into_iter().zip(row.entity_values);
    Alert {
        alert_id: row.alert_id,
        revision: row.revision,
        rule_id: row.rule_id,
        title: row.title,
        title_zh: row.title_zh,
        level: Level::from_name(&row.level).unwrap_or_default(),
        techniques: Vec::new(),
        time: Micros(row.time_us),
        first_time: Micros(row.first_us),
        last_time: Micros(row.last_us),
        hospital: UnitId::new(&row.hospital).unwrap_or_default(),
        entities: entities.map(|(kind, value)| Entity { kind, value }).collect(),
        reasons: Vec::new(),
        events: Vec::new(),
        event_count: row.event_count,
        score: row.score,
        authorised_test: row.authorised_test,
        versions: Versions::default(),
        producer: ProducerId::default(),
        seq: 0,
    }
}
