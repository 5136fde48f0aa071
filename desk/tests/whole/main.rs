//! The desk as its users have it, a module a part. One program, for every test program is linked with all of it.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

#[path = "../common/mod.rs"]
mod common;

mod accounts;
mod audit;
mod cases;
mod cases_model;
mod compliance;
mod database;
mod deliveries;
mod duty;
mod figures;
mod findings;
mod hand_in;
mod incidents;
mod killed;
mod reminders;
mod replies;
mod reports;
mod saved;
mod score_disputes;
mod sessions;
mod tokens;
mod triage;
