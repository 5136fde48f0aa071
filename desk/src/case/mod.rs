//! Cases: notices (通报) and the problems in them, from drafting to closing, with deadlines, supervision and proof.
//!
//! What may be done is in the tables of `machine.rs`; when something is due, in `rules.rs` and `calendar.rs`, which
//! read data files. Every change names the revision it was made on, and stands in the history and in the audit
//! within its own transaction. Deadlines run from sending; only a granted extension moves one.

mod answer;
pub mod calendar;
mod call_list;
mod chase;
pub(crate) mod columns;
mod correct;
mod decide;
pub(crate) mod deputy;
mod draft;
mod files;
mod filled;
mod link;
mod list;
pub mod machine;
pub(crate) mod names;
mod number;
mod progress;
mod read;
mod remind;
mod reply;
mod rows;
mod rules;
mod steps;
pub(crate) mod tell;
pub(crate) mod tx;
pub mod verify;
mod watch;

use std::collections::BTreeSet;

use ward_event::UnitId;

pub use self::{
    answer::{Answer, Dispute, OnBehalf, Receipt},
    call_list::{CallReason, ToCall},
    chase::{Call, CallOutcome, NewCall},
    columns::{ListColumn, Shows},
    correct::{Correction, CorrectionKind, NewCorrection},
    decide::{Decided, Decision},
    deputy::{Deputy, NewDeputy},
    draft::{Colour, Draft, NoticeKind, Wanted},
    files::{FILE_BYTES_MAX, FileKind, Given, StoredFile},
    filled::{Filled, Foreseen},
    link::{HandedIn, IssuedLink, LinkRow, OpenLink, SHEET_FILES_MAX, Sheet},
    list::{Counts, Filter, Line, Only, TaskLine},
    number::{Number, NumberSearch},
    progress::{Progress, Standing},
    read::{
        CheckRow, DisputeRow, Extension, HistoryRow, Notice, NoticeDetail, PaperNumber, Proof, RungRow,
        StepRow, UnitRow,
    },
    remind::{Owed, Reminder, Reminding, owed_now},
    reply::{Chase, Every, NewReply, Replies, Reply, ReplyForm, ReplyVerdict, Round, Sum},
    rows::{DisputeKind, NewRow, Problem, ProblemKind},
    rules::Rules,
    steps::{Stamp, Step},
    tx::By,
    watch::{CheckKind, Claimed, Evidence, Heard, Target},
};
use crate::Desk;

/// Whose rows are asked for; `None` stands for all units.
pub type Units = Option<BTreeSet<UnitId>>;

/// The cases of a desk.
pub struct Cases<'a>(pub(crate) &'a Desk);

impl<'a> Cases<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// The rules in force: deadlines, ladder, office hours.
    pub fn rules(&self) -> &Rules {
        &self.0.0.case_rules
    }

    /// The columns of the list as the commission keeps it.
    pub fn columns(&self) -> &[ListColumn] {
        &self.0.0.case_columns
    }
}
