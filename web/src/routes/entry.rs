//! What one line of the table says.

use actix_web::{Route, http::Method};
use schemars::{Schema, SchemaGenerator};
use ward_desk::Role;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Also somebody who is not signed in: files, health, sign-in itself.
    Anyone,
    Roles(&'static [Role]),
    /// And the telephone that opened a leader's link, without a session.
    Brief(&'static [Role]),
}

impl Who {
    /// The roles that are named; none where anyone may.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Anyone => &[],
            Self::Roles(roles) | Self::Brief(roles) => roles,
        }
    }

    pub fn allows(self, role: Role) -> bool {
        match self {
            Self::Anyone => true,
            Self::Roles(_) | Self::Brief(_) => self.roles().contains(&role),
        }
    }
}

/// Whose rows a route reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// None at all: files, health, what belongs to the viewer himself.
    None,
    /// All rows of the viewer's scope.
    Viewer,
    /// One thing that must lie in the viewer's scope, else it is not there.
    Item,
}

/// What the audit keeps of a route. All but [`Audit::None`] must be durable before the answer leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// Aggregates, files, what says nothing of one person or one unit.
    None,
    /// Detail of a person or a unit was looked at.
    View,
    /// Something was searched for.
    Search,
    /// Rows left the system as a file.
    Export,
    /// Something is changed: written before the change, and again where it fails.
    Change,
    /// The handler appends the entry itself, in the transaction of what it tells.
    Own,
}

/// What a request may carry. Every request that is not GET must also carry the form token: in a field
/// `csrf` of the form, or in the header `X-CSRF-Token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Empty,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `application/json`, from scripts and API clients.
    Json,
    /// `multipart/form-data` with files.
    Upload,
}

impl Body {
    /// The most bytes that are read.
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Form => 64 << 10,
            Self::Json => 256 << 10,
            Self::Upload => 16 << 20,
        }
    }
}

/// Types of a route of the API: the query's (its properties are the parameters) or, where the method is
/// not GET, the body's; and the answer's.
#[derive(Debug, Clone, Copy)]
pub struct ApiTypes {
    pub request: fn(&mut SchemaGenerator) -> Schema,
    pub answer: fn(&mut SchemaGenerator) -> Schema,
}

/// One route.
pub struct RouteEntry {
    pub method: Method,
    pub path: &'static str,
    pub who: Who,
    pub scope: ScopeKind,
    pub audit: Audit,
    pub body: Body,
    /// Unique; the audit and the metrics call the route so.
    pub name: &'static str,
    pub summary: &'static str,
    /// Only below `/api/`.
    pub types: Option<ApiTypes>,
    pub(super) make: fn() -> Route,
}

/// Answers scripts and programs: errors are problem+json, nobody is sent to the sign-in page.
pub(crate) fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

impl RouteEntry {
    pub fn is_api(&self) -> bool {
        is_api(self.path)
    }

    /// Changes something, or might.
    pub fn is_unsafe(&self) -> bool {
        self.method != Method::GET && self.method != Method::HEAD
    }
}
