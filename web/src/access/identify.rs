//! Finds out who sends a request: a program by its token, a person by his session, a wall or a telephone by
//! its device's cookie; in the demo, anybody.

use std::{
    cell::{OnceCell, RefCell},
    sync::Arc,
};

use actix_web::{dev::ServiceRequest, http::header};
use ward_desk::{DeskError, Role, Viewer, token::TokenUse};

use super::{
    asker::{Asker, Proof, Seen},
    cookie, roles,
};
use crate::{
    context::App,
    routes::{RouteEntry, Who, is_api},
    scope::Scope,
};

struct Found {
    viewer: Viewer,
    display_name: String,
    proof: Proof,
    csrf: Option<String>,
}

impl Found {
    fn new(viewer: Viewer, proof: Proof) -> Self {
        Self { display_name: viewer.name.clone(), viewer, proof, csrf: None }
    }
}

pub(super) async fn identify(
    app: &App,
    entry: &'static RouteEntry,
    request: &ServiceRequest,
) -> Result<Asker, DeskError> {
    let found = find(app, entry, request).await?;
    let visitor = cookie::value(request.headers(), app.jar.visitor());
    let visitor_cell = OnceCell::new();
    if let Some(known) = visitor {
        let _ = visitor_cell.set(known.to_owned());
    }
    let mut asker = Asker {
        entry,
        viewer: None,
        display_name: String::new(),
        proof: Proof::None,
        scope: Scope::nothing(),
        address: address(app, request),
        visitor: visitor_cell,
        visitor_known: visitor.is_some(),
        session_csrf: None,
        seen: RefCell::new(Seen::default()),
    };
    if let Some(found) = found {
        asker.scope = roles::scope(&found.viewer, &app.register.borrow());
        asker.display_name = found.display_name;
        asker.proof = found.proof;
        asker.session_csrf = found.csrf;
        asker.viewer = Some(Arc::new(found.viewer));
    }
    Ok(asker)
}

async fn find(
    app: &App,
    entry: &'static RouteEntry,
    request: &ServiceRequest,
) -> Result<Option<Found>, DeskError> {
    // A file needs nobody, and must not keep a session alive; sign-in begins without one.
    if entry.who == Who::Anyone {
        return Ok(None);
    }
    if let Some(given) = request.headers().get(header::AUTHORIZATION) {
        // Whoever sends a token means it: a cookie beside it does not count.
        let secret = given.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
        let (true, Some(secret)) = (is_api(request.path()), secret) else { return Ok(None) };
        let bearer = app.desk.tokens().api(secret.trim()).await?;
        return Ok(bearer.map(|b| Found::new(b.viewer, Proof::Api)));
    }
    let person = session(app, request).await?;
    // A wall may stand beside somebody's session in one browser.
    let allowed = person.as_ref().is_some_and(|p| entry.who.allows(p.viewer.role));
    if !allowed && let Some(found) = device(app, entry, request).await? {
        return Ok(Some(found));
    }
    if person.is_some() {
        return Ok(person);
    }
    Ok(app.demo.clone().map(|viewer| Found::new(viewer, Proof::Demo)))
}

async fn session(app: &App, request: &ServiceRequest) -> Result<Option<Found>, DeskError> {
    let Some(secret) = cookie::value(request.headers(), app.jar.session()) else { return Ok(None) };
    let sessions = app.desk.sessions();
    // What a page asks for by itself keeps nobody signed in.
    let found = if by_itself(request) { sessions.look(secret).await? } else { sessions.find(secret).await? };
    let Some(session) = found else { return Ok(None) };
    Ok(Some(Found {
        viewer: session.viewer,
        display_name: session.display_name,
        proof: Proof::Session(secret.to_owned()),
        csrf: Some(session.csrf),
    }))
}

/// Streams, and what scripts mark as asked for without anybody's doing.
fn by_itself(request: &ServiceRequest) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok());
    accepts.is_some_and(|kind| kind.contains("text/event-stream"))
        || request.headers().contains_key("x-ward-auto")
}

/// A device's cookie opens its own kind of route only.
async fn device(
    app: &App,
    entry: &'static RouteEntry,
    request: &ServiceRequest,
) -> Result<Option<Found>, DeskError> {
    let name = match entry.who {
        Who::Brief(_) => app.jar.brief(),
        Who::Roles(_) if entry.who.allows(Role::Wall) => app.jar.wall(),
        Who::Anyone | Who::Roles(_) => return Ok(None),
    };
    let Some(secret) = cookie::value(request.headers(), name) else { return Ok(None) };
    let Some(bearer) = app.desk.tokens().device(secret).await? else { return Ok(None) };
    let fits = match bearer.purpose {
        TokenUse::Brief => matches!(entry.who, Who::Brief(_)),
        TokenUse::Wall { .. } => entry.who.allows(Role::Wall),
        TokenUse::Api { .. } => false,
    };
    Ok(fits.then(|| Found::new(bearer.viewer, Proof::Device(secret.to_owned(), bearer.purpose))))
}

/// The client's address; behind a proxy, the one that the proxy saw.
fn address(app: &App, request: &ServiceRequest) -> String {
    let peer = || request.peer_addr().map(|a| a.ip().to_string()).unwrap_or_default();
    if !app.behind_proxy {
        return peer();
    }
    let lines = request.headers().get_all("x-forwarded-for").filter_map(|v| v.to_str().ok());
    let last = lines.last().and_then(|line| line.rsplit(',').next()).map(str::trim);
    last.and_then(|text| text.parse::<std::net::IpAddr>().ok()).map_or_else(peer, |ip| ip.to_string())
}
