//! One line of the queue.

use askama::Template;
use ward_desk::triage::{Group, Status};
use ward_event::control::Finding;

use super::filter::QueueFilter;
use crate::{
    context::Ctx,
    pages::parts::{EntityLink, LevelMark, UnitLink, When, entity_link, level_mark, unit_link, when},
    show::{grouped, words},
    text::Texts,
};

#[derive(Template)]
#[template(path = "queue_row.html")]
pub(super) struct Row {
    pub t: &'static Texts,
    pub id: String,
    /// What an edit must name: id, version, last arrival.
    pub edit: String,
    pub href: String,
    pub focused: bool,
    pub level: LevelMark,
    pub status: &'static str,
    pub status_word: &'static str,
    pub title: String,
    pub entity: EntityLink,
    pub unit: UnitLink,
    pub alerts: String,
    pub events: String,
    pub first: When,
    pub last: When,
    pub owner: String,
    pub verdict: &'static str,
}

pub(super) const fn status_word(t: &Texts, status: Status) -> &'static str {
    match status {
        Status::New => t.triage_new,
        Status::Open => t.triage_open,
        Status::Closed => t.triage_closed,
    }
}

pub(in crate::pages) const fn verdict_word(t: &Texts, verdict: Finding) -> &'static str {
    match verdict {
        Finding::Undecided => t.verdict_undecided,
        Finding::TruePositive => t.verdict_true,
        Finding::FalsePositive => t.verdict_false,
        Finding::Benign => t.verdict_benign,
        Finding::AuthorisedTest => t.verdict_test,
    }
}

pub(super) fn edit(group: &Group) -> String {
    format!("{}:{}:{}", group.id, group.version, group.last_no)
}

impl Row {
    pub(super) fn of(ctx: &Ctx, group: &Group, focused: bool, filter: &QueueFilter) -> Self {
        let t = ctx.t();
        let count = |n: i64| grouped(u64::try_from(n).unwrap_or(0));
        Self {
            t,
            id: group.id.clone(),
            edit: edit(group),
            href: filter.address(&format!("/queue/{}", group.id), filter.skip),
            focused,
            level: level_mark(t, group.level.name()),
            status: group.status.as_str(),
            status_word: status_word(t, group.status),
            title: words::title(ctx.lang, &group.title_zh, &group.title).to_owned(),
            entity: entity_link(t, &group.entity_type, &group.entity_value, &group.hospital),
            unit: unit_link(ctx, &group.hospital),
            alerts: count(group.alerts),
            events: count(group.events),
            first: when(ctx, group.first_seen),
            last: when(ctx, group.last_seen),
            owner: group.owner.clone(),
            verdict: if group.status == Status::Closed { verdict_word(t, group.verdict) } else { "" },
        }
    }
}
