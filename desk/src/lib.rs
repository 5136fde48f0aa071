//! The state of people's work, kept in SQLite: accounts, sessions, tokens, the audit, and what the pages
//! keep of triage and duty.
//!
//! One writer task runs transactions one after the other ([`Desk::write`]); a pool reads
//! ([`Desk::readers`]). Statements keep to what SQLite and PostgreSQL both understand (`$1`, TEXT,
//! BIGINT, `ON CONFLICT`), since PostgreSQL follows when there is more than one web stage.
//! Times are microseconds since the epoch, from the [`Clock`](ward_event::clock::Clock) alone.

pub mod account;
pub mod assets;
pub mod audit;
pub mod case;
pub mod compliance;
mod db;
pub mod delivery;
mod desk;
pub mod duty;
mod error;
pub mod figures;
pub mod finding;
pub mod incident;
mod keys;
pub mod report;
pub mod saved;
pub mod session;
mod table;
pub mod token;
pub mod triage;
mod viewer;

pub use self::{
    db::Connection,
    desk::Desk,
    error::{DeskError, Refusal},
    table::FileFlaw,
    viewer::{AccountId, Reach, Role, Viewer},
};
