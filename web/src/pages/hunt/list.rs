//! Rows of the result as lines: each value with the field it stands for, so that a click can ask for it.

use askama::Template;
use ward_event::Micros;

use super::{
    super::parts::{LevelMark, event_href, level_mark, plain_ip, unit_name},
    state::{Column, State},
};
use crate::{
    context::Ctx,
    hunt::fields::{Kind, Target},
    query::HuntRow,
    show::words,
    text::Texts,
};

pub(super) struct Cell {
    /// The field's name, empty where a click asks nothing.
    pub field: String,
    /// The value as a query says it.
    pub value: String,
    /// And as a reader sees it.
    pub shown: String,
    pub level: Option<LevelMark>,
    pub class: &'static str,
}

pub(super) struct Line {
    pub href: String,
    pub time: String,
    pub doubtful: bool,
    pub cells: Vec<Cell>,
}

/// The lines of one slice.
#[derive(Template)]
#[template(path = "hunt_rows.html")]
pub(super) struct Rows {
    pub t: &'static Texts,
    pub lines: Vec<Line>,
}

pub(super) fn lines(ctx: &Ctx, state: &State, rows: &[HuntRow]) -> Vec<Line> {
    rows.iter().map(|row| line(ctx, state, row)).collect()
}

fn line(ctx: &Ctx, state: &State, row: &HuntRow) -> Line {
    let event = event_href(&row.producer, row.seq, row.ingested);
    // The event's page knows the hunt, so that its values lead on with it.
    let hunt = state.behind(None).on(ctx, "");
    Line {
        href: format!("{event}&{}", hunt.trim_start_matches('?')),
        time: ctx.zone().exact(Micros(row.at)),
        doubtful: row.time_quality != "ok",
        cells: state.columns.iter().zip(&row.cells).map(|(column, value)| cell(ctx, column, value)).collect(),
    }
}

pub(super) fn cell(ctx: &Ctx, column: &Column, value: &str) -> Cell {
    let kind = match &column.target {
        Target::Known(field) => field.kind,
        Target::Source(_) => Kind::Text,
    };
    let long = matches!(column.name.as_str(), "message" | "raw");
    let value = if kind == Kind::Address { plain_ip(value) } else { value };
    let absent = match kind {
        Kind::Text | Kind::Unit => value.is_empty(),
        Kind::Number | Kind::Time => value == "0",
        Kind::Address => value == "::",
        Kind::Class | Kind::Severity => false,
    };
    let value = if absent { "" } else { value };
    let (shown, level) = shown(ctx, kind, value);
    Cell {
        field: if long || absent || kind == Kind::Time { String::new() } else { column.name.clone() },
        value: value.to_owned(),
        shown,
        level,
        class: match kind {
            _ if long => "long",
            Kind::Number => "num",
            Kind::Unit | Kind::Class | Kind::Severity => "word",
            _ => "mono",
        },
    }
}

/// A value in words, and its level where it is a severity.
pub(super) fn shown(ctx: &Ctx, kind: Kind, value: &str) -> (String, Option<LevelMark>) {
    let t = ctx.t();
    match kind {
        _ if value.is_empty() => (String::new(), None),
        Kind::Unit => (unit_name(t, ctx.lang, &ctx.register, value), None),
        Kind::Class => (value.parse().map_or_else(|_| value.to_owned(), |uid| words::class(t, uid)), None),
        Kind::Severity => {
            let level = value.parse().map_or("", words::severity_level);
            let mark = (!level.is_empty()).then(|| level_mark(t, level));
            (mark.map_or_else(|| value.to_owned(), |m| m.word.to_owned()), mark)
        }
        Kind::Time => {
            (value.parse().map_or_else(|_| value.to_owned(), |us| ctx.zone().exact(Micros(us))), None)
        }
        Kind::Text | Kind::Number | Kind::Address => (value.to_owned(), None),
    }
}
