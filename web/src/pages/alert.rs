//! `/alerts/{id}`: one alert, why it fired, and the events it rests on.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use ward_event::Micros;

use super::{
    cases::draft_from,
    errors,
    field::{self, EventView},
    frame::{Frame, Nav},
    parts::{
        EntityLink, LevelMark, Panel, ReasonLine, UnitLink, When, bar, entity_link, failure, level_mark,
        reasons, risk_class, unit_link, when,
    },
};
use crate::{
    context::Ctx,
    query::{Event, FullAlert, QueryError},
    show::{grouped, link, points, words},
    text::fill,
};

/// Events shown with the alert; the rest is counted, and its list is one click away.
const EVENTS_SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "alert.html")]
struct Page {
    p: Frame,
    id: String,
    title: String,
    /// In the other language, where it has one.
    subtitle: String,
    level: LevelMark,
    rule: String,
    rule_href: String,
    unit: UnitLink,
    story: String,
    reasons: Vec<ReasonLine>,
    entities: Vec<EntityLink>,
    techniques: Vec<Technique>,
    events: Panel<Events>,
    count: String,
    score: String,
    score_width: String,
    score_class: &'static str,
    first: When,
    last: When,
    made: When,
    revisions: Vec<Revision>,
    versions: Vec<(&'static str, String)>,
    producer: String,
    seq: u64,
    /// Where a notice is drafted from it.
    draft: Option<(String, &'static str)>,
}

struct Technique {
    id: String,
    name: String,
    href: String,
}

struct Events {
    views: Vec<EventView>,
    /// Named by the alert, and not in the store.
    missing: usize,
    note: String,
}

struct Revision {
    number: u32,
    when: When,
    count: String,
    score: String,
}

/// `versions` as the store holds it; unknown or absent hashes are empty.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Versions {
    rules: String,
    baseline: String,
    intel: String,
    register: String,
    geoip: String,
}

pub(crate) async fn page(ctx: Ctx, id: web::Path<String>) -> HttpResponse {
    let revisions = match ctx.app.reader.alert(&ctx.scope, &id).await {
        Ok(revisions) => revisions,
        Err(error) => return errors::failed(&ctx, &failure(ctx.t(), error)).await,
    };
    let Some(alert) = revisions.first() else { return errors::missing(&ctx).await };
    ctx.seen_unit(&alert.hospital);
    let events = events(&ctx, alert).await;
    let p = Frame::new(&ctx, Nav::Alerts, words::title(ctx.lang, &alert.title_zh, &alert.title)).await;
    let page = view(&ctx, p, alert, &revisions, events);
    ctx.html(actix_web::http::StatusCode::OK, &page)
}

pub(super) async fn events(ctx: &Ctx, alert: &FullAlert) -> Result<Vec<Event>, QueryError> {
    let refs = alert.event_producers.iter().cloned().zip(alert.event_seqs.iter().copied());
    let refs: Vec<_> = refs.take(EVENTS_SHOWN).collect();
    let scope = ctx.scope.narrow(ward_event::UnitId::new(&alert.hospital).ok().as_ref());
    ctx.app
        .reader
        .events_by_id(&scope, refs, Micros(alert.first_time.min(alert.time)), Micros(alert.time))
        .await
}

fn view(
    ctx: &Ctx,
    p: Frame,
    alert: &FullAlert,
    revisions: &[FullAlert],
    events: Result<Vec<Event>, QueryError>,
) -> Page {
    let t = ctx.t();
    let told = reasons(ctx.lang, &alert.reasons, 1.0);
    let hits: Vec<String> = told.iter().map(|r| r.field.clone()).filter(|f| !f.is_empty()).collect();
    let title = words::title(ctx.lang, &alert.title_zh, &alert.title).to_owned();
    let other = words::title(ctx.lang.other(), &alert.title_zh, &alert.title).to_owned();
    Page {
        id: alert.alert_id.clone(),
        subtitle: if other == title { String::new() } else { other },
        level: level_mark(t, &alert.level),
        rule: alert.rule_id.clone(),
        rule_href: link::rule(&alert.rule_id),
        unit: unit_link(ctx, &alert.hospital),
        story: story(ctx, alert, &title),
        title,
        reasons: told,
        entities: entities(ctx, alert),
        techniques: alert.techniques.iter().map(|id| technique(ctx, id)).collect(),
        events: Panel::of(t, events, |events| shown(ctx, alert, &events, &hits)),
        count: grouped(alert.event_count),
        score: points(alert.score),
        score_width: bar(alert.score),
        score_class: risk_class(alert.score),
        first: when(ctx, Micros(alert.first_time)),
        last: when(ctx, Micros(alert.last_time)),
        made: when(ctx, Micros(alert.time)),
        revisions: revisions.iter().map(|r| revision(ctx, r)).collect(),
        versions: versions(ctx, &alert.versions),
        producer: alert.producer.clone(),
        seq: alert.seq,
        draft: draft_from(ctx, "alert", &alert.alert_id),
        p,
    }
}

/// Who, where, when and how often, as one sentence.
pub(super) fn story(ctx: &Ctx, alert: &FullAlert, title: &str) -> String {
    let t = ctx.t();
    let zone = ctx.zone();
    let (first, last) = (zone.full(Micros(alert.first_time)), zone.full(Micros(alert.last_time)));
    let span =
        if first == last { fill(t.story_at, &[&first]) } else { fill(t.story_between, &[&first, &last]) };
    let subjects = alert.entity_types.iter().zip(&alert.entity_values);
    let subjects: Vec<String> =
        subjects.map(|(kind, value)| format!("{} {value}", words::entity_kind(t, kind))).collect();
    let who = if subjects.is_empty() { t.story_somebody.to_owned() } else { subjects.join(t.list_comma) };
    let unit = unit_link(ctx, &alert.hospital).name;
    fill(t.story, &[&span, &unit, &who, &title, &grouped(alert.event_count)])
}

fn entities(ctx: &Ctx, alert: &FullAlert) -> Vec<EntityLink> {
    let pairs = alert.entity_types.iter().zip(&alert.entity_values);
    pairs.map(|(kind, value)| entity_link(ctx.t(), kind, value, &alert.hospital)).collect()
}

fn technique(ctx: &Ctx, id: &str) -> Technique {
    Technique {
        name: words::technique(ctx.lang, id).unwrap_or("").to_owned(),
        href: link::with_query("/alerts", [("q", id)]),
        id: id.to_owned(),
    }
}

fn shown(ctx: &Ctx, alert: &FullAlert, events: &[Event], hits: &[String]) -> Events {
    let asked = alert.event_seqs.len().min(EVENTS_SHOWN);
    let views: Vec<EventView> = events.iter().map(|event| field::view(ctx, event, hits)).collect();
    Events {
        missing: asked.saturating_sub(views.len()),
        note: fill(ctx.t().events_of_alert, &[&grouped(views.len() as u64), &grouped(alert.event_count)]),
        views,
    }
}

fn revision(ctx: &Ctx, alert: &FullAlert) -> Revision {
    Revision {
        number: alert.revision,
        when: when(ctx, Micros(alert.time)),
        count: grouped(alert.event_count),
        score: points(alert.score),
    }
}

fn versions(ctx: &Ctx, json: &str) -> Vec<(&'static str, String)> {
    let t = ctx.t();
    let v: Versions = serde_json::from_str(json).unwrap_or_default();
    let all = [
        (t.version_rules, v.rules),
        (t.version_baseline, v.baseline),
        (t.version_intel, v.intel),
        (t.version_register, v.register),
        (t.version_geoip, v.geoip),
    ];
    all.into_iter().filter(|(_, hash)| !hash.is_empty()).collect()
}
