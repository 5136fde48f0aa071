//! Until when a finding is to be put right. Not statutory: defaults of the field, to be configured.

use ward_event::{
    Micros,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_HOUR},
};
use ward_scan::Severity;

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    Hours(i64),
    /// Monday to Friday.
    WorkingDays(i64),
    Days(i64),
}

/// The terms by severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    pub critical: Term,
    pub high: Term,
    pub medium: Term,
    pub low: Term,
    pub calendar: Calendar,
}

impl Deadlines {
    /// 24 h, 3 working days, 15 and 30 days.
    pub const fn usual(calendar: Calendar) -> Self {
        Self {
            critical: Term::Hours(24),
            high: Term::WorkingDays(3),
            medium: Term::Days(15),
            low: Term::Days(30),
            calendar,
        }
    }

    /// The end of the term that begins at `from`; what is mere information has none. Days end with the day.
    pub fn due(&self, severity: Severity, from: Micros) -> Option<Micros> {
        let term = match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Info => return None,
        };
        let day = self.calendar.day(from);
        let end_of = |day: i32| Micros(self.calendar.day_start(day + 1).0 - 1);
        Some(match term {
            Term::Hours(hours) => Micros(from.0 + hours * MICROS_PER_HOUR),
            Term::Days(days) => end_of(self.calendar.day(Micros(from.0 + days * MICROS_PER_DAY))),
            Term::WorkingDays(days) => {
                let (mut at, mut left) = (day, days);
                while left > 0 {
                    at += 1;
                    let noon = Micros(self.calendar.day_start(at).0 + 12 * MICROS_PER_HOUR);
                    left -= i64::from(self.calendar.weekday(noon) < 5);
                }
                end_of(at)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_follow_the_severity() {
        let due =
            |severity| Deadlines::usual(Calendar::shanghai()).due(severity, Micros::from_secs(1_795_132_800));
        // 2026-11-20 08:00, a Friday.
        assert_eq!(due(Severity::Critical), Some(Micros::from_secs(1_795_219_200)));
        // Wednesday 2026-11-25, its end.
        assert_eq!(due(Severity::High), Some(Micros(1_795_622_400_000_000 - 1)));
        assert_eq!(due(Severity::Medium), Some(Micros(1_796_486_400_000_000 - 1)));
        assert_eq!(due(Severity::Info), None);
    }
}
