//! The analyst's queue, one of its lines, and what was excepted.

use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_desk::triage::{Exception, Filter, Group, Status};
use ward_event::alert::Level;

use super::{
    params::{Asked, Nothing, Page, limit, unit, written},
    problem::Problem,
};
use crate::context::Ctx;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueueQuery {
    /// Comma separated: new, open, closed; new and open if absent.
    status: Option<String>,
    /// Comma separated: critical, high, medium, low, informational.
    level: Option<String>,
    hospital: Option<String>,
    rule: Option<String>,
    /// An account's name.
    owner: Option<String>,
    /// Words that stand anywhere in title, rule, entity or unit.
    q: Option<String>,
    /// From `next` of the page before.
    cursor: Option<u32>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

/// One rule about one entity of one unit.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Line {
    id: String,
    hospital: String,
    rule_id: String,
    entity_type: String,
    entity: String,
    title: String,
    title_zh: String,
    level: &'static str,
    /// new, open or closed.
    status: &'static str,
    owner: String,
    verdict: &'static str,
    reason: String,
    alerts: i64,
    events: i64,
    first_seen: String,
    last_seen: String,
    last_alert: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LineAlert {
    alert_id: String,
    status: &'static str,
    verdict: &'static str,
    level: &'static str,
    last_seen: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LineAct {
    time: String,
    account: String,
    /// take, assign, release, close, reopen or undo.
    action: String,
    reason: String,
    verdict: &'static str,
    owner: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LineDetail {
    line: Line,
    /// The newest.
    alerts: Vec<LineAlert>,
    /// Newest first.
    acts: Vec<LineAct>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Excepted {
    id: String,
    /// suppress, allow or test_window.
    kind: String,
    rule_id: String,
    hospital: String,
    field: String,
    value: String,
    reason: String,
    account: String,
    since: String,
    until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifted: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Exceptions {
    items: Vec<Excepted>,
}

/// Rows of a line's own lists.
const OF_LINE: i64 = 100;
const EXCEPTIONS: i64 = 500;

fn line(g: Group) -> Line {
    Line {
        id: g.id,
        hospital: g.hospital,
        rule_id: g.rule_id,
        entity_type: g.entity_type,
        entity: g.entity_value,
        title: g.title,
        title_zh: g.title_zh,
        level: g.level.name(),
        status: g.status.as_str(),
        owner: g.owner,
        verdict: g.verdict.name(),
        reason: g.reason,
        alerts: g.alerts,
        events: g.events,
        first_seen: written(g.first_seen),
        last_seen: written(g.last_seen),
        last_alert: g.last_alert,
    }
}

pub(crate) async fn list(ctx: Ctx, Asked(q): Asked<QueueQuery>) -> Result<Json<Page<Line>>, Problem> {
    let limit = limit(q.limit)?;
    let status = |name: &str| Status::from_name(name).ok_or_else(|| Problem::unfit("status: no such status"));
    let level = |name: &str| Level::from_name(name).ok_or_else(|| Problem::unfit("level: no such level"));
    let statuses = match q.status.as_deref().filter(|s| !s.is_empty()) {
        None => vec![Status::New, Status::Open],
        Some(names) => names.split(',').map(status).collect::<Result<_, _>>()?,
    };
    let filter = Filter {
        statuses,
        levels: q.level.iter().flat_map(|l| l.split(',')).map(level).collect::<Result<_, _>>()?,
        hospital: unit(q.hospital.as_deref())?,
        rule_id: q.rule.unwrap_or_default(),
        owner: q.owner,
        text: q.q.unwrap_or_default(),
        ..Filter::default()
    };
    let (skip, most) = (i64::from(q.cursor.unwrap_or(0)), i64::try_from(limit).unwrap_or(i64::MAX));
    let page = ctx.app.desk.triage().page(&filter, &ctx.scope.units(), skip, most).await?;
    let seen = skip + i64::try_from(page.groups.len()).unwrap_or(0);
    let next = (seen < page.total).then(|| seen.to_string());
    Ok(Json(Page { items: page.groups.into_iter().map(line).collect(), next }))
}

pub(crate) async fn one(ctx: Ctx, id: Path<String>, _: Asked<Nothing>) -> Result<Json<LineDetail>, Problem> {
    let triage = ctx.app.desk.triage();
    let group = triage.group(&id, &ctx.scope.units()).await?.ok_or(Problem::NOT_FOUND)?;
    ctx.seen_unit(&group.hospital);
    let alerts = triage.alerts_of(&group.id, OF_LINE).await?;
    let acts = triage.history(&group.id, OF_LINE).await?;
    Ok(Json(LineDetail {
        alerts: alerts
            .into_iter()
            .map(|a| LineAlert {
                alert_id: a.alert_id,
                status: a.status.as_str(),
                verdict: a.verdict.name(),
                level: a.level.name(),
                last_seen: written(a.last_seen),
            })
            .collect(),
        acts: acts
            .into_iter()
            .map(|a| LineAct {
                time: written(a.at),
                account: a.account,
                action: a.action,
                reason: a.reason,
                verdict: a.verdict.name(),
                owner: a.owner,
            })
            .collect(),
        line: line(group),
    }))
}

pub(crate) async fn exceptions(ctx: Ctx, _: Asked<Nothing>) -> Result<Json<Exceptions>, Problem> {
    let rows = ctx.app.desk.triage().exceptions(&ctx.scope.units(), EXCEPTIONS).await?;
    let excepted = |e: Exception| Excepted {
        id: e.id,
        kind: e.kind,
        rule_id: e.rule_id,
        hospital: e.hospital,
        field: e.field,
        value: e.value,
        reason: e.reason,
        account: e.account,
        since: written(e.at),
        until: written(e.until),
        lifted: e.lifted.map(|(at, _)| written(at)),
    };
    Ok(Json(Exceptions { items: rows.into_iter().map(excepted).collect() }))
}
