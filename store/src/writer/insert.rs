//! Sending a batch to the store.

use std::time::Duration;

use super::Batch;
use crate::clickhouse::{Store, StoreError};

/// Waits between attempts while the store is not to be had.
const AGAIN_MIN: Duration = Duration::from_millis(50);
const AGAIN_MAX: Duration = Duration::from_secs(5);

impl super::Writer {
    /// Inserts every block of the batch under its token. Tries for ever while the store cannot be
    /// had or is too busy: the token makes each attempt the same insert. Never call it before the
    /// batch's positions are committed.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where trying again cannot help: the store does not know the table or
    /// a column, or lets the writer not in.
    pub async fn insert(store: &Store, batch: &Batch) -> Result<(), StoreError> {
        for block in &batch.blocks {
            let token = batch.plan.token(block.table);
            let mut wait = AGAIN_MIN;
            while let Err(error) = store.insert(block, &token).await {
                if !error.is_temporary() {
                    return Err(error);
                }
                tracing::warn!(table = block.table, rows = block.rows, %error, again_in = ?wait, "insert failed");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(AGAIN_MAX);
            }
        }
        Ok(())
    }
}
