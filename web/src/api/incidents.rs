//! Incidents and one of them.

use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ward_desk::incident::{self, IncidentFilter, IncidentState};

use super::{
    alerts::Entity,
    params::{Asked, Nothing, Page, place, unit, written},
    problem::Problem,
};
use crate::context::Ctx;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncidentQuery {
    hospital: Option<String>,
    /// Units of this locality alone, as the register names it.
    locality: Option<String>,
    /// open, judged, notified, closed, false_alarm or merged; all but merged if absent.
    state: Option<String>,
    /// From `next` of the page before.
    cursor: Option<u32>,
    /// 1 to 500, 50 if absent.
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Incident {
    id: i64,
    number: String,
    hospital: String,
    title: String,
    title_zh: String,
    stage: &'static str,
    level: &'static str,
    state: &'static str,
    first_seen: String,
    last_seen: String,
    alerts: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OfIncident {
    alert_id: String,
    rule_id: String,
    title: String,
    title_zh: String,
    level: &'static str,
    stage: &'static str,
    entities: Vec<Entity>,
    first_seen: String,
    last_seen: String,
}

/// A statement of when it was known.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stated {
    operator: String,
    class: String,
    grade: String,
    known_at: String,
    person: String,
    reason: String,
    law: String,
    /// Until when the first report is due; absent where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Reported {
    /// first, follow_up or final.
    kind: &'static str,
    receiver: String,
    channel: String,
    person: String,
    made_at: String,
    acknowledged: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Happened {
    time: String,
    account: String,
    act: String,
    from: String,
    to: String,
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct IncidentDetail {
    incident: Incident,
    /// In the order in which they happened.
    alerts: Vec<OfIncident>,
    entities: Vec<Entity>,
    /// The incidents of the same campaign that the viewer may see.
    campaign: Vec<Incident>,
    /// Ids of the notices that were drafted from it.
    notices: Vec<i64>,
    /// The last counts.
    known: Vec<Stated>,
    reports: Vec<Reported>,
    /// Newest first.
    history: Vec<Happened>,
}

fn incident(i: incident::Incident) -> Incident {
    Incident {
        id: i.id,
        number: i.number(),
        hospital: i.hospital.to_string(),
        title: i.title,
        title_zh: i.title_zh,
        stage: i.stage.as_str(),
        level: i.level.name(),
        state: i.state.as_str(),
        first_seen: written(i.first_seen),
        last_seen: written(i.last_seen),
        alerts: i.alerts,
        campaign: i.campaign,
        merged_into: i.merged_into,
        ended: i.ended.map(written),
    }
}

/// The open and worst first.
pub(crate) async fn list(ctx: Ctx, Asked(q): Asked<IncidentQuery>) -> Result<Json<Page<Incident>>, Problem> {
    let place = place(q.cursor, q.limit)?;
    let state =
        |name: &str| IncidentState::from_name(name).ok_or_else(|| Problem::unfit("state: no such state"));
    let filter = IncidentFilter {
        unit: unit(q.hospital.as_deref())?,
        state: q.state.as_deref().filter(|s| !s.is_empty()).map(state).transpose()?,
        from: place.0,
        limit: Some(place.1),
    };
    let units = ctx.within(None, q.locality.as_deref()).units();
    let all = ctx.app.desk.incidents().list(&units, &filter).await?;
    Ok(Json(Page::at(place, all.into_iter().map(incident).collect())))
}

pub(crate) async fn one(ctx: Ctx, id: Path<i64>, _: Asked<Nothing>) -> Result<Json<IncidentDetail>, Problem> {
    let incidents = ctx.app.desk.incidents();
    let found = incidents.get(&ctx.scope.units(), *id).await?.ok_or(Problem::NOT_FOUND)?;
    ctx.seen_unit(found.incident.hospital.as_str());
    let law = incidents.law();
    let alert = |a: incident::IncidentAlert| OfIncident {
        alert_id: a.alert_id,
        rule_id: a.rule_id,
        title: a.title,
        title_zh: a.title_zh,
        level: a.level.name(),
        stage: a.stage.as_str(),
        entities: a.entities.into_iter().map(|e| Entity { kind: e.kind, value: e.value }).collect(),
        first_seen: written(a.first_seen),
        last_seen: written(a.last_seen),
    };
    let stated = |k: incident::Known| Stated {
        due: law.due(&k.of).map(written),
        operator: k.of.operator,
        class: k.of.class,
        grade: k.of.grade,
        known_at: written(k.of.known_at),
        person: k.of.person,
        reason: k.of.reason,
        law: k.law,
    };
    let reported = |r: incident::LawReport| Reported {
        kind: r.of.kind.as_str(),
        receiver: r.of.receiver,
        channel: r.of.channel,
        person: r.of.person,
        made_at: written(r.of.made_at),
        acknowledged: r.of.acknowledged,
    };
    let happened = |h: incident::IncidentHistory| Happened {
        time: written(h.at),
        account: h.account,
        act: h.act,
        from: h.from,
        to: h.to,
        text: h.text,
    };
    Ok(Json(IncidentDetail {
        alerts: found.alerts.into_iter().map(alert).collect(),
        entities: found.entities.into_iter().map(|(kind, value)| Entity { kind, value }).collect(),
        campaign: found.campaign.into_iter().flat_map(|c| c.incidents).map(incident).collect(),
        notices: found.notices.iter().map(|n| n.notice).collect(),
        known: found.known.into_iter().map(stated).collect(),
        reports: found.reports.into_iter().map(reported).collect(),
        history: found.history.into_iter().map(happened).collect(),
        incident: incident(found.incident),
    }))
}
