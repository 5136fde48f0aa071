//! `/entities`: who and what is riskiest now.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    alerts::unit_choices,
    frame::{Frame, Nav},
    parts::{Choice, Panel, RiskLine, risk_line},
};
use crate::{context::Ctx, scope::Scope, show::words};

const LINES: i64 = 200;

/// Kinds that a list can be limited to.
const KINDS: [&str; 5] = ["account", "host", "ip", "source", "hospital"];

#[derive(Template)]
#[template(path = "entities.html")]
struct Page {
    p: Frame,
    kinds: Vec<Choice>,
    units: Vec<Choice>,
    list: Panel<Vec<RiskLine>>,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let t = ctx.t();
    let kind = ctx.param("type").filter(|k| KINDS.contains(k));
    let (scope, unit) = match ctx.unit_param() {
        Ok(unit) => (ctx.scope.clone(), unit),
        Err(()) => (Scope::Units(std::collections::BTreeSet::new()), None),
    };
    let rows = ctx.app.reader.riskiest(&scope, unit.as_ref(), kind, ctx.now, LINES).await;
    let list = Panel::of(t, rows, |rows| rows.iter().map(|row| risk_line(&ctx, row)).collect());
    let status = list.status();
    let choice = |k: &&str| Choice {
        value: (*k).to_owned(),
        word: words::entity_kind(t, k).to_owned(),
        chosen: kind == Some(*k),
    };
    let page = Page {
        p: Frame::new(&ctx, Nav::Entities, t.nav_entities).await,
        kinds: KINDS.iter().map(choice).collect(),
        units: unit_choices(&ctx),
        list,
    };
    ctx.html(status, &page)
}
