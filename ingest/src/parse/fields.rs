//! Source value → hot field, by the field's kind. What does not fit is left to the source fields.

use std::net::IpAddr;

use compact_str::CompactString;
use ward_event::{Event, Field, Kind, Micros, SourceField};

use super::time;

/// Sets a hot field from a source's value. Returns false, and sets nothing, where the value says
/// nothing (`-`, empty, null) or is of another kind.
pub(crate) fn assign(event: &mut Event, field: Field, value: &SourceField) -> bool {
    if value.is_json {
        assign_json(event, field, &value.value)
    } else {
        assign_text(event, field, &value.value)
    }
}

/// As [`assign`], of a text.
pub(crate) fn assign_text(event: &mut Event, field: Field, text: &str) -> bool {
    if is_unset(text) {
        return false;
    }
    match field.kind() {
        Kind::Text => event.set_text(field, CompactString::from(text)),
        Kind::Uint => match uint(text) {
            Some(n) => event.set_uint(field, n),
            None => return false,
        },
        Kind::Ip => match ip(text) {
            Some(ip) => event.set_ip(field, ip),
            None => return false,
        },
        Kind::Time => match time::any(text, Micros(i64::MAX)).map(|t| u64::try_from(t.millis())) {
            Some(Ok(ms)) => event.set_uint(field, ms),
            _ => return false,
        },
    }
    true
}

fn assign_json(event: &mut Event, field: Field, json: &str) -> bool {
    match json.as_bytes().first() {
        Some(b'0'..=b'9' | b't' | b'f' | b'-') => assign_text(event, field, json),
        // A list of one says the same as the one; of a longer list the first is the main one.
        Some(b'[') => match first_string(json) {
            Some(text) => assign_text(event, field, text),
            None => false,
        },
        _ => false,
    }
}

/// The first element of a JSON array, if it is a string without escapes.
pub(crate) fn first_string(json: &str) -> Option<&str> {
    let inner = json.strip_prefix('[')?.trim_start().strip_prefix('"')?;
    let end = memchr::memchr2(b'"', b'\\', inner.as_bytes())?;
    (inner.as_bytes()[end] == b'"').then(|| &inner[..end])
}

/// Placeholders by which sources say that they have no value.
pub(crate) fn is_unset(text: &str) -> bool {
    matches!(text, "" | "-" | "N/A" | "n/a" | "(null)" | "null" | "NULL")
}

/// A decimal number, its fraction cut off, or `0x` hexadecimal.
pub(crate) fn uint(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok();
    }
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.parse().ok()
}

/// An address; IPv4 written as IPv6 (`::ffff:10.0.0.1`) is IPv4, a zone (`%eth0`) is left out.
pub(crate) fn ip(text: &str) -> Option<IpAddr> {
    if !text.as_bytes().first()?.is_ascii_hexdigit() && !text.starts_with(':') {
        return None;
    }
    let text = text.split_once('%').map_or(text, |(ip, _)| ip);
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// The text behind the last separator of a path of either kind.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_by_kind() {
        let mut event = Event::default();
        let json = |v: &str| SourceField { name: "".into(), value: v.into(), is_json: true };
        assert!(assign_text(&mut event, Field::ActorProcPid, "0x12d8"));
        assert!(assign_text(&mut event, Field::SrcIp, "::ffff:10.0.0.1"));
        assert!(assign_text(&mut event, Field::DstIp, "fe80::1%eth0"));
        assert!(assign(&mut event, Field::Bytes, &json("12.9")));
        assert!(assign(&mut event, Field::UserName, &json(r#"["a","b"]"#)));
        assert!(!assign(&mut event, Field::UserDomain, &json("null")));
        assert!(!assign_text(&mut event, Field::SrcPort, "http"));
        assert!(!assign_text(&mut event, Field::DeviceIp, "host"));
        assert!(assign_text(&mut event, Field::StartTime, "2025-06-15T10:20:30.5Z"));
        assert_eq!(event.uint(Field::ActorProcPid), Some(0x12d8));
        assert_eq!(event.ip(Field::SrcIp), "10.0.0.1".parse().ok());
        assert_eq!(event.ip(Field::DstIp), "fe80::1".parse().ok());
        assert_eq!(event.uint(Field::Bytes), Some(12));
        assert_eq!(event.text(Field::UserName), Some("a"));
        assert_eq!(event.uint(Field::StartTime), Some(1_749_982_830_500));
    }
}
