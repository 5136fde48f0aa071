//! A result is read from the newest end of its range backwards, slice by slice: the first rows are
//! there at once however long the range is, it is known how far the search has come, and whoever
//! leaves ends it.

use std::time::{Duration, Instant};

use ward_event::Micros;

use super::{
    HuntQuery,
    rows::{Cells, HuntRow, Place},
};
use crate::{
    hunt::fields::Target,
    query::{QueryError, Reader},
    scope::Scope,
};

/// Characters of message and raw text that a line shows.
pub(super) const LINE_CHARS: i64 = 300;
/// The first slice is so small a part of the range.
const FIRST_PART: i64 = 64;
const SLICE_MIN: i64 = 60_000_000;
/// A slice is to take about so long: that is how often a waiting reader sees how far the search has come.
const GOAL: Duration = Duration::from_millis(600);
/// A slice is at most so many times as long as the one before.
const GROWTH_MAX: i64 = 16;
/// A slice that is too heavy is tried again so often in smaller parts.
const SMALLER_MAX: u32 = 2;

/// One slice.
#[derive(Debug)]
pub(crate) struct Step {
    pub rows: Vec<HuntRow>,
    /// Everything from here to the end of the range has been searched.
    pub reached: Micros,
    /// The whole range has been.
    pub is_end: bool,
}

pub(crate) struct Walk {
    reader: Reader,
    scope: Scope,
    query: HuntQuery,
    cells: Cells,
    /// Searched down to here.
    reached: Micros,
    after: Option<Place>,
    left: usize,
    batch: usize,
    slice: i64,
    /// The slice before and what it took.
    before: Option<(i64, Duration)>,
    smaller: u32,
}

impl Walk {
    /// At most `limit` rows, from `after` on. `width` is the number of characters that are read of long texts.
    pub(crate) fn new(
        reader: Reader,
        scope: Scope,
        query: HuntQuery,
        targets: Vec<Target>,
        after: Option<Place>,
        limit: usize,
    ) -> Self {
        // A place lies at its own instant, whose other events may still be to come.
        let reached = after.as_ref().map_or(query.to, |p| Micros(p.at.saturating_add(1)).min(query.to));
        Self {
            slice: ((query.to.0 - query.from.0) / FIRST_PART).max(SLICE_MIN),
            cells: Cells { targets, width: LINE_CHARS },
            reader,
            scope,
            query,
            reached,
            after,
            left: limit,
            batch: limit,
            before: None,
            smaller: 0,
        }
    }

    /// Reads so many characters of long texts, and so many rows a step.
    #[must_use]
    pub(crate) fn wide(mut self, width: i64, batch: usize) -> Self {
        self.cells.width = width;
        self.batch = batch;
        self
    }

    /// The next rows; `None` when the range or the limit is at its end.
    pub(crate) async fn next(&mut self) -> Option<Result<Step, QueryError>> {
        loop {
            if self.left == 0 || self.reached <= self.query.from {
                return None;
            }
            let from = Micros(self.reached.0.saturating_sub(self.slice)).max(self.query.from);
            let limit = self.left.min(self.batch);
            let begun = Instant::now();
            let rows = self.reader.hunt_rows(
                &self.scope,
                &self.query,
                &self.cells,
                (from, self.reached),
                self.after.as_ref(),
                i64::try_from(limit).unwrap_or(i64::MAX),
            );
            match rows.await {
                Ok(rows) => return Some(Ok(self.took(rows, from, limit, begun.elapsed()))),
                Err(QueryError::TooHeavy) if self.smaller < SMALLER_MAX && self.slice > SLICE_MIN => {
                    self.smaller += 1;
                    self.slice = (self.slice / 16).max(SLICE_MIN);
                }
                Err(error) => {
                    self.left = 0;
                    return Some(Err(error));
                }
            }
        }
    }

    fn took(&mut self, rows: Vec<HuntRow>, from: Micros, limit: usize, time: Duration) -> Step {
        self.left -= rows.len().min(self.left);
        match rows.last() {
            // The slice may hold more.
            Some(last) if rows.len() >= limit => {
                self.reached = Micros(last.at + 1);
                self.after = Some(Place::of(last));
            }
            _ => {
                self.reached = from;
                self.after = None;
                let next = following((self.slice, time), self.before);
                self.before = Some((self.slice, time));
                self.slice = next;
            }
        }
        Step { rows, reached: self.reached, is_end: self.reached <= self.query.from }
    }
}

/// How long the next slice is to be, µs. A part of what a slice takes does not depend on its length: where a
/// store holds little, a minute costs as much as a day, and many short slices would cost that many times.
fn following((slice, time): (i64, Duration), before: Option<(i64, Duration)>) -> i64 {
    let (time, goal) = (time.as_secs_f64(), GOAL.as_secs_f64());
    let a_second = match before {
        Some((shorter, took)) if shorter < slice => {
            (time - took.as_secs_f64()).max(0.0) / (slice - shorter) as f64
        }
        _ => time / slice as f64,
    };
    let fixed = time - a_second * slice as f64;
    let fits = (goal - fixed).max(0.0) / a_second.max(f64::MIN_POSITIVE);
    let (least, most) = (slice / 2, slice.saturating_mul(GROWTH_MAX));
    (fits.min(most as f64) as i64).clamp(least, most).max(SLICE_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn slices_grow_while_they_are_quick() {
        assert_eq!(following((20 * MINUTE, ms(10)), None), 320 * MINUTE);
        let next = following((20 * MINUTE, ms(300)), None);
        assert!((39 * MINUTE..=41 * MINUTE).contains(&next), "{next}");
        // What does not grow with the length is no reason for short ones.
        assert_eq!(following((40 * MINUTE, ms(300)), Some((20 * MINUTE, ms(300)))), 640 * MINUTE);
        // What does is.
        let next = following((40 * MINUTE, ms(600)), Some((20 * MINUTE, ms(300))));
        assert!((39 * MINUTE..=41 * MINUTE).contains(&next), "{next}");
        assert_eq!(following((40 * MINUTE, ms(5_000)), None), 20 * MINUTE);
        assert_eq!(following((MINUTE, ms(5_000)), None), MINUTE);
    }
}
