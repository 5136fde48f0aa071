//! Values of a query, read as what their field holds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ward_event::register::Register;

use crate::{
    hunt::{Fault, Pattern, Piece},
    show::{Zone, words},
    text::{EN, ZH},
};

/// A pattern of `LIKE`, in lower case.
pub(super) fn like(pattern: &Pattern) -> String {
    let mut out = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Any => out.push('%'),
            Piece::One => out.push('_'),
            Piece::Text(text) => {
                for c in text.to_ascii_lowercase().chars() {
                    if matches!(c, '%' | '_' | '\\') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }
    out
}

/// Whether a pattern fits a text, in any case.
fn fits(pieces: &[Piece], text: &str) -> bool {
    match pieces.split_first() {
        None => text.is_empty(),
        Some((Piece::Text(front), rest)) => text.strip_prefix(front.as_str()).is_some_and(|t| fits(rest, t)),
        Some((Piece::One, rest)) => {
            let mut chars = text.chars();
            chars.next().is_some() && fits(rest, chars.as_str())
        }
        Some((Piece::Any, rest)) => {
            let ends = text.char_indices().map(|(i, _)| i).chain([text.len()]);
            ends.into_iter().any(|i| fits(rest, &text[i..]))
        }
    }
}

/// More wildcards than this in a name would be no name.
const NAME_PIECES_MAX: usize = 8;

/// The ids of the units that a pattern names by id or name. A literal that names none is an id that
/// the register does not know: rows of such a unit can be there, too.
pub(super) fn units(register: &Register, pattern: &Pattern) -> Vec<String> {
    let lower: Vec<Piece> = pattern
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Piece::Text(text.to_lowercase()),
            wildcard => wildcard.clone(),
        })
        .collect();
    if lower.len() > NAME_PIECES_MAX {
        return Vec::new();
    }
    let mut ids: Vec<String> = register
        .units
        .iter()
        .filter(|unit| {
            [unit.id.as_str(), &unit.name, &unit.name_en]
                .iter()
                .any(|name| fits(&lower, &name.to_lowercase()))
        })
        .map(|unit| unit.id.as_str().to_owned())
        .collect();
    let unattributed = ["unattributed", ZH.unattributed, EN.unattributed];
    if unattributed.iter().any(|name| fits(&lower, &name.to_lowercase())) {
        ids.push("unattributed".into());
    }
    if let (Some(id), true) = (pattern.as_literal(), ids.is_empty()) {
        ids.push(id.to_owned());
    }
    ids
}

/// As the store keeps it.
fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
}

pub(super) fn address(text: &str) -> Result<Ipv6Addr, Fault> {
    text.parse().map(mapped).map_err(|_| Fault::NotAddress(text.to_owned()))
}

/// First and last address of an address, a network (`10.0.0.0/8`), or the front of an IPv4 address
/// (`10.12.*`).
pub(super) fn network(pattern: &Pattern) -> Result<(Ipv6Addr, Ipv6Addr), Fault> {
    let wrong = || Fault::NotAddress(pattern.to_string());
    if let [Piece::Text(front), Piece::Any] = pattern.pieces() {
        return octets(front).ok_or_else(wrong);
    }
    let text = pattern.as_literal().ok_or_else(wrong)?;
    let Some((base, bits)) = text.split_once('/') else { return address(text).map(|a| (a, a)) };
    let base: IpAddr = base.parse().map_err(|_| wrong())?;
    let bits: u32 = bits.parse().map_err(|_| wrong())?;
    let free = match base {
        IpAddr::V4(_) => 32_u32.checked_sub(bits),
        IpAddr::V6(_) => 128_u32.checked_sub(bits),
    };
    let host = free.map(|free| if free == 128 { u128::MAX } else { (1 << free) - 1 }).ok_or_else(wrong)?;
    let first = u128::from(mapped(base)) & !host;
    Ok((first.into(), (first | host).into()))
}

fn octets(front: &str) -> Option<(Ipv6Addr, Ipv6Addr)> {
    let parts: Vec<u8> =
        front.strip_suffix('.')?.split('.').map(|p| p.parse().ok()).collect::<Option<_>>()?;
    if parts.len() > 3 {
        return None;
    }
    let filled = |fill: u8| {
        let mut octets = [fill; 4];
        octets[..parts.len()].copy_from_slice(&parts);
        Ipv4Addr::from(octets).to_ipv6_mapped()
    };
    Some((filled(0), filled(255)))
}

/// What an ordered value covers: one number, or the microseconds of a day, a minute, a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub first: i64,
    pub last: i64,
}

/// How the values of an ordered field are read.
pub(super) enum Reader {
    Number,
    Time(Zone),
    Class,
    Severity,
}

impl Reader {
    pub(super) fn read(&self, text: &str) -> Result<Number, Fault> {
        let one = |n: i64| Number { first: n, last: n };
        match self {
            Self::Number => text.parse().map(one).map_err(|_| Fault::NotNumber(text.to_owned())),
            Self::Time(zone) => instant(*zone, text).ok_or_else(|| Fault::NotTime(text.to_owned())),
            Self::Class => {
                let named = words::CLASSES
                    .iter()
                    .find(|uid| [&ZH, &EN].iter().any(|t| words::class(t, **uid).eq_ignore_ascii_case(text)));
                match (named, text.parse()) {
                    (Some(uid), _) => Ok(one(i64::from(*uid))),
                    (None, Ok(uid)) => Ok(one(uid)),
                    _ => Err(Fault::UnknownClass(text.to_owned())),
                }
            }
            Self::Severity => severity(text).map(one).ok_or_else(|| Fault::UnknownSeverity(text.to_owned())),
        }
    }
}

fn severity(text: &str) -> Option<i64> {
    if let Ok(id) = text.parse::<i64>() {
        return (0..=6).contains(&id).then_some(id);
    }
    (1..=6).find_map(|id| {
        let level = words::severity_level(id);
        let names = [level, words::level(&ZH, level), words::level(&EN, level)];
        names.iter().any(|n| n.eq_ignore_ascii_case(text)).then_some(i64::from(id))
    })
}

/// A day, a minute or a second of the region's zone.
fn instant(zone: Zone, text: &str) -> Option<Number> {
    let text = text.trim().replace(' ', "T");
    let (whole, micros) = match text.len() {
        10 => (format!("{text}T00:00:00"), 86_400_000_000),
        16 => (format!("{text}:00"), 60_000_000),
        19 => (text, 1_000_000),
        20.. => (text, 1),
        _ => return None,
    };
    let first = zone.parse_input(&whole)?.0;
    Some(Number { first, last: first + micros - 1 })
}

#[cfg(test)]
mod tests {
    use ward_event::time::Calendar;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        match crate::hunt::parse(&format!("ip:{text}")) {
            Ok(crate::hunt::Node::Field(test)) => match test.test {
                crate::hunt::Test::Is(pattern) => pattern,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn networks_have_their_ends() {
        let ends = |text: &str| network(&pattern(text)).map(|(a, b)| (a.to_string(), b.to_string()));
        let both = |a: &str, b: &str| Ok((a.to_owned(), b.to_owned()));
        assert_eq!(ends("10.1.2.3"), both("::ffff:10.1.2.3", "::ffff:10.1.2.3"));
        assert_eq!(ends("10.1.2.3/8"), both("::ffff:10.0.0.0", "::ffff:10.255.255.255"));
        assert_eq!(ends("0.0.0.0/0"), both("::ffff:0.0.0.0", "::ffff:255.255.255.255"));
        assert_eq!(ends("10.12.*"), both("::ffff:10.12.0.0", "::ffff:10.12.255.255"));
        assert_eq!(ends("fe80::1/64"), both("fe80::", "fe80::ffff:ffff:ffff:ffff"));
        assert_eq!(ends("::/0"), both("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        for wrong in ["10.1.2", "10.0.0.0/33", "fe80::/129", "x", "1*", "10.1.2.3.*", "10.*.1", "10.0.0.0/-1"]
        {
            assert!(ends(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn instants_cover_what_they_name() {
        let zone = Zone::new(Calendar::shanghai());
        let span = |text: &str| instant(zone, text).map(|n| n.last - n.first + 1);
        assert_eq!(span("2026-11-20"), Some(86_400_000_000));
        assert_eq!(span("2026-11-20 08:00"), Some(60_000_000));
        assert_eq!(span("2026-11-20T08:00:01"), Some(1_000_000));
        assert_eq!(span("2026-11-20 08:00:01.5"), Some(1));
        assert_eq!(instant(zone, "1970-01-01").map(|n| n.first), Some(-28_800_000_000));
        for wrong in ["2026-13-01", "today", "", "王王王王王王王王王王"] {
            assert_eq!(instant(zone, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_stand_for_numbers() {
        let class = |text: &str| Reader::Class.read(text).map(|n| n.first);
        assert_eq!(class("3002"), Ok(3_002));
        assert_eq!(class("身份认证"), Ok(3_002));
        assert_eq!(class("authentication"), Ok(3_002));
        assert!(class("x").is_err());
        let severity = |text: &str| Reader::Severity.read(text).map(|n| n.first);
        assert_eq!((severity("high"), severity("高危"), severity("5")), (Ok(4), Ok(4), Ok(5)));
        assert_eq!(severity("严重"), Ok(5));
        assert!(severity("7").is_err() && severity("hi").is_err());
    }

    #[test]
    fn a_unit_is_named_by_id_or_name() {
        let register = Register::parse(
            "[[unit]]\nkind = \"hospital\"\nid = \"h01\"\nname = \"第一医院\"\nname_en = \"First\"\n[[unit]]\nkind = \"hospital\"\nid = \"h02\"\nname = \"中医院\"\nname_en = \"TCM\"\n",
        )
        .expect("a register");
        assert_eq!(units(&register, &pattern("h01")), ["h01"]);
        assert_eq!(units(&register, &pattern("第一*")), ["h01"]);
        assert_eq!(units(&register, &pattern("*医院")), ["h01", "h02"]);
        assert_eq!(units(&register, &pattern("tcm")), ["h02"]);
        assert_eq!(units(&register, &pattern("gone")), ["gone"]);
        assert!(units(&register, &pattern("x*")).is_empty());
        assert_eq!(units(&register, &pattern("未归属")), ["unattributed"]);
    }
}
