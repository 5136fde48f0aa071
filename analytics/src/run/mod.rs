//! Analytics at work: the edge between the pure [`crate::shard`] and the log and the store.
//!
//! One task reads the log and does both halves of the work; only decoding goes on beside it, a poll ahead
//! ([`decode`]). Each record is decoded and enriched once; its row goes to the planned writer at once, and the
//! event waits in [`intake`] for its clock record.
//! At a clock record every topic it names is judged up to the end it names, in one order, and what the
//! shard emits is appended to the log — from where it comes back as rows. Positions of the store and of
//! the judgement differ: the first travel with the writer's plans, the second with the snapshot.

mod decode;
mod follow;
mod hold;
mod intake;
mod metrics;
mod poison;
mod record;
mod saved;
mod sink;
mod work;

use std::{path::PathBuf, sync::Arc};

use tokio::{sync::watch, task::JoinHandle};
use ward_event::{books::Books, clock::Clock, config::Config};
use ward_store::{
    Store,
    log::{Log, LogError},
    writer::PlanError,
};

pub use self::record::record_all;

/// Why analytics stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("store: {0}")]
    Store(#[from] ward_store::StoreError),
    #[error("the log's positions: {0}")]
    Plan(#[from] PlanError),
    #[error("snapshot {path}: {reason}")]
    Snapshot { path: PathBuf, reason: String },
    #[error("GeoIP: {0}")]
    GeoIp(#[from] crate::enrich::GeoIpError),
    #[error("a record of {topic} at {offset} cannot be read: {reason}")]
    Record { topic: String, offset: u64, reason: String },
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    #[error("analytics panicked")]
    Panicked,
}

/// Analytics, running.
pub struct Analytics {
    stop: watch::Sender<bool>,
    failure: watch::Receiver<Option<String>>,
    task: JoinHandle<Result<(), RunError>>,
}

impl Analytics {
    /// Takes up where the last life stopped and goes on until [`Analytics::stop`].
    ///
    /// # Errors
    /// A snapshot or positions that cannot be read, a GeoIP database that is broken.
    pub async fn start(
        config: &Config,
        log: Arc<dyn Log>,
        store: Arc<Store>,
        books: Books,
        clock: Clock,
    ) -> Result<Self, RunError> {
        let mut work = work::Work::open(config, log, store, &books, clock).await?;
        let (stop, stopping) = watch::channel(false);
        let (failed, failure) = watch::channel(None);
        let task = tokio::spawn(async move {
            let ended = work.run(stopping).await;
            if let Err(error) = &ended {
                tracing::error!(%error, "analytics stopped");
                failed.send_replace(Some(format!("analytics: {error}")));
            }
            ended
        });
        Ok(Self { stop, failure, task })
    }

    /// Waits until it gives up; returns why. Never returns while it works.
    pub async fn failed(&self) -> String {
        let mut failure = self.failure.clone();
        let reason = failure.wait_for(Option::is_some).await.ok().and_then(|r| r.clone());
        match reason {
            Some(reason) => reason,
            // The task ended by itself, which only a stop makes it do.
            None => std::future::pending().await,
        }
    }

    /// Writes out what has been read, takes a snapshot and ends.
    ///
    /// # Errors
    /// What made it stop before, if it did.
    pub async fn stop(self) -> Result<(), RunError> {
        self.stop.send_replace(true);
        self.task.await.unwrap_or(Err(RunError::Panicked))
    }
}
