//! Sign-in, sign-out, who is signed in. All of it is audited here; callers need not.

use ward_event::Micros;

use crate::{Desk, DeskError, Viewer};

/// What bounds sign-ins.
pub(crate) struct Gate;

impl Gate {
    pub(crate) fn new() -> Result<Self, DeskError> {
        Ok(Self)
    }
}

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

/// The sessions.
pub struct Sessions<'a>(&'a Desk);

impl<'a> Sessions<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Checks password and code and begins a session under a new id. An unknown name costs the same work.
    pub async fn sign_in(&self, attempt: SignIn) -> Result<Started, SignInError> {
        let _ = (self.0, attempt);
        Err(SignInError::Busy)
    }

    /// Who holds this cookie; None for one that is over. Counts as being busy.
    pub async fn find(&self, secret: &str) -> Result<Option<Session>, DeskError> {
        let _ = secret;
        Err(DeskError::Closed)
    }

    pub async fn sign_out(&self, secret: &str, from: &str) -> Result<(), DeskError> {
        let _ = (secret, from);
        Err(DeskError::Closed)
    }

    /// All live sessions, for the security administrator.
    pub async fn list(&self, by: &Viewer) -> Result<Vec<SessionRow>, DeskError> {
        let _ = by;
        Err(DeskError::Closed)
    }

    /// Signs somebody out; for the security administrator.
    pub async fn end(&self, by: &Viewer, from: &str, id: &str) -> Result<(), DeskError> {
        let _ = (by, from, id);
        Err(DeskError::Closed)
    }
}
