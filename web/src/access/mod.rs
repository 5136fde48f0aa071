//! Who may do what: what stands before every handler.

pub(crate) mod asker;
mod audit;
pub(crate) mod cookie;
mod csrf;
pub(crate) mod guard;
mod headers;
mod host;
mod identify;
mod outer;
pub(crate) mod roles;

pub(crate) use self::{
    asker::{Alive, Asker, Proof},
    cookie::Jar,
    guard::Refused,
    host::Names,
    outer::{outer, timed},
};
