//! `/notices/{id}`: one notice: how it is made, who has received it, its problems, what is to be decided.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Path,
};
use askama::Template;
use ward_desk::{
    Role,
    case::{
        NoticeDetail, UnitRow,
        machine::{Actor, NOTICE, NoticeAct, NoticeState, RowState, Rung, RungState, may, may_send},
    },
};

use super::{
    Choice, choice,
    claims::{UnitClaims, claims},
    download::{PaperLink, of_unit, whole},
    fault,
    hand_in::{LinkLine, links, sheets},
    list::{contacts, missing},
    new::{DraftForm, RowForm},
    now,
    reply_form::{Panel, panel},
    task::{Card, card},
    unit_choices, words,
};
use crate::{
    context::Ctx,
    pages::{
        deliveries::{OfNotice, of_notice},
        errors,
        frame::{Frame, Nav},
        parts::unit_name,
    },
    text::{Cases, Lang, Verify, fill},
};

#[derive(Template)]
#[template(path = "notice.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    error: Option<String>,
    id: i64,
    revision: i64,
    title: String,
    number: String,
    kind: &'static str,
    class: &'static str,
    state: &'static str,
    facts: Vec<(&'static str, String)>,
    missing: Vec<String>,
    sealed: String,
    /// The steps that the viewer may take now: name, word, whether it brings the sealed file.
    steps: Vec<(&'static str, &'static str, bool)>,
    may_paper: bool,
    waiting: String,
    send_note: String,
    no_contact: Vec<String>,
    done: Vec<StepLine>,
    may_edit: bool,
    may_number: bool,
    word: String,
    draft: DraftForm,
    row: RowForm,
    more: Vec<Choice>,
    reply: Option<Panel>,
    cards: Vec<Card>,
    v: &'static Verify,
    claims: Vec<UnitClaims>,
    sum: String,
    parts: Vec<Part>,
    may_chase: bool,
    deliveries: OfNotice,
    rungs: Vec<RungLine>,
    corrections: Vec<CorrectionLine>,
    may_propose: bool,
    units: Vec<Choice>,
    history: Vec<HistoryLine>,
    papers: Vec<PaperLink>,
    may_archive: bool,
}

struct StepLine {
    act: &'static str,
    person: String,
    post: String,
    stands_for: String,
    at: String,
    opinion: String,
    sheet: String,
    entered: String,
}

/// One unit's progress.
struct Part {
    unit: String,
    name: String,
    revision: i64,
    sent: String,
    delivered: String,
    read: String,
    signed: String,
    signed_by: String,
    sheet: String,
    answered: String,
    passed: String,
    withdrawn: bool,
    contacts: Vec<(String, String, String)>,
    calls: Vec<CallLine>,
    /// It may be signed for by the scan.
    to_sign: bool,
    /// Its receipt may be printed with a one-time code; codes given out, sheets handed in by them.
    may_link: bool,
    links: Vec<LinkLine>,
    sheets: Vec<Choice>,
    papers: Vec<PaperLink>,
    /// Its 复核意见 has no number yet.
    to_number: bool,
}

struct CallLine {
    at: String,
    by: String,
    number: String,
    person: String,
    outcome: &'static str,
    said: String,
    promised: String,
}

struct RungLine {
    id: i64,
    revision: i64,
    unit: String,
    rung: &'static str,
    state: &'static str,
    class: &'static str,
    note: String,
    done: String,
    may_send: bool,
    may_drop: bool,
}

struct CorrectionLine {
    id: i64,
    kind: &'static str,
    number: String,
    unit: String,
    text: String,
    proposed: String,
    decided: String,
    may_decide: bool,
}

pub(super) struct HistoryLine {
    pub at: String,
    pub account: String,
    pub unit: String,
    pub row: String,
    pub what: &'static str,
    pub text: String,
}

pub(crate) async fn page(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    show(&ctx, *id, None).await
}

/// The page, with what was refused.
pub(super) async fn show(ctx: &Ctx, id: i64, error: Option<String>) -> HttpResponse {
    let (cases, units) = (ctx.app.desk.cases(), ctx.scope.units());
    let (detail, replies) = match tokio::try_join!(cases.notice(&units, id), cases.replies(&units, id)) {
        Ok((Some(detail), replies)) => (detail, replies),
        Ok((None, _)) => return errors::missing(ctx).await,
        Err(error) => return fault(ctx, &error).await,
    };
    let reply = panel(ctx, &detail, replies.as_ref());
    ctx.seen_object("notice", &id.to_string());
    let deputy = match stands_in(ctx).await {
        Ok(deputy) => deputy,
        Err(error) => return fault(ctx, &error).await,
    };
    let deliveries = match of_notice(ctx, id).await {
        Ok(deliveries) => deliveries,
        Err(error) => return fault(ctx, &error).await,
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let p = Frame::new(ctx, Nav::Notices, page_title(ctx, &detail)).await;
    ctx.html(status, &Page { reply, ..view(ctx, p, &detail, deliveries, deputy, error) })
}

/// What the window is called: the notice's own title is in Chinese.
pub(super) fn page_title(ctx: &Ctx, detail: &NoticeDetail) -> String {
    match ctx.lang {
        Lang::Zh => detail.notice.of.title.clone(),
        Lang::En => format!("{} {}", words::kind(ctx.lang.cases(), detail.notice.of.kind), detail.notice.id),
    }
}

/// Whether the viewer may sign for a leader now.
async fn stands_in(ctx: &Ctx) -> Result<bool, ward_desk::DeskError> {
    if ctx.role() != Some(Role::Analyst) {
        return Ok(false);
    }
    let name = ctx.asker.as_ref().map_or("", |a| a.display_name.as_str());
    let deputies = ctx.app.desk.cases().deputies().await?;
    Ok(deputies.iter().any(|d| d.deputy == name && d.from <= now(ctx) && now(ctx) < d.until))
}

fn view(
    ctx: &Ctx,
    p: Frame,
    detail: &NoticeDetail,
    deliveries: OfNotice,
    deputy: bool,
    error: Option<String>,
) -> Page {
    let (w, zone, notice) = (ctx.lang.cases(), ctx.zone(), &detail.notice);
    let name = |id: &str| unit_name(ctx.t(), ctx.lang, &ctx.register, id);
    let account = ctx.viewer().and_then(|v| v.account);
    let actor = Actor { role: ctx.role(), deputy, scan: false, same: account == Some(notice.drafted_by) };
    let is_commission =
        ctx.scope.units().is_none() && matches!(ctx.role(), Some(Role::Leader | Role::Analyst));
    let is_analyst = is_commission && ctx.role() == Some(Role::Analyst);
    let steps: Vec<_> = STEPS
        .iter()
        .filter(|act| is_commission && may(NOTICE, notice.state, **act, &actor))
        .map(|act| (act.as_str(), words::act(w, *act), *act == NoticeAct::Seal))
        .collect();
    let on_paper =
        matches!(notice.state, NoticeState::Checking | NoticeState::Countersigning | NoticeState::Signing);
    let editing = is_analyst && notice.state.is_draft();
    let judge = Actor { same: account == notice.sent_by && account.is_some(), ..actor };
    Page {
        w,
        error,
        id: notice.id,
        revision: notice.revision,
        title: notice.of.title.clone(),
        number: notice.number.as_ref().map_or_else(|| w.no_number.to_owned(), ToString::to_string),
        kind: words::kind(w, notice.of.kind),
        class: words::notice_class(notice.state),
        state: words::notice(w, notice.state),
        facts: facts(ctx, detail),
        missing: missing(ctx),
        sealed: notice.sealed.clone().unwrap_or_default(),
        waiting: if steps.iter().any(|(act, ..)| !matches!(*act, "return" | "void")) || notice.state.is_out()
        {
            String::new()
        } else {
            fill(w.next_other, &[&words::notice(w, notice.state)])
        },
        steps,
        may_paper: is_analyst && on_paper,
        send_note: if notice.state == NoticeState::Ready {
            fill(w.send_note, &[&detail.units.len(), &detail.rows.len()])
        } else {
            String::new()
        },
        no_contact: if notice.state.is_out() || !is_commission {
            Vec::new()
        } else {
            let without = detail.units.iter().filter(|u| contacts(ctx, &u.unit).is_empty());
            without.map(|u| name(u.unit.as_str())).collect()
        },
        done: detail
            .steps
            .iter()
            .map(|step| StepLine {
                act: words::act(w, step.act),
                person: step.person.clone(),
                post: step.post.clone(),
                stands_for: if step.stands_for.is_empty() {
                    String::new()
                } else {
                    fill(w.stands_for, &[&step.stands_for])
                },
                at: zone.full(step.at),
                opinion: step.opinion.clone(),
                sheet: step.sheet.clone().unwrap_or_default(),
                entered: fill(w.entered_by, &[&step.account]),
            })
            .collect(),
        may_edit: editing,
        may_number: is_commission && !notice.state.is_out() && notice.state != NoticeState::Void,
        word: ctx.app.desk.cases().rules().words.first().cloned().unwrap_or_default(),
        draft: DraftForm::of(ctx, Some(&notice.of)),
        row: RowForm::of(ctx, None),
        reply: None,
        more: unit_choices(ctx, ""),
        cards: detail
            .rows
            .iter()
            .map(|row| card(ctx, detail, row, is_commission.then_some(&judge)))
            .collect(),
        v: ctx.lang.verify(),
        claims: claims(ctx, detail),
        sum: sum(w, &detail.units),
        parts: detail.units.iter().map(|part| unit_part(ctx, detail, part)).collect(),
        may_chase: matches!(ctx.role(), Some(Role::Leader | Role::Analyst | Role::County))
            && notice.state.is_out(),
        deliveries,
        rungs: rungs(ctx, detail, &actor, is_commission),
        corrections: corrections(
            ctx,
            detail,
            is_commission && actor.is(&[ward_desk::case::machine::Party::Leader]),
        ),
        may_propose: is_analyst && notice.state == NoticeState::Sent,
        units: detail.units.iter().map(|u| choice(u.unit.as_str(), name(u.unit.as_str()), false)).collect(),
        history: history(ctx, detail),
        papers: whole(ctx, detail),
        may_archive: is_commission,
        p,
    }
}

const STEPS: [NoticeAct; 8] = [
    NoticeAct::Submit,
    NoticeAct::Check,
    NoticeAct::Countersign,
    NoticeAct::Sign,
    NoticeAct::Seal,
    NoticeAct::Send,
    NoticeAct::Return,
    NoticeAct::Void,
];

fn facts(ctx: &Ctx, detail: &NoticeDetail) -> Vec<(&'static str, String)> {
    let (w, zone, notice) = (ctx.lang.cases(), ctx.zone(), &detail.notice);
    let time = |at: Option<ward_event::Micros>| at.map_or_else(String::new, |at| zone.full(at));
    let facts = [
        (w.colour, notice.of.colour.map_or("", |c| words::colour(w, c)).to_owned()),
        (w.drafter, notice.drafter.clone()),
        (w.sent, time(notice.sent_at)),
        (w.cause, notice.of.cause.clone()),
        (w.basis, notice.of.basis.clone()),
        (w.demand, notice.of.demand.clone()),
        (w.contact, format!("{} {}", notice.of.contact, notice.of.phone).trim().to_owned()),
        (w.above, notice.of.above.clone()),
        (w.above_number, notice.of.above_number.clone()),
        (w.above_due, time(notice.of.above_due)),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn sum(w: &Cases, units: &[UnitRow]) -> String {
    let count = |f: &dyn Fn(&UnitRow) -> bool| units.iter().filter(|u| f(u)).count();
    fill(
        w.progress_sum,
        &[
            &count(&|u| u.sent.is_some()),
            &count(&|u| u.delivered.is_some()),
            &count(&|u| u.read.is_some()),
            &count(&|u| u.signed.is_some()),
            &count(&|u| u.answered.is_some()),
        ],
    )
}

fn unit_part(ctx: &Ctx, detail: &NoticeDetail, part: &UnitRow) -> Part {
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let time = |at: Option<ward_event::Micros>| at.map_or_else(|| "—".to_owned(), |at| zone.short(at));
    let calls = detail.calls.iter().filter(|call| call.unit == part.unit).map(|call| CallLine {
        at: zone.short(call.at),
        by: call.by.clone(),
        number: call.call.number.clone(),
        person: format!("{} {}", call.call.person, call.call.post).trim().to_owned(),
        outcome: words::outcome(w, call.call.outcome),
        said: call.call.said.clone(),
        promised: call.call.promised.map_or_else(String::new, |at| zone.short(at)),
    });
    let papers = of_unit(ctx, detail, part);
    let may_link = detail.notice.state == NoticeState::Sent
        && part.withdrawn.is_none()
        && matches!(ctx.role(), Some(Role::Analyst | Role::County));
    let may_number = ctx.scope.units().is_none() && matches!(ctx.role(), Some(Role::Leader | Role::Analyst));
    Part {
        unit: part.unit.to_string(),
        name: unit_name(ctx.t(), ctx.lang, &ctx.register, part.unit.as_str()),
        revision: part.revision,
        sent: time(part.sent),
        delivered: time(part.delivered),
        read: time(part.read),
        signed: time(part.signed),
        signed_by: format!("{} {}", part.signed_by, part.signed_post).trim().to_owned(),
        sheet: part.signed_sheet.clone().unwrap_or_default(),
        answered: time(part.answered),
        passed: part.passed.map_or_else(String::new, |at| zone.short(at)),
        withdrawn: part.withdrawn.is_some(),
        contacts: contacts(ctx, &part.unit),
        calls: calls.collect(),
        to_sign: may_link && part.signed.is_none(),
        may_link,
        links: links(ctx, detail, &part.unit),
        sheets: sheets(ctx, detail, &part.unit),
        to_number: may_number
            && papers.iter().any(|p| p.href.ends_with("/review"))
            && !detail.numbers.iter().any(|n| n.unit == part.unit && n.paper == "review"),
        papers,
    }
}

fn rungs(ctx: &Ctx, detail: &NoticeDetail, actor: &Actor, is_commission: bool) -> Vec<RungLine> {
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let line = |r: &ward_desk::case::RungRow| {
        let drafted = r.state == RungState::Drafted && is_commission;
        RungLine {
            id: r.id,
            revision: r.revision,
            unit: unit_name(ctx.t(), ctx.lang, &ctx.register, r.unit.as_str()),
            rung: words::rung(w, r.rung),
            state: words::rung_state(w, r.state),
            class: match r.state {
                RungState::Drafted => "partial",
                RungState::Sent => "wrong",
                RungState::Dropped => "unknown",
            },
            note: fill(w.rung_late, &[&r.late, &r.late_days]),
            done: r.done.map_or_else(String::new, |at| {
                format!("{} {} {}", zone.short(at), r.done_by, r.opinion).trim().to_owned()
            }),
            may_send: drafted && actor.is(may_send(r.rung)),
            may_drop: drafted,
        }
    };
    detail.rungs.iter().rev().map(line).collect()
}

fn corrections(ctx: &Ctx, detail: &NoticeDetail, may_decide: bool) -> Vec<CorrectionLine> {
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let mine = ctx.account();
    let line = |k: &ward_desk::case::Correction| CorrectionLine {
        id: k.id,
        kind: words::correction(w, k.of.kind),
        number: k.of.number.clone(),
        unit: k.of.unit.as_ref().map_or_else(
            || w.correction_whole.to_owned(),
            |u| unit_name(ctx.t(), ctx.lang, &ctx.register, u.as_str()),
        ),
        text: k.of.text.clone(),
        proposed: format!("{} {}", k.proposed_by, zone.short(k.proposed_at)),
        decided: k.decided_at.map_or_else(String::new, |at| {
            let word = if k.approved == Some(true) { w.approved } else { w.not_approved };
            format!("{word} {} {} {}", k.decided_by, zone.short(at), k.opinion).trim().to_owned()
        }),
        may_decide: may_decide && k.decided_at.is_none() && k.proposed_by != mine,
    };
    detail.corrections.iter().map(line).collect()
}

pub(super) fn history(ctx: &Ctx, detail: &NoticeDetail) -> Vec<HistoryLine> {
    let w = ctx.lang.cases();
    let line = |h: &ward_desk::case::HistoryRow| HistoryLine {
        at: ctx.zone().full(h.at),
        account: if h.account == "ward" { w.by_platform.to_owned() } else { h.account.clone() },
        unit: h
            .unit
            .as_ref()
            .map_or_else(String::new, |u| unit_name(ctx.t(), ctx.lang, &ctx.register, u.as_str())),
        row: h.row.map_or_else(String::new, |no| no.to_string()),
        what: words::history(w, &h.act, &h.to),
        // A drafted step of supervision is told by its name.
        text: Rung::from_name(&h.text).map_or_else(|| h.text.clone(), |r| words::rung(w, r).to_owned()),
    };
    detail.history.iter().map(line).collect()
}

/// A file of a notice, for whom it is.
pub(crate) async fn file(ctx: Ctx, path: Path<(i64, String)>) -> HttpResponse {
    let (notice, hash) = path.into_inner();
    match ctx.app.desk.cases().file(&ctx.scope.units(), notice, &hash).await {
        Ok((file, bytes)) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, file.kind.media_type()))
            // Never shown in a page of ours: what a unit uploads is not ours to trust.
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{}.{}\"", &hash[..hash.len().min(16)], file.kind.as_str()),
            ))
            .body(bytes),
        Err(ward_desk::DeskError::Refused(_)) => errors::missing(&ctx).await,
        Err(error) => fault(&ctx, &error).await,
    }
}

/// Whether a unit's problem waits for an answer of its own.
pub(super) const fn is_answerable(state: RowState) -> bool {
    matches!(state, RowState::Signed)
}
