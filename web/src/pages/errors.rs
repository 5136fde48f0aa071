//! Pages for what is not there or went wrong.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use super::frame::{Frame, Nav};
use crate::context::Ctx;

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    p: Frame,
    code: u16,
    what: &'static str,
    advice: &'static str,
}

pub(crate) async fn not_found(ctx: Ctx) -> HttpResponse {
    missing(&ctx).await
}

/// The same answer for what does not exist and for what lies outside the viewer's scope.
pub(crate) async fn missing(ctx: &Ctx) -> HttpResponse {
    let t = ctx.t();
    let p = Frame::new(ctx, Nav::None, t.error_404).await;
    let page = Page { p, code: 404, what: t.error_404, advice: t.error_404_advice };
    ctx.html(StatusCode::NOT_FOUND, &page)
}

/// A page whose one thing could not be asked for.
pub(crate) async fn failed(ctx: &Ctx, failure: &super::parts::Failure) -> HttpResponse {
    let p = Frame::new(ctx, Nav::None, failure.title).await;
    let page = Page { p, code: failure.status.as_u16(), what: failure.title, advice: failure.advice };
    ctx.html(failure.status, &page)
}
