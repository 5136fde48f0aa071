//! The register of assets, the systems, the leader's view and the hospital's portal.

pub(crate) mod asset;
pub(crate) mod assets;
pub(crate) mod brief;
pub(crate) mod import;
mod known;
pub(crate) mod leader;
pub(crate) mod portal;
pub(crate) mod systems;
mod words;

pub(crate) use self::{
    known::{Known, declarations, known, units},
    leader::gather,
    portal::home,
    words::file_flaw,
};
