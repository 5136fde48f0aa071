//! Alerts as they arrive: rows beside them, in one transaction with the position.

use std::collections::BTreeSet;

use sqlx::Row;
use ward_event::alert::Alert;

use super::{Triage, group_id, main_entity, state};
use crate::{Connection, DeskError};

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Alerts that were not there.
    pub new: u64,
    /// Newer revisions.
    pub revised: u64,
    /// Told before.
    pub known: u64,
}

impl Triage<'_> {
    /// The offset on `ward.alerts` to go on from; `None` while a rebuild is not finished.
    pub async fn position(&self) -> Result<Option<u64>, DeskError> {
        let row = sqlx::query("SELECT next_offset, rebuilding FROM triage_position WHERE id = 1")
            .fetch_one(self.0.readers())
            .await?;
        let next = u64::try_from(row.get::<i64, _>(0)).unwrap_or(0);
        Ok((row.get::<i64, _>(1) == 0).then_some(next))
    }

    /// Takes alerts in the order they were given, and moves the position to `next` with them. A batch that
    /// is not at the position (a follower that a restart made read again) only adds what is not there.
    pub async fn take(&self, alerts: Vec<Alert>, next: u64) -> Result<Taken, DeskError> {
        self.0
            .write(move |c| {
                Box::pin(async move {
                    let taken = take_all(c, &alerts).await?;
                    let next = i64::try_from(next).unwrap_or(i64::MAX);
                    sqlx::query(
                        "UPDATE triage_position SET next_offset = $1 WHERE id = 1 AND next_offset < $1",
                    )
                    .bind(next)
                    .execute(&mut *c)
                    .await?;
                    Ok(taken)
                })
            })
            .await
    }
}

pub(super) async fn take_all(c: &mut Connection, alerts: &[Alert]) -> Result<Taken, DeskError> {
    let mut taken = Taken::default();
    let mut touched = BTreeSet::new();
    for alert in alerts {
        let held = sqlx::query("SELECT revision, group_id FROM triage_alert WHERE alert_id = $1")
            .bind(&alert.alert_id)
            .fetch_optional(&mut *c)
            .await?;
        match held {
            None => {
                touched.insert(insert(c, alert).await?);
                taken.new += 1;
            }
            Some(row) if row.get::<i64, _>(0) < i64::from(alert.revision) => {
                revise(c, alert).await?;
                touched.insert(row.get(1));
                taken.revised += 1;
            }
            Some(_) => taken.known += 1,
        }
    }
    for group in touched {
        state::settle(c, &group).await?;
    }
    Ok(taken)
}

/// What is labelled as an authorised test is recorded, and waits for nobody.
fn first_status(alert: &Alert) -> (&'static str, &'static str) {
    if alert.authorised_test.is_empty() { ("new", "undecided") } else { ("closed", "authorised_test") }
}

async fn insert(c: &mut Connection, alert: &Alert) -> Result<String, DeskError> {
    let entity = main_entity(&alert.entities, &alert.hospital);
    let group = group_id(&alert.hospital, &alert.rule_id, &entity);
    let (status, verdict) = first_status(alert);
    sqlx::query(
        "INSERT INTO triage_group (id, hospital, rule_id, entity_type, entity_value, title, title_zh, level,
             status, alerts, unclosed, events, first_seen, last_seen, last_alert, last_no)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 'new', 0, 0, 0, 0, 0, '', 0)
         ON CONFLICT (id) DO UPDATE SET title = excluded.title, title_zh = excluded.title_zh",
    )
    .bind(&group)
    .bind(alert.hospital.as_str())
    .bind(&alert.rule_id)
    .bind(&entity.kind)
    .bind(&entity.value)
    .bind(&alert.title)
    .bind(&alert.title_zh)
    .execute(&mut *c)
    .await?;
    sqlx::query(
        "INSERT INTO triage_alert (alert_id, no, group_id, revision, level, given, score, first_seen, last_seen,
             events, entities, authorised_test, status, verdict, closed_level)
         VALUES ($1, (SELECT COALESCE(MAX(no), 0) + 1 FROM triage_alert), $2, $3, $4, $5, $6, $7, $8, $9, $10,
             $11, $12, $13, CASE WHEN $12 = 'closed' THEN $4 END)",
    )
    .bind(&alert.alert_id)
    .bind(&group)
    .bind(i64::from(alert.revision))
    .bind(alert.level as i64)
    .bind(alert.time.0)
    .bind(alert.score)
    .bind(alert.first_time.0)
    .bind(alert.last_time.0)
    .bind(i64::try_from(alert.event_count).unwrap_or(i64::MAX))
    .bind(serde_json::to_string(&alert.entities).map_err(|e| DeskError::Broken(e.to_string()))?)
    .bind(&alert.authorised_test)
    .bind(status)
    .bind(verdict)
    .execute(&mut *c)
    .await?;
    Ok(group)
}

/// A revision tells more of the same. A closed alert that has become worse than it was when it was closed,
/// or that is no longer a test's, is new again.
async fn revise(c: &mut Connection, alert: &Alert) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE triage_alert SET revision = $2, level = $3, first_seen = $4, last_seen = $5, events = $6, score = $7,
             status = CASE WHEN status = 'closed' AND ($3 > closed_level OR authorised_test <> $8 AND $8 = '')
                 THEN 'new' ELSE status END,
             verdict = CASE WHEN status = 'closed' AND ($3 > closed_level OR authorised_test <> $8 AND $8 = '')
                 THEN 'undecided' ELSE verdict END,
             authorised_test = $8
         WHERE alert_id = $1",
    )
    .bind(&alert.alert_id)
    .bind(i64::from(alert.revision))
    .bind(alert.level as i64)
    .bind(alert.first_time.0)
    .bind(alert.last_time.0)
    .bind(i64::try_from(alert.event_count).unwrap_or(i64::MAX))
    .bind(alert.score)
    .bind(&alert.authorised_test)
    .execute(&mut *c)
    .await?;
    Ok(())
}
