//! What the guard writes to the audit: before a change, after a look, and when somebody was refused.

use actix_web::{
    HttpRequest,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
};
use serde_json::json;
use ward_desk::{
    DeskError,
    audit::{Action, Entry, Outcome},
};
use ward_event::UnitId;

use super::asker::Asker;
use crate::{context::App, routes::Audit, show::link};

const fn action(kind: Audit) -> Option<Action> {
    match kind {
        Audit::None | Audit::Own => None,
        Audit::View => Some(Action::View),
        Audit::Search => Some(Action::Search),
        Audit::Export => Some(Action::Export),
        Audit::Change => Some(Action::Change),
    }
}

/// Parameters that open something: no record keeps them.
const SECRETS: [&str; 2] = ["link", "token"];

/// A change is written before it is tried.
pub(super) async fn before(app: &App, asker: &Asker, request: &ServiceRequest) -> Result<(), DeskError> {
    if asker.entry.audit == Audit::Change {
        append(app, asker, request.request(), Action::Change, Outcome::Done, None).await?;
    }
    Ok(())
}

/// What was looked at is written when it is known; a change, where it was not done after all.
pub(super) async fn after(
    app: &App,
    asker: &Asker,
    response: &ServiceResponse<BoxBody>,
) -> Result<(), DeskError> {
    let Some(action) = action(asker.entry.audit) else { return Ok(()) };
    let status = response.status();
    let outcome = match status {
        s if s.is_server_error() => Outcome::Failed,
        s if s.is_client_error() => Outcome::Refused,
        _ => Outcome::Done,
    };
    if action == Action::Change && outcome == Outcome::Done {
        return Ok(());
    }
    append(app, asker, response.request(), action, outcome, Some(status)).await
}

/// Somebody asked for what his role may not have. He is refused whether or not it can be written.
pub(super) async fn refused(app: &App, asker: &Asker, request: &ServiceRequest) {
    let action = action(asker.entry.audit).unwrap_or(Action::View);
    let status = Some(StatusCode::FORBIDDEN);
    if let Err(error) = append(app, asker, request.request(), action, Outcome::Refused, status).await {
        tracing::error!(%error, "the audit cannot be written");
    }
}

async fn append(
    app: &App,
    asker: &Asker,
    request: &HttpRequest,
    action: Action,
    outcome: Outcome,
    status: Option<StatusCode>,
) -> Result<(), DeskError> {
    let seen = asker.seen.borrow().clone();
    let query = link::query_pairs(request.query_string());
    let asked_unit = query.iter().find(|(name, _)| name == "hospital").map(|(_, value)| value.as_str());
    let unit = seen.unit.or_else(|| asked_unit.and_then(|id| UnitId::new(id).ok()));
    let mut entry = match &asker.viewer {
        Some(viewer) => Entry::new(viewer, &asker.address, action),
        None => Entry::nobody("", &asker.address, action),
    };
    if let Some(unit) = &unit {
        entry = entry.unit(unit);
    }
    let (kind, id) = seen.object.unwrap_or_else(|| {
        let id = request.match_info().iter().map(|(_, value)| link::decode(value)).collect::<Vec<_>>();
        (asker.entry.name.to_owned(), id.join("/"))
    });
    let told =
        query.into_iter().filter(|(name, value)| !value.is_empty() && !SECRETS.contains(&name.as_str()));
    let asked: serde_json::Map<_, _> = told.map(|(name, value)| (name, value.into())).collect();
    let detail = json!({ "route": asker.entry.name, "asked": asked, "status": status.map(|s| s.as_u16()) });
    let entry = entry.object(&kind, id).document(&seen.document).outcome(outcome).detail(detail);
    app.desk.audit().append(entry).await.map(|_| ())
}
