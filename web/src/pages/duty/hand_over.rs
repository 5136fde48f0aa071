//! `/duty/{id}`: what one shift leaves to the next: drafted of what is open, written, accepted.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{DeskError, Refusal, duty::Shift};

use super::{draft, fault, refusal, viewer};
use crate::{
    context::Ctx,
    pages::{
        cases::{Fields, go, now},
        errors,
        frame::{Frame, Nav},
    },
    text::{Duty, fill},
};

#[derive(Template)]
#[template(path = "hand_over.html")]
struct Page {
    p: Frame,
    w: &'static Duty,
    error: Option<String>,
    id: i64,
    heading: String,
    people: [(&'static str, String); 3],
    written: Option<Written>,
    /// The text of the form, for who may write.
    writes: Option<String>,
    /// The version that this viewer may accept.
    accepts: Option<i64>,
    /// Who may, in words.
    next: String,
}

struct Written {
    line: String,
    text: String,
    accepted: Option<(String, String)>,
}

pub(crate) async fn page(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    show(&ctx, *id, None, None).await
}

/// With the text that was refused, where one was.
async fn show(ctx: &Ctx, id: i64, error: Option<String>, given: Option<String>) -> HttpResponse {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match build(ctx, id, error, given).await {
        Ok(Some(page)) => ctx.html(status, &page),
        Ok(None) => errors::missing(ctx).await,
        Err(error) => fault(ctx, &error).await,
    }
}

async fn build(
    ctx: &Ctx,
    id: i64,
    error: Option<String>,
    given: Option<String>,
) -> Result<Option<Page>, DeskError> {
    let duty = ctx.app.desk.duty();
    let Some(shift) = duty.shift(id).await? else { return Ok(None) };
    let (w, zone) = (ctx.lang.duty(), ctx.zone());
    let (handed, following) = (duty.hand_over(id).await?, duty.following(&shift).await?);
    let me = ctx.viewer().filter(|v| v.may_write).and_then(|v| v.account);
    let works = |shift: &Shift| me.is_some_and(|me| shift.crew.works(me));
    let is_accepted = handed.as_ref().is_some_and(|h| h.accepted.is_some());
    let writes = works(&shift) && shift.starts_at <= now(ctx) && !is_accepted;
    // What was written stays in the form, until a new draft is asked for.
    let fresh = ctx.param("draft").is_some();
    let text = match (given, &handed) {
        _ if !writes => None,
        (Some(given), _) => Some(given),
        (None, Some(handed)) if !fresh => Some(handed.text.clone()),
        _ => Some(draft::draft(ctx, &shift).await?),
    };
    let may_accept = following.as_ref().is_some_and(works);
    let accepts = handed.as_ref().filter(|h| may_accept && !is_accepted && Some(h.written_by) != me);
    let name = fill(w.hand_over_of, &[&zone.short(shift.starts_at), &zone.short(shift.ends_at)]);
    Ok(Some(Page {
        p: Frame::new(ctx, Nav::Duty, name.clone()).await,
        w,
        error,
        id,
        heading: name,
        people: [
            (w.leader, shift.leader.clone()),
            (w.main, shift.main.clone()),
            (w.deputy, shift.deputy.clone()),
        ],
        writes: text,
        accepts: accepts.map(|h| h.version),
        next: match &following {
            Some(next) => fill(w.accept_by, &[&next.main, &next.deputy]),
            None => w.accept_nobody.to_owned(),
        },
        written: handed.map(|h| Written {
            line: fill(w.written, &[&h.version, &h.writer, &zone.full(h.written_at)]),
            accepted: h.accepted.map(|a| (fill(w.accepted, &[&a.name, &zone.full(a.at)]), a.remarks)),
            text: h.text,
        }),
    }))
}

pub(crate) async fn write(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    // Browsers send line ends as CR LF.
    let text = fields.one("text").replace("\r\n", "\n");
    let work =
        async { ctx.app.desk.duty().write(viewer(&ctx)?, ctx.address(), *id, &text).await.map(|_| ()) };
    let done = work.await;
    back(&ctx, *id, done, Some(text)).await
}

pub(crate) async fn accept(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let (version, remarks) = (fields.number("version"), fields.one("remarks"));
    let work =
        async { ctx.app.desk.duty().accept(viewer(&ctx)?, ctx.address(), *id, version, remarks).await };
    let done = work.await;
    back(&ctx, *id, done, None).await
}

async fn back(ctx: &Ctx, id: i64, done: Result<(), DeskError>, given: Option<String>) -> HttpResponse {
    match done {
        Ok(()) => go(&format!("/duty/{id}")),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match refusal(ctx, &error) {
            Some(words) => show(ctx, id, Some(words.to_owned()), given).await,
            None => fault(ctx, &error).await,
        },
    }
}
