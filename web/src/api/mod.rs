//! What the pages show, for programs: the same queries, the same scopes, as JSON.

mod openapi;
mod params;
mod problem;

pub(crate) mod alerts;
pub(crate) mod assets;
pub(crate) mod board;
pub(crate) mod cases;
pub(crate) mod compliance;
pub(crate) mod duty;
pub(crate) mod entities;
pub(crate) mod events;
pub(crate) mod findings;
pub(crate) mod hunt;
pub(crate) mod incidents;
pub(crate) mod people;
pub(crate) mod queue;
pub(crate) mod reports;
pub(crate) mod situation;
pub(crate) mod story;
pub(crate) mod walls;

pub(crate) use self::{
    openapi::description,
    params::{Nothing, Page},
    problem::Problem,
};
