//! `/tasks`: what a unit owes by when; `/tasks/{id}`: signs, answers, disputes, asks for more time.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{
    DeskError, Refusal, Role,
    case::{
        Answer, Dispute, DisputeKind, NoticeDetail, OnBehalf, Problem, Receipt, TaskLine,
        machine::{Actor, NoticeState, ROW, RowAct, RowState, may},
    },
};
use ward_event::UnitId;

use super::{
    Asking, Choice, choice,
    claims::{CheckView, check, waits},
    download::{PaperLink, of_unit},
    fault,
    form::Fields,
    go,
    hand_in::sheets,
    keep,
    list::missing,
    now,
    one::{HistoryLine, history, is_answerable, page_title},
    reply::{self, ReplyPart},
    words,
};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::{LevelMark, level_mark, unit_name},
    },
    text::{self, Cases, fill},
};

/// One problem with all that is known of it and what may be done.
pub(super) struct Card {
    pub id: i64,
    pub revision: i64,
    pub no: i64,
    pub unit: String,
    pub level: LevelMark,
    pub kind: &'static str,
    pub title: String,
    pub system: String,
    pub address: String,
    pub evidence: String,
    pub demand: String,
    pub class: &'static str,
    pub state: &'static str,
    pub due: String,
    pub left: String,
    pub late: bool,
    pub returned: String,
    pub cause: String,
    pub measures: String,
    pub claimed: String,
    pub verdict: String,
    pub proof: Vec<(String, String)>,
    pub extensions: Vec<String>,
    /// An extension waits for a decision.
    pub asks: bool,
    pub disputes: Vec<String>,
    pub checks: Vec<CheckView>,
    /// What its check waits for.
    pub waits: String,
    /// What the commission may do: name and word.
    pub decisions: Vec<(&'static str, &'static str)>,
    /// Something is to be decided, but by another person.
    pub by_another: bool,
    pub accepts: bool,
    /// The unit may answer.
    pub answers: bool,
    /// Its answer may be entered by the scan.
    pub enters: bool,
    /// By one of these that were handed in, or by one that is uploaded.
    pub sheets: Vec<Choice>,
    pub may_drop: bool,
}

const DECISIONS: [RowAct; 10] = [
    RowAct::NoMachine,
    RowAct::ProofGood,
    RowAct::ProofBad,
    RowAct::NotTheirs,
    RowAct::FalseAlarm,
    RowAct::Accept,
    RowAct::Uphold,
    RowAct::Return,
    RowAct::Close,
    RowAct::Reopen,
];

const fn decision(w: &Cases, act: RowAct) -> &'static str {
    match act {
        RowAct::NoMachine => w.decision_no_machine,
        RowAct::ProofGood => w.decision_proof_good,
        RowAct::ProofBad => w.decision_proof_bad,
        RowAct::NotTheirs => w.decision_not_theirs,
        RowAct::FalseAlarm => w.decision_false_alarm,
        RowAct::Accept => w.decision_accept,
        RowAct::Uphold => w.decision_uphold,
        RowAct::Return => w.decision_return,
        RowAct::Close => w.decision_close,
        _ => w.decision_reopen,
    }
}

pub(super) fn card(ctx: &Ctx, detail: &NoticeDetail, row: &Problem, judge: Option<&Actor>) -> Card {
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let out = detail.notice.state.is_out();
    let due = row.due.filter(|_| row.state.is_owed());
    let (left, late) = due.map_or((String::new(), false), |due| words::left(w, now(ctx), due));
    let decisions: Vec<_> = DECISIONS
        .iter()
        .filter(|act| out && judge.is_some_and(|judge| may(ROW, row.state, **act, judge)))
        .map(|act| (act.as_str(), decision(w, *act)))
        .collect();
    let extensions = detail.extensions.get(&row.id).map_or(&[][..], Vec::as_slice);
    let disputes = detail.disputes.get(&row.id).map_or(&[][..], Vec::as_slice);
    let checks = detail.checks.get(&row.id).map_or(&[][..], Vec::as_slice);
    let enters = row.state == RowState::Signed
        && detail.notice.state == NoticeState::Sent
        && matches!(ctx.role(), Some(Role::Analyst | Role::County));
    Card {
        id: row.id,
        revision: row.revision,
        no: row.no,
        unit: unit_name(ctx.t(), ctx.lang, &ctx.register, row.of.unit.as_str()),
        level: level_mark(ctx.t(), row.of.level.name()),
        kind: words::problem(w, row.of.kind),
        title: row.of.title.clone(),
        system: row.of.system.clone(),
        address: row.of.address.clone(),
        evidence: row.of.evidence.clone(),
        demand: row.of.demand.clone(),
        class: words::row_class(row.state, late),
        state: words::row(w, row.state),
        due: row.due.map_or_else(String::new, |due| zone.short(due)),
        left,
        late,
        returned: if row.returned > 0 { fill(w.returned, &[&row.returned]) } else { String::new() },
        cause: row.cause.clone(),
        measures: row.measures.clone(),
        claimed: row.claimed.map_or_else(String::new, |at| zone.short(at)),
        // A check's reason stands with the check.
        verdict: if checks.last().is_some_and(|k| k.reason == row.verdict) {
            String::new()
        } else {
            row.verdict.clone()
        },
        proof: detail.proof.get(&row.id).map_or_else(Vec::new, |all| {
            let name = |p: &ward_desk::case::Proof| {
                if p.name.is_empty() { w.scan.to_owned() } else { p.name.clone() }
            };
            all.iter().map(|p| (p.hash.clone(), name(p))).collect()
        }),
        extensions: extensions
            .iter()
            .map(|e| {
                let state = match e.granted {
                    None => w.extension_waits,
                    Some(true) => w.extension_granted,
                    Some(false) => w.extension_refused,
                };
                let asks = fill(w.extension_asks, &[&zone.short(e.until)]);
                format!("{asks} · {} · {} · {state} {} {}", e.asked_by, e.reason, e.decided_by, e.opinion)
            })
            .collect(),
        asks: judge.is_some() && extensions.iter().any(|e| e.decided_at.is_none()),
        disputes: disputes
            .iter()
            .map(|d| format!("{} · {} {} · {}", words::dispute(w, d.kind), d.by, zone.short(d.at), d.reason))
            .collect(),
        checks: checks.iter().map(|k| check(ctx, k)).collect(),
        waits: waits(ctx, row),
        by_another: out
            && judge.is_some_and(|j| j.same)
            && matches!(row.state, RowState::ByHand | RowState::Disputed),
        accepts: decisions.iter().any(|(act, _)| *act == "accept"),
        decisions,
        answers: is_answerable(row.state) && detail.notice.state == NoticeState::Sent,
        sheets: if enters { sheets(ctx, detail, &row.of.unit) } else { Vec::new() },
        enters,
        may_drop: detail.notice.state.is_draft() && ctx.role() == Some(Role::Analyst),
    }
}

#[derive(Template)]
#[template(path = "tasks.html")]
struct ListPage {
    p: Frame,
    w: &'static Cases,
    missing: Vec<String>,
    lines: Vec<TaskRow>,
    many: bool,
}

/// A notice as its addressee sees it in a list.
pub(in crate::pages) struct TaskRow {
    pub href: String,
    pub title: String,
    pub number: String,
    pub unit: String,
    pub class: &'static str,
    pub what: String,
    pub due: String,
    pub left: String,
    pub late: bool,
    pub sent: String,
    /// Something is owed.
    pub open: bool,
}

pub(crate) async fn list(ctx: Ctx) -> HttpResponse {
    let units = ctx.scope.units();
    let lines = match ctx.app.desk.cases().tasks(&units).await {
        Ok(lines) => lines,
        Err(error) => return fault(&ctx, &error).await,
    };
    let w = ctx.lang.cases();
    let lines = lines.iter().map(|line| task_row(&ctx, line)).collect();
    let page = ListPage {
        p: Frame::new(&ctx, Nav::Tasks, ctx.t().nav_tasks).await,
        w,
        missing: missing(&ctx),
        lines,
        many: units.as_ref().is_none_or(|units| units.len() > 1),
    };
    ctx.html(StatusCode::OK, &page)
}

pub(in crate::pages) fn task_row(ctx: &Ctx, line: &TaskLine) -> TaskRow {
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let next = line.next();
    let open = next.is_some();
    let (left, late) = next.map_or((String::new(), false), |d| words::left(w, now(ctx), d));
    let what = match line {
        l if l.withdrawn => w.notice_withdrawn.to_owned(),
        l if l.reply.is_some() => ctx.lang.replies().owed.to_owned(),
        l if l.signed.is_none() => w.task_sign_first.to_owned(),
        l if l.owed > 0 => fill(w.task_owed, &[&l.owed]),
        l if l.waiting > 0 => fill(w.task_waiting, &[&l.waiting]),
        _ => w.task_done.to_owned(),
    };
    let done = !open && line.signed.is_some() && line.waiting == 0;
    TaskRow {
        href: format!("/tasks/{}", line.notice),
        title: line.title.clone(),
        number: line.number.clone(),
        unit: unit_name(ctx.t(), ctx.lang, &ctx.register, line.unit.as_str()),
        class: match (late, line.withdrawn, done) {
            (true, ..) => "wrong",
            (_, true, _) => "unknown",
            (.., true) => "ok",
            _ => "partial",
        },
        what,
        due: next.or(line.due).map_or_else(String::new, |at| zone.short(at)),
        left,
        late,
        sent: zone.short(line.sent),
        open,
    }
}

#[derive(Template)]
#[template(path = "task.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    error: Option<String>,
    id: i64,
    r: &'static text::Replies,
    title: String,
    number: String,
    kind: &'static str,
    sent: String,
    cause: String,
    basis: String,
    demand: String,
    contact: String,
    phone: String,
    sealed: String,
    parts: Vec<Part>,
    corrections: Vec<String>,
    disputes: Vec<Choice>,
    history: Vec<HistoryLine>,
}

/// What one unit has to do.
struct Part {
    unit: String,
    name: String,
    revision: i64,
    signed: String,
    reply: Option<ReplyPart>,
    may_sign: bool,
    may_pass: bool,
    passed: String,
    withdrawn: bool,
    is_officer: bool,
    rungs: Vec<(&'static str, String)>,
    cards: Vec<Card>,
    papers: Vec<PaperLink>,
}

pub(crate) async fn page(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    show(&ctx, *id, None).await
}

async fn show(ctx: &Ctx, id: i64, error: Option<String>) -> HttpResponse {
    let cases = ctx.app.desk.cases();
    let units = ctx.scope.units();
    let (detail, replies) = match tokio::try_join!(cases.notice(&units, id), cases.replies(&units, id)) {
        Ok((Some(detail), replies)) if detail.notice.state.is_out() => (detail, replies),
        Ok(_) => return errors::missing(ctx).await,
        Err(error) => return fault(ctx, &error).await,
    };
    ctx.seen_object("notice", &id.to_string());
    if let Ok(asking) = Asking::of(ctx) {
        for part in &detail.units {
            if let Err(error) = cases.opened(asking.by(), id, &part.unit).await {
                return fault(ctx, &error).await;
            }
        }
    }
    let (w, zone, notice) = (ctx.lang.cases(), ctx.zone(), &detail.notice);
    let is_officer = ctx.role() == Some(Role::Officer);
    let is_open = matches!(notice.state, NoticeState::Sent | NoticeState::Closed);
    let part = |u: &ward_desk::case::UnitRow| Part {
        unit: u.unit.to_string(),
        name: unit_name(ctx.t(), ctx.lang, &ctx.register, u.unit.as_str()),
        revision: u.revision,
        signed: u.signed.map_or_else(String::new, |at| fill(w.signed_line, &[&u.signed_by, &zone.full(at)])),
        reply: replies.as_ref().and_then(|replies| reply::part(ctx, replies, u, is_officer && is_open)),
        may_sign: is_officer
            && notice.state == NoticeState::Sent
            && u.signed.is_none()
            && u.withdrawn.is_none(),
        may_pass: ctx.role() == Some(Role::County) && u.passed.is_none() && u.withdrawn.is_none(),
        passed: u.passed.map_or_else(String::new, |at| fill(w.from_county, &[&u.passed_by, &zone.short(at)])),
        withdrawn: u.withdrawn.is_some(),
        papers: of_unit(ctx, &detail, u),
        is_officer,
        rungs: detail
            .rungs
            .iter()
            .filter(|r| r.unit == u.unit)
            .map(|r| (words::rung(w, r.rung), r.done.map_or_else(String::new, |at| zone.short(at))))
            .collect(),
        cards: detail
            .rows
            .iter()
            .filter(|r| r.of.unit == u.unit)
            .map(|r| card(ctx, &detail, r, None))
            .collect(),
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page {
        p: Frame::new(ctx, Nav::Tasks, page_title(ctx, &detail)).await,
        w,
        error,
        id,
        r: ctx.lang.replies(),
        title: notice.of.title.clone(),
        number: notice.number.as_ref().map(ToString::to_string).unwrap_or_default(),
        kind: words::kind(w, notice.of.kind),
        sent: notice.sent_at.map_or_else(String::new, |at| zone.full(at)),
        cause: notice.of.cause.clone(),
        basis: notice.of.basis.clone(),
        demand: notice.of.demand.clone(),
        contact: notice.of.contact.clone(),
        phone: notice.of.phone.clone(),
        sealed: notice.sealed.clone().unwrap_or_default(),
        parts: detail.units.iter().map(part).collect(),
        corrections: detail
            .corrections
            .iter()
            .map(|k| format!("{} {} {}", words::correction(w, k.of.kind), k.of.number, k.of.text))
            .collect(),
        disputes: DisputeKind::ALL
            .iter()
            .map(|k| choice(k.as_str(), words::dispute(w, *k), *k == DisputeKind::NotOurs))
            .collect(),
        history: history(ctx, &detail),
    };
    ctx.html(status, &page)
}

pub(super) async fn back(ctx: &Ctx, id: i64, done: Result<(), DeskError>) -> HttpResponse {
    match done {
        Ok(()) => go(&format!("/tasks/{id}")),
        Err(DeskError::Refused(Refusal::NotThere)) => errors::missing(ctx).await,
        Err(error) => match words::refusal(ctx, &error) {
            Some(words) => show(ctx, id, Some(words)).await,
            None => fault(ctx, &error).await,
        },
    }
}

pub(crate) async fn sign(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let unit = UnitId::new(fields.one("unit")).map_err(|_| Refusal::NotThere)?;
        let on_behalf = OnBehalf::default();
        let receipt = Receipt { person: fields.text("person"), post: fields.text("post"), on_behalf };
        ctx.app.desk.cases().sign(asking.by(), *id, &unit, fields.number("revision"), receipt).await
    };
    let done = work.await;
    back(&ctx, *id, done).await
}

pub(crate) async fn pass(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let unit = UnitId::new(fields.one("unit")).map_err(|_| Refusal::NotThere)?;
        ctx.app.desk.cases().pass_on(asking.by(), *id, &unit, fields.number("revision")).await
    };
    let done = work.await;
    back(&ctx, *id, done).await
}

pub(crate) async fn answer(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let proof = keep(&ctx, &asking, fields.files("proof")).await?;
        let answer = Answer {
            cause: fields.text("cause"),
            measures: fields.text("measures"),
            proof,
            on_behalf: OnBehalf::default(),
        };
        ctx.app.desk.cases().claim(asking.by(), fields.number("row"), fields.number("revision"), answer).await
    };
    let done = work.await;
    back(&ctx, *id, done).await
}

pub(crate) async fn dispute(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let kind = DisputeKind::from_name(fields.one("kind")).ok_or(Refusal::TextUnfit)?;
        let dispute = Dispute { kind, reason: fields.text("reason"), on_behalf: OnBehalf::default() };
        ctx.app
            .desk
            .cases()
            .dispute(asking.by(), fields.number("row"), fields.number("revision"), dispute)
            .await
    };
    let done = work.await;
    back(&ctx, *id, done).await
}

pub(crate) async fn extend(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let work = async {
        let asking = Asking::of(&ctx)?;
        let until = fields.time(&ctx, "until").ok_or(Refusal::TimeUnfit)?;
        let (row, revision) = (fields.number("row"), fields.number("revision"));
        let cases = ctx.app.desk.cases();
        let own = OnBehalf::default();
        cases.ask_extension(asking.by(), row, revision, until, fields.one("reason"), own).await.map(|_| ())
    };
    let done = work.await;
    back(&ctx, *id, done).await
}
