//! The figures: each with its unit, its time, its change against the same time before, and what it opens.

use super::{Facts, severe};
use crate::{
    context::Ctx,
    live::Snapshot,
    register::State,
    show::grouped,
    text::{Board, fill},
};

/// No leader reads more.
const MOST: usize = 8;

pub(super) struct Figure {
    pub name: &'static str,
    pub digits: String,
    pub unit: String,
    pub range: &'static str,
    pub change: String,
    /// `good`, `bad`, or nothing: what a change means depends on the figure.
    pub tone: &'static str,
    pub href: &'static str,
}

pub(super) fn figures(ctx: &Ctx, snapshot: Option<&Snapshot>, facts: &Facts) -> Vec<Figure> {
    let w = ctx.lang.board();
    let kpi = snapshot.map(|s| &s.kpi);
    let total = kpi.map_or(0, |k| k.total);
    let bad_units = |rows: &Option<Vec<_>>| {
        rows.as_ref()
            .map(|rows: &Vec<crate::query::UnitAlerts>| rows.iter().filter(|u| u.severe > 0).count() as u64)
    };
    let past = |n: Option<u64>| n.filter(|_| facts.has_past);
    let (alerts, alerts_past) =
        (facts.units.now.as_ref().map(|r| severe(r)), past(facts.units.past.as_ref().map(|r| severe(r))));
    let people =
        |rows: &Option<Vec<_>>| rows.as_ref().map(|r: &Vec<crate::query::AccountAlerts>| r.len() as u64);
    let mut figures = vec![
        Figure {
            name: w.fig_coverage,
            digits: kpi.map_or_else(dash, |k| k.ok.saturating_add(k.wrong).to_string()),
            unit: fill(w.unit_of, &[&total]),
            range: w.range_now,
            change: String::new(),
            tone: "",
            href: "/hospitals",
        },
        Figure {
            name: w.fig_silent,
            digits: kpi.map_or_else(dash, |k| (k.silent + k.unknown).to_string()),
            unit: w.unit_units.to_owned(),
            range: w.range_now,
            change: String::new(),
            tone: "",
            href: "/hospitals?state=silent",
        },
        compared(
            w,
            w.fig_severe,
            w.unit_alerts,
            alerts,
            alerts_past,
            "/alerts?level=critical&level=high&range=7d",
        ),
        compared(
            w,
            w.fig_units_severe,
            w.unit_units,
            bad_units(&facts.units.now),
            past(bad_units(&facts.units.past)),
            "/hospitals?state=wrong",
        ),
    ];
    let systems = facts.systems.as_ref();
    figures.push(Figure {
        name: w.fig_systems,
        digits: systems.map_or_else(dash, |s| {
            s.iter().filter(|k| matches!(k.state, State::Wrong | State::Attention)).count().to_string()
        }),
        unit: fill(w.unit_systems, &[&systems.map_or(0, Vec::len)]),
        range: w.range_now,
        change: String::new(),
        tone: "",
        href: "/systems",
    });
    let sum = |rows: &Option<Vec<crate::query::AssetCount>>| {
        rows.as_ref().map(|rows| rows.iter().map(|r| r.all).sum::<u64>())
    };
    figures.push(Figure {
        name: w.fig_assets,
        digits: sum(&facts.assets).map_or_else(dash, grouped),
        unit: w.unit_assets.to_owned(),
        range: w.range_now,
        change: sum(&facts.fresh).map_or_else(String::new, |n| fill(w.change_new, &[&grouped(n)])),
        tone: "",
        href: "/assets",
    });
    figures.push(compared(
        w,
        w.fig_people,
        w.unit_accounts,
        people(&facts.people.now),
        past(people(&facts.people.past)),
        "#people",
    ));
    figures.push(Figure {
        name: w.fig_events,
        digits: kpi.map_or_else(dash, |k| crate::show::compact(k.events_today, ctx.lang)),
        unit: ctx.t().unit_items.to_owned(),
        range: w.range_today,
        change: String::new(),
        tone: "",
        href: "/hunt?range=24h",
    });
    figures.truncate(MOST);
    figures
}

fn dash() -> String {
    "—".to_owned()
}

/// A figure of which fewer is better.
fn compared(
    w: &Board,
    name: &'static str,
    unit: &str,
    now: Option<u64>,
    past: Option<u64>,
    href: &'static str,
) -> Figure {
    let (change, tone) = match (now, past) {
        (Some(now), Some(past)) if now > past => (fill(w.change_more, &[&grouped(now - past)]), "bad"),
        (Some(now), Some(past)) if now < past => (fill(w.change_fewer, &[&grouped(past - now)]), "good"),
        (Some(_), Some(_)) => (w.change_none.to_owned(), ""),
        _ => (w.change_unknown.to_owned(), ""),
    };
    Figure {
        name,
        digits: now.map_or_else(dash, grouped),
        unit: unit.to_owned(),
        range: w.range_week,
        change,
        tone,
        href,
    }
}
