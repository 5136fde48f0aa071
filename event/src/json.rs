//! The event as JSON on the log: one nested, schema-valid OCSF object, the source's fields under
//! `unmapped`, Ward's own under `ward`. Written without a tree and read without one.
//!
//! `ward.seq` is the last member of all, so that a record can be written before its number is
//! known and finished at the durable append ([`encode_unsequenced`], [`finish`]).

mod decode;
mod encode;
mod read;

pub use decode::{DecodeError, decode, decode_into};
pub use encode::{encode, encode_unsequenced, finish, write_string};

#[cfg(test)]
mod tests;
