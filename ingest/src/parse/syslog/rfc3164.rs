//! RFC 3164 as it is found: with or without PRI, year, hostname and tag; ISO timestamps; Cisco's
//! sequence numbers. What does not look like a header is message.

use ward_event::Micros;

use super::{Header, time};

/// A tag of more bytes is no tag (RFC 3164 says 32; RFC 5424's APP-NAME has 48).
const TAG_BYTES_MAX: usize = 64;

pub(super) fn header(line: &str, has_pri: bool, received: Micros) -> Header<'_> {
    let rest = line.trim_start_matches(' ');
    if let Some((time, behind)) = stamp(rest, received) {
        return behind_stamp(time, behind, "");
    }
    if has_pri && let Some((host, stamped)) = cisco(rest) {
        if let Some((time, behind)) = stamp(stamped, received) {
            return behind_stamp(time, behind, host);
        }
        if !host.is_empty() {
            return Header { host, message: stamped, ..Header::default() };
        }
    }
    if !has_pri {
        return Header { message: line, ..Header::default() };
    }
    let mut header = Header::default();
    header.message = tag(rest, &mut header).unwrap_or(rest);
    header
}

/// A BSD or ISO timestamp; `*` and `.` before it are Cisco's words on its clock.
fn stamp(rest: &str, received: Micros) -> Option<(Micros, &str)> {
    let rest = rest.strip_prefix(['*', '.']).unwrap_or(rest);
    let bytes = rest.as_bytes();
    let (time, len) = match bytes.first()? {
        b'0'..=b'9' => time::iso(bytes).map(|(time, len, _)| (time, len))?,
        b'A'..=b'S' => time::bsd(bytes, received)?,
        _ => return None,
    };
    Some((time, &rest[len..]))
}

/// `SEQ: ` and `HOST: ` and once more `SEQ: ` before the timestamp; the host and the rest.
fn cisco(rest: &str) -> Option<(&str, &str)> {
    let rest = behind_sequence(rest)?;
    let Some((host, behind)) = rest.split_once(": ") else { return Some(("", rest)) };
    let is_host = !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'));
    if is_host { Some((host, behind_sequence(behind).unwrap_or(behind))) } else { Some(("", rest)) }
}

fn behind_sequence(rest: &str) -> Option<&str> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[digits..].strip_prefix(": ").filter(|_| digits > 0)
}

fn behind_stamp<'a>(time: Micros, rest: &'a str, host: &'a str) -> Header<'a> {
    let mut header = Header { time: Some(time), host, ..Header::default() };
    // "Jun 15 10:20:30.123 WEST: %SYS-5-…", "Jun 15 10:20:30: %SEC-6-…"
    if let Some(message) = rest.strip_prefix(": ").or_else(|| behind_zone(rest)) {
        header.message = message;
        return header;
    }
    let Some(rest) = rest.strip_prefix(' ') else {
        header.message = rest;
        return header;
    };
    let rest = rest.trim_start_matches(' ');
    if let Some(message) = tag(rest, &mut header) {
        header.message = message; // no hostname: the tag comes first
        return header;
    }
    match rest.split_once(' ') {
        Some((name, behind)) if host.is_empty() && is_host(name) => {
            header.host = name;
            let behind = behind.trim_start_matches(' ');
            header.message = tag(behind, &mut header).unwrap_or(behind);
        }
        _ => header.message = rest,
    }
    header
}

fn behind_zone(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix(' ')?;
    let letters = rest.bytes().take_while(u8::is_ascii_uppercase).count();
    rest[letters..].strip_prefix(": ").filter(|_| (2..=5).contains(&letters))
}

/// A name or an address, and no beginning of a message (`%SYS-5-…`, `a=b`, `(root)`, `{`).
fn is_host(name: &str) -> bool {
    name.bytes().all(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'/' | b'@') || !b.is_ascii()
    })
}

/// `app: `, `app[pid]: `, `app[pid] `; sets application and process id, returns the message.
fn tag<'a>(rest: &'a str, header: &mut Header<'a>) -> Option<&'a str> {
    let bytes = rest.as_bytes();
    let end = bytes.iter().take(TAG_BYTES_MAX).position(|b| {
        !(b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'-' | b'.' | b'/' | b'@' | b'(' | b')' | b'+')
            || !b.is_ascii())
    })?;
    let (app, mut behind) = (&rest[..end], &rest[end..]);
    if app.is_empty() {
        return None;
    }
    let mut procid = "";
    if let Some(inner) = behind.strip_prefix('[') {
        let close = inner.bytes().take(TAG_BYTES_MAX).position(|b| b == b']')?;
        procid = &inner[..close];
        behind = &inner[close + 1..];
        if procid.contains(' ') || !behind.starts_with([':', ' ']) && !behind.is_empty() {
            return None;
        }
    } else if !behind.starts_with(':') {
        return None;
    }
    let message = behind.strip_prefix(':').unwrap_or(behind);
    // "10:20:30", "fe80::1", "http://": a colon that ends no tag.
    if procid.is_empty() && !message.is_empty() && !message.starts_with(' ') {
        return None;
    }
    header.app = app;
    header.procid = procid;
    Some(message.strip_prefix(' ').unwrap_or(message))
}
