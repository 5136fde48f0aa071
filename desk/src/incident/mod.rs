//! Incidents: alerts on the same things within a window, with the stage that the attack has reached; campaigns of one
//! indicator at several units; the clocks that the law sets.
//!
//! Alerts come by [`Incidents::take`], from whoever follows `ward.alerts`; an alert that is known is not taken
//! twice, so following again from an older place does no harm. What is joined wrongly is parted by hand, and the
//! history says by whom.

pub(crate) mod act;
mod clocks;
pub mod join;
mod law;
mod read;
mod stage;
mod take;
mod words;

pub use self::{
    act::{INCIDENT, IncidentAct, IncidentState},
    clocks::RunningClock,
    law::{Content, Known, Law, LawReport, NewKnown, NewReport, Operator, ReportKind, Term},
    read::{Campaign, Incident, IncidentAlert, IncidentDetail, IncidentFilter, IncidentHistory, Linked},
    stage::{Stage, stage_of},
    take::Joined,
};
use crate::Desk;

/// The incidents of a desk.
pub struct Incidents<'a>(pub(crate) &'a Desk);

impl Desk {
    pub const fn incidents(&self) -> Incidents<'_> {
        Incidents(self)
    }
}
