//! `/entities/{type}/{value}`: one entity: its score and why, its alerts, its events.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{
    errors,
    frame::{Frame, Nav},
    hunt::{asking, of_entity},
    parts::{
        AlertLine, EventLine, Panel, ReasonLine, UnitLink, When, alert_line, bar, event_line, reasons,
        risk_class, unit_link, when,
    },
    plot,
    story::{StoryView, story},
};
use crate::{
    context::Ctx,
    hunt::Node,
    query::{AlertFilter, AlertPage, AlertSort, EntityKey, EventFilter, ScorePoint, ScoreRow},
    show::{link, points, words},
};

/// Lines of each list; the full ones are a click away.
const LINES: i64 = 20;
const HISTORY_DAYS: i64 = 7;
/// Events are looked for in the last day: an entity's whole past is a search, not a panel.
const EVENTS_BACK: i64 = MICROS_PER_DAY;
const PLOT: (f64, f64) = (600.0, 120.0);

#[derive(Template)]
#[template(path = "entity.html")]
struct Page {
    p: Frame,
    kind: String,
    value: String,
    unit: Option<UnitLink>,
    scores: Panel<Vec<ScoreView>>,
    history: Panel<History>,
    alerts: Panel<Vec<AlertLine>>,
    events: Panel<Vec<EventLine>>,
    story: StoryView,
    alerts_href: String,
    events_href: String,
}

struct ScoreView {
    unit: UnitLink,
    score: String,
    width: String,
    class: &'static str,
    when: When,
    reasons: Vec<ReasonLine>,
}

struct History {
    path: String,
    from: String,
    to: String,
    points: Vec<(String, String)>,
}

pub(crate) async fn page(ctx: Ctx, request: HttpRequest) -> HttpResponse {
    // From the raw path: a value may hold an encoded slash.
    let rest = request.uri().path().strip_prefix("/entities/").unwrap_or("");
    let Some((kind, value)) = rest.split_once('/').map(|(k, v)| (link::decode(k), link::decode(v))) else {
        return errors::missing(&ctx).await;
    };
    let Ok(unit) = ctx.unit_param() else { return errors::missing(&ctx).await };
    if value.is_empty() || unit.as_ref().is_some_and(|u| !ctx.scope.allows(u)) {
        return errors::missing(&ctx).await;
    }
    ctx.seen_object(&kind, &value);
    let key = EntityKey { kind, value, unit };
    let page = ask(&ctx, &key).await;
    ctx.html(StatusCode::OK, &page)
}

async fn ask(ctx: &Ctx, key: &EntityKey) -> Page {
    let (t, reader, scope) = (ctx.t(), &ctx.app.reader, &ctx.scope);
    let back = |days: i64| Micros(ctx.now.0 - days * MICROS_PER_DAY);
    let entity = (key.kind.clone(), key.value.clone());
    let of_alerts = AlertFilter {
        from: back(30),
        unit: key.unit.clone(),
        entities: vec![entity.clone()],
        ..AlertFilter::default()
    };
    let of_events = EventFilter {
        from: Micros(ctx.now.0 - EVENTS_BACK),
        unit: key.unit.clone(),
        entity: Some(entity),
        limit: LINES,
        ..EventFilter::default()
    };
    let (scores, history, alerts, events, story) = tokio::join!(
        reader.scores(scope, key, ctx.now),
        reader.score_history(scope, key, back(HISTORY_DAYS)),
        reader.alerts(scope, &of_alerts, AlertSort::default(), AlertPage { after: None, limit: LINES }),
        reader.events(scope, &of_events),
        story(ctx, key),
    );
    let unit = key.unit.as_ref().map_or("", |u| u.as_str());
    let pairs = [("entity_type", key.kind.as_str()), ("entity", key.value.as_str()), ("hospital", unit)];
    let asked = of_entity(&key.kind, &key.value);
    let asked = if unit.is_empty() { asked } else { asked.and(Node::is("hospital", unit)) };
    Page {
        p: Frame::new(ctx, Nav::Entities, key.value.clone()).await,
        kind: words::entity_kind(t, &key.kind).to_owned(),
        value: key.value.clone(),
        unit: key.unit.as_ref().map(|u| unit_link(ctx, u.as_str())),
        scores: Panel::of(t, scores, |rows| rows.iter().map(|row| score_view(ctx, row)).collect()),
        history: Panel::of(t, history, |points| history_view(ctx, &points)),
        alerts: Panel::of(t, alerts, |rows| rows.iter().map(|row| alert_line(ctx, row)).collect()),
        events: Panel::of(t, events, |rows| rows.iter().map(|row| event_line(ctx, row)).collect()),
        story,
        alerts_href: link::with_query("/alerts", pairs.into_iter().chain([("range", "30d")])),
        events_href: asking(&asked, "24h"),
    }
}

fn score_view(ctx: &Ctx, row: &ScoreRow) -> ScoreView {
    let scale = if row.score > 0.0 { row.current / row.score } else { 0.0 };
    ScoreView {
        unit: unit_link(ctx, &row.hospital),
        score: points(row.current),
        width: bar(row.current),
        class: risk_class(row.current),
        when: when(ctx, Micros(row.time)),
        reasons: reasons(ctx.lang, &row.reasons, scale),
    }
}

fn history_view(ctx: &Ctx, rows: &[ScorePoint]) -> History {
    const TABLE_MAX: usize = 50;
    let series: Vec<(i64, f64)> = rows.iter().map(|p| (p.time, p.score)).collect();
    let from = ctx.now.0 - HISTORY_DAYS * MICROS_PER_DAY;
    let line = |p: &ScorePoint| (ctx.zone().full(Micros(p.time)), points(p.score));
    History {
        from: ctx.zone().short(Micros(from)),
        to: ctx.zone().short(ctx.now),
        path: plot::steps(&series, from, ctx.now.0, PLOT.0, PLOT.1),
        points: rows.iter().rev().take(TABLE_MAX).map(line).collect(),
    }
}
