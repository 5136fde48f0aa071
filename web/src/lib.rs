//! The command view: pages, and the stream that keeps them alive.
//!
//! One table of routes ([`ROUTES`]) makes the server; one module (`query`) builds every statement, and
//! none without a [`Scope`]. Before every handler stands one guard: who asks, whether his role may, whose
//! rows he may read, and that the audit has it.

mod access;
mod api;
mod assets;
mod context;
mod error;
mod health;
mod hunt;
mod live;
mod pages;
mod query;
mod register;
pub mod report;
mod routes;
mod scope;
mod server;
mod show;
mod story;
mod text;
mod tls;
pub mod verify;
mod wall;

pub use self::{
    error::WebError,
    routes::{ApiTypes, Audit, Body, ROUTES, RouteEntry, ScopeKind, Who},
    scope::Scope,
    server::{RuleText, RuleTexts, Tls, WebOptions, WebServer, serve},
};

// The tests below `tests/` and those of the query module share their store and its rows.
#[cfg(test)]
extern crate self as ward_web;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;
