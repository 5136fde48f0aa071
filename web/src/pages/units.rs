//! `/hospitals`: every unit with its state.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use ward_event::{Micros, UnitId};

use super::{
    frame::{Frame, Nav, status_word},
    parts::{Choice, UnitLink, When, locality_choices, risk_class, unit_link, when},
};
use crate::{
    context::Ctx,
    live::{Snapshot, Status, Unit},
    show::{link, points, words},
};

#[derive(Template)]
#[template(path = "units.html")]
struct Page {
    p: Frame,
    known: bool,
    error: bool,
    /// No state is asked for.
    all: bool,
    shown: &'static str,
    localities: Vec<Choice>,
    /// `&locality=…` where one is asked for.
    place: String,
    states: Vec<Choice>,
    lines: Vec<Line>,
}

struct Line {
    unit: UnitLink,
    id: String,
    kind: String,
    grade: String,
    locality: String,
    status: &'static str,
    word: &'static str,
    seen: Option<When>,
    per_minute: String,
    sources: usize,
    quiet: usize,
    critical: u64,
    high: u64,
    medium: u64,
    /// And informational.
    low: u64,
    none: bool,
    risk: String,
    risk_class: &'static str,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let frame = ctx.hub().frame().await;
    let snapshot = frame.as_ref().map(|f| &f.snapshot);
    let empty = Snapshot::default();
    let s = snapshot.unwrap_or(&empty);
    let asked = ctx.param("state").and_then(Status::from_name);
    let within = ctx.narrowed();
    let is_within = |u: &&Unit| UnitId::new(&u.id).is_ok_and(|id| within.allows(&id));
    let there: Vec<&Unit> = s.units.iter().filter(is_within).collect();
    let mut units: Vec<&Unit> =
        there.iter().copied().filter(|u| asked.is_none_or(|state| u.status == state)).collect();
    units.sort_by_key(|u| (u.status, std::cmp::Reverse((u.alerts[0], u.alerts[1], u.alerts[2]))));
    let page = Page {
        p: Frame::with(&ctx, Nav::Units, ctx.t().nav_units, snapshot).await,
        known: snapshot.is_some(),
        all: asked.is_none(),
        shown: asked.map_or("", Status::name),
        localities: locality_choices(&ctx),
        place: link::with_query("", [("locality", ctx.param("locality").unwrap_or(""))])
            .replacen('?', "&", 1),
        error: s.parts.failed() > 0,
        states: Status::ALL
            .into_iter()
            .map(|state| Choice {
                value: state.name().to_owned(),
                word: format!(
                    "{} {}",
                    status_word(ctx.t(), state),
                    there.iter().filter(|u| u.status == state).count()
                ),
                chosen: asked == Some(state),
            })
            .collect(),
        lines: units.into_iter().map(|u| line(&ctx, u)).collect(),
    };
    ctx.html(StatusCode::OK, &page)
}

fn line(ctx: &Ctx, u: &Unit) -> Line {
    let known = ctx.register.units.iter().find(|k| k.id.as_str() == u.id);
    Line {
        unit: unit_link(ctx, &u.id),
        id: u.id.clone(),
        kind: known.map(|k| words::unit_kind(ctx.t(), &k.kind).to_owned()).unwrap_or_default(),
        grade: known.map(|k| words::grade(ctx.lang, &k.grade).to_owned()).unwrap_or_default(),
        locality: known.map(|k| k.locality.clone()).unwrap_or_default(),
        status: u.status.name(),
        word: status_word(ctx.t(), u.status),
        seen: (u.last_seen > 0).then(|| when(ctx, Micros::from_millis(u.last_seen))),
        per_minute: u.rate_text(),
        sources: u.sources,
        quiet: u.sources_quiet,
        critical: u.alerts[0],
        high: u.alerts[1],
        medium: u.alerts[2],
        low: u.alerts[3] + u.alerts[4],
        none: u.alerts.iter().all(|n| *n == 0),
        risk: u.risk.map(points).unwrap_or_default(),
        risk_class: risk_class(u.risk.unwrap_or(0.0)),
    }
}
