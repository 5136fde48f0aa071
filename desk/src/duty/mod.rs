//! Duty (值班) of the commission: the roster with leader (带班领导), first (主班) and second (副班), and the
//! hand-over (交接班) that one shift writes and the next accepts. Every change is audited here.

mod hand_over;
mod roster;

use ward_event::Micros;

use crate::{AccountId, Desk};

/// Who is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crew {
    /// 带班领导.
    pub leader: AccountId,
    /// 主班.
    pub main: AccountId,
    /// 副班.
    pub deputy: AccountId,
}

impl Crew {
    /// Whether somebody does the shift's work: its leader decides, but does not write.
    pub fn works(&self, account: AccountId) -> bool {
        account == self.main || account == self.deputy
    }
}

/// From `starts_at` to before `ends_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewShift {
    pub starts_at: Micros,
    pub ends_at: Micros,
    pub crew: Crew,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    pub id: i64,
    pub starts_at: Micros,
    pub ends_at: Micros,
    pub crew: Crew,
    /// The persons' names, as in `crew`.
    pub leader: String,
    pub main: String,
    pub deputy: String,
}

/// The newest version of what a shift leaves to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    pub shift: i64,
    pub version: i64,
    pub written_at: Micros,
    pub written_by: AccountId,
    /// The person's name.
    pub writer: String,
    pub text: String,
    pub accepted: Option<Accepted>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub at: Micros,
    pub by: AccountId,
    /// The person's name.
    pub name: String,
    pub remarks: String,
}

/// The duty of a desk. The roster stands in `roster.rs`, the hand-over in `hand_over.rs`.
pub struct Duty<'a>(pub(crate) &'a Desk);

impl<'a> Duty<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }
}
