//! A unit without an account: `/notices/{id}/link` prints its 回执 with a one-time code; `/receipt` is what the code
//! opens on any telephone and takes the signed sheet.

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Path},
};
use askama::Template;
use ward_desk::{
    DeskError, Refusal,
    case::{NoticeDetail, OpenLink, SHEET_FILES_MAX, Sheet},
};
use ward_event::UnitId;
use ward_report::paper::{self, HandIn, Paper};

use super::{
    Asking, Choice,
    act::unit,
    choice,
    download::{DOCX, PDF, answer as file_answer, set},
    fault,
    form::Fields,
    keep,
    paper::Source,
    words,
};
use crate::{
    context::Ctx,
    pages::{
        frame::{Frame, Nav},
        parts::unit_name,
    },
    text::{Cases, fill},
};

/// A one-time link of a unit, as the notice shows it.
pub(super) struct LinkLine {
    pub told: String,
    pub files: Vec<String>,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    link: String,
    /// None where the link does not count.
    of: Option<Of>,
    rule: String,
    error: Option<String>,
    done: bool,
}

struct Of {
    title: String,
    number: String,
    unit: String,
    contact: String,
    until: String,
}

/// `POST /notices/{id}/link`: the unit's 回执 with a new code. The secret stands on the paper alone.
pub(crate) async fn issue(ctx: Ctx, id: Path<i64>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    match printed(&ctx, *id, &request, &fields).await {
        Ok((unit, paper)) => {
            let is_pdf = fields.one("kind") == "pdf";
            let bytes = if is_pdf {
                set(&ctx, paper).await
            } else {
                paper::docx(&paper).map_err(|error| error.to_string())
            };
            let (kind, ending) = if is_pdf { (PDF, "pdf") } else { (DOCX, "docx") };
            match bytes {
                Ok(bytes) => file_answer(kind, &format!("notice-{}-receipt-{unit}.{ending}", *id), bytes),
                Err(error) => fault(&ctx, &DeskError::Broken(error)).await,
            }
        }
        Err(error) => super::act::answer(&ctx, *id, Err(error)).await,
    }
}

async fn printed(
    ctx: &Ctx,
    id: i64,
    request: &HttpRequest,
    fields: &Fields,
) -> Result<(UnitId, Paper), DeskError> {
    let (asking, unit) = (Asking::of(ctx)?, unit(fields)?);
    let cases = ctx.app.desk.cases();
    let detail = cases.notice(&ctx.scope.units(), id).await?.ok_or(Refusal::NotThere)?;
    let source = Source::of(ctx, &detail, Some(&unit)).ok_or(Refusal::NotThere)?;
    let link = cases.issue_link(asking.by(), id, &unit).await?;
    let address = format!("{}/receipt?link={}", ctx.origin(request), link.secret);
    let paper = source.sheet(HandIn { address, until: link.expires_at }).ok_or(Refusal::WrongState)?;
    Ok((unit, paper))
}

/// `GET /receipt`: what is asked for and by whom; as little as a message would say.
pub(crate) async fn opening(ctx: Ctx) -> HttpResponse {
    let link = ctx.param("link").unwrap_or("").to_owned();
    show(&ctx, link, None).await
}

async fn show(ctx: &Ctx, link: String, error: Option<String>) -> HttpResponse {
    match ctx.app.desk.cases().link(&link).await {
        Ok(of) => {
            let status = match (&of, &error) {
                (None, _) => StatusCode::NOT_FOUND,
                (_, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::OK,
            };
            let of = of.map(|of| view(ctx, &of));
            let page = Page { link, of, error, ..blank(ctx).await };
            ctx.html(status, &page)
        }
        Err(error) => fault(ctx, &error).await,
    }
}

async fn blank(ctx: &Ctx) -> Page {
    let w = ctx.lang.cases();
    let p = Frame::new(ctx, Nav::Tasks, w.hand_in).await;
    let rule = fill(w.hand_in_rule, &[&SHEET_FILES_MAX]);
    Page { p, w, link: String::new(), of: None, rule, error: None, done: false }
}

fn view(ctx: &Ctx, of: &OpenLink) -> Of {
    Of {
        title: of.title.clone(),
        number: of.number.clone(),
        unit: unit_name(ctx.t(), ctx.lang, &ctx.register, of.unit.as_str()),
        contact: format!("{} {}", of.contact, of.phone).trim().to_owned(),
        until: ctx.zone().full(of.expires_at),
    }
}

/// `POST /receipt`: takes the sheet.
pub(crate) async fn submit(ctx: Ctx, request: HttpRequest, body: Bytes) -> HttpResponse {
    let fields = Fields::read(&request, &body);
    let link = fields.text("link");
    let sheet =
        Sheet { person: fields.text("person"), phone: fields.text("phone"), files: fields.files("sheet") };
    match ctx.app.desk.cases().hand_in(&link, ctx.address(), sheet).await {
        Ok(()) => {
            let page = Page { done: true, ..blank(&ctx).await };
            ctx.html(StatusCode::OK, &page)
        }
        Err(DeskError::Refused(Refusal::NotThere)) => show(&ctx, String::new(), None).await,
        Err(error) => match words::refusal(&ctx, &error) {
            Some(words) => show(&ctx, link, Some(words)).await,
            None => fault(&ctx, &error).await,
        },
    }
}

/// The links of a unit that say something still: the newest, and what was handed in.
pub(super) fn links(ctx: &Ctx, detail: &NoticeDetail, unit: &UnitId) -> Vec<LinkLine> {
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let own = detail.links.iter().filter(|l| l.unit == *unit && l.revoked_at.is_none());
    own.map(|l| LinkLine {
        told: match l.used_at {
            Some(at) => {
                let word = if l.entered { w.hand_in_entered } else { w.hand_in_waits };
                format!("{} · {word}", fill(w.handed_in_by, &[&l.person, &l.phone, &zone.short(at)]))
            }
            None => fill(w.link_given, &[&l.issued_by, &zone.short(l.issued_at), &zone.short(l.expires_at)]),
        },
        files: l.files.clone(),
    })
    .collect()
}

/// The sheets that a unit has handed in, as a form offers them; the newest first.
pub(super) fn sheets(ctx: &Ctx, detail: &NoticeDetail, unit: &UnitId) -> Vec<Choice> {
    let own = detail.links.iter().rev().filter(|l| l.unit == *unit && !l.files.is_empty());
    own.filter_map(|l| {
        let at = ctx.zone().short(l.used_at?);
        let word = fill(ctx.lang.cases().hand_in_use, &[&l.person, &at, &l.files.len()]);
        Some(choice(&l.id.to_string(), word, false))
    })
    .collect()
}

/// The sheet by which something is entered, its further pages behind it: one that was handed in, where the form
/// names it, or one that comes with the form. Of which unit it must be, `of` says.
pub(super) async fn entered(
    ctx: &Ctx,
    asking: &Asking,
    id: i64,
    fields: &Fields,
    of: impl Fn(&NoticeDetail) -> Option<UnitId>,
) -> Result<Vec<String>, DeskError> {
    let link = fields.number("link");
    if link < 0 {
        let files = keep(ctx, asking, fields.files("sheet")).await?;
        return Ok(files.into_iter().map(|(hash, _)| hash).collect());
    }
    let detail = ctx.app.desk.cases().notice(&ctx.scope.units(), id).await?.ok_or(Refusal::NotThere)?;
    let unit = of(&detail).ok_or(Refusal::NotThere)?;
    let link = detail.links.into_iter().find(|l| l.id == link && l.unit == unit);
    Ok(link.ok_or(Refusal::NotThere)?.files)
}
