//! `/health/live` and `/health/ready`, for whoever supervises the process.

use actix_web::HttpResponse;

use crate::context::Ctx;

pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().body("ok\n")
}

/// Ready when the store answered the newest look at it.
pub(crate) async fn ready(ctx: Ctx) -> HttpResponse {
    let frame = ctx.app.hubs.region().frame().await;
    match frame {
        Some(frame) if frame.snapshot.parts.rates.error.is_empty() => HttpResponse::Ok().body("ok\n"),
        Some(frame) => {
            HttpResponse::ServiceUnavailable().body(format!("store: {}\n", frame.snapshot.parts.rates.error))
        }
        None => HttpResponse::ServiceUnavailable().body("store: not asked yet\n"),
    }
}
