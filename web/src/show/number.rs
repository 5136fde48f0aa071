//! Numbers: thousands separated; large ones in 万/亿 or K/M/B.

use crate::text::Lang;

/// `1234567` → `1,234,567`.
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

/// Short: three significant digits and a unit from ten thousand (Chinese) or a million (English) on.
pub(crate) fn compact(n: u64, lang: Lang) -> String {
    let units: &[(u64, &str)] = match lang {
        Lang::Zh => &[(100_000_000, "亿"), (10_000, "万")],
        Lang::En => &[(1_000_000_000, "B"), (1_000_000, "M")],
    };
    let Some((unit, name)) = units.iter().find(|(unit, _)| n >= *unit) else { return grouped(n) };
    let value = n as f64 / *unit as f64;
    let space = if lang == Lang::Zh { " " } else { "" };
    match value {
        v if v < 10.0 => format!("{v:.2}{space}{name}"),
        v if v < 100.0 => format!("{v:.1}{space}{name}"),
        v => format!("{v:.0}{space}{name}"),
    }
}

/// A score or a share of one: no decimals from ten on, one below.
pub(crate) fn points(score: f64) -> String {
    if score.abs() >= 9.95 { format!("{score:.0}") } else { format!("{score:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_shortened() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(compact(9_999, Lang::Zh), "9,999");
        assert_eq!(compact(12_345, Lang::Zh), "1.23 万");
        assert_eq!(compact(456_000_000, Lang::Zh), "4.56 亿");
        assert_eq!(compact(12_345_678, Lang::En), "12.3M");
        assert_eq!(points(87.4), "87");
        assert_eq!(points(3.25), "3.2");
    }
}
