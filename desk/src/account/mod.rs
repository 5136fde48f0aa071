//! Accounts, their rights, and how a person enrols. Accounts are changed by the security administrator
//! alone; no account is ever two of the three administrators. Every change appends to the audit in its own
//! transaction, so callers need not.

mod password;

use std::collections::BTreeSet;

use ward_event::{Micros, UnitId};

pub use self::password::PasswordFlaw;
use crate::{AccountId, Desk, DeskError, Reach, Role, Viewer};

/// An account as the security administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// What is typed at sign-in.
    pub name: String,
    pub display_name: String,
    pub role: Role,
    pub reach: Reach,
    pub created_at: Micros,
    pub disabled_at: Option<Micros>,
    /// From when on it is no longer let in.
    pub ends_at: Option<Micros>,
    /// None until password and TOTP secret are set.
    pub enrolled_at: Option<Micros>,
    pub locked_until: Option<Micros>,
}

/// What an account may do and reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    pub role: Role,
    /// County: a locality. Officer: one unit or more. All others: the region.
    pub reach: Reach,
    /// An inspector must have one.
    pub ends_at: Option<Micros>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    pub name: String,
    pub display_name: String,
    pub rights: Rights,
}

/// A one-time link, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    pub account: AccountId,
    pub name: String,
    /// The page is `/enrol?link=SECRET`.
    pub secret: String,
    pub expires_at: Micros,
}

impl Enrolment {
    /// The page's address below the server's.
    pub fn path(&self) -> String {
        format!("/enrol?link={}", self.secret)
    }
}

/// What the enrolment page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolling {
    pub account: AccountId,
    pub name: String,
    pub display_name: String,
    pub role: Role,
    /// Base32, for typing in.
    pub totp_secret: String,
    /// `otpauth://…`, for a QR code.
    pub totp_url: String,
}

/// The accounts.
pub struct Accounts<'a>(&'a Desk);

impl<'a> Accounts<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    pub async fn create(&self, by: &Viewer, from: &str, new: NewAccount) -> Result<Enrolment, DeskError> {
        let _ = (self.0, by, from, new);
        Err(DeskError::Closed)
    }

    pub async fn list(&self) -> Result<Vec<Account>, DeskError> {
        Err(DeskError::Closed)
    }

    pub async fn get(&self, id: AccountId) -> Result<Option<Account>, DeskError> {
        let _ = id;
        Err(DeskError::Closed)
    }

    pub async fn set_rights(
        &self,
        by: &Viewer,
        from: &str,
        id: AccountId,
        rights: Rights,
    ) -> Result<(), DeskError> {
        let _ = (by, from, id, rights);
        Err(DeskError::Closed)
    }

    /// Sessions and tokens end with it.
    pub async fn disable(&self, by: &Viewer, from: &str, id: AccountId) -> Result<(), DeskError> {
        let _ = (by, from, id);
        Err(DeskError::Closed)
    }

    pub async fn enable(&self, by: &Viewer, from: &str, id: AccountId) -> Result<(), DeskError> {
        let _ = (by, from, id);
        Err(DeskError::Closed)
    }

    /// A new link for somebody who lost password or telephone: the old ones no longer count.
    pub async fn relink(&self, by: &Viewer, from: &str, id: AccountId) -> Result<Enrolment, DeskError> {
        let _ = (by, from, id);
        Err(DeskError::Closed)
    }

    /// What a link enrols; [`crate::Refusal::LinkInvalid`] for one that does not (any more).
    pub async fn enrolling(&self, link: &str) -> Result<Enrolling, DeskError> {
        let _ = link;
        Err(DeskError::Closed)
    }

    /// Uses the link up: password and TOTP secret are set, the person signs in next.
    pub async fn enrol(&self, link: &str, password: &str, code: &str, from: &str) -> Result<(), DeskError> {
        let _ = (link, password, code, from);
        Err(DeskError::Closed)
    }

    /// Ends all of the account's sessions, this one too: the person signs in again.
    pub async fn change_password(
        &self,
        viewer: &Viewer,
        from: &str,
        old: &str,
        new: &str,
        code: &str,
    ) -> Result<(), DeskError> {
        let _ = (viewer, from, old, new, code);
        Err(DeskError::Closed)
    }

    /// The demo's analyst: an account that nobody can sign in to, for the demo's pages to act as.
    pub async fn demo(&self) -> Result<Viewer, DeskError> {
        let _: BTreeSet<UnitId> = BTreeSet::new();
        Err(DeskError::Closed)
    }
}
