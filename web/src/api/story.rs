//! An entity's timeline and its neighbours.

use actix_web::{HttpRequest, web::Json};
use schemars::JsonSchema;
use serde::Serialize;
use ward_event::Micros;

use super::{
    entities::{EntityQuery, asked},
    params::{Asked, written},
    problem::Problem,
};
use crate::{
    context::Ctx,
    story::{self, Part, What},
};

/// One thing that happened.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Moment {
    time: String,
    hospital: String,
    /// alert, first, score, act or incident.
    kind: &'static str,
    /// Of the alert, the incident, or the line of the queue; of a first sight the asset's name.
    id: String,
    title: String,
    title_zh: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    /// Where an asset answered for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u64>,
    /// The score before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<(f64, f64)>,
    /// Who did what, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<(String, String, String)>,
}

/// The newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Timeline {
    items: Vec<Moment>,
    /// There were more.
    more: bool,
    /// What could not be asked for: alerts, firsts, scores, acts, incidents.
    missing: Vec<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Neighbour {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    /// caller, account, origin, called, signs_in_on or alert.
    tie: &'static str,
    /// Flows, sign-ins or alerts.
    count: u64,
    /// Sign-ins that failed.
    failed: u64,
    ports: Vec<u64>,
    /// The gravest level of the alerts that name both.
    #[serde(skip_serializing_if = "Option::is_none")]
    worst: Option<&'static str>,
    last: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Neighbours {
    items: Vec<Neighbour>,
    /// There were more.
    more: bool,
}

pub(crate) async fn timeline(
    ctx: Ctx,
    request: HttpRequest,
    Asked(q): Asked<EntityQuery>,
) -> Result<Json<Timeline>, Problem> {
    let key = asked(&ctx, &request, "/api/v1/timeline/", &q)?;
    let found = story::Timeline::of(&ctx, &key).await;
    Ok(Json(Timeline {
        items: found.moments.into_iter().map(moment).collect(),
        more: found.more,
        missing: found.missing.into_iter().map(part).collect(),
    }))
}

pub(crate) async fn neighbours(
    ctx: Ctx,
    request: HttpRequest,
    Asked(q): Asked<EntityQuery>,
) -> Result<Json<Neighbours>, Problem> {
    let key = asked(&ctx, &request, "/api/v1/neighbours/", &q)?;
    let found = story::Neighbourhood::of(&ctx, &key).await?;
    let neighbour = |n: story::Neighbour| Neighbour {
        kind: n.kind,
        value: n.value,
        tie: n.tie.name(),
        count: n.count,
        failed: n.failed,
        ports: n.ports,
        worst: n.worst.map(|level| level.name()),
        last: written(Micros(n.last.0)),
    };
    Ok(Json(Neighbours { items: found.neighbours.into_iter().map(neighbour).collect(), more: found.more }))
}

const fn part(part: Part) -> &'static str {
    match part {
        Part::Alerts => "alerts",
        Part::Firsts => "firsts",
        Part::Scores => "scores",
        Part::Acts => "acts",
        Part::Incidents => "incidents",
    }
}

fn moment(m: story::Moment) -> Moment {
    let base = Moment { time: written(m.at), hospital: m.hospital, kind: m.what.name(), ..Moment::default() };
    match m.what {
        What::Alert(a) => {
            Moment { id: a.alert_id, title: a.title, title_zh: a.title_zh, level: Some(a.level), ..base }
        }
        What::FirstSeen(_, name) => Moment { id: name, ..base },
        What::FirstPort(_, name, port) => Moment { id: name, port: Some(port), ..base },
        What::Score { from, to, .. } => Moment { score: Some((from, to)), ..base },
        What::Act(a) => Moment {
            id: a.group,
            title: a.title,
            title_zh: a.title_zh,
            act: Some((a.account, a.action, a.reason)),
            ..base
        },
        What::Incident(i) => Moment {
            id: i.id.to_string(),
            title: i.title,
            title_zh: i.title_zh,
            level: Some(i.level.name().to_owned()),
            ..base
        },
    }
}
