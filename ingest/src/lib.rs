//! From bytes to events on the log: listeners, parsers, the masker, the spool.

pub mod mask;
pub mod parse;
