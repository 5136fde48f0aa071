//! RFC 5424 §6. The grammar is kept but for what the field needs: lengths are not limited, fractions
//! of a second may have nine digits, and STRUCTURED-DATA may be missing before a message.

use compact_str::CompactString;
use ward_event::{SourceField, limits::SOURCE_FIELDS_MAX};

use super::{Header, time};

/// The header behind the PRI. None where there is no VERSION, or no timestamp behind it.
pub(super) fn header(rest: &str) -> Option<Header<'_>> {
    let (version, rest) = version(rest)?;
    if rest.is_empty() {
        // "<1>2": cut off behind the version.
        return Some(Header { version: Some(version), ..Header::default() });
    }
    let mut rest = rest.strip_prefix(' ')?;
    let mut header = Header { version: Some(version), ..Header::default() };
    let stamp = token(&mut rest);
    if stamp != "-" {
        if stamp.as_bytes().get(10) != Some(&b'T') {
            return None;
        }
        let (time, len, zoned) = time::iso(stamp.as_bytes())?;
        if len != stamp.len() || !zoned {
            return None;
        }
        header.time = Some(time);
    }
    header.host = nil(token(&mut rest));
    header.app = nil(token(&mut rest));
    header.procid = nil(token(&mut rest));
    header.msgid = nil(token(&mut rest));
    let (data, message) = data(rest);
    header.data = data;
    header.message = message.strip_prefix('\u{feff}').unwrap_or(message);
    Some(header)
}

/// NONZERO-DIGIT 0*2DIGIT, at the end or before a space.
fn version(rest: &str) -> Option<(u16, &str)> {
    let bytes = rest.as_bytes();
    let digits = bytes.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 || digits > 3 || bytes[0] == b'0' || !matches!(bytes.get(digits), None | Some(b' ')) {
        return None;
    }
    Some((rest[..digits].parse().ok()?, &rest[digits..]))
}

/// Cuts off the text before the next space.
#[inline]
fn token<'a>(rest: &mut &'a str) -> &'a str {
    // Tokens are short: a plain loop beats a vector search.
    let (token, behind) = match rest.bytes().position(|b| b == b' ') {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (*rest, ""),
    };
    *rest = behind;
    token
}

fn nil(token: &str) -> &str {
    if token == "-" { "" } else { token }
}

/// STRUCTURED-DATA and MSG. Where the former is broken or missing, all is message.
fn data(rest: &str) -> (&str, &str) {
    match rest.as_bytes().first() {
        Some(b'-') if matches!(rest.as_bytes().get(1), None | Some(b' ')) => {
            ("", rest[1..].strip_prefix(' ').unwrap_or(""))
        }
        Some(b'[') => match data_len(rest.as_bytes()) {
            Some(len) => (&rest[..len], rest[len..].strip_prefix(' ').unwrap_or("")),
            None => ("", rest),
        },
        _ => ("", rest),
    }
}

/// Bytes of one or more SD-ELEMENTs that stand at the beginning and end before a space or the end.
fn data_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while bytes.get(at) == Some(&b'[') {
        at = name_end(bytes, at + 1)?;
        while bytes[at] == b' ' {
            at = name_end(bytes, at + 1)?;
            if bytes.get(at..at + 2) != Some(b"=\"") {
                return None;
            }
            at = value_end(bytes, at + 2)? + 1;
            if !matches!(bytes.get(at), Some(b' ' | b']')) {
                return None;
            }
        }
        if bytes[at] != b']' {
            return None;
        }
        at += 1;
    }
    matches!(bytes.get(at), None | Some(b' ')).then_some(at)
}

/// SD-NAME: printable ASCII except `=`, space, `]` and `"`; at least one.
fn name_end(bytes: &[u8], from: usize) -> Option<usize> {
    let n = bytes[from..]
        .iter()
        .take_while(|b| matches!(b, 0x21..=0x7e) && !matches!(b, b'=' | b']' | b'"'))
        .count();
    (n > 0 && from + n < bytes.len()).then_some(from + n)
}

/// Where the closing quote of a PARAM-VALUE stands.
fn value_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Adds `sd.ID.NAME` for each parameter, and `sd.ID` = true for an element without any.
pub(super) fn push_data(data: &str, out: &mut Vec<SourceField>) {
    let bytes = data.as_bytes();
    let mut at = 0;
    while bytes.get(at) == Some(&b'[') && out.len() < SOURCE_FIELDS_MAX {
        let Some(id_end) = name_end(bytes, at + 1) else { return };
        let id = &data[at + 1..id_end];
        at = id_end;
        if bytes[at] == b']' {
            out.push(SourceField {
                name: name(id, ""),
                value: CompactString::const_new("true"),
                is_json: true,
            });
        }
        while bytes[at] == b' ' {
            let Some(end) = name_end(bytes, at + 1) else { return };
            let Some(close) = value_end(bytes, end + 2) else { return };
            if out.len() < SOURCE_FIELDS_MAX {
                let name = name(id, &data[at + 1..end]);
                out.push(SourceField { name, value: unescape(&data[end + 2..close]), is_json: false });
            }
            at = close + 1;
        }
        at += 1;
    }
}

fn name(id: &str, param: &str) -> CompactString {
    let mut name = CompactString::with_capacity(4 + id.len() + param.len());
    name.push_str("sd.");
    push_name(&mut name, id);
    if !param.is_empty() {
        name.push('.');
        push_name(&mut name, param);
    }
    name
}

/// A literal dot as `\.`.
fn push_name(out: &mut CompactString, part: &str) {
    if part.as_bytes().contains(&b'.') {
        out.push_str(&part.replace('.', "\\."));
    } else {
        out.push_str(part);
    }
}

/// `\"`, `\\` and `\]`; another backslash stands for itself (§6.3.3).
fn unescape(value: &str) -> CompactString {
    if memchr::memchr(b'\\', value.as_bytes()).is_none() {
        return CompactString::from(value);
    }
    let mut out = CompactString::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(&next @ ('"' | '\\' | ']')) if c == '\\' => {
                chars.next();
                out.push(next);
            }
            _ => out.push(c),
        }
    }
    out
}
