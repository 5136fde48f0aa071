//! `/exposure/{id}`: one finding, what happened to it, and what can be said of it.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Form, Path},
};
use askama::Template;
use serde::Deserialize;
use ward_desk::{
    DeskError, Refusal, Role,
    finding::{Acceptance, Event, Finding, FindingState, Happened, Judgement},
};
use ward_event::Micros;
use ward_scan::{Doubt, Tool};

use super::{broken, may, units_of, words};
use crate::{
    context::Ctx,
    pages::{
        cases::draft_from,
        errors,
        frame::{Frame, Nav},
        parts::{Choice, LevelMark, UnitLink, When, unit_link, when},
    },
    text::{Exposure, fill},
};

#[derive(Template)]
#[template(path = "finding.html")]
struct Page {
    p: Frame,
    w: &'static Exposure,
    id: i64,
    mark: LevelMark,
    state: words::StateMark,
    finding: Finding,
    unit: UnitLink,
    port: String,
    kind: &'static str,
    score: String,
    numbers: Vec<String>,
    reopened: String,
    doubt: &'static str,
    accepted: Option<(String, String, String)>,
    first: When,
    last: When,
    tested: When,
    due: String,
    overdue: bool,
    fixed: Option<When>,
    history: Vec<Line>,
    may_judge: bool,
    /// Where a notice is drafted from it.
    draft: Option<(String, &'static str)>,
    verdicts: Vec<Choice>,
    error: Option<&'static str>,
}

struct Line {
    when: When,
    what: &'static str,
    by: String,
    scan: String,
    /// In people's own words.
    detail: String,
    /// In the page's.
    why: String,
}

#[derive(Deserialize)]
pub(crate) struct Accepted {
    control: String,
    owner: String,
    /// A date.
    until: String,
}

#[derive(Deserialize)]
pub(crate) struct Judged {
    verdict: String,
    reason: String,
}

pub(crate) async fn page(ctx: Ctx, id: Path<String>) -> HttpResponse {
    match id.parse() {
        Ok(id) => show(&ctx, id, None).await,
        Err(_) => errors::missing(&ctx).await,
    }
}

async fn show(ctx: &Ctx, id: i64, error: Option<&'static str>) -> HttpResponse {
    let findings = ctx.app.desk.findings();
    let finding = match findings.get(units_of(&ctx.scope).as_ref(), id).await {
        Ok(Some(finding)) => finding,
        Ok(None) => return errors::missing(ctx).await,
        Err(error) => return broken(ctx, &error).await,
    };
    let history = match findings.history(id).await {
        Ok(history) => history,
        Err(error) => return broken(ctx, &error).await,
    };
    ctx.seen_unit(finding.hospital.as_str());
    ctx.seen_object("finding", &id.to_string());
    let w = ctx.lang.exposure();
    let zone = ctx.zone();
    let accepted = finding.accepted_until.filter(|_| finding.is_accepted(ctx.now));
    let page = Page {
        p: Frame::new(ctx, Nav::Exposure, fill(w.one, &[&id])).await,
        w,
        id,
        mark: words::severity(ctx.t(), finding.severity),
        state: words::state(w, &finding, ctx.now),
        unit: unit_link(ctx, finding.hospital.as_str()),
        port: words::port(&finding),
        kind: words::kind(w, finding.kind),
        score: words::score(&finding),
        numbers: finding.cves.iter().chain(&finding.cnvds).chain(&finding.cnnvds).cloned().collect(),
        reopened: if finding.reopened > 0 { fill(w.reopened, &[&finding.reopened]) } else { String::new() },
        doubt: finding.doubt.filter(|_| finding.state.is_open()).map_or("", |d| words::doubt(w, d)),
        accepted: accepted.map(|until| (finding.control.clone(), finding.owner.clone(), zone.full(until))),
        first: when(ctx, finding.first_seen),
        last: when(ctx, finding.last_seen),
        tested: when(ctx, finding.tested_at),
        due: finding.due_at.map_or(w.no_due.to_owned(), |at| zone.full(at)),
        overdue: finding.is_overdue(ctx.now),
        fixed: finding.fixed_at.map(|at| when(ctx, at)),
        history: history.into_iter().map(|h| line(ctx, h)).collect(),
        may_judge: finding.state.is_open() && may(ctx, &[Role::Analyst, Role::Leader, Role::County]),
        draft: draft_from(ctx, "finding", &id.to_string()).filter(|_| finding.state.is_open()),
        verdicts: verdicts(w, &finding, ctx.now),
        error,
        finding,
    };
    ctx.html(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

fn verdicts(w: &'static Exposure, finding: &Finding, now: Micros) -> Vec<Choice> {
    let fits = |judgement: &Judgement| match judgement {
        Judgement::Confirmed => finding.state == FindingState::Suspected,
        Judgement::AcceptanceEnded => finding.is_accepted(now),
        Judgement::FixedByProof | Judgement::NotAffected => true,
    };
    let choice = |judgement: Judgement| Choice {
        value: judgement.as_str().to_owned(),
        word: words::judgement(w, judgement).to_owned(),
        chosen: false,
    };
    Judgement::ALL.into_iter().filter(fits).map(choice).collect()
}

fn line(ctx: &Ctx, happened: Happened) -> Line {
    let w = ctx.lang.exposure();
    let (mut detail, mut why) = (happened.detail, String::new());
    match happened.what {
        Event::CannotTell => {
            why = Doubt::from_name(&detail).map_or(String::new(), |d| words::doubt(w, d).to_owned());
            detail = String::new();
        }
        Event::Accepted => {
            let parts: Vec<&str> = detail.splitn(3, '\n').collect();
            if let [control, owner, until] = parts.as_slice() {
                let until = until
                    .parse::<jiff::Timestamp>()
                    .map_or((*until).to_owned(), |t| ctx.zone().full(Micros(t.as_microsecond())));
                detail = fill(w.accepted_by, &[control, owner, &until]);
            }
        }
        _ => {}
    }
    let scan = happened.scan.map_or(String::new(), |(id, tool, file)| {
        let tool = Tool::from_name(&tool).map_or("", |t| words::tool(w, t));
        format!("{} {file}", fill(w.from_scan, &[&id, &tool]))
    });
    Line {
        when: when(ctx, happened.at),
        what: words::event(w, happened.what),
        by: happened.by,
        scan,
        detail,
        why,
    }
}

/// `POST /exposure/{id}/accept`
pub(crate) async fn accept(ctx: Ctx, id: Path<String>, Form(form): Form<Accepted>) -> HttpResponse {
    let (Some(by), Ok(id)) = (ctx.viewer(), id.parse()) else { return errors::missing(&ctx).await };
    // To the end of that day.
    let until = ctx.zone().parse_input(&format!("{}T23:59:59", form.until.trim()));
    let Some(until) = until else { return show(&ctx, id, Some(ctx.lang.exposure().refused_end)).await };
    let acceptance = Acceptance { control: form.control, owner: form.owner, until };
    let done = ctx.app.desk.findings().accept(by, ctx.address(), id, &acceptance, &ctx.register).await;
    after(&ctx, id, done).await
}

/// `POST /exposure/{id}/judge`
pub(crate) async fn judge(ctx: Ctx, id: Path<String>, Form(form): Form<Judged>) -> HttpResponse {
    let (Some(by), Ok(id)) = (ctx.viewer(), id.parse()) else { return errors::missing(&ctx).await };
    let Some(verdict) = Judgement::from_name(&form.verdict) else { return errors::missing(&ctx).await };
    let findings = ctx.app.desk.findings();
    let verdict = (verdict, form.reason.as_str());
    let done = findings.judge(by, ctx.address(), id, verdict, &ctx.register).await;
    after(&ctx, id, done).await
}

async fn after(ctx: &Ctx, id: i64, done: Result<(), DeskError>) -> HttpResponse {
    match done {
        Ok(()) => {
            HttpResponse::SeeOther().insert_header((header::LOCATION, format!("/exposure/{id}"))).finish()
        }
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match words::refusal(ctx.lang.exposure(), &error) {
            Some(words) => show(ctx, id, Some(words)).await,
            None => broken(ctx, &error).await,
        },
    }
}
