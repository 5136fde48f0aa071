//! `GET /wall/{name}/live` and the region's map.

use std::{convert::Infallible, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::{sync::watch, time::Instant};

use super::{hub::Screen, opening::Opening};
use crate::{access::Alive, context::Ctx, pages};

/// Proxies and browsers give up a connection that says nothing.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A session or a token that ended takes its streams with it, this much later at most.
const CHECK: Duration = Duration::from_secs(10);
const BEAT: Bytes = Bytes::from_static(b"event: beat\ndata: {}\n\n");
/// What the browser waits before it comes again by itself; the page's own script adds jitter.
const RETRY: Bytes = Bytes::from_static(b"retry: 3000\n\n");

pub(crate) async fn events(ctx: Ctx, request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(opening) = Opening::of(&ctx, &name) else { return pages::errors::not_found(ctx).await };
    let Some(alive) = ctx.alive() else { return HttpResponse::Unauthorized().finish() };
    let last = request.headers().get("last-event-id").and_then(|v| v.to_str().ok());
    let Some(screen) = ctx.app.walls.join(opening.wall, &ctx.scope, opening.visitors, last) else {
        return HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "10")).finish();
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(follow(Follower {
            stopping: screen.stopping(),
            screen,
            first: Some(RETRY),
            alive,
            check: Instant::now() + CHECK,
        }))
}

struct Follower {
    screen: Screen,
    stopping: watch::Receiver<bool>,
    first: Option<Bytes>,
    alive: Alive,
    /// When it is asked next whether the screen is still let in.
    check: Instant,
}

fn follow(follower: Follower) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(follower, |mut f| async move {
        let bytes = match f.first.take() {
            Some(bytes) => bytes,
            None => wait(&mut f).await?,
        };
        Some((Ok(bytes), f))
    })
}

async fn wait(f: &mut Follower) -> Option<Bytes> {
    if f.check <= Instant::now() {
        f.check = Instant::now() + CHECK;
        if !f.alive.holds().await {
            return None;
        }
    }
    tokio::select! {
        next = f.screen.next() => next,
        () = tokio::time::sleep(HEARTBEAT) => Some(BEAT),
        _ = f.stopping.wait_for(|s| *s) => None,
    }
}

/// `GET /wall/{name}/map`: 204 where none is configured.
pub(crate) async fn region_map(ctx: Ctx, name: web::Path<String>) -> HttpResponse {
    if Opening::of(&ctx, &name).is_none() {
        return pages::errors::not_found(ctx).await;
    }
    match ctx.app.map.bytes() {
        Some(bytes) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/geo+json"))
            .insert_header((header::CACHE_CONTROL, "private, max-age=300"))
            .body(bytes),
        None => HttpResponse::NoContent().finish(),
    }
}
