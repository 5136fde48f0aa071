//! Duty (值班): who is on, the roster, and what one shift hands over to the next.

mod draft;
mod hand_over;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{
    AccountId, DeskError, Refusal, Role, Viewer,
    account::Account,
    duty::{Crew, HandOver, NewShift, Shift},
};
use ward_event::{
    Micros,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

pub(crate) use self::hand_over::{accept, page as one, write};
use super::{
    cases::{Fields, choice, go, now},
    errors,
    frame::{Frame, Nav},
    parts::Choice,
};
use crate::{
    access::Refused,
    context::Ctx,
    text::{Duty, fill},
};

const DAYS_BACK: i64 = 3;
const DAYS_AHEAD: i64 = 35;
/// Hand-overs that wait.
const WAITING: i64 = 10;
/// Shifts that are planned at once.
const REPEAT_MAX: i64 = 31;

#[derive(Template)]
#[template(path = "duty.html")]
struct Page {
    p: Frame,
    w: &'static Duty,
    error: Option<String>,
    on: Option<Line>,
    next: Option<Line>,
    waiting: Vec<Waiting>,
    lines: Vec<Line>,
    leaders: Vec<Choice>,
    analysts: Vec<Choice>,
    from: String,
    until: String,
}

struct Line {
    id: i64,
    from: String,
    until: String,
    leader: String,
    main: String,
    deputy: String,
    state: &'static str,
    on: bool,
    handed: String,
    waits: bool,
    /// People may still be changed; and it may be taken off.
    may_change: bool,
    may_withdraw: bool,
}

struct Waiting {
    id: i64,
    shift: String,
    written: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, None).await
}

async fn show(ctx: &Ctx, error: Option<String>) -> HttpResponse {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match build(ctx, error).await {
        Ok(page) => ctx.html(status, &page),
        Err(error) => fault(ctx, &error).await,
    }
}

async fn build(ctx: &Ctx, error: Option<String>) -> Result<Page, DeskError> {
    let (w, zone, now, desk) = (ctx.lang.duty(), ctx.zone(), now(ctx), &ctx.app.desk);
    let duty = desk.duty();
    let (from, to) =
        (Micros(now.0 - DAYS_BACK * MICROS_PER_DAY), Micros(now.0 + DAYS_AHEAD * MICROS_PER_DAY));
    let shifts = duty.roster(from, to).await?;
    let mut lines = Vec::with_capacity(shifts.len());
    for shift in &shifts {
        let handed = if shift.starts_at <= now { duty.hand_over(shift.id).await? } else { None };
        lines.push(line(ctx, shift, handed.as_ref()));
    }
    let on = shifts.iter().find(|s| s.starts_at <= now && now < s.ends_at);
    let next = shifts.iter().find(|s| s.starts_at > now);
    let waiting = duty.hand_overs(true, WAITING).await?;
    let accounts = desk.accounts().list().await?;
    let begins =
        shifts.last().map_or(Micros(now.0 - now.0.rem_euclid(MICROS_PER_HOUR)), |s| s.ends_at.max(now));
    Ok(Page {
        p: Frame::new(ctx, Nav::Duty, w.title).await,
        w,
        error,
        on: on.map(|s| line(ctx, s, None)),
        next: next.map(|s| line(ctx, s, None)),
        waiting: waiting.iter().map(|h| wait(ctx, &shifts, h)).collect(),
        lines,
        leaders: people(&accounts, Role::Leader, now),
        analysts: people(&accounts, Role::Analyst, now),
        from: zone.input(begins),
        until: zone.input(Micros(begins.0 + 12 * MICROS_PER_HOUR)),
    })
}

fn wait(ctx: &Ctx, shifts: &[Shift], h: &HandOver) -> Waiting {
    let (w, zone) = (ctx.lang.duty(), ctx.zone());
    let shift = shifts.iter().find(|s| s.id == h.shift);
    Waiting {
        id: h.shift,
        shift: shift.map_or_else(String::new, |s| {
            fill(w.hand_over_of, &[&zone.short(s.starts_at), &zone.short(s.ends_at)])
        }),
        written: fill(w.by, &[&h.writer, &zone.short(h.written_at)]),
    }
}

fn line(ctx: &Ctx, shift: &Shift, handed: Option<&HandOver>) -> Line {
    let (w, zone, now) = (ctx.lang.duty(), ctx.zone(), now(ctx));
    let on = shift.starts_at <= now && now < shift.ends_at;
    let accepted = handed.and_then(|h| h.accepted.as_ref());
    let handed_words = match (handed, accepted) {
        _ if shift.starts_at > now => String::new(),
        (_, Some(done)) => fill(w.handed_done, &[&done.name]),
        (Some(_), None) => w.handed_waits.to_owned(),
        (None, None) => w.handed_not.to_owned(),
    };
    Line {
        id: shift.id,
        from: zone.short(shift.starts_at),
        until: zone.short(shift.ends_at),
        leader: shift.leader.clone(),
        main: shift.main.clone(),
        deputy: shift.deputy.clone(),
        state: match (on, shift.ends_at <= now) {
            (true, _) => w.state_on,
            (_, true) => w.state_past,
            _ => w.state_planned,
        },
        on,
        handed: handed_words,
        waits: handed.is_some() && accepted.is_none(),
        may_change: shift.ends_at > now,
        may_withdraw: shift.starts_at > now,
    }
}

fn people(accounts: &[Account], role: Role, now: Micros) -> Vec<Choice> {
    let fit = accounts.iter().filter(|a| a.role == role && a.is_live(now));
    fit.map(|a| choice(&a.id.0.to_string(), a.display_name.clone(), false)).collect()
}

fn crew(fields: &Fields) -> Crew {
    let person = |name: &str| AccountId(fields.number(name));
    Crew { leader: person("leader"), main: person("main"), deputy: person("deputy") }
}

/// Plans one shift, or the same on several days in a row.
pub(crate) async fn plan(ctx: Ctx, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let days = fields.number("days").clamp(1, REPEAT_MAX);
    let mut planned = 0;
    let work = async {
        let by = viewer(&ctx)?;
        let time = |name: &str| fields.time(&ctx, name).ok_or(Refusal::ShiftUnfit);
        let (from, until) = (time("from")?, time("until")?);
        for day in 0..days {
            let at = |t: Micros| Micros(t.0 + day * MICROS_PER_DAY);
            let new = NewShift { starts_at: at(from), ends_at: at(until), crew: crew(&fields) };
            ctx.app.desk.duty().plan(by, ctx.address(), new).await?;
            planned += 1;
        }
        Ok(())
    };
    let done: Result<(), DeskError> = work.await;
    match done {
        Ok(()) => go("/duty"),
        Err(error) => match refusal(&ctx, &error) {
            Some(words) if planned == 0 => show(&ctx, Some(words.to_owned())).await,
            Some(words) => show(&ctx, Some(fill(ctx.lang.duty().planned_some, &[&planned, &words]))).await,
            None => fault(&ctx, &error).await,
        },
    }
}

/// Other people for a shift (换班).
pub(crate) async fn reassign(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async { ctx.app.desk.duty().reassign(viewer(&ctx)?, ctx.address(), *id, crew(&fields)).await };
    let done = work.await;
    back(&ctx, done).await
}

pub(crate) async fn withdraw(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let work = async { ctx.app.desk.duty().withdraw(viewer(&ctx)?, ctx.address(), *id).await };
    let done = work.await;
    back(&ctx, done).await
}

async fn back(ctx: &Ctx, done: Result<(), DeskError>) -> HttpResponse {
    match done {
        Ok(()) => go("/duty"),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match refusal(ctx, &error) {
            Some(words) => show(ctx, Some(words.to_owned())).await,
            None => fault(ctx, &error).await,
        },
    }
}

fn viewer(ctx: &Ctx) -> Result<&Viewer, Refusal> {
    ctx.viewer().ok_or(Refusal::NotAllowed)
}

/// What the desk refused, in words; None where it failed.
fn refusal(ctx: &Ctx, error: &DeskError) -> Option<&'static str> {
    let DeskError::Refused(refusal) = error else { return None };
    let (t, w) = (ctx.t(), ctx.lang.duty());
    Some(match refusal {
        Refusal::ShiftUnfit => w.shift_unfit,
        Refusal::ShiftOverlaps => w.shift_overlaps,
        Refusal::CrewUnfit => w.crew_unfit,
        Refusal::NotOnDuty => w.not_on_duty,
        Refusal::Accepted => w.was_accepted,
        Refusal::OwnHandOver => w.own_hand_over,
        Refusal::TextUnfit => w.text_unfit,
        Refusal::Changed => w.changed,
        Refusal::NotAllowed => t.error_role,
        _ => t.refused_unfit,
    })
}

async fn fault(ctx: &Ctx, error: &DeskError) -> HttpResponse {
    tracing::error!(%error, "duty cannot be read");
    errors::refused(ctx, Refused::Fault).await
}
