//! One step from a value to a query, and from the former list of events to this page.

use actix_web::{HttpResponse, http::header};

use super::state::State;
use crate::{
    context::Ctx,
    hunt::{Node, fields},
    show::link,
};

fn to(address: String) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

/// `/hunt/pivot?op=add|exclude|only&field=…&value=…` and a hunt's state: sends to the hunt that comes
/// out of it. So quoting is known in one place.
pub(crate) async fn pivot(ctx: Ctx) -> HttpResponse {
    let state = State::of(&ctx);
    let given = |name: &str| ctx.query.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    let (field, value) = (given("field"), given("value"));
    if fields::resolve(field).is_none() {
        return to(state.href(&ctx));
    }
    let condition = Node::is(field, value);
    let state = match given("op") {
        "exclude" => state.with(condition.not()),
        "only" => state.only(condition),
        _ => state.with(condition),
    };
    to(state.href(&ctx))
}

/// `/events` was a page of its own: its filters are conditions.
pub(crate) async fn from_events(ctx: Ctx) -> HttpResponse {
    let mut node = Node::All;
    for (param, field) in [("hospital", "hospital"), ("class", "class"), ("format", "format")] {
        if let Some(value) = ctx.param(param) {
            node = node.and(Node::is(field, value));
        }
    }
    if let (Some(kind), Some(value)) = (ctx.param("entity_type"), ctx.param("entity")) {
        node = node.and(of_entity(kind, value));
    }
    let text = if node == Node::All { String::new() } else { node.to_string() };
    let kept = |name: &'static str| (name, ctx.param(name).unwrap_or(""));
    to(link::with_query("/hunt", [("q", text.as_str()), kept("range"), kept("from"), kept("to")]))
}

/// The hunt that asks for this in a preset range.
pub(in crate::pages) fn asking(node: &Node, range: &str) -> String {
    link::with_query("/hunt", [("q", node.to_string().as_str()), ("range", range)])
}

/// What an entity is in events.
pub(in crate::pages) fn of_entity(kind: &str, value: &str) -> Node {
    match kind {
        "ip" => Node::is("ip", value),
        "account" | "user" => {
            // `DOMAIN\name` and `name@domain` are one account's names; events carry the bare one.
            let bare = value.rsplit('\\').next().unwrap_or(value);
            let bare = bare.split('@').next().unwrap_or(bare);
            if bare == value {
                Node::is("account", value)
            } else {
                Node::Or(vec![Node::is("account", value), Node::is("account", bare)])
            }
        }
        "host" => Node::is("host", value),
        "source" => Node::is("format", value),
        "hospital" => Node::is("hospital", value),
        _ => Node::is("message", value),
    }
}
