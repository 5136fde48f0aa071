//! Sign-in, sign-out, who is signed in. All of it is audited here; callers need not.

mod gate;
mod live;
mod sign_in;

use ward_event::Micros;

pub(crate) use self::gate::{Busy, Gate};
use crate::{Desk, DeskError, Viewer};

/// What the sign-in form sends.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub name: String,
    pub password: String,
    /// Six digits.
    pub code: String,
    /// The client's address.
    pub from: String,
    /// The browser's name for itself; cut where it is long.
    pub agent: String,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Name, password, code, locked, disabled, over: the page says the same for all of them.
    #[error("name, password or code is wrong")]
    Refused,
    /// Too many failures from this address: wait so many seconds.
    #[error("too many attempts from this address; wait {seconds} s")]
    Slowed { seconds: u64 },
    /// Too many sign-ins at once.
    #[error("too many sign-ins at once")]
    Busy,
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl From<Busy> for SignInError {
    fn from(busy: Busy) -> Self {
        match busy {
            Busy::Full => Self::Busy,
            Busy::Desk(error) => Self::Desk(error),
        }
    }
}

/// A session that has just begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The cookie's value: `HttpOnly; Secure; SameSite=Strict`.
    pub secret: String,
    pub csrf: String,
    pub viewer: Viewer,
}

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Names it in lists; opens nothing.
    pub id: String,
    pub viewer: Viewer,
    pub display_name: String,
    /// What forms carry.
    pub csrf: String,
    pub created_at: Micros,
    pub expires_at: Micros,
}

/// One line of the security administrator's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: String,
    pub viewer: Viewer,
    pub display_name: String,
    pub address: String,
    pub agent: String,
    pub created_at: Micros,
    pub seen_at: Micros,
}

/// The sessions. Signing in stands in `sign_in.rs`, the rest in `live.rs`.
pub struct Sessions<'a>(pub(crate) &'a Desk);

impl<'a> Sessions<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }
}
