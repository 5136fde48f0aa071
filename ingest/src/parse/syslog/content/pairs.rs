//! `key=value` pairs, separated by spaces, commas, semicolons or bars; values bare or in quotes.

use std::borrow::Cow;

use smallvec::SmallVec;
use ward_event::limits::SOURCE_FIELDS_MAX;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair<'a> {
    pub(super) key: &'a str,
    pub(super) value: Cow<'a, str>,
}

/// A key of more bytes is none.
const KEY_BYTES_MAX: usize = 64;

const fn in_key(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@') || !b.is_ascii()
}

const fn separates(b: u8) -> bool {
    matches!(b, b' ' | b',' | b';' | b'|' | b'\t' | b'\n' | b'\r')
}

/// The pairs of the text in their order, at most so many as an event may have fields.
pub(super) fn split(text: &str) -> SmallVec<[Pair<'_>; 32]> {
    let bytes = text.as_bytes();
    let mut pairs = SmallVec::new();
    let mut next = key_from(bytes, 0);
    while let Some((key, equals)) = next {
        if pairs.len() == SOURCE_FIELDS_MAX {
            break;
        }
        let from = equals + 1;
        let name = &text[key..equals];
        let value = match bytes.get(from) {
            Some(quote @ (b'"' | b'\'')) if let Some(close) = closing(bytes, from + 1, *quote) => {
                next = key_from(bytes, close + 1);
                unquote(&text[from + 1..close])
            }
            _ => {
                next = key_from(bytes, from);
                let to = next.map_or(bytes.len(), |(key, _)| key);
                bare(name, &text[from..to]).into()
            }
        };
        pairs.push(Pair { key: name, value });
    }
    pairs
}

/// The next key and its `=`: key characters directly before it, a separator or bracket before them.
fn key_from(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let equals = at + memchr::memchr(b'=', bytes.get(at..)?)?;
        let len =
            bytes[from..equals].iter().rev().take(KEY_BYTES_MAX + 1).take_while(|b| in_key(**b)).count();
        let key = equals - len;
        let begins = key == 0
            || key == from && from > 0 && separates(bytes[key - 1])
            || key > from
                && (separates(bytes[key - 1]) || matches!(bytes[key - 1], b'(' | b'[' | b'{' | b':'));
        if len > 0 && len <= KEY_BYTES_MAX && begins {
            return Some((key, equals));
        }
        at = equals + 1;
    }
}

/// The quote that ends the value: one before a separator or the end, not behind a backslash.
fn closing(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(quote, b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'\\' {
            at += 2;
            continue;
        }
        match bytes.get(at + 1) {
            // SQL doubles a quote within quotes.
            Some(b'\'') if quote == b'\'' => at += 2,
            // A quote in the middle of a quoted SQL text stands before a letter or a bracket.
            Some(&b) if !separates(b) && !matches!(b, b']' | b'}' | b')') && quote == b'\'' => at += 1,
            _ => return Some(at),
        }
    }
}

fn unquote(value: &str) -> Cow<'_, str> {
    if !value.contains(['\\']) {
        return value.into();
    }
    // `\\` and `\"` are escapes; a backslash before anything else is a path's.
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(&next @ ('"' | '\'' | '\\')) if c == '\\' => {
                chars.next();
                out.push(next);
            }
            _ => out.push(c),
        }
    }
    out.into()
}

/// A bare value reaches to the next key, without the separators before that. Behind an upper-case key
/// (iptables) a number ends at the space: flags such as `DF` and `SYN` follow it.
fn bare<'a>(key: &str, value: &'a str) -> &'a str {
    let value = value.trim_matches(|c: char| c.is_ascii() && separates(c as u8));
    let shouted = !key.bytes().any(|b| b.is_ascii_lowercase());
    match value.split_once(' ') {
        Some((number, _)) if shouted && number.starts_with(|c: char| c.is_ascii_digit()) => number,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, pairs: &[(&str, &str)]) {
        let found = split(text);
        let found: Vec<_> = found.iter().map(|p| (p.key, p.value.as_ref())).collect();
        assert_eq!(found, pairs, "{text}");
    }

    #[test]
    fn pairs_are_found_however_they_are_separated() {
        check(
            r#"date=2025-06-15 msg="a \"b\" c=d" srcip=10.0.0.1"#,
            &[("date", "2025-06-15"), ("msg", r#"a "b" c=d"#), ("srcip", "10.0.0.1")],
        );
        check(
            "user=zhang san, rows=3;sql='select ''x'' from t where id=1'",
            &[("user", "zhang san"), ("rows", "3"), ("sql", "select ''x'' from t where id=1")],
        );
        check(
            "[UFW BLOCK] IN=eth0 OUT= SRC=1.2.3.4 ID=0 DF PROTO=TCP SYN URGP=0",
            &[
                ("IN", "eth0"),
                ("OUT", ""),
                ("SRC", "1.2.3.4"),
                ("ID", "0"),
                ("PROTO", "TCP SYN"),
                ("URGP", "0"),
            ],
        );
        check(
            "url=http://h/?a=b&c=d|用户=张三|x=",
            &[("url", "http://h/?a=b&c=d"), ("用户", "张三"), ("x", "")],
        );
        check(r#"path="C:\dir\x" open="never"#, &[("path", r"C:\dir\x"), ("open", "\"never")]);
        check("== = a==b", &[("a", "=b")]);
    }

    proptest! {
        #[test]
        fn hostile_text_never_panics(text in "[a-c=\"'\\\\ ,|é]{0,40}|\\PC{0,40}") {
            let _ = split(&text);
        }
    }
}
