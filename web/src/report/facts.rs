//! The facts of a period, asked once for all editions.

use std::collections::{BTreeMap, BTreeSet};

use ward_desk::{Desk, figures::Span as Held};
use ward_event::{
    Micros,
    register::Register,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_HOUR},
};
use ward_report::weekly::{DayFacts, Facts, Period, RuleFacts, UnitFacts};

use super::{NewsError, handling};
use crate::{
    query::{Reader, Span},
    scope::Scope,
};

/// The post whose name stands beside a unit: the first that the register has.
const POSTS: [&str; 3] = ["责任人", "联络员", "分管院领导"];

pub(super) async fn gather(
    (reader, desk): (&Reader, &Desk),
    scope: &Scope,
    register: &Register,
    region: &str,
    calendar: Calendar,
    (period, title): (Period, Option<&str>),
    as_of: Micros,
) -> Result<Facts, NewsError> {
    let span = Span { from: period.from, to: period.to, ingested_until: as_of };
    let before =
        Span { from: period.before(calendar).map_or(period.from, |p| p.from), to: period.from, ..span };
    // One after the other: a report is no hurry, and pages are asked for meanwhile.
    let rules = reader.report_rules(scope, span).await?;
    let rules_before = reader.report_rules(scope, before).await?;
    let hours = reader.report_hours(scope, span).await?;
    let events = reader.report_events(scope, span).await?;
    let events_before = reader.report_events(scope, before).await?;
    let sources = reader.report_sources(scope, span).await?;
    let assets = reader.report_assets(scope, span).await?;
    // Counted to the period's end, whenever the report is made.
    let held = desk.figures(&scope.units(), Held { from: period.from, to: period.to }).await?;
    let held_before = desk.figures(&scope.units(), Held { from: before.from, to: before.to }).await?;

    let count = |rows: &[crate::query::UnitCount], id: &str| {
        rows.iter().find(|r| r.hospital == id).map_or(0, |r| r.count)
    };
    let unit = |u: &ward_event::register::Unit| {
        let id = u.id.as_str();
        let heard: BTreeMap<&str, &str> = sources
            .iter()
            .filter(|s| s.hospital == id)
            .map(|s| (s.source.as_str(), s.status.as_str()))
            .collect();
        let expected: BTreeSet<&str> = u.sources.iter().map(|s| s.format.as_str()).collect();
        let all: BTreeSet<&str> = heard.keys().copied().chain(expected).collect();
        let with = |wanted: fn(Option<&str>) -> bool| {
            all.iter().filter(|s| wanted(heard.get(*s).copied())).map(|s| (*s).to_owned()).collect::<Vec<_>>()
        };
        let known = assets.iter().find(|a| a.hospital == id);
        UnitFacts {
            id: id.to_owned(),
            name: u.name.clone(),
            grade: u.grade.clone(),
            locality: u.locality.clone(),
            handler: handler(u),
            events: count(&events, id),
            events_before: count(&events_before, id),
            sources: all.len() as u64,
            silent: with(|status| status == Some("silent")),
            unknown: with(|status| !matches!(status, Some("ok" | "silent"))),
            assets: known.map_or(0, |a| a.count),
            assets_new: known.map_or(0, |a| a.fresh),
            handling: handling::handling(&held, u),
            handling_before: handling::handling(&held_before, u),
            exposure: handling::exposure(&held, u, period.to),
            exposure_before: handling::exposure(&held_before, u, before.to),
        }
    };
    // The commission itself and its own network are watched, and no unit that is reported on.
    let units: Vec<UnitFacts> =
        register.units.iter().filter(|u| u.kind != "commission" && scope.allows(&u.id)).map(unit).collect();

    let mut merged: BTreeMap<(String, String, String), RuleFacts> = BTreeMap::new();
    for (rows, is_now) in [(rules, true), (rules_before, false)] {
        for row in rows {
            let key = (row.hospital.clone(), row.rule_id.clone(), row.level.clone());
            let fact = merged.entry(key).or_insert_with(|| RuleFacts {
                unit: row.hospital,
                id: row.rule_id,
                title: if row.title_zh.is_empty() { row.title } else { row.title_zh },
                level: row.level,
                count: 0,
                before: 0,
            });
            *(if is_now { &mut fact.count } else { &mut fact.before }) += row.count;
        }
    }
    let has_before = events_before.iter().any(|e| e.count > 0) || merged.values().any(|r| r.before > 0);
    Ok(Facts {
        region: region.to_owned(),
        title: title.map(str::to_owned),
        period,
        as_of,
        ingested_until: as_of,
        units,
        rules: merged.into_values().collect(),
        days: days(hours, period),
        has_before,
        late: handling::late(&held, register, period.to),
        campaigns: handling::campaigns(&held),
        incoming: handling::incoming(&held),
        history: [held.bound.cases, held.bound.incidents],
        offset_secs: calendar.offset_secs(),
    })
}

/// Whether Ward was there in this period at all: a region that has only just been set up has no report to give.
pub(super) fn was_there(facts: &Facts) -> bool {
    facts.units.iter().any(|u| u.events > 0 || u.events_before > 0 || !u.silent.is_empty())
        || !facts.rules.is_empty()
}

fn handler(unit: &ward_event::register::Unit) -> String {
    let of = |post: &&str| unit.contacts.iter().find(|c| c.role == **post);
    let contact = POSTS.iter().find_map(of).or_else(|| unit.contacts.first());
    contact.map(|c| format!("{} {}", c.role, c.name).trim().to_owned()).unwrap_or_default()
}

fn days(hours: Vec<crate::query::HourUnit>, period: Period) -> Vec<DayFacts> {
    let mut days: BTreeMap<(String, u16), DayFacts> = BTreeMap::new();
    for row in hours {
        let offset = row.hour * MICROS_PER_HOUR - period.from.0;
        let Ok(day) = u16::try_from(offset.div_euclid(MICROS_PER_DAY)) else { continue };
        let entry = days.entry((row.hospital.clone(), day)).or_insert_with(|| DayFacts {
            unit: row.hospital,
            day,
            ..DayFacts::default()
        });
        entry.severe += row.severe;
        entry.other += row.other;
    }
    days.into_values().collect()
}
