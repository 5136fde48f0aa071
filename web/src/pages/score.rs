//! `/score`: the posture of the region's units, and of one unit with every lost point.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use ward_desk::{
    Role,
    figures::{DeskFigures, UnitFigures, median},
    report::PostureRow,
};
use ward_event::UnitId;
use ward_report::score::{Formula, Inputs, Lost, Part, Score, region, score};

use super::{
    disputes::{self, DisputeLine},
    errors,
    frame::{Frame, Nav},
    parts::{UnitLink, unit_link},
};
use crate::{
    access::Refused,
    context::Ctx,
    report::{NewsError, held_now, observe},
    scope::Scope,
    show::words,
    text::{Lang, fill, reports::Reports},
};

#[derive(Template)]
#[template(path = "score.html")]
struct Page {
    p: Frame,
    r: &'static Reports,
    formula: String,
    as_of: String,
    region: String,
    /// Medians of all units that are shown: to sign, to put right.
    sign: String,
    fix: String,
    lines: Vec<Line>,
}

struct Line {
    unit: UnitLink,
    href: String,
    grade: String,
    shown: String,
    place: String,
    unknown: String,
    parts: Vec<String>,
    sign: String,
    fix: String,
}

#[derive(Template)]
#[template(path = "score_unit.html")]
struct One {
    p: Frame,
    r: &'static Reports,
    name: String,
    formula: String,
    as_of: String,
    sign: String,
    fix: String,
    shown: String,
    points: String,
    place: String,
    error: Option<String>,
    id: String,
    /// One of the unit itself, who may dispute a row.
    may_dispute: bool,
    disputes: Vec<DisputeLine>,
    parts: Vec<PartLine>,
    steps: Vec<String>,
    gain: String,
    items: Vec<ItemLine>,
    history: Vec<(String, String, u32)>,
}

struct PartLine {
    word: &'static str,
    left: String,
    cap: String,
    /// Hundredths, for the bar.
    share: u32,
}

struct ItemLine {
    item: String,
    word: String,
    /// Where the newest dispute of it stands.
    disputed: Option<(&'static str, &'static str)>,
    is_open: bool,
    part: &'static str,
    lost: String,
    /// None is unknown.
    count: Option<u64>,
    href: String,
}

/// Days of history on a unit's page.
const DAYS: u32 = 30;

/// Tenths as a person reads them.
fn tenths(points: u32) -> String {
    format!("{}.{}", points / 10, points % 10)
}

/// Medians in minutes: to sign, to put right.
type Times = (Option<u64>, Option<u64>);

fn times(held: &DeskFigures, unit: &str) -> Times {
    let of = UnitId::new(unit).ok().and_then(|id| held.units.get(&id));
    of.map_or((None, None), |u| (median(&u.notices.sign_minutes), median(&u.problems.fix_minutes)))
}

fn duration(r: &Reports, minutes: Option<u64>) -> String {
    const DAYS_MIN: u64 = 48 * 60;
    // Tenths, rounded.
    let tenths = |unit: u64, n: u64| (n * 10 + unit / 2) / unit;
    let shown = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10);
    match minutes {
        None => "—".to_owned(),
        Some(n) if n >= DAYS_MIN => fill(r.days, &[&shown(tenths(24 * 60, n))]),
        Some(n) => fill(r.hours, &[&shown(tenths(60, n))]),
    }
}

/// The page that shows an item's rows to this viewer: a hospital has its notices among its tasks.
fn rows(ctx: &Ctx, link: &str) -> String {
    let of_notices = link.starts_with("/notices");
    if of_notices && ctx.role() == Some(Role::Officer) { "/tasks".to_owned() } else { link.to_owned() }
}

const fn part_word(r: &Reports, part: Part) -> &'static str {
    match part {
        Part::Exposure => r.part_exposure,
        Part::Threat => r.part_threat,
        Part::Response => r.part_response,
        Part::Coverage => r.part_coverage,
        Part::Compliance => r.part_compliance,
    }
}

pub(crate) type Scored = (Inputs, Score, Option<PostureRow>);

/// The scores of a scope now, each with what was kept of it last.
pub(crate) async fn scores(
    ctx: &Ctx,
    scope: &Scope,
) -> Result<(Formula, Vec<Scored>, DeskFigures), NewsError> {
    let formula = Formula::built_in()?;
    let held = held_now(&ctx.app.desk, scope, ctx.now).await?;
    let seen =
        observe(&ctx.app.reader, &ctx.app.desk, &held, scope, &ctx.register, ctx.app.calendar, ctx.now)
            .await?;
    let mut kept = ctx.app.desk.posture().newest().await?;
    let scored = seen.into_iter().map(|inputs| {
        let last = UnitId::new(&inputs.unit).ok().and_then(|id| kept.remove(&id));
        let now = score(&formula, &inputs, last.as_ref().map(|row| row.shown));
        (inputs, now, last)
    });
    let scored = scored.collect();
    Ok((formula, scored, held))
}

fn place(r: &Reports, kept: Option<&PostureRow>) -> String {
    kept.map(|row| fill(r.place_of, &[&row.place, &row.peers])).unwrap_or_default()
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let (formula, mut scored, held) = match scores(&ctx, &ctx.scope).await {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(%error, "scores cannot be computed");
            return errors::refused(&ctx, Refused::Fault).await;
        }
    };
    // The lowest first: they are why somebody looks.
    scored.sort_by(|a, b| (a.1.shown, &a.0.unit).cmp(&(b.1.shown, &b.0.unit)));
    let r = ctx.lang.reports();
    let all = |of: fn(&UnitFigures) -> &Vec<u64>| -> Vec<u64> {
        held.units.values().flat_map(of).copied().collect()
    };
    let page = Page {
        p: Frame::new(&ctx, Nav::Score, ctx.t().nav_score).await,
        r,
        formula: fill(r.formula, &[&formula.version]),
        as_of: ctx.zone().full(ctx.now),
        sign: duration(r, median(&all(|u| &u.notices.sign_minutes))),
        fix: duration(r, median(&all(|u| &u.problems.fix_minutes))),
        region: region(scored.iter().map(|(_, s, _)| s)).map_or_else(|| "—".to_owned(), tenths),
        lines: scored
            .iter()
            .map(|(inputs, score, kept)| Line {
                sign: duration(r, times(&held, &inputs.unit).0),
                fix: duration(r, times(&held, &inputs.unit).1),
                unit: unit_link(&ctx, &inputs.unit),
                href: format!("/score/{}", inputs.unit),
                grade: words::grade(ctx.lang, &inputs.grade).to_owned(),
                shown: tenths(score.shown),
                place: place(r, kept.as_ref()),
                unknown: tenths(score.unknown()),
                parts: Part::ALL.into_iter().map(|part| tenths(score.part(part).0)).collect(),
            })
            .collect(),
    };
    ctx.html(StatusCode::OK, &page)
}

/// What a unit loses by one item now, in tenths, with the formula's version; None where that is nothing.
pub(super) async fn lost_points(
    ctx: &Ctx,
    id: &UnitId,
    item: &str,
) -> Result<Option<(String, u32)>, NewsError> {
    let (formula, scored, _) = scores(ctx, &ctx.scope.narrow(Some(id))).await?;
    let lost = scored.first().and_then(|(_, score, _)| score.items.iter().find(|l| l.item == item));
    Ok(lost.map(|lost| (formula.version.clone(), lost.points)))
}

/// An item's name.
pub(super) fn item_word(ctx: &Ctx, formula: &Formula, item: &str) -> String {
    let known = formula.item(item);
    known.map_or_else(|| item.to_owned(), |i| if ctx.lang == Lang::Zh { i.zh.clone() } else { i.en.clone() })
}

pub(crate) async fn one(ctx: Ctx, id: web::Path<String>) -> HttpResponse {
    let known = UnitId::new(&id).ok().filter(|id| ctx.scope.allows(id) && ctx.register.unit(id).is_some());
    let Some(id) = known else { return errors::missing(&ctx).await };
    ctx.seen_unit(id.as_str());
    show(&ctx, &id, None).await
}

/// A unit's page, with what was refused.
pub(super) async fn show(ctx: &Ctx, id: &UnitId, error: Option<String>) -> HttpResponse {
    let scope = ctx.scope.narrow(Some(id));
    let found = scores(ctx, &scope).await;
    let history = ctx.app.desk.posture().history(id, DAYS).await;
    let ((formula, scored, held), history) = match (found, history) {
        (Ok(found), Ok(history)) => (found, history),
        (Err(error), _) => {
            tracing::error!(%error, "a score cannot be computed");
            return errors::refused(ctx, Refused::Fault).await;
        }
        (_, Err(error)) => {
            tracing::error!(%error, "a score's history cannot be read");
            return errors::refused(ctx, Refused::Fault).await;
        }
    };
    let Some((_, score, kept)) = scored.first() else { return errors::missing(ctx).await };
    let disputes = match disputes::lines(ctx, id, &formula).await {
        Ok(lines) => lines,
        Err(error) => {
            tracing::error!(%error, "disputes cannot be read");
            return errors::refused(ctx, Refused::Fault).await;
        }
    };
    let times = times(&held, id.as_str());
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = view(ctx, id, &formula, (score, times), kept.as_ref(), history).await;
    for line in &mut page.items {
        if let Some(dispute) = disputes.iter().find(|d| d.item == line.item) {
            line.disputed = Some((dispute.class, dispute.state));
            line.is_open = dispute.decided.is_empty();
        }
    }
    (page.error, page.disputes) = (error, disputes);
    ctx.html(status, &page)
}

async fn view(
    ctx: &Ctx,
    id: &UnitId,
    formula: &Formula,
    (score, times): (&Score, Times),
    kept: Option<&PostureRow>,
    history: Vec<PostureRow>,
) -> One {
    let r = ctx.lang.reports();
    let name = unit_link(ctx, id.as_str()).name;
    let named = |item: &str, to_do: bool| {
        let item = formula.item(item);
        let of = |i: &ward_report::score::Item| match (ctx.lang, to_do) {
            (Lang::Zh, false) => i.zh.clone(),
            (Lang::Zh, true) => i.zh_do.clone(),
            (Lang::En, false) => i.en.clone(),
            (Lang::En, true) => i.en_do.clone(),
        };
        item.map(of).unwrap_or_default()
    };
    let steps = score.steps(formula);
    let mut lost: Vec<&Lost> = score.items.iter().collect();
    lost.sort_by(|a, b| (b.points, &a.item).cmp(&(a.points, &b.item)));
    let shown_day =
        |day: i32| ctx.zone().short(ctx.app.calendar.day_start(day)).split(' ').next().map(str::to_owned);
    One {
        p: Frame::new(ctx, Nav::Score, name.clone()).await,
        r,
        name,
        formula: fill(r.formula, &[&formula.version]),
        as_of: ctx.zone().full(ctx.now),
        sign: duration(r, times.0),
        fix: duration(r, times.1),
        shown: tenths(score.shown),
        points: tenths(score.points),
        place: place(r, kept),
        error: None,
        id: id.to_string(),
        may_dispute: ctx.role() == Some(Role::Officer),
        disputes: Vec::new(),
        parts: Part::ALL
            .into_iter()
            .map(|part| {
                let (left, cap) = score.part(part);
                let share = (left * 100).checked_div(cap).unwrap_or(0);
                PartLine { word: part_word(r, part), left: tenths(left), cap: tenths(cap), share }
            })
            .collect(),
        gain: tenths(steps.iter().map(|s| s.gain).sum()),
        steps: steps.iter().map(|s| format!("{} +{}", named(&s.item, true), tenths(s.gain))).collect(),
        items: lost
            .into_iter()
            .map(|l| ItemLine {
                item: l.item.clone(),
                word: named(&l.item, false),
                disputed: None,
                is_open: false,
                part: part_word(r, l.part),
                lost: tenths(l.points),
                count: l.seen.as_ref().map(|s| s.count),
                href: l.seen.as_ref().map(|s| rows(ctx, &s.link)).unwrap_or_default(),
            })
            .collect(),
        history: history
            .into_iter()
            .map(|row| (shown_day(row.day).unwrap_or_default(), tenths(row.shown), row.shown / 10))
            .collect(),
    }
}
