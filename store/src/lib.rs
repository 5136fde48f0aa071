//! The log with its two backends, the planned writer, the one way to ClickHouse, and the embedded engine.

pub mod clickhouse;
pub mod engine;
pub mod log;
pub mod writer;

pub use self::clickhouse::{AlertPlace, EngineCommand, Store, StoreError};
#[cfg(feature = "testing")]
pub mod testing;
