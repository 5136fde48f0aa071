//! The graph of neighbours as a picture without a script, and the table that says the same.

use ward_event::{Micros, UnitId};

use super::layout::{CENTRE, NODE, Stands, WIDTH, layout};
use crate::{
    context::Ctx,
    pages::{
        hunt::of_entity,
        parts::{LevelMark, When, level_mark, when},
    },
    query::EntityKey,
    show::{grouped, link, words},
    story::{Neighbour, Neighbourhood, Tie},
    text::{Story, fill},
};

pub(in crate::pages) struct GraphView {
    pub label: String,
    pub width: i32,
    pub height: i32,
    /// Width and height of a node.
    pub node: (i32, i32),
    pub centre: Centre,
    pub groups: Vec<GroupView>,
    pub edges: Vec<Edge>,
    pub rows: Vec<Row>,
    /// What the table leaves out.
    pub left_out: Option<String>,
    /// More than could be counted.
    pub more: bool,
}

pub(in crate::pages) struct Centre {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
    pub kind: String,
    pub value: String,
}

pub(in crate::pages) struct GroupView {
    pub x: i32,
    pub y: i32,
    pub title: &'static str,
    pub nodes: Vec<NodeView>,
}

pub(in crate::pages) struct NodeView {
    pub x: i32,
    pub y: i32,
    /// `ip`, `host`, `account`, `many`, `other`: its shape.
    pub shape: &'static str,
    /// Cut to what a node has room for; the table has it whole.
    pub label: String,
    pub count: String,
    pub href: String,
    pub level: Option<LevelMark>,
}

pub(in crate::pages) struct Edge {
    pub path: String,
    /// 1–5, by how much.
    pub weight: u32,
    /// Which end has the arrow: `end` at the entity, `start` at the neighbour, none for what only stands together.
    pub arrow: &'static str,
    /// An alert's level, or nothing.
    pub class: &'static str,
}

pub(in crate::pages) struct Row {
    pub relation: &'static str,
    pub kind: String,
    pub value: String,
    pub href: String,
    pub count: String,
    pub failed: String,
    pub ports: String,
    pub level: Option<LevelMark>,
    pub last: When,
}

/// Characters that a node has room for.
const LABEL_CHARS: usize = 30;
/// Rows of each tie in the table.
const ROWS_MAX: usize = 50;

pub(super) fn view(ctx: &Ctx, key: &EntityKey, found: &Neighbourhood) -> GraphView {
    let w = ctx.lang.story();
    let made = layout(&found.neighbours, key.kind == "hospital");
    let middle = made.height / 2;
    let (left, right) = ((WIDTH - CENTRE.0) / 2, (WIDTH + CENTRE.0) / 2);
    let (mut groups, mut edges) = (Vec::new(), Vec::new());
    for group in &made.groups {
        let nodes = group.nodes.iter().map(|node| {
            let y = node.y + NODE.1 / 2;
            let (from, to) = if group.x == 0 { (NODE.0, left) } else { (WIDTH - NODE.0, right) };
            let bend = i32::midpoint(from, to);
            let count: u64 = node.stands.all().iter().map(|n| n.count).sum();
            let worst = node.stands.all().iter().filter_map(|n| n.worst).max();
            edges.push(Edge {
                path: format!("M{from} {y}C{bend} {y} {bend} {middle} {to} {middle}"),
                weight: count.max(1).ilog10().min(4) + 1,
                arrow: match group.tie {
                    Tie::Alert => "",
                    tie if tie.is_inward() => "end",
                    _ => "start",
                },
                class: worst.map_or("none", |level| words::level_class(level.name())),
            });
            node_view(ctx, key, group.tie, (node.x, node.y), &node.stands)
        });
        groups.push(GroupView {
            x: group.x,
            y: group.y,
            title: tie_word(w, group.tie),
            nodes: nodes.collect(),
        });
    }
    let mut shown: Vec<Row> = Vec::new();
    for tie in Tie::ALL {
        let of_tie = found.neighbours.iter().filter(|n| n.tie == tie).take(ROWS_MAX);
        shown.extend(of_tie.map(|n| row(ctx, key, n)));
    }
    let value = match key.kind.as_str() {
        "hospital" => crate::pages::parts::unit_name(ctx.t(), ctx.lang, &ctx.register, &key.value),
        _ => key.value.clone(),
    };
    let left_out = found.neighbours.len() - shown.len();
    GraphView {
        label: fill(w.graph_label, &[&value]),
        width: WIDTH,
        height: made.height,
        node: NODE,
        centre: Centre {
            x: left,
            y: middle - CENTRE.1 / 2,
            width: CENTRE.0,
            height: CENTRE.1,
            kind: words::entity_kind(ctx.t(), &key.kind).to_owned(),
            value: short(&value, LABEL_CHARS - 4),
        },
        groups,
        edges,
        rows: shown,
        left_out: (left_out > 0).then(|| fill(w.table_more, &[&left_out])),
        more: found.more,
    }
}

const fn tie_word(w: &Story, tie: Tie) -> &'static str {
    match tie {
        Tie::Caller => w.tie_caller,
        Tie::Account => w.tie_account,
        Tie::Origin => w.tie_origin,
        Tie::Called => w.tie_called,
        Tie::SignsInOn => w.tie_signs_in_on,
        Tie::Alert => w.tie_alert,
    }
}

fn node_view(ctx: &Ctx, key: &EntityKey, tie: Tie, (x, y): (i32, i32), stands: &Stands<'_>) -> NodeView {
    let w = ctx.lang.story();
    let (shape, full, href) = match stands {
        Stands::One(one) => (shape(&one.kind), one.value.clone(), href(key, one)),
        Stands::Net(net, all) => ("many", fill(w.folded_net, &[net, &all.len()]), of_net(key, tie, net)),
        Stands::Rest(all) => ("many", fill(w.folded_rest, &[&all.len()]), "#neighbours".to_owned()),
    };
    let worst = stands.all().iter().filter_map(|n| n.worst).max();
    NodeView {
        x,
        y,
        shape,
        label: short(&full, LABEL_CHARS),
        count: grouped(stands.all().iter().map(|n| n.count).sum()),
        href,
        level: worst.map(|level| level_mark(ctx.t(), level.name())),
    }
}

fn shape(kind: &str) -> &'static str {
    match kind {
        "ip" => "ip",
        "host" | "database" => "host",
        "account" | "user" => "account",
        _ => "other",
    }
}

fn unit(key: &EntityKey) -> &str {
    key.unit.as_ref().map_or("", UnitId::as_str)
}

fn href(key: &EntityKey, one: &Neighbour) -> String {
    link::entity(&one.kind, &one.value, unit(key))
}

/// The events between the entity and a network.
fn of_net(key: &EntityKey, tie: Tie, net: &str) -> String {
    let field = if tie == Tie::Called { "dst" } else { "src" };
    let own = of_entity(&key.kind, &key.value);
    let mut text = format!("({own}) AND {field}:{net}");
    if !unit(key).is_empty() {
        text.push_str(&format!(" AND hospital:{}", unit(key)));
    }
    link::with_query("/hunt", [("q", text.as_str()), ("range", "24h")])
}

fn short(text: &str, chars: usize) -> String {
    // What could turn the line round is shown as what it is by the page's escaper; here it is cut only.
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    text.chars().take(chars - 1).chain(['…']).collect()
}

fn row(ctx: &Ctx, key: &EntityKey, one: &Neighbour) -> Row {
    let ports: Vec<String> = one.ports.iter().filter(|port| **port > 0).map(u64::to_string).collect();
    Row {
        relation: tie_word(ctx.lang.story(), one.tie),
        kind: words::entity_kind(ctx.t(), &one.kind).to_owned(),
        value: one.value.clone(),
        href: href(key, one),
        count: grouped(one.count),
        failed: if one.failed > 0 { grouped(one.failed) } else { String::new() },
        ports: ports.join(ctx.t().list_comma),
        level: one.worst.map(|level| level_mark(ctx.t(), level.name())),
        last: when(ctx, Micros(one.last.0)),
    }
}
