//! Reports: what the store says of a week, made into a model, kept by the desk, and set in type on demand.

mod facts;
mod handling;
mod held;
mod newsroom;
mod schedule;
mod score;

use ward_report::weekly::{Cutoff, Letterhead, Week};

pub(crate) use self::{
    newsroom::read,
    score::{held_now, observe},
};
pub use self::{
    newsroom::{Made, NewsParts, Newsroom},
    schedule::follow,
};
use crate::query::QueryError;

/// What stands on every issue, and when the week ends.
#[derive(Debug, Clone)]
pub struct ReportSettings {
    pub letterhead: Letterhead,
    /// The first issue's week is that of the report's year, unless one is named.
    pub first: Option<Week>,
    pub cutoff: Cutoff,
    /// Issued by itself so many hours after the week's end; negative never.
    pub issue_after_hours: i32,
}

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NewsError {
    #[error("the store does not answer: {0}")]
    Store(String),
    #[error(transparent)]
    Desk(#[from] ward_desk::DeskError),
    #[error(transparent)]
    Report(#[from] ward_report::ReportError),
    #[error("week {week} is not over: it ends {ends}")]
    NotOver { week: Week, ends: String },
    #[error("a stored report cannot be read: {0}")]
    Stored(#[from] serde_json::Error),
    #[error("this process sets nothing in type")]
    NoPress,
}

impl From<QueryError> for NewsError {
    fn from(error: QueryError) -> Self {
        Self::Store(format!("{error:?}"))
    }
}
