//! Answering a warning: what a form shows, and what it sends; of the unit itself, or by telephone.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use ward_desk::{
    DeskError, Refusal, Role,
    case::{NewReply, Replies, Reply, ReplyVerdict, Round, UnitRow},
};
use ward_event::UnitId;

use super::{Asking, form::Fields, keep, now, task, words};
use crate::{
    context::Ctx,
    text::{self, fill},
};

/// One form: of a unit and a day.
pub(super) struct ReplyForm {
    pub unit: String,
    pub day: i32,
    /// The answer it corrects; 0 for the first.
    pub no: i64,
    /// Names of fields and of what they count, and what stands in them.
    pub counts: Vec<(String, String, String)>,
    pub affected: bool,
    pub clear: bool,
    pub note: String,
    pub person: String,
    /// Somebody telephones: who, and from where.
    pub by_phone: bool,
}

/// An answer in words.
pub(super) struct ReplyView {
    pub class: &'static str,
    pub verdict: &'static str,
    /// Name and figure.
    pub counts: Vec<(String, u32)>,
    pub note: String,
    pub file: String,
    pub by: String,
    pub late: bool,
}

/// A round as a unit has it.
pub(super) struct ReplyDay {
    pub day: String,
    pub due: String,
    pub left: String,
    pub late: bool,
    pub given: Option<ReplyView>,
    /// Who may answer has a form.
    pub form: Option<ReplyForm>,
}

/// What one unit is asked for.
pub(super) struct ReplyPart {
    pub unit: String,
    pub asks: Vec<String>,
    /// Answering signs for it, too.
    pub signs: bool,
    pub today: ReplyDay,
    /// The round before: its day, and what was said then.
    pub before: Option<(String, Option<ReplyView>)>,
    /// All earlier ones, the newest first.
    pub earlier: Vec<ReplyDay>,
}

pub(super) const fn verdict(r: &text::Replies, verdict: ReplyVerdict) -> &'static str {
    match verdict {
        ReplyVerdict::Affected => r.affected,
        ReplyVerdict::Clear => r.clear,
        ReplyVerdict::Zero => r.zero,
    }
}

pub(super) const fn class(verdict: ReplyVerdict) -> &'static str {
    match verdict {
        ReplyVerdict::Affected => "wrong",
        ReplyVerdict::Clear | ReplyVerdict::Zero => "ok",
    }
}

/// `11-20`
pub(super) fn day(ctx: &Ctx, day: i32) -> String {
    let start = ctx.app.calendar.day_start(day);
    ctx.zone().short(start).chars().take(5).collect()
}

pub(super) fn view(ctx: &Ctx, replies: &Replies, reply: &Reply) -> ReplyView {
    let (r, at) = (ctx.lang.replies(), ctx.zone().short(reply.at));
    ReplyView {
        class: class(reply.verdict),
        verdict: verdict(r, reply.verdict),
        counts: replies.form.counts.iter().cloned().zip(reply.counts.iter().copied()).collect(),
        note: reply.note.clone(),
        file: reply.file.clone().unwrap_or_default(),
        by: if reply.phone.is_empty() {
            fill(r.answered_at, &[&at, &reply.person])
        } else {
            fill(r.answered_phone, &[&format!("{} {}", reply.person, reply.phone), &reply.account])
        },
        late: reply.late,
    }
}

pub(super) fn form(replies: &Replies, unit: &UnitId, day: i32, by_phone: bool) -> ReplyForm {
    let given = replies.of(day, unit);
    let value = |i: usize| given.and_then(|g| g.counts.get(i)).map_or_else(String::new, u32::to_string);
    let names = replies.form.counts.iter().enumerate();
    ReplyForm {
        unit: unit.to_string(),
        day,
        no: given.map_or(0, |g| g.no),
        counts: names.map(|(i, name)| (field(i), name.clone(), value(i))).collect(),
        affected: given.is_some_and(|g| g.verdict == ReplyVerdict::Affected),
        clear: given.is_some_and(|g| g.verdict == ReplyVerdict::Clear),
        note: given.map_or_else(String::new, |g| g.note.clone()),
        person: given.filter(|_| !by_phone).map_or_else(String::new, |g| g.person.clone()),
        by_phone,
    }
}

fn field(i: usize) -> String {
    format!("count{i}")
}

/// What is asked of a unit, once it has begun.
pub(super) fn part(ctx: &Ctx, replies: &Replies, of: &UnitRow, may_answer: bool) -> Option<ReplyPart> {
    let unit = &of.unit;
    if !replies.units.contains(unit) {
        return None;
    }
    let (last, earlier) = replies.rounds.split_last()?;
    let day_of = |round: &Round| {
        let given = replies.of(round.day, unit);
        let (left, late) = if given.is_none() {
            words::left(ctx.lang.cases(), now(ctx), round.due)
        } else {
            (String::new(), false)
        };
        ReplyDay {
            day: day(ctx, round.day),
            due: ctx.zone().short(round.due),
            left,
            late,
            given: given.map(|given| view(ctx, replies, given)),
            form: may_answer.then(|| form(replies, unit, round.day, false)),
        }
    };
    let before = earlier.last();
    Some(ReplyPart {
        unit: unit.to_string(),
        asks: super::reply_form::asks(ctx, &replies.form),
        signs: may_answer && of.signed.is_none(),
        today: day_of(last),
        before: before.map(|round| {
            let given = replies.of(round.day, unit).map(|given| view(ctx, replies, given));
            (fill(ctx.lang.replies().before, &[&day(ctx, round.day)]), given)
        }),
        earlier: earlier.iter().rev().map(day_of).collect(),
    })
}

/// What was sent: the unit, the answer it was made on, and the answer.
pub(super) async fn read(
    ctx: &Ctx,
    asking: &Asking,
    fields: &Fields,
) -> Result<(UnitId, i64, NewReply), DeskError> {
    let unit = UnitId::new(fields.one("unit")).map_err(|_| Refusal::NotThere)?;
    if !ctx.scope.allows(&unit) {
        return Err(Refusal::NotThere.into());
    }
    let verdict = ReplyVerdict::from_name(fields.one("verdict")).ok_or(Refusal::TextUnfit)?;
    let mut counts = Vec::new();
    while fields.has(&field(counts.len())) {
        // Who leaves a figure out has not said that it is nought.
        counts.push(fields.one(&field(counts.len())).parse().map_err(|_| Refusal::TextUnfit)?);
    }
    let file = keep(ctx, asking, fields.files("file")).await?.into_iter().next().map(|(hash, _)| hash);
    let day = i32::try_from(fields.number("day")).map_err(|_| Refusal::TimeUnfit)?;
    let (note, person, phone) = (fields.text("note"), fields.text("person"), fields.text("phone"));
    Ok((unit, fields.number("no"), NewReply { day, verdict, counts, note, file, person, phone }))
}

/// Whether the viewer answers for units that telephone.
pub(super) fn enters(ctx: &Ctx) -> bool {
    matches!(ctx.role(), Some(Role::Analyst | Role::County))
}

/// A unit's own answer.
pub(crate) async fn reply(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let (unit, no, new) = read(&ctx, &asking, &fields).await?;
        ctx.app.desk.cases().reply(asking.by(), *id, &unit, no, new).await
    };
    let done = work.await;
    task::back(&ctx, *id, done).await
}
