//! `/hunt/tail`: a stream of the events that come in and match, as lines of the page's own table. Asked
//! of the store once a second for each who looks, with bounds on rows, on lookers and on what is
//! remembered.

use std::{
    collections::{HashSet, VecDeque},
    convert::Infallible,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use actix_web::{HttpResponse, http::header};
use askama::Template;
use bytes::Bytes;
use futures_util::{Stream, stream};
use ward_event::Micros;

use super::{list, list::Rows, state::State};
use crate::{
    access::Alive,
    context::Ctx,
    query::{HuntRow, QueryError},
};

const EVERY: Duration = Duration::from_secs(1);
/// Rows become visible a while after the instant that the writer gave them: what came in within this
/// time is asked for again each time, and what was told is left out.
const OVERLAP: i64 = 20_000_000;
/// Rows that one second may bring to a screen; nobody reads more.
const ROWS_MAX: i64 = 200;
/// Rows remembered as told.
const TOLD_MAX: usize = 20_000;
/// Streams at a time: each is a query a second.
const LOOKERS_MAX: usize = 24;
/// An event may be so much older than its arrival and still be followed.
const LATE: i64 = 2 * 86_400_000_000;
/// A device's clock may be so far ahead.
const AHEAD: i64 = 86_400_000_000;

static LOOKERS: AtomicUsize = AtomicUsize::new(0);

/// Counts one who looks, for as long as it is held.
struct Seat;

impl Seat {
    fn take() -> Option<Self> {
        if LOOKERS.fetch_add(1, Ordering::AcqRel) >= LOOKERS_MAX {
            LOOKERS.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(Self)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        LOOKERS.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What has been told, the oldest forgotten first.
#[derive(Default)]
struct Told {
    order: VecDeque<(String, u64)>,
    known: HashSet<(String, u64)>,
}

impl Told {
    /// Whether this is told for the first time.
    fn is_new(&mut self, row: &HuntRow) -> bool {
        let key = (row.producer.clone(), row.seq);
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > TOLD_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

struct Following {
    ctx: Ctx,
    state: State,
    told: Told,
    begun: Micros,
    is_first: bool,
    stopping: tokio::sync::watch::Receiver<bool>,
    /// A session that ended takes its tail with it.
    alive: Alive,
    _seat: Seat,
}

pub(crate) async fn tail(ctx: Ctx) -> HttpResponse {
    let mut state = State::of(&ctx);
    state.after = None;
    if let Err(fault) = state.query(&ctx) {
        let (what, advice) = fault.fault.words(ctx.t());
        return HttpResponse::BadRequest().body(format!("{what}\n{advice}"));
    }
    let Some(seat) = Seat::take() else {
        return HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "10")).finish();
    };
    let Some(alive) = ctx.alive() else { return HttpResponse::Unauthorized().finish() };
    let stopping = ctx.hub().stopping();
    let begun = ctx.app.clock.now();
    let following =
        Following { ctx, state, told: Told::default(), begun, is_first: true, stopping, alive, _seat: seat };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(follow(following))
}

fn follow(following: Following) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(following, |mut f| async move {
        if f.is_first {
            f.is_first = false;
            return Some((Ok(Bytes::from_static(b"retry: 3000\n\n")), f));
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = f.stopping.wait_for(|s| *s) => return None,
        }
        if !f.alive.holds().await {
            return None;
        }
        let message = f.look().await;
        Some((Ok(message), f))
    })
}

impl Following {
    async fn look(&mut self) -> Bytes {
        let now = self.ctx.app.clock.now();
        self.state.from = Micros(now.0 - LATE);
        self.state.to = Micros(now.0 + AHEAD);
        let Ok(query) = self.state.query(&self.ctx) else { return event("failed", "{}") };
        let since = Micros(now.0 - OVERLAP).max(self.begun);
        let reader = &self.ctx.app.reader;
        match reader.hunt_tail(&self.ctx.scope, &query, &self.state.targets(), since, ROWS_MAX + 1).await {
            Ok(rows) => self.lines(rows, now),
            Err(error) => {
                let why = if error == QueryError::TooHeavy { "heavy" } else { "unreachable" };
                event("failed", &serde_json::json!({ "why": why }).to_string())
            }
        }
    }

    fn lines(&mut self, mut rows: Vec<HuntRow>, now: Micros) -> Bytes {
        let many = rows.len() as i64 > ROWS_MAX;
        rows.retain(|row| self.told.is_new(row));
        if rows.is_empty() {
            return event("beat", &serde_json::json!({ "at": now.millis() }).to_string());
        }
        let lines = list::lines(&self.ctx, &self.state, &rows);
        let html = Rows { t: self.ctx.t(), lines }.render().unwrap_or_default();
        let data = serde_json::json!({ "html": html, "count": rows.len(), "many": many, "at": now.millis() });
        event("rows", &data.to_string())
    }
}

/// JSON text has no line feed of its own.
fn event(kind: &str, data: &str) -> Bytes {
    Bytes::from(format!("event: {kind}\ndata: {data}\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_remembered_within_bounds() {
        let mut told = Told::default();
        let row = |seq: usize| HuntRow {
            hospital: String::new(),
            producer: "p".into(),
            seq: seq as u64,
            at: 0,
            ingested: 0,
            time_quality: String::new(),
            cells: Vec::new(),
        };
        assert!(told.is_new(&row(0)) && !told.is_new(&row(0)));
        for seq in 1..=TOLD_MAX {
            assert!(told.is_new(&row(seq)));
        }
        assert_eq!((told.order.len(), told.known.len()), (TOLD_MAX, TOLD_MAX));
        assert!(!told.is_new(&row(TOLD_MAX)) && told.is_new(&row(0)));
    }

    #[test]
    fn lookers_are_bounded() {
        let seats: Vec<_> = (0..LOOKERS_MAX).map(|_| Seat::take().expect("a seat")).collect();
        assert!(Seat::take().is_none());
        drop(seats);
        assert!(Seat::take().is_some());
    }
}
