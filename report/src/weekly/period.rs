//! Which week, from when to when, and which number its report has.

use jiff::civil::{ISOWeekDate, Weekday};
use serde::{Deserialize, Serialize};
use ward_event::{Micros, time::Calendar};

use crate::ReportError;

/// An ISO week: `2026-W47`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Week {
    pub year: i16,
    pub week: i8,
}

/// When a report's week ends: a weekday (1 Monday … 7 Sunday) and an hour of it, 0 to 24. Many commissions cut off
/// on Thursday or Friday, so that the report lies on the desk before the weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cutoff {
    pub weekday: i8,
    pub hour: u8,
}

/// Seven days: from is in, to is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub week: Week,
    pub from: Micros,
    pub to: Micros,
}

/// 第N期（总第M期）
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Within the year.
    pub number: u32,
    /// Since the first.
    pub running: u32,
}

const DAY: i64 = ward_event::time::MICROS_PER_DAY;

impl std::str::FromStr for Week {
    type Err = ReportError;

    fn from_str(text: &str) -> Result<Self, ReportError> {
        let refused = || ReportError::Refused(format!("{text:?} is no week: write it like 2026-W47"));
        let (year, week) = text.split_once("-W").ok_or_else(refused)?;
        if year.len() != 4 || week.len() != 2 {
            return Err(refused());
        }
        let week =
            Self { year: year.parse().map_err(|_| refused())?, week: week.parse().map_err(|_| refused())? };
        week.monday().map(|_| week).ok_or_else(refused)
    }
}

impl std::fmt::Display for Week {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl Week {
    fn monday(self) -> Option<jiff::civil::Date> {
        ISOWeekDate::new(self.year, self.week, Weekday::Monday).ok().map(ISOWeekDate::date)
    }

    /// Days of its Monday since 1970-01-01.
    fn day(self) -> i32 {
        let epoch = jiff::civil::date(1970, 1, 1);
        self.monday().and_then(|m| m.since(epoch).ok()).map_or(0, |span| span.get_days())
    }

    /// The week whose report is due last at `now`: its cut-off has passed.
    pub fn last_closed(calendar: Calendar, cutoff: Cutoff, now: Micros) -> Option<Self> {
        let date = crate::text::local(calendar, now).date().iso_week_date();
        let mut week = Self { year: date.year(), week: date.week() };
        if Period::of(week, cutoff, calendar).to > now {
            week = week.before()?;
        }
        Some(week)
    }

    pub fn before(self) -> Option<Self> {
        let date = self.monday()?.yesterday().ok()?.iso_week_date();
        Some(Self { year: date.year(), week: date.week() })
    }

    /// Its number in the year, and counted from `first`, which is the first issue of all.
    pub fn issue(self, first: Self) -> Issue {
        let running = (self.day() - first.day()) / 7 + 1;
        let before = if self.year == first.year { i32::from(first.week) - 1 } else { 0 };
        let positive = |n: i32| u32::try_from(n.max(1)).unwrap_or(1);
        Issue { number: positive(i32::from(self.week) - before), running: positive(running) }
    }
}

impl Period {
    pub fn of(week: Week, cutoff: Cutoff, calendar: Calendar) -> Self {
        let day = week.day() + i32::from(cutoff.weekday.clamp(1, 7)) - 1;
        let hour = i64::from(cutoff.hour.min(24)) * ward_event::time::MICROS_PER_HOUR;
        let to = Micros(calendar.day_start(day).0 + hour);
        Self { week, from: Micros(to.0 - 7 * DAY), to }
    }

    /// The seven days before.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        Some(Self { week: self.week.before()?, from: Micros(self.from.0 - 7 * DAY), to: self.from })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: Calendar = Calendar::shanghai();

    fn week(text: &str) -> Week {
        text.parse().expect("a week")
    }

    #[test]
    fn a_week_ends_at_its_cut_off_and_follows_the_one_before_without_a_gap() {
        let cutoff = Cutoff { weekday: 4, hour: 24 };
        let p = Period::of(week("2026-W47"), cutoff, C);
        assert_eq!(crate::text::moment(C, p.to), "2026年11月19日24时");
        assert_eq!(crate::text::stamp(C, p.from), "2026-11-13 00:00");
        let before = p.before().expect("a week before");
        assert_eq!((before.to, before.week), (p.from, week("2026-W46")));
        assert_eq!(before, Period::of(week("2026-W46"), cutoff, C));
        // Over the turn of the year: 2026 has 53 weeks.
        let first = Period::of(week("2027-W01"), cutoff, C);
        assert_eq!(first.before().map(|p| p.week), Some(week("2026-W53")));
    }

    #[test]
    fn the_last_closed_week_is_the_one_whose_cut_off_has_passed() {
        let cutoff = Cutoff { weekday: 5, hour: 12 };
        let end = Period::of(week("2026-W47"), cutoff, C).to;
        assert_eq!(Week::last_closed(C, cutoff, end), Some(week("2026-W47")));
        assert_eq!(Week::last_closed(C, cutoff, Micros(end.0 - 1)), Some(week("2026-W46")));
    }

    #[test]
    fn issues_are_numbered_by_the_year_and_from_the_first() {
        let first = week("2026-W10");
        assert_eq!(week("2026-W10").issue(first), Issue { number: 1, running: 1 });
        assert_eq!(week("2026-W47").issue(first), Issue { number: 38, running: 38 });
        assert_eq!(week("2027-W02").issue(first), Issue { number: 2, running: 46 });
    }

    #[test]
    fn what_is_no_week_is_refused() {
        for text in ["2026-47", "2026-W54", "2026-W00", "W47", "2026-W4a", ""] {
            assert!(text.parse::<Week>().is_err(), "{text}");
        }
        assert_eq!(week("2026-W07").to_string(), "2026-W07");
    }
}
