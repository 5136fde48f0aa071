//! `/compliance`: what units and their systems are said to fulfil, by group of requirements.

pub(crate) mod file;
pub(crate) mod one;
mod words;

use std::cmp::Reverse;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use ward_desk::{
    DeskError, Role,
    compliance::{Group, Sheet, State},
};
use ward_event::register::Unit;

pub(crate) use self::words::summary;
use self::words::{Mark, WANTING};
use super::{
    errors,
    frame::{Frame, Nav},
    parts::{Choice, failure, locality_choices, unit_name},
};
use crate::{
    context::Ctx,
    query::QueryError,
    scope::Scope,
    show::{grouped, link, words as common},
    text::{Compliance, fill},
};

#[derive(Template)]
#[template(path = "compliance.html")]
struct Page {
    p: Frame,
    w: &'static Compliance,
    edition: String,
    may_record: bool,
    export: String,
    figures: Vec<Figure>,
    localities: Vec<Choice>,
    /// The state that is asked for; empty for all.
    shown: &'static str,
    narrowed: bool,
    groups: Vec<String>,
    total: String,
    lines: Vec<Line>,
}

struct Figure {
    href: String,
    mark: Mark,
    count: String,
    chosen: bool,
}

struct Line {
    name: String,
    href: String,
    grade: String,
    locality: String,
    /// By group; empty where nothing of it is asked.
    cells: Vec<Vec<Mark>>,
}

/// The units of a scope, each with its sheet.
pub(crate) async fn sheets<'c>(ctx: &'c Ctx, scope: &Scope) -> Result<Vec<(&'c Unit, Sheet<'c>)>, DeskError> {
    let sheets = ctx.app.desk.compliance().sheets(scope.units().as_ref(), &ctx.register, ctx.now).await?;
    Ok(sheets.into_iter().filter_map(|sheet| Some((ctx.register.unit(&sheet.unit)?, sheet))).collect())
}

fn may_record(ctx: &Ctx) -> bool {
    ctx.viewer().is_some_and(|v| v.may_write && matches!(v.role, Role::Analyst | Role::Officer))
}

async fn broken(ctx: &Ctx, error: &DeskError) -> HttpResponse {
    tracing::error!(%error, "compliance cannot be read or written");
    errors::failed(ctx, &failure(ctx.t(), QueryError::Refused)).await
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let w = ctx.lang.compliance();
    let asked = ctx.param("state").and_then(State::from_name).filter(|s| WANTING.contains(s));
    let mut sheets = match sheets(&ctx, &ctx.narrowed()).await {
        Ok(sheets) => sheets,
        Err(error) => return broken(&ctx, &error).await,
    };
    let figures = figures(&ctx, &sheets, asked);
    sheets.retain(|(_, sheet)| asked.is_none_or(|state| sheet.count(None, state) > 0));
    // What needs somebody first; of equals the register's order stays.
    let weight = |sheet: &Sheet<'_>| {
        let count = |state| sheet.count(None, state);
        (count(State::NotMet) + count(State::Overdue), count(State::Partly), count(State::Unknown))
    };
    sheets.sort_by_key(|(_, sheet)| Reverse(weight(sheet)));
    let groups = &ctx.app.desk.compliance().catalogue().groups;
    let page = Page {
        p: Frame::new(&ctx, Nav::Compliance, w.title).await,
        w,
        edition: words::edition(&ctx),
        may_record: may_record(&ctx),
        export: link::with_query(
            "/compliance/export.csv",
            [
                ("hospital", ctx.param("hospital").unwrap_or("")),
                ("locality", ctx.param("locality").unwrap_or("")),
            ],
        ),
        figures,
        localities: locality_choices(&ctx),
        shown: asked.map_or("", State::as_str),
        narrowed: asked.is_some() || ctx.narrowed() != ctx.scope,
        groups: groups.iter().map(|g| words::group_name(ctx.lang, g).to_owned()).collect(),
        total: fill(w.units_count, &[&grouped(sheets.len() as u64)]),
        lines: sheets.iter().map(|(unit, sheet)| line(&ctx, unit, sheet, groups)).collect(),
    };
    ctx.html(StatusCode::OK, &page)
}

/// Sums over the units, each leading to the units behind it.
fn figures(ctx: &Ctx, sheets: &[(&Unit, Sheet<'_>)], asked: Option<State>) -> Vec<Figure> {
    let w = ctx.lang.compliance();
    let kept = |name| ctx.param(name).unwrap_or("");
    let figure = |state: State| {
        let count = sheets.iter().map(|(_, sheet)| sheet.count(None, state)).sum();
        let chosen = asked == Some(state);
        // A second click takes the filter away.
        let to = if chosen { "" } else { state.as_str() };
        Figure {
            href: link::with_query(
                "/compliance",
                [("hospital", kept("hospital")), ("locality", kept("locality")), ("state", to)],
            ),
            count: grouped(count as u64),
            mark: Mark { class: words::class(state), word: words::state(w, state), count },
            chosen,
        }
    };
    WANTING.into_iter().map(figure).collect()
}

fn line(ctx: &Ctx, unit: &Unit, sheet: &Sheet<'_>, groups: &[Group]) -> Line {
    let w = ctx.lang.compliance();
    let cell = |group: &Group| words::marks(w, |state| sheet.count(Some(&group.id), state));
    Line {
        name: unit_name(ctx.t(), ctx.lang, &ctx.register, unit.id.as_str()),
        href: format!("/compliance/{}", unit.id),
        grade: common::grade(ctx.lang, &unit.grade).to_owned(),
        locality: unit.locality.clone(),
        cells: groups.iter().map(cell).collect(),
    }
}
