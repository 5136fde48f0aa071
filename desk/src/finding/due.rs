//! Until when a finding is to be put right: by the rules and the calendar of notices, so that both count working days
//! in one way.

use ward_event::{Micros, alert::Level};
use ward_scan::{Kind, Severity};

use crate::case::{ProblemKind, Rules};

/// A finding's severity and kind, as a problem in a notice has them.
pub const fn as_problem(severity: Severity, kind: Kind) -> (Level, ProblemKind) {
    let level = match severity {
        Severity::Critical => Level::Critical,
        Severity::High => Level::High,
        Severity::Medium => Level::Medium,
        Severity::Low => Level::Low,
        Severity::Info => Level::Informational,
    };
    let kind = match kind {
        Kind::Vulnerability | Kind::Web => ProblemKind::Vulnerability,
        Kind::Port => ProblemKind::Exposure,
        Kind::Password => ProblemKind::WeakPassword,
        Kind::Baseline => ProblemKind::Config,
    };
    (level, kind)
}

/// The deadline of what became known at `from`; what is mere information has none.
pub(super) fn due(rules: &Rules, severity: Severity, kind: Kind, from: Micros) -> Option<Micros> {
    let (level, problem) = as_problem(severity, kind);
    (severity != Severity::Info).then(|| rules.due(from, level, problem))
}

#[cfg(test)]
mod tests {
    use ward_event::time::Calendar;

    use super::*;

    #[test]
    fn a_finding_is_due_when_a_problem_of_a_notice_would_be() {
        let dir = tempfile::tempdir().expect("a directory");
        let rules = Rules::load(dir.path(), Calendar::shanghai()).expect("rules");
        // 2026-09-18 08:00, a Friday; the Sunday after is worked for the October holiday.
        let from = Micros::from_secs(1_789_689_600);
        let day =
            |day: i32| Micros(Calendar::shanghai().day_start(day).0 + 17 * 3_600_000_000 + 1_800_000_000);
        let today = Calendar::shanghai().day(from);
        let due = |severity| due(&rules, severity, Kind::Vulnerability, from);
        assert_eq!(due(Severity::Critical), Some(Micros(from.0 + 24 * 3_600_000_000)));
        // Sunday 20, Monday 21, Tuesday 22.
        assert_eq!(due(Severity::High), Some(day(today + 4)));
        // Fifteen days end in the holiday, so on 10-08.
        assert_eq!(due(Severity::Medium), Some(day(today + 20)));
        assert_eq!(due(Severity::Info), None);
    }
}
