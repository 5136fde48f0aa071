//! Posture scores, and reports as they were issued.

use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use ward_desk::report::ReportRow;
use ward_event::UnitId;
use ward_report::score::{Part, Score};

use super::{
    params::{Asked, Nothing, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    pages::{reports::readable, score::scores},
    report::NewsError,
};

/// Points are tenths: 1,000 are full.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnitScore {
    hospital: String,
    shown: u32,
    points: u32,
    /// Lost for what nothing is known of.
    unknown: u32,
    /// exposure, threat, response, coverage, compliance: what is left, and of how much.
    parts: Vec<(u32, u32)>,
    /// At the last day that was kept: place, of how many of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<(u32, u32)>,
}

/// The lowest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PostureScores {
    formula: String,
    items: Vec<UnitScore>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LostPoints {
    item: String,
    points: u32,
    cap: u32,
    /// Null where nothing is known.
    count: Option<u64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnitScoreDetail {
    formula: String,
    score: UnitScore,
    lost: Vec<LostPoints>,
    /// What to do next, and what it gains.
    steps: Vec<(String, u32)>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReportLine {
    id: i64,
    kind: String,
    period: String,
    edition: String,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hospital: Option<String>,
    title: String,
    issue: String,
    verdict: String,
    /// drafting, checking, signing, signed, published.
    state: String,
    /// The correction that is out in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<i64>,
    as_of: String,
    made_at: String,
    made_by: String,
    /// SHA-256 of the model.
    model_hash: String,
}

/// Newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Reports {
    items: Vec<ReportLine>,
}

/// A report's model: every figure, as it was issued.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct ReportModel(Map<String, Value>);

impl From<NewsError> for Problem {
    fn from(error: NewsError) -> Self {
        tracing::error!(%error, "scores cannot be computed");
        Self::FAULT
    }
}

fn line(score: &Score, place: Option<(u32, u32)>) -> UnitScore {
    UnitScore {
        hospital: score.unit.clone(),
        shown: score.shown,
        points: score.points,
        unknown: score.unknown(),
        parts: Part::ALL.into_iter().map(|part| score.part(part)).collect(),
        place,
    }
}

pub(crate) async fn posture(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<PostureScores>, Problem> {
    let (formula, mut scored, _) = scores(&ctx, &ctx.scope).await?;
    scored.sort_by(|a, b| (a.1.shown, &a.1.unit).cmp(&(b.1.shown, &b.1.unit)));
    let items = scored.iter().map(|(_, score, kept)| line(score, kept.as_ref().map(|k| (k.place, k.peers))));
    Ok(Json(PostureScores { formula: formula.version.clone(), items: items.collect() }))
}

pub(crate) async fn posture_one(
    ctx: Ctx,
    id: Path<String>,
    _: Asked<Nothing>,
) -> Result<Json<UnitScoreDetail>, Problem> {
    let known = UnitId::new(&id).ok().filter(|id| ctx.scope.allows(id) && ctx.register.unit(id).is_some());
    let id = known.ok_or(Problem::NOT_FOUND)?;
    ctx.seen_unit(id.as_str());
    let (formula, scored, _) = scores(&ctx, &ctx.scope.narrow(Some(&id))).await?;
    let (_, score, kept) = scored.first().ok_or(Problem::NOT_FOUND)?;
    let lost = score.items.iter().map(|l| LostPoints {
        item: l.item.clone(),
        points: l.points,
        cap: l.cap,
        count: l.seen.as_ref().map(|s| s.count),
    });
    Ok(Json(UnitScoreDetail {
        lost: lost.collect(),
        steps: score.steps(&formula).into_iter().map(|s| (s.item, s.gain)).collect(),
        score: line(score, kept.as_ref().map(|k| (k.place, k.peers))),
        formula: formula.version.clone(),
    }))
}

pub(crate) async fn list(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Reports>, Problem> {
    let rows = ctx.app.desk.reports().list(&readable(&ctx)).await?;
    let line = |r: ReportRow| ReportLine {
        id: r.id,
        kind: r.kind,
        period: r.period,
        edition: r.edition,
        version: r.version,
        hospital: r.hospital.map(|unit| unit.to_string()),
        title: r.title,
        issue: r.issue,
        verdict: r.verdict,
        state: r.paper.state.as_str().into(),
        replaced_by: r.paper.replaced_by,
        as_of: written(r.as_of),
        made_at: written(r.made_at),
        made_by: r.made_by,
        model_hash: r.model_hash,
    };
    Ok(Json(Reports { items: rows.into_iter().map(line).collect() }))
}

pub(crate) async fn one(ctx: Ctx, id: Path<i64>, _: Asked<Nothing>) -> Result<Json<ReportModel>, Problem> {
    let kept = ctx.app.desk.reports().one(&readable(&ctx), *id).await?.ok_or(Problem::NOT_FOUND)?;
    if let Some(unit) = &kept.row.hospital {
        ctx.seen_unit(unit.as_str());
    }
    match serde_json::from_str(&kept.model) {
        Ok(Value::Object(model)) => Ok(Json(ReportModel(model))),
        _ => Err(Problem::FAULT),
    }
}
