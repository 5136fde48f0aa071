//! The log with its two backends, the planned writer, the one way to ClickHouse, and the embedded engine.

pub mod log;
