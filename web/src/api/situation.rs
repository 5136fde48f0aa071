//! `/api/v1/overview`, `/api/v1/rates`, units: how things stand.

use actix_web::web::{self, Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_event::{Micros, UnitId};

use super::{
    params::{Asked, Nothing, unit, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    live::{Snapshot, Unit},
    query::{SourceRow, TREND_STEP_SECS},
};

const DAY: i64 = ward_event::time::MICROS_PER_DAY;
/// Sources that said nothing for so long are no longer listed.
const SOURCES_BACK: i64 = 30 * DAY;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RatesQuery {
    hospital: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rate {
    /// Start of the step.
    time: String,
    events: u64,
}

/// Events by time of receipt; a step without events is left out.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rates {
    step_seconds: i64,
    /// The last 24 hours.
    items: Vec<Rate>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnitLine {
    name: String,
    name_en: String,
    kind: String,
    grade: String,
    locality: String,
    consortium: String,
    #[serde(flatten)]
    state: Unit,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Units {
    items: Vec<UnitLine>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Source {
    sender: String,
    source: String,
    /// ok, silent or unknown.
    status: String,
    /// Absent where nothing was ever heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnitDetail {
    #[serde(flatten)]
    unit: UnitLine,
    log_sources: Vec<Source>,
}

/// The newest snapshot; `parts` says which of it is old.
pub(crate) async fn overview(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Snapshot>, Problem> {
    Ok(Json(snapshot(&ctx).await?))
}

pub(crate) async fn rates(ctx: Ctx, Asked(q): Asked<RatesQuery>) -> Result<Json<Rates>, Problem> {
    let unit = unit(q.hospital.as_deref())?;
    let step = TREND_STEP_SECS * 1_000_000;
    let from = Micros((ctx.now.0 - DAY).div_euclid(step) * step);
    let rows = ctx.app.reader.trend(&ctx.scope.narrow(unit.as_ref()), from).await?;
    let rate = |r: &crate::query::TrendRow| Rate {
        time: written(Micros::from_secs(i64::from(r.start))),
        events: r.count,
    };
    Ok(Json(Rates { step_seconds: TREND_STEP_SECS, items: rows.iter().map(rate).collect() }))
}

pub(crate) async fn units(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Units>, Problem> {
    let snapshot = snapshot(&ctx).await?;
    Ok(Json(Units { items: snapshot.units.into_iter().map(|state| line(&ctx, state)).collect() }))
}

pub(crate) async fn one_unit(
    ctx: Ctx,
    id: web::Path<String>,
    _: Asked<Nothing>,
) -> Result<Json<UnitDetail>, Problem> {
    let id = UnitId::new(id.as_str()).ok().filter(|id| ctx.scope.allows(id)).ok_or(Problem::NOT_FOUND)?;
    let snapshot = snapshot(&ctx).await?;
    let state = snapshot.units.into_iter().find(|u| u.id == id.as_str()).ok_or(Problem::NOT_FOUND)?;
    let scope = ctx.scope.narrow(Some(&id));
    let sources = ctx.app.reader.sources(&scope, None, Micros(ctx.now.0 - SOURCES_BACK)).await?;
    ctx.seen_unit(id.as_str());
    Ok(Json(UnitDetail { unit: line(&ctx, state), log_sources: sources.into_iter().map(source).collect() }))
}

async fn snapshot(ctx: &Ctx) -> Result<Snapshot, Problem> {
    let frame = ctx.hub().frame().await.ok_or(crate::query::QueryError::Unreachable)?;
    Ok(frame.snapshot.clone())
}

fn line(ctx: &Ctx, state: Unit) -> UnitLine {
    let known = ctx.register.units.iter().find(|u| u.id.as_str() == state.id);
    let text = |of: fn(&ward_event::register::Unit) -> &String| known.map(of).cloned().unwrap_or_default();
    UnitLine {
        name: text(|u| &u.name),
        name_en: text(|u| &u.name_en),
        kind: text(|u| &u.kind),
        grade: text(|u| &u.grade),
        locality: text(|u| &u.locality),
        consortium: text(|u| &u.consortium),
        state,
    }
}

fn source(row: SourceRow) -> Source {
    Source {
        sender: row.sender,
        source: row.source,
        status: row.status,
        last_seen: (row.last_seen > 0).then(|| written(Micros(row.last_seen))),
    }
}
