//! Reading what stands on `ward.control`, up to an offset.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ward_event::{
    control::{Change, ControlRecord, RuleFile},
    register::Register,
    topic::Topic,
};
use ward_store::log::{Log, Topics};

use super::RunError;

/// What was in force: the newest of each.
#[derive(Default)]
pub(super) struct InForce {
    pub(super) register: Register,
    pub(super) rules: Vec<RuleFile>,
}

/// The register that was there first: what a fresh shard began with.
pub(super) async fn first_register(log: &Arc<dyn Log>) -> Result<Register, RunError> {
    for end in 1.. {
        let found = control(log, Some(end)).await?;
        let last = log.ends().await?.get(&Topic::CONTROL).copied().unwrap_or(0);
        if !found.register.units.is_empty() || end >= last {
            return Ok(found.register);
        }
    }
    Ok(Register::default())
}

/// What the records before `end` put in force; all of them where none is given.
pub(super) async fn control(log: &Arc<dyn Log>, end: Option<u64>) -> Result<InForce, RunError> {
    let mut found = InForce::default();
    let last = log.ends().await?.get(&Topic::CONTROL).copied().unwrap_or(0);
    let end = end.unwrap_or(last).min(last);
    if end == 0 {
        return Ok(found);
    }
    let mut reader = log.follow(Topics::Only(vec![Topic::CONTROL]), BTreeMap::new()).await?;
    let mut next = 0;
    while next < end {
        for record in reader.poll(64, Duration::from_millis(200)).await? {
            next = record.offset + 1;
            if next > end {
                break;
            }
            match serde_json::from_slice(&record.payload) {
                Ok(ControlRecord { change: Change::Register { text }, .. }) => {
                    if let Ok(register) = Register::parse(&text) {
                        found.register = register;
                    }
                }
                Ok(ControlRecord { change: Change::Rules { files }, .. }) => found.rules = files,
                // Decisions are part of the shard's snapshot, or judged again.
                Ok(_) | Err(_) => {}
            }
        }
    }
    Ok(found)
}
