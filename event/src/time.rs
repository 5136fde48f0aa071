//! Time as Ward carries it: microseconds since 1970-01-01 UTC.

use serde::{Deserialize, Serialize};

/// Microseconds since the epoch, UTC. Negative before 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub i64);

pub const MICROS_PER_SECOND: i64 = 1_000_000;
pub const MICROS_PER_HOUR: i64 = 3_600 * MICROS_PER_SECOND;
pub const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

impl Micros {
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms.saturating_mul(1_000))
    }

    pub const fn from_secs(s: i64) -> Self {
        Self(s.saturating_mul(MICROS_PER_SECOND))
    }

    /// Whole milliseconds, rounded towards the past, as OCSF's `timestamp_t`.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    pub const fn secs(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// RFC 3339 with microseconds, `Z`.
    pub fn rfc3339(self) -> String {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(t) => t.to_string(),
            Err(_) => format!("{}us", self.0),
        }
    }
}

/// The calendar of the region: a fixed offset from UTC, since Asia/Shanghai has known no daylight
/// saving since 1991 and a day must mean the same thing in every stage and in ClickHouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    offset_micros: i64,
}

impl Calendar {
    /// From an IANA zone without daylight saving in our times; the offset is taken at 2026-01-01.
    ///
    /// # Errors
    /// An unknown zone name, or a zone whose offset in January and July 2026 differ.
    pub fn new(zone: &str) -> Result<Self, String> {
        let tz = jiff::tz::TimeZone::get(zone).map_err(|e| format!("time zone {zone:?}: {e}"))?;
        let at = |s: i64| jiff::Timestamp::from_second(s).map(|t| tz.to_offset(t).seconds());
        match (at(1_767_225_600), at(1_782_864_000)) {
            (Ok(a), Ok(b)) if a == b => Ok(Self { offset_micros: i64::from(a) * MICROS_PER_SECOND }),
            _ => Err(format!("time zone {zone:?} has daylight saving; a region needs one fixed offset")),
        }
    }

    /// A calendar that was told as its offset before ([`Calendar::offset_secs`]).
    pub const fn fixed(offset_secs: i64) -> Self {
        Self { offset_micros: offset_secs * MICROS_PER_SECOND }
    }

    /// Asia/Shanghai.
    pub const fn shanghai() -> Self {
        Self { offset_micros: 8 * MICROS_PER_HOUR }
    }

    /// Days since 1970-01-01 in local time.
    pub const fn day(self, t: Micros) -> i32 {
        (t.0 + self.offset_micros).div_euclid(MICROS_PER_DAY) as i32
    }

    /// Hour of the local day, 0–23.
    pub const fn hour(self, t: Micros) -> u8 {
        ((t.0 + self.offset_micros).div_euclid(MICROS_PER_HOUR).rem_euclid(24)) as u8
    }

    /// Hours since 1970-01-01 00:00 local.
    pub const fn hour_index(self, t: Micros) -> i64 {
        (t.0 + self.offset_micros).div_euclid(MICROS_PER_HOUR)
    }

    /// Monday 0 … Sunday 6.
    pub const fn weekday(self, t: Micros) -> u8 {
        (self.day(t) + 3).rem_euclid(7) as u8
    }

    /// The first instant of a local day.
    pub const fn day_start(self, day: i32) -> Micros {
        Micros(day as i64 * MICROS_PER_DAY - self.offset_micros)
    }

    pub const fn offset_secs(self) -> i64 {
        self.offset_micros / MICROS_PER_SECOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_sixteen_utc() {
        let c = Calendar::new("Asia/Shanghai").expect("a zone");
        assert_eq!(c, Calendar::shanghai());
        let t = Micros::from_secs(1_767_196_799); // 2025-12-31T15:59:59Z
        assert_eq!(c.day(t) + 1, c.day(Micros::from_secs(1_767_196_800)));
        assert_eq!(c.hour(t), 23);
        assert_eq!(c.weekday(Micros::from_secs(1_767_225_600)), 3); // a Thursday
        assert_eq!(c.day_start(c.day(t) + 1), Micros::from_secs(1_767_196_800));
    }

    #[test]
    fn a_zone_with_daylight_saving_is_refused() {
        assert!(Calendar::new("Europe/Berlin").is_err());
        assert!(Calendar::new("Nowhere/Atall").is_err());
    }
}
