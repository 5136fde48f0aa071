//! `/incidents/{id}/law/{paper}`: first, follow-up and final report to the authorities, made from the case. In Chinese,
//! whatever the language of the page.

use actix_web::{HttpResponse, http::StatusCode, web::Path};
use ward_desk::incident::{IncidentDetail, Law, ReportKind};
use ward_report::paper::{self, Fact, Kind, Made, Paper, Stage, Statutory};

use super::{fault, left, stage};
use crate::{
    context::Ctx,
    pages::{
        cases::{DOCX, PDF, file_answer, now, set},
        errors,
    },
    text::Lang,
};

/// The kind and the ending of a file's name: `first.pdf`.
fn asked(name: &str) -> Option<(ReportKind, &str)> {
    let (kind, ending) = name.rsplit_once('.')?;
    Some((ReportKind::from_name(kind)?, ending))
}

const fn stage_of(kind: ReportKind) -> Stage {
    match kind {
        ReportKind::First => Stage::First,
        ReportKind::FollowUp => Stage::FollowUp,
        ReportKind::Final => Stage::Final,
    }
}

fn fact(label: &str, value: impl Into<String>, needed: Option<Stage>) -> Fact {
    Fact { label: label.to_owned(), value: value.into(), needed }
}

/// The report of a kind, as the case stands now.
pub(super) fn paper(ctx: &Ctx, law: &Law, detail: &IncidentDetail, kind: ReportKind) -> Paper {
    let known = detail.known.last();
    let unit = ctx.register.unit(&detail.incident.hospital);
    let name = unit.map_or_else(|| detail.incident.hospital.to_string(), |u| u.name.clone());
    let mut paper = Paper::new(Kind::Statutory, name, now(ctx), ctx.app.calendar);
    paper.marking = ctx.app.newsroom.letterhead().marking.clone();
    let operator = known.and_then(|known| law.operator(&known.of.operator));
    paper.addressees = operator.map(|o| o.to.clone()).unwrap_or_default();
    let made = detail.reports.iter().map(|report| Made {
        stage: stage_of(report.of.kind),
        receiver: report.of.receiver.clone(),
        channel: report.of.channel.clone(),
        person: report.of.person.clone(),
        at: report.of.made_at,
        acknowledged: report.of.acknowledged.clone(),
    });
    paper.statutory = Some(Statutory {
        stage: stage_of(kind),
        incident: detail.incident.number(),
        law: known.map_or_else(|| law.name.clone(), |known| known.law.clone()),
        facts: facts(ctx, law, detail),
        clock: clock(ctx, law, detail),
        made: made.collect(),
    });
    paper
}

fn facts(ctx: &Ctx, law: &Law, detail: &IncidentDetail) -> Vec<Fact> {
    let (zone, incident, first) = (ctx.zone(), &detail.incident, Some(Stage::First));
    let unit = ctx.register.unit(&incident.hospital);
    let term = |terms: &[ward_desk::incident::Term], key: Option<&str>| {
        let term = terms.iter().find(|t| Some(t.key.as_str()) == key);
        term.map_or_else(String::new, |t| t.name.clone())
    };
    let of = detail.known.last().map(|known| &known.of);
    let hosts =
        || detail.entities.iter().filter(|(kind, _)| matches!(kind.as_str(), "host" | "address" | "ip"));
    let values = hosts().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("、");
    let what = detail.alerts.iter().map(|alert| {
        let title = if alert.title_zh.is_empty() { &alert.title } else { &alert.title_zh };
        format!("{} {title}", zone.short(alert.first_seen))
    });
    let mut facts = vec![
        fact("事发单位", unit.map_or_else(String::new, |u| u.name.clone()), first),
        fact("所在地", unit.map_or_else(String::new, |u| u.locality.clone()), first),
        fact("事件名称", detail.incident.title_zh.clone(), first),
        fact("首次发现迹象", zone.full(incident.first_seen), first),
        fact("最近迹象", zone.full(incident.last_seen), first),
        fact("涉及主机与地址", values, first),
        fact("事件分类", term(&law.classes, of.map(|of| of.class.as_str())), first),
        fact("事件分级", term(&law.grades, of.map(|of| of.grade.as_str())), first),
        fact("攻击阶段", stage(Lang::Zh.incidents(), incident.stage), None),
        fact("监测经过", what.collect::<Vec<_>>().join("\n"), None),
    ];
    facts.extend(law.contents.iter().map(|content| {
        let words = detail.words.get(&content.key).cloned().unwrap_or_default();
        fact(&content.name, words, content.needed.map(stage_of))
    }));
    facts
}

fn clock(ctx: &Ctx, law: &Law, detail: &IncidentDetail) -> Vec<Fact> {
    let (w, zone, first) = (Lang::Zh.incidents(), ctx.zone(), Some(Stage::First));
    let Some(known) = detail.known.last() else {
        return vec![
            fact(w.known_at, "", first),
            fact(w.known_person, "", first),
            fact(w.operator, "", first),
        ];
    };
    let operator = law.operator(&known.of.operator);
    let made = detail.reports.iter().find(|report| report.of.kind == ReportKind::First);
    let due = law.due(&known.of).map(|due| {
        let at = zone.full(due);
        match made {
            Some(report) if report.of.made_at <= due => format!("{at}（已按时报送）"),
            Some(_) => format!("{at}（逾时报送）"),
            None => format!("{at}（{}）", left(w, now(ctx), due).0),
        }
    });
    let mut clock = vec![
        fact(w.known_at, zone.full(known.of.known_at), first),
        fact(w.known_person, known.of.person.clone(), first),
        fact("填报", format!("{} 于 {} 填报", known.account, zone.full(known.at)), None),
        fact("变更理由", known.of.reason.clone(), None),
        fact(w.operator, operator.map_or_else(String::new, |o| o.name.clone()), first),
        fact(w.law_due, due.unwrap_or_else(|| w.law_not_due.to_owned()), first),
    ];
    let ended = detail.incident.ended.and_then(|ended| law.final_due(&known.of, ended));
    clock.extend(ended.map(|due| fact(w.law_final, zone.full(due), None)));
    clock
}

/// One report as PDF or Word.
pub(crate) async fn file(ctx: Ctx, path: Path<(i64, String)>) -> HttpResponse {
    let (id, name) = path.into_inner();
    let Some((kind, ending)) = asked(&name) else { return errors::missing(&ctx).await };
    let incidents = ctx.app.desk.incidents();
    let detail = match incidents.get(&ctx.scope.units(), id).await {
        Ok(Some(detail)) => detail,
        Ok(None) => return errors::missing(&ctx).await,
        Err(error) => return fault(&ctx, &error).await,
    };
    ctx.seen_unit(detail.incident.hospital.as_str());
    ctx.seen_object("incident", &id.to_string());
    let paper = paper(&ctx, incidents.law(), &detail, kind);
    let (media, bytes) = match ending {
        "docx" => (DOCX, paper::docx(&paper).map_err(|error| error.to_string())),
        "pdf" => (PDF, set(&ctx, paper).await),
        _ => return errors::missing(&ctx).await,
    };
    match bytes {
        Ok(bytes) => file_answer(
            media,
            &format!("incident-{}-{}.{ending}", detail.incident.number(), kind.as_str()),
            bytes,
        ),
        Err(error) => {
            tracing::error!(%error, "a report cannot be set in type");
            let r = ctx.lang.reports();
            errors::told(&ctx, StatusCode::NOT_IMPLEMENTED, r.pdf_failed, r.pdf_failed_why).await
        }
    }
}
