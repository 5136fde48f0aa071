//! `/assets/import`: a file is uploaded, shown, and taken over when it is confirmed.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Form, Payload},
};
use askama::Template;
use serde::Deserialize;
use ward_desk::{
    DeskError,
    assets::{Column, Preview},
};
use ward_event::UnitId;

use super::{assets::may_import, words as own};
use crate::{
    context::Ctx,
    pages::{
        errors,
        frame::{Frame, Nav},
        multipart::parts,
        parts::{Choice, failure, unit_name},
    },
    query::QueryError,
    routes::Body,
    text::{Board, fill},
};

/// Rows that a preview shows.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "import.html")]
struct Page {
    p: Frame,
    w: &'static Board,
    units: Vec<Choice>,
    /// More than one unit: rows may name theirs.
    many: bool,
    columns: Vec<&'static str>,
    done: String,
    refused: String,
    checked: Option<Checked>,
}

/// A file that could be read.
struct Checked {
    file: String,
    id: Option<String>,
    bad: String,
    more: String,
    flaws: Vec<(u64, Vec<String>)>,
    ignored: String,
    gb: bool,
    effect: String,
    shown: String,
    rows: Vec<[String; 7]>,
}

#[derive(Deserialize)]
pub(crate) struct Confirm {
    id: String,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    if !may_import(&ctx) {
        return errors::missing(&ctx).await;
    }
    let page = blank(&ctx).await;
    ctx.html(StatusCode::OK, &page)
}

async fn blank(ctx: &Ctx) -> Page {
    let w = ctx.lang.board();
    let mine = ctx.register.units.iter().filter(|u| ctx.scope.allows(&u.id));
    let units: Vec<Choice> = mine
        .map(|u| Choice {
            value: u.id.to_string(),
            word: unit_name(ctx.t(), ctx.lang, &ctx.register, u.id.as_str()),
            chosen: false,
        })
        .collect();
    Page {
        p: Frame::new(ctx, Nav::Assets, w.import_title).await,
        w,
        many: units.len() != 1,
        units,
        columns: Column::ALL.iter().map(|c| own::column(ctx.lang, *c)).collect(),
        done: String::new(),
        refused: String::new(),
        checked: None,
    }
}

/// `POST /assets/import`: reads the file and says what it would do.
pub(crate) async fn check(ctx: Ctx, request: HttpRequest, payload: Payload) -> HttpResponse {
    let Some(viewer) = ctx.viewer().filter(|_| may_import(&ctx)) else { return errors::missing(&ctx).await };
    let w = ctx.lang.board();
    // Whole, as the guard has let it through: what the framework takes by itself is a sixtieth of it.
    let body = payload.to_bytes_limited(Body::Upload.bytes_max()).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let parts = parts(kind, &body);
    let find = |name: &str| parts.iter().find(|p| p.name == name);
    let (name, bytes) =
        find("file").map_or(("", &[][..]), |p| (p.file.as_deref().unwrap_or_default(), p.bytes));
    let unit = find("unit").and_then(|p| UnitId::new(std::str::from_utf8(p.bytes).ok()?).ok());
    let unit = unit.filter(|u| ctx.scope.allows(u) && ctx.register.unit(u).is_some());
    let mut page = blank(&ctx).await;
    if let Some(unit) = &unit {
        page.units.iter_mut().for_each(|c| c.chosen = c.value == unit.as_str());
    }
    let read = ctx.app.desk.assets().preview(viewer, name, bytes, unit.as_ref(), &ctx.register).await;
    let status = match read {
        Ok(Ok(preview)) => {
            let whole = preview.id.is_some();
            page.checked = Some(checked(&ctx, name, preview));
            if whole { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
        }
        Ok(Err(flaw)) => {
            page.refused = own::file_flaw(w, &flaw, |c| own::column(ctx.lang, c));
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(error) => return broken(&ctx, &error).await,
    };
    ctx.html(status, &page)
}

/// `POST /assets/import/confirm`: takes over what was shown.
pub(crate) async fn confirm(ctx: Ctx, form: Form<Confirm>) -> HttpResponse {
    let Some(viewer) = ctx.viewer().filter(|_| may_import(&ctx)) else { return errors::missing(&ctx).await };
    let w = ctx.lang.board();
    let mut page = blank(&ctx).await;
    let done = ctx.app.desk.assets().confirm(viewer, ctx.address(), &form.id, &ctx.register).await;
    let status = match done {
        Ok(done) => {
            page.done = fill(w.import_done, &[&done.new, &done.changed, &done.same]);
            StatusCode::OK
        }
        Err(DeskError::Refused(_)) => {
            page.refused = w.import_over.to_owned();
            StatusCode::CONFLICT
        }
        Err(error) => return broken(&ctx, &error).await,
    };
    ctx.html(status, &page)
}

async fn broken(ctx: &Ctx, error: &DeskError) -> HttpResponse {
    tracing::error!(%error, "an import could not be kept");
    errors::failed(ctx, &failure(ctx.t(), QueryError::Refused)).await
}

fn checked(ctx: &Ctx, file: &str, preview: Preview) -> Checked {
    let (w, lang, sheet) = (ctx.lang.board(), ctx.lang, preview.sheet);
    let told = |row: &ward_desk::assets::RowFlaw| {
        (row.line, row.flaws.iter().map(|flaw| own::flaw(w, lang, flaw)).collect())
    };
    let row = |d: &ward_desk::assets::Declared| {
        [
            unit_name(ctx.t(), lang, &ctx.register, d.hospital.as_str()),
            d.name.clone(),
            d.system.clone(),
            d.responsible.clone(),
            own::criticality(w, d.criticality).to_owned(),
            own::mlps(w, d.mlps_level),
            d.addresses.join(ctx.t().list_comma),
        ]
    };
    let effect = preview.effect;
    Checked {
        file: file.to_owned(),
        id: preview.id,
        bad: if sheet.bad > 0 { fill(w.import_rows_bad, &[&sheet.bad]) } else { String::new() },
        more: match sheet.bad.saturating_sub(sheet.flaws.len()) {
            0 => String::new(),
            more => fill(w.import_rows_more, &[&more]),
        },
        flaws: sheet.flaws.iter().map(told).collect(),
        ignored: if sheet.ignored.is_empty() {
            String::new()
        } else {
            fill(w.import_ignored, &[&sheet.ignored.join(ctx.t().list_comma)])
        },
        gb: sheet.is_gb18030,
        effect: fill(w.import_effect, &[&effect.new, &effect.changed, &effect.same]),
        shown: fill(w.import_first_rows, &[&sheet.rows.len().min(SHOWN)]),
        rows: sheet.rows.iter().take(SHOWN).map(|(_, d)| row(d)).collect(),
    }
}
