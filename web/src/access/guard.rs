//! Around one route: who asks, whether he may, whether the form is ours, and that the audit has it.

use std::{rc::Rc, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{Method, Uri, header},
    middleware::Next,
    web::{Bytes, BytesMut, Data},
};
use futures_util::{StreamExt, stream};

use super::{
    asker::{Asker, Proof},
    audit, csrf, host,
    identify::identify,
};
use crate::{
    api::Problem,
    context::{App, Ctx},
    pages,
    routes::{RouteEntry, Who, is_api},
    show::link,
};

/// A form that takes longer to arrive is given up.
const BODY_SECS_MAX: u64 = 30;

/// Why a request does not reach its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    SignedOut,
    Role,
    Forged,
    TooLarge,
    NoAudit,
    /// The desk does not answer.
    Fault,
}

pub(crate) async fn guarded(
    entry: &'static RouteEntry,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()));
    };
    request.extensions_mut().insert(entry);
    let asker = match identify(&app, entry, &request).await {
        Ok(asker) => Rc::new(asker),
        Err(error) => {
            tracing::error!(%error, "the desk cannot say who asks");
            return refuse(Refused::Fault, request).await;
        }
    };
    request.extensions_mut().insert(asker.clone());
    let mut response = match admit(&app, &asker, request).await {
        Ok(request) => {
            let response = next.call(request).await?.map_into_boxed_body();
            record(&app, &asker, response).await?
        }
        Err((refused, request)) => refuse(refused, request).await?,
    };
    if let Some(secret) = asker.new_visitor()
        && let Ok(cookie) = header::HeaderValue::from_str(&app.jar.set(app.jar.visitor(), secret))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Lets a request through that may go on, its body read where it has one.
async fn admit(
    app: &App,
    asker: &Asker,
    request: ServiceRequest,
) -> Result<ServiceRequest, (Refused, ServiceRequest)> {
    let entry = asker.entry;
    match (&asker.viewer, entry.who) {
        (_, Who::Anyone) => {}
        (None, _) => return Err((Refused::SignedOut, request)),
        (Some(viewer), who) if who.allows(viewer.role) => {}
        (Some(_), _) => {
            audit::refused(app, asker, &request).await;
            return Err((Refused::Role, request));
        }
    }
    if !entry.is_unsafe() {
        return Ok(request);
    }
    if asker.viewer.as_ref().is_some_and(|v| !v.may_write) {
        audit::refused(app, asker, &request).await;
        return Err((Refused::Role, request));
    }
    let request = with_body(asker, request).await?;
    match audit::before(app, asker, &request).await {
        Ok(()) => Ok(request),
        Err(error) => {
            tracing::error!(%error, "the audit cannot be written: a change is refused");
            Err((Refused::NoAudit, request))
        }
    }
}

/// Reads the body, and the form token in it.
async fn with_body(
    asker: &Asker,
    mut request: ServiceRequest,
) -> Result<ServiceRequest, (Refused, ServiceRequest)> {
    let payload = request.take_payload();
    let Some(body) = read(payload, asker.entry.body.bytes_max()).await else {
        return Err((Refused::TooLarge, request));
    };
    // A program's token is no cookie that a browser would send by itself.
    let needs_token = asker.proof != Proof::Api;
    let headers = request.headers();
    if needs_token && !(host::same_origin(headers) && csrf::brought(headers, &body, &asker.csrf())) {
        return Err((Refused::Forged, request));
    }
    let payload = Box::pin(stream::once(std::future::ready(Ok(body))));
    request.set_payload(Payload::Stream { payload });
    Ok(request)
}

async fn read(mut payload: Payload, bytes_max: usize) -> Option<Bytes> {
    let mut body = BytesMut::new();
    let read = async {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.ok()?;
            if body.len() + chunk.len() > bytes_max {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        Some(body.freeze())
    };
    tokio::time::timeout(Duration::from_secs(BODY_SECS_MAX), read).await.ok().flatten()
}

/// The audit has it, or the answer does not leave.
async fn record(
    app: &App,
    asker: &Asker,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match audit::after(app, asker, &response).await {
        Ok(()) => Ok(response),
        Err(error) => {
            tracing::error!(%error, "the audit cannot be written: an answer is withheld");
            let (request, _) = response.into_parts();
            let answer = answer(Refused::NoAudit, &request).await?;
            Ok(ServiceResponse::new(request, answer))
        }
    }
}

async fn refuse(
    refused: Refused,
    request: ServiceRequest,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (request, _) = request.into_parts();
    let answer = answer(refused, &request).await?;
    Ok(ServiceResponse::new(request, answer))
}

async fn answer(refused: Refused, request: &HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    if is_api(request.path()) {
        let problem = match refused {
            Refused::SignedOut => Problem::SIGNED_OUT,
            Refused::Role => Problem::FORBIDDEN,
            Refused::Forged => Problem::FORGED,
            Refused::TooLarge => Problem::TOO_LARGE,
            Refused::NoAudit => Problem::NO_AUDIT,
            Refused::Fault => Problem::FAULT,
        };
        return Ok(problem.response());
    }
    if refused == Refused::SignedOut {
        return Ok(to_sign_in(request));
    }
    let ctx = Ctx::from_request(request, &mut Payload::None).await?;
    Ok(pages::errors::refused(&ctx, refused).await)
}

/// A page is shown after sign-in; a script is told by the status.
fn to_sign_in(request: &HttpRequest) -> HttpResponse {
    let headers = request.headers();
    let wants = |kind: &str| {
        headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains(kind))
    };
    let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let back = if *request.method() == Method::GET { wanted } else { "" };
    if headers.contains_key("hx-request") {
        // htmx follows a redirect by itself and would put the sign-in page into a panel.
        let page = headers.get("hx-current-url").and_then(|v| v.to_str().ok());
        let page = page.and_then(|url| url.parse::<Uri>().ok());
        let page = page.as_ref().and_then(|url| url.path_and_query()).map(|p| p.as_str());
        let address = link::with_query("/sign-in", [("next", page.unwrap_or(""))]);
        return HttpResponse::Unauthorized().insert_header(("hx-redirect", address)).finish();
    }
    if wants("text/event-stream") || wants("application/json") {
        return HttpResponse::Unauthorized().finish();
    }
    let address = link::with_query("/sign-in", [("next", if back == "/" { "" } else { back })]);
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}
