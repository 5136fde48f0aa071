//! Working days, holidays and 调休, and when a period ends. All of it is data: one file a year.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use ward_event::{
    Micros,
    time::{Calendar, MICROS_PER_HOUR},
};

const MICROS_PER_MINUTE: i64 = MICROS_PER_HOUR / 60;

/// What is allowed for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Natural hours, day and night.
    Hours(u32),
    WorkingDays(u32),
    /// Calendar days; the last moves to a working day.
    Days(u32),
}

/// One year's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i16,
    source: String,
    #[serde(default, rename = "holiday")]
    holidays: Vec<Holiday>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: String,
    from: String,
    to: String,
    /// Days of rest that are worked instead.
    #[serde(default)]
    work: Vec<String>,
}

#[derive(Debug, Clone)]
struct Year {
    source: String,
    off: BTreeMap<i32, String>,
    on: BTreeSet<i32>,
}

/// The calendar of an office. Days are days since 1970-01-01 in the region's time.
#[derive(Debug, Clone)]
pub struct WorkCalendar {
    zone: Calendar,
    years: BTreeMap<i16, Year>,
    opens: i64,
    closes: i64,
}

/// The number of a date written `YYYY-MM-DD`.
fn day_number(text: &str) -> Result<i32, String> {
    let date: jiff::civil::Date = text.parse().map_err(|_| format!("{text:?} is no date"))?;
    let span = date.since(jiff::civil::date(1970, 1, 1)).map_err(|e| e.to_string())?;
    Ok(span.get_days())
}

/// The year that a day lies in.
fn year_of(day: i32) -> i16 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.checked_add(jiff::Span::new().days(day)).map_or(0, |date| date.year())
}

/// Minutes after midnight of `HH:MM`.
pub(super) fn minutes(text: &str) -> Result<i64, String> {
    let time = text.split_once(':').and_then(|(h, m)| Some((h.parse::<i64>().ok()?, m.parse::<i64>().ok()?)));
    match time {
        Some((h, m)) if (0..24).contains(&h) && (0..60).contains(&m) => Ok(h * 60 + m),
        _ => Err(format!("{text:?} is no time of day")),
    }
}

impl WorkCalendar {
    /// Without any year: weekends alone.
    ///
    /// # Errors
    /// Hours that are none, or end before they begin.
    pub fn new(zone: Calendar, opens: &str, closes: &str) -> Result<Self, String> {
        let (opens, closes) = (minutes(opens)?, minutes(closes)?);
        if closes <= opens {
            return Err("the office closes before it opens".into());
        }
        Ok(Self { zone, years: BTreeMap::new(), opens, closes })
    }

    /// Takes over a year's file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let file: YearFile = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut year = Year { source: file.source, off: BTreeMap::new(), on: BTreeSet::new() };
        for holiday in &file.holidays {
            let (from, to) = (day_number(&holiday.from)?, day_number(&holiday.to)?);
            if to < from || to - from > 31 {
                return Err(format!("{}: it ends before it begins, or never", holiday.name));
            }
            year.off.extend((from..=to).map(|day| (day, holiday.name.clone())));
            for day in &holiday.work {
                year.on.insert(day_number(day)?);
            }
        }
        let strays = year.off.keys().chain(&year.on).any(|day| year_of(*day) != file.year);
        if strays || year.on.iter().any(|day| year.off.contains_key(day)) {
            return Err(format!("{}: a day of another year, or both free and worked", file.year));
        }
        self.years.insert(file.year, year);
        Ok(())
    }

    pub const fn zone(&self) -> Calendar {
        self.zone
    }

    /// Who says so for a year; None where there is no file of it.
    pub fn source(&self, year: i16) -> Option<&str> {
        self.years.get(&year).map(|y| y.source.as_str())
    }

    /// The year in which a moment lies.
    pub fn year(&self, at: Micros) -> i16 {
        year_of(self.zone.day(at))
    }

    /// Years between two moments, both counted, of which no file says what is worked.
    pub fn missing(&self, from: Micros, to: Micros) -> Vec<i16> {
        (self.year(from)..=self.year(to)).filter(|year| !self.years.contains_key(year)).collect()
    }

    pub fn is_working(&self, day: i32) -> bool {
        let year = self.years.get(&year_of(day));
        if year.is_some_and(|y| y.on.contains(&day)) {
            return true;
        }
        // 1970-01-01 was a Thursday.
        let is_weekend = (day + 3).rem_euclid(7) >= 5;
        !is_weekend && !year.is_some_and(|y| y.off.contains_key(&day))
    }

    /// Whether the office is open.
    pub fn is_open(&self, at: Micros) -> bool {
        let day = self.zone.day(at);
        let minute = (at.0 - self.zone.day_start(day).0) / MICROS_PER_MINUTE;
        self.is_working(day) && (self.opens..self.closes).contains(&minute)
    }

    fn closing(&self, day: i32) -> Micros {
        Micros(self.zone.day_start(day).0 + self.closes * MICROS_PER_MINUTE)
    }

    /// The last moment of a period that begins at `from`.
    pub fn end(&self, from: Micros, period: Period) -> Micros {
        let start = self.zone.day(from);
        match period {
            Period::Hours(hours) => Micros(from.0 + i64::from(hours) * MICROS_PER_HOUR),
            Period::WorkingDays(days) => self.closing(self.nth_working(start, days)),
            Period::Days(days) => {
                let last = start.saturating_add(i32::try_from(days).unwrap_or(i32::MAX / 2));
                self.closing(self.working_from(last))
            }
        }
    }

    /// The `n`th working day after a day.
    fn nth_working(&self, day: i32, n: u32) -> i32 {
        (0..n.max(1)).fold(day, |day, _| self.working_from(day + 1))
    }

    /// The first working day from `day` on.
    fn working_from(&self, day: i32) -> i32 {
        // No file frees more than a few weeks in a row.
        (day..day + 400).find(|d| self.is_working(*d)).unwrap_or(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> WorkCalendar {
        let mut calendar = WorkCalendar::new(Calendar::shanghai(), "08:30", "17:30").expect("hours");
        for text in crate::case::rules::SHIPPED_YEARS {
            calendar.add(text).expect("a year");
        }
        calendar
    }

    /// A moment in the region.
    fn at(text: &str) -> Micros {
        let (date, time) = text.split_once(' ').expect("date and time");
        let day = day_number(date).expect("a date");
        Micros(Calendar::shanghai().day_start(day).0 + minutes(time).expect("a time") * MICROS_PER_MINUTE)
    }

    #[test]
    fn a_notice_of_friday_evening_before_a_worked_saturday() {
        let c = calendar();
        // 2026-05-09 is a Saturday that is worked for the First of May.
        let sent = at("2026-05-08 17:50");
        assert_eq!(c.end(sent, Period::WorkingDays(3)), at("2026-05-12 17:30"));
        assert_eq!(c.end(sent, Period::Hours(24)), at("2026-05-09 17:50"));
        // 2026-02-14 too, and after it nine days are free.
        assert_eq!(c.end(at("2026-02-13 17:50"), Period::WorkingDays(3)), at("2026-02-25 17:30"));
        // A Friday before a common weekend.
        assert_eq!(c.end(at("2026-11-20 17:50"), Period::WorkingDays(3)), at("2026-11-25 17:30"));
    }

    #[test]
    fn the_last_day_moves_to_a_working_day() {
        let c = calendar();
        // Fifteen days from 09-18 is 10-03, in the national holiday.
        assert_eq!(c.end(at("2026-09-18 09:00"), Period::Days(15)), at("2026-10-08 17:30"));
        assert_eq!(c.end(at("2026-03-02 09:00"), Period::Days(15)), at("2026-03-17 17:30"));
        // To a Sunday that is worked: it stays there.
        assert_eq!(c.end(at("2026-09-05 09:00"), Period::Days(15)), at("2026-09-20 17:30"));
    }

    #[test]
    fn a_year_without_a_file_knows_weekends_alone_and_says_so() {
        let c = calendar();
        assert_eq!(c.missing(at("2026-12-30 10:00"), at("2027-01-05 10:00")), [2027]);
        assert!(c.missing(at("2025-12-30 10:00"), at("2026-01-05 10:00")).is_empty());
        // 2027-01-01 is a Friday, and no file says that it is free.
        assert_eq!(c.end(at("2026-12-31 10:00"), Period::WorkingDays(1)), at("2027-01-01 17:30"));
        assert!(c.source(2027).is_none() && c.source(2026).is_some_and(|s| s.contains("国办发明电")));
    }

    #[test]
    fn the_office_is_open_on_a_worked_sunday_and_not_at_night() {
        let c = calendar();
        assert!(c.is_open(at("2026-09-20 08:30")) && !c.is_open(at("2026-09-20 17:30")));
        assert!(!c.is_open(at("2026-10-05 10:00")), "a Monday in the holiday");
        assert!(!c.is_open(at("2026-11-21 10:00")) && !c.is_open(at("2026-11-20 03:00")));
    }

    #[test]
    fn the_worked_days_of_the_years_are_weekends_and_the_free_weekdays_are_counted() {
        let c = calendar();
        let free = |from: &str, to: &str| {
            let days = day_number(from).expect("a date")..=day_number(to).expect("a date");
            days.filter(|d| !c.is_working(*d)).count()
        };
        // 365 days less 248 working days each: so the notices' own sums say.
        assert_eq!(free("2025-01-01", "2025-12-31"), 117);
        assert_eq!(free("2026-01-01", "2026-12-31"), 117);
    }

    #[test]
    fn a_bad_file_is_refused() {
        let mut c = calendar();
        for bad in [
            "year = 2027",
            "year = 2027\nsource = \"x\"\n[[holiday]]\nname = \"x\"\nfrom = \"2027-01-03\"\nto = \"2027-01-01\"",
            "year = 2027\nsource = \"x\"\n[[holiday]]\nname = \"x\"\nfrom = \"2026-01-03\"\nto = \"2026-01-04\"",
            "year = 2027\nsource = \"x\"\n[[holiday]]\nname = \"x\"\nfrom = \"2027-02-30\"\nto = \"2027-03-01\"",
        ] {
            assert!(c.add(bad).is_err(), "{bad}");
        }
    }
}
