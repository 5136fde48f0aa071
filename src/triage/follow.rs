//! `ward.alerts` into triage.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use ward_desk::Desk;
use ward_event::{alert::Alert, topic::Topic};
use ward_store::{
    AlertPlace, Store,
    log::{Log, Topics},
};

/// Alerts of one transaction.
const BATCH_MAX: usize = 1_000;
const POLL_WAIT: Duration = Duration::from_millis(200);
const AGAIN_IN: Duration = Duration::from_secs(2);

pub(super) async fn run(log: Arc<dyn Log>, desk: Desk, store: Arc<Store>) {
    loop {
        if let Err(error) = follow(&log, &desk, &store).await {
            tracing::warn!(error = format!("{error:#}"), "triage does not follow the alerts; tried again");
            tokio::time::sleep(AGAIN_IN).await;
        }
    }
}

async fn follow(log: &Arc<dyn Log>, desk: &Desk, store: &Store) -> Result<()> {
    let position = match desk.triage().position().await? {
        Some(position) => position,
        None => rebuild(log, desk, store).await?,
    };
    let from = BTreeMap::from([(Topic::ALERTS, position)]);
    let mut reader = log.follow(Topics::Only(vec![Topic::ALERTS]), from).await?;
    let mut next = position;
    loop {
        let records = reader.poll(BATCH_MAX, POLL_WAIT).await?;
        let Some(last) = records.last().map(|r| r.offset + 1) else { continue };
        if records.first().is_some_and(|r| r.offset > next) {
            tracing::warn!(
                wanted = next,
                "the log no longer has all alerts that triage has not; it is rebuilt"
            );
            rebuild(log, desk, store).await?;
            return Ok(());
        }
        let read = |payload: &[u8]| serde_json::from_slice::<Alert>(payload);
        let alerts: Result<Vec<_>, _> = records.iter().map(|r| read(&r.payload)).collect();
        desk.triage().take(alerts.context("a record of ward.alerts")?, last).await?;
        next = last;
    }
}

/// Triage from the store's alerts and the kept history; returns where to go on. What the log still has and
/// the store has not yet comes by following from its oldest record: what is known is not taken twice.
pub(crate) async fn rebuild(log: &Arc<dyn Log>, desk: &Desk, store: &Store) -> Result<u64> {
    let triage = desk.triage();
    triage.rebuild_begin().await?;
    let mut place = Some(AlertPlace::default());
    let mut count = 0;
    while let Some(after) = place {
        let (alerts, next) = store.alerts_after(&after, BATCH_MAX as u64).await?;
        count += alerts.len();
        triage.rebuild_add(alerts).await?;
        place = next;
    }
    let next = oldest(log).await?;
    triage.rebuild_end(next).await?;
    tracing::info!(alerts = count, next, "triage is rebuilt");
    Ok(next)
}

/// The offset of the oldest alert that the log has, or of the next one.
async fn oldest(log: &Arc<dyn Log>) -> Result<u64> {
    let end = log.ends().await?.get(&Topic::ALERTS).copied().unwrap_or(0);
    let mut reader = log.follow(Topics::Only(vec![Topic::ALERTS]), BTreeMap::new()).await?;
    for _ in 0..50 {
        if let Some(first) = reader.poll(1, POLL_WAIT).await?.first() {
            return Ok(first.offset.min(end));
        }
        if end == 0 {
            break;
        }
    }
    Ok(end)
}
