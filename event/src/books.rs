//! The books every stage keeps: in = out + dropped + held, exactly, at rest, in each life of a
//! process. Counters are named once, here.

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry, core::Collector};

/// Why something was dropped. Each has a test that makes it happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Seen before of that producer, or a bulk `_id` sent again.
    Resent,
    /// The kernel's receive buffer was full (RcvbufErrors).
    KernelBuffer,
    /// The spool's quota was full and the protocol has no back-pressure (UDP).
    QuotaFull,
    /// Empty datagrams and empty lines.
    Empty,
    /// An alert about an entity that an analyst suppressed for its rule.
    Suppressed,
    /// What a rule found and an allow-list calls usual.
    Allowed,
}

impl Cause {
    pub const ALL: [Self; 6] =
        [Self::Resent, Self::KernelBuffer, Self::QuotaFull, Self::Empty, Self::Suppressed, Self::Allowed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Resent => "resent",
            Self::KernelBuffer => "kernel_buffer",
            Self::QuotaFull => "quota_full",
            Self::Empty => "empty",
            Self::Suppressed => "suppressed",
            Self::Allowed => "allowed",
        }
    }
}

/// The four families of a process, shared by its stages. Cheap to clone.
#[derive(Clone)]
pub struct Books {
    pub registry: Registry,
    r#in: IntCounterVec,
    out: IntCounterVec,
    dropped: IntCounterVec,
    held: IntGaugeVec,
}

/// The counters of one stage and source.
#[derive(Clone)]
pub struct Book {
    pub r#in: prometheus::IntCounter,
    pub out: prometheus::IntCounter,
    /// Taken in, not yet out.
    pub held: prometheus::IntGauge,
    dropped: [prometheus::IntCounter; Cause::ALL.len()],
}

impl Book {
    pub fn dropped(&self, cause: Cause, n: u64) {
        self.dropped[cause as usize].inc_by(n);
    }

    pub fn dropped_total(&self) -> u64 {
        self.dropped.iter().map(prometheus::IntCounter::get).sum()
    }

    /// in − out − dropped − held: 0 at rest.
    pub fn residual(&self) -> i64 {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        count(self.r#in.get()) - count(self.out.get()) - count(self.dropped_total()) - self.held.get()
    }
}

impl Books {
    /// # Errors
    /// A registry that has these families already.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let labels = ["stage", "source"];
        let books = Self {
            r#in: IntCounterVec::new(Opts::new("ward_in_total", "Taken in, by stage and source"), &labels)?,
            out: IntCounterVec::new(Opts::new("ward_out_total", "Handed on durably"), &labels)?,
            dropped: IntCounterVec::new(
                Opts::new("ward_dropped_total", "Dropped, by cause"),
                &["stage", "source", "cause"],
            )?,
            held: IntGaugeVec::new(Opts::new("ward_held", "Taken in and neither out nor dropped"), &labels)?,
            registry,
        };
        let families: [Box<dyn Collector>; 4] = [
            Box::new(books.r#in.clone()),
            Box::new(books.out.clone()),
            Box::new(books.dropped.clone()),
            Box::new(books.held.clone()),
        ];
        for family in families {
            books.registry.register(family)?;
        }
        Ok(books)
    }

    /// The page of one stage and source; the same one when asked again.
    pub fn book(&self, stage: &str, source: &str) -> Book {
        let labels = [stage, source];
        Book {
            r#in: self.r#in.with_label_values(&labels),
            out: self.out.with_label_values(&labels),
            held: self.held.with_label_values(&labels),
            dropped: Cause::ALL.map(|c| self.dropped.with_label_values(&[stage, source, c.name()])),
        }
    }

    /// The text a Prometheus server reads.
    ///
    /// # Errors
    /// A metric of another registry user that does not encode.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        prometheus::TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_residual_is_what_the_books_cannot_explain() {
        let books = Books::new().expect("fresh registry");
        let book = books.book("collect", "syslog-udp");
        book.r#in.inc_by(10);
        book.out.inc_by(6);
        book.dropped(Cause::Empty, 1);
        book.held.set(3);
        assert_eq!(book.residual(), 0);
        let text = books.text().expect("text");
        assert!(text.contains(r#"ward_dropped_total{cause="empty",source="syslog-udp",stage="collect"} 1"#));
    }
}
