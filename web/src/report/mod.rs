//! Reports: what store and desk say of a period, or of an incident, made into a model, kept by the desk, and set in type on demand.

mod facts;
mod handling;
mod held;
mod incident;
mod newsroom;
mod schedule;
mod score;

use ward_report::weekly::{Cutoff, Letterhead, Week};

pub(crate) use self::score::{held_now, observe};
pub use self::{
    newsroom::{Made, NewsParts, Newsroom, Wanted},
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
    /// Issued by itself so many hours after the period's end; negative never.
    pub issue_after_hours: i32,
    /// What is issued by itself: `weekly`, `monthly`, `quarterly`.
    pub kinds: Vec<String>,
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
    #[error("{period} is not over: it ends {ends}")]
    NotOver { period: String, ends: String },
    #[error("there is no such incident")]
    NoIncident,
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
