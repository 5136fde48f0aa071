//! Signing in and out, one's own account, and those of others.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod enrol;
pub(crate) mod mine;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod tokens;
pub(super) mod words;
