//! Times in the region's zone, which is named once on a page, and ages in words.

use jiff::{Timestamp, tz::Offset};
use ward_event::{Micros, time::Calendar};

use crate::text::{Texts, fill};

/// Prints instants in the region's fixed offset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zone {
    offset: Offset,
}

impl Zone {
    pub(crate) fn new(calendar: Calendar) -> Self {
        let seconds = i32::try_from(calendar.offset_secs()).unwrap_or(0);
        Self { offset: Offset::from_seconds(seconds).unwrap_or(Offset::UTC) }
    }

    fn format(self, t: Micros, pattern: &str) -> String {
        match Timestamp::from_microsecond(t.0) {
            Ok(stamp) => self.offset.to_datetime(stamp).strftime(pattern).to_string(),
            Err(_) => format!("{}", t.0),
        }
    }

    /// `2026-08-23 14:05:09`
    pub(crate) fn full(self, t: Micros) -> String {
        self.format(t, "%Y-%m-%d %H:%M:%S")
    }

    /// With milliseconds, for what must be put in order.
    pub(crate) fn exact(self, t: Micros) -> String {
        self.format(t, "%Y-%m-%d %H:%M:%S%.3f")
    }

    /// `2026-08-23`
    pub(crate) fn date(self, t: Micros) -> String {
        self.format(t, "%Y-%m-%d")
    }

    /// `08-23 14:05`
    pub(crate) fn short(self, t: Micros) -> String {
        self.format(t, "%m-%d %H:%M")
    }

    /// `14:05:09`
    pub(crate) fn clock(self, t: Micros) -> String {
        self.format(t, "%H:%M:%S")
    }

    /// The form of an `<input type="datetime-local">`.
    pub(crate) fn input(self, t: Micros) -> String {
        self.format(t, "%Y-%m-%dT%H:%M")
    }

    /// The same to the second.
    pub(crate) fn input_exact(self, t: Micros) -> String {
        self.format(t, "%Y-%m-%dT%H:%M:%S")
    }

    /// From that form, with or without seconds.
    pub(crate) fn parse_input(self, text: &str) -> Option<Micros> {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        let stamp = self.offset.to_timestamp(local).ok()?;
        Some(Micros(stamp.as_microsecond()))
    }

    /// `UTC+8`
    pub(crate) fn name(self) -> String {
        let minutes = self.offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        if rest == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{rest:02}") }
    }

    pub(crate) const fn offset_secs(self) -> i32 {
        self.offset.seconds()
    }
}

/// How long ago, in words: "3 分钟前".
pub(crate) fn age(t: &Texts, now: Micros, at: Micros) -> String {
    let seconds = (now.0 - at.0).max(0) / 1_000_000;
    let (text, n) = match seconds {
        0 => return t.age_now.to_owned(),
        s if s < 60 => (t.age_seconds, s),
        s if s < 3_600 => (t.age_minutes, s / 60),
        s if s < 172_800 => (t.age_hours, s / 3_600),
        s => (t.age_days, s / 86_400),
    };
    fill(text, &[&n])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn times_are_local_and_inputs_come_back() {
        let zone = Zone::new(Calendar::shanghai());
        let t = Micros(1_767_225_600_123_456);
        assert_eq!(zone.full(t), "2026-01-01 08:00:00");
        assert_eq!(zone.exact(t), "2026-01-01 08:00:00.123");
        assert_eq!(zone.name(), "UTC+8");
        assert_eq!(zone.parse_input(&zone.input(t)), Some(Micros(1_767_225_600_000_000)));
        assert_eq!(zone.parse_input("<script>"), None);
    }

    #[test]
    fn an_age_has_one_unit() {
        let at = |seconds: i64| age(Lang::Zh.texts(), Micros::from_secs(seconds), Micros(0));
        assert_eq!(at(0), "刚刚");
        assert_eq!(at(59), "59 秒前");
        assert_eq!(at(3_599), "59 分钟前");
        assert_eq!(at(7_200), "2 小时前");
        assert_eq!(at(259_200), "3 天前");
    }
}
