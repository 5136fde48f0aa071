//! One file a page: it asks, forms what is shown, and hands it to the template of the same name.

pub(crate) mod account;
pub(crate) mod alert;
pub(crate) mod alerts;
pub(crate) mod board;
pub(crate) mod cases;
pub(crate) mod deliveries;
pub(crate) mod entities;
pub(crate) mod entity;
pub(crate) mod errors;
pub(crate) mod event;
pub(crate) mod exposure;
mod field;
mod frame;
pub(crate) mod hunt;
pub(crate) mod incidents;
mod multipart;
pub(crate) mod overview;
mod parts;
mod plot;
pub(crate) mod queue;
mod range;
pub(crate) mod reports;
pub(crate) mod score;
pub(crate) mod unit;
pub(crate) mod units;
pub(crate) mod wall;
pub(crate) mod walls;
