//! `/notices/new`: a draft in two minutes, from nothing or from an alert.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Bytes};
use askama::Template;
use ward_desk::case::{Colour, Draft, NewRow, NoticeKind, ProblemKind};
use ward_event::{
    UnitId,
    alert::{Level, Reason},
};

use super::{Asking, Choice, choice, fault, form::Fields, go, unit_choices, words};
use crate::{
    context::Ctx,
    pages::frame::{Frame, Nav},
    show::words as shown,
    text::Cases,
};

#[derive(Template)]
#[template(path = "notice_new.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    error: Option<String>,
    draft: DraftForm,
    row: RowForm,
    more: Vec<Choice>,
}

/// The fields of a notice's own words.
#[derive(Default)]
pub(super) struct DraftForm {
    pub kinds: Vec<Choice>,
    pub colours: Vec<Choice>,
    pub title: String,
    pub cause: String,
    pub basis: String,
    pub demand: String,
    pub contact: String,
    pub phone: String,
    pub above: String,
    pub above_number: String,
    pub above_due: String,
    /// The incident it is drafted from.
    pub incident: String,
}

/// The fields of one problem.
#[derive(Default)]
pub(super) struct RowForm {
    pub units: Vec<Choice>,
    pub kinds: Vec<Choice>,
    pub levels: Vec<Choice>,
    pub title: String,
    pub system: String,
    pub address: String,
    pub evidence: String,
    pub demand: String,
    pub alert: String,
}

impl DraftForm {
    pub(super) fn of(ctx: &Ctx, draft: Option<&Draft>) -> Self {
        let w = ctx.lang.cases();
        let kind = draft.map_or(NoticeKind::Rectify, |d| d.kind);
        let colour = draft.and_then(|d| d.colour);
        let kinds =
            NoticeKind::ALL.iter().map(|k| choice(k.as_str(), words::kind(w, *k), *k == kind)).collect();
        let colours = Colour::ALL
            .iter()
            .map(|k| choice(k.as_str(), words::colour(w, *k), Some(*k) == colour))
            .collect();
        let Some(draft) = draft else {
            return Self { kinds, colours, basis: w.basis_default.to_owned(), ..Self::default() };
        };
        Self {
            kinds,
            colours,
            title: draft.title.clone(),
            cause: draft.cause.clone(),
            basis: draft.basis.clone(),
            demand: draft.demand.clone(),
            contact: draft.contact.clone(),
            phone: draft.phone.clone(),
            above: draft.above.clone(),
            above_number: draft.above_number.clone(),
            above_due: draft.above_due.map_or_else(String::new, |at| ctx.zone().input(at)),
            incident: draft.incident.map_or_else(String::new, |id| id.to_string()),
        }
    }
}

impl RowForm {
    pub(super) fn of(ctx: &Ctx, row: Option<&NewRow>) -> Self {
        let w = ctx.lang.cases();
        let (kind, level) = row.map_or((ProblemKind::Vulnerability, Level::High), |r| (r.kind, r.level));
        let form = Self {
            units: unit_choices(ctx, row.map_or("", |r| r.unit.as_str())),
            kinds: ProblemKind::ALL
                .iter()
                .map(|k| choice(k.as_str(), words::problem(w, *k), *k == kind))
                .collect(),
            levels: [Level::Critical, Level::High, Level::Medium, Level::Low]
                .iter()
                .map(|l| choice(l.name(), shown::level(ctx.t(), l.name()), *l == level))
                .collect(),
            ..Self::default()
        };
        let Some(row) = row else { return form };
        Self {
            title: row.title.clone(),
            system: row.system.clone(),
            address: row.address.clone(),
            evidence: row.evidence.clone(),
            demand: row.demand.clone(),
            alert: row.alert.clone(),
            ..form
        }
    }
}

/// The notice's own words as the form has them; `None` where its kind is none.
pub(super) fn draft(ctx: &Ctx, fields: &Fields) -> Option<Draft> {
    let units: BTreeSet<UnitId> = fields.all("also").filter_map(|id| UnitId::new(id).ok()).collect();
    Some(Draft {
        kind: NoticeKind::from_name(fields.one("kind"))?,
        colour: Colour::from_name(fields.one("colour")),
        title: fields.text("title"),
        cause: fields.text("cause"),
        basis: fields.text("basis"),
        demand: fields.text("demand"),
        contact: fields.text("contact"),
        phone: fields.text("phone"),
        incident: fields.one("incident").parse().ok(),
        above: fields.text("above"),
        above_number: fields.text("above_number"),
        above_due: fields.time(ctx, "above_due"),
        units: units.into_iter().filter(|id| ctx.register.units.iter().any(|u| u.id == *id)).collect(),
    })
}

/// One problem as the form has it; `None` without a unit of the register, a kind and a level.
pub(super) fn new_row(ctx: &Ctx, fields: &Fields) -> Option<NewRow> {
    let unit = UnitId::new(fields.one("unit")).ok()?;
    ctx.register.units.iter().find(|u| u.id == unit)?;
    Some(NewRow {
        unit,
        kind: ProblemKind::from_name(fields.one("problem_kind"))?,
        level: Level::from_name(fields.one("level"))?,
        title: fields.text("problem"),
        system: fields.text("system"),
        address: fields.text("address"),
        evidence: fields.text("evidence"),
        demand: fields.text("to_do"),
        alert: fields.text("alert"),
    })
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let mut draft = DraftForm::of(&ctx, None);
    let row = match ctx.param("incident").and_then(|id| id.parse::<i64>().ok()) {
        Some(id) => {
            let row = from_incident(&ctx, id).await;
            draft.incident = row.as_ref().map_or_else(String::new, |_| id.to_string());
            row
        }
        None => from_alert(&ctx).await,
    };
    if let Some(row) = &row {
        draft.title.clone_from(&row.title);
        draft.cause.clone_from(&row.evidence);
    }
    show(&ctx, draft, RowForm::of(&ctx, row.as_ref()), None).await
}

/// The problem that an incident is: what happened, in order, is its evidence.
async fn from_incident(ctx: &Ctx, id: i64) -> Option<NewRow> {
    let detail = ctx.app.desk.incidents().get(&ctx.scope.units(), id).await.ok()??;
    let line = |a: &ward_desk::incident::IncidentAlert| {
        format!("{} {}", ctx.zone().full(a.first_seen), shown::title(ctx.lang, &a.title_zh, &a.title))
    };
    let address = detail.entities.iter().find(|(kind, _)| matches!(kind.as_str(), "host" | "ip"));
    Some(NewRow {
        unit: detail.incident.hospital.clone(),
        kind: ProblemKind::Intrusion,
        level: detail.incident.level,
        title: shown::title(ctx.lang, &detail.incident.title_zh, &detail.incident.title).to_owned(),
        system: String::new(),
        address: address.map_or_else(String::new, |(_, value)| value.clone()),
        evidence: detail.alerts.iter().map(line).collect::<Vec<_>>().join("\n"),
        demand: String::new(),
        alert: detail.alerts.first().map_or_else(String::new, |a| a.alert_id.clone()),
    })
}

/// The problem that an alert tells of, by `?alert=ID`.
async fn from_alert(ctx: &Ctx) -> Option<NewRow> {
    let id = ctx.param("alert")?;
    let revisions = ctx.app.reader.alert(&ctx.scope, id).await.ok()?;
    let alert = revisions.into_iter().next()?;
    let entity = alert.entity_values.first().cloned().unwrap_or_default();
    let reasons: Vec<Reason> = serde_json::from_str(&alert.reasons).unwrap_or_default();
    let reasons: Vec<&str> = reasons.iter().map(|r| r.zh.as_str()).collect();
    Some(NewRow {
        unit: UnitId::new(&alert.hospital).ok()?,
        kind: ProblemKind::Intrusion,
        level: Level::from_name(&alert.level)?,
        title: if alert.title_zh.is_empty() { alert.title.clone() } else { alert.title_zh.clone() },
        system: String::new(),
        address: entity,
        evidence: reasons.join("；"),
        demand: String::new(),
        alert: id.to_owned(),
    })
}

async fn show(ctx: &Ctx, draft: DraftForm, row: RowForm, error: Option<String>) -> HttpResponse {
    let w = ctx.lang.cases();
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let p = Frame::new(ctx, Nav::Notices, w.notice_new).await;
    ctx.html(status, &Page { p, w, error, draft, row, more: unit_choices(ctx, "") })
}

pub(crate) async fn create(ctx: Ctx, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let (draft, row) = (draft(&ctx, &fields), new_row(&ctx, &fields));
    let again = async |error: String| {
        let forms = (DraftForm::of(&ctx, draft.as_ref()), RowForm::of(&ctx, row.as_ref()));
        show(&ctx, forms.0, forms.1, Some(error)).await
    };
    let Some(wanted) = draft.clone() else { return again(ctx.lang.cases().text_unfit.to_owned()).await };
    let asking = match Asking::of(&ctx) {
        Ok(asking) => asking,
        Err(error) => return fault(&ctx, &error).await,
    };
    // A problem is one that has a title; a warning may go without.
    let rows: Vec<NewRow> = row.iter().filter(|r| !r.title.is_empty()).cloned().collect();
    match ctx.app.desk.cases().draft(asking.by(), wanted, rows).await {
        Ok(id) => go(&format!("/notices/{id}")),
        Err(error) => match words::refusal(&ctx, &error) {
            Some(words) => again(words).await,
            None => fault(&ctx, &error).await,
        },
    }
}
