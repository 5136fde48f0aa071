//! `/`: is the region safe now, and where not.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use ward_event::Micros;

use super::{
    frame::{Frame, Nav, status_word},
    parts::{
        LevelMark, UnitLink, When, bar, entity_link, level_mark, risk_class, unit_link, unit_name, when,
    },
    plot,
};
use crate::{
    context::Ctx,
    live::{Parts, Snapshot, Status, Unit},
    show::{compact, grouped, link, points, words},
    text::Lang,
};

/// Tiles beyond this are a wall of paper: the list of all units has the rest.
const TILES_MAX: usize = 60;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    p: Frame,
    known: bool,
    /// No event in the last day.
    quiet: bool,
    parts: Parts,
    kpi: KpiView,
    tiles: Vec<Tile>,
    units_total: usize,
    feed: Vec<FeedLine>,
    rules: Vec<RuleLine>,
    entities: Vec<EntityLine>,
    hours: Vec<Hour>,
    /// Names of units by id and the first snapshot, for the script.
    names: String,
    seed: String,
}

struct KpiView {
    connected: usize,
    total: usize,
    silent: usize,
    unknown: usize,
    partial: usize,
    wrong: usize,
    ok: usize,
    per_second: String,
    today: String,
    today_exact: String,
    alerts: String,
    levels: Vec<LevelCount>,
    severe: String,
    critical: String,
    top: Option<EntityLine>,
}

struct LevelCount {
    level: LevelMark,
    count: String,
    href: String,
}

struct Tile {
    id: String,
    unit: UnitLink,
    grade: String,
    locality: String,
    status: &'static str,
    word: &'static str,
    seen: Option<When>,
    per_minute: String,
    spark: String,
    critical: u64,
    high: u64,
    medium: u64,
    risk: String,
    risk_class: &'static str,
}

struct FeedLine {
    href: String,
    level: LevelMark,
    title: String,
    unit: String,
    entity: String,
    when: When,
}

struct RuleLine {
    href: String,
    title: String,
    level: LevelMark,
    count: String,
    /// Against the rule with most.
    width: String,
}

#[derive(Clone)]
struct EntityLine {
    href: String,
    kind: String,
    value: String,
    unit: UnitLink,
    score: String,
    width: String,
    class: &'static str,
    reasons: String,
}

struct Hour {
    start: String,
    events: String,
    severe: u64,
    other: u64,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let frame = ctx.hub().frame().await;
    let snapshot = frame.as_ref().map(|f| &f.snapshot);
    let p = Frame::with(&ctx, Nav::Overview, ctx.t().nav_overview, snapshot).await;
    let empty = Snapshot::default();
    let s = snapshot.unwrap_or(&empty);
    let names: BTreeMap<&str, String> =
        s.units.iter().map(|u| (u.id.as_str(), unit_name(ctx.t(), ctx.lang, &ctx.register, &u.id))).collect();
    let entities: Vec<EntityLine> = s.entities.iter().map(|e| entity_view(&ctx, e)).collect();
    let page = Page {
        p,
        known: snapshot.is_some(),
        quiet: s.trend.events.iter().all(|n| *n == 0),
        parts: s.parts,
        kpi: kpi_view(&ctx, s, entities.first().cloned()),
        tiles: tiles(&ctx, &s.units),
        units_total: s.units.len(),
        feed: s.feed.iter().map(|a| feed_line(&ctx, a)).collect(),
        rules: rules(&ctx, s),
        entities,
        hours: hours(&ctx, s),
        names: serde_json::to_string(&names).unwrap_or_default(),
        seed: serde_json::json!({ "minutes": s.minutes, "trend": s.trend }).to_string(),
    };
    ctx.html(StatusCode::OK, &page)
}

fn kpi_view(ctx: &Ctx, s: &Snapshot, top: Option<EntityLine>) -> KpiView {
    let k = &s.kpi;
    let levels = ["critical", "high", "medium", "low", "informational"];
    let midnight = ctx.app.calendar.day_start(ctx.app.calendar.day(ctx.now));
    let since = ctx.zone().input(midnight);
    KpiView {
        connected: k.connected,
        total: k.total,
        silent: k.silent,
        unknown: k.unknown,
        partial: k.partial,
        wrong: k.wrong,
        ok: k.ok,
        per_second: k.per_second.map_or_else(|| "—".to_owned(), per_second),
        today: compact(k.events_today, ctx.lang),
        today_exact: grouped(k.events_today),
        alerts: grouped(k.today.iter().sum()),
        levels: levels
            .iter()
            .zip(k.today)
            .map(|(name, n)| LevelCount {
                level: level_mark(ctx.t(), name),
                count: grouped(n),
                href: link::with_query("/alerts", [("level", *name), ("from", since.as_str())]),
            })
            .collect(),
        severe: grouped(k.severe),
        critical: grouped(k.critical),
        top,
    }
}

/// One decimal below ten, whole numbers above.
fn per_second(rate: f64) -> String {
    if rate < 9.95 { format!("{rate:.1}") } else { grouped(rate.round() as u64) }
}

fn tiles(ctx: &Ctx, units: &[Unit]) -> Vec<Tile> {
    let mut order: Vec<&Unit> = units.iter().collect();
    // Worst first; among equals by what weighs most.
    order.sort_by_key(|u| {
        (u.status, std::cmp::Reverse((u.alerts[0], u.alerts[1], u.alerts[2], u.per_minute)))
    });
    order.into_iter().take(TILES_MAX).map(|u| tile(ctx, u)).collect()
}

fn tile(ctx: &Ctx, u: &Unit) -> Tile {
    let known = ctx.register.units.iter().find(|k| k.id.as_str() == u.id);
    let heard = u.status != Status::Unknown;
    Tile {
        id: u.id.clone(),
        unit: unit_link(ctx, &u.id),
        grade: known.map(|k| words::grade(ctx.lang, &k.grade).to_owned()).unwrap_or_default(),
        locality: known.map(|k| k.locality.clone()).unwrap_or_default(),
        status: u.status.name(),
        word: status_word(ctx.t(), u.status),
        seen: heard.then(|| when(ctx, Micros::from_millis(u.last_seen))),
        per_minute: u.rate_text(),
        spark: plot::bars(&u.spark, 120.0, 22.0),
        critical: u.alerts[0],
        high: u.alerts[1],
        medium: u.alerts[2],
        risk: u.risk.map(points).unwrap_or_default(),
        risk_class: risk_class(u.risk.unwrap_or(0.0)),
    }
}

fn feed_line(ctx: &Ctx, a: &crate::live::FeedAlert) -> FeedLine {
    FeedLine {
        href: link::alert(&a.id),
        level: level_mark(ctx.t(), &a.level),
        title: words::title(ctx.lang, &a.title_zh, &a.title).to_owned(),
        unit: unit_name(ctx.t(), ctx.lang, &ctx.register, &a.unit),
        entity: a.entity.clone(),
        when: when(ctx, Micros::from_millis(a.time)),
    }
}

fn rules(ctx: &Ctx, s: &Snapshot) -> Vec<RuleLine> {
    let most = s.rules.iter().map(|r| r.count).max().unwrap_or(1).max(1);
    let line = |r: &crate::live::RuleShare| RuleLine {
        href: link::rule(&r.id),
        title: words::title(ctx.lang, &r.title_zh, &r.title).to_owned(),
        level: level_mark(ctx.t(), &r.level),
        count: grouped(r.count),
        width: bar(r.count as f64 / most as f64 * 100.0),
    };
    s.rules.iter().map(line).collect()
}

fn entity_view(ctx: &Ctx, e: &crate::live::RiskyEntity) -> EntityLine {
    let entity = entity_link(ctx.t(), &e.kind, &e.value, &e.unit);
    let (told, between) = if ctx.lang == Lang::En { (&e.en, "; ") } else { (&e.zh, "；") };
    EntityLine {
        href: entity.href,
        kind: entity.kind,
        value: entity.value,
        unit: unit_link(ctx, &e.unit),
        score: points(e.score),
        width: bar(e.score),
        class: risk_class(e.score),
        reasons: told.join(between),
    }
}

/// The day's trend by whole hours: the table behind the chart.
fn hours(ctx: &Ctx, s: &Snapshot) -> Vec<Hour> {
    const STEPS: usize = 6;
    let t = &s.trend;
    let starts = (0_i64..).map(|i| t.from + i * t.step * 1_000 * STEPS as i64);
    let sums = t.events.chunks(STEPS).zip(t.severe.chunks(STEPS)).zip(t.other.chunks(STEPS));
    let mut hours: Vec<Hour> = starts
        .zip(sums)
        .map(|(start, ((events, severe), other))| Hour {
            start: ctx.zone().short(Micros::from_millis(start)),
            events: grouped(events.iter().sum()),
            severe: severe.iter().sum(),
            other: other.iter().sum(),
        })
        .collect();
    hours.reverse();
    hours
}
