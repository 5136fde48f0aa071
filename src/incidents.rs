//! `ward.alerts` into incidents: followed from where the desk left off, for ever.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use tokio::task::JoinHandle;
use ward_desk::Desk;
use ward_event::{alert::Alert, topic::Topic};
use ward_store::log::{Log, Topics};

/// Alerts of one transaction.
const BATCH_MAX: usize = 500;
const POLL_WAIT: Duration = Duration::from_millis(500);
const AGAIN_IN: Duration = Duration::from_secs(2);

pub(crate) fn start(log: Arc<dyn Log>, desk: Desk) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            if let Err(error) = follow(&log, &desk).await {
                let error = format!("{error:#}");
                tracing::warn!(error, "incidents do not follow the alerts; tried again");
                tokio::time::sleep(AGAIN_IN).await;
            }
        }
    })
}

async fn follow(log: &Arc<dyn Log>, desk: &Desk) -> Result<()> {
    let from = BTreeMap::from([(Topic::ALERTS, desk.incidents().position().await?)]);
    let mut reader = log.follow(Topics::Only(vec![Topic::ALERTS]), from).await?;
    loop {
        let records = reader.poll(BATCH_MAX, POLL_WAIT).await?;
        let Some(last) = records.last() else { continue };
        let next = last.offset + 1;
        let read = |payload: &[u8]| serde_json::from_slice::<Alert>(payload);
        let alerts: Result<Vec<_>, _> = records.iter().map(|r| read(&r.payload)).collect();
        desk.incidents().take(alerts.context("a record of ward.alerts")?, next).await?;
    }
}
