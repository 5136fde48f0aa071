//! What is to be told now.

use std::collections::{BTreeMap, BTreeSet};

use ward_event::{Micros, UnitId, time::MICROS_PER_HOUR};

use super::super::calendar::{Period, WorkCalendar};
use crate::delivery::Subject;

/// How a commission reminds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminding {
    /// What is due within this time from now is soon.
    pub soon: Period,
    /// Outside office hours what is critical is told of so many natural hours before it is due.
    pub critical_hours: u32,
}

/// What a unit owes of one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    pub unit: UnitId,
    pub notice: i64,
    pub subject: Subject,
    /// The notice's number.
    pub number: String,
    pub due: Micros,
    pub critical: bool,
}

/// One message to one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    pub unit: UnitId,
    /// What it is written down by: whoever finds one of these written down does not tell it again.
    pub marks: Vec<String>,
    /// What is due first stands first; a notice once.
    pub items: Vec<Owed>,
}

/// The mark of a day's message.
pub(super) fn daily(day: i32) -> String {
    format!("daily {day}")
}

fn critical(owed: &Owed) -> String {
    format!("critical {} {}", owed.notice, owed.due.0)
}

/// Whom to tell of what now, given everything that is open and the marks of what was told.
///
/// While the office is open each unit is told once a day of all that is late or due soon. While it is closed only of
/// what is critical and late or due within hours, and of each deadline once.
pub fn owed_now(
    rules: &Reminding,
    calendar: &WorkCalendar,
    now: Micros,
    open: &[Owed],
    told: &BTreeSet<(UnitId, String)>,
) -> Vec<Reminder> {
    let is_open = calendar.is_open(now);
    let until = if is_open {
        calendar.end(now, rules.soon)
    } else {
        Micros(now.0 + i64::from(rules.critical_hours) * MICROS_PER_HOUR)
    };
    let today = daily(calendar.zone().day(now));
    let is_told = |unit: &UnitId, mark: &str| told.contains(&(unit.clone(), mark.to_owned()));
    let mut by_unit: BTreeMap<&UnitId, Vec<&Owed>> = BTreeMap::new();
    for owed in open.iter().filter(|owed| owed.due <= until) {
        let is_due = if is_open {
            !is_told(&owed.unit, &today)
        } else {
            owed.critical && !is_told(&owed.unit, &critical(owed))
        };
        if is_due {
            by_unit.entry(&owed.unit).or_default().push(owed);
        }
    }
    by_unit
        .into_iter()
        .map(|(unit, mut all)| {
            all.sort_by_key(|owed| (owed.due, owed.notice));
            let marks =
                if is_open { vec![today.clone()] } else { all.iter().map(|owed| critical(owed)).collect() };
            let mut seen = BTreeSet::new();
            let items = all.into_iter().filter(|owed| seen.insert(owed.notice)).cloned().collect();
            Reminder { unit: unit.clone(), marks, items }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ward_event::time::Calendar;

    use super::*;

    /// 2026-10-09, the Friday before a Saturday that is worked.
    const FRIDAY: i32 = 20_735;

    const RULES: Reminding = Reminding { soon: Period::WorkingDays(1), critical_hours: 2 };

    fn calendar() -> WorkCalendar {
        let mut calendar = WorkCalendar::new(Calendar::shanghai(), "08:30", "17:30").expect("hours");
        calendar.add(include_str!("../../../../deploy/calendar/2026.toml")).expect("a year");
        calendar
    }

    /// A moment of a day in minutes.
    fn at(day: i32, hour: i64, minute: i64) -> Micros {
        Micros(Calendar::shanghai().day_start(day).0 + hour * MICROS_PER_HOUR + minute * MICROS_PER_HOUR / 60)
    }

    fn owed(unit: &str, notice: i64, due: Micros, critical: bool) -> Owed {
        let unit = UnitId::new(unit).expect("an id");
        Owed { unit, notice, subject: Subject::Rectification, number: String::new(), due, critical }
    }

    /// The notices told of at each of these moments, one after the other.
    fn days(open: &[Owed], moments: &[Micros]) -> Vec<Vec<i64>> {
        let (calendar, mut told) = (calendar(), BTreeSet::new());
        let mut all = Vec::new();
        for now in moments {
            let reminders = owed_now(&RULES, &calendar, *now, open, &told);
            all.push(reminders.iter().flat_map(|r| r.items.iter().map(|i| i.notice)).collect());
            for reminder in reminders {
                told.extend(reminder.marks.into_iter().map(|mark| (reminder.unit.clone(), mark)));
            }
        }
        all
    }

    #[test]
    fn friday_evening_waits_for_the_saturday_that_is_worked() {
        let open = [owed("a", 1, at(FRIDAY + 3, 17, 30), false), owed("a", 2, at(FRIDAY - 4, 9, 0), false)];
        let moments = [
            at(FRIDAY, 17, 29),
            at(FRIDAY, 17, 50),
            at(FRIDAY + 1, 8, 29),
            at(FRIDAY + 1, 8, 30),
            at(FRIDAY + 1, 16, 0),
            at(FRIDAY + 2, 10, 0),
            at(FRIDAY + 3, 8, 30),
        ];
        let expected: [&[i64]; 7] = [&[2], &[], &[], &[2, 1], &[], &[], &[2, 1]];
        assert_eq!(days(&open, &moments), expected);
    }

    #[test]
    fn at_night_only_the_critical_and_each_deadline_once() {
        let due = at(FRIDAY, 23, 0);
        let open =
            [owed("a", 1, due, true), owed("a", 2, due, false), owed("b", 3, at(FRIDAY + 9, 9, 0), true)];
        let moments = [at(FRIDAY, 20, 59), at(FRIDAY, 21, 0), at(FRIDAY, 23, 30), at(FRIDAY + 1, 9, 0)];
        let expected: [&[i64]; 4] = [&[], &[1], &[], &[1, 2]];
        assert_eq!(days(&open, &moments), expected);
    }

    #[test]
    fn a_notice_stands_once_in_a_message_by_its_first_deadline() {
        let open = [owed("a", 1, at(FRIDAY, 17, 0), false), owed("a", 1, at(FRIDAY, 10, 0), true)];
        let told = owed_now(&RULES, &calendar(), at(FRIDAY, 9, 0), &open, &BTreeSet::new());
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].items, open[1..]);
    }
}
