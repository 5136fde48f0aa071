//! A pull reader over JSON text: the caller knows what should come, asks for it, and gets slices of
//! the input. Half of what an event costs behind the log is reading it; serde's visitors cost three
//! times as much here, as each member's name and each source field's value is looked at twice.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::DecodeError;

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

type Result<T> = std::result::Result<T, DecodeError>;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Index of the first byte from `at` that is `"`, `\` or a control character; the length where none is.
#[inline]
pub(super) fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    // Eight bytes at a time: a byte's high bit is set where subtracting borrowed, and a borrow out of a
    // lower byte can only mark bytes behind the first that is really meant.
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let slash = word ^ (ONES * b'\\' as u64);
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let found = found & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&b) = bytes.get(at) {
        if b == b'"' || b == b'\\' || b < 0x20 {
            break;
        }
        at += 1;
    }
    at
}

impl<'a> Reader<'a> {
    pub(super) fn new(json: &'a [u8]) -> Result<Self> {
        match std::str::from_utf8(json) {
            Ok(text) => Ok(Self { text, at: 0 }),
            Err(e) => Err(DecodeError { at: e.valid_up_to(), reason: Cow::Borrowed("not UTF-8") }),
        }
    }

    pub(super) fn error(&self, reason: impl Into<Cow<'static, str>>) -> DecodeError {
        DecodeError { at: self.at, reason: reason.into() }
    }

    /// The next byte that is no white space.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(&b) = bytes.get(self.at) {
            if !matches!(b, b' ' | b'\n' | b'\t' | b'\r') {
                return Some(b);
            }
            self.at += 1;
        }
        None
    }

    #[inline]
    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<()> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.error(reason))
        }
    }

    pub(super) fn end(&mut self) -> Result<()> {
        if self.peek().is_none() { Ok(()) } else { Err(self.error("something follows the object")) }
    }

    /// Reads an object; `member` is called behind each name and colon and must read the value.
    #[inline]
    pub(super) fn object(&mut self, mut member: impl FnMut(&mut Self, &str) -> Result<()>) -> Result<()> {
        self.expect(b'{', "an object should stand here")?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            let name = self.string()?;
            self.expect(b':', "a colon should stand behind a name")?;
            member(self, &name)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.error("a comma or the object's end should stand here")),
            }
        }
    }

    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>> {
        self.expect(b'"', "a string should stand here")?;
        let from = self.at;
        let to = plain_until(self.text.as_bytes(), from);
        // It stands between ASCII bytes: never inside a character.
        let plain = &self.text[from..to];
        self.at = to;
        if self.text.as_bytes().get(to) == Some(&b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        self.escaped(plain).map(Cow::Owned)
    }

    /// The rest of a string that is not plain throughout.
    fn escaped(&mut self, plain: &str) -> Result<String> {
        let bytes = self.text.as_bytes();
        let mut out = String::with_capacity(plain.len() + 64);
        out.push_str(plain);
        loop {
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    let Some(&kind) = bytes.get(self.at + 1) else {
                        return Err(self.error("no end of a string"));
                    };
                    self.at += 2;
                    out.push(match kind {
                        b'"' | b'\\' | b'/' => char::from(kind),
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        b'u' => self.unicode()?,
                        _ => return Err(self.error("no such escape")),
                    });
                }
                Some(_) => return Err(self.error("a control character inside a string")),
                None => return Err(self.error("no end of a string")),
            }
            let to = plain_until(bytes, self.at);
            out.push_str(&self.text[self.at..to]);
            self.at = to;
        }
    }

    /// Behind `\u`: four digits, or a pair of surrogates.
    fn unicode(&mut self) -> Result<char> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
                return Err(self.error("half a surrogate pair"));
            }
            self.at += 2;
            let second = self.hex4()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.error("half a surrogate pair"));
            }
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("half a surrogate pair"))
    }

    fn hex4(&mut self) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.text.as_bytes().get(self.at).and_then(|b| char::from(*b).to_digit(16));
            code =
                code * 16 + digit.ok_or_else(|| self.error("four hexadecimal digits should stand here"))?;
            self.at += 1;
        }
        Ok(code)
    }

    /// A whole number that fits `T`.
    #[inline]
    pub(super) fn integer<T: TryFrom<i128>>(&mut self) -> Result<T> {
        let negative = self.peek() == Some(b'-');
        let bytes = self.text.as_bytes();
        let from = self.at + usize::from(negative);
        let mut to = from;
        let mut n: u64 = 0;
        while let Some(digit) = bytes.get(to).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10) {
            let next = n.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit)));
            n = next.ok_or_else(|| self.error("a number too large"))?;
            to += 1;
        }
        let leading_zero = bytes.get(from) == Some(&b'0') && to > from + 1;
        if to == from || leading_zero || matches!(bytes.get(to), Some(b'.' | b'e' | b'E')) {
            return Err(self.error("a whole number should stand here"));
        }
        let n = if negative { -i128::from(n) } else { i128::from(n) };
        let n = T::try_from(n).map_err(|_| self.error("a number out of range"))?;
        self.at = to;
        Ok(n)
    }

    /// The text of any value, checked.
    pub(super) fn raw(&mut self) -> Result<&'a str> {
        // Values that are no strings are rare: the library's reader knows their grammar and depth.
        self.peek();
        let mut rest = serde_json::Deserializer::from_str(&self.text[self.at..]);
        let value = <&'a RawValue>::deserialize(&mut rest).map_err(|e| self.error(e.to_string()))?;
        self.at += value.get().len();
        Ok(value.get())
    }

    /// Passes over a value that Ward does not know.
    #[inline]
    pub(super) fn skip(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'0'..=b'9') => match self.integer::<i128>() {
                Ok(_) => Ok(()),
                Err(_) => self.raw().map(drop),
            },
            _ => self.raw().map(drop),
        }
    }
}
