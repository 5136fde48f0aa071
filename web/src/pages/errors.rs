//! Pages for what is not there or went wrong.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use super::frame::{Frame, Nav};
use crate::{access::Refused, api::Problem, context::Ctx, routes::is_api};

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
    if is_api(&ctx.path) {
        return Problem::NOT_FOUND.response();
    }
    told(ctx, StatusCode::NOT_FOUND, ctx.t().error_404, ctx.t().error_404_advice).await
}

/// A page whose one thing could not be asked for.
pub(crate) async fn failed(ctx: &Ctx, failure: &super::parts::Failure) -> HttpResponse {
    told(ctx, failure.status, failure.title, failure.advice).await
}

/// A page of one sentence and what to do.
pub(crate) async fn told(
    ctx: &Ctx,
    status: StatusCode,
    what: &'static str,
    advice: &'static str,
) -> HttpResponse {
    let p = Frame::new(ctx, Nav::None, what).await;
    ctx.html(status, &Page { p, code: status.as_u16(), what, advice })
}

/// What the guard refuses. Never more than that: not what there would be, nor for whom.
pub(crate) async fn refused(ctx: &Ctx, refused: Refused) -> HttpResponse {
    let t = ctx.t();
    let (status, what, advice) = match refused {
        Refused::SignedOut => (StatusCode::UNAUTHORIZED, t.error_signed_out, t.error_signed_out_advice),
        Refused::Role => (StatusCode::FORBIDDEN, t.error_role, t.error_role_advice),
        Refused::Forged => (StatusCode::FORBIDDEN, t.error_forged, t.error_forged_advice),
        Refused::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, t.error_large, t.error_large_advice),
        Refused::NoAudit => (StatusCode::SERVICE_UNAVAILABLE, t.error_no_audit, t.error_no_audit_advice),
        Refused::Fault => (StatusCode::SERVICE_UNAVAILABLE, t.error_fault, t.error_fault_advice),
    };
    told(ctx, status, what, advice).await
}
