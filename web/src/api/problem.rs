//! Errors of the API, as RFC 9457 says them. Never more than a page would say.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::query::QueryError;

/// `application/problem+json`
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Problem {
    /// Names the kind of problem; not an address to open.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

impl Problem {
    pub(crate) const fn new(status: u16, kind: &'static str, title: &'static str) -> Self {
        Self { kind, title, status, detail: String::new() }
    }

    /// A request that cannot be read; says which part.
    pub(crate) fn unfit(detail: impl Into<String>) -> Self {
        let title = "The request cannot be understood";
        Self { detail: detail.into(), ..Self::new(400, "urn:ward:unfit", title) }
    }

    pub(crate) const SIGNED_OUT: Self =
        Self::new(401, "urn:ward:signed-out", "Sign in, or send a valid token");
    pub(crate) const FORBIDDEN: Self = Self::new(403, "urn:ward:forbidden", "Your role may not do this");
    pub(crate) const FORGED: Self =
        Self::new(403, "urn:ward:form-token", "The form token is missing or wrong");
    pub(crate) const NOT_FOUND: Self =
        Self::new(404, "urn:ward:not-found", "It does not exist, or lies outside your scope");
    pub(crate) const TOO_LARGE: Self = Self::new(413, "urn:ward:too-large", "The request is too large");
    pub(crate) const NO_AUDIT: Self =
        Self::new(503, "urn:ward:no-audit", "The audit cannot be written; nothing was done");
    pub(crate) const FAULT: Self = Self::new(500, "urn:ward:fault", "Something went wrong");

    pub(crate) fn response(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(self).unwrap_or_default();
        let mut response = HttpResponse::build(status);
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header(("www-authenticate", "Bearer realm=\"ward\""));
        }
        response.content_type("application/problem+json").body(body)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)
    }
}

impl ResponseError for Problem {
    fn error_response(&self) -> HttpResponse {
        self.response()
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Unreachable => {
                Self::new(503, "urn:ward:store-unreachable", "The data store cannot be reached")
            }
            QueryError::TooHeavy => Self::new(
                422,
                "urn:ward:too-heavy",
                "The query went beyond its limits; narrow its time range or name one unit",
            ),
            QueryError::Refused => {
                Self::new(500, "urn:ward:store-refused", "The data store refused the query")
            }
        }
    }
}
