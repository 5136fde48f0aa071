//! Between the log and the desk: alerts go into triage, decisions come out of it.
//!
//! Both stand here because neither side should know of the other: `desk/` and `web/` know nothing of the log,
//! and the log nothing of people.

mod follow;
mod publish;

use std::sync::Arc;

use tokio::task::JoinHandle;
use ward_desk::Desk;
use ward_store::{Store, log::Log};

pub(crate) use self::follow::rebuild;

/// Follows `ward.alerts` and publishes to `ward.control` until the tasks are aborted. Either survives being
/// cut off at any point: positions and marks move with what they stand for.
pub(crate) fn start(log: &Arc<dyn Log>, desk: &Desk, store: &Arc<Store>) -> [JoinHandle<()>; 2] {
    [
        tokio::spawn(follow::run(log.clone(), desk.clone(), store.clone())),
        tokio::spawn(publish::run(log.clone(), desk.clone())),
    ]
}
