//! Addresses of pages. Values go in percent-encoded, and come out of the raw path by [`decode`]:
//! the router would treat an encoded slash as a part of the path.

use std::fmt::Write;

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, b| {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') {
            out.push(b as char);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

/// The reverse; a broken escape or what is no UTF-8 stays as it stands (replaced where it must be).
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|b| (*b as char).to_digit(16));
        match (bytes[i], hex(i + 1), hex(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                // Two hex digits are below 256.
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                i += 3;
            }
            (b, ..) => {
                out.push(b);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The pairs of a query string, `+` read as a space.
pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// `path?name=value…` of the pairs that have a value.
pub(crate) fn with_query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = path.to_owned();
    let mut mark = '?';
    for (name, value) in pairs {
        if !value.is_empty() {
            out.push(mark);
            out.push_str(&encode(name));
            out.push('=');
            out.push_str(&encode(value));
            mark = '&';
        }
    }
    out
}

pub(crate) fn entity(kind: &str, value: &str, unit: &str) -> String {
    with_query(&format!("/entities/{}/{}", encode(kind), encode(value)), [("hospital", unit)])
}

pub(crate) fn unit(id: &str) -> String {
    format!("/hospitals/{}", encode(id))
}

pub(crate) fn alert(id: &str) -> String {
    format!("/alerts/{}", encode(id))
}

pub(crate) fn rule(id: &str) -> String {
    with_query("/alerts", [("rule", id)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_survives_an_address() {
        for value in ["D\\li.wei", "a/b?c=d&e#f", "王 伟+1%", "\r\n<x>", "100%zz"] {
            assert_eq!(decode(&encode(value)), value);
            let link = with_query("/x", [("q", value), ("empty", "")]);
            let (_, query) = link.split_once('?').expect("a query");
            assert_eq!(query_pairs(query), [("q".to_owned(), value.to_owned())]);
            assert!(!encode(value).contains(['/', '\r', '\n', '<', ' ']));
        }
        assert_eq!(decode("%e4%bd%a0%"), "你%");
        assert_eq!(entity("ip", "10.0.0.1", "h01"), "/entities/ip/10.0.0.1?hospital=h01");
    }
}
