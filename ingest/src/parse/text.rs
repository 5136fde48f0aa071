//! Bytes → text: UTF-8, else GB 18030, else bytes that belong to no character set as `\xNN`.

use std::borrow::Cow;

use encoding_rs::GB18030;

/// What a source's bytes turned out to be. `encoding` is the event's: empty for UTF-8.
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) encoding: &'static str,
    /// Bytes written as `\xNN`.
    pub(crate) escaped: usize,
}

#[inline]
pub(crate) fn decode(bytes: &[u8]) -> Decoded<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), encoding: "", escaped: 0 },
        Err(_) => decode_other(bytes),
    }
}

#[cold]
fn decode_other(bytes: &[u8]) -> Decoded<'_> {
    let (text, escaped, characters) = escape(bytes);
    // A UTF-8 text with a broken byte (cut in the middle of a character by a datagram's end) often
    // is some GB 18030 text too, but of other characters.
    let mostly_utf8 = characters > 4 * escaped;
    if !mostly_utf8
        && let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(bytes)
        && !text.contains(is_private)
    {
        return Decoded { text: Cow::Owned(text.into_owned()), encoding: "gb18030", escaped: 0 };
    }
    Decoded { text: Cow::Owned(text), encoding: "escaped", escaped }
}

/// Code points GB 18030 gives to byte pairs that no character has: not a text then.
fn is_private(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c)
}

/// The text with what is no UTF-8 as `\xNN`; how many bytes those were; how many bytes belong to
/// characters beyond ASCII.
fn escape(bytes: &[u8]) -> (String, usize, usize) {
    use std::fmt::Write;
    let mut out = String::with_capacity(bytes.len() + 16);
    let (mut escaped, mut characters) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        characters += chunk.valid().bytes().filter(|b| !b.is_ascii()).count();
        for byte in chunk.invalid() {
            escaped += 1;
            // Writing to a String cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    (out, escaped, characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, encoding: &str) {
        let decoded = decode(bytes);
        assert_eq!((decoded.text.as_ref(), decoded.encoding), (text, encoding));
    }

    #[test]
    fn character_sets_are_told_apart() {
        check("登录失败 user=张三".as_bytes(), "登录失败 user=张三", "");
        check(&GB18030.encode("登录失败 user=张三").0, "登录失败 user=张三", "gb18030");
        check(b"caf\xe9 ole\xff", r"caf\xe9 ole\xff", "escaped");
        let cut = &"登录失败，用户名或口令不对".as_bytes()[..37];
        check(cut, r"登录失败，用户名或口令不\xe5", "escaped");
    }
}
