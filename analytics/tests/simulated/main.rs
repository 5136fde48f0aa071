//! Detection over days of the simulator's region, against its ground truth: all stages in one process,
//! from the bytes on the wire to alerts and scores, without sockets and log.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "test helpers fail by panicking")]

mod noise;
mod stages;
mod ueba;
