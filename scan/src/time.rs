//! Times as tools write them.

use jiff::{Timestamp, civil::DateTime};
use ward_event::{
    Micros,
    time::{Calendar, MICROS_PER_SECOND},
};

/// RFC 3339, or without a zone in the region's.
pub(crate) fn parse(text: &str, calendar: Calendar) -> Option<Micros> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(Micros(time.as_microsecond()));
    }
    const FORMS: [&str; 8] = [
        "%a %b %e %H:%M:%S %Y",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S",
        "%Y/%m/%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M",
        "%m/%d/%Y %H:%M:%S",
        "%b %d, %Y %H:%M:%S",
    ];
    let text = text.trim_end_matches(" UTC");
    let civil = FORMS.iter().find_map(|form| DateTime::strptime(form, text).ok());
    let civil = civil.or_else(|| {
        let date = ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"];
        date.iter().find_map(|form| jiff::civil::Date::strptime(form, text).ok()).map(|d| d.at(0, 0, 0, 0))
    })?;
    let utc = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Micros(utc.as_microsecond() - calendar.offset_secs() * MICROS_PER_SECOND))
}

/// Seconds since the epoch.
pub(crate) fn epoch(text: &str) -> Option<Micros> {
    let seconds: i64 = text.trim().parse().ok()?;
    // From 2000 to 2100.
    (946_684_800..4_102_444_800).contains(&seconds).then(|| Micros::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_forms_that_tools_use() {
        let at = |text: &str| parse(text, Calendar::shanghai()).map(Micros::secs);
        assert_eq!(at("2025-08-22T15:01:38+02:00"), Some(1_755_867_698));
        assert_eq!(at("Mon Jul  1 11:40:48 2013"), Some(1_372_650_048));
        assert_eq!(at("2026-11-20 08:00:00"), Some(1_795_132_800));
        assert_eq!(at("2026年11月20日"), Some(1_795_104_000));
        assert_eq!(at("yesterday"), None);
        assert_eq!(epoch("1746624464"), Some(Micros::from_secs(1_746_624_464)));
        assert_eq!(epoch("99999999999999"), None);
    }
}
