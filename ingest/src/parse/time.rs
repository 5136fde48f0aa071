//! Times as sources write them. No regular expression, no allocation: every event has one.

use ward_event::{
    Event, Micros, TimeQuality,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_SECOND},
};

/// Where a text gives no zone the source's clock shows the region's time.
const REGION: Calendar = Calendar::shanghai();

/// A source's time this far from the time of receipt is noted as skewed.
const SKEW_MAX: i64 = 300 * MICROS_PER_SECOND;

/// A BSD timestamp has no year: it is taken at most this far ahead of the time of receipt, else as
/// last year's. A day covers clocks that run ahead and zones east of the region's.
const AHEAD_MAX: i64 = MICROS_PER_DAY;

/// Sets the event's time, and its quality by the time of receipt.
#[inline]
pub(crate) fn set(event: &mut Event, time: Option<Micros>, received: Micros) {
    event.received = received;
    (event.time, event.time_quality) = match time {
        None => (received, TimeQuality::Missing),
        Some(t) if t.0.abs_diff(received.0) > SKEW_MAX as u64 => (t, TimeQuality::Skewed),
        Some(t) => (t, TimeQuality::Ok),
    };
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[inline]
fn two(bytes: &[u8]) -> Option<i64> {
    match *bytes {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', ..] => Some(i64::from(a - b'0') * 10 + i64::from(b - b'0')),
        _ => None,
    }
}

/// `hh:mm:ss[.fraction]`; microseconds of the day and the bytes taken. A leap second is the next one.
#[inline]
fn clock(bytes: &[u8]) -> Option<(i64, usize)> {
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let (h, m, s) = (two(bytes)?, two(&bytes[3..])?, two(&bytes[6..])?);
    if h > 23 || m > 59 || s > 60 {
        return None;
    }
    let mut micros = ((h * 60 + m) * 60 + s) * MICROS_PER_SECOND;
    let mut at = 8;
    if matches!(bytes.get(8), Some(b'.' | b',')) && bytes.get(9).is_some_and(u8::is_ascii_digit) {
        at = 9;
        let mut unit = MICROS_PER_SECOND / 10;
        while let Some(d @ b'0'..=b'9') = bytes.get(at) {
            micros += i64::from(d - b'0') * unit;
            unit /= 10;
            at += 1;
        }
    }
    Some((micros, at))
}

/// `Z`, `+08:00`, `+0800`, `+08`; microseconds east of Greenwich and the bytes taken.
#[inline]
fn zone(bytes: &[u8]) -> Option<(i64, usize)> {
    let sign = match bytes.first()? {
        b'Z' | b'z' => return Some((0, 1)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = two(&bytes[1..])?;
    let (minutes, len) = match bytes.get(3) {
        Some(b':') => (two(&bytes[4..])?, 6),
        Some(b'0'..=b'9') => (two(&bytes[3..])?, 5),
        _ => (0, 3),
    };
    (hours <= 23 && minutes <= 59).then_some((sign * (hours * 60 + minutes) * 60 * MICROS_PER_SECOND, len))
}

/// A date and time as of RFC 3339 / ISO 8601, at the beginning of the bytes; a space may stand for the
/// `T` and a slash for the hyphen. Returns the time, the bytes taken, and whether it had a zone.
#[inline]
pub(crate) fn iso(bytes: &[u8]) -> Option<(Micros, usize, bool)> {
    if bytes.len() < 19 || !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    if !matches!((bytes[4], bytes[7]), (b'-', b'-') | (b'/', b'/')) {
        return None;
    }
    let year = two(bytes)? * 100 + two(&bytes[2..])?;
    let (month, day) = (two(&bytes[5..])?, two(&bytes[8..])?);
    if !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
        return None;
    }
    let (micros, len) = clock(&bytes[11..])?;
    let at = 11 + len;
    let local = days(year, month, day) * MICROS_PER_DAY + micros;
    // "… 10:20:30.123 +00:00"
    let gap = usize::from(matches!(bytes.get(at..at + 2), Some([b' ', b'+' | b'-'])));
    match bytes.get(at + gap..).and_then(zone) {
        Some((east, len)) => Some((Micros(local - east), at + gap + len, true)),
        None => Some((Micros(local - REGION.offset_secs() * MICROS_PER_SECOND), at, false)),
    }
}

/// `Mmm d hh:mm:ss` of RFC 3164 with a year before or behind the time where the sender adds one, and
/// fractions. Returns the time and the bytes taken.
#[inline]
pub(crate) fn bsd(bytes: &[u8], received: Micros) -> Option<(Micros, usize)> {
    let month = month(bytes)?;
    let (day, mut at) = match *bytes.get(3..6)? {
        [b' ', b' ', d @ b'1'..=b'9'] => (i64::from(d - b'0'), 6),
        [b' ', a @ b'0'..=b'3', b @ b'0'..=b'9'] => (i64::from(a - b'0') * 10 + i64::from(b - b'0'), 6),
        [b' ', d @ b'1'..=b'9', b' '] => (i64::from(d - b'0'), 5),
        _ => return None,
    };
    if bytes.get(at) != Some(&b' ') {
        return None;
    }
    at += 1;
    let mut year = year_at(&bytes[at..]);
    if year.is_some() {
        at += 5;
    }
    let (micros, len) = clock(bytes.get(at..)?)?;
    at += len;
    if year.is_none()
        && bytes.get(at) == Some(&b' ')
        && let Some(behind) = year_at(&bytes[at + 1..])
    {
        year = Some(behind);
        at += 5;
    }
    let of = |year: i64| {
        (day >= 1 && day <= days_of_month(year, month)).then(|| {
            Micros(
                days(year, month, day) * MICROS_PER_DAY + micros - REGION.offset_secs() * MICROS_PER_SECOND,
            )
        })
    };
    let time = match year {
        Some(year) => of(year)?,
        None => {
            let this = year_of(received);
            // 29 February of a year that has none is an older one's.
            [this + 1, this, this - 1, this - 2, this - 3, this - 4]
                .into_iter()
                .filter_map(of)
                .find(|t| t.0 <= received.0.saturating_add(AHEAD_MAX))?
        }
    };
    Some((time, at))
}

/// `2025 ` at the beginning.
fn year_at(bytes: &[u8]) -> Option<i64> {
    let year = two(bytes)? * 100 + two(bytes.get(2..)?)?;
    let ends = matches!(bytes.get(4), None | Some(b' ' | b':'));
    (ends && (1970..2100).contains(&year)).then_some(year)
}

/// The calendar year in the region.
fn year_of(t: Micros) -> i64 {
    let day = i64::from(REGION.day(t));
    let mut year = 1970 + day.div_euclid(366);
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    year
}

#[inline]
fn month(bytes: &[u8]) -> Option<i64> {
    const NAMES: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let name = bytes.get(..3)?;
    let at = NAMES.chunks_exact(3).position(|m| m == name)?;
    Some(at as i64 + 1)
}

/// Seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by size; a fraction
/// may follow. The years 1973 to 2286 are told apart exactly.
pub(crate) fn epoch(text: &str) -> Option<Micros> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || whole.len() > 19 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: i64 = whole.parse().ok()?;
    let sub = |digits: usize| {
        fraction
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(digits)
            .fold(0, |n, b| n * 10 + i64::from(b - b'0'))
    };
    match n {
        100_000_000..10_000_000_000 => Some(Micros(n * MICROS_PER_SECOND + sub(6))),
        100_000_000_000..10_000_000_000_000 => Some(Micros(n * 1_000 + sub(3))),
        100_000_000_000_000..10_000_000_000_000_000 => Some(Micros(n)),
        100_000_000_000_000_000.. => Some(Micros(n / 1_000)),
        _ => None,
    }
}

/// A time in a field of its own: ISO, epoch number, or BSD.
pub(crate) fn any(text: &str, received: Micros) -> Option<Micros> {
    let text = text.trim();
    if let Some((time, _, _)) = iso(text.as_bytes()) {
        return Some(time);
    }
    if text.as_bytes().first()?.is_ascii_digit() {
        return epoch(text);
    }
    bsd(text.as_bytes(), received).map(|(time, _)| time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T04:00:00Z.
    const NOW: Micros = Micros(1_795_233_600_000_000);

    fn check(text: &str, rfc3339: &str) {
        assert_eq!(any(text, NOW).map(Micros::rfc3339).as_deref(), Some(rfc3339), "{text}");
    }

    #[test]
    fn times_are_read_as_sources_write_them() {
        check("2016-02-21T04:32:57+00:00", "2016-02-21T04:32:57Z");
        check("2021-05-30T20:07:13.208777+0200", "2021-05-30T18:07:13.208777Z");
        check("2025-11-27T07:40:10.165324987Z", "2025-11-27T07:40:10.165324Z");
        check("2025/06/15 10:20:30", "2025-06-15T02:20:30Z");
        check("2025-06-15 10:20:30.123 +00:00", "2025-06-15T10:20:30.123Z");
        check("2026-11-21 12:00:00,5", "2026-11-21T04:00:00.5Z");
        check("1588205198.89971", "2020-04-30T00:06:38.89971Z");
        check("1700000000123", "2023-11-14T22:13:20.123Z");
        check("1700000000123456789", "2023-11-14T22:13:20.123456Z");
        check("Nov 21 12:00:00", "2026-11-21T04:00:00Z");
        check("Dec  2 16:31:03", "2025-12-02T08:31:03Z");
        check("Dec 2 16:31:03.25", "2025-12-02T08:31:03.25Z");
        check("Jun 15 2024 10:20:30", "2024-06-15T02:20:30Z");
        check("Jun 15 10:20:30 2024", "2024-06-15T02:20:30Z");
        check("Feb 29 00:00:00", "2024-02-28T16:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "x",
            "2025-13-01T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "12345",
            "Nov 31 00:00:00",
            "Nov 1 1:00:00",
            "Foo 11 00:00:00",
            "1e9",
            "-1",
            "99999999999999999999",
        ] {
            assert_eq!(any(text, NOW), None, "{text}");
        }
    }

    #[test]
    fn days_agree_with_a_calendar_library() {
        for day in -200_000..200_000 {
            let date = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(day);
            assert_eq!(days(date.year().into(), date.month().into(), date.day().into()), day);
        }
    }

    #[test]
    fn the_year_turns_in_the_region() {
        let before = Micros(days(2026, 1, 1) * MICROS_PER_DAY - 8 * 3_600 * MICROS_PER_SECOND - 1);
        assert_eq!(year_of(before), 2025);
        assert_eq!(year_of(Micros(before.0 + 1)), 2026);
    }
}
