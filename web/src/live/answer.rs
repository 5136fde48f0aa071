//! What the store last said to a question: kept with its time, so that it can be shown as old, never as
//! fresh.

use ward_event::Micros;

use super::snapshot::Part;
use crate::query::QueryError;

/// The last answer to one question, and how the newest try went.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub value: T,
    pub part: Part,
}

impl<T: Default> Default for Answer<T> {
    fn default() -> Self {
        Self { value: T::default(), part: Part::default() }
    }
}

impl<T> Answer<T> {
    pub(crate) fn take(&mut self, now: Micros, result: Result<T, QueryError>) {
        match result {
            Ok(value) => {
                self.value = value;
                self.part = Part { at: now.millis(), error: "" };
            }
            Err(QueryError::Unreachable) => self.part.error = "unreachable",
            Err(QueryError::TooHeavy) => self.part.error = "heavy",
            Err(QueryError::Refused) => self.part.error = "refused",
        }
    }
}
