//! `/notices/new`: a draft in two minutes, from nothing, from an alert, an incident or a finding.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Bytes};
use askama::Template;
use ward_desk::case::{Colour, Draft, NewRow, NoticeKind, ProblemKind};
use ward_event::{UnitId, alert::Level};

use super::{
    Asking, Choice, choice, fault,
    form::Fields,
    go,
    origin::{deadlines, origin},
    unit_choices, words,
};
use crate::{
    context::Ctx,
    pages::frame::{Frame, Nav},
    show::words as shown,
    text::{Cases, Lang, fill},
};

#[derive(Template)]
#[template(path = "notice_new.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    error: Option<String>,
    draft: DraftForm,
    row: RowForm,
    /// Until when it would have to be put right.
    due: Vec<String>,
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
    pub finding: String,
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
            finding: row.finding.map_or_else(String::new, |id| id.to_string()),
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
        finding: fields.one("finding").parse().ok(),
    })
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let mut draft = DraftForm::of(&ctx, None);
    let origin = origin(&ctx).await;
    draft.incident = origin.incident.map_or_else(String::new, |id| id.to_string());
    if let Some(row) = &origin.row {
        draft.title = fill(Lang::Zh.cases().draft_title, &[&row.title]);
        draft.cause.clone_from(&row.evidence);
    }
    let due = deadlines(&ctx, &origin);
    show(&ctx, draft, RowForm::of(&ctx, origin.row.as_ref()), due, None).await
}

async fn show(
    ctx: &Ctx,
    draft: DraftForm,
    row: RowForm,
    due: Vec<String>,
    error: Option<String>,
) -> HttpResponse {
    let w = ctx.lang.cases();
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let p = Frame::new(ctx, Nav::Notices, w.notice_new).await;
    ctx.html(status, &Page { p, w, error, draft, row, due, more: unit_choices(ctx, "") })
}

pub(crate) async fn create(ctx: Ctx, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let (draft, row) = (draft(&ctx, &fields), new_row(&ctx, &fields));
    let again = async |error: String| {
        let forms = (DraftForm::of(&ctx, draft.as_ref()), RowForm::of(&ctx, row.as_ref()));
        show(&ctx, forms.0, forms.1, Vec::new(), Some(error)).await
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
