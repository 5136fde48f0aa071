//! Events against golden results: our own pairs in `testdata/`, and public data where it is there.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails by panicking, and a measure prints"
)]

mod golden;
mod parse {
    pub(crate) mod counts;
    pub(crate) mod hostile;
    pub(crate) mod pairs;
    pub(crate) mod speed;
    pub(crate) mod telegraf;
}
