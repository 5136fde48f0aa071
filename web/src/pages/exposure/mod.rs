//! `/exposure`: what scans and checks found, by filters of the address, and how it is spread over the units.

pub(crate) mod disclose;
pub(crate) mod import;
pub(crate) mod one;
mod spread;
pub(crate) mod words;

use std::collections::BTreeSet;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use ward_desk::{
    Role,
    finding::{Filter, Finding, Order, Shown},
};
use ward_event::UnitId;
use ward_scan::{Kind, Severity};

use self::spread::Spread;
use super::{
    alerts::unit_choices,
    errors,
    frame::{Frame, Nav},
    hunt::csv_line,
    parts::{
        Choice, LevelMark, Pager, UnitLink, When, failure, locality_choices, unit_link, unit_name, when,
    },
};
use crate::{
    context::Ctx,
    query::QueryError,
    scope::Scope,
    show::grouped,
    text::{Exposure, fill},
};

/// Lines of one page.
const LINES: usize = 100;
/// Rows of one table file.
const EXPORT_MAX: i64 = 50_000;

#[derive(Template)]
#[template(path = "exposure.html")]
struct Page {
    p: Frame,
    w: &'static Exposure,
    may_import: bool,
    may_disclose: bool,
    figures: Vec<Tab>,
    severities: Vec<Tab>,
    spread: Option<Spread>,
    units: Vec<Choice>,
    localities: Vec<Choice>,
    choices: Vec<Choice>,
    kinds: Vec<Choice>,
    shown: &'static str,
    text: String,
    export: String,
    total: String,
    narrowed: bool,
    lines: Vec<Line>,
    pager: Pager,
}

/// A figure that leads to what is behind it.
struct Tab {
    href: String,
    word: &'static str,
    count: String,
    mark: Option<LevelMark>,
    chosen: bool,
}

struct Line {
    href: String,
    mark: LevelMark,
    title: String,
    numbers: Vec<String>,
    more: usize,
    unit: UnitLink,
    host: String,
    port: String,
    kind: &'static str,
    state: words::StateMark,
    doubt: &'static str,
    reopened: String,
    due: String,
    overdue: bool,
    first: When,
    last: When,
}

/// The scope as the desk takes it: `None` stands for all units.
fn units_of(scope: &Scope) -> Option<BTreeSet<UnitId>> {
    match scope {
        Scope::All => None,
        Scope::Units(units) => Some(units.clone()),
    }
}

fn may(ctx: &Ctx, roles: &[Role]) -> bool {
    ctx.viewer().is_some_and(|v| v.may_write && roles.contains(&v.role))
}

async fn broken(ctx: &Ctx, error: &ward_desk::DeskError) -> HttpResponse {
    tracing::error!(%error, "findings cannot be read or written");
    errors::failed(ctx, &failure(ctx.t(), QueryError::Refused)).await
}

/// What the address asks for.
fn filter(ctx: &Ctx) -> Filter {
    Filter {
        shown: ctx.param("state").and_then(Shown::from_name).unwrap_or_default(),
        severity: ctx.param("severity").and_then(Severity::from_name),
        kind: ctx.param("kind").and_then(Kind::from_name),
        text: ctx.param("q").unwrap_or("").to_owned(),
        order: if ctx.param("order") == Some("due") { Order::Due } else { Order::Worst },
        from: ctx.param("from").and_then(|n| n.parse().ok()).unwrap_or(0).max(0),
        limit: LINES as i64,
    }
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let (w, filter, scope) = (ctx.lang.exposure(), filter(&ctx), ctx.narrowed());
    let findings = ctx.app.desk.findings();
    let units = units_of(&scope);
    let list = findings.list(units.as_ref(), &filter).await;
    let counts = findings.counts(units.as_ref()).await;
    let ((list, total), counts) = match (list, counts) {
        (Ok(list), Ok(counts)) => (list, counts),
        (Err(error), _) | (_, Err(error)) => return broken(&ctx, &error).await,
    };
    let more = u64::try_from(filter.from + LINES as i64).is_ok_and(|seen| seen < total);
    let page = Page {
        p: Frame::new(&ctx, Nav::Exposure, w.title).await,
        w,
        may_import: may(&ctx, &[Role::Analyst, Role::County, Role::Officer]),
        may_disclose: matches!(ctx.role(), Some(Role::Analyst | Role::Leader)),
        figures: spread::figures(&ctx, w, &counts, filter.shown),
        severities: spread::severities(&ctx, &counts, filter.severity),
        spread: spread::of(&ctx, &scope, &counts),
        units: unit_choices(&ctx).into_iter().filter(|u| u.value != "unattributed").collect(),
        localities: locality_choices(&ctx),
        choices: Severity::ALL
            .iter()
            .rev()
            .map(|s| Choice {
                value: s.as_str().to_owned(),
                word: words::severity(ctx.t(), *s).word.to_owned(),
                chosen: filter.severity == Some(*s),
            })
            .collect(),
        kinds: Kind::ALL
            .iter()
            .map(|k| Choice {
                value: k.as_str().to_owned(),
                word: words::kind(w, *k).to_owned(),
                chosen: filter.kind == Some(*k),
            })
            .collect(),
        shown: if filter.shown == Shown::default() { "" } else { filter.shown.as_str() },
        text: filter.text.clone(),
        export: ctx.here(&[("from", "")]).replacen("/exposure", "/exposure/export.csv", 1),
        total: fill(w.count, &[&grouped(total)]),
        narrowed: filter != Filter { limit: LINES as i64, ..Filter::default() }
            || ctx.narrowed() != ctx.scope,
        lines: list.iter().map(|f| line(&ctx, f)).collect(),
        pager: Pager::of(&ctx, "from", LINES, more),
    };
    ctx.html(StatusCode::OK, &page)
}

/// Numbers that a line names.
const NUMBERS: usize = 2;

fn line(ctx: &Ctx, finding: &Finding) -> Line {
    let w = ctx.lang.exposure();
    let numbers: Vec<&String> = finding.cves.iter().chain(&finding.cnvds).chain(&finding.cnnvds).collect();
    Line {
        href: format!("/exposure/{}", finding.id),
        mark: words::severity(ctx.t(), finding.severity),
        title: finding.title.clone(),
        more: numbers.len().saturating_sub(NUMBERS),
        numbers: numbers.into_iter().take(NUMBERS).cloned().collect(),
        unit: unit_link(ctx, finding.hospital.as_str()),
        host: finding.host.clone(),
        port: words::port(finding),
        kind: words::kind(w, finding.kind),
        state: words::state(w, finding, ctx.now),
        doubt: finding.doubt.filter(|_| finding.state.is_open()).map_or("", |_| w.cannot_tell),
        reopened: if finding.reopened > 0 { fill(w.reopened, &[&finding.reopened]) } else { String::new() },
        due: finding
            .due_at
            .filter(|_| finding.state.is_open())
            .map_or(String::new(), |at| ctx.zone().short(at)),
        overdue: finding.is_overdue(ctx.now),
        first: when(ctx, finding.first_seen),
        last: when(ctx, finding.last_seen),
    }
}

/// `/exposure/export.csv`: the filter's findings as a table for spreadsheets.
pub(crate) async fn export(ctx: Ctx) -> HttpResponse {
    let (t, w) = (ctx.t(), ctx.lang.exposure());
    let filter = Filter { from: 0, limit: EXPORT_MAX, ..filter(&ctx) };
    let list = ctx.app.desk.findings().list(units_of(&ctx.narrowed()).as_ref(), &filter).await;
    let (list, total) = match list {
        Ok(found) => found,
        Err(error) => return broken(&ctx, &error).await,
    };
    let zone = ctx.zone();
    let mut out = String::from("\u{feff}");
    let head = [
        t.unit,
        w.host,
        w.finding,
        w.severity,
        w.score,
        "CVE",
        "CNVD",
        "CNNVD",
        w.kind,
        w.state,
        w.first_seen,
        w.last_seen,
        w.due,
        w.overdue,
        w.tested,
        w.control,
        w.owner,
        w.until,
        w.evidence,
        w.advice,
    ];
    csv_line(&mut out, head.map(str::to_owned));
    for finding in &list {
        let time = |at: Option<ward_event::Micros>| at.map_or(String::new(), |at| zone.full(at));
        let accepted = finding.is_accepted(ctx.now);
        let cells = [
            unit_name(t, ctx.lang, &ctx.register, finding.hospital.as_str()),
            format!("{} {}", finding.host, words::port(finding)).trim_end().to_owned(),
            finding.title.clone(),
            words::severity(t, finding.severity).word.to_owned(),
            words::score(finding),
            finding.cves.join(" "),
            finding.cnvds.join(" "),
            finding.cnnvds.join(" "),
            words::kind(w, finding.kind).to_owned(),
            words::state(w, finding, ctx.now).word.to_owned(),
            time(Some(finding.first_seen)),
            time(Some(finding.last_seen)),
            time(finding.due_at),
            if finding.is_overdue(ctx.now) { w.overdue.to_owned() } else { String::new() },
            time(Some(finding.tested_at)),
            if accepted { finding.control.clone() } else { String::new() },
            if accepted { finding.owner.clone() } else { String::new() },
            time(finding.accepted_until.filter(|_| accepted)),
            finding.evidence.clone(),
            finding.advice.clone(),
        ];
        csv_line(&mut out, cells);
    }
    let shown = list.len() as u64;
    let end = if shown < total { fill(t.export_cut, &[&shown]) } else { fill(t.export_end, &[&shown]) };
    csv_line(&mut out, [end]);
    let name = format!("ward-exposure-{}.csv", zone.full(ctx.now).replace([' ', ':'], "-"));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(out)
}
