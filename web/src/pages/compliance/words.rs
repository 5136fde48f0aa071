//! Words and marks that these pages share.

use ward_desk::compliance::{Catalogue, Column, Flaw, Group, Item, Kind, Sheet, State};

use crate::{
    context::Ctx,
    text::{Compliance, Lang, fill},
};

/// A state with how often it stands there.
pub(super) struct Mark {
    pub class: &'static str,
    pub word: &'static str,
    pub count: usize,
}

pub(super) const fn state(w: &Compliance, state: State) -> &'static str {
    match state {
        State::NotMet => w.state_not_met,
        State::Overdue => w.state_overdue,
        State::Partly => w.state_partly,
        State::DueSoon => w.state_due_soon,
        State::Unknown => w.state_unknown,
        State::Stated => w.state_stated,
        State::Met => w.state_met,
    }
}

/// Class of the mark. Only what is met is green; what nobody recorded is grey.
pub(super) const fn class(state: State) -> &'static str {
    match state {
        State::NotMet => "wrong",
        State::Overdue => "overdue",
        State::Partly => "partial",
        State::DueSoon => "soon",
        State::Unknown => "unknown",
        State::Stated => "stated",
        State::Met => "ok",
    }
}

/// States in which something is wanting, in the order of attention.
pub(super) const WANTING: [State; 5] =
    [State::NotMet, State::Overdue, State::Partly, State::DueSoon, State::Unknown];

/// What is wanting by state; where nothing is, what there is.
pub(super) fn marks(w: &'static Compliance, count: impl Fn(State) -> usize) -> Vec<Mark> {
    let of = |states: &[State]| -> Vec<Mark> {
        let mark = |s: &State| Mark { class: class(*s), word: state(w, *s), count: count(*s) };
        states.iter().map(mark).filter(|mark| mark.count > 0).collect()
    };
    let wanting = of(&WANTING);
    if wanting.is_empty() { of(&[State::Met, State::Stated]) } else { wanting }
}

pub(super) fn group_name(lang: Lang, group: &Group) -> &str {
    if lang == Lang::Zh { &group.zh } else { &group.en }
}

pub(super) fn item_name(lang: Lang, item: &Item) -> &str {
    if lang == Lang::Zh { &item.zh } else { &item.en }
}

/// The name of an item that may be of an older file.
pub(super) fn item_named<'a>(lang: Lang, catalogue: &'a Catalogue, id: &'a str) -> &'a str {
    catalogue.item(id).map_or(id, |item| item_name(lang, item))
}

pub(super) fn value(lang: Lang, item: &Item, value: &str) -> String {
    item.shown(value, lang == Lang::Zh)
}

/// What may be written into an item.
pub(super) fn allowed(lang: Lang, item: &Item) -> String {
    let w = lang.compliance();
    match item.kind {
        Kind::Choice => {
            let words: Vec<&str> =
                item.choices.iter().map(|c| if lang == Lang::Zh { c.zh.as_str() } else { &c.en }).collect();
            words.join(if lang == Lang::Zh { " / " } else { " | " })
        }
        Kind::Number => fill(w.bounds, &[&item.min, &item.max]),
        Kind::Date => w.import_date.to_owned(),
        Kind::Text => w.import_text.to_owned(),
    }
}

pub(super) fn edition(ctx: &Ctx) -> String {
    let catalogue = ctx.app.desk.compliance().catalogue();
    fill(ctx.lang.compliance().edition, &[&catalogue.version, &catalogue.effective])
}

pub(super) const fn column(lang: Lang, column: Column) -> &'static str {
    match lang {
        Lang::Zh => column.zh(),
        Lang::En => column.en(),
    }
}

pub(super) fn flaw(lang: Lang, flaw: &Flaw) -> String {
    let (b, w) = (lang.board(), lang.compliance());
    let of = |c: &Column| column(lang, *c);
    match flaw {
        Flaw::Missing(c) => fill(b.flaw_missing, &[&of(c)]),
        Flaw::Formula(c) => fill(b.flaw_formula, &[&of(c)]),
        Flaw::Value(c, value) => fill(b.flaw_value, &[&of(c), value]),
        Flaw::Unit(name) => fill(b.flaw_unit, &[name]),
        Flaw::System(name) => fill(w.flaw_system, &[name]),
        Flaw::Future(day) => fill(w.flaw_future, &[day]),
        Flaw::Cells(n) => fill(b.flaw_cells, &[n]),
        Flaw::Twice(line) => fill(w.flaw_twice, &[line]),
    }
}

/// How a unit stands, in a sentence.
pub(crate) fn summary(ctx: &Ctx, sheet: &Sheet<'_>) -> String {
    let soon = ctx.app.desk.compliance().catalogue().soon_days;
    let count = |state| sheet.count(None, state);
    let of = [count(State::NotMet), count(State::Overdue), count(State::DueSoon), count(State::Unknown)];
    fill(ctx.lang.compliance().portal_line, &[&of[0], &of[1], &soon, &of[2], &of[3]])
}
