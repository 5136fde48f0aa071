//! `/hospitals/{id}`: one unit: is it heard, what comes in, what was found.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use ward_event::{Micros, UnitId, register, time::MICROS_PER_DAY};

use super::{
    errors,
    frame::{Frame, Nav, status_word},
    hunt::asking,
    parts::{
        AlertLine, LevelMark, Panel, RiskLine, When, alert_line, level_mark, risk_line, unit_name, when,
    },
    plot,
    story::{StoryView, story},
};
use crate::{
    context::Ctx,
    hunt::Node,
    live::{Status, Unit},
    query::{AlertFilter, AlertPage, AlertSort, EntityKey, SourceRow, TREND_STEP_SECS, TrendRow},
    show::{grouped, link, words},
};

const LINES: i64 = 15;
const STEPS: usize = 144;
const PLOT: (f64, f64) = (720.0, 90.0);

#[derive(Template)]
#[template(path = "unit.html")]
struct Page {
    p: Frame,
    name: String,
    id: String,
    facts: Vec<(&'static str, String)>,
    status: &'static str,
    word: &'static str,
    seen: Option<When>,
    per_minute: String,
    levels: Vec<Level>,
    sources: Panel<Vec<Source>>,
    rates: Panel<Rates>,
    alerts: Panel<Vec<AlertLine>>,
    entities: Panel<Vec<RiskLine>>,
    story: StoryView,
    alerts_href: String,
    events_href: String,
    entities_href: String,
    /// None for what belongs to no unit.
    compliance_href: Option<String>,
    open_compliance: &'static str,
}

struct Level {
    mark: LevelMark,
    count: String,
    href: String,
}

struct Source {
    name: String,
    sender: String,
    class: &'static str,
    word: &'static str,
    seen: Option<When>,
    /// Minutes of silence that the register calls normal; empty where it expects nothing.
    patience: String,
    href: String,
}

struct Rates {
    path: String,
    total: String,
    highest: String,
    from: String,
    to: String,
    hours: Vec<(String, String)>,
}

pub(crate) async fn page(ctx: Ctx, id: web::Path<String>) -> HttpResponse {
    let known = UnitId::new(&id).ok().filter(|id| ctx.scope.allows(id));
    let Some(id) = known else { return errors::missing(&ctx).await };
    let unit = ctx.register.unit(&id).cloned();
    if unit.is_none() && id != UnitId::unattributed() {
        return errors::missing(&ctx).await;
    }
    ctx.seen_unit(id.as_str());
    let page = ask(&ctx, &id, unit.as_ref()).await;
    ctx.html(StatusCode::OK, &page)
}

async fn ask(ctx: &Ctx, id: &UnitId, unit: Option<&register::Unit>) -> Page {
    let (t, reader) = (ctx.t(), &ctx.app.reader);
    let scope = ctx.scope.narrow(Some(id));
    let from = day_from(ctx.now);
    let filter = AlertFilter { from: Micros(ctx.now.0 - 7 * MICROS_PER_DAY), ..AlertFilter::default() };
    let key = EntityKey { kind: "hospital".into(), value: id.to_string(), unit: Some(id.clone()) };
    let (sources, rates, alerts, entities, story) = tokio::join!(
        reader.sources(&scope, None, Micros(ctx.now.0 - 30 * MICROS_PER_DAY)),
        reader.trend(&scope, from),
        reader.alerts(&scope, &filter, AlertSort::default(), AlertPage { after: None, limit: LINES }),
        reader.riskiest(&scope, None, None, ctx.now, LINES),
        story(ctx, &key),
    );
    let frame = ctx.hub().frame().await;
    let state = frame.as_ref().and_then(|f| f.snapshot.units.iter().find(|u| u.id == id.as_str()));
    let name = unit_name(t, ctx.lang, &ctx.register, id.as_str());
    let status = state.map_or(Status::Unknown, |s| s.status);
    let of = |path: &str, more: &[(&str, &str)]| {
        link::with_query(path, [("hospital", id.as_str())].into_iter().chain(more.iter().copied()))
    };
    Page {
        p: Frame::with(ctx, Nav::Units, name.clone(), frame.as_ref().map(|f| &f.snapshot)).await,
        name,
        id: id.to_string(),
        facts: unit.map(|u| facts(ctx, u)).unwrap_or_default(),
        status: status.name(),
        word: status_word(t, status),
        seen: state.filter(|s| s.last_seen > 0).map(|s| when(ctx, Micros::from_millis(s.last_seen))),
        per_minute: state.map_or_else(|| "—".to_owned(), Unit::rate_text),
        levels: levels(ctx, id, state),
        sources: Panel::of(t, sources, |rows| source_lines(ctx, unit, &rows, id)),
        rates: Panel::of(t, rates, |rows| rate_view(ctx, &rows, from)),
        alerts: Panel::of(t, alerts, |rows| rows.iter().map(|row| alert_line(ctx, row)).collect()),
        entities: Panel::of(t, entities, |rows| rows.iter().map(|row| risk_line(ctx, row)).collect()),
        story,
        alerts_href: of("/alerts", &[("range", "7d")]),
        events_href: asking(&Node::is("hospital", id.as_str()), "1h"),
        entities_href: of("/entities", &[]),
        compliance_href: unit.map(|unit| format!("/compliance/{}", unit.id)),
        open_compliance: ctx.lang.compliance().open,
    }
}

const fn day_from(now: Micros) -> Micros {
    let step = TREND_STEP_SECS * 1_000_000;
    Micros(now.0 - now.0.rem_euclid(step) - (STEPS as i64 - 1) * step)
}

fn facts(ctx: &Ctx, unit: &register::Unit) -> Vec<(&'static str, String)> {
    let t = ctx.t();
    let all = [
        (t.unit_kind, words::unit_kind(t, &unit.kind).to_owned()),
        (t.unit_grade, words::grade(ctx.lang, &unit.grade).to_owned()),
        (t.unit_locality, unit.locality.clone()),
        (t.unit_consortium, unit.consortium.clone()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn levels(ctx: &Ctx, id: &UnitId, state: Option<&Unit>) -> Vec<Level> {
    let counts = state.map(|s| s.alerts).unwrap_or_default();
    ["critical", "high", "medium", "low", "informational"]
        .into_iter()
        .zip(counts)
        .map(|(name, count)| Level {
            mark: level_mark(ctx.t(), name),
            count: grouped(count),
            href: link::with_query("/alerts", [("hospital", id.as_str()), ("level", name), ("range", "24h")]),
        })
        .collect()
}

fn source_lines(ctx: &Ctx, unit: Option<&register::Unit>, rows: &[SourceRow], id: &UnitId) -> Vec<Source> {
    let expected = unit.map_or(&[][..], |u| u.sources.as_slice());
    let patience = |format: &str| {
        let found = expected.iter().find(|e| e.format == format);
        found.map_or_else(String::new, |e| e.silent_after_min.to_string())
    };
    let line = |name: &str, sender: &str, status: &str, seen: i64| {
        let (class, word) = words::source_status(ctx.t(), status);
        Source {
            name: name.to_owned(),
            sender: sender.to_owned(),
            class,
            word,
            seen: (seen > 0).then(|| when(ctx, Micros(seen))),
            patience: patience(name),
            href: asking(&Node::is("hospital", id.as_str()).and(Node::is("format", name)), "24h"),
        }
    };
    let heard = rows.iter().map(|r| line(&r.source, &r.sender, &r.status, r.last_seen));
    let unheard = expected.iter().filter(|e| !rows.iter().any(|r| r.source == e.format));
    heard.chain(unheard.map(|e| line(&e.format, "", "unknown", 0))).collect()
}

fn rate_view(ctx: &Ctx, rows: &[TrendRow], from: Micros) -> Rates {
    const STEPS_PER_HOUR: usize = 6;
    let mut counts = vec![0; STEPS];
    for row in rows {
        let at = (i64::from(row.start) - from.secs()) / TREND_STEP_SECS;
        if let Some(slot) = usize::try_from(at).ok().and_then(|i| counts.get_mut(i)) {
            *slot = row.count;
        }
    }
    let hour = |(i, chunk): (usize, &[u64])| {
        let start = Micros(from.0 + (i * STEPS_PER_HOUR) as i64 * TREND_STEP_SECS * 1_000_000);
        (ctx.zone().short(start), grouped(chunk.iter().sum()))
    };
    Rates {
        path: plot::bars(&counts, PLOT.0, PLOT.1),
        total: grouped(counts.iter().sum()),
        highest: grouped(counts.iter().copied().max().unwrap_or(0)),
        from: ctx.zone().short(from),
        to: ctx.zone().short(ctx.now),
        hours: counts.chunks(STEPS_PER_HOUR).enumerate().map(hour).rev().collect(),
    }
}
