//! Notices: the commission's list and files of each, and a unit's own page of what it owes.

mod act;
mod archive;
mod claims;
mod deputies;
mod download;
mod form;
mod hand_in;
mod list;
mod new;
mod one;
mod origin;
mod paper;
mod replies;
mod reply;
mod reply_form;
mod sheet;
mod task;
mod words;

use actix_web::{HttpResponse, http::header};
use ward_desk::{
    DeskError, Refusal, Role, Viewer,
    case::{By, Given, Units, machine::NoticeState},
};

pub(crate) use self::{
    act::{
        add_row, approve, call, decide, drop_row, edit, enter, enter_claim, extension, number, propose, rung,
        step,
    },
    deputies::{end as end_deputy, name as name_deputy, page as deputies},
    download::{case_file, paper},
    hand_in::{issue as issue_link, opening as receipt_page, submit as hand_in},
    list::{calls, page as list},
    new::{create, page as new_page},
    one::{file, page as one},
    replies::{
        chase, current as replies_now, enter as enter_reply, export as replies_export, page as replies,
    },
    reply::reply,
    reply_form::set as set_reply_form,
    sheet::{apply as import_apply, check as import_check, export, import},
    task::{answer, dispute, extend, list as tasks, page as task, pass, sign},
};
use ward_event::Micros;

pub(crate) use self::words::row as row_state;
pub(super) use self::{
    download::{DOCX, PDF, answer as file_answer, set},
    form::Fields,
    task::{TaskRow, task_row},
    words::refusal,
};
use super::{
    errors,
    parts::{Choice, unit_name},
};
use crate::{access::Refused, context::Ctx, show::link};

pub(super) fn choice(value: &str, word: impl Into<String>, chosen: bool) -> Choice {
    Choice { value: value.to_owned(), word: word.into(), chosen }
}

/// The units that the viewer may see, as a form offers them.
pub(super) fn unit_choices(ctx: &Ctx, chosen: &str) -> Vec<Choice> {
    let units = ctx.register.units.iter().filter(|u| ctx.scope.allows(&u.id));
    units
        .map(|u| {
            let name = unit_name(ctx.t(), ctx.lang, &ctx.register, u.id.as_str());
            choice(u.id.as_str(), name, u.id.as_str() == chosen)
        })
        .collect()
}

/// Who asks, as the desk takes it.
pub(super) struct Asking {
    viewer: Viewer,
    address: String,
    units: Units,
}

impl Asking {
    pub(super) fn of(ctx: &Ctx) -> Result<Self, DeskError> {
        let viewer = ctx.viewer().cloned().ok_or(Refusal::NotAllowed)?;
        Ok(Self { viewer, address: ctx.address().to_owned(), units: ctx.scope.units() })
    }

    pub(super) fn by(&self) -> By<'_> {
        By { viewer: &self.viewer, address: &self.address, units: &self.units }
    }
}

/// Keeps files; returns their hashes and names.
async fn keep(ctx: &Ctx, asking: &Asking, files: Vec<Given>) -> Result<Vec<(String, String)>, DeskError> {
    let mut kept = Vec::with_capacity(files.len());
    for given in files {
        let name = given.name.clone();
        kept.push((ctx.app.desk.cases().keep(asking.by(), given).await?, name));
    }
    Ok(kept)
}

/// Where a notice stands, in words.
pub(super) fn notice_word(ctx: &Ctx, state: NoticeState) -> &'static str {
    words::notice(ctx.lang.cases(), state)
}

/// Where the viewer drafts a notice from something, by its kind (`alert`, `finding`) and id; None for who does not.
pub(super) fn draft_from(ctx: &Ctx, kind: &str, id: &str) -> Option<(String, &'static str)> {
    let drafts = ctx.role() == Some(Role::Analyst) && ctx.scope.units().is_none();
    drafts.then(|| (link::with_query("/notices/new", [(kind, id)]), ctx.lang.cases().notice_new))
}

/// The desk's own time: by it deadlines are set, so by it they are shown.
pub(super) fn now(ctx: &Ctx) -> Micros {
    ctx.app.desk.clock().now()
}

/// On to a page.
pub(super) fn go(href: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, href)).finish()
}

async fn fault(ctx: &Ctx, error: &DeskError) -> HttpResponse {
    tracing::error!(%error, "cases cannot be read");
    errors::refused(ctx, Refused::Fault).await
}
