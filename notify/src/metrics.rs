//! What sending tells of itself: tries by channel and how they ended, and what has not arrived.

use prometheus::{IntCounterVec, IntGaugeVec, Opts};
use ward_desk::delivery::{DeliveryState, Ended};
use ward_event::books::Books;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics {
    tries: IntCounterVec,
    held: IntGaugeVec,
}

impl Metrics {
    pub(crate) fn new(books: &Books) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            tries: IntCounterVec::new(
                Opts::new("ward_delivery_tries_total", "Tries to deliver, by channel and how they ended"),
                &["channel", "outcome"],
            )?,
            held: IntGaugeVec::new(
                Opts::new("ward_delivery_held", "Deliveries that have not arrived, by state"),
                &["state"],
            )?,
        };
        books.registry.register(Box::new(metrics.tries.clone()))?;
        books.registry.register(Box::new(metrics.held.clone()))?;
        Ok(metrics)
    }

    pub(crate) fn ended(&self, channel: &str, ended: &Ended) {
        let outcome = match ended {
            Ended::Sent(_) => "sent",
            Ended::Later(_) => "later",
            Ended::Refused(_) => "refused",
        };
        self.tries.with_label_values(&[channel, outcome]).inc();
    }

    /// Tries that a crash left without an end.
    pub(crate) fn unknown(&self, channel: &str) {
        self.tries.with_label_values(&[channel, "unknown"]).inc();
    }

    pub(crate) fn held(&self, counts: &[(DeliveryState, i64)]) {
        for state in DeliveryState::OPEN {
            let count = counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
            self.held.with_label_values(&[state.as_str()]).set(count);
        }
    }
}
