//! What a warning asks for: in words, and as its drafter sets it.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use ward_desk::{
    DeskError, Refusal, Role,
    case::{Every, NoticeDetail, NoticeKind, Replies, ReplyForm, machine::NoticeState},
};
use ward_event::time::MICROS_PER_DAY;

use super::{Asking, act, form::Fields, now};
use crate::{
    context::Ctx,
    text::{self, Lang, fill},
};

/// The panel of a warning's page.
pub(super) struct Panel {
    pub r: &'static text::Replies,
    pub asks: Vec<String>,
    /// How many have answered, once it is out.
    pub answered: String,
    pub may_set: bool,
    /// Only the last day may still move.
    pub only_last: bool,
    pub is_none: bool,
    pub is_daily: bool,
    pub names: String,
    pub hours: u32,
    pub first: String,
    pub last: String,
    pub minute: String,
}

/// In words: how often, and which figures.
pub(super) fn asks(ctx: &Ctx, form: &ReplyForm) -> Vec<String> {
    in_words(ctx, ctx.lang, form)
}

/// The same in a language.
pub(super) fn in_words(ctx: &Ctx, lang: Lang, form: &ReplyForm) -> Vec<String> {
    let r = lang.replies();
    let day = |day| date(ctx, day);
    let when = match form.when {
        Every::Once { hours } => fill(r.asks_once, &[&hours]),
        Every::Daily { first, last, minute } => {
            fill(r.asks_daily, &[&day(first), &day(last), &clock(minute)])
        }
    };
    let counts = fill(r.asks_counts, &[&form.counts.join("、")]);
    std::iter::once(when).chain((!form.counts.is_empty()).then_some(counts)).collect()
}

/// `2026-11-20`
fn date(ctx: &Ctx, day: i32) -> String {
    ctx.zone().input(ctx.app.calendar.day_start(day)).chars().take(10).collect()
}

/// `16:00`
pub(super) fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// What the page of a warning shows; None for another notice.
pub(super) fn panel(ctx: &Ctx, detail: &NoticeDetail, replies: Option<&Replies>) -> Option<Panel> {
    let notice = &detail.notice;
    if notice.of.kind != NoticeKind::Warning {
        return None;
    }
    let r = ctx.lang.replies();
    let cases = ctx.app.desk.cases();
    let rules = cases.rules();
    let form = replies.map(|replies| &replies.form);
    let today = ctx.app.calendar.day(now(ctx));
    let (mut hours, mut period) = (rules.reply_hours, (today, today + 6, rules.reply_minute));
    let is_daily = match form.map(|form| form.when) {
        Some(Every::Once { hours: asked }) => {
            hours = asked;
            false
        }
        Some(Every::Daily { first, last, minute }) => {
            period = (first, last, minute);
            true
        }
        None => false,
    };
    let is_analyst = ctx.role() == Some(Role::Analyst) && ctx.scope.units().is_none();
    let only_last = notice.state == NoticeState::Sent && is_daily;
    let answered = replies.and_then(|replies| {
        let day = replies.current()?.day;
        let all = replies.units.len();
        Some(fill(r.answered_of, &[&(all - replies.missing(day).len()), &all]))
    });
    Some(Panel {
        r,
        asks: form.map_or_else(|| vec![r.asks_nothing.to_owned()], |form| asks(ctx, form)),
        answered: answered.unwrap_or_default(),
        may_set: is_analyst && (notice.state.is_draft() || only_last),
        only_last,
        is_none: form.is_none(),
        is_daily,
        names: form.map_or(&rules.reply_counts, |form| &form.counts).join("\n"),
        hours,
        first: date(ctx, period.0),
        last: date(ctx, period.1),
        minute: clock(period.2),
    })
}

/// The day of a date that was typed.
fn typed_day(ctx: &Ctx, fields: &Fields, name: &str) -> Result<i32, Refusal> {
    let at = ctx.zone().parse_input(&format!("{}T00:00", fields.one(name))).ok_or(Refusal::TimeUnfit)?;
    if at.0.abs() > 100_000 * MICROS_PER_DAY {
        return Err(Refusal::TimeUnfit);
    }
    Ok(ctx.app.calendar.day(at))
}

fn read(ctx: &Ctx, fields: &Fields) -> Result<Option<ReplyForm>, Refusal> {
    let when = match fields.one("often") {
        "none" => return Ok(None),
        "once" => Every::Once { hours: fields.one("hours").parse().map_err(|_| Refusal::TimeUnfit)? },
        _ => {
            let (hour, minute) = fields.one("minute").split_once(':').ok_or(Refusal::TimeUnfit)?;
            let part = |text: &str| text.parse::<u32>().map_err(|_| Refusal::TimeUnfit);
            let (first, last) = (typed_day(ctx, fields, "first")?, typed_day(ctx, fields, "last")?);
            Every::Daily { first, last, minute: part(hour)?.saturating_mul(60).saturating_add(part(minute)?) }
        }
    };
    let names = fields.one("names").lines().map(str::trim).filter(|name| !name.is_empty());
    Ok(Some(ReplyForm { counts: names.map(str::to_owned).collect(), when }))
}

pub(crate) async fn set(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let form = read(&ctx, &fields)?;
        ctx.app.desk.cases().set_reply_form(asking.by(), *id, fields.number("revision"), form).await
    };
    let done: Result<(), DeskError> = work.await;
    act::answer(&ctx, *id, done).await
}
