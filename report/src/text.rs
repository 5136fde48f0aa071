//! Text on its way into a document, and dates as an official writes them.

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use ward_event::{Micros, time::Calendar};

/// Takes out what could make a document show something else than it says: controls, marks that turn the
/// direction of writing, zero-width characters. Line ends become one kind.
pub(crate) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars()
        .filter_map(|c| match c {
            '\n' => Some('\n'),
            '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => None,
            // U+FFFE and U+FFFF may not stand in XML.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => Some('\u{fffd}'),
            c => Some(c),
        })
        .collect()
}

/// The same on one line.
pub(crate) fn line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same, a paragraph a line; empty lines are dropped.
pub(crate) fn paragraphs(text: &str) -> Vec<String> {
    clean(text).lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

/// A moment by the region's clock.
pub(crate) fn local(calendar: Calendar, at: Micros) -> DateTime {
    let seconds = i32::try_from(calendar.offset_secs()).unwrap_or(0);
    let offset = Offset::from_seconds(seconds).unwrap_or(Offset::UTC);
    offset.to_datetime(Timestamp::from_microsecond(at.0).unwrap_or_default())
}

/// `2026年11月21日`
pub(crate) fn day(calendar: Calendar, at: Micros) -> String {
    let t = local(calendar, at);
    format!("{}年{}月{}日", t.year(), t.month(), t.day())
}

/// `2026年11月21日18时`, with minutes where there are any. The end of a day is 24时 of it.
pub(crate) fn moment(calendar: Calendar, at: Micros) -> String {
    let t = local(calendar, at);
    if t.hour() == 0 && t.minute() == 0 {
        return format!("{}24时", day(calendar, Micros(at.0 - 1)));
    }
    let minutes = if t.minute() == 0 { String::new() } else { format!("{}分", t.minute()) };
    format!("{}{}时{minutes}", day(calendar, at), t.hour())
}

/// As [`moment`], for where something begins: midnight is 0时 of the day.
pub(crate) fn moment_from(calendar: Calendar, at: Micros) -> String {
    let t = local(calendar, at);
    let minutes = if t.minute() == 0 { String::new() } else { format!("{}分", t.minute()) };
    format!("{}{}时{minutes}", day(calendar, at), t.hour())
}

/// `2026-11-21 18:05`
pub(crate) fn stamp(calendar: Calendar, at: Micros) -> String {
    local(calendar, at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// For a file's own description.
#[cfg(feature = "typeset")]
pub(crate) fn parts(calendar: Calendar, at: Micros) -> [i32; 6] {
    let t = local(calendar, at);
    [t.year().into(), t.month().into(), t.day().into(), t.hour().into(), t.minute().into(), t.second().into()]
}

/// `12,345`
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// 一 … 九十九, as official documents count their parts.
pub(crate) fn chinese_number(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match n {
        0..=9 => DIGITS[n].to_owned(),
        10..=19 => format!("十{}", DIGITS[n - 10]),
        20..=99 => format!("{}十{}", DIGITS[n / 10], DIGITS[n % 10]),
        _ => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_plain_text() {
        assert_eq!(clean("a\r\nb\rc\u{202e}d\u{0}e\u{200b}"), "a\nb\ncd\u{fffd}e");
        assert_eq!(line(" a\r\n b\t c "), "a b c");
        assert_eq!(paragraphs("一\r\n\r\n二\n"), ["一", "二"]);
    }

    #[test]
    fn dates_are_those_of_the_region() {
        let c = Calendar::shanghai();
        let at = Micros::from_secs(1_795_255_200); // 2026-11-21T10:00:00Z
        assert_eq!(day(c, at), "2026年11月21日");
        assert_eq!(moment(c, at), "2026年11月21日18时");
        assert_eq!(moment(c, c.day_start(c.day(at) + 1)), "2026年11月21日24时");
        assert_eq!(stamp(c, at), "2026-11-21 18:00");
        assert_eq!(chinese_number(21), "二十一");
        assert_eq!(chinese_number(10), "十");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
