//! `/systems`: critical systems with their live state.

use actix_web::HttpResponse;
use askama::Template;

use super::{
    known::{Known, SystemLine, declarations, known, system_line},
    words as own,
};
use crate::{
    context::Ctx,
    pages::{
        alerts::unit_choices,
        frame::{Frame, Nav},
        parts::{Choice, Panel},
    },
    query::QueryError,
    register::State,
    show::link,
    text::Board,
};

#[derive(Template)]
#[template(path = "systems.html")]
struct Page {
    p: Frame,
    w: &'static Board,
    units: Vec<Choice>,
    list: Panel<List>,
}

struct List {
    tabs: Vec<Tab>,
    lines: Vec<SystemLine>,
}

struct Tab {
    href: String,
    class: &'static str,
    word: &'static str,
    count: usize,
    chosen: bool,
}

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let frame = ctx.hub().frame().await;
    let snapshot = frame.as_ref().map(|f| &f.snapshot);
    let list = match ctx.unit_param() {
        Ok(unit) => {
            let scope = ctx.scope.narrow(unit.as_ref());
            let gathered = async {
                let declared = declarations(&ctx, &scope).await?;
                known(&ctx, &scope, snapshot, &declared).await
            };
            gathered.await
        }
        // What is no id has no systems.
        Err(()) => Ok::<Vec<Known>, QueryError>(Vec::new()),
    };
    let page = Page {
        p: Frame::with(&ctx, Nav::Systems, ctx.lang.board().systems_title, snapshot).await,
        w: ctx.lang.board(),
        units: unit_choices(&ctx),
        list: Panel::of(ctx.t(), list, |all| view(&ctx, &all)),
    };
    let status = page.list.status();
    ctx.html(status, &page)
}

fn view(ctx: &Ctx, all: &[Known]) -> List {
    let asked = ctx.param("state").and_then(State::from_name);
    let unit = ctx.param("hospital").unwrap_or("");
    let href = |state: &str| link::with_query("/systems", [("hospital", unit), ("state", state)]);
    let w = ctx.lang.board();
    let every =
        Tab { href: href(""), class: "", word: ctx.t().all, count: all.len(), chosen: asked.is_none() };
    let of = |state: State| Tab {
        href: href(state.name()),
        class: state.name(),
        word: own::state(w, state),
        count: all.iter().filter(|k| k.state == state).count(),
        chosen: asked == Some(state),
    };
    List {
        tabs: std::iter::once(every).chain(State::ALL.into_iter().map(of)).collect(),
        lines: all
            .iter()
            .filter(|k| asked.is_none_or(|s| k.state == s))
            .map(|k| system_line(ctx, k))
            .collect(),
    }
}
