//! Whether a version lies in what a disclosure names: `<=5.4.1`, `5.0-5.4`, `6.0.2`, `*`, several with commas.

use std::cmp::Ordering;

/// Numbers and letters of a version, compared piece by piece: 10 is more than 9, and 5.4 is 5.4.0.
fn compare(a: &str, b: &str) -> Ordering {
    let pieces = |text: &str| -> Vec<String> {
        let text = text.trim().trim_start_matches(['v', 'V']).to_lowercase();
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|p| !p.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (pieces(a), pieces(b));
    for i in 0..a.len().max(b.len()) {
        let (x, y) = (a.get(i).map_or("0", |p| p.as_str()), b.get(i).map_or("0", |p| p.as_str()));
        let order = match (x.parse::<u64>(), y.parse::<u64>()) {
            (Ok(x), Ok(y)) => x.cmp(&y),
            _ => x.cmp(y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Whether `version` is named by `versions`; nothing named means every one. An unknown version may be.
pub(super) fn affected(versions: &str, version: &str) -> bool {
    let mut parts =
        versions.split([',', '，', ';', '；']).map(str::trim).filter(|p| !p.is_empty()).peekable();
    if parts.peek().is_none() || version.trim().is_empty() {
        return true;
    }
    let fits = |part: &str| {
        if part == "*" || part == "全部" {
            return true;
        }
        for (mark, orders) in [
            ("<=", &[Ordering::Less, Ordering::Equal][..]),
            (">=", &[Ordering::Greater, Ordering::Equal]),
            ("≤", &[Ordering::Less, Ordering::Equal]),
            ("≥", &[Ordering::Greater, Ordering::Equal]),
            ("<", &[Ordering::Less]),
            (">", &[Ordering::Greater]),
        ] {
            if let Some(bound) = part.strip_prefix(mark) {
                return orders.contains(&compare(version, bound));
            }
        }
        match part.split_once('-') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => {
                compare(version, from) != Ordering::Less && compare(version, to) != Ordering::Greater
            }
            _ => compare(version, part) == Ordering::Equal,
        }
    };
    parts.any(fits)
}

#[cfg(test)]
mod tests {
    use super::affected;

    #[test]
    fn versions_are_compared_as_people_count_them() {
        for (versions, version, is) in [
            ("<=5.4.1", "5.4.1", true),
            ("<=5.4.1", "5.10", false),
            ("<5.4", "v5.3.99", true),
            ("5.0-5.4, 6.0.2", "5.4.0", true),
            ("5.0-5.4, 6.0.2", "6.0.2", true),
            ("5.0-5.4, 6.0.2", "6.0.1", false),
            ("≥ 12", "12.2.0.1", true),
            ("*", "1", true),
            ("", "1", true),
            ("<=5", "", true),
            ("12c", "12c", true),
            ("12c", "19c", false),
        ] {
            assert_eq!(affected(versions, version), is, "{versions} / {version}");
        }
    }
}
