//! From the log to alerts: enrichment, Sigma rules, UEBA, scores.

mod allow;
mod assets;
pub mod builtin;
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
