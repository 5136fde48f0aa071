//! `/assets`: what was found beside what was declared, by filters of the address.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use askama::Template;
use ward_desk::Role;
use ward_event::{Micros, UnitId};

use super::{known::declarations, words as own};
use crate::{
    context::Ctx,
    pages::{
        alerts::unit_choices,
        frame::{Frame, Nav},
        parts::{Choice, Pager, Panel, UnitLink, When, unit_link, when},
    },
    query::{AssetRow, Found, QueryError},
    register::{Difference, Entry, compare},
    scope::Scope,
    show::grouped,
    text::{Board, fill},
};

/// Lines of one page.
const LINES: usize = 100;
/// Services that a line names.
const SERVICES: usize = 4;

#[derive(Template)]
#[template(path = "assets.html")]
struct Page {
    p: Frame,
    w: &'static Board,
    units: Vec<Choice>,
    unit_chosen: bool,
    kinds: Vec<Choice>,
    text: String,
    difference: &'static str,
    may_import: bool,
    list: Panel<List>,
}

struct List {
    tabs: Vec<Tab>,
    lines: Vec<Line>,
    narrowed: bool,
    pager: Pager,
}

struct Tab {
    href: String,
    class: &'static str,
    word: &'static str,
    count: String,
    chosen: bool,
}

struct Line {
    href: String,
    class: &'static str,
    word: &'static str,
    unit: UnitLink,
    name: String,
    declared: Vec<String>,
    found: Vec<String>,
    kind: String,
    zone: String,
    services: Vec<String>,
    more: usize,
    seen: Option<When>,
    notes: Vec<String>,
}

pub(super) fn may_import(ctx: &Ctx) -> bool {
    ctx.viewer()
        .is_some_and(|v| v.may_write && matches!(v.role, Role::Analyst | Role::County | Role::Officer))
}

/// The scope as the desk takes it: `None` stands for all units.
pub(super) fn units_of(scope: &Scope) -> Option<BTreeSet<UnitId>> {
    match scope {
        Scope::All => None,
        Scope::Units(units) => Some(units.clone()),
    }
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let (w, unit) = (ctx.lang.board(), ctx.unit_param());
    let asked = ctx.param("difference").and_then(Difference::from_name);
    let list = match &unit {
        Ok(unit) => ask(&ctx, unit.as_ref(), asked).await,
        // What is no id has no rows.
        Err(()) => Ok(List { tabs: Vec::new(), lines: Vec::new(), narrowed: true, pager: Pager::default() }),
    };
    let kind = ctx.param("kind").unwrap_or("");
    let page = Page {
        p: Frame::new(&ctx, Nav::Assets, w.assets_title).await,
        w,
        units: unit_choices(&ctx),
        unit_chosen: matches!(unit, Ok(Some(_))),
        kinds: own::KINDS
            .iter()
            .map(|k| Choice { value: (*k).to_owned(), word: own::kind(w, k).to_owned(), chosen: *k == kind })
            .collect(),
        text: ctx.param("q").unwrap_or("").to_owned(),
        difference: asked.map_or("", Difference::name),
        may_import: may_import(&ctx),
        list: Panel::of(ctx.t(), list, |list| list),
    };
    let status = page.list.status();
    ctx.html(status, &page)
}

async fn ask(ctx: &Ctx, unit: Option<&UnitId>, asked: Option<Difference>) -> Result<List, QueryError> {
    let scope = ctx.scope.narrow(unit);
    // Terminals of a whole region would be a hundred times the servers and tell nobody anything.
    let own = matches!(&scope, Scope::Units(units) if units.len() == 1);
    let which = if own { Found::All } else { Found::Servers };
    let (found, declared) =
        tokio::try_join!(ctx.app.reader.assets(&scope, None, which), declarations(ctx, &scope))?;
    let (kind, text) = (ctx.param("kind"), ctx.param("q").map(str::to_lowercase));
    let mut entries = compare(&declared, &found, ctx.now);
    entries.retain(|e| kind.is_none_or(|k| e.found.iter().any(|f| f.kind == k)));
    entries.retain(|e| text.as_ref().is_none_or(|t| mentions(e, t)));
    let tabs = tabs(ctx, &entries, asked);
    entries.retain(|e| asked.is_none_or(|d| e.difference == d));
    let from = Pager::start(ctx, "from");
    let lines = entries.iter().skip(from).take(LINES).map(|e| line(ctx, e)).collect();
    Ok(List {
        tabs,
        lines,
        narrowed: kind.is_some() || text.is_some() || asked.is_some(),
        pager: Pager::of(ctx, "from", LINES, entries.len() > from.saturating_add(LINES)),
    })
}

fn tabs(ctx: &Ctx, entries: &[Entry<'_>], asked: Option<Difference>) -> Vec<Tab> {
    let w = ctx.lang.board();
    let all = Tab {
        href: ctx.here(&[("difference", ""), ("from", "")]),
        class: "",
        word: w.asset_all_differences,
        count: grouped(entries.len() as u64),
        chosen: asked.is_none(),
    };
    let of = |difference: Difference| Tab {
        href: ctx.here(&[("difference", difference.name()), ("from", "")]),
        class: own::difference_class(difference),
        word: own::difference(w, difference),
        count: grouped(entries.iter().filter(|e| e.difference == difference).count() as u64),
        chosen: asked == Some(difference),
    };
    std::iter::once(all).chain(Difference::ALL.into_iter().map(of)).collect()
}

fn mentions(entry: &Entry<'_>, text: &str) -> bool {
    let is_in = |value: &str| value.to_lowercase().contains(text);
    let found = |f: &&AssetRow| [&f.name, &f.host, &f.mac, &f.zone].into_iter().any(|v| is_in(v));
    let declared = entry.declared.map(|d| &d.declared).is_some_and(|d| {
        let texts =
            [&d.name, &d.system, &d.zone, &d.owner, &d.operator, &d.responsible, &d.vendor, &d.product];
        texts.into_iter().chain(&d.addresses).any(|v| is_in(v))
    });
    declared || entry.found.iter().any(found)
}

fn line(ctx: &Ctx, entry: &Entry<'_>) -> Line {
    let w = ctx.lang.board();
    let first = entry.found.first();
    let name = match (entry.declared, first) {
        (Some(row), _) => row.declared.name.clone(),
        (None, Some(found)) if !found.host.is_empty() => found.host.clone(),
        (None, Some(found)) => found.name.clone(),
        (None, None) => String::new(),
    };
    let href = match (first, entry.declared) {
        (_, Some(row)) => own::declared_href(row.id),
        (Some(found), None) => own::asset_href(found),
        (None, None) => String::new(),
    };
    let declared = entry.declared.map(|row| {
        let d = &row.declared;
        let level = (d.mlps_level > 0).then(|| own::mlps(w, d.mlps_level));
        let texts = [d.system.clone(), own::criticality(w, d.criticality).to_owned(), d.responsible.clone()];
        texts.into_iter().chain(level).filter(|t| !t.is_empty()).collect()
    });
    let services: Vec<String> = entry.found.iter().flat_map(|f| own::services(f, usize::MAX)).collect();
    let mut notes: Vec<String> = entry.changes.iter().map(|c| own::change(w, c)).collect();
    notes.extend(match entry.difference {
        Difference::Undeclared => Some(w.diff_undeclared_why.to_owned()),
        Difference::Quiet => Some(w.diff_quiet_why.to_owned()),
        Difference::Unseen => Some(w.diff_unseen_why.to_owned()),
        Difference::Changed | Difference::Same => None,
    });
    Line {
        href,
        class: own::difference_class(entry.difference),
        word: own::difference(w, entry.difference),
        unit: unit_link(ctx, entry.hospital()),
        name,
        declared: declared.unwrap_or_default(),
        found: entry.found.iter().take(3).map(|f| f.name.clone()).collect(),
        kind: first.map(|f| own::kind(w, &f.kind).to_owned()).unwrap_or_default(),
        zone: first.map(|f| f.zone.clone()).unwrap_or_default(),
        more: services.len().saturating_sub(SERVICES),
        services: services.into_iter().take(SERVICES).collect(),
        seen: entry.last_seen().map(|at| when(ctx, Micros(at))),
        notes,
    }
}

/// `/assets/template`: the columns, for a spreadsheet.
pub(crate) async fn template(ctx: Ctx) -> HttpResponse {
    let columns: Vec<&str> =
        ward_desk::assets::Column::ALL.iter().map(|c| own::column(ctx.lang, *c)).collect();
    HttpResponse::Ok()
        .insert_header(("content-type", "text/csv; charset=utf-8"))
        .insert_header(("content-disposition", "attachment; filename=\"assets.csv\""))
        // With a mark of order, without which Excel takes UTF-8 for the local character set.
        .body(fill("\u{feff}{}\r\n", &[&columns.join(",")]))
}
