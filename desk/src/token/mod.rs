//! Tokens: for programs, for walls, for a leader's telephone. Stored hashed, with an end, revocable. Issuing
//! and revoking are audited here.

mod bearer;
mod issue;

use serde::{Deserialize, Serialize};
use ward_event::Micros;

use crate::{Desk, Reach, Viewer};

/// What a token is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenUse {
    /// A program, with its owner's role and no more than its owner's reach.
    Api { within: Option<Reach>, may_write: bool },
    /// One wall, with a reach of its own. Swapped at the first load for a device's secret.
    Wall { wall: String, reach: Reach },
    /// A leader's daily brief on one telephone: bound to the first device that opens it.
    Brief,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: String,
    pub purpose: TokenUse,
    pub expires_at: Micros,
}

/// A token, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub id: i64,
    /// Api: sent as `Authorization: Bearer SECRET`. Wall and brief: part of the link.
    pub secret: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub id: i64,
    pub name: String,
    pub purpose: TokenUse,
    /// The owner's, or the issuer's for a wall.
    pub owner: String,
    pub created_at: Micros,
    pub expires_at: Micros,
    pub revoked_at: Option<Micros>,
    pub used_at: Option<Micros>,
}

/// Who comes with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    pub token: i64,
    pub purpose: TokenUse,
    pub viewer: Viewer,
}

/// The tokens. Giving and taking stand in `issue.rs`, who comes with one in `bearer.rs`.
pub struct Tokens<'a>(pub(crate) &'a Desk);

impl<'a> Tokens<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }
}
