//! The ledger as tables: what is exported, the form of a unit, and a filled form taken over.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Payload,
};
use askama::Template;
use ward_desk::{
    DeskError,
    compliance::{Column, Group, Item, Line, Per, Taken},
};
use ward_event::UnitId;

use super::{broken, sheets, words};
use crate::{
    context::Ctx,
    pages::{
        board::file_flaw,
        errors,
        frame::{Frame, Nav},
        hunt::csv_line,
        multipart::parts,
        parts::{Choice, unit_name},
    },
    routes::Body,
    text::{Board, Compliance, fill},
};

#[derive(Template)]
#[template(path = "compliance_import.html")]
struct Page {
    p: Frame,
    w: &'static Compliance,
    b: &'static Board,
    units: Vec<Choice>,
    /// More than one unit: rows may name theirs.
    many: bool,
    columns: Vec<&'static str>,
    items: Vec<Asked>,
    done: String,
    /// What was left out, and how it was read.
    notes: Vec<String>,
    refused: String,
    bad: String,
    more: String,
    flaws: Vec<(u64, String)>,
}

/// An item, and what may be written into it.
struct Asked {
    group: String,
    name: String,
    of_system: bool,
    allowed: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let page = blank(&ctx).await;
    ctx.html(StatusCode::OK, &page)
}

async fn blank(ctx: &Ctx) -> Page {
    let (w, lang) = (ctx.lang.compliance(), ctx.lang);
    let asked = ctx.param("hospital").unwrap_or("");
    let mine = ctx.register.units.iter().filter(|u| ctx.scope.allows(&u.id));
    let units: Vec<Choice> = mine
        .map(|u| Choice {
            value: u.id.to_string(),
            word: unit_name(ctx.t(), lang, &ctx.register, u.id.as_str()),
            chosen: u.id.as_str() == asked,
        })
        .collect();
    let catalogue = ctx.app.desk.compliance().catalogue();
    let item = |group: &Group, item: &Item| Asked {
        group: words::group_name(lang, group).to_owned(),
        name: words::item_name(lang, item).to_owned(),
        of_system: item.per == Per::System,
        allowed: words::allowed(lang, item),
    };
    let of = |group: &Group| -> Vec<Asked> {
        catalogue.items.iter().filter(|i| i.group == group.id).map(|i| item(group, i)).collect()
    };
    Page {
        p: Frame::new(ctx, Nav::Compliance, w.import_title).await,
        w,
        b: lang.board(),
        many: units.len() != 1,
        units,
        columns: Column::ALL.iter().map(|c| words::column(lang, *c)).collect(),
        items: catalogue.groups.iter().flat_map(of).collect(),
        done: String::new(),
        notes: Vec::new(),
        refused: String::new(),
        bad: String::new(),
        more: String::new(),
        flaws: Vec::new(),
    }
}

/// `POST /compliance/import`: takes a table over, or says what is wrong with it.
pub(crate) async fn take(ctx: Ctx, request: HttpRequest, payload: Payload) -> HttpResponse {
    let Some(viewer) = ctx.viewer() else { return errors::missing(&ctx).await };
    // Whole, as the guard has let it through: what the framework takes by itself is a sixtieth of it.
    let body = payload.to_bytes_limited(Body::Upload.bytes_max()).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let parts = parts(kind, &body);
    let find = |name: &str| parts.iter().find(|p| p.name == name);
    let file = find("file").map_or(("", &[][..]), |p| (p.file.as_deref().unwrap_or_default(), p.bytes));
    let unit = find("unit").and_then(|p| UnitId::new(std::str::from_utf8(p.bytes).ok()?).ok());
    let unit = unit.filter(|u| ctx.scope.allows(u) && ctx.register.unit(u).is_some());
    let mut page = blank(&ctx).await;
    if let Some(unit) = &unit {
        page.units.iter_mut().for_each(|c| c.chosen = c.value == unit.as_str());
    }
    let ledger = ctx.app.desk.compliance();
    let read = ledger.import(viewer, ctx.address(), file, unit.as_ref(), &ctx.register).await;
    let good = match read {
        Ok(Ok(taken)) => told(&ctx, &mut page, &taken),
        Ok(Err(flaw)) => {
            page.refused = file_flaw(page.b, &flaw, |c| words::column(ctx.lang, c));
            false
        }
        Err(DeskError::Refused(_)) => {
            page.refused = page.w.refused_role.to_owned();
            false
        }
        Err(error) => return broken(&ctx, &error).await,
    };
    ctx.html(if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &page)
}

/// Says what was done with a file, and whether it was taken.
fn told(ctx: &Ctx, page: &mut Page, taken: &Taken) -> bool {
    if taken.blank > 0 {
        page.notes.push(fill(page.w.import_blank, &[&taken.blank]));
    }
    if taken.is_gb18030 {
        page.notes.push(page.b.import_gb.to_owned());
    }
    if !taken.ignored.is_empty() {
        page.notes.push(fill(page.b.import_ignored, &[&taken.ignored.join(ctx.t().list_comma)]));
    }
    if let Some(done) = taken.done {
        page.done = fill(page.b.import_done, &[&done.new, &done.changed, &done.same]);
        return true;
    }
    page.bad = fill(page.b.import_rows_bad, &[&taken.bad]);
    page.flaws = taken.flaws.iter().map(|row| (row.line, words::flaw(ctx.lang, &row.flaw))).collect();
    match taken.bad.saturating_sub(taken.flaws.len()) {
        0 => {}
        more => page.more = fill(page.b.import_rows_more, &[&more]),
    }
    false
}

/// A table for spreadsheets, with a mark of order, without which Excel takes UTF-8 for the local character set.
fn table(name: &str, lines: impl IntoIterator<Item = Vec<String>>) -> HttpResponse {
    let mut out = String::from("\u{feff}");
    lines.into_iter().for_each(|cells| csv_line(&mut out, cells));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(out)
}

/// `/compliance/template`: all items of the unit that is asked for, with what is recorded now.
pub(crate) async fn template(ctx: Ctx) -> HttpResponse {
    let lang = ctx.lang;
    let head = Column::ALL.iter().map(|c| words::column(lang, *c).to_owned()).collect();
    let mut lines: Vec<Vec<String>> = vec![head];
    // A whole region's would be a table that nobody fills.
    let scope = ctx.narrowed();
    if scope.units().is_some_and(|units| units.len() == 1) {
        let found = match sheets(&ctx, &scope).await {
            Ok(found) => found,
            Err(error) => return broken(&ctx, &error).await,
        };
        for (unit, sheet) in &found {
            let name = unit_name(ctx.t(), lang, &ctx.register, unit.id.as_str());
            for (system, line) in sheet.all() {
                let record = line.record.as_ref();
                let value = record.map(|r| words::value(lang, line.item, &r.value));
                lines.push(vec![
                    name.clone(),
                    system.to_owned(),
                    words::item_name(lang, line.item).to_owned(),
                    value.unwrap_or_default(),
                    record.map_or_else(String::new, |r| r.as_of.to_string()),
                    record.map_or_else(String::new, |r| r.evidence.clone()),
                ]);
            }
        }
    }
    table("compliance.csv", lines)
}

/// `/compliance/export.csv`: every item of the units of a filter.
pub(crate) async fn export(ctx: Ctx) -> HttpResponse {
    let (t, w, zone) = (ctx.t(), ctx.lang.compliance(), ctx.zone());
    let found = match sheets(&ctx, &ctx.narrowed()).await {
        Ok(found) => found,
        Err(error) => return broken(&ctx, &error).await,
    };
    let note = fill(w.export_note, &[&ctx.account(), &zone.full(ctx.now), &zone.name()]);
    let head = [
        t.unit,
        t.unit_grade,
        t.unit_locality,
        w.field_system,
        w.group,
        w.item,
        w.state,
        w.value,
        w.as_of,
        w.due,
        w.basis,
        w.evidence,
        w.by,
        w.since,
    ];
    let mut lines = vec![vec![note, words::edition(&ctx)], head.map(str::to_owned).to_vec()];
    for (unit, sheet) in &found {
        let of = [
            unit_name(t, ctx.lang, &ctx.register, unit.id.as_str()),
            crate::show::words::grade(ctx.lang, &unit.grade).to_owned(),
            unit.locality.clone(),
        ];
        for (system, line) in sheet.all() {
            lines.push(of.iter().cloned().chain(cells(&ctx, system, line)).collect());
        }
    }
    let rows = lines.len() - 2;
    lines.push(vec![fill(t.export_end, &[&rows])]);
    let name = format!("ward-compliance-{}.csv", zone.full(ctx.now).replace([' ', ':'], "-"));
    table(&name, lines)
}

fn cells(ctx: &Ctx, system: &str, line: &Line<'_>) -> [String; 11] {
    let (lang, item, record) = (ctx.lang, line.item, line.record.as_ref());
    let catalogue = ctx.app.desk.compliance().catalogue();
    let group = catalogue.groups.iter().find(|g| g.id == item.group);
    let basis = if lang == crate::text::Lang::Zh { &item.basis } else { &item.basis_en };
    [
        system.to_owned(),
        group.map_or_else(String::new, |g| words::group_name(lang, g).to_owned()),
        words::item_name(lang, item).to_owned(),
        words::state(lang.compliance(), line.judged.state).to_owned(),
        line.value.as_deref().map_or_else(String::new, |value| words::value(lang, item, value)),
        record.map_or_else(String::new, |r| r.as_of.to_string()),
        line.judged.due.map_or_else(String::new, |due| due.to_string()),
        basis.clone(),
        record.map_or_else(String::new, |r| r.evidence.clone()),
        record.map_or_else(String::new, |r| r.since_by.clone()),
        record.map_or_else(String::new, |r| ctx.zone().full(r.since)),
    ]
}
