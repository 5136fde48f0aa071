//! Triage: the queue of alerts, grouped by rule and entity, and what people decide about them.
//!
//! Alerts arrive by [`Triage::take`] from whoever follows `ward.alerts`, with the position in the same
//! transaction. What people do goes through [`Triage::act`]: it names the version that was looked at and the last
//! alert that was seen, so that neither another's edit nor an alert that came meanwhile is lost. What detection
//! must know is put into an outbox within the same transaction ([`Triage::waiting`]).

mod act;
mod arrive;
mod exception;
mod history;
mod list;
mod outbox;
mod rebuild;
mod state;
mod undo;

use std::collections::BTreeSet;

use ward_event::{UnitId, alert::Entity, control::Finding};

pub use self::{
    act::{Act, Acted, Edit, REASON_CHARS_MAX},
    arrive::Taken,
    exception::{Exception, NewException},
    history::{About, ActOn, ActRow, AsOf},
    list::{AlertState, COUNT_MAX, Counts, Filter, Group, Page},
    outbox::Waiting,
};
use crate::Desk;

/// Where a case stands. The verdict is another thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    New,
    Open,
    Closed,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::New, Self::Open, Self::Closed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// Whose rows are asked for; `None` stands for all units.
pub type Units = Option<BTreeSet<UnitId>>;

/// Triage of a desk.
pub struct Triage<'a>(pub(crate) &'a Desk);

impl Desk {
    pub const fn triage(&self) -> Triage<'_> {
        Triage(self)
    }
}

/// What an alert is grouped by: its first entity, in detection's order account, host, address.
pub(crate) fn main_entity(entities: &[Entity], hospital: &UnitId) -> Entity {
    let none = || Entity { kind: "hospital".into(), value: hospital.to_string() };
    entities.first().cloned().unwrap_or_else(none)
}

/// The id of a group: 16 hex digits.
pub fn group_id(hospital: &UnitId, rule_id: &str, entity: &Entity) -> String {
    let key = [hospital.as_str(), rule_id, &entity.kind, &entity.value].join("\0");
    ward_event::alert::content_hash(key.as_bytes())
}

fn finding(name: &str) -> Finding {
    Finding::from_name(name).unwrap_or_default()
}
