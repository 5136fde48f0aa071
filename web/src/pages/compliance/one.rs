//! `/compliance/{id}`: one unit and its systems, item by item, with the form that records one.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Form, Path},
};
use askama::Template;
use serde::Deserialize;
use ward_desk::{
    DeskError, Refusal,
    compliance::{Catalogue, Kind, Line, NewRecord, Sheet, State, SystemSheet, Version},
};
use ward_event::{Micros, UnitId};

use super::{
    broken, may_record, sheets,
    words::{self, Mark},
};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        parts::{Choice, UnitLink, When, unit_link, when},
    },
    show::{link, words as common},
    text::{Compliance, Lang, fill},
};

#[derive(Template)]
#[template(path = "compliance_unit.html")]
struct Page {
    p: Frame,
    w: &'static Compliance,
    id: String,
    unit: UnitLink,
    facts: Vec<(&'static str, String)>,
    edition: String,
    marks: Vec<Mark>,
    error: Option<&'static str>,
    form: Option<Entry>,
    groups: Vec<(String, Vec<Row>)>,
    systems: Vec<System>,
    may_record: bool,
    history_title: String,
    /// Where the history of one item leads back to that of all.
    history_all: bool,
    history: Vec<Past>,
}

/// One item as a line.
struct Row {
    name: String,
    /// To its history, and its form for who may record.
    href: String,
    class: &'static str,
    word: &'static str,
    value: String,
    /// The register says so, and no paper.
    registered: bool,
    as_of: String,
    due: String,
    late: bool,
    basis: String,
    evidence: String,
    recorded: Option<(String, When)>,
}

struct System {
    name: String,
    level: String,
    mandatory: String,
    below: bool,
    filing: String,
    cii: bool,
    marks: Vec<Mark>,
    /// Something is wrong with it, or it is being looked at.
    open: bool,
    rows: Vec<Row>,
}

/// The form of one item.
struct Entry {
    title: String,
    item: String,
    system: String,
    basis: String,
    /// `choice`, `number`, `date`, `text`
    kind: &'static str,
    choices: Vec<Choice>,
    value: String,
    min: u32,
    max: u32,
    step: String,
    hint: String,
    as_of: String,
    today: String,
    evidence: String,
    /// The version that it is made on; 0 for none.
    before: i64,
}

struct Past {
    item: String,
    system: String,
    value: String,
    as_of: String,
    evidence: String,
    since: When,
    by: String,
    until: Option<When>,
    until_by: String,
}

#[derive(Deserialize)]
pub(crate) struct Recorded {
    #[serde(default)]
    system: String,
    item: String,
    value: String,
    as_of: String,
    evidence: String,
    before: i64,
}

#[derive(Deserialize)]
pub(crate) struct Withdrawn {
    id: i64,
}

pub(crate) async fn page(ctx: Ctx, id: Path<String>) -> HttpResponse {
    match known(&ctx, &id) {
        Some(id) => show(&ctx, &id, None).await,
        None => errors::missing(&ctx).await,
    }
}

/// A unit of the register that the viewer may see.
fn known(ctx: &Ctx, id: &str) -> Option<UnitId> {
    UnitId::new(id).ok().filter(|id| ctx.scope.allows(id) && ctx.register.unit(id).is_some())
}

/// `refused` is what somebody tried to record, and why it was not.
async fn show(ctx: &Ctx, id: &UnitId, refused: Option<(&Recorded, &'static str)>) -> HttpResponse {
    ctx.seen_unit(id.as_str());
    let found = sheets(ctx, &ctx.scope.narrow(Some(id))).await;
    let (unit, sheet) = match found {
        Ok(mut found) if !found.is_empty() => found.swap_remove(0),
        Ok(_) => return errors::missing(ctx).await,
        Err(error) => return broken(ctx, &error).await,
    };
    let asked = match refused {
        Some((form, _)) => Some((form.item.as_str(), form.system.as_str())),
        None => ctx.param("item").map(|item| (item, ctx.param("system").unwrap_or(""))),
    };
    let line = asked
        .and_then(|(item, system)| sheet.all().find(|(name, line)| *name == system && line.item.id == item));
    let of = line.map(|(system, line)| (line.item.id.as_str(), system));
    let history = match ctx.app.desk.compliance().history(id, of).await {
        Ok(history) => history,
        Err(error) => return broken(ctx, &error).await,
    };
    let w = ctx.lang.compliance();
    let (may_record, lang) = (may_record(ctx), ctx.lang);
    let catalogue = ctx.app.desk.compliance().catalogue();
    let name = |line: &Line<'_>, system: &str| {
        format!("{system} {}", words::item_name(lang, line.item)).trim_start().to_owned()
    };
    let page = Page {
        p: Frame::new(ctx, Nav::Compliance, w.title).await,
        w,
        id: id.to_string(),
        unit: unit_link(ctx, id.as_str()),
        facts: [
            (ctx.t().unit_kind, common::unit_kind(ctx.t(), &unit.kind).to_owned()),
            (ctx.t().unit_grade, common::grade(lang, &unit.grade).to_owned()),
            (ctx.t().unit_locality, unit.locality.clone()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect(),
        edition: words::edition(ctx),
        marks: words::marks(w, |state| sheet.count(None, state)),
        error: refused.map(|(_, why)| why),
        form: line
            .filter(|_| may_record)
            .map(|(system, line)| entry(ctx, system, line, refused.map(|(form, _)| form))),
        groups: groups(ctx, id, &sheet, catalogue),
        systems: sheet.systems.iter().map(|s| system(ctx, id, s, of)).collect(),
        may_record,
        history_title: line.map_or_else(
            || w.history.to_owned(),
            |(system, line)| fill(w.history_of, &[&name(line, system)]),
        ),
        history_all: line.is_some(),
        history: history.into_iter().map(|version| past(ctx, catalogue, version)).collect(),
    };
    ctx.html(if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

fn groups(ctx: &Ctx, id: &UnitId, sheet: &Sheet<'_>, catalogue: &Catalogue) -> Vec<(String, Vec<Row>)> {
    let group = |g: &ward_desk::compliance::Group| {
        let lines = sheet.lines.iter().filter(|line| line.item.group == g.id);
        (
            words::group_name(ctx.lang, g).to_owned(),
            lines.map(|line| row(ctx, id, "", line)).collect::<Vec<_>>(),
        )
    };
    catalogue.groups.iter().map(group).filter(|(_, rows)| !rows.is_empty()).collect()
}

fn system(ctx: &Ctx, id: &UnitId, sheet: &SystemSheet<'_>, looked_at: Option<(&str, &str)>) -> System {
    let (w, name) = (ctx.lang.compliance(), sheet.system.name.as_str());
    let count = |state| sheet.lines.iter().filter(|line| line.judged.state == state).count();
    let filing = sheet.filing();
    let told = |m: &ward_desk::compliance::Mandatory| {
        let why = if ctx.lang == Lang::Zh { &m.zh } else { &m.en };
        fill(w.mandatory, &[&m.level, why])
    };
    System {
        name: name.to_owned(),
        level: if sheet.level == 0 { w.level_none.to_owned() } else { fill(w.level, &[&sheet.level]) },
        mandatory: sheet.mandatory.map(told).unwrap_or_default(),
        below: sheet.is_below(),
        filing: filing.map_or_else(|| w.filing_none.to_owned(), |number| fill(w.filing, &[&number])),
        cii: sheet.system.cii,
        marks: words::marks(w, count),
        open: looked_at.is_some_and(|(_, system)| system == name)
            || count(State::NotMet) + count(State::Overdue) > 0,
        rows: sheet.lines.iter().map(|line| row(ctx, id, name, line)).collect(),
    }
}

fn row(ctx: &Ctx, id: &UnitId, system: &str, line: &Line<'_>) -> Row {
    let (item, record) = (line.item, line.record.as_ref());
    let date = |date: Option<jiff::civil::Date>| date.map_or_else(String::new, |d| d.to_string());
    Row {
        name: words::item_name(ctx.lang, item).to_owned(),
        href: link::with_query(
            &format!("/compliance/{id}"),
            [("item", item.id.as_str()), ("system", system)],
        ),
        class: words::class(line.judged.state),
        word: words::state(ctx.lang.compliance(), line.judged.state),
        value: line.value.as_deref().map_or_else(String::new, |value| words::value(ctx.lang, item, value)),
        registered: line.value.is_some() && record.is_none(),
        as_of: date(record.map(|r| r.as_of)),
        due: date(line.judged.due),
        late: line.judged.due.is_some_and(|due| due < ctx.app.desk.compliance().day(ctx.now)),
        basis: if ctx.lang == Lang::Zh { item.basis.clone() } else { item.basis_en.clone() },
        evidence: record.map_or_else(String::new, |r| r.evidence.clone()),
        recorded: record.map(|r| (r.since_by.clone(), when(ctx, r.since))),
    }
}

fn entry(ctx: &Ctx, system: &str, line: &Line<'_>, tried: Option<&Recorded>) -> Entry {
    let (w, item, record) = (ctx.lang.compliance(), line.item, line.record.as_ref());
    let today = ctx.zone().date(ctx.now);
    let value = tried.map(|t| t.value.clone()).or_else(|| line.value.clone()).unwrap_or_default();
    let choice = |c: &ward_desk::compliance::Choice| Choice {
        chosen: c.value == value,
        value: c.value.clone(),
        word: if ctx.lang == Lang::Zh { c.zh.clone() } else { c.en.clone() },
    };
    Entry {
        title: fill(w.record_title, &[&words::item_name(ctx.lang, item)]),
        item: item.id.clone(),
        system: system.to_owned(),
        basis: if ctx.lang == Lang::Zh { item.basis.clone() } else { item.basis_en.clone() },
        kind: match item.kind {
            Kind::Choice => "choice",
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Text => "text",
        },
        choices: item.choices.iter().map(choice).collect(),
        min: item.min,
        max: item.max,
        step: if item.decimals == 0 { "1".into() } else { format!("0.{}1", "0".repeat(item.decimals - 1)) },
        hint: if item.kind == Kind::Number { words::allowed(ctx.lang, item) } else { String::new() },
        // A new paper has a new day; today is right for what was just established.
        as_of: tried.map_or_else(|| today.clone(), |t| t.as_of.clone()),
        today,
        evidence: tried.map_or_else(String::new, |t| t.evidence.clone()),
        before: record.map_or(0, |r| r.id),
        value,
    }
}

fn past(ctx: &Ctx, catalogue: &Catalogue, version: Version) -> Past {
    let Version { record, until, until_by } = version;
    let item = catalogue.item(&record.item);
    Past {
        item: words::item_named(ctx.lang, catalogue, &record.item).to_owned(),
        system: record.system,
        value: item.map_or_else(|| record.value.clone(), |item| words::value(ctx.lang, item, &record.value)),
        as_of: record.as_of.to_string(),
        evidence: record.evidence,
        since: when(ctx, record.since),
        by: record.since_by,
        until: until.map(|at: Micros| when(ctx, at)),
        until_by,
    }
}

/// `POST /compliance/{id}/record`
pub(crate) async fn record(ctx: Ctx, id: Path<String>, Form(form): Form<Recorded>) -> HttpResponse {
    let (Some(by), Some(id)) = (ctx.viewer(), known(&ctx, &id)) else { return errors::missing(&ctx).await };
    let new = NewRecord {
        hospital: id.clone(),
        system: form.system.clone(),
        item: form.item.clone(),
        value: form.value.clone(),
        as_of: form.as_of.clone(),
        evidence: form.evidence.clone(),
    };
    let ledger = ctx.app.desk.compliance();
    let w = ctx.lang.compliance();
    let why = match ledger.record(by, ctx.address(), &new, form.before, &ctx.register).await {
        Ok(()) => return to(&id, &form.item, &form.system),
        Err(DeskError::Refused(Refusal::NotThere)) => return errors::missing(&ctx).await,
        Err(DeskError::Refused(Refusal::TimeUnfit)) => w.refused_time,
        Err(DeskError::Refused(Refusal::Changed)) => w.refused_changed,
        Err(DeskError::Refused(Refusal::NotAllowed)) => w.refused_role,
        Err(DeskError::Refused(_)) => w.refused_text,
        Err(error) => return broken(&ctx, &error).await,
    };
    show(&ctx, &id, Some((&form, why))).await
}

/// `POST /compliance/{id}/withdraw`
pub(crate) async fn withdraw(ctx: Ctx, id: Path<String>, Form(form): Form<Withdrawn>) -> HttpResponse {
    let (Some(by), Some(id)) = (ctx.viewer(), known(&ctx, &id)) else { return errors::missing(&ctx).await };
    match ctx.app.desk.compliance().withdraw(by, ctx.address(), &id, form.id, &ctx.register).await {
        Ok(()) => to(&id, "", ""),
        Err(DeskError::Refused(_)) => errors::missing(&ctx).await,
        Err(error) => broken(&ctx, &error).await,
    }
}

/// Where somebody sees what was done: the item's history.
fn to(id: &UnitId, item: &str, system: &str) -> HttpResponse {
    let place = link::with_query(&format!("/compliance/{id}"), [("item", item), ("system", system)]);
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("{place}#history"))).finish()
}
