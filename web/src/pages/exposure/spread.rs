//! The figures on top, and how findings are spread over the units.

use ward_desk::finding::{Count, Shown};
use ward_event::UnitId;
use ward_scan::Severity;

use super::{Tab, words};
use crate::{
    context::Ctx,
    pages::parts::{UnitLink, When, unit_link, when},
    scope::Scope,
    show::{grouped, link},
    text::{Exposure, fill},
};

/// Units that the table names; the worst come first.
const UNITS: usize = 30;

/// A figure of a unit's counts.
type Figure = fn(&Count) -> u64;

pub(super) struct Spread {
    pub lines: Vec<UnitLine>,
    pub more: String,
}

pub(super) struct UnitLine {
    pub unit: UnitLink,
    /// Critical, high, medium, low, overdue, cannot be verified, accepted, fixed: each with its address.
    pub cells: Vec<(String, String)>,
    /// Of the unit with most, in percent of its weight.
    pub width: u64,
    pub class: &'static str,
    pub hosts: String,
    pub scanned: Option<When>,
}

pub(super) fn figures(ctx: &Ctx, w: &'static Exposure, counts: &[Count], chosen: Shown) -> Vec<Tab> {
    let sum = |of: Figure| counts.iter().map(of).sum::<u64>();
    let tab = |shown: Shown, word: &'static str, count: u64| Tab {
        href: ctx
            .here(&[("state", if shown == Shown::default() { "" } else { shown.as_str() }), ("from", "")]),
        word,
        count: grouped(count),
        mark: None,
        chosen: shown == chosen,
    };
    vec![
        tab(Shown::Open, w.open, sum(|c| c.open() + c.suspected)),
        tab(Shown::Overdue, w.overdue, sum(|c| c.overdue)),
        tab(Shown::CannotTell, w.cannot_tell, sum(|c| c.cannot_tell)),
        tab(Shown::Suspected, w.suspected, sum(|c| c.suspected)),
        tab(Shown::Accepted, w.accepted, sum(|c| c.accepted)),
        tab(Shown::Fixed, w.fixed_30d, sum(|c| c.fixed)),
        Tab { count: String::new(), ..tab(Shown::All, w.all, 0) },
    ]
}

pub(super) fn severities(ctx: &Ctx, counts: &[Count], chosen: Option<Severity>) -> Vec<Tab> {
    let of: [(Severity, Figure); 4] = [
        (Severity::Critical, |c| c.critical),
        (Severity::High, |c| c.high),
        (Severity::Medium, |c| c.medium),
        (Severity::Low, |c| c.low),
    ];
    of.into_iter()
        .map(|(severity, count)| Tab {
            href: ctx.here(&[("severity", severity.as_str()), ("from", "")]),
            word: "",
            count: grouped(counts.iter().map(count).sum()),
            mark: Some(words::severity(ctx.t(), severity)),
            chosen: chosen == Some(severity),
        })
        .collect()
}

/// How much a unit's findings weigh against another's, for the order and the bar alone.
fn weight(count: &Count) -> u64 {
    count.critical * 40 + count.high * 10 + count.medium * 3 + count.low + count.overdue * 10
}

/// The units beside each other; none where there is one alone.
pub(super) fn of(ctx: &Ctx, scope: &Scope, counts: &[Count]) -> Option<Spread> {
    let mine: Vec<&UnitId> = ctx.register.units.iter().map(|u| &u.id).filter(|id| scope.allows(id)).collect();
    if mine.len() < 2 {
        return None;
    }
    let mut lines: Vec<_> = mine
        .into_iter()
        .map(|id| {
            let count = counts.iter().find(|c| c.hospital == *id);
            (count.map_or(0, weight), count, id)
        })
        .collect();
    // The worst first; who was never scanned stands before who was found to be clean.
    lines.sort_by_key(|(weight, count, id)| (std::cmp::Reverse(*weight), count.is_some(), (*id).clone()));
    let most = lines.first().map_or(1, |(weight, ..)| (*weight).max(1));
    let rest = lines.len().saturating_sub(UNITS);
    Some(Spread {
        more: if rest > 0 { fill(ctx.lang.exposure().units_more, &[&rest]) } else { String::new() },
        lines: lines
            .into_iter()
            .take(UNITS)
            .map(|(weight, count, id)| line(ctx, weight * 100 / most, count, id))
            .collect(),
    })
}

fn line(ctx: &Ctx, width: u64, count: Option<&Count>, id: &UnitId) -> UnitLine {
    let to =
        |name: &str, value: &str| link::with_query("/exposure", [("hospital", id.as_str()), (name, value)]);
    let cells: Vec<(String, String)> = count.map_or(Vec::new(), |c| {
        [
            (c.critical, to("severity", "critical")),
            (c.high, to("severity", "high")),
            (c.medium, to("severity", "medium")),
            (c.low, to("severity", "low")),
            (c.overdue, to("state", Shown::Overdue.as_str())),
            (c.cannot_tell, to("state", Shown::CannotTell.as_str())),
            (c.accepted, to("state", Shown::Accepted.as_str())),
            (c.fixed, to("state", Shown::Fixed.as_str())),
        ]
        .map(|(n, href)| (grouped(n), href))
        .into()
    });
    let class = match count {
        Some(c) if c.critical > 0 => "critical",
        Some(c) if c.high > 0 => "high",
        Some(c) if c.medium > 0 => "medium",
        _ => "low",
    };
    UnitLine {
        unit: unit_link(ctx, id.as_str()),
        cells,
        width,
        class,
        hosts: count.map_or(String::new(), |c| grouped(c.hosts)),
        scanned: count.and_then(|c| c.scanned).map(|at| when(ctx, at)),
    }
}
