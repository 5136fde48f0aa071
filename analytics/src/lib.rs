//! From the log to alerts: enrichment, Sigma rules, UEBA, scores.

mod assets;
pub mod builtin;
mod decisions;
mod dedup;
pub mod detect;
pub mod detection;
pub mod enrich;
pub mod recording;
pub mod rules;
pub mod run;
mod score;
pub mod shard;
mod silence;
pub mod snapshot;
mod table;
mod ueba;
