//! `/sign-in` and `/sign-out`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Form,
};
use askama::Template;
use serde::Deserialize;
use ward_desk::session::{SignIn, SignInError};

use crate::{
    access::{cookie, roles},
    context::Ctx,
    pages::frame::{Frame, Nav},
    text::fill,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    p: Frame,
    name: String,
    next: String,
    /// What went well before this page was shown.
    note: Option<&'static str>,
    error: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    name: String,
    password: String,
    code: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let t = ctx.t();
    let note = match ctx.param("after") {
        Some("enrolled") => Some(t.sign_in_enrolled),
        Some("changed") => Some(t.sign_in_changed),
        Some("out") => Some(t.sign_in_out),
        _ => None,
    };
    let next = ctx.param("next").and_then(local).unwrap_or("").to_owned();
    show(&ctx, StatusCode::OK, "", next, note, None).await
}

async fn show(
    ctx: &Ctx,
    status: StatusCode,
    name: &str,
    next: String,
    note: Option<&'static str>,
    error: Option<String>,
) -> HttpResponse {
    let p = Frame::new(ctx, Nav::None, ctx.t().sign_in_title).await;
    ctx.html(status, &Page { p, name: name.to_owned(), next, note, error })
}

pub(crate) async fn submit(ctx: Ctx, request: HttpRequest, Form(given): Form<Given>) -> HttpResponse {
    let t = ctx.t();
    let agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
    let attempt = SignIn {
        name: given.name.trim().to_owned(),
        password: given.password,
        code: given.code.chars().filter(|c| !c.is_whitespace()).collect(),
        from: ctx.address().to_owned(),
        agent: agent.to_owned(),
    };
    let started = match ctx.app.desk.sessions().sign_in(attempt).await {
        Ok(started) => started,
        Err(error) => {
            let (status, words) = match error {
                SignInError::Refused => (StatusCode::UNAUTHORIZED, t.sign_in_wrong.to_owned()),
                SignInError::Slowed { seconds } => {
                    (StatusCode::TOO_MANY_REQUESTS, fill(t.sign_in_slow, &[&seconds]))
                }
                SignInError::Busy => (StatusCode::SERVICE_UNAVAILABLE, t.sign_in_busy.to_owned()),
                SignInError::Desk(error) => {
                    tracing::error!(%error, "nobody can sign in");
                    (StatusCode::SERVICE_UNAVAILABLE, t.error_fault_advice.to_owned())
                }
            };
            let next = local(&given.next).unwrap_or("").to_owned();
            return show(&ctx, status, &given.name, next, None, Some(words)).await;
        }
    };
    let jar = ctx.app.jar;
    // Whoever sat here before is signed out: one browser, one session.
    if let Some(old) = cookie::value(request.headers(), jar.session())
        && let Err(error) = ctx.app.desk.sessions().sign_out(old, ctx.address()).await
    {
        tracing::warn!(%error, "an older session was not ended");
    }
    let to = local(&given.next).unwrap_or_else(|| roles::home(started.viewer.role));
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .append_header((header::SET_COOKIE, jar.set(jar.session(), &started.secret)))
        .append_header((header::SET_COOKIE, jar.clear(jar.visitor())))
        .finish()
}

pub(crate) async fn sign_out(ctx: Ctx, request: HttpRequest) -> HttpResponse {
    let jar = ctx.app.jar;
    if let Some(secret) = cookie::value(request.headers(), jar.session())
        && let Err(error) = ctx.app.desk.sessions().sign_out(secret, ctx.address()).await
    {
        tracing::error!(%error, "a session was not ended");
        return crate::pages::errors::refused(&ctx, crate::access::Refused::Fault).await;
    }
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, "/sign-in?after=out"))
        .append_header((header::SET_COOKIE, jar.clear(jar.session())))
        .finish()
}

/// An address of this server: a path, whose second character cannot make a host of it.
fn local(next: &str) -> Option<&str> {
    let path = next.strip_prefix('/')?;
    let plain = next.len() <= 2_000 && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (plain && !path.starts_with('/') && !path.starts_with("sign-")).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_sign_in() {
        for own in ["/", "/alerts?level=high&range=7d", "/entities/host/%E4%BD%A0"] {
            assert_eq!(local(own), Some(own));
        }
        let foreign = [
            "",
            "alerts",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/sign-out",
            "/ //evil.example",
            "javascript:alert(1)",
        ];
        for next in foreign {
            assert_eq!(local(next), None, "{next:?}");
        }
    }
}
