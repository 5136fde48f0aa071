//! `/api/v1/entities` and one of them.

use actix_web::{HttpRequest, web::Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ward_event::Micros;

use super::{
    params::{Asked, limit, unit, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    query::{EntityKey, ScoreRow},
    show::link,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntitiesQuery {
    hospital: Option<String>,
    /// account, host, ip, source or hospital.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

/// The newest score of one entity in one unit.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Score {
    hospital: String,
    #[serde(rename = "type")]
    kind: String,
    value: String,
    /// As it was given; it halves each day.
    score: f64,
    /// What is left of it now.
    current: f64,
    /// field, value, zh, en, points
    reasons: Value,
    time: String,
}

/// Ordered by what is left of the score, the highest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Scores {
    items: Vec<Score>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntityQuery {
    /// Where only one unit's entity of this name is meant.
    hospital: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ScorePoint {
    time: String,
    score: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EntityDetail {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    /// One for each unit where it has one.
    scores: Vec<Score>,
    /// The last seven days, oldest first.
    history: Vec<ScorePoint>,
}

const HISTORY: i64 = 7 * ward_event::time::MICROS_PER_DAY;

pub(crate) async fn list(ctx: Ctx, Asked(q): Asked<EntitiesQuery>) -> Result<Json<Scores>, Problem> {
    let (limit, unit) = (limit(q.limit)?, unit(q.hospital.as_deref())?);
    let kind = q.kind.as_deref();
    let rows = ctx.app.reader.riskiest(&ctx.scope, unit.as_ref(), kind, ctx.now, limit as i64).await?;
    Ok(Json(Scores { items: rows.into_iter().map(score).collect() }))
}

pub(crate) async fn one(
    ctx: Ctx,
    request: HttpRequest,
    Asked(q): Asked<EntityQuery>,
) -> Result<Json<EntityDetail>, Problem> {
    let key = asked(&ctx, &request, "/api/v1/entities/", &q)?;
    let (scores, history) = tokio::try_join!(
        ctx.app.reader.scores(&ctx.scope, &key, ctx.now),
        ctx.app.reader.score_history(&ctx.scope, &key, Micros(ctx.now.0 - HISTORY)),
    )?;
    let point = |p: &crate::query::ScorePoint| ScorePoint { time: written(Micros(p.time)), score: p.score };
    Ok(Json(EntityDetail {
        kind: key.kind,
        value: key.value,
        scores: scores.into_iter().map(score).collect(),
        history: history.iter().map(point).collect(),
    }))
}

/// The entity that a path below `prefix` names, if the viewer may see any of it.
pub(super) fn asked(
    ctx: &Ctx,
    request: &HttpRequest,
    prefix: &str,
    q: &EntityQuery,
) -> Result<EntityKey, Problem> {
    // From the raw path: a value may hold an encoded slash.
    let rest = request.uri().path().strip_prefix(prefix).unwrap_or("");
    let Some((kind, value)) = rest.split_once('/') else { return Err(Problem::NOT_FOUND) };
    let key = EntityKey {
        kind: link::decode(kind),
        value: link::decode(value),
        unit: unit(q.hospital.as_deref())?,
    };
    if key.value.is_empty() || key.unit.as_ref().is_some_and(|u| !ctx.scope.allows(u)) {
        return Err(Problem::NOT_FOUND);
    }
    ctx.seen_object(&key.kind, &key.value);
    Ok(key)
}

fn score(row: ScoreRow) -> Score {
    Score {
        hospital: row.hospital,
        kind: row.entity_type,
        value: row.entity,
        score: row.score,
        current: row.current,
        reasons: serde_json::from_str(&row.reasons).unwrap_or(Value::Null),
        time: written(Micros(row.time)),
    }
}
