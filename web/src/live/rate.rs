//! Events a second, from counts a minute that are asked for again and again: what was added between
//! two looks, whichever minute it was received in.

use std::collections::{BTreeMap, VecDeque};

use ward_event::Micros;

/// A rate over fewer seconds jumps with every insert; over more it lags behind.
const WINDOW_MICROS: i64 = 10_000_000;

#[derive(Debug, Default)]
pub(crate) struct Rate {
    minutes: BTreeMap<u32, u64>,
    arrived: u64,
    looks: VecDeque<(Micros, u64)>,
}

impl Rate {
    /// Takes the counts of the last hour, and says events a second; `None` until two looks are there.
    pub(crate) fn look(&mut self, now: Micros, minutes: &BTreeMap<u32, u64>) -> Option<f64> {
        if self.looks.is_empty() {
            self.minutes.clone_from(minutes);
        }
        let known_from = self.minutes.keys().next().copied().unwrap_or(0);
        for (minute, count) in minutes.range(known_from..) {
            let before = self.minutes.get(minute).copied().unwrap_or(0);
            self.arrived += count.saturating_sub(before);
        }
        self.minutes.clone_from(minutes);
        self.looks.push_back((now, self.arrived));
        while self.looks.len() > 2 && self.looks[1].0.0 <= now.0 - WINDOW_MICROS {
            self.looks.pop_front();
        }
        let (then, arrived) = self.looks[0];
        let seconds = (now.0 - then.0) as f64 / 1e6;
        (seconds > 0.0).then(|| (self.arrived - arrived) as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_counts_what_was_added_across_minutes() {
        let mut rate = Rate::default();
        let map = |pairs: &[(u32, u64)]| pairs.iter().copied().collect::<BTreeMap<_, _>>();
        assert_eq!(rate.look(Micros::from_secs(0), &map(&[(60, 1_000), (120, 500)])), None);
        // 100 more in the old minute, 400 in a new one, in ten seconds.
        let after = map(&[(60, 1_000), (120, 600), (180, 400)]);
        assert_eq!(rate.look(Micros::from_secs(10), &after), Some(50.0));
        // The oldest minute leaves the window: nothing is added by that.
        let later = map(&[(120, 600), (180, 400)]);
        assert_eq!(rate.look(Micros::from_secs(20), &later), Some(0.0));
    }
}
