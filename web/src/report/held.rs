//! What the desk holds of a unit, as the score takes it. What nobody looked for lately is left out: unknown.

use ward_desk::figures::{DeskFigures, FindingFigures, UnitFigures};
use ward_event::{Micros, UnitId, time::MICROS_PER_DAY};
use ward_report::score::Seen;
use ward_scan::Kind;

/// A scan that is older says nothing of now.
pub(super) const SCANNED_DAYS: i64 = 90;

/// Items with what was seen of them, and the page that shows the rows.
pub(super) fn seen(figures: &DeskFigures, unit: &UnitId, now: Micros) -> Vec<(&'static str, Seen)> {
    let none = UnitFigures::default();
    let held = figures.units.get(unit).unwrap_or(&none);
    let problems = |only: &str| format!("/notices?hospital={unit}&only={only}");
    let put = |item, count, link| (item, Seen { count, link });
    let mut seen = vec![
        put("response.overdue", held.problems.overdue, problems("overdue")),
        put("response.unsigned", held.notices.unsigned, format!("/notices/calls?hospital={unit}")),
        put("response.returned", held.problems.open_returned, problems("returned")),
    ];
    let link = |kind: Kind, more: &str| {
        format!("/exposure?hospital={unit}&state=to_fix&kind={}{more}", kind.as_str())
    };
    if let Some(of) = looked(held, Kind::Vulnerability, now) {
        let link = |severity: &str| link(Kind::Vulnerability, &format!("&severity={severity}"));
        seen.push(put("exposure.critical", of.open[0], link("critical")));
        seen.push(put("exposure.high", of.open[1], link("high")));
    }
    for (item, kind) in [
        ("exposure.passwords", Kind::Password),
        ("exposure.web", Kind::Web),
        ("compliance.baseline", Kind::Baseline),
    ] {
        if let Some(of) = looked(held, kind, now) {
            seen.push(put(item, of.open.iter().sum(), link(kind, "")));
        }
    }
    seen
}

fn looked(held: &UnitFigures, kind: Kind, now: Micros) -> Option<&FindingFigures> {
    let of = held.findings.get(&kind)?;
    of.scanned.is_some_and(|at| now.0 - at.0 <= SCANNED_DAYS * MICROS_PER_DAY).then_some(of)
}
