//! `/api/v1/events` and one of them.

use actix_web::web::{self, Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ward_event::{Micros, ProducerId, time::MICROS_PER_DAY};

use super::{
    params::{Asked, Page, instant, limit, unit, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    query::{EventFilter, EventRow},
};

/// Events of the last hour, where no time is given.
const DEFAULT_BACK: i64 = ward_event::time::MICROS_PER_HOUR;
/// Without a hint, an event is looked for among those received in so many days.
const BACK_DAYS: i64 = 7;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventQuery {
    /// RFC 3339; an hour ago if absent.
    from: Option<String>,
    to: Option<String>,
    hospital: Option<String>,
    /// OCSF class_uid.
    class: Option<u32>,
    format: Option<String>,
    /// With `entity`: ip, account, user, host, source or hospital.
    entity_type: Option<String>,
    entity: Option<String>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventLine {
    hospital: String,
    producer: String,
    seq: u64,
    time: String,
    ingested: String,
    /// ok, skewed or missing.
    time_quality: String,
    class_uid: u32,
    severity_id: u8,
    format: String,
    src: String,
    dst: String,
    dst_port: u32,
    user: String,
    device: String,
    summary: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AtQuery {
    /// About when it was received (RFC 3339); the last seven days are searched without it.
    at: Option<String>,
}

/// One event with all its columns; times in microseconds or milliseconds since the epoch, as stored.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct EventDetail(Map<String, Value>);

pub(crate) async fn list(ctx: Ctx, Asked(q): Asked<EventQuery>) -> Result<Json<Page<EventLine>>, Problem> {
    let limit = limit(q.limit)?;
    let entity = match (q.entity_type, q.entity) {
        (Some(kind), Some(value)) => Some((kind, value)),
        (None, None) => None,
        _ => return Err(Problem::unfit("entity and entity_type go together")),
    };
    let filter = EventFilter {
        from: instant("from", q.from.as_deref())?.unwrap_or(Micros(ctx.now.0 - DEFAULT_BACK)),
        to: instant("to", q.to.as_deref())?,
        unit: unit(q.hospital.as_deref())?,
        class: q.class.map(i64::from),
        format: q.format,
        entity,
        after: q.cursor.as_deref().map(cursor).transpose()?,
        limit: limit as i64 + 1,
    };
    let mut rows = ctx.app.reader.events(&ctx.scope, &filter).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|r| format!("{}~{}~{}", r.time, r.producer, r.seq));
    Ok(Json(Page { items: rows.into_iter().map(line).collect(), next }))
}

pub(crate) async fn one(
    ctx: Ctx,
    path: web::Path<(String, u64)>,
    Asked(q): Asked<AtQuery>,
) -> Result<Json<EventDetail>, Problem> {
    let (producer, seq) = path.into_inner();
    if ProducerId::new(&producer).is_err() {
        return Err(Problem::NOT_FOUND);
    }
    let (from, to) = match instant("at", q.at.as_deref())? {
        Some(at) => (at, at),
        None => (Micros(ctx.now.0 - BACK_DAYS * MICROS_PER_DAY), ctx.now),
    };
    let mut found = ctx.app.reader.events_by_id(&ctx.scope, vec![(producer, seq)], from, to).await?;
    let event = found.pop().ok_or(Problem::NOT_FOUND)?;
    ctx.seen_unit(event.get("hospital").and_then(Value::as_str).unwrap_or(""));
    Ok(Json(EventDetail(event)))
}

fn cursor(text: &str) -> Result<(i64, String, i64), Problem> {
    let mut parts = text.splitn(3, '~');
    let mut read =
        || Some((parts.next()?.parse().ok()?, parts.next()?.to_owned(), parts.next()?.parse().ok()?));
    read().ok_or_else(|| Problem::unfit("cursor: not one of ours"))
}

fn line(row: EventRow) -> EventLine {
    EventLine {
        hospital: row.hospital,
        producer: row.producer,
        seq: row.seq,
        time: written(Micros(row.time)),
        ingested: written(Micros(row.ingested)),
        time_quality: row.time_quality,
        class_uid: row.class_uid,
        severity_id: row.severity_id,
        format: row.format,
        src: row.src,
        dst: row.dst,
        dst_port: row.dst_port,
        user: row.user,
        device: row.device,
        summary: row.summary,
    }
}
