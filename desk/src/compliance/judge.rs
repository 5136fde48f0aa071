//! What a recorded value is worth today.

use jiff::{ToSpan, civil::Date};

use super::catalogue::{Counts, Item, Kind, Registered, day};
use crate::case::names::named;

named! {
    /// Where an item stands. The order is that of attention.
    State {
        NotMet "not_met",
        Overdue "overdue",
        Partly "partly",
        DueSoon "due_soon",
        /// Nothing is recorded: grey, and never good.
        Unknown "unknown",
        /// Recorded, and neither good nor bad.
        Stated "stated",
        Met "met",
    }
}

/// Of what a value is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subject {
    /// The system's level; 0 where it has none or nobody knows.
    pub level: u8,
    /// The level that it must have; 0 where none is prescribed.
    pub mandatory: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub state: State,
    /// The last day on which the value holds.
    pub due: Option<Date>,
}

/// What stands of an item: its value and the day of it, which the register's entries do not have.
pub type Held<'a> = Option<(&'a str, Option<Date>)>;

/// The rule, first that holds:
///
/// | state | when |
/// |---|---|
/// | unknown | nothing is recorded, or a choice that the file no longer has |
/// | not met | the value counts so, whatever its age |
/// | overdue | today lies behind the last day on which it holds |
/// | partly | the value counts so |
/// | due soon | it holds for `soon_days` more at most |
/// | met, stated | as the value counts |
pub fn judge(item: &Item, held: Held<'_>, subject: Subject, soon_days: u16, today: Date) -> Judged {
    let unknown = Judged { state: State::Unknown, due: None };
    let Some((value, as_of)) = held else { return unknown };
    let Some(counts) = counts(item, value, subject) else { return unknown };
    let from = if item.kind == Kind::Date { day(value) } else { as_of };
    let days = item.valid_days(subject.level.max(subject.mandatory));
    let due = from.zip(days).and_then(|(from, days)| from.checked_add(i64::from(days).days()).ok());
    let soon = today.checked_add(i64::from(soon_days).days()).unwrap_or(today);
    let state = match (counts, due) {
        (Counts::NotMet, _) => State::NotMet,
        (_, Some(due)) if due < today => State::Overdue,
        (Counts::Partly, _) => State::Partly,
        (_, Some(due)) if due <= soon => State::DueSoon,
        (Counts::Met, _) => State::Met,
        (Counts::Stated, _) => State::Stated,
    };
    Judged { state, due }
}

fn counts(item: &Item, value: &str, subject: Subject) -> Option<Counts> {
    match item.kind {
        Kind::Choice => item.choice(value).map(|c| c.counts),
        Kind::Number => {
            let value: f64 = value.parse().ok()?;
            let least = match item.registered {
                Some(Registered::Level) => (subject.mandatory > 0).then(|| u32::from(subject.mandatory)),
                _ => item.met_from,
            };
            let short = least.is_some_and(|least| value < f64::from(least));
            let over = item.met_to.is_some_and(|most| value > f64::from(most));
            Some(match (short || over, least.or(item.met_to)) {
                (true, _) => Counts::NotMet,
                (false, Some(_)) => Counts::Met,
                (false, None) => Counts::Stated,
            })
        }
        // That it is fresh is what a date is asked for.
        Kind::Date => Some(if item.valid.is_empty() { Counts::Stated } else { Counts::Met }),
        Kind::Text => Some(Counts::Stated),
    }
}
