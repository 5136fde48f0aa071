//! `/reports`: what was issued, on screen and as files, and issuing by hand.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Form, Path},
};
use askama::{Template, filters::Safe};
use serde::Deserialize;
use ward_desk::{
    audit::{Action, Entry},
    report::{Readable, ReportRow},
};
use ward_event::UnitId;
use ward_report::weekly::{self, Edition, Week};

use super::{
    alerts::{Choice, unit_choices},
    errors,
    frame::{Frame, Nav},
    parts::{When, when},
};
use crate::{
    access::Refused,
    context::Ctx,
    report::{Made, NewsError, read},
    scope::Scope,
    text::{fill, reports::Reports},
};

#[derive(Template)]
#[template(path = "reports.html")]
struct Page {
    p: Frame,
    r: &'static Reports,
    lines: Vec<Line>,
    /// Weeks that can be issued; empty for who may not.
    weeks: Vec<String>,
    units: Vec<Choice>,
    error: Option<&'static str>,
}

struct Line {
    id: i64,
    week: String,
    edition: &'static str,
    title: String,
    issue: String,
    version: Option<String>,
    verdict: String,
    as_of: String,
    made: When,
    by: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct One {
    p: Frame,
    r: &'static Reports,
    id: i64,
    hash: String,
    /// Escaped by the report's own template.
    body: Safe<String>,
}

/// Weeks back that are offered.
const WEEKS: usize = 8;

fn readable(ctx: &Ctx) -> Readable {
    match &ctx.scope {
        Scope::All => Readable::All,
        Scope::Units(units) => Readable::Units(units.clone()),
    }
}

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
    let may_make =
        ctx.scope == Scope::All && ctx.role().is_some_and(|role| crate::access::roles::REGION.allows(role));
    let page = Page {
        p: Frame::new(ctx, Nav::Reports, ctx.t().nav_reports).await,
        r: ctx.lang.reports(),
        lines: rows.into_iter().map(|row| line(ctx, row)).collect(),
        weeks: if may_make { weeks(ctx) } else { Vec::new() },
        units: if may_make { unit_choices(ctx) } else { Vec::new() },
        error,
    };
    ctx.html(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

fn line(ctx: &Ctx, row: ReportRow) -> Line {
    let r = ctx.lang.reports();
    Line {
        id: row.id,
        week: row.period,
        edition: match row.edition.as_str() {
            "leader" => r.edition_leader,
            "superior" => r.edition_superior,
            _ => r.edition_unit,
        },
        title: row.title,
        issue: row.issue,
        version: (row.version > 1).then(|| fill(r.version, &[&row.version])),
        verdict: row.verdict,
        as_of: ctx.zone().short(row.as_of),
        made: when(ctx, row.made_at),
        by: if row.made_by == "ward" { r.by_itself.to_owned() } else { row.made_by },
    }
}

fn weeks(ctx: &Ctx) -> Vec<String> {
    let mut weeks = Vec::new();
    let mut next = ctx.app.newsroom.last_closed();
    while let Some(week) = next.filter(|_| weeks.len() < WEEKS) {
        weeks.push(week.to_string());
        next = week.before();
    }
    weeks
}

async fn find(ctx: &Ctx, id: i64) -> Option<Made> {
    let kept = ctx.app.desk.reports().one(&readable(ctx), id).await;
    let kept = kept.inspect_err(|error| tracing::error!(%error, "a report cannot be read")).ok()??;
    if let Some(unit) = &kept.row.hospital {
        ctx.seen_unit(unit.as_str());
    }
    read(kept).inspect_err(|error| tracing::error!(%error, "a report cannot be read")).ok()
}

pub(crate) async fn one(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let Some(made) = find(&ctx, *id).await else { return errors::missing(&ctx).await };
    let Ok(body) = weekly::fragment(&made.model) else { return errors::refused(&ctx, Refused::Fault).await };
    let page = One {
        p: Frame::new(&ctx, Nav::Reports, made.model.head.title.clone()).await,
        r: ctx.lang.reports(),
        id: *id,
        hash: made.kept.row.model_hash.clone(),
        body: Safe(body),
    };
    ctx.html(StatusCode::OK, &page)
}

pub(crate) async fn file(ctx: Ctx, path: Path<(i64, String)>) -> HttpResponse {
    let (id, file) = path.into_inner();
    let Some(made) = find(&ctx, id).await else { return errors::missing(&ctx).await };
    let name = made.model.file_name();
    let (kind, bytes) = match file.as_str() {
        "pdf" => match ctx.app.newsroom.pdf(made.model).await {
            Ok(bytes) => ("application/pdf", bytes),
            Err(error) => {
                tracing::error!(%error, "a report cannot be set in type");
                let r = ctx.lang.reports();
                let status = StatusCode::NOT_IMPLEMENTED;
                return errors::told(&ctx, status, r.pdf_failed, r.pdf_failed_why).await;
            }
        },
        "docx" => match weekly::docx(&made.model) {
            Ok(bytes) => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", bytes),
            Err(_) => return errors::refused(&ctx, Refused::Fault).await,
        },
        "json" => ("application/json", made.kept.model.into_bytes()),
        _ => return errors::missing(&ctx).await,
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        // The name is made of letters, digits and dashes.
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{file}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(bytes)
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    week: String,
    /// `leader`, `superior`, or a unit's id behind `unit-`.
    edition: String,
}

pub(crate) async fn make(ctx: Ctx, asked: Result<Form<Asked>, actix_web::Error>) -> HttpResponse {
    let r = ctx.lang.reports();
    let Some(by) = ctx.viewer() else { return errors::missing(&ctx).await };
    // Who sees a part of the region alone cannot issue a report about all of it.
    if ctx.scope != Scope::All {
        return errors::missing(&ctx).await;
    }
    let Ok(Form(asked)) = asked else { return show(&ctx, Some(r.failed_week)).await };
    let room = &ctx.app.newsroom;
    let edition = match asked.edition.as_str() {
        "leader" => Some(Edition::Leader),
        "superior" => Some(Edition::Superior),
        unit => {
            unit.strip_prefix("unit-").and_then(|id| UnitId::new(id).ok()).and_then(|id| room.edition_of(&id))
        }
    };
    let (Ok(week), Some(edition)) = (asked.week.parse::<Week>(), edition) else {
        return show(&ctx, Some(r.failed_week)).await;
    };
    let entry = Entry::new(by, ctx.address(), Action::Change);
    match room.issue(entry, week, edition, false, &mut None).await {
        Ok(made) => {
            let place = format!("/reports/{}", made.kept.row.id);
            HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish()
        }
        Err(error) => {
            tracing::warn!(%error, %week, "a report could not be issued");
            let words = match error {
                NewsError::Store(_) => r.failed_store,
                NewsError::NotOver { .. } => r.failed_not_over,
                NewsError::Report(_) | NewsError::Desk(_) | NewsError::Stored(_) | NewsError::NoPress => {
                    r.failed_other
                }
            };
            show(&ctx, Some(words)).await
        }
    }
}
