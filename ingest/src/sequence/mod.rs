//! The spool side of a collector: numbered records, durably appended, then acknowledged.
//!
//! Listeners parse, mask and encode into [`Draft`]s on their own tasks. One sequencer a sender gives
//! each record its number at the durable append, so that numbers are contiguous over events and dead
//! letters, through any crash: what is not on the disk has no number.

mod batch;
mod checkpoint;
mod draft;
mod handle;
mod note;
mod recover;
mod seen;
mod sequencer;
mod tail_of_record;

pub(crate) use draft::{DeadRecord, Draft, Drafts, Outcome, Patience};
pub(crate) use handle::{Refused, Sequencer};
pub(crate) use note::{Note, TailPosition};
pub(crate) use recover::{Recovered, recover};

#[cfg(test)]
mod tests;

/// Why a sender's spool cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("{path}: {source}")]
    File { path: std::path::PathBuf, source: std::io::Error },
    #[error("{path}: {reason}")]
    Content { path: std::path::PathBuf, reason: String },
    #[error(transparent)]
    Log(#[from] ward_store::log::LogError),
    #[error("no randomness for a new producer's name")]
    Random,
    #[error("metric: {0}")]
    Metric(#[from] prometheus::Error),
}

impl SpoolError {
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.into(), source }
    }
}
