//! `/queue`: the analyst's console. Lines are rule × entity; the first line's panel is there at once.

pub(crate) mod act;
pub(crate) mod exceptions;
mod filter;
mod panel;
mod row;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::{Template, filters::Safe};
use ward_desk::{DeskError, Refusal, triage::Group};

pub(super) use self::row::verdict_word;
use self::{
    filter::{Choice, QueueFilter},
    panel::Panel,
    row::Row,
};
use super::{
    errors,
    frame::{Frame, Nav},
    parts::Failure,
};
use crate::{
    context::Ctx,
    show::{grouped, link},
    text::fill,
};

/// Lines of a page: what a person works through before asking again.
const LINES: i64 = 100;

/// A script asks for a part of the page by this header.
const FRAGMENT: &str = "x-ward-fragment";

#[derive(Template)]
#[template(path = "queue.html")]
struct Page {
    p: Frame,
    filter: QueueFilter,
    /// Safe: their own template has escaped what is in them.
    rows: Vec<Safe<Row>>,
    total: String,
    statuses: Vec<Choice>,
    levels: Vec<Choice>,
    units: Vec<Choice>,
    owners: Vec<Choice>,
    ranges: Vec<Choice>,
    verdicts: Vec<act::VerdictChoice>,
    newest: i64,
    /// This page's address, to come back to.
    back: String,
    next: Option<String>,
    narrowed: bool,
    said: String,
    panel: Option<Safe<Panel>>,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, None).await
}

/// One group: the whole page with it in the panel, or the panel alone for a script.
pub(crate) async fn one(ctx: Ctx, id: web::Path<String>, request: HttpRequest) -> HttpResponse {
    let group = match ctx.app.desk.triage().group(&id, &ctx.scope.units()).await {
        Ok(Some(group)) => group,
        Ok(None) => return errors::missing(&ctx).await,
        Err(error) => return failed(&ctx, &error).await,
    };
    if request.headers().contains_key(FRAGMENT) {
        return match Panel::of(&ctx, &group).await {
            Ok(panel) => ctx.html(StatusCode::OK, &panel),
            Err(error) => failed(&ctx, &error).await,
        };
    }
    show(&ctx, Some(group)).await
}

async fn show(ctx: &Ctx, chosen: Option<Group>) -> HttpResponse {
    match build(ctx, chosen).await {
        Ok(page) => ctx.html(StatusCode::OK, &page),
        Err(error) => failed(ctx, &error).await,
    }
}

async fn build(ctx: &Ctx, chosen: Option<Group>) -> Result<Page, DeskError> {
    let t = ctx.t();
    let filter = QueueFilter::read(ctx);
    let units = ctx.scope.units();
    let triage = ctx.app.desk.triage();
    let asked = filter.asked(ctx);
    let page = triage.page(&asked, &units, filter.skip, LINES).await?;
    let counts = triage.counts(&asked, &units).await?;
    let owners = triage.owners().await?;
    let focus = chosen.or_else(|| page.groups.first().cloned());
    let panel = match &focus {
        Some(group) => Some(Panel::of(ctx, group).await?),
        None => None,
    };
    let focus_id = focus.as_ref().map_or("", |g| g.id.as_str());
    let shown = i64::try_from(page.groups.len()).unwrap_or(LINES);
    let more = filter.skip + shown < page.total;
    let count = |n: i64| grouped(u64::try_from(n).unwrap_or(0));
    Ok(Page {
        p: Frame::new(ctx, Nav::Queue, t.nav_queue).await,
        rows: page.groups.iter().map(|g| Safe(Row::of(ctx, g, g.id == focus_id, &filter))).collect(),
        total: fill(t.queue_total, &[&count(page.total)]),
        statuses: filter.status_choices(t, &counts),
        levels: filter.level_choices(t),
        units: filter.unit_choices(ctx),
        owners: filter.owner_choices(ctx, &owners),
        ranges: filter.range_choices(t),
        verdicts: act::verdicts(t),
        newest: page.newest,
        back: filter.address("/queue", filter.skip),
        next: more.then(|| filter.address("/queue", filter.skip + LINES)),
        narrowed: filter.narrowed(),
        said: act::said(ctx),
        panel: panel.map(Safe),
        filter,
    })
}

/// How many groups have something that arrived after what the page shows.
pub(crate) async fn new_ones(ctx: Ctx) -> HttpResponse {
    let filter = QueueFilter::read(&ctx);
    let after = ctx.param("after").and_then(|n| n.parse().ok()).unwrap_or(i64::MAX);
    let asked = ward_desk::triage::Filter { after: Some(after), ..filter.asked(&ctx) };
    match ctx.app.desk.triage().count(&asked, &ctx.scope.units()).await {
        Ok(count) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(serde_json::json!({ "new": count })),
        Err(error) => failed(&ctx, &error).await,
    }
}

/// What the desk refuses or cannot do, as a page.
async fn failed(ctx: &Ctx, error: &DeskError) -> HttpResponse {
    let t = ctx.t();
    match error {
        DeskError::Refused(Refusal::NotThere) => errors::missing(ctx).await,
        DeskError::Refused(refusal) => {
            let advice = act::refusal(t, refusal);
            let failure = Failure { title: t.queue_refused, advice, status: StatusCode::CONFLICT };
            errors::failed(ctx, &failure).await
        }
        error => {
            tracing::error!(%error, "triage");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            let failure = Failure { title: t.queue_failed, advice: t.error_refused_advice, status };
            errors::failed(ctx, &failure).await
        }
    }
}

/// Where a value leads in the hunting page.
fn hunt(field: &str, value: &str) -> String {
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
    link::with_query("/hunt", [("q", format!("{field}:\"{quoted}\"").as_str())])
}
