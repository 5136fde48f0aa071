//! What a unit has and how it stands: found things beside declared ones, and the state of its systems.
//! Pure functions over what was read; pages ask.

mod compare;
mod systems;
mod threat;

pub(crate) use self::{
    compare::{Change, Difference, Entry, QUIET, compare, undeclared},
    systems::{Evidence, Named, State, Why, judge, systems},
    threat::{DATA_RULES, OFF_HOURS, Threat},
};
