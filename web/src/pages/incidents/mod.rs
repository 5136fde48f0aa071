//! `/incidents`: the list; `/incidents/{id}`: one case: what happened in what order, what touches it, what to do,
//! and the clocks that the law sets.

mod act;
mod law;
mod one;
mod paper;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use ward_desk::{
    DeskError,
    incident::{Incident, IncidentFilter, IncidentState, Stage},
};
use ward_event::Micros;

pub(crate) use self::{
    act::{act, known, merge, report, split, words},
    one::{did, page as one},
    paper::file as law_paper,
};
use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::{Choice, LevelMark, Pager, level_mark, locality_choices, unit_name},
    },
    show::words as shown,
    text::{Incidents, fill},
};

#[derive(Template)]
#[template(path = "incidents.html")]
struct Page {
    p: Frame,
    w: &'static Incidents,
    units: Vec<Choice>,
    localities: Vec<Choice>,
    pager: Pager,
    states: Vec<Choice>,
    lines: Vec<Line>,
}

/// One incident in a list.
pub(super) struct Line {
    href: String,
    number: String,
    title: String,
    unit: String,
    level: LevelMark,
    stage: &'static str,
    class: &'static str,
    state: &'static str,
    alerts: i64,
    campaign: bool,
    first: String,
    last: String,
}

/// Lines of one page.
const LINES: usize = 100;

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let filter = IncidentFilter {
        state: ctx.param("state").and_then(IncidentState::from_name),
        from: i64::try_from(Pager::start(&ctx, "from")).unwrap_or(i64::MAX),
        // One more than is shown tells whether there is a next page.
        limit: Some(LINES as i64 + 1),
        ..IncidentFilter::default()
    };
    let lines = match ctx.app.desk.incidents().list(&ctx.narrowed().units(), &filter).await {
        Ok(lines) => lines,
        Err(error) => return fault(&ctx, &error).await,
    };
    let w = ctx.lang.incidents();
    let chosen = filter.state.map_or("", IncidentState::as_str);
    let page = Page {
        p: Frame::new(&ctx, Nav::Incidents, ctx.t().nav_incidents).await,
        w,
        units: super::cases::unit_choices(&ctx, ctx.param("hospital").unwrap_or("")),
        localities: locality_choices(&ctx),
        states: IncidentState::ALL
            .iter()
            .map(|s| super::cases::choice(s.as_str(), state(w, *s), s.as_str() == chosen))
            .collect(),
        pager: Pager::of(&ctx, "from", LINES, lines.len() > LINES),
        lines: lines.iter().take(LINES).map(|incident| line(&ctx, incident)).collect(),
    };
    ctx.html(StatusCode::OK, &page)
}

fn line(ctx: &Ctx, incident: &Incident) -> Line {
    let (t, w, zone) = (ctx.t(), ctx.lang.incidents(), ctx.zone());
    Line {
        href: format!("/incidents/{}", incident.id),
        number: incident.number(),
        title: title(ctx, incident),
        unit: unit_name(t, ctx.lang, &ctx.register, incident.hospital.as_str()),
        level: level_mark(t, incident.level.name()),
        stage: stage(w, incident.stage),
        class: class(incident.state),
        state: state(w, incident.state),
        alerts: incident.alerts,
        campaign: incident.campaign.is_some(),
        first: zone.short(incident.first_seen),
        last: zone.short(incident.last_seen),
    }
}

fn title(ctx: &Ctx, incident: &Incident) -> String {
    shown::title(ctx.lang, &incident.title_zh, &incident.title).to_owned()
}

pub(crate) const fn stage(w: &Incidents, stage: Stage) -> &'static str {
    match stage {
        Stage::Unknown => w.stage_unknown,
        Stage::Discovery => w.stage_discovery,
        Stage::Access => w.stage_access,
        Stage::Credentials => w.stage_credentials,
        Stage::Execution => w.stage_execution,
        Stage::Lateral => w.stage_lateral,
        Stage::Exfiltration => w.stage_exfiltration,
        Stage::Impact => w.stage_impact,
    }
}

pub(crate) const fn state(w: &Incidents, state: IncidentState) -> &'static str {
    match state {
        IncidentState::Open => w.state_open,
        IncidentState::Judged => w.state_judged,
        IncidentState::Notified => w.state_notified,
        IncidentState::Closed => w.state_closed,
        IncidentState::FalseAlarm => w.state_false_alarm,
        IncidentState::Merged => w.state_merged,
    }
}

const fn class(state: IncidentState) -> &'static str {
    match state {
        IncidentState::Open | IncidentState::Notified => "partial",
        IncidentState::Judged => "wrong",
        IncidentState::Closed => "ok",
        IncidentState::FalseAlarm | IncidentState::Merged => "unknown",
    }
}

/// What is left until a moment, to the minute; and whether it is past.
fn left(w: &Incidents, now: Micros, due: Micros) -> (String, bool) {
    let (minutes, late) = ((due.0 - now.0).abs() / 60_000_000, due < now);
    let (hours, rest) = (minutes / 60, minutes % 60);
    let text = match (late, hours) {
        (true, 0) => fill(w.late_minutes, &[&minutes]),
        (false, 0) => fill(w.left_minutes, &[&minutes]),
        (true, _) => fill(w.late_hours, &[&hours, &rest]),
        (false, _) => fill(w.left_hours, &[&hours, &rest]),
    };
    (text, late)
}

async fn fault(ctx: &Ctx, error: &DeskError) -> HttpResponse {
    tracing::error!(%error, "incidents cannot be read");
    errors::refused(ctx, Refused::Fault).await
}
