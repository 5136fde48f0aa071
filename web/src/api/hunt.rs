//! Events by a query of the hunting language.

use actix_web::web::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{
    params::{Asked, Page, instant, limit, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    hunt::{
        fields::{self, Target},
        parse,
    },
    query::{HuntQuery, Place, Terms, Walk},
    text::Lang,
};

const DEFAULT_BACK: i64 = ward_event::time::MICROS_PER_HOUR;
/// As far as a page asks at once.
const RANGE_MAX: i64 = 31 * MICROS_PER_DAY;
const FIELDS_MAX: usize = 20;
const FIELDS: &str = "class,src_endpoint.ip,dst_endpoint.ip,account,host,message";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HuntQueryString {
    /// `account:root AND dst_port:(445, 3389)`; everything if absent.
    q: Option<String>,
    /// RFC 3339; an hour ago if absent.
    from: Option<String>,
    to: Option<String>,
    /// Comma separated names of fields.
    fields: Option<String>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

/// One event with the fields that were asked for, in their order.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Hunted {
    hospital: String,
    producer: String,
    seq: u64,
    time: String,
    values: Vec<String>,
}

pub(crate) async fn list(ctx: Ctx, Asked(q): Asked<HuntQueryString>) -> Result<Json<Page<Hunted>>, Problem> {
    let limit = limit(q.limit)?;
    let to = instant("to", q.to.as_deref())?.unwrap_or(ctx.now);
    let from = instant("from", q.from.as_deref())?.unwrap_or(Micros(to.0 - DEFAULT_BACK));
    if to.0 - from.0 > RANGE_MAX {
        return Err(Problem::unfit("from: at most 31 days before to"));
    }
    let names = q.fields.as_deref().filter(|f| !f.is_empty()).unwrap_or(FIELDS);
    let target =
        |name: &str| fields::resolve(name.trim()).ok_or_else(|| Problem::unfit("fields: no such field"));
    let targets: Vec<Target> = names.split(',').take(FIELDS_MAX).map(target).collect::<Result<_, _>>()?;
    let fault = |fault: crate::hunt::QueryFault| Problem::unfit(fault.fault.words(Lang::En.texts()).0);
    let node = parse(q.q.as_deref().unwrap_or("")).map_err(fault)?;
    let terms = Terms { register: &ctx.register, zone: ctx.zone() };
    let query = HuntQuery::new(&node, &terms, from, to).map_err(fault)?;
    let after = q.cursor.as_deref().map(cursor).transpose()?;
    let mut walk = Walk::new(ctx.app.reader.clone(), ctx.scope.clone(), query, targets, after, limit + 1);
    let mut rows = Vec::new();
    while rows.len() <= limit {
        let Some(step) = walk.next().await.transpose()? else { break };
        rows.extend(step.rows);
        if step.is_end {
            break;
        }
    }
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|r| format!("{}~{}~{}", r.at, r.producer, r.seq));
    let hunted = |r: crate::query::HuntRow| Hunted {
        hospital: r.hospital,
        producer: r.producer,
        seq: r.seq,
        time: written(Micros(r.at)),
        values: r.cells,
    };
    Ok(Json(Page { items: rows.into_iter().map(hunted).collect(), next }))
}

fn cursor(text: &str) -> Result<Place, Problem> {
    let mut parts = text.splitn(3, '~');
    let mut read = || {
        let at = parts.next()?.parse().ok()?;
        let producer = parts.next()?.to_owned();
        Some(Place { at, producer, seq: parts.next()?.parse().ok()? })
    };
    read().ok_or_else(|| Problem::unfit("cursor: not one of ours"))
}
