//! Accounts, their rights, and how a person enrols. Accounts are changed by the security administrator
//! alone; no account is ever two of the three administrators. Every change appends to the audit in its own
//! transaction, so callers need not.

mod change;
mod enrol;
mod factors;
mod first;
pub(crate) mod password;
pub(crate) mod store;
mod totp;

use sqlx::Row;
use ward_event::Micros;

pub use self::password::PasswordFlaw;
pub(crate) use self::{
    change::end_sessions,
    factors::{context, decide, look},
    totp::new_secret as new_totp_secret,
};
use crate::{AccountId, Desk, DeskError, Reach, Role};

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

/// The accounts. What changes them stands in `change.rs`, how people enrol in `enrol.rs`.
pub struct Accounts<'a>(pub(crate) &'a Desk);

impl<'a> Accounts<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list(&self) -> Result<Vec<Account>, DeskError> {
        const ALL: &str = concat!("SELECT ", store::columns!(), " FROM account a ORDER BY a.name");
        let rows = sqlx::query(ALL).fetch_all(self.0.readers()).await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in &rows {
            accounts.push(store::with_units(self.0.readers(), store::Kept::read(row)?.account).await?);
        }
        Ok(accounts)
    }

    /// # Errors
    /// Those of the database.
    pub async fn get(&self, id: AccountId) -> Result<Option<Account>, DeskError> {
        const ONE: &str = concat!("SELECT ", store::columns!(), " FROM account a WHERE a.id = $1");
        let Some(row) = sqlx::query(ONE).bind(id.0).fetch_optional(self.0.readers()).await? else {
            return Ok(None);
        };
        Ok(Some(store::with_units(self.0.readers(), store::Kept::read(&row)?.account).await?))
    }

    /// By sign-in name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(&self, name: &str) -> Result<Option<Account>, DeskError> {
        const ID: &str = "SELECT id FROM account WHERE name = $1";
        let row = sqlx::query(ID).bind(fold(name)).fetch_optional(self.0.readers()).await?;
        match row {
            Some(row) => self.get(AccountId(row.get(0))).await,
            None => Ok(None),
        }
    }
}

/// A sign-in name as it is compared.
pub(crate) fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}
