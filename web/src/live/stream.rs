//! `GET /live`: the stream of one client. Frames wait in a bounded queue; a client that does not keep
//! up is given a whole snapshot instead of what it missed.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header};
use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use super::{
    frame::Frame,
    hub::{Hub, Seat},
};
use crate::{access::Alive, context::Ctx};

/// Proxies and browsers give up a connection that says nothing.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A session that ended takes its streams with it, this much later at most.
const CHECK: Duration = Duration::from_secs(10);

const BEAT: Bytes = Bytes::from_static(b"event: beat\ndata: {}\n\n");

struct Client {
    hub: Arc<Hub>,
    _seat: Seat,
    waiting: VecDeque<Bytes>,
    follow: broadcast::Receiver<Arc<Frame>>,
    stopping: watch::Receiver<bool>,
    alive: Alive,
    /// When it is asked next whether the viewer is still let in.
    check: Instant,
}

pub(crate) async fn events(ctx: Ctx, request: HttpRequest) -> HttpResponse {
    let last = request.headers().get("last-event-id").and_then(|v| v.to_str().ok());
    let hub = ctx.hub();
    let Some(alive) = ctx.alive() else { return HttpResponse::Unauthorized().finish() };
    let Some((seat, follow, first)) = hub.join(last) else {
        return HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "10")).finish();
    };
    let mut waiting: VecDeque<Bytes> = first.into();
    // What the browser waits before it comes again by itself; the page's own script adds jitter.
    waiting.push_front(Bytes::from_static(b"retry: 3000\n\n"));
    let client = Client {
        stopping: hub.stopping(),
        hub,
        _seat: seat,
        waiting,
        follow,
        alive,
        check: Instant::now() + CHECK,
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(follow_hub(client))
}

fn follow_hub(client: Client) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(client, |mut client| async move {
        if let Some(bytes) = client.waiting.pop_front() {
            return Some((Ok(bytes), client));
        }
        if client.check <= Instant::now() {
            client.check = Instant::now() + CHECK;
            if !client.alive.holds().await {
                return None;
            }
        }
        let bytes = tokio::select! {
            next = client.follow.recv() => match next {
                Ok(frame) if !frame.tick.is_empty() => frame.tick.clone(),
                Ok(frame) => frame.full.clone(),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    client.follow = client.follow.resubscribe();
                    client.hub.whole()?
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            },
            () = tokio::time::sleep(HEARTBEAT) => BEAT,
            _ = client.stopping.wait_for(|s| *s) => return None,
        };
        Some((Ok(bytes), client))
    })
}
