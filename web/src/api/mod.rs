//! What the pages show, for programs: the same queries, the same scopes, as JSON.

mod openapi;
mod params;
mod problem;

pub(crate) mod alerts;
pub(crate) mod entities;
pub(crate) mod events;
pub(crate) mod people;
pub(crate) mod situation;

pub(crate) use self::{
    openapi::description,
    params::{Nothing, Page},
    problem::Problem,
};
