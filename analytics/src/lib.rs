//! From the log to alerts: enrichment, Sigma rules, UEBA, scores.

pub mod detect;
pub mod enrich;
pub mod rules;
