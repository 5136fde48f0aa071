//! What detection tells of itself beside the books: how far it has judged, what became of what it saw,
//! and how many of its rules run.

use prometheus::{Gauge, IntCounter, IntGaugeVec, Opts, core::Collector};
use ward_event::books::Books;

use super::RunError;
use crate::shard::Shard;

/// The families. The counts are the shard's own: they go on where its snapshot left them, so that a
/// restart neither forgets nor repeats, and are gauges for that reason.
pub(super) struct Metrics {
    clock: Gauge,
    counts: IntGaugeVec,
    rules: IntGaugeVec,
    snapshot_failures: IntCounter,
}

impl Metrics {
    /// # Errors
    /// A name that is none, which a test would have seen.
    pub(super) fn new(books: &Books) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            clock: Gauge::new("ward_detection_clock_seconds", "The last clock record judged, since 1970")?,
            counts: IntGaugeVec::new(
                Opts::new("ward_detection_count", "What became of what detection saw, since its beginning"),
                &["what"],
            )?,
            rules: IntGaugeVec::new(
                Opts::new("ward_detection_rules", "Rules that run, and that idle for want of a list"),
                &["state"],
            )?,
            snapshot_failures: IntCounter::new(
                "ward_snapshot_failures_total",
                "Snapshots that could not be saved; the one before is still whole",
            )?,
        };
        let families: [Box<dyn Collector>; 4] = [
            Box::new(metrics.clock.clone()),
            Box::new(metrics.counts.clone()),
            Box::new(metrics.rules.clone()),
            Box::new(metrics.snapshot_failures.clone()),
        ];
        for family in families {
            if let Err(error) = books.registry.register(family) {
                // A second analytics on the same books counts apart.
                tracing::debug!(%error, "metric");
            }
        }
        Ok(metrics)
    }

    pub(super) fn snapshot_failed(&self, error: &RunError) {
        tracing::error!(%error, "not saved; detection goes on, and tries again with the next snapshot");
        self.snapshot_failures.inc();
    }

    pub(super) fn show(&self, shard: &Shard) {
        self.clock.set(shard.now().0 as f64 / 1e6);
        let counts = shard.counts();
        for (what, count) in [
            ("events", counts.events),
            ("resent", counts.resent),
            ("matches", counts.matches),
            ("folded", counts.folded),
            ("allowed", counts.allowed),
            ("overflown", counts.overflown),
            ("evicted", counts.evicted),
            ("strangers", counts.strangers),
            ("entities", shard.entities() as u64),
        ] {
            self.counts.with_label_values(&[what]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let idle = shard.rules().idle().len();
        let running = shard.rules().infos().iter().filter(|i| i.alerts).count().saturating_sub(idle);
        for (state, n) in [("running", running), ("idle", idle)] {
            self.rules.with_label_values(&[state]).set(i64::try_from(n).unwrap_or(i64::MAX));
        }
    }
}
