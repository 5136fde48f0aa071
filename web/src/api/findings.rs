//! What scans and checks found, and what was made public.

use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_desk::finding::{self, Filter, Order, Shown};
use ward_scan::{Kind, Severity};

use super::{
    params::{Asked, Nothing, Page, limit, unit, written},
    problem::Problem,
};
use crate::context::Ctx;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindingQuery {
    /// open, to_fix, overdue, suspected, cannot_tell, accepted, fixed, not_affected or all; open if absent.
    state: Option<String>,
    severity: Option<String>,
    kind: Option<String>,
    hospital: Option<String>,
    /// Units of this locality alone, as the register names it.
    locality: Option<String>,
    /// In title, host, weakness and numbers.
    q: Option<String>,
    /// From `next` of the page before.
    cursor: Option<u32>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Finding {
    id: i64,
    hospital: String,
    host: String,
    port: u16,
    protocol: &'static str,
    weakness: String,
    kind: &'static str,
    title: String,
    severity: &'static str,
    numbers: Vec<String>,
    state: &'static str,
    first_seen: String,
    last_seen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_until: Option<String>,
    reopened: i64,
    evidence: String,
    advice: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FindingEvent {
    time: String,
    by: String,
    what: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FindingDetail {
    finding: Finding,
    /// Newest first.
    history: Vec<FindingEvent>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Disclosure {
    id: i64,
    numbers: String,
    title: String,
    vendor: String,
    product: String,
    versions: String,
    advice: String,
    source: String,
    /// Declared assets that it was matched to.
    matched: i64,
    created_at: String,
    created_by: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Disclosures {
    items: Vec<Disclosure>,
}

fn finding(f: finding::Finding) -> Finding {
    Finding {
        id: f.id,
        hospital: f.hospital.to_string(),
        host: f.host,
        port: f.port,
        protocol: f.protocol.as_str(),
        weakness: f.weakness,
        kind: f.kind.as_str(),
        title: f.title,
        severity: f.severity.as_str(),
        numbers: f.cves.into_iter().chain(f.cnvds).chain(f.cnnvds).collect(),
        state: f.state.as_str(),
        first_seen: written(f.first_seen),
        last_seen: written(f.last_seen),
        due: f.due_at.map(written),
        fixed: f.fixed_at.map(written),
        accepted_until: f.accepted_until.map(written),
        reopened: f.reopened,
        evidence: f.evidence,
        advice: f.advice,
    }
}

pub(crate) async fn list(ctx: Ctx, Asked(q): Asked<FindingQuery>) -> Result<Json<Page<Finding>>, Problem> {
    let limit = limit(q.limit)?;
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    let none = |what: &'static str| move || Problem::unfit(format!("{what}: no such {what}"));
    let filter = Filter {
        shown: match given(&q.state) {
            Some(name) => Shown::from_name(&name).ok_or_else(none("state"))?,
            None => Shown::default(),
        },
        severity: given(&q.severity)
            .map(|name| Severity::from_name(&name).ok_or_else(none("severity")))
            .transpose()?,
        kind: given(&q.kind).map(|name| Kind::from_name(&name).ok_or_else(none("kind"))).transpose()?,
        text: q.q.unwrap_or_default(),
        order: Order::Worst,
        from: i64::from(q.cursor.unwrap_or(0)),
        limit: i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let units = ctx.within(unit(q.hospital.as_deref())?.as_ref(), q.locality.as_deref()).units();
    let (rows, total) = ctx.app.desk.findings().list(units.as_ref(), &filter).await?;
    let seen = u64::from(q.cursor.unwrap_or(0)) + rows.len() as u64;
    let next = (seen < total).then(|| seen.to_string());
    Ok(Json(Page { items: rows.into_iter().map(finding).collect(), next }))
}

pub(crate) async fn one(ctx: Ctx, id: Path<i64>, _: Asked<Nothing>) -> Result<Json<FindingDetail>, Problem> {
    let findings = ctx.app.desk.findings();
    let units = ctx.scope.units();
    let found = findings.get(units.as_ref(), *id).await?.ok_or(Problem::NOT_FOUND)?;
    ctx.seen_unit(found.hospital.as_str());
    let history = findings.history(*id).await?;
    let event = |h: finding::Happened| FindingEvent { time: written(h.at), by: h.by, what: h.what.as_str() };
    Ok(Json(FindingDetail { finding: finding(found), history: history.into_iter().map(event).collect() }))
}

pub(crate) async fn disclosures(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Disclosures>, Problem> {
    let all = ctx.app.desk.findings().disclosures().await?;
    let disclosure = |d: finding::Disclosure| Disclosure {
        id: d.id,
        numbers: d.of.numbers,
        title: d.of.title,
        vendor: d.of.vendor,
        product: d.of.product,
        versions: d.of.versions,
        advice: d.of.advice,
        source: d.of.source,
        matched: d.matched,
        created_at: written(d.created_at),
        created_by: d.created_by,
    };
    Ok(Json(Disclosures { items: all.into_iter().map(disclosure).collect() }))
}
