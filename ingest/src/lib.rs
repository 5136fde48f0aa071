//! From bytes to events on the log: listeners, parsers, the masker, the spool.

pub mod collector;
mod endpoints;
mod listen;
pub mod mask;
pub mod parse;
mod sequence;
