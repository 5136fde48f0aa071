//! Why a query gave nothing, as far as a reader of pages needs to know. The store's own words go to
//! the log only: they may quote values.

use clickhouse::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    #[error("the store cannot be reached")]
    Unreachable,
    #[error("the query went beyond the reader's limits")]
    TooHeavy,
    #[error("the store refused the query")]
    Refused,
}

/// ClickHouse's names of the limits that a reader may run into.
const LIMITS: [&str; 7] = [
    "TIMEOUT_EXCEEDED",
    "TOO_SLOW",
    "MEMORY_LIMIT_EXCEEDED",
    "TOO_MANY_ROWS",
    "TOO_MANY_BYTES",
    "TOO_MANY_ROWS_OR_BYTES",
    "QUOTA_EXCEEDED",
];

/// Every place for a reader is taken: in a moment there may be one, which no other query would bring about.
const BUSY: &str = "TOO_MANY_SIMULTANEOUS_QUERIES";

impl From<Error> for QueryError {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Network(_) | Error::TimedOut => Self::Unreachable,
            Error::BadResponse(text) if text.contains(BUSY) => Self::Unreachable,
            Error::BadResponse(text) if LIMITS.iter().any(|limit| text.contains(limit)) => Self::TooHeavy,
            _ => Self::Refused,
        };
        tracing::warn!(%error, "a page's query failed");
        kind
    }
}
