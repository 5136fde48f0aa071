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
/// A slice that took less is followed by a longer one,
const QUICK: Duration = Duration::from_millis(150);
/// one that took more by a shorter one.
const SLOW: Duration = Duration::from_millis(1_500);
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
                if time < QUICK {
                    self.slice = self.slice.saturating_mul(4);
                } else if time > SLOW {
                    self.slice = (self.slice / 2).max(SLICE_MIN);
                }
            }
        }
        Step { rows, reached: self.reached, is_end: self.reached <= self.query.from }
    }
}
