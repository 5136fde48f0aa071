//! `/notices/{id}/paper/{paper}`: a formal document as PDF or Word; `/notices/{id}/archive`: the whole case.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Path,
};
use ward_desk::case::{NoticeDetail, UnitRow, machine::Rung};
use ward_event::UnitId;
use ward_report::paper::{self, Paper};

use super::{
    archive, fault,
    paper::{Source, Which},
    words,
};
use crate::{context::Ctx, pages::errors};

pub(in crate::pages) const PDF: &str = "application/pdf";
pub(in crate::pages) const DOCX: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A document that can be had: its name and the address of its files without their ending.
pub(super) struct PaperLink {
    pub word: &'static str,
    /// `/notices/7/paper/review`
    pub href: String,
    /// `?hospital=h01`, or empty.
    pub query: String,
}

/// The documents of a notice as a whole.
pub(super) fn whole(ctx: &Ctx, detail: &NoticeDetail) -> Vec<PaperLink> {
    vec![link(detail, Which::Notice, None, words::kind(ctx.lang.cases(), detail.notice.of.kind))]
}

/// The documents of one unit.
pub(super) fn of_unit(ctx: &Ctx, detail: &NoticeDetail, unit: &UnitRow) -> Vec<PaperLink> {
    let w = ctx.lang.cases();
    let Some(source) = Source::of(ctx, detail, Some(&unit.unit)) else { return Vec::new() };
    let rungs = detail.rungs.iter().filter(|r| r.unit == unit.unit && r.rung == Rung::Supervise);
    let rungs = rungs.map(|r| (Which::Supervision(r.id), w.paper_supervision));
    let all = [
        (Which::Notice, words::kind(w, detail.notice.of.kind)),
        (Which::Receipt, w.paper_receipt),
        (Which::Review, w.paper_review),
    ];
    all.into_iter()
        .chain(rungs)
        .filter(|(which, _)| source.paper(*which).is_some())
        .map(|(which, word)| link(detail, which, Some(&unit.unit), word))
        .collect()
}

fn link(detail: &NoticeDetail, which: Which, unit: Option<&UnitId>, word: &'static str) -> PaperLink {
    PaperLink {
        word,
        href: format!("/notices/{}/paper/{}", detail.notice.id, which.name()),
        query: unit.map(|u| format!("?hospital={u}")).unwrap_or_default(),
    }
}

/// One document. A unit has its own rows alone; the commission may ask for one unit's copy.
pub(crate) async fn paper(ctx: Ctx, path: Path<(i64, String)>) -> HttpResponse {
    let (id, file) = path.into_inner();
    let asked = file.rsplit_once('.').and_then(|(name, kind)| Some((Which::from_name(name)?, kind)));
    let (Some((which, kind)), Ok(unit)) = (asked, ctx.unit_param()) else {
        return errors::missing(&ctx).await;
    };
    let detail = match ctx.app.desk.cases().notice(&ctx.scope.units(), id).await {
        Ok(Some(detail)) => detail,
        Ok(None) => return errors::missing(&ctx).await,
        Err(error) => return fault(&ctx, &error).await,
    };
    ctx.seen_object("notice", &id.to_string());
    let of = unit.as_ref();
    let Some(paper) = Source::of(&ctx, &detail, of).and_then(|source| source.paper(which)) else {
        return errors::missing(&ctx).await;
    };
    if let Some(unit) = of {
        ctx.seen_unit(unit.as_str());
    }
    let bytes = match kind {
        "docx" => paper::docx(&paper).map_err(|error| error.to_string()),
        "pdf" => set(&ctx, paper).await,
        _ => return errors::missing(&ctx).await,
    };
    match bytes {
        Ok(bytes) => {
            let unit = unit.map(|u| format!("-{u}")).unwrap_or_default();
            let name = format!("notice-{id}-{}{unit}.{kind}", which.name());
            answer(if kind == "pdf" { PDF } else { DOCX }, &name, bytes)
        }
        Err(error) => {
            tracing::error!(%error, "a document cannot be set in type");
            let r = ctx.lang.reports();
            errors::told(&ctx, StatusCode::NOT_IMPLEMENTED, r.pdf_failed, r.pdf_failed_why).await
        }
    }
}

/// As PDF; half a second of a core, beside the runtime.
pub(in crate::pages) async fn set(ctx: &Ctx, paper: Paper) -> Result<Vec<u8>, String> {
    let press = ctx.app.press.clone().ok_or("this process sets nothing in type")?;
    let set = tokio::task::spawn_blocking(move || press.paper(&paper)).await;
    set.map_err(|e| e.to_string())?.map_err(|e| e.to_string())
}

pub(in crate::pages) fn answer(kind: &'static str, name: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        // Made of numbers and ids alone.
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(bytes)
}

/// Everything of a case in one file that can be checked without Ward.
pub(crate) async fn case_file(ctx: Ctx, id: Path<i64>) -> HttpResponse {
    let detail = match ctx.app.desk.cases().notice(&ctx.scope.units(), *id).await {
        Ok(Some(detail)) => detail,
        Ok(None) => return errors::missing(&ctx).await,
        Err(error) => return fault(&ctx, &error).await,
    };
    ctx.seen_object("notice", &id.to_string());
    match archive::make(&ctx, &detail).await {
        Ok(bytes) => answer("application/zip", &format!("notice-{id}.zip"), bytes),
        Err(error) => fault(&ctx, &error).await,
    }
}
