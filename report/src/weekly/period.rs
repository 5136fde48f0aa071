//! Which week, month, quarter or days, from when to when, and which number its report has.

use jiff::civil::{Date, ISOWeekDate, Weekday};
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

/// A month: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Month {
    pub year: i16,
    pub month: i8,
}

/// A quarter: `2026Q4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quarter {
    pub year: i16,
    pub quarter: i8,
}

/// Whole days of one's choice, both in: a special protection period (重保). Days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Special {
    pub first: i32,
    pub last: i32,
}

/// What a report is about. The period is data: one engine makes all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    Week(Week),
    Month(Month),
    Quarter(Quarter),
    Special(Special),
    /// One incident by its number in the desk, from its first sign to the moment of the report.
    Incident(i64),
}

/// From is in, to is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    #[serde(flatten)]
    pub span: Span,
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

fn epoch_days(date: Option<Date>) -> i32 {
    date.and_then(|d| d.since(date_of(1970, 1)?).ok()).map_or(0, |span| span.get_days())
}

fn date_of(year: i16, month: i8) -> Option<Date> {
    Date::new(year, month, 1).ok()
}

/// A day of the calendar, `2026-11-01`, as days since 1970-01-01.
///
/// # Errors
/// What is none.
pub fn parse_day(text: &str) -> Result<i32, ReportError> {
    let date = text.parse::<Date>().ok();
    date.map(|d| epoch_days(Some(d)))
        .ok_or_else(|| ReportError::Refused(format!("{text:?} is no day: write it like 2026-11-01")))
}

fn date_text(day: i32) -> String {
    let epoch = date_of(1970, 1).unwrap_or_default();
    let days = jiff::Span::new().try_days(day).ok();
    days.and_then(|days| epoch.checked_add(days).ok()).unwrap_or(epoch).to_string()
}

impl Month {
    fn day(self) -> i32 {
        epoch_days(date_of(self.year, self.month))
    }

    fn at(index: i32) -> Option<Self> {
        let month = i8::try_from(index.rem_euclid(12) + 1).ok()?;
        Some(Self { year: i16::try_from(index.div_euclid(12)).ok()?, month })
    }

    /// Months since the year 0.
    fn index(self) -> i32 {
        i32::from(self.year) * 12 + i32::from(self.month) - 1
    }

    fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }
}

impl Quarter {
    /// Quarters since the year 0.
    fn index(self) -> i32 {
        i32::from(self.year) * 4 + i32::from(self.quarter) - 1
    }

    fn at(index: i32) -> Option<Self> {
        let quarter = i8::try_from(index.rem_euclid(4) + 1).ok()?;
        Some(Self { year: i16::try_from(index.div_euclid(4)).ok()?, quarter })
    }

    fn first(self) -> Month {
        Month { year: self.year, month: (self.quarter - 1) * 3 + 1 }
    }

    fn of(month: Month) -> Self {
        Self { year: month.year, quarter: (month.month - 1) / 3 + 1 }
    }
}

impl std::str::FromStr for Month {
    type Err = ReportError;

    fn from_str(text: &str) -> Result<Self, ReportError> {
        let found = text.split_once('-').filter(|(y, m)| y.len() == 4 && m.len() == 2).and_then(|(y, m)| {
            let month = Self { year: y.parse().ok()?, month: m.parse().ok()? };
            date_of(month.year, month.month).map(|_| month)
        });
        found.ok_or_else(|| ReportError::Refused(format!("{text:?} is no month: write it like 2026-11")))
    }
}

impl std::str::FromStr for Quarter {
    type Err = ReportError;

    fn from_str(text: &str) -> Result<Self, ReportError> {
        let found = text.split_once('Q').filter(|(y, _)| y.len() == 4).and_then(|(y, q)| {
            let quarter = Self { year: y.parse().ok()?, quarter: q.parse().ok()? };
            ((1..=4).contains(&quarter.quarter) && date_of(quarter.year, 1).is_some()).then_some(quarter)
        });
        found.ok_or_else(|| ReportError::Refused(format!("{text:?} is no quarter: write it like 2026Q4")))
    }
}

impl From<Week> for Span {
    fn from(week: Week) -> Self {
        Self::Week(week)
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Week(week) => week.fmt(f),
            Self::Month(m) => write!(f, "{:04}-{:02}", m.year, m.month),
            Self::Quarter(q) => write!(f, "{:04}Q{}", q.year, q.quarter),
            Self::Special(s) => write!(f, "{}..{}", date_text(s.first), date_text(s.last)),
            Self::Incident(id) => id.fmt(f),
        }
    }
}

/// The longest special period.
const SPECIAL_DAYS_MAX: i32 = 366;

impl Span {
    /// The name under which a report is kept, in addresses and commands.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Week(_) => "weekly",
            Self::Month(_) => "monthly",
            Self::Quarter(_) => "quarterly",
            Self::Special(_) => "special",
            Self::Incident(_) => "incident",
        }
    }

    /// A period by its kind and what [`std::fmt::Display`] writes.
    ///
    /// # Errors
    /// What is none of them.
    pub fn parse(kind: &str, text: &str) -> Result<Self, ReportError> {
        let unknown = || ReportError::Refused(format!("{text:?} is no period of a {kind} report"));
        match kind {
            "weekly" => text.parse().map(Self::Week),
            "monthly" => text.parse().map(Self::Month),
            "quarterly" => text.parse().map(Self::Quarter),
            "special" => {
                let (first, last) = text.split_once("..").ok_or_else(unknown)?;
                Self::special(parse_day(first)?, parse_day(last)?)
            }
            "incident" => text.parse().map(Self::Incident).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }

    /// Whole days, both in.
    ///
    /// # Errors
    /// Days that are none, or more than a year of them.
    pub fn special(first: i32, last: i32) -> Result<Self, ReportError> {
        if last < first || last - first >= SPECIAL_DAYS_MAX {
            return Err(ReportError::Refused("a special period has 1 to 366 days".to_owned()));
        }
        Ok(Self::Special(Special { first, last }))
    }

    /// The one of a kind that was over last at `now`; none for kinds that do not follow each other.
    pub fn last_closed(kind: &str, calendar: Calendar, cutoff: Cutoff, now: Micros) -> Option<Self> {
        let month = Month::of(crate::text::local(calendar, now).date());
        match kind {
            "weekly" => Week::last_closed(calendar, cutoff, now).map(Self::Week),
            "monthly" => Month::at(month.index() - 1).map(Self::Month),
            "quarterly" => Quarter::at(Quarter::of(month).index() - 1).map(Self::Quarter),
            _ => None,
        }
    }

    /// The one before, with which it is compared.
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Week(week) => week.before().map(Self::Week),
            Self::Month(m) => Month::at(m.index() - 1).map(Self::Month),
            Self::Quarter(q) => Quarter::at(q.index() - 1).map(Self::Quarter),
            Self::Special(s) => {
                let days = s.last - s.first + 1;
                Some(Self::Special(Special { first: s.first - days, last: s.last - days }))
            }
            Self::Incident(_) => None,
        }
    }

    /// Its number, counted from `first`, which is the first issue of all. A special report has none of its own: its
    /// days are its name.
    pub(super) fn issue(self, first: Week) -> Issue {
        let positive = |n: i32| u32::try_from(n.max(1)).unwrap_or(1);
        // A week lies in the month, and in the year, of its Thursday.
        let thursday = first.monday().and_then(|m| m.checked_add(jiff::Span::new().days(3)).ok());
        let begun = || thursday.map_or(Month { year: first.year, month: 1 }, Month::of);
        // Within the year, since the first.
        let numbered =
            |in_year: i32, index: i32, first_in_year: i32, first_index: i32, same_year: bool| Issue {
                number: positive(in_year - if same_year { first_in_year - 1 } else { 0 }),
                running: positive(index - first_index + 1),
            };
        match self {
            Self::Week(week) => week.issue(first),
            Self::Month(m) => {
                let b = begun();
                numbered(m.month.into(), m.index(), b.month.into(), b.index(), m.year == b.year)
            }
            Self::Quarter(q) => {
                let b = Quarter::of(begun());
                numbered(q.quarter.into(), q.index(), b.quarter.into(), b.index(), q.year == b.year)
            }
            Self::Special(_) | Self::Incident(_) => Issue { number: 1, running: 1 },
        }
    }

    /// `2026年第38期（总第38期）`; of a special report its kind.
    pub(super) fn issue_text(self, issue: Issue) -> String {
        let year = match self {
            Self::Week(w) => w.year,
            Self::Month(m) => m.year,
            Self::Quarter(q) => q.year,
            Self::Special(_) | Self::Incident(_) => return "专报".to_owned(),
        };
        format!("{year}年第{}期（总第{}期）", issue.number, issue.running)
    }

    /// What a reader calls the time: 本周, and the one that comes.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Week(_) => ("本周", "下周"),
            Self::Month(_) => ("本月", "下月"),
            Self::Quarter(_) => ("本季度", "下季度"),
            Self::Special(_) | Self::Incident(_) => ("本期", "下一步"),
        }
    }

    /// 周报, 月报.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Week(_) => "周报",
            Self::Month(_) => "月报",
            Self::Quarter(_) => "季报",
            Self::Special(_) | Self::Incident(_) => "专报",
        }
    }
}

impl Period {
    /// Of a week that ends at the cut-off; of other periods whole days of the calendar. An incident has none of
    /// itself: see [`super::incident`].
    pub fn of(span: impl Into<Span>, cutoff: Cutoff, calendar: Calendar) -> Self {
        let span = span.into();
        let start = |day: i32| calendar.day_start(day);
        let month = |index: i32| start(Month::at(index).map_or(0, Month::day));
        let (from, to) = match span {
            Span::Week(week) => {
                let day = week.day() + i32::from(cutoff.weekday.clamp(1, 7)) - 1;
                let hour = i64::from(cutoff.hour.min(24)) * ward_event::time::MICROS_PER_HOUR;
                let to = Micros(start(day).0 + hour);
                (Micros(to.0 - 7 * DAY), to)
            }
            Span::Month(m) => (month(m.index()), month(m.index() + 1)),
            Span::Quarter(q) => (month(q.first().index()), month(q.first().index() + 3)),
            Span::Special(s) => (start(s.first), start(s.last + 1)),
            Span::Incident(_) => (Micros(0), Micros(0)),
        };
        Self { span, from, to }
    }

    /// The one before, which ends where this one begins.
    #[must_use]
    pub fn before(self, calendar: Calendar) -> Option<Self> {
        let span = self.span.before()?;
        let from = match span {
            Span::Week(_) => Micros(self.from.0 - 7 * DAY),
            // These do not hang on the cut-off.
            other => Self::of(other, Cutoff { weekday: 7, hour: 24 }, calendar).from,
        };
        Some(Self { span, from, to: self.from })
    }

    /// Days that have begun in it.
    pub(super) const fn days(self) -> u64 {
        (self.to.0 - self.from.0).unsigned_abs().div_ceil(DAY.unsigned_abs())
    }
}

#[cfg(test)]
mod tests;
