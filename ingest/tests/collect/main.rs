//! The collector from outside: real sockets, the real disk log.

#![allow(clippy::expect_used, reason = "a test fails by it")]

mod bulk;
mod restart;
mod speed;
mod support;
mod tail;
mod tcp;
mod tls;
mod udp;
