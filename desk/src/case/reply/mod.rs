//! Replies to a warning: affected or not, figures that the commission asks for, a note, a file. Once, or on every day
//! of a special protection period; each day's answer is its own. An answer is corrected by a later one that names the
//! one it was made on, so that two people cannot lose each other's.

mod answer;
mod chase;
mod form;
mod read;

pub use self::{
    answer::NewReply,
    form::{Every, ReplyForm, Round},
    read::{Chase, Replies, Sum},
};
pub(super) use self::{
    form::{follow_kind, is_answered, of_notice, read as read_form},
    read::owed_in,
};
use super::names::named;
use ward_event::{Micros, UnitId};

named! {
    /// What a unit says of itself.
    ReplyVerdict {
        /// 受影响.
        Affected "affected",
        /// 不受影响.
        Clear "clear",
        /// 零报告: nothing to report, all figures nought.
        Zero "zero",
    }
}

/// An answer as it stands: the last of its unit and day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reply {
    pub unit: UnitId,
    pub day: i32,
    /// The how-manieth of this unit and day.
    pub no: i64,
    pub verdict: ReplyVerdict,
    /// In the order of the form's names.
    pub counts: Vec<u32>,
    pub note: String,
    /// Hash of the file.
    pub file: Option<String>,
    pub person: String,
    /// The number somebody telephoned from; empty for what the unit entered itself.
    pub phone: String,
    pub at: Micros,
    pub account: String,
    /// Given after its time.
    pub late: bool,
}
