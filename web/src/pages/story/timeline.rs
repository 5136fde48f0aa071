//! A timeline by day.

use ward_desk::triage::ActOn;
use ward_event::control::Finding;

use crate::{
    context::Ctx,
    pages::{
        parts::{LevelMark, UnitLink, level_mark, reasons, unit_link},
        queue::verdict_word,
    },
    query::EntityKey,
    show::{grouped, link, points, words},
    story::{Moment, Part, Timeline, What},
    text::{Story, fill},
};

pub(in crate::pages) struct TimelineView {
    pub days: Vec<Day>,
    pub more: bool,
    /// What could not be asked for, in words.
    pub partial: Option<String>,
}

pub(in crate::pages) struct Day {
    pub date: String,
    pub count: usize,
    pub lines: Vec<Line>,
}

pub(in crate::pages) struct Line {
    /// `alert`, `first`, `score`, `act`, `incident`.
    pub class: &'static str,
    pub word: &'static str,
    pub clock: String,
    pub exact: String,
    pub text: String,
    pub href: Option<String>,
    pub level: Option<LevelMark>,
    /// Why, or how much.
    pub note: String,
    /// Where the entity is asked for in all units.
    pub unit: Option<UnitLink>,
}

pub(super) fn view(ctx: &Ctx, key: &EntityKey, timeline: Timeline) -> TimelineView {
    let (w, zone) = (ctx.lang.story(), ctx.zone());
    let mut days: Vec<Day> = Vec::new();
    for moment in &timeline.moments {
        let full = zone.full(moment.at);
        let (date, clock) = full.split_once(' ').unwrap_or((full.as_str(), ""));
        if days.last().is_none_or(|day| day.date != date) {
            days.push(Day { date: date.to_owned(), count: 0, lines: Vec::new() });
        }
        if let Some(day) = days.last_mut() {
            day.count += 1;
            let unit = key.unit.is_none().then(|| unit_link(ctx, &moment.hospital));
            day.lines.push(Line {
                clock: clock.to_owned(),
                exact: full.clone(),
                unit,
                ..line(ctx, w, moment)
            });
        }
    }
    let missing: Vec<&str> = timeline.missing.iter().map(|part| part_word(w, *part)).collect();
    TimelineView {
        days,
        more: timeline.more,
        partial: (!missing.is_empty())
            .then(|| fill(w.partial, &[&timeline.parts, &missing.len(), &missing.join(ctx.t().list_comma)])),
    }
}

const fn part_word(w: &Story, part: Part) -> &'static str {
    match part {
        Part::Alerts => w.part_alerts,
        Part::Firsts => w.part_firsts,
        Part::Scores => w.part_scores,
        Part::Acts => w.part_acts,
        Part::Incidents => w.part_incidents,
    }
}

fn line(ctx: &Ctx, w: &'static Story, moment: &Moment) -> Line {
    let t = ctx.t();
    let (word, text, href, level, note) = match &moment.what {
        What::Alert(row) => (
            w.what_alert,
            words::title(ctx.lang, &row.title_zh, &row.title).to_owned(),
            Some(link::alert(&row.alert_id)),
            Some(level_mark(t, &row.level)),
            fill(w.alert_count, &[&grouped(row.event_count)]),
        ),
        What::FirstSeen(form, name) => (
            w.what_first,
            fill(w.first_seen, &[name]),
            asset(form, name, &moment.hospital),
            None,
            String::new(),
        ),
        What::FirstPort(form, name, port) => (
            w.what_first,
            fill(w.first_port, &[name, port]),
            asset(form, name, &moment.hospital),
            None,
            String::new(),
        ),
        What::Score { from, to, reasons: json } => {
            let why = reasons(ctx.lang, json, 1.0).into_iter().next().map(|r| r.words).unwrap_or_default();
            (w.what_score, fill(w.score_from, &[&points(*from), &points(*to)]), None, None, why)
        }
        What::Act(act) => (
            w.what_act,
            act_words(ctx, w, act),
            Some(format!("/queue/{}", link::encode(&act.group))),
            None,
            act.reason.clone(),
        ),
        What::Incident(incident) => (
            w.what_incident,
            fill(
                w.incident,
                &[&incident.number(), &words::title(ctx.lang, &incident.title_zh, &incident.title)],
            ),
            Some(format!("/incidents/{}", incident.id)),
            Some(level_mark(t, incident.level.name())),
            String::new(),
        ),
    };
    // Who may not open the queue reads what was done there without a link that leads nowhere.
    let href = href.filter(|href| !href.starts_with("/queue/") || ctx.may_open("queue-one"));
    let (clock, exact) = (String::new(), String::new());
    Line { class: moment.what.name(), word, clock, exact, text, href, level, note, unit: None }
}

fn asset(form: &str, name: &str, unit: &str) -> Option<String> {
    let path = format!("/asset/{}/{}", link::encode(form), link::encode(name));
    Some(link::with_query(&path, [("hospital", unit)]))
}

fn act_words(ctx: &Ctx, w: &Story, act: &ActOn) -> String {
    let title = words::title(ctx.lang, &act.title_zh, &act.title);
    let who = &act.account;
    match act.action.as_str() {
        "take" => fill(w.act_take, &[who, &title]),
        "assign" => fill(w.act_assign, &[who, &title, &act.owner]),
        "release" => fill(w.act_release, &[who, &title]),
        "close" => {
            let verdict =
                if act.verdict == Finding::Undecided { "" } else { verdict_word(ctx.t(), act.verdict) };
            fill(w.act_close, &[who, &title, &verdict])
        }
        "reopen" => fill(w.act_reopen, &[who, &title]),
        _ => fill(w.act_undo, &[who, &title]),
    }
}
