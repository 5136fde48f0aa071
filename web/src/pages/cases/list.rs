//! `/notices`: the list (整改台账); `/notices/calls`: who has to be called.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use ward_desk::{
    Role,
    case::{Filter, Line, Only, machine::NoticeState, machine::RowState},
};
use ward_event::{UnitId, alert::Level};

use super::{choice, fault, now, unit_choices, words};
use crate::{
    context::Ctx,
    pages::{
        deliveries::reasons,
        frame::{Frame, Nav},
        parts::{Choice, LevelMark, Pager, level_mark, locality_choices, unit_name},
    },
    show::{link, words as shown},
    text::{Cases, fill},
};

#[derive(Template)]
#[template(path = "notices.html")]
struct Page {
    p: Frame,
    w: &'static Cases,
    may_draft: bool,
    s: &'static crate::text::Sheet,
    /// The list as a file, as it is filtered.
    export: String,
    /// The word of the page of deliveries, for who may open it.
    deliveries: Option<&'static str>,
    counts: Vec<(&'static str, i64, &'static str)>,
    text: String,
    units: Vec<Choice>,
    localities: Vec<Choice>,
    pager: Pager,
    states: Vec<Choice>,
    levels: Vec<Choice>,
    only: Vec<Choice>,
    /// Of notices that were sent in this time, as the address has it.
    sent: Option<(String, String)>,
    missing: Vec<String>,
    lines: Vec<Row>,
}

struct Row {
    href: String,
    number: String,
    title: String,
    unit: String,
    problem: String,
    level: Option<LevelMark>,
    system: String,
    class: &'static str,
    state: &'static str,
    due: String,
    left: String,
    late: bool,
    drafter: String,
    sent: String,
}

#[derive(Template)]
#[template(path = "calls.html")]
struct CallsPage {
    p: Frame,
    w: &'static Cases,
    localities: Vec<Choice>,
    why: &'static str,
    /// Sheets that wait to be entered.
    handed_in: Vec<HandedInLine>,
    lines: Vec<CallLine>,
}

struct HandedInLine {
    href: String,
    number: String,
    title: String,
    unit: String,
    told: String,
}

struct CallLine {
    href: String,
    number: String,
    title: String,
    unit: String,
    /// Persons and telephones, as the register has them.
    contacts: Vec<(String, String, String)>,
    sent: String,
    why: Vec<&'static str>,
    calls: i64,
    last: String,
    promised: String,
}

/// Lines of one page.
const LINES: usize = 200;

pub(crate) async fn page(ctx: Ctx) -> HttpResponse {
    let (units, cases) = (ctx.scope.units(), ctx.app.desk.cases());
    let filter = Filter {
        from: i64::try_from(Pager::start(&ctx, "skip")).unwrap_or(i64::MAX),
        // One more than is shown tells whether there is a next page.
        limit: Some(LINES as i64 + 1),
        ..filter(&ctx)
    };
    let (lines, counts) = tokio::join!(cases.list(&units, &filter), cases.counts(&units));
    let (lines, counts) = match (lines, counts) {
        (Ok(lines), Ok(counts)) => (lines, counts),
        (Err(error), _) | (_, Err(error)) => return fault(&ctx, &error).await,
    };
    let w = ctx.lang.cases();
    let state = filter.state.map_or("", RowState::as_str);
    let level = filter.level.map_or("", Level::name);
    let page = Page {
        p: Frame::new(&ctx, Nav::Notices, ctx.t().nav_notices).await,
        w,
        may_draft: ctx.role() == Some(Role::Analyst),
        s: ctx.lang.sheet(),
        export: link::with_query(
            "/notices/list.xlsx",
            ctx.query
                .iter()
                .filter(|(n, _)| !matches!(n.as_str(), "lang" | "skip"))
                .map(|(n, v)| (n.as_str(), v.as_str())),
        ),
        deliveries: matches!(ctx.role(), Some(Role::Analyst | Role::Leader))
            .then(|| ctx.lang.deliveries().title),
        counts: vec![
            (w.count_drafts, counts.drafts, ""),
            (w.count_open, counts.open, ""),
            (w.count_overdue, counts.overdue, if counts.overdue > 0 { "digits-high" } else { "" }),
            (w.count_decide, counts.to_decide, ""),
            (w.count_closed, counts.closed, ""),
        ],
        text: filter.text.clone(),
        units: unit_choices(&ctx, ctx.param("hospital").unwrap_or("")),
        localities: locality_choices(&ctx),
        states: RowState::ALL
            .iter()
            .map(|s| choice(s.as_str(), words::row(w, *s), s.as_str() == state))
            .collect(),
        levels: Level::ALL
            .iter()
            .rev()
            .map(|l| choice(l.name(), shown::level(ctx.t(), l.name()), l.name() == level))
            .collect(),
        only: Only::ALL
            .iter()
            .map(|o| choice(o.as_str(), words::only(w, *o), filter.only == Some(*o)))
            .collect(),
        sent: filter
            .sent
            .and(ctx.param("from").zip(ctx.param("to")))
            .map(|(a, b)| (a.to_owned(), b.to_owned())),
        missing: missing(&ctx),
        pager: Pager::of(&ctx, "skip", LINES, lines.len() > LINES),
        lines: lines.iter().take(LINES).map(|line| row(&ctx, line)).collect(),
    };
    ctx.html(StatusCode::OK, &page)
}

/// Years of whose holidays no file says anything, from now for sixty days.
pub(super) fn missing(ctx: &Ctx) -> Vec<String> {
    let ahead = ward_event::Micros(now(ctx).0 + 60 * ward_event::time::MICROS_PER_DAY);
    let cases = ctx.app.desk.cases();
    let years = cases.rules().calendar.missing(now(ctx), ahead);
    years.iter().map(|year| fill(ctx.lang.cases().calendar_missing, &[year, year])).collect()
}

pub(super) fn filter(ctx: &Ctx) -> Filter {
    let text = ctx.param("q").unwrap_or("").to_owned();
    let time = |name: &str| ctx.param(name).and_then(|at| ctx.zone().parse_input(at));
    let names = |u: &&ward_event::register::Unit| u.name.contains(&text) || u.name_en.contains(&text);
    Filter {
        named: if text.is_empty() {
            Vec::new()
        } else {
            ctx.register.units.iter().filter(names).map(|u| u.id.clone()).collect()
        },
        text,
        units: ctx.narrowed().units(),
        level: ctx.param("level").and_then(Level::from_name),
        state: ctx.param("state").and_then(RowState::from_name),
        notice_state: ctx.param("notice").and_then(NoticeState::from_name),
        only: ctx.param("only").and_then(Only::from_name).or(ctx.param("overdue").map(|_| Only::Overdue)),
        sent: time("from").zip(time("to")),
        ..Filter::default()
    }
}

fn row(ctx: &Ctx, line: &Line) -> Row {
    let (t, w, zone) = (ctx.t(), ctx.lang.cases(), ctx.zone());
    let of = line.row.as_ref();
    let is_out = line.notice_state.is_out();
    let owed = of.filter(|r| is_out && r.state.is_owed());
    let (left, late) =
        owed.and_then(|r| r.due).map_or((String::new(), false), |due| words::left(w, now(ctx), due));
    // Before it is out its problems stand where the notice stands.
    let (class, state) = match of {
        Some(r) if is_out => (words::row_class(r.state, late), words::row(w, r.state)),
        _ => (words::notice_class(line.notice_state), words::notice(w, line.notice_state)),
    };
    Row {
        href: format!("/notices/{}", line.notice),
        number: if line.number.is_empty() { w.no_number.to_owned() } else { line.number.clone() },
        title: line.title.clone(),
        unit: of.map_or_else(String::new, |r| unit_name(t, ctx.lang, &ctx.register, r.of.unit.as_str())),
        problem: of.map_or_else(String::new, |r| r.of.title.clone()),
        level: of.map(|r| level_mark(t, r.of.level.name())),
        system: of
            .map_or_else(String::new, |r| format!("{} {}", r.of.system, r.of.address).trim().to_owned()),
        class,
        state,
        due: of.and_then(|r| r.due).map_or_else(String::new, |due| zone.short(due)),
        left,
        late,
        drafter: line.drafter.clone(),
        sent: line.sent.map_or_else(String::new, |at| zone.short(at)),
    }
}

pub(crate) async fn calls(ctx: Ctx) -> HttpResponse {
    let (cases, units) = (ctx.app.desk.cases(), ctx.narrowed().units());
    let (lines, handed_in) = match tokio::try_join!(cases.to_call(&units), cases.handed_in(&units)) {
        Ok(both) => both,
        Err(error) => return fault(&ctx, &error).await,
    };
    let (w, zone) = (ctx.lang.cases(), ctx.zone());
    let lines = lines.iter().map(|line| CallLine {
        href: format!("/notices/{}", line.notice),
        number: line.number.clone(),
        title: line.title.clone(),
        unit: unit_name(ctx.t(), ctx.lang, &ctx.register, line.unit.as_str()),
        contacts: contacts(&ctx, &line.unit),
        sent: zone.short(line.sent),
        why: reasons(&ctx, &line.why),
        calls: line.calls,
        last: line.last_call.map_or_else(|| w.never_called.to_owned(), |at| zone.short(at)),
        promised: line.promised.map_or_else(String::new, |at| zone.short(at)),
    });
    let lines = lines.collect();
    let handed_in = handed_in.iter().map(|h| HandedInLine {
        href: format!("/notices/{}#progress", h.notice),
        number: h.number.clone(),
        title: h.title.clone(),
        unit: unit_name(ctx.t(), ctx.lang, &ctx.register, h.unit.as_str()),
        told: fill(w.handed_in_by, &[&h.person, &h.phone, &zone.short(h.at)]),
    });
    let handed_in = handed_in.collect();
    let why = ctx.lang.deliveries().why;
    let page = CallsPage {
        p: Frame::new(&ctx, Nav::Notices, w.call_list).await,
        w,
        localities: locality_choices(&ctx),
        why,
        handed_in,
        lines,
    };
    ctx.html(StatusCode::OK, &page)
}

/// Role, name and telephone of a unit's contacts, those with a telephone first.
pub(super) fn contacts(ctx: &Ctx, unit: &UnitId) -> Vec<(String, String, String)> {
    let unit = ctx.register.units.iter().find(|u| u.id == *unit);
    let mut contacts: Vec<_> = unit
        .iter()
        .flat_map(|u| &u.contacts)
        .map(|c| (c.role.clone(), c.name.clone(), c.phone.clone()))
        .collect();
    contacts.sort_by_key(|(_, _, phone)| phone.is_empty());
    contacts
}
