//! One source of one unit, as it is heard.

use serde::{Deserialize, Serialize};
use ward_event::{
    Micros,
    state::SourceState,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::{Key, MINUTE, alarm::Alarm};
use crate::ueba::Ref;

/// A source nobody announced is regular once it has been heard in so many hours …
const REGULAR_HOURS: u32 = 24;
/// … that are at least one in so many of those since it was first heard.
const REGULAR_SHARE: i64 = 2;
/// It is silent after so many times the longest pause of this and last week, and never before an hour.
const LEARNT_PAUSES: i64 = 3;
const LEARNT_MIN: i64 = MICROS_PER_HOUR;
/// One that never became regular is no longer known of after a day.
const STRAY: i64 = MICROS_PER_DAY;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    #[default]
    Unknown,
    Ok,
    Silent,
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Silent => "silent",
        }
    }
}

/// Times are the clock's, but for `received`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Track {
    /// The first and the last minute it was heard in; 0 for never.
    first_heard: Micros,
    heard_at: Micros,
    /// The newest time of receipt, for people.
    received: Micros,
    last: Ref,
    /// Since it was told last.
    events: u64,
    pending: bool,
    /// Distinct hours it was heard in, and the newest of them.
    hours: u32,
    hour: i64,
    /// The longest pause of this week and of last week.
    pauses: [i64; 2],
    week: i64,
    /// Normal silence in microseconds; None while nobody knows what is normal.
    allowed: Option<i64>,
    expected: bool,
    /// Heard of another sender, and when.
    answered: Option<Micros>,
    status: Status,
    told: Option<Status>,
    pub(crate) alarm: Option<Alarm>,
}

impl Track {
    /// One the register names and that has never been heard.
    pub(crate) fn expected() -> Self {
        Self { expected: true, ..Self::default() }
    }

    #[inline]
    pub(crate) fn heard(&mut self, received: Micros, at: Ref) {
        self.received = self.received.max(received);
        self.last = at;
        self.events += 1;
        self.pending = true;
    }

    /// Takes in what was heard since the last minute. `away`: for so long nobody listened; `minutes`:
    /// the silence that the register allows.
    pub(crate) fn turn(&mut self, now: Micros, away: i64, minutes: Option<u32>) {
        if !self.is_unheard() {
            self.heard_at = Micros((self.heard_at.0 + away).min(now.0));
        }
        // A collector whose clock runs ahead must not seem to be heard in the future.
        self.received = self.received.min(now);
        if std::mem::take(&mut self.pending) {
            self.listen(now);
        }
        self.expected = minutes.is_some();
        self.allowed = match minutes {
            Some(minutes) => Some(i64::from(minutes.max(1)) * MINUTE),
            None if self.is_regular() => {
                Some((self.pauses[0].max(self.pauses[1]) * LEARNT_PAUSES).max(LEARNT_MIN))
            }
            None => None,
        };
        self.status = match self.allowed {
            _ if self.is_unheard() => self.status,
            Some(_) if self.is_overdue(now) => Status::Silent,
            None if now.0 - self.heard_at.0 > STRAY => Status::Unknown,
            _ => Status::Ok,
        };
    }

    fn listen(&mut self, now: Micros) {
        if self.is_unheard() {
            self.first_heard = now;
        } else {
            let week = now.0.div_euclid(7 * MICROS_PER_DAY);
            if week != self.week {
                (self.week, self.pauses) = (week, [0, self.pauses[0]]);
            }
            // A silence that was an alert is no normal pause.
            if self.status != Status::Silent {
                self.pauses[0] = self.pauses[0].max(now.0 - self.heard_at.0);
            }
        }
        let hour = now.0.div_euclid(MICROS_PER_HOUR);
        if hour != self.hour {
            self.hour = hour;
            self.hours = self.hours.saturating_add(1);
        }
        self.heard_at = now;
    }

    fn is_regular(&self) -> bool {
        let lived = (self.heard_at.0 - self.first_heard.0) / MICROS_PER_HOUR + 1;
        self.hours >= REGULAR_HOURS && i64::from(self.hours) * REGULAR_SHARE >= lived
    }

    pub(crate) fn answered(&mut self, at: Micros) {
        self.answered = Some(at);
        self.received = at;
        self.status = Status::Ok;
    }

    /// What is to be told: events came, or the status is another.
    pub(crate) fn tell(&mut self, key: &Key) -> Option<SourceState> {
        let events = std::mem::take(&mut self.events);
        if events == 0 && self.told == Some(self.status) {
            return None;
        }
        self.told = Some(self.status);
        Some(SourceState {
            hospital: key.0.clone(),
            sender: key.1.to_string(),
            source: key.2.to_string(),
            status: self.status.name().into(),
            last_seen: self.received,
            events,
        })
    }

    pub(crate) const fn is_unheard(&self) -> bool {
        self.heard_at.0 == 0
    }

    pub(crate) const fn is_answered(&self) -> bool {
        self.answered.is_some()
    }

    pub(crate) const fn is_expected(&self) -> bool {
        self.expected
    }

    /// Heard, and known what silence is normal.
    pub(crate) const fn is_watched(&self) -> bool {
        !self.is_unheard() && self.allowed.is_some()
    }

    pub(crate) fn is_overdue(&self, now: Micros) -> bool {
        !self.is_unheard() && self.allowed.is_some_and(|allowed| now.0 - self.heard_at.0 > allowed)
    }

    /// Microseconds since it became overdue.
    pub(crate) fn overdue_for(&self, now: Micros) -> i64 {
        now.0 - self.heard_at.0 - self.allowed.unwrap_or(0)
    }

    pub(crate) const fn heard_at(&self) -> Micros {
        self.heard_at
    }

    pub(crate) const fn last(&self) -> Ref {
        self.last
    }

    #[cfg(test)]
    pub(crate) const fn status(&self) -> Status {
        self.status
    }
}
