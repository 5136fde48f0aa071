//! One report: on screen and as files, its words, and its steps.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Path},
};
use askama::{Template, filters::Safe};
use ward_desk::{
    DeskError, Refusal, Role,
    case::machine::{Actor, may},
    delivery::{DeliveryState, LinkKind},
    report::{PAPER, PaperAct, PaperState, PaperStep},
};
use ward_report::weekly;

use super::{
    act_word, is_commission, readable, state_class, state_word,
    words::{Form, refused},
};
use crate::{
    access::Refused,
    context::Ctx,
    pages::{
        cases::{Asking, Fields, go, refusal},
        errors,
        frame::{Frame, Nav},
    },
    report::Made,
    text::{Lang, fill, reports::Reports},
};

#[derive(Template)]
#[template(path = "report.html")]
struct One {
    p: Frame,
    r: &'static Reports,
    id: i64,
    hash: String,
    error: Option<String>,
    /// A later version is out in its place.
    replaced_by: Option<i64>,
    /// For those who answer for it.
    desk: Option<DeskView>,
    /// Escaped by the report's own template.
    body: Safe<String>,
}

/// What the commission sees beside the report.
struct DeskView {
    class: &'static str,
    state: &'static str,
    version: String,
    revision: i64,
    replaces: Option<(i64, String)>,
    /// Its words, while they may be edited.
    form: Option<Form>,
    /// What somebody has typed and what was not taken, because another was faster.
    lost: Option<Form>,
    /// Name, word and class of each button.
    acts: Vec<(&'static str, &'static str, &'static str)>,
    /// Another has to do the next step.
    by_another: bool,
    may_correct: bool,
    steps: Vec<StepLine>,
    sent: String,
}

struct StepLine {
    at: String,
    what: &'static str,
    person: String,
    opinion: String,
    words: Option<Form>,
}

async fn find(ctx: &Ctx, id: i64) -> Option<Made> {
    let kept = ctx.app.desk.reports().one(&readable(ctx), id).await;
    let kept = kept.inspect_err(|error| tracing::error!(%error, "a report cannot be read")).ok()??;
    if let Some(unit) = &kept.row.hospital {
        ctx.seen_unit(unit.as_str());
    }
    let made = ctx.app.newsroom.read(kept);
    made.inspect_err(|error| tracing::error!(%error, "a report cannot be read")).ok()
}

pub(crate) async fn one(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    show(&ctx, *id, None, None).await
}

/// The page; with why something was refused, and the words that were typed.
async fn show(ctx: &Ctx, id: i64, error: Option<String>, typed: Option<(Form, bool)>) -> HttpResponse {
    let Some(made) = find(ctx, id).await else { return errors::missing(ctx).await };
    let Ok(body) = weekly::fragment(&made.printed) else {
        return errors::refused(ctx, Refused::Fault).await;
    };
    let desk = if is_commission(ctx) {
        match desk_view(ctx, &made, typed).await {
            Ok(view) => Some(view),
            Err(error) => {
                tracing::error!(%error, "a report's steps cannot be read");
                return errors::refused(ctx, Refused::Fault).await;
            }
        }
    } else {
        None
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    // The report's own title is in Chinese.
    let title = match ctx.lang {
        Lang::Zh => made.model.head.title.clone(),
        Lang::En => format!("{} {id}", ctx.t().nav_reports),
    };
    let page = One {
        p: Frame::new(ctx, Nav::Reports, title).await,
        r: ctx.lang.reports(),
        id,
        hash: made.kept.row.model_hash.clone(),
        error,
        replaced_by: made.kept.row.paper.replaced_by,
        desk,
        body: Safe(body),
    };
    ctx.html(status, &page)
}

async fn desk_view(ctx: &Ctx, made: &Made, typed: Option<(Form, bool)>) -> Result<DeskView, DeskError> {
    let (r, reports, row) = (ctx.lang.reports(), ctx.app.desk.reports(), &made.kept.row);
    let paper = &row.paper;
    let newest = reports.newest(&row.kind, &row.period, &row.edition).await?;
    let is_newest = newest.is_some_and(|n| n.row.id == row.id);
    let viewer = ctx.viewer();
    let (account, role) = (viewer.and_then(|v| v.account), ctx.role());
    let (mut same, mut deputy) = (false, false);
    if let (Some(account), Some(role)) = (account, role) {
        same = reports.has_written(account, row.id).await?;
        deputy = reports.is_deputy(account, role).await?;
    }
    let actor = |same, deputy| Actor { role, deputy, scan: false, same };
    let can =
        |act, same| is_newest && may(PAPER, paper.state, act, &actor(same, deputy && act == PaperAct::Sign));
    let acts = PaperAct::ALL.into_iter().filter(|act| can(*act, same));
    let is_analyst = role == Some(Role::Analyst) && is_newest;
    let (form, lost) = match (is_analyst && paper.state == PaperState::Drafting, typed) {
        (true, Some((typed, true))) => (Some(typed), None),
        (true, Some((typed, false))) => (Some(current(made)), Some(typed)),
        (true, None) => (Some(current(made)), None),
        (false, typed) => (None, typed.map(|(typed, _)| typed)),
    };
    let sent = ctx.app.desk.deliveries().of(&None, LinkKind::Report, row.id).await?;
    let arrived = sent.iter().filter(|(one, _)| one.state == DeliveryState::Sent).count();
    let steps = reports.steps(&readable(ctx), row.id).await?;
    Ok(DeskView {
        class: state_class(paper.state),
        state: state_word(r, paper.state),
        version: fill(r.version, &[&row.version]),
        revision: paper.revision,
        replaces: paper.replaces.as_ref().map(|old| (old.id, fill(r.replaces, &[&old.version, &old.reason]))),
        form,
        lost,
        acts: acts
            .map(|act| {
                let class = if act == PaperAct::Return { "button" } else { "button primary" };
                (act.as_str(), act_word(r, act), class)
            })
            .collect(),
        by_another: same && [PaperAct::Check, PaperAct::Sign].into_iter().any(|act| can(act, false)),
        may_correct: is_analyst && paper.state == PaperState::Published,
        steps: steps.iter().rev().map(|step| step_line(ctx, step)).collect(),
        sent: if sent.is_empty() { String::new() } else { fill(r.sent_count, &[&sent.len(), &arrived]) },
    })
}

/// The words as they are printed now.
fn current(made: &Made) -> Form {
    let words = serde_json::from_str(&made.kept.row.paper.words);
    Form::of(&words.unwrap_or_else(|_| made.model.words()))
}

fn step_line(ctx: &Ctx, step: &PaperStep) -> StepLine {
    let r = ctx.lang.reports();
    let what = match step.act.as_str() {
        "edit" => r.act_edit,
        "correct" => r.act_correct,
        name => PaperAct::from_name(name).map_or("", |act| act_word(r, act)),
    };
    let person = match step.stands_for.as_str() {
        "" => step.person.clone(),
        leader => fill(r.in_place_of, &[&step.person, &leader]),
    };
    let words = serde_json::from_str(&step.words).ok().map(|words| Form::of(&words));
    StepLine { at: ctx.zone().full(step.at), what, person, opinion: step.opinion.clone(), words }
}

pub(crate) async fn file(ctx: Ctx, path: Path<(i64, String)>) -> HttpResponse {
    let (id, file) = path.into_inner();
    let Some(made) = find(&ctx, id).await else { return errors::missing(&ctx).await };
    let name = made.model.file_name();
    let (kind, bytes) = match file.as_str() {
        "pdf" => match ctx.app.newsroom.pdf(made.printed).await {
            Ok(bytes) => ("application/pdf", bytes),
            Err(error) => {
                tracing::error!(%error, "a report cannot be set in type");
                let r = ctx.lang.reports();
                let status = StatusCode::NOT_IMPLEMENTED;
                return errors::told(&ctx, status, r.pdf_failed, r.pdf_failed_why).await;
            }
        },
        "docx" => match weekly::docx(&made.printed) {
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

/// Other words: checked against the report's figures, then kept.
pub(crate) async fn edit(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let form = Form::read(&fields);
    let Some(made) = find(&ctx, *id).await else { return errors::missing(&ctx).await };
    let words = match made.model.accept(&form.words()) {
        Ok(words) => words.unwrap_or_default(),
        Err(error) => {
            let why = refused(ctx.lang.reports(), &error);
            return show(&ctx, *id, Some(why), Some((form, true))).await;
        }
    };
    let work = async {
        let asking = Asking::of(&ctx)?;
        ctx.app.desk.reports().edit(asking.by(), *id, fields.number("revision"), words).await
    };
    let done: Result<(), DeskError> = work.await;
    answer(&ctx, *id, done.map(|()| *id), Some(form)).await
}

pub(crate) async fn step(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let act = PaperAct::from_name(fields.one("act")).ok_or(Refusal::WrongState)?;
        let (of, whole) = ((*id, fields.number("revision")), !fields.one("whole").is_empty());
        ctx.app.desk.reports().step(asking.by(), of, act, fields.one("opinion"), whole).await
    };
    let done: Result<usize, DeskError> = work.await;
    answer(&ctx, *id, done.map(|_| *id), None).await
}

pub(crate) async fn correct(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let (revision, reason) = (fields.number("revision"), fields.one("reason"));
        ctx.app.desk.reports().correct(asking.by(), *id, revision, reason).await
    };
    let done: Result<i64, DeskError> = work.await;
    answer(&ctx, *id, done, None).await
}

async fn answer(ctx: &Ctx, id: i64, done: Result<i64, DeskError>, typed: Option<Form>) -> HttpResponse {
    match done {
        Ok(to) => go(&format!("/reports/{to}")),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match refusal(ctx, &error) {
            // What another wrote stands in the form; what was typed stands below it and is not lost.
            Some(words) => show(ctx, id, Some(words), typed.map(|form| (form, false))).await,
            None => errors::refused(ctx, Refused::Fault).await,
        },
    }
}
