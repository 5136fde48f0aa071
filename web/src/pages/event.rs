//! `/events/{producer}/{seq}`: one event with all its fields and the raw text.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use ward_event::{Micros, ProducerId, time::MICROS_PER_DAY};

use super::{
    errors,
    field::{self, EventView},
    frame::{Frame, Nav},
    parts::failure,
};
use crate::{context::Ctx, text::Texts};

/// Without a hint, an event is looked for among those received in so many days.
const BACK_DAYS: i64 = 7;

/// `at` of an event's address, µs.
fn at_param(ctx: &Ctx) -> Option<Micros> {
    ctx.param("at").and_then(|t| t.parse().ok()).map(Micros)
}

/// What a list opens in place.
#[derive(Template)]
#[template(path = "event_part.html")]
struct Part {
    t: &'static Texts,
    event: EventView,
}

#[derive(Template)]
#[template(path = "event.html")]
struct Page {
    p: Frame,
    producer: String,
    seq: u64,
    event: EventView,
}

pub(crate) async fn page(ctx: Ctx, path: web::Path<(String, u64)>) -> HttpResponse {
    let (producer, seq) = path.into_inner();
    if ProducerId::new(&producer).is_err() {
        return errors::missing(&ctx).await;
    }
    let (from, to) = match at_param(&ctx) {
        Some(at) => (at, at),
        None => (Micros(ctx.now.0 - BACK_DAYS * MICROS_PER_DAY), ctx.now),
    };
    let events = match ctx.app.reader.events_by_id(&ctx.scope, vec![(producer.clone(), seq)], from, to).await
    {
        Ok(events) => events,
        Err(error) => return errors::failed(&ctx, &failure(ctx.t(), error)).await,
    };
    let Some(event) = events.first() else { return errors::missing(&ctx).await };
    ctx.seen_unit(event.get("hospital").and_then(|v| v.as_str()).unwrap_or(""));
    if ctx.param("part").is_some() {
        return ctx.html(StatusCode::OK, &Part { t: ctx.t(), event: field::view(&ctx, event, &[]) });
    }
    let page = Page {
        p: Frame::new(&ctx, Nav::Hunt, format!("{producer}/{seq}")).await,
        event: field::view(&ctx, event, &[]),
        producer,
        seq,
    };
    ctx.html(StatusCode::OK, &page)
}
