//! Matches over time: bars that are links to their part of the range.

use askama::Template;
use ward_event::Micros;

use super::{super::parts::Panel, state::State};
use crate::{
    context::Ctx,
    query::{Parts, QueryError},
    show::grouped,
    text::{Texts, fill},
};

/// Widths of a bar, seconds.
const STEPS: [i64; 19] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800,
];
const BARS_MAX: i64 = 90;
/// Of the plot's own units.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 100.0;

/// Where bars begin (µs, on a round local time), and how wide they are (µs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    pub base: i64,
    pub step: i64,
    count: i64,
}

impl Scale {
    pub(super) fn of(from: Micros, to: Micros, offset_secs: i64) -> Self {
        let span = (to.0 - from.0).max(1);
        let step =
            STEPS.iter().copied().find(|s| span / (s * 1_000_000) < BARS_MAX).unwrap_or(172_800) * 1_000_000;
        let offset = offset_secs * 1_000_000;
        let base = (from.0 + offset).div_euclid(step) * step - offset;
        Self { base, step, count: (to.0 - base + step - 1).div_euclid(step).max(1) }
    }

    pub(super) const fn parts(self) -> Parts {
        Parts { base: self.base, step: self.step }
    }
}

pub(super) struct Bar {
    pub href: String,
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
    pub time: String,
    pub count: String,
}

pub(super) struct Plot {
    pub total: String,
    pub bars: Vec<Bar>,
    pub highest: String,
    pub step: String,
    pub marks: Vec<String>,
    /// For the brush: ms of the plot's ends, and the address without a range.
    pub from_ms: i64,
    pub to_ms: i64,
    pub href: String,
}

#[derive(Template)]
#[template(path = "hunt_chart.html")]
pub(super) struct Chart {
    pub t: &'static Texts,
    pub range: String,
    pub plot: Panel<Plot>,
}

pub(super) fn chart(
    ctx: &Ctx,
    state: &State,
    scale: Scale,
    buckets: Result<Vec<(i64, u64)>, QueryError>,
) -> Chart {
    let zone = ctx.zone();
    Chart {
        t: ctx.t(),
        range: format!("{} – {}", zone.full(state.from), zone.full(state.to)),
        plot: Panel::of(ctx.t(), buckets, |buckets| plot(ctx, state, scale, &buckets)),
    }
}

fn plot(ctx: &Ctx, state: &State, scale: Scale, buckets: &[(i64, u64)]) -> Plot {
    let zone = ctx.zone();
    let highest = buckets.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let slot = WIDTH / scale.count as f64;
    let at = |index: i64| Micros(scale.base + index * scale.step);
    let bar = |&(index, count): &(i64, u64)| {
        // Something is never drawn as nothing.
        let tall = (count as f64 / highest.max(1) as f64 * HEIGHT).max(1.5);
        let (from, to) = (at(index).max(state.from), at(index + 1).min(state.to));
        Bar {
            href: state.between(from, to).href(ctx),
            x: format!("{:.2}", index as f64 * slot + slot * 0.08),
            y: format!("{:.2}", HEIGHT - tall),
            width: format!("{:.2}", slot * 0.84),
            height: format!("{tall:.2}"),
            time: zone.full(from),
            count: grouped(count),
        }
    };
    let end = at(scale.count);
    let long = scale.step * scale.count > 86_400_000_000;
    let mark = |part: i64| {
        let t = at((scale.count * part + 2) / 4);
        if long { zone.short(t) } else { zone.clock(t) }
    };
    let whole = Micros(0);
    Plot {
        total: fill(ctx.t().hunt.found, &[&grouped(buckets.iter().map(|(_, count)| *count).sum())]),
        bars: buckets.iter().filter(|(index, _)| (0..scale.count).contains(index)).map(bar).collect(),
        highest: grouped(highest),
        step: fill(ctx.t().hunt.bucket, &[&width(ctx.t(), scale.step / 1_000_000)]),
        marks: (0..=4).map(mark).collect(),
        from_ms: scale.base / 1_000,
        to_ms: end.millis(),
        href: state.between(whole, whole).on(ctx, "/hunt"),
    }
}

/// A bar's width in the unit that fits.
fn width(t: &Texts, seconds: i64) -> String {
    match seconds {
        s if s < 60 => format!("{s} {}", t.seconds_unit),
        s if s < 3_600 => format!("{} {}", s / 60, t.minutes),
        s if s < 86_400 => format!("{} {}", s / 3_600, t.hours_unit),
        s => format!("{} {}", s / 86_400, t.days_unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_few_and_begin_at_round_local_times() {
        let hour = 3_600_000_000;
        for (span, step) in [
            (hour / 4, 15),
            (hour, 60),
            (24 * hour, 1_800),
            (7 * 24 * hour, 7_200),
            (92 * 24 * hour, 172_800),
        ] {
            let from = 1_767_225_600_123_456;
            let scale = Scale::of(Micros(from), Micros(from + span), 28_800);
            assert_eq!(scale.step, step * 1_000_000);
            assert!(scale.base <= from && from - scale.base < scale.step);
            assert!(scale.count <= BARS_MAX + 1 && scale.base + scale.count * scale.step >= from + span);
            assert_eq!((scale.base + 28_800_000_000) % scale.step, 0);
        }
        assert_eq!(Scale::of(Micros(5), Micros(5), 0).count, 1);
    }
}
