//! `/incidents/{id}`.

use actix_web::{HttpResponse, http::StatusCode, web::Path};
use askama::Template;
use ward_desk::{
    Role,
    case::machine::{Actor, may},
    incident::{INCIDENT, IncidentAct, IncidentDetail, IncidentFilter, IncidentState},
};

use super::{
    Line, class, fault,
    law::{Clocks, clocks},
    line, stage, state, title,
};
use crate::{
    context::Ctx,
    pages::{
        cases::{choice, notice_word},
        errors,
        frame::{Frame, Nav},
        parts::{Choice, EntityLink, LevelMark, entity_link, level_mark, unit_name},
    },
    show::{link, words as shown},
    text::{Incidents, fill},
};

#[derive(Template)]
#[template(path = "incident.html")]
struct Page {
    p: Frame,
    w: &'static Incidents,
    error: Option<String>,
    id: i64,
    revision: i64,
    number: String,
    title: String,
    level: LevelMark,
    stage: &'static str,
    class: &'static str,
    state: &'static str,
    unit: String,
    unit_href: String,
    first: String,
    last: String,
    merged: Option<i64>,
    acts: Vec<(&'static str, &'static str)>,
    is_analyst: bool,
    make_report: &'static str,
    may_merge: bool,
    others: Vec<Choice>,
    alerts: Vec<AlertLine>,
    about: Vec<EntityLink>,
    campaign: Vec<Line>,
    campaign_note: String,
    notices: Vec<(String, String, &'static str)>,
    clocks: Clocks,
    history: Vec<HistoryLine>,
}

struct AlertLine {
    id: String,
    href: String,
    title: String,
    level: LevelMark,
    stage: &'static str,
    entities: Vec<EntityLink>,
    from: String,
    to: String,
}

struct HistoryLine {
    at: String,
    account: String,
    what: &'static str,
    text: String,
}

pub(crate) async fn page(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    show(&ctx, *id, None).await
}

/// The page, with what was refused.
pub(super) async fn show(ctx: &Ctx, id: i64, error: Option<String>) -> HttpResponse {
    let (units, incidents) = (ctx.scope.units(), ctx.app.desk.incidents());
    let detail = match incidents.get(&units, id).await {
        Ok(Some(detail)) => detail,
        Ok(None) => return errors::missing(ctx).await,
        Err(error) => return fault(ctx, &error).await,
    };
    ctx.seen_unit(detail.incident.hospital.as_str());
    ctx.seen_object("incident", &id.to_string());
    let same = IncidentFilter { unit: Some(detail.incident.hospital.clone()), ..IncidentFilter::default() };
    let others = match incidents.list(&units, &same).await {
        Ok(others) => others,
        Err(error) => return fault(ctx, &error).await,
    };
    let others = others.iter().filter(|i| i.id != id && i.ended.is_none());
    let others = others
        .map(|i| choice(&i.id.to_string(), format!("{} {}", i.number(), title(ctx, i)), false))
        .collect();
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let p = Frame::new(ctx, Nav::Incidents, fill(ctx.lang.incidents().number, &[&detail.incident.number()]))
        .await;
    ctx.html(status, &view(ctx, p, &detail, others, error))
}

fn view(ctx: &Ctx, p: Frame, detail: &IncidentDetail, others: Vec<Choice>, error: Option<String>) -> Page {
    let (t, w, zone, incident) = (ctx.t(), ctx.lang.incidents(), ctx.zone(), &detail.incident);
    let hospital = incident.hospital.as_str();
    let is_analyst = ctx.role() == Some(Role::Analyst) && ctx.scope.units().is_none();
    let actor = Actor { role: ctx.role(), deputy: false, scan: false, same: false };
    let can = |act| is_analyst && may(INCIDENT, incident.state, act, &actor);
    let acts = [
        (IncidentAct::Judge, w.act_judge),
        (IncidentAct::Dismiss, w.act_dismiss),
        (IncidentAct::Close, w.act_close),
        (IncidentAct::Reopen, w.act_reopen),
    ];
    let entities = |all: &[(String, String)]| -> Vec<EntityLink> {
        all.iter().map(|(kind, value)| entity_link(t, kind, value, hospital)).collect()
    };
    let alert = |a: &ward_desk::incident::IncidentAlert| {
        let about: Vec<_> = a.entities.iter().map(|e| (e.kind.clone(), e.value.clone())).collect();
        AlertLine {
            id: a.alert_id.clone(),
            href: link::alert(&a.alert_id),
            title: shown::title(ctx.lang, &a.title_zh, &a.title).to_owned(),
            level: level_mark(t, a.level.name()),
            stage: stage(w, a.stage),
            entities: entities(&about),
            from: zone.full(a.first_seen),
            to: if a.last_seen > a.first_seen { zone.full(a.last_seen) } else { String::new() },
        }
    };
    Page {
        w,
        error,
        id: incident.id,
        revision: incident.revision,
        number: incident.number(),
        title: title(ctx, incident),
        level: level_mark(t, incident.level.name()),
        stage: stage(w, incident.stage),
        class: class(incident.state),
        state: state(w, incident.state),
        unit: unit_name(t, ctx.lang, &ctx.register, hospital),
        unit_href: link::unit(hospital),
        first: zone.full(incident.first_seen),
        last: zone.full(incident.last_seen),
        merged: incident.merged_into,
        acts: acts.into_iter().filter(|(act, _)| can(*act)).map(|(act, word)| (act.as_str(), word)).collect(),
        is_analyst,
        make_report: ctx.lang.reports().make_incident,
        may_merge: can(IncidentAct::Merge),
        others,
        alerts: detail.alerts.iter().map(alert).collect(),
        about: entities(&detail.entities),
        campaign: detail
            .campaign
            .iter()
            .flat_map(|k| &k.incidents)
            .filter(|i| i.id != incident.id)
            .map(|i| line(ctx, i))
            .collect(),
        campaign_note: detail
            .campaign
            .as_ref()
            .map_or_else(String::new, |k| fill(w.campaign_note, &[&k.value])),
        notices: detail
            .notices
            .iter()
            .map(|n| {
                let number = n.number.as_ref().map_or_else(|| n.title.clone(), ToString::to_string);
                (format!("/notices/{}", n.notice), number, notice_word(ctx, n.state))
            })
            .collect(),
        clocks: clocks(ctx, ctx.app.desk.incidents().law(), detail),
        history: detail.history.iter().map(|h| history(ctx, h)).collect(),
        p,
    }
}

/// What was done, by the name of the act and the state that it led to.
pub(crate) fn did(w: &Incidents, h: &ward_desk::incident::IncidentHistory) -> &'static str {
    match h.act.as_str() {
        "open" => w.did_open,
        "campaign" => w.did_campaign,
        "merged_in" => w.did_merged_in,
        "split" => w.did_split,
        "split_off" => w.did_split_off,
        "known" => w.did_known,
        "report" => w.did_report,
        "law_words" => w.did_law_words,
        "notify" => w.did_notify,
        _ => IncidentState::from_name(&h.to).map_or(w.history, |to| state(w, to)),
    }
}

fn history(ctx: &Ctx, h: &ward_desk::incident::IncidentHistory) -> HistoryLine {
    let w = ctx.lang.incidents();
    HistoryLine {
        at: ctx.zone().full(h.at),
        account: if h.account == "ward" { w.by_platform.to_owned() } else { h.account.clone() },
        what: did(w, h),
        text: h.text.clone(),
    }
}
