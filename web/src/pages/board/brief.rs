//! The daily brief on a telephone: a leader is given a link, once; whoever opens it first has it, by
//! that device alone.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Form,
};
use askama::Template;
use serde::Deserialize;
use ward_desk::token::{NewToken, TokenUse};
use ward_event::{Micros, time::MICROS_PER_DAY};
use ward_report::qr::Qr;

use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
    },
    text::{Board, fill},
};

/// A telephone keeps the brief for so long; then its owner asks for another link.
const DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "brief.html")]
struct Page {
    p: Frame,
    w: &'static Board,
    /// Shown once, right after it was made.
    made: Option<Made>,
    /// What the telephone is asked to confirm.
    link: String,
    over: bool,
}

struct Made {
    link: String,
    qr: Option<Qr>,
    days: String,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    link: String,
}

fn blank(ctx: &Ctx, p: Frame) -> Page {
    Page { p, w: ctx.lang.board(), made: None, link: String::new(), over: false }
}

async fn frame(ctx: &Ctx) -> Frame {
    Frame::new(ctx, Nav::Leader, ctx.lang.board().leader_brief).await
}

/// `POST /brief/link`: a new link for whoever asks.
pub(crate) async fn issue(ctx: Ctx, request: HttpRequest) -> HttpResponse {
    let Some(viewer) = ctx.viewer() else { return errors::missing(&ctx).await };
    let new = NewToken {
        name: ctx.lang.board().leader_brief.to_owned(),
        purpose: TokenUse::Brief,
        expires_at: Micros(ctx.now.0 + DAYS * MICROS_PER_DAY),
    };
    let issued = match ctx.app.desk.tokens().issue(viewer, ctx.address(), new).await {
        Ok(issued) => issued,
        Err(error) => {
            tracing::error!(%error, "a link could not be made");
            return errors::refused(&ctx, Refused::Fault).await;
        }
    };
    let link = format!("{}/brief/open?link={}", ctx.origin(&request), issued.secret);
    let mut page = blank(&ctx, frame(&ctx).await);
    page.made = Some(Made { qr: Qr::of(&link), link, days: fill(ctx.lang.board().brief_days, &[&DAYS]) });
    ctx.html(StatusCode::OK, &page)
}

/// `GET /brief/open`: opens nothing by itself, since messengers look at links before people do.
pub(crate) async fn opening(ctx: Ctx) -> HttpResponse {
    let mut page = blank(&ctx, frame(&ctx).await);
    page.link = ctx.param("link").unwrap_or("").to_owned();
    ctx.html(StatusCode::OK, &page)
}

/// `POST /brief/open`: binds the link to this device.
pub(crate) async fn open(ctx: Ctx, request: HttpRequest, Form(given): Form<Given>) -> HttpResponse {
    let agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("");
    match ctx.app.desk.tokens().swap(&given.link, ctx.address(), agent).await {
        Ok(Some((secret, bearer))) if bearer.purpose == TokenUse::Brief => {
            let jar = ctx.app.jar;
            HttpResponse::SeeOther()
                .insert_header((header::LOCATION, "/brief"))
                .insert_header((header::SET_COOKIE, jar.keep(jar.brief(), &secret, DAYS * 86_400)))
                .finish()
        }
        Ok(_) => {
            let mut page = blank(&ctx, frame(&ctx).await);
            page.over = true;
            ctx.html(StatusCode::FORBIDDEN, &page)
        }
        Err(error) => {
            tracing::error!(%error, "a link could not be opened");
            errors::refused(&ctx, Refused::Fault).await
        }
    }
}
