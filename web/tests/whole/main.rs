//! The command view as a whole, on a real server and the real engine: a module a part. One program, for every test
//! program is linked with all of Ward.

#![allow(clippy::expect_used, reason = "a test")]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod board;
mod compliance;
mod deliveries;
mod duty;
mod exposure;
mod hand_in;
mod hunt;
mod isolation;
mod list_file;
mod pages;
mod papers;
mod region;
mod report_words;
mod reports;
mod server;
mod states;
mod story;
mod verify;
mod wall;
