//! The words every stage shares: the event and its JSON, identifiers, limits, the alert, the
//! register of units, the configuration, the counters. Nothing here does I/O but reading a
//! configuration file.

pub mod alert;
pub mod books;
pub mod clock;
pub mod config;
pub mod control;
pub mod dead;
pub mod delivery;
pub mod enriched;
pub mod event;
pub mod field;
pub mod format;
pub mod ids;
pub mod json;
pub mod limits;
pub mod network;
pub mod ocsf;
pub mod register;
pub mod report;
pub mod rollup;
pub mod state;
pub mod time;
pub mod topic;

pub use enriched::{EnrichedEvent, Enrichment, Place};
pub use event::{Event, SourceField, TimeQuality};
pub use field::{Field, Kind, Value};
pub use format::Format;
pub use ids::{ProducerId, SenderId, UnitId};
pub use time::Micros;
