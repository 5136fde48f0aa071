//! `/reports`: what was issued, and issuing by hand; `/reports/{id}`: one report on screen and as files, its words, and
//! the steps to its going out.

mod list;
mod one;
mod words;

use ward_desk::{
    Reach,
    report::{PaperAct, PaperState, Readable},
};

pub(crate) use self::{
    list::{make, make_incident, page},
    one::{correct, edit, file, one, step},
};
use crate::{context::Ctx, scope::Scope, text::reports::Reports};

/// What the viewer may read of reports.
pub(crate) fn readable(ctx: &Ctx) -> Readable {
    match &ctx.scope {
        Scope::All => Readable::All,
        Scope::Units(units) => {
            // A token may be narrower than its owner; the county's own report is of all of it.
            let viewer = ctx.viewer().filter(|v| v.within.is_none());
            let locality = viewer.and_then(|v| match &v.reach {
                Reach::Locality(name) => Some(name.clone()),
                Reach::Region | Reach::Units(_) => None,
            });
            Readable::Published { units: units.clone(), locality }
        }
    }
}

/// One who issues reports and answers for them.
fn is_commission(ctx: &Ctx) -> bool {
    ctx.scope == Scope::All && ctx.role().is_some_and(|role| crate::access::roles::REGION.allows(role))
}

const fn state_word(r: &Reports, state: PaperState) -> &'static str {
    match state {
        PaperState::Drafting => r.state_drafting,
        PaperState::Checking => r.state_checking,
        PaperState::Signing => r.state_signing,
        PaperState::Signed => r.state_signed,
        PaperState::Published => r.state_published,
    }
}

const fn state_class(state: PaperState) -> &'static str {
    match state {
        PaperState::Published => "ok",
        PaperState::Drafting => "unknown",
        PaperState::Checking | PaperState::Signing | PaperState::Signed => "partial",
    }
}

const fn act_word(r: &Reports, act: PaperAct) -> &'static str {
    match act {
        PaperAct::Submit => r.act_submit,
        PaperAct::Check => r.act_check,
        PaperAct::Sign => r.act_sign,
        PaperAct::Publish => r.act_publish,
        PaperAct::Return => r.act_return,
    }
}

fn kind_word(r: &'static Reports, kind: &str) -> &'static str {
    match kind {
        "weekly" => r.kind_weekly,
        "monthly" => r.kind_monthly,
        "quarterly" => r.kind_quarterly,
        "special" => r.kind_special,
        _ => r.kind_incident,
    }
}
