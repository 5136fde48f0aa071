//! The fields panel: the most frequent values among the matches, each a condition to add or to exclude.

use askama::Template;

use super::{
    super::parts::{Panel, plain_ip},
    list,
    state::{Column, State},
};
use crate::{
    context::Ctx,
    hunt::{
        Node, Test,
        fields::{self, FieldInfo, Kind, Target},
    },
    query::{QueryError, Top, ValueCount},
    show::grouped,
    text::{Lang, Texts},
};

/// Fields whose values are always counted.
const SHOWN: [&str; 12] = [
    "hospital",
    "class",
    "severity",
    "format",
    "src_endpoint.ip",
    "dst_endpoint.ip",
    "dst_endpoint.port",
    "user.name",
    "device.hostname",
    "metadata.event_code",
    "process.name",
    "status",
];

/// Values of one field that the panel lists.
const VALUES: usize = 6;

pub(super) fn shown() -> Vec<&'static FieldInfo> {
    let known = |name: &&str| match fields::resolve(name) {
        Some(Target::Known(field)) => Some(field),
        _ => None,
    };
    SHOWN.iter().filter_map(known).collect()
}

pub(super) struct Value {
    pub shown: String,
    pub count: String,
    pub about: bool,
    /// Length of its bar, per cent of the field's most frequent.
    pub width: String,
    pub add: String,
    pub exclude: String,
}

pub(super) struct Facet {
    pub name: String,
    pub label: String,
    pub values: Vec<Value>,
    pub all: String,
    pub exists: String,
}

#[derive(Template)]
#[template(path = "hunt_facets.html")]
pub(super) struct Facets {
    pub t: &'static Texts,
    /// The field whose values are all listed.
    pub open: Option<Panel<Facet>>,
    pub close: String,
    pub facets: Panel<Vec<Facet>>,
    pub names: Vec<&'static str>,
    pub pairs: Vec<(&'static str, String)>,
}

pub(super) fn facets(
    ctx: &Ctx,
    state: &State,
    tops: Result<Vec<Top>, QueryError>,
    open: Option<Result<Vec<ValueCount>, QueryError>>,
) -> Facets {
    let open = state.top.as_ref().zip(open).map(|(column, rows)| {
        Panel::of(ctx.t(), rows, |rows| {
            let top: Top = rows.into_iter().map(|r| (r.value, r.count, 0)).collect();
            facet(ctx, state, column, &top)
        })
    });
    let known =
        |field: &'static FieldInfo| Column { name: field.name.to_owned(), target: Target::Known(field) };
    let skipped = state.top.as_ref().map(|c| c.name.clone());
    Facets {
        t: ctx.t(),
        open,
        close: state.listing(None).href(ctx),
        facets: Panel::of(ctx.t(), tops, |tops| {
            let columns = shown().into_iter().map(known);
            let all = columns.zip(tops).filter(|(column, _)| skipped.as_ref() != Some(&column.name));
            all.map(|(column, mut top)| {
                top.retain(|(value, ..)| is_value(&column, value));
                top.truncate(VALUES);
                facet(ctx, state, &column, &top)
            })
            .filter(|facet| !facet.values.is_empty())
            .collect()
        }),
        names: fields::all().iter().filter(|f| f.is_countable()).map(|f| f.name).collect(),
        pairs: state
            .listing(None)
            .behind(None)
            .pairs(ctx)
            .into_iter()
            .filter(|(_, v)| !v.is_empty())
            .collect(),
    }
}

/// Not what stands for nothing.
fn is_value(column: &Column, value: &str) -> bool {
    let kind = match &column.target {
        Target::Known(field) => field.kind,
        Target::Source(_) => Kind::Text,
    };
    match kind {
        Kind::Class | Kind::Severity => true,
        Kind::Number => value != "0",
        Kind::Address => value != "::",
        _ => !value.is_empty(),
    }
}

fn facet(ctx: &Ctx, state: &State, column: &Column, top: &Top) -> Facet {
    let (kind, label) = match &column.target {
        Target::Known(field) => (field.kind, field.label(ctx.lang)),
        Target::Source(_) => (Kind::Text, ""),
    };
    let highest = top.iter().map(|(_, count, _)| *count).max().unwrap_or(1).max(1);
    let value = |(value, count, error): &(String, u64, u64)| {
        let value = if kind == Kind::Address { plain_ip(value) } else { value };
        let condition = Node::is(&column.name, value);
        Value {
            shown: list::shown(ctx, kind, value).0,
            count: grouped(*count),
            about: *error > 0,
            width: format!("{:.1}", *count as f64 / highest as f64 * 100.0),
            add: state.with(condition.clone()).href(ctx),
            exclude: state.with(condition.not()).href(ctx),
        }
    };
    Facet {
        name: column.name.clone(),
        label: if ctx.lang == Lang::Zh { label.to_owned() } else { String::new() },
        values: top.iter().map(value).collect(),
        all: state.listing(Some(column.clone())).href(ctx),
        exists: state.with(Node::field(&column.name, Test::Exists)).href(ctx),
    }
}
