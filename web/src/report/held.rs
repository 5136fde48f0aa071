//! What the desk holds of a unit, as the score takes it. What nobody looked for lately is left out: unknown.

use ward_desk::{
    compliance::{Sheet, State},
    figures::{DeskFigures, FindingFigures, UnitFigures},
};
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

/// The same of what a unit's ledger of compliance says; of one in which nothing was recorded, nothing but the levels.
pub(super) fn recorded(sheet: &Sheet<'_>) -> Vec<(&'static str, Seen)> {
    let link = || format!("/compliance/{}", sheet.unit);
    let mut seen = Vec::new();
    if !sheet.systems.is_empty() {
        let unfiled = sheet.systems.iter().filter(|s| s.level == 0).count() as u64;
        seen.push(("compliance.unfiled", Seen { count: unfiled, link: link() }));
    }
    if sheet.all().any(|(_, line)| line.record.is_some()) {
        // What expired and what nobody has recorded count as what is not met: silence never helps.
        let unmet = [State::NotMet, State::Overdue, State::Unknown].map(|state| sheet.count(None, state));
        seen.push(("compliance.unmet", Seen { count: unmet.iter().sum::<usize>() as u64, link: link() }));
    }
    seen
}

fn looked(held: &UnitFigures, kind: Kind, now: Micros) -> Option<&FindingFigures> {
    let of = held.findings.get(&kind)?;
    of.scanned.is_some_and(|at| now.0 - at.0 <= SCANNED_DAYS * MICROS_PER_DAY).then_some(of)
}
