//! What the desk holds: how far the handling is, and the weaknesses that are open.

use ward_desk::{
    Desk, DeskError,
    case::{Progress, Standing, machine::RowState},
    finding::Count,
};
use ward_event::{
    Micros,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::{
    section::{Both, Figure, Row},
    units::Names,
};
use crate::{
    pages::cases::row_state,
    query::QueryError,
    scope::Scope,
    text::{cases, wall},
};

#[derive(Debug, Default)]
pub(super) struct Handling {
    progress: Progress,
    incidents: u64,
    findings: Vec<Count>,
}

pub(super) async fn ask(desk: &Desk, scope: &Scope) -> Result<Handling, QueryError> {
    let units = scope.units();
    let asked = async {
        Ok::<_, DeskError>(Handling {
            progress: desk.cases().progress(&units).await?,
            incidents: desk.incidents().open_count(&units).await?,
            findings: desk.findings().counts(units.as_ref()).await?,
        })
    };
    asked.await.map_err(|error| {
        tracing::warn!(%error, "the desk did not answer a wall");
        QueryError::Unreachable
    })
}

impl Handling {
    /// Problems of notices by where they stand, with the age of the oldest.
    pub(super) fn stages(&self, names: &Names<'_>, now: Micros) -> Vec<Row> {
        let row = |standing: &Standing| Row {
            name: Both::new(row_state(&cases::ZH, standing.state), row_state(&cases::EN, standing.state)),
            note: Some(age(now.0 - standing.since.0)),
            value: standing.count,
            // What waits for the commission itself is marked: nobody else can move it.
            mark: match standing.state {
                RowState::Notified | RowState::Signed => "",
                _ => "medium",
            },
            href: names.href(|| format!("/notices?state={}", standing.state.as_str())),
            ..Row::default()
        };
        self.progress.open.iter().map(row).collect()
    }

    /// Receipts, what is late, and supervision.
    pub(super) fn chase(&self, names: &Names<'_>) -> Vec<Row> {
        let p = &self.progress;
        if p.parts == 0 && p.rungs_drafted == 0 && p.rungs_sent == 0 {
            return Vec::new();
        }
        let row =
            |name: fn(&'static wall::Texts) -> &'static str, value: u64, wrong: &'static str, to: &str| Row {
                name: Both::of(name),
                value,
                mark: if value > 0 { wrong } else { "" },
                href: names.href(|| to.to_owned()),
                ..Row::default()
            };
        vec![
            row(|t| t.n_parts, p.parts, "", "/notices?notice=sent"),
            row(|t| t.n_unsigned, p.unsigned, "medium", "/notices/calls"),
            row(|t| t.n_overdue, p.overdue, "high", "/notices?overdue=1"),
            row(|t| t.n_drafted, p.rungs_drafted, "medium", "/notices"),
            row(|t| t.n_sent, p.rungs_sent, "", "/notices"),
        ]
    }

    /// Open findings by severity.
    pub(super) fn weaknesses(&self, names: &Names<'_>) -> Vec<Row> {
        let sum = |of: fn(&Count) -> u64| self.findings.iter().map(of).sum::<u64>();
        let row = |name: fn(&'static wall::Texts) -> &'static str, value, mark, to: &str| Row {
            name: Both::of(name),
            value,
            mark,
            href: names.href(|| format!("/exposure?{to}")),
            ..Row::default()
        };
        let rows = [
            row(|t| t.v_critical, sum(|c| c.critical), "critical", "severity=critical"),
            row(|t| t.v_high, sum(|c| c.high), "high", "severity=high"),
            row(|t| t.v_medium, sum(|c| c.medium), "medium", "severity=medium"),
            row(|t| t.v_overdue, sum(|c| c.overdue), "high", "state=overdue"),
            row(|t| t.v_unclear, sum(|c| c.cannot_tell), "", "state=cannot_tell"),
        ];
        rows.into_iter().filter(|row| row.value > 0).collect()
    }

    /// The large figures by name: open incidents, problems settled of all of the month, late ones, weaknesses.
    pub(super) fn figures(&self, known: bool) -> [(&'static str, Figure); 4] {
        let of = |value: u64| Figure::known(known.then_some(value));
        let p = &self.progress;
        // A region that nobody has scanned has no weaknesses known, which is not none.
        let scanned = known && !self.findings.is_empty();
        let open = self.findings.iter().map(Count::open).sum();
        [
            ("open", of(self.incidents)),
            ("settled", Figure { of: Some(p.settled + p.open_count()), ..of(p.settled) }),
            ("overdue", of(p.overdue)),
            ("vulnerable", Figure::known(scanned.then_some(open))),
        ]
    }
}

fn age(micros: i64) -> Both {
    let (days, hours) = (micros / MICROS_PER_DAY, micros / MICROS_PER_HOUR);
    if days > 0 { Both::fill(|t| t.oldest_days, &[&days]) } else { Both::fill(|t| t.oldest_hours, &[&hours]) }
}

#[cfg(test)]
mod tests {
    use ward_event::register::Register;

    use super::*;

    #[test]
    fn what_nobody_has_looked_for_is_not_none() {
        let register = Register::default();
        let names = Names::new(&register, false);
        let empty = Handling::default();
        let value = |handling: &Handling, name| {
            handling.figures(true).into_iter().find(|(n, _)| *n == name).and_then(|(_, figure)| figure.value)
        };
        assert_eq!((value(&empty, "open"), value(&empty, "vulnerable")), (Some(0.0), None));
        assert!(empty.figures(false).iter().all(|(_, figure)| figure.value.is_none()));
        assert!(empty.chase(&names).is_empty() && empty.weaknesses(&names).is_empty());
    }

    #[test]
    fn stages_tell_the_age_of_their_oldest_problem() {
        let register = Register::default();
        let now = Micros(20 * MICROS_PER_DAY);
        let standing = |state, count, ago| Standing { state, count, since: Micros(now.0 - ago) };
        let handling = Handling {
            progress: Progress {
                open: vec![
                    standing(RowState::Notified, 4, 3 * MICROS_PER_HOUR),
                    standing(RowState::Rectified, 2, 9 * MICROS_PER_DAY),
                ],
                settled: 6,
                ..Progress::default()
            },
            ..Handling::default()
        };
        let rows = handling.stages(&Names::new(&register, false), now);
        let told: Vec<_> =
            rows.iter().map(|r| (r.value, r.note.as_ref().map(|n| n.zh.as_str()), r.mark)).collect();
        assert_eq!(told, [(4, Some("最久 3 小时"), ""), (2, Some("最久 9 天"), "medium")]);
        assert!(handling.stages(&Names::new(&register, true), now).iter().all(|r| r.href.is_empty()));
        let settled = handling.figures(true).into_iter().find(|(n, _)| *n == "settled").expect("a figure").1;
        assert_eq!((settled.value, settled.of), (Some(6.0), Some(12)));
    }
}
