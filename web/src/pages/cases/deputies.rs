//! `/deputies`: who signs while a leader is away (A/B 角).

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{AccountId, DeskError, Refusal, Role, case::NewDeputy};

use super::{Asking, Choice, choice, fault, form::Fields, go, now, words};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
    },
    text::Cases,
};

#[derive(Template)]
#[template(path = "deputies.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    error: Option<String>,
    lines: Vec<Line>,
    may_name: bool,
    people: Vec<Choice>,
    from: String,
}

struct Line {
    id: i64,
    leader: String,
    deputy: String,
    from: String,
    until: String,
    mine: bool,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    show(&ctx, None).await
}

async fn show(ctx: &Ctx, error: Option<String>) -> HttpResponse {
    let desk = &ctx.app.desk;
    let cases = desk.cases();
    let accounts = desk.accounts();
    let (deputies, accounts) = match tokio::join!(cases.deputies(), accounts.list()) {
        (Ok(deputies), Ok(accounts)) => (deputies, accounts),
        (Err(error), _) | (_, Err(error)) => return fault(ctx, &error).await,
    };
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let me = ctx.asker.as_ref().map_or("", |a| a.display_name.as_str());
    let is_leader = ctx.role() == Some(Role::Leader);
    let page = Page {
        p: Frame::new(ctx, Nav::Notices, w.deputies).await,
        w,
        lines: deputies
            .iter()
            .map(|d| Line {
                id: d.id,
                leader: d.leader.clone(),
                deputy: d.deputy.clone(),
                from: zone.short(d.from),
                until: zone.short(d.until),
                mine: is_leader && d.leader == me,
            })
            .collect(),
        may_name: is_leader,
        people: accounts
            .iter()
            .filter(|a| is_leader && a.role == Role::Analyst && a.disabled_at.is_none())
            .map(|a| choice(&a.id.0.to_string(), a.display_name.clone(), false))
            .collect(),
        from: zone.input(now(ctx)),
        error,
    };
    let status = if page.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    ctx.html(status, &page)
}

async fn back(ctx: &Ctx, done: Result<(), DeskError>) -> HttpResponse {
    match done {
        Ok(()) => go("/deputies"),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match words::refusal(ctx, &error) {
            Some(words) => show(ctx, Some(words)).await,
            None => fault(ctx, &error).await,
        },
    }
}

pub(crate) async fn name(ctx: Ctx, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let time = |name: &str| fields.time(&ctx, name).ok_or(Refusal::TimeUnfit);
        let deputy = AccountId(fields.number("deputy"));
        let new = NewDeputy { deputy, from: time("from")?, until: time("until")? };
        ctx.app.desk.cases().name_deputy(asking.by(), new).await.map(|_| ())
    };
    let done = work.await;
    back(&ctx, done).await
}

pub(crate) async fn end(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let work = async { ctx.app.desk.cases().end_deputy(Asking::of(&ctx)?.by(), *id).await };
    let done = work.await;
    back(&ctx, done).await
}
