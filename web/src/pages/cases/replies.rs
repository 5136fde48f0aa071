//! `/notices/{id}/replies`: who has answered a warning, who has not and by which telephone, the sums by county as the
//! superior wants them; on screen and as tables.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{
    DeskError, Refusal, Role,
    case::{NoticeDetail, Replies, Round, Sum, machine::NoticeState},
};
use ward_event::UnitId;

use super::{
    Asking, fault,
    form::Fields,
    go,
    list::contacts,
    one::page_title,
    reply::{self, ReplyForm, ReplyView, enters, form, view},
    reply_form::asks,
    words,
};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        hunt::csv_line,
        parts::unit_name,
    },
    text::{self, Cases, fill},
};

#[derive(Template)]
#[template(path = "replies.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    r: &'static text::Replies,
    error: Option<String>,
    id: i64,
    title: String,
    number: String,
    asks: Vec<String>,
    days: Vec<Day>,
    /// None before the first round has begun.
    round: Option<Shown>,
}

/// One round's page.
struct Shown {
    day: i32,
    due: String,
    now: Now,
    live: String,
    missing: Vec<Missing>,
    lines: Vec<Answered>,
    may_chase: bool,
    has_channel: bool,
    /// How often they were reminded.
    seen: usize,
    chased: Vec<String>,
}

/// What is counted, alone: an open page asks for it again.
#[derive(Template)]
#[template(path = "replies_now.html")]
struct NowPage {
    r: &'static text::Replies,
    n: Now,
}

struct Now {
    answered: String,
    missing: String,
    names: Vec<String>,
    sums: Vec<Sum>,
    total: Sum,
}

struct Day {
    href: String,
    word: String,
    chosen: bool,
}

struct Missing {
    unit: String,
    county: String,
    contacts: Vec<(String, String, String)>,
    form: Option<ReplyForm>,
}

struct Answered {
    unit: String,
    county: String,
    of: ReplyView,
    form: Option<ReplyForm>,
}

/// A notice with its replies, as far as the viewer sees them, and the round that is asked for.
async fn read(ctx: &Ctx, id: i64) -> Result<Option<(NoticeDetail, Replies, Option<Round>)>, DeskError> {
    let (cases, units) = (ctx.app.desk.cases(), ctx.scope.units());
    let (detail, replies) = tokio::try_join!(cases.notice(&units, id), cases.replies(&units, id))?;
    Ok(detail.zip(replies).map(|(detail, replies)| {
        let asked = ctx.param("day").and_then(|day| day.parse::<i32>().ok());
        let round = replies.rounds.iter().find(|round| Some(round.day) == asked).copied();
        let round = round.or(replies.current());
        (detail, replies, round)
    }))
}

fn county(ctx: &Ctx, unit: &UnitId) -> String {
    let name = ctx.register.unit(unit).map_or("", |u| u.locality.as_str());
    if name.is_empty() { ctx.lang.replies().county_none.to_owned() } else { name.to_owned() }
}

fn counted(ctx: &Ctx, replies: &Replies, round: Round) -> Now {
    let r = ctx.lang.replies();
    let (sums, total) = replies.sums(round.day, |unit| county(ctx, unit));
    Now {
        answered: fill(r.answered_of, &[&total.answered, &total.units]),
        missing: fill(r.missing_count, &[&(total.units - total.answered)]),
        names: replies.form.counts.clone(),
        sums,
        total,
    }
}

pub(crate) async fn page(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    show(&ctx, *id, None).await
}

async fn show(ctx: &Ctx, id: i64, error: Option<String>) -> HttpResponse {
    let (detail, replies, round) = match read(ctx, id).await {
        Ok(Some(all)) => all,
        Ok(None) => return errors::missing(ctx).await,
        Err(error) => return fault(ctx, &error).await,
    };
    ctx.seen_object("notice", &id.to_string());
    let day = |r: &Round| Day {
        href: format!("/notices/{id}/replies?day={}", r.day),
        word: reply::day(ctx, r.day),
        chosen: Some(r.day) == round.map(|r| r.day),
    };
    let has_channel = match ctx.app.desk.deliveries().channels().await {
        Ok(channels) => !channels.is_empty(),
        Err(error) => return fault(ctx, &error).await,
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page {
        p: Frame::new(ctx, Nav::Notices, page_title(ctx, &detail)).await,
        w: ctx.lang.cases(),
        r: ctx.lang.replies(),
        error,
        id,
        title: detail.notice.of.title.clone(),
        number: detail.notice.number.as_ref().map(ToString::to_string).unwrap_or_default(),
        asks: asks(ctx, &replies.form),
        days: if replies.rounds.len() > 1 { replies.rounds.iter().map(day).collect() } else { Vec::new() },
        round: round.map(|round| shown(ctx, &detail, &replies, round, has_channel)),
    };
    ctx.html(status, &page)
}

fn shown(ctx: &Ctx, detail: &NoticeDetail, replies: &Replies, round: Round, has_channel: bool) -> Shown {
    let (r, zone, id) = (ctx.lang.replies(), ctx.zone(), detail.notice.id);
    let name = |unit: &UnitId| unit_name(ctx.t(), ctx.lang, &ctx.register, unit.as_str());
    let is_open = matches!(detail.notice.state, NoticeState::Sent | NoticeState::Closed);
    let entry = |unit: &UnitId| (is_open && enters(ctx)).then(|| form(replies, unit, round.day, true));
    let missing = replies.missing(round.day).into_iter().map(|unit| Missing {
        unit: name(unit),
        county: county(ctx, unit),
        contacts: contacts(ctx, unit),
        form: entry(unit),
    });
    let answered = replies.units.iter().filter_map(|unit| {
        let given = replies.of(round.day, unit)?;
        let of = view(ctx, replies, given);
        Some(Answered { unit: name(unit), county: county(ctx, unit), of, form: entry(unit) })
    });
    let chases: Vec<_> = replies.chases.iter().filter(|chase| chase.day == round.day).collect();
    let chased = chases.iter().map(|k| fill(r.chased, &[&zone.short(k.at), &k.account, &k.units]));
    let missing: Vec<_> = missing.collect();
    Shown {
        day: round.day,
        due: zone.full(round.due),
        now: counted(ctx, replies, round),
        live: format!("/notices/{id}/replies-now?day={}", round.day),
        may_chase: detail.notice.state == NoticeState::Sent
            && !missing.is_empty()
            && matches!(ctx.role(), Some(Role::Analyst | Role::Leader | Role::County)),
        missing,
        lines: answered.collect(),
        has_channel,
        seen: chases.len(),
        chased: chased.collect(),
    }
}

/// The counts alone: what an open page asks for again.
pub(crate) async fn current(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    match read(&ctx, *id).await {
        Ok(Some((_, replies, Some(round)))) => {
            let page = NowPage { r: ctx.lang.replies(), n: counted(&ctx, &replies, round) };
            ctx.html(StatusCode::OK, &page)
        }
        Ok(_) => errors::missing(&ctx).await,
        Err(error) => fault(&ctx, &error).await,
    }
}

/// The sums by county, or every unit, as a table for spreadsheets.
pub(crate) async fn export(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let (detail, replies, round) = match read(&ctx, *id).await {
        Ok(Some((detail, replies, Some(round)))) => (detail, replies, round),
        Ok(_) => return errors::missing(&ctx).await,
        Err(error) => return fault(&ctx, &error).await,
    };
    ctx.seen_object("notice", &id.to_string());
    let (t, r, zone) = (ctx.t(), ctx.lang.replies(), ctx.zone());
    let mut out = String::from("\u{feff}");
    let number = detail.notice.number.as_ref().map(ToString::to_string).unwrap_or_default();
    let about = [number, detail.notice.of.title.clone(), date(&ctx, round), zone.full(ctx.now)];
    csv_line(&mut out, about.into_iter().chain([ctx.account().to_owned()]));
    let names = replies.form.counts.iter().cloned();
    let rows = if ctx.param("table") == Some("units") {
        let head = [r.unit, r.county, r.result].map(str::to_owned).into_iter().chain(names);
        csv_line(&mut out, head.chain([r.note, r.person, r.phone, r.time].map(str::to_owned)));
        for unit in &replies.units {
            let name = unit_name(t, ctx.lang, &ctx.register, unit.as_str());
            let Some(given) = replies.of(round.day, unit) else {
                csv_line(&mut out, [name, county(&ctx, unit), r.before_none.to_owned()]);
                continue;
            };
            let verdict = reply::verdict(r, given.verdict).to_owned();
            let counts = given.counts.iter().map(ToString::to_string);
            let rest = [given.note.clone(), given.person.clone(), given.phone.clone(), zone.full(given.at)];
            csv_line(&mut out, [name, county(&ctx, unit), verdict].into_iter().chain(counts).chain(rest));
        }
        replies.units.len()
    } else {
        let head = [r.county, r.units, r.answered, r.affected, r.clear, r.zero].map(str::to_owned);
        csv_line(&mut out, head.into_iter().chain(names));
        let (sums, total) = replies.sums(round.day, |unit| county(&ctx, unit));
        let total = Sum { place: r.total.to_owned(), ..total };
        for sum in sums.iter().chain([&total]) {
            let figures = [sum.units, sum.answered, sum.affected, sum.clear, sum.zero];
            let figures = figures.iter().chain(&sum.counts).map(ToString::to_string);
            csv_line(&mut out, std::iter::once(sum.place.clone()).chain(figures));
        }
        sums.len() + 1
    };
    csv_line(&mut out, [fill(t.export_end, &[&rows])]);
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"ward-replies-{id}-{}.csv\"", date(&ctx, round)),
        ))
        .body(out)
}

/// `2026-11-20`
fn date(ctx: &Ctx, round: Round) -> String {
    ctx.zone().input(ctx.app.calendar.day_start(round.day)).chars().take(10).collect()
}

async fn back(ctx: &Ctx, id: i64, day: i64, done: Result<(), DeskError>) -> HttpResponse {
    match done {
        Ok(()) => go(&format!("/notices/{id}/replies?day={day}")),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(DeskError::Refused(Refusal::Changed)) => {
            show(ctx, id, Some(ctx.lang.replies().changed.to_owned())).await
        }
        Err(error) => match words::refusal(ctx, &error) {
            Some(words) => show(ctx, id, Some(words)).await,
            None => fault(ctx, &error).await,
        },
    }
}

/// An answer of a unit that telephones.
pub(crate) async fn enter(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let (unit, no, new) = reply::read(&ctx, &asking, &fields).await?;
        ctx.app.desk.cases().reply(asking.by(), *id, &unit, no, new).await
    };
    let done = work.await;
    back(&ctx, *id, fields.number("day"), done).await
}

/// Reminds all who have not answered.
pub(crate) async fn chase(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let day = i32::try_from(fields.number("day")).map_err(|_| Refusal::TimeUnfit)?;
        ctx.app.desk.cases().chase_replies(asking.by(), *id, day, fields.number("seen")).await.map(|_| ())
    };
    let done = work.await;
    back(&ctx, *id, fields.number("day"), done).await
}
