//! What a topic's producers have sent so far: the number each is expected to send next.
//!
//! Within a topic a producer's numbers grow; they may skip, since events and dead letters of one
//! producer share a sequence over two topics. A sender that repeats a call repeats it from the call's
//! beginning, so whatever lies below the expected number is a repetition.

use compact_str::CompactString;
use ward_event::ProducerId;

/// Producers remembered a topic. A producer is a life of a spool, a new one comes only when a spool
/// is lost; with so many the longest silent is forgotten, so that a topic's slice of a plan stays
/// within Kafka's 4,096 bytes.
pub(super) const PRODUCERS_MAX: usize = 56;

/// The expected numbers, the producer heard last at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen(pub(super) Vec<(CompactString, u64)>);

impl Seen {
    /// False for a repetition; otherwise the number counts as sent.
    #[inline]
    pub(super) fn is_new(&mut self, producer: &ProducerId, seq: u64) -> bool {
        let Some(at) = self.0.iter().rposition(|(name, _)| name == producer.as_str()) else {
            if self.0.len() == PRODUCERS_MAX {
                let (forgotten, _) = self.0.remove(0);
                tracing::warn!(producer = %forgotten, "the producer that was silent longest is forgotten");
            }
            self.0.push((producer.as_str().into(), seq.saturating_add(1)));
            return true;
        };
        if seq < self.0[at].1 {
            return false;
        }
        self.0[at].1 = seq.saturating_add(1);
        if at + 1 < self.0.len() {
            self.0[at..].rotate_left(1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> ProducerId {
        ProducerId::new(&format!("p{n}")).expect("an id")
    }

    #[test]
    fn below_the_expected_number_is_a_repetition_and_gaps_are_not() {
        let mut seen = Seen::default();
        let new: Vec<bool> = [0, 1, 1, 0, 5, 4, 6].iter().map(|n| seen.is_new(&id(1), *n)).collect();
        assert_eq!(new, [true, true, false, false, true, false, true]);
        assert!(seen.is_new(&id(2), 0), "another producer counts for itself");
    }

    #[test]
    fn the_producer_that_was_silent_longest_is_forgotten() {
        let mut seen = Seen::default();
        for n in 0..PRODUCERS_MAX {
            assert!(seen.is_new(&id(n), 7));
        }
        assert!(!seen.is_new(&id(0), 7));
        assert!(seen.is_new(&id(0), 8), "heard again, so now the newest");
        assert!(seen.is_new(&id(99), 0));
        assert!(!seen.is_new(&id(0), 8));
        assert!(!seen.is_new(&id(2), 7));
        assert!(seen.is_new(&id(1), 7), "forgotten");
    }
}
