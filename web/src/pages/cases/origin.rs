//! The problem that an alert, an incident or a finding is, as a draft takes it over: unit, title, evidence, what to
//! do; in Chinese, as documents are. What the asker may not see gives nothing.

use ward_desk::{
    case::{NewRow, ProblemKind},
    finding::as_problem,
};
use ward_event::{
    Micros, UnitId,
    alert::{Level, Reason},
};

use crate::{
    context::Ctx,
    show::words as shown,
    text::{Lang, fill},
};

/// Where a draft comes from.
#[derive(Default)]
pub(super) struct Origin {
    pub row: Option<NewRow>,
    pub incident: Option<i64>,
    /// Until when the finding is to be put right, whoever is told of it.
    pub due: Option<Micros>,
}

/// By `?incident=ID`, `?finding=ID` or `?alert=ID`.
pub(super) async fn origin(ctx: &Ctx) -> Origin {
    let number = |name| ctx.param(name).and_then(|id| id.parse::<i64>().ok());
    if let Some(id) = number("incident") {
        let row = incident(ctx, id).await;
        return Origin { incident: row.as_ref().map(|_| id), row, due: None };
    }
    if let Some(id) = number("finding") {
        return finding(ctx, id).await.unwrap_or_default();
    }
    match ctx.param("alert") {
        Some(id) => Origin { row: alert(ctx, id).await, ..Origin::default() },
        None => Origin::default(),
    }
}

/// What happened, in order, is an incident's evidence.
async fn incident(ctx: &Ctx, id: i64) -> Option<NewRow> {
    let detail = ctx.app.desk.incidents().get(&ctx.scope.units(), id).await.ok()??;
    let of = &detail.incident;
    let line = |a: &ward_desk::incident::IncidentAlert| {
        format!("{} {}", ctx.zone().full(a.first_seen), shown::title(Lang::Zh, &a.title_zh, &a.title))
    };
    let address = detail.entities.iter().find(|(kind, _)| matches!(kind.as_str(), "host" | "ip"));
    let rules: Vec<&str> = detail.alerts.iter().map(|a| a.rule_id.as_str()).collect();
    let things: Vec<&str> = detail.entities.iter().map(|(_, value)| value.as_str()).collect();
    Some(NewRow {
        unit: of.hospital.clone(),
        kind: ProblemKind::Intrusion,
        level: of.level,
        title: shown::title(Lang::Zh, &of.title_zh, &of.title).to_owned(),
        system: system(ctx, &of.hospital, &things),
        address: address.map_or_else(String::new, |(_, value)| value.clone()),
        evidence: detail.alerts.iter().map(line).collect::<Vec<_>>().join("\n"),
        demand: advice(ctx, &rules),
        alert: detail.alerts.first().map_or_else(String::new, |a| a.alert_id.clone()),
        finding: None,
    })
}

async fn alert(ctx: &Ctx, id: &str) -> Option<NewRow> {
    let alert = ctx.app.reader.alert(&ctx.scope, id).await.ok()?.into_iter().next()?;
    let reasons: Vec<Reason> = serde_json::from_str(&alert.reasons).unwrap_or_default();
    let reasons: Vec<&str> = reasons.iter().map(|r| r.zh.as_str()).collect();
    let unit = UnitId::new(&alert.hospital).ok()?;
    let things: Vec<&str> = alert.entity_values.iter().map(String::as_str).collect();
    let when = ctx.zone().full(Micros(alert.first_time));
    Some(NewRow {
        kind: ProblemKind::Intrusion,
        level: Level::from_name(&alert.level)?,
        title: shown::title(Lang::Zh, &alert.title_zh, &alert.title).to_owned(),
        system: system(ctx, &unit, &things),
        address: things.first().map_or_else(String::new, |value| (*value).to_owned()),
        evidence: format!("{when} {}", reasons.join("；")).trim().to_owned(),
        demand: advice(ctx, &[&alert.rule_id]),
        alert: id.to_owned(),
        finding: None,
        unit,
    })
}

async fn finding(ctx: &Ctx, id: i64) -> Option<Origin> {
    let units = ctx.scope.units();
    let finding = ctx.app.desk.findings().get(units.as_ref(), id).await.ok()??;
    let (level, kind) = as_problem(finding.severity, finding.kind);
    let numbers: Vec<&str> =
        finding.cves.iter().chain(&finding.cnvds).chain(&finding.cnnvds).map(String::as_str).collect();
    let evidence = [numbers.join(" "), finding.evidence.clone()];
    let row = NewRow {
        unit: finding.hospital.clone(),
        kind,
        level,
        title: finding.title.clone(),
        system: system(ctx, &finding.hospital, &[&finding.host]),
        address: match finding.port {
            0 => finding.host.clone(),
            port => format!("{}:{port}", finding.host),
        },
        evidence: evidence.iter().map(|t| t.trim()).filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n"),
        demand: finding.advice.clone(),
        alert: String::new(),
        finding: Some(finding.id),
    };
    Some(Origin { row: Some(row), incident: None, due: finding.due_at })
}

/// The system of a unit that one of these hosts belongs to, as the register calls it.
fn system(ctx: &Ctx, unit: &UnitId, things: &[&str]) -> String {
    let is = |host: &String| things.iter().any(|thing| thing.eq_ignore_ascii_case(host));
    let unit = ctx.register.unit(unit);
    let system = unit.and_then(|u| u.systems.iter().find(|s| s.hosts.iter().any(is)));
    system.map_or_else(String::new, |s| s.name.clone())
}

/// What the rules advise, each thing once.
fn advice(ctx: &Ctx, rules: &[&str]) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for rule in rules {
        if let Some(text) = ctx.app.rules.get(*rule)
            && !text.advice_zh.is_empty()
            && !lines.contains(&text.advice_zh.as_str())
        {
            lines.push(&text.advice_zh);
        }
    }
    lines.join("\n")
}

/// When it would have to be put right, were it sent now; and until when as a finding.
pub(super) fn deadlines(ctx: &Ctx, origin: &Origin) -> Vec<String> {
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let Some(row) = &origin.row else { return Vec::new() };
    let due = ctx.app.desk.cases().rules().due(super::now(ctx), row.level, row.kind);
    let mut lines = vec![fill(w.due_if_sent, &[&zone.full(due)])];
    lines.extend(origin.due.map(|at| fill(w.due_of_finding, &[&zone.full(at)])));
    lines
}
