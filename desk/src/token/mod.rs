//! Tokens: for programs, for walls, for a leader's telephone. Stored hashed, with an end, revocable. Issuing
//! and revoking are audited here.

use ward_event::Micros;

use crate::{Desk, DeskError, Reach, Viewer};

/// What a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The tokens.
pub struct Tokens<'a>(&'a Desk);

impl<'a> Tokens<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Walls are issued by analysts and leaders, briefs by leaders for themselves, api tokens by everybody
    /// for themselves.
    pub async fn issue(&self, by: &Viewer, from: &str, new: NewToken) -> Result<Issued, DeskError> {
        let _ = (self.0, by, from, new);
        Err(DeskError::Closed)
    }

    /// One's own; the security administrator's list has all.
    pub async fn list(&self, by: &Viewer) -> Result<Vec<TokenRow>, DeskError> {
        let _ = by;
        Err(DeskError::Closed)
    }

    /// One's own, or any by the security administrator. Its devices are out at once.
    pub async fn revoke(&self, by: &Viewer, from: &str, id: i64) -> Result<(), DeskError> {
        let _ = (by, from, id);
        Err(DeskError::Closed)
    }

    /// Who sends this api token; None for one that is unknown, over or revoked, or whose owner is out.
    pub async fn api(&self, secret: &str) -> Result<Option<Bearer>, DeskError> {
        let _ = secret;
        Err(DeskError::Closed)
    }

    /// Swaps a wall's or a brief's link for a device's secret (the cookie). A brief is swapped once only.
    pub async fn swap(
        &self,
        secret: &str,
        from: &str,
        agent: &str,
    ) -> Result<Option<(String, Bearer)>, DeskError> {
        let _ = (secret, from, agent);
        Err(DeskError::Closed)
    }

    /// Who holds this device's secret.
    pub async fn device(&self, secret: &str) -> Result<Option<Bearer>, DeskError> {
        let _ = secret;
        Err(DeskError::Closed)
    }
}
