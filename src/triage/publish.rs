//! The desk's outbox onto `ward.control`, in order, each record once: after any doubt the log is asked which of
//! them it has, by their content's hash.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use ward_desk::{Desk, triage::Waiting};
use ward_event::{control::ControlRecord, topic::Topic};
use ward_store::log::{Append, Log, Topics};

/// An analyst expects a decision to hold "now".
const LOOK_EVERY: Duration = Duration::from_millis(200);
const AGAIN_IN: Duration = Duration::from_secs(1);
const BATCH_MAX: i64 = 256;

pub(super) async fn run(log: Arc<dyn Log>, desk: Desk) {
    // An earlier life may have been killed between the append and its mark.
    let mut doubt = true;
    loop {
        let wait = match publish(&log, &desk, doubt).await {
            Ok(some) => {
                doubt &= !some;
                LOOK_EVERY
            }
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "decisions are not published yet; tried again");
                doubt = true;
                AGAIN_IN
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// Publishes what waits; true when there was something.
async fn publish(log: &Arc<dyn Log>, desk: &Desk, doubt: bool) -> Result<bool> {
    let waiting = desk.triage().waiting(BATCH_MAX).await?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let known = if doubt { hashes(log).await? } else { BTreeSet::new() };
    let records = waiting.iter().filter(|w| !known.contains(&w.record.hash)).map(append);
    let records = records.collect::<Result<Vec<_>>>()?;
    if !records.is_empty() {
        log.append(records).await?;
    }
    desk.triage().published(waiting.iter().map(|w| w.id).collect()).await?;
    Ok(true)
}

fn append(waiting: &Waiting) -> Result<Append> {
    Ok(Append { topic: Topic::CONTROL, payload: serde_json::to_vec(&waiting.record)?.into() })
}

/// The hashes of all records of `ward.control`, which are kept for ever and are few.
async fn hashes(log: &Arc<dyn Log>) -> Result<BTreeSet<String>> {
    let end = log.ends().await?.get(&Topic::CONTROL).copied().unwrap_or(0);
    let mut found = BTreeSet::new();
    let mut reader = log.follow(Topics::Only(vec![Topic::CONTROL]), BTreeMap::new()).await?;
    let mut next = 0;
    while next < end {
        for record in reader.poll(256, Duration::from_millis(500)).await? {
            next = record.offset + 1;
            let control: ControlRecord =
                serde_json::from_slice(&record.payload).context("a record of ward.control")?;
            found.insert(control.hash);
        }
    }
    Ok(found)
}
