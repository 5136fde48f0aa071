//! The list, and making a report by hand.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{
    audit::{Action, Entry},
    report::{COUNTY, ReportRow},
};
use ward_report::weekly::{Edition, Span, parse_day};

use super::{is_commission, kind_word, readable, state_class, state_word};
use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        cases::{Fields, choice, go},
        errors,
        frame::{Frame, Nav},
        parts::{Choice, When, unit_name, when},
    },
    report::{Made, NewsError, Wanted},
    scope::Scope,
    text::{fill, reports::Reports},
};

#[derive(Template)]
#[template(path = "reports.html")]
struct Page {
    p: Frame,
    r: &'static Reports,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    /// By kind the periods that can be issued; empty for who may not.
    periods: Vec<(&'static str, Vec<(String, String)>)>,
    editions: Vec<Choice>,
    error: Option<&'static str>,
}

struct Line {
    id: i64,
    kind: &'static str,
    period: String,
    edition: String,
    title: String,
    issue: String,
    version: Option<String>,
    verdict: String,
    class: &'static str,
    state: &'static str,
    as_of: String,
    made: When,
    by: String,
}

/// Periods back that are offered, of each kind.
const BACK: [(&str, usize); 3] = [("weekly", 8), ("monthly", 6), ("quarterly", 4)];
const KINDS: [&str; 5] = ["weekly", "monthly", "quarterly", "special", "incident"];

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, None).await
}

async fn show(ctx: &Ctx, error: Option<&'static str>) -> HttpResponse {
    let rows = match ctx.app.desk.reports().list(&readable(ctx)).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::error!(%error, "reports cannot be read");
            return errors::refused(ctx, Refused::Fault).await;
        }
    };
    let r = ctx.lang.reports();
    let asked = ctx.param("kind").unwrap_or("");
    let rows = rows.into_iter().filter(|row| asked.is_empty() || row.kind == asked);
    let may_make = is_commission(ctx);
    let page = Page {
        p: Frame::new(ctx, Nav::Reports, ctx.t().nav_reports).await,
        r,
        kinds: KINDS.iter().map(|kind| choice(kind, kind_word(r, kind), *kind == asked)).collect(),
        lines: rows.map(|row| line(ctx, row)).collect(),
        periods: if may_make { periods(ctx) } else { Vec::new() },
        editions: if may_make { editions(ctx) } else { Vec::new() },
        error,
    };
    ctx.html(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

fn line(ctx: &Ctx, row: ReportRow) -> Line {
    let r = ctx.lang.reports();
    Line {
        id: row.id,
        kind: kind_word(r, &row.kind),
        // Of an incident its number stands among the issues.
        period: if row.kind == "incident" { String::new() } else { row.period.clone() },
        edition: edition_word(r, &row.edition).to_owned(),
        title: row.title,
        issue: row.issue,
        version: (row.version > 1).then(|| fill(r.version, &[&row.version])),
        verdict: row.verdict,
        class: state_class(row.paper.state),
        state: state_word(r, row.paper.state),
        as_of: ctx.zone().short(row.as_of),
        made: when(ctx, row.made_at),
        by: if row.made_by == "ward" { r.by_itself.to_owned() } else { row.made_by },
    }
}

fn edition_word<'a>(r: &'static Reports, edition: &'a str) -> &'a str {
    match edition {
        "leader" => r.edition_leader,
        "superior" => r.edition_superior,
        other => other.strip_prefix(COUNTY).unwrap_or(r.edition_unit),
    }
}

fn periods(ctx: &Ctx) -> Vec<(&'static str, Vec<(String, String)>)> {
    let r = ctx.lang.reports();
    let of = |(kind, most): (&'static str, usize)| {
        let mut spans = Vec::new();
        let mut next = ctx.app.newsroom.last_closed(kind);
        while let Some(span) = next.filter(|_| spans.len() < most) {
            spans.push((format!("{kind} {span}"), span.to_string()));
            next = span.before();
        }
        (kind_word(r, kind), spans)
    };
    BACK.into_iter().map(of).collect()
}

fn editions(ctx: &Ctx) -> Vec<Choice> {
    let r = ctx.lang.reports();
    let word = |edition: &Edition| match edition {
        Edition::Leader => r.edition_leader.to_owned(),
        Edition::Superior => r.edition_superior.to_owned(),
        Edition::Locality { name } => name.clone(),
        Edition::Unit { id, .. } => unit_name(ctx.t(), ctx.lang, &ctx.register, id),
    };
    ctx.app.newsroom.editions().iter().map(|e| choice(&e.key(), word(e), false)).collect()
}

/// What a form asks for.
fn wanted(ctx: &Ctx, fields: &Fields) -> Option<Wanted> {
    let edition = ctx.app.newsroom.edition(fields.one("edition"))?;
    let mut wanted = match fields.one("from") {
        // A week alone is how scripts have asked from the first.
        "" => match (fields.one("period").split_once(' '), fields.one("week")) {
            (Some((kind, period)), _) => Wanted::of(Span::parse(kind, period).ok()?, edition),
            (None, week) => Wanted::of(Span::parse("weekly", week).ok()?, edition),
        },
        from => {
            let (from, to) = (parse_day(from).ok()?, parse_day(fields.one("to")).ok()?);
            Wanted::of(Span::special(from, to).ok()?, edition)
        }
    };
    if matches!(wanted.span, Span::Incident(_)) {
        return None;
    }
    if matches!(wanted.span, Span::Special(_)) {
        let title = fields.text("title");
        let fits = (1..=60).contains(&title.chars().count());
        wanted.title = Some(title).filter(|_| fits);
        wanted.title.as_ref()?;
    }
    Some(wanted)
}

pub(crate) async fn make(ctx: Ctx, request: HttpRequest, body: Bytes) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    // Who sees a part of the region alone cannot issue a report about all of it.
    if ctx.scope != Scope::All {
        return errors::missing(&ctx).await;
    }
    let fields = Fields::read(&request, &body);
    let Some(wanted) = wanted(&ctx, &fields) else {
        return show(&ctx, Some(ctx.lang.reports().failed_period)).await;
    };
    let entry = Entry::new(by, ctx.address(), Action::Change);
    let made = ctx.app.newsroom.issue(entry, wanted, &mut None).await;
    answer(&ctx, made).await
}

/// The report of an incident, from its page.
pub(crate) async fn make_incident(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    if ctx.scope != Scope::All {
        return errors::missing(&ctx).await;
    }
    let entry = Entry::new(by, ctx.address(), Action::Change);
    let made = ctx.app.newsroom.issue_incident(entry, *id).await;
    answer(&ctx, made).await
}

async fn answer(ctx: &Ctx, made: Result<Made, NewsError>) -> HttpResponse {
    let r = ctx.lang.reports();
    let error = match made {
        Ok(made) => return go(&format!("/reports/{}", made.kept.row.id)),
        Err(NewsError::NoIncident) => return errors::missing(ctx).await,
        Err(error) => error,
    };
    tracing::warn!(%error, "a report could not be issued");
    let words = match error {
        NewsError::Store(_) => r.failed_store,
        NewsError::NotOver { .. } => r.failed_not_over,
        NewsError::Report(_)
        | NewsError::Desk(_)
        | NewsError::Stored(_)
        | NewsError::NoPress
        | NewsError::NoIncident => r.failed_other,
    };
    show(ctx, Some(words)).await
}
