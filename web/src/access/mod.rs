//! Who may do what: what stands before every handler.

pub(crate) mod cookie;
mod csrf;
pub(crate) mod guard;
mod headers;
mod host;
mod outer;
pub(crate) mod roles;

pub use self::roles::Role;
pub(crate) use self::{
    host::Names,
    outer::{outer, timed},
};
