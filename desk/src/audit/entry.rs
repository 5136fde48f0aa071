//! One entry: who did what, from where, to whose data, and how it ended.

use serde_json::Value;
use ward_event::UnitId;

use crate::{AccountId, Viewer};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    SignIn,
    SignInFailed,
    SignOut,
    /// The account is locked for its failures.
    Lock,
    Enrol,
    /// Detail of a person, a hospital, a case was looked at.
    View,
    Search,
    Export,
    /// Something was made, changed or removed; the object says what.
    Change,
    /// A token, a link, a right was given.
    Grant,
    /// A token, a session, a right was taken.
    Revoke,
    /// A verdict, a suppression, an allow-list entry.
    Judge,
    /// Duty was handed over or accepted.
    HandOver,
    /// Start, stop, upkeep.
    System,
}

impl Action {
    pub const ALL: [Self; 14] = [
        Self::SignIn,
        Self::SignInFailed,
        Self::SignOut,
        Self::Lock,
        Self::Enrol,
        Self::View,
        Self::Search,
        Self::Export,
        Self::Change,
        Self::Grant,
        Self::Revoke,
        Self::Judge,
        Self::HandOver,
        Self::System,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignOut => "sign_out",
            Self::Lock => "lock",
            Self::Enrol => "enrol",
            Self::View => "view",
            Self::Search => "search",
            Self::Export => "export",
            Self::Change => "change",
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::Judge => "judge",
            Self::HandOver => "hand_over",
            Self::System => "system",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Done,
    Refused,
    Failed,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// What is appended. Number, time and hash are given by the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub account_id: Option<AccountId>,
    pub account: String,
    /// A role's name, or empty where nobody is signed in.
    pub role: String,
    pub address: String,
    pub action: Action,
    pub unit: Option<UnitId>,
    pub object_kind: String,
    pub object_id: String,
    /// The number of a notice or another document.
    pub document: String,
    pub outcome: Outcome,
    pub detail: Value,
}

impl Entry {
    /// `viewer` did `action` from `address`, and it was done.
    pub fn new(viewer: &Viewer, address: &str, action: Action) -> Self {
        Self {
            account_id: viewer.account,
            account: viewer.name.clone(),
            role: viewer.role.as_str().into(),
            ..Self::nobody(&viewer.name, address, action)
        }
    }

    /// By somebody who is not signed in: the name is what they say it is.
    pub fn nobody(name: &str, address: &str, action: Action) -> Self {
        Self {
            account_id: None,
            account: name.into(),
            role: String::new(),
            address: address.into(),
            action,
            unit: None,
            object_kind: String::new(),
            object_id: String::new(),
            document: String::new(),
            outcome: Outcome::Done,
            detail: Value::Null,
        }
    }

    #[must_use]
    pub fn unit(mut self, unit: &UnitId) -> Self {
        self.unit = Some(unit.clone());
        self
    }

    /// What it was done to, e.g. `("alert", "3f…")`.
    #[must_use]
    pub fn object(mut self, kind: &str, id: impl ToString) -> Self {
        self.object_kind = kind.into();
        self.object_id = id.to_string();
        self
    }

    #[must_use]
    pub fn document(mut self, number: &str) -> Self {
        self.document = number.into();
        self
    }

    #[must_use]
    pub const fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}
