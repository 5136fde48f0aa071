//! A JSON reader that keeps values as they were written. Strict as RFC 8259, except that a lone
//! surrogate in a string becomes U+FFFD.

use std::borrow::Cow;

/// Values nested deeper than this are refused: readers further on stop at 128.
const NESTING_MAX: usize = 96;

/// Where and why a text is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// A value read but not looked into.
#[derive(Debug, Clone, Copy)]
pub(super) struct Skipped<'a> {
    pub(super) text: &'a str,
    /// It is JSON by the grammar, but readers that make numbers and characters of it will refuse it:
    /// a number beyond an f64, a lone surrogate.
    pub(super) odd: bool,
}

pub(super) struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0 }
    }

    pub(super) const fn broken(&self, what: &'static str) -> Broken {
        Broken { at: self.at, what }
    }

    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(b) = self.bytes.get(self.at) {
            match b {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b => return Some(*b),
            }
        }
        None
    }

    /// Takes the byte if it is the next one behind white space.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Broken> {
        if self.take(byte) { Ok(()) } else { Err(self.broken(what)) }
    }

    /// A string, its escapes resolved.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Broken> {
        let raw = self.raw_string()?;
        if raw.contains_escape { Ok(Cow::Owned(unescape(raw.text))) } else { Ok(Cow::Borrowed(raw.text)) }
    }

    fn raw_string(&mut self) -> Result<RawString<'a>, Broken> {
        self.expect(b'"', "a string expected")?;
        let from = self.at;
        let mut raw = RawString { text: "", contains_escape: false, lone_surrogate: false };
        loop {
            let plain = self.bytes[self.at..].iter().take_while(|b| PLAIN[**b as usize]).count();
            self.at += plain;
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    raw.contains_escape = true;
                    raw.lone_surrogate |= self.escape()?;
                }
                Some(_) => return Err(self.broken("control character in a string")),
                None => return Err(self.broken("string without an end")),
            }
        }
        raw.text = &self.text[from..self.at];
        self.at += 1;
        Ok(raw)
    }

    /// Checks one escape; true for a lone surrogate.
    fn escape(&mut self) -> Result<bool, Broken> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(false)
            }
            Some(b'u') => {
                let Some(unit) = hex4(self.bytes.get(self.at + 2..)) else {
                    return Err(self.broken("bad escape"));
                };
                self.at += 6;
                match unit {
                    0xd800..=0xdbff => {
                        let pair = self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
                            && matches!(hex4(self.bytes.get(self.at + 2..)), Some(0xdc00..=0xdfff));
                        self.at += if pair { 6 } else { 0 };
                        Ok(!pair)
                    }
                    0xdc00..=0xdfff => Ok(true),
                    _ => Ok(false),
                }
            }
            _ => Err(self.broken("bad escape")),
        }
    }

    /// Any value, checked and taken as it stands.
    pub(super) fn skip(&mut self) -> Result<Skipped<'a>, Broken> {
        let first = self.peek();
        let from = self.at;
        let mut odd = false;
        if matches!(first, Some(b'[' | b'{')) {
            self.skip_nested(&mut odd)?
        } else {
            self.skip_scalar(&mut odd)?
        }
        Ok(Skipped { text: &self.text[from..self.at], odd })
    }

    /// An array or object, without recursion.
    fn skip_nested(&mut self, odd: &mut bool) -> Result<(), Broken> {
        let mut open = Vec::with_capacity(8);
        loop {
            // A value is due here.
            match self.peek() {
                Some(b @ (b'[' | b'{')) => {
                    self.at += 1;
                    if !self.take(b + 2) {
                        if open.len() == NESTING_MAX {
                            return Err(self.broken("nested too deep"));
                        }
                        open.push(b);
                        if b == b'{' {
                            self.skip_key(odd)?;
                        }
                        continue;
                    }
                }
                _ => self.skip_scalar(odd)?,
            }
            // A value is complete: what follows it?
            loop {
                let Some(&b) = open.last() else { return Ok(()) };
                if self.take(b',') {
                    if b == b'{' {
                        self.skip_key(odd)?;
                    }
                    break;
                }
                self.expect(b + 2, "comma or end expected")?;
                open.pop();
            }
        }
    }

    fn skip_key(&mut self, odd: &mut bool) -> Result<(), Broken> {
        *odd |= self.raw_string()?.lone_surrogate;
        self.expect(b':', "colon expected")
    }

    fn skip_scalar(&mut self, odd: &mut bool) -> Result<(), Broken> {
        match self.peek() {
            Some(b'"') => {
                *odd |= self.raw_string()?.lone_surrogate;
                Ok(())
            }
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(b'-' | b'0'..=b'9') => self.number(odd),
            _ => Err(self.broken("a value expected")),
        }
    }

    fn literal(&mut self, word: &'static str) -> Result<(), Broken> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.broken("a value expected"))
        }
    }

    fn number(&mut self, odd: &mut bool) -> Result<(), Broken> {
        let from = self.at;
        self.at += usize::from(self.bytes[self.at] == b'-');
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.broken("bad number")),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        let exponent = matches!(self.bytes.get(self.at), Some(b'e' | b'E'));
        if exponent {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        // An f64 holds 308 digits before the point.
        if exponent || self.at - from > 300 {
            let finite = self.text[from..self.at].parse::<f64>().is_ok_and(f64::is_finite);
            *odd |= !finite;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Broken> {
        let n = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += n;
        if n == 0 { Err(self.broken("bad number")) } else { Ok(()) }
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Result<(), Broken> {
        if self.peek().is_none() { Ok(()) } else { Err(self.broken("more behind the object")) }
    }
}

/// Bytes that stand for themselves in a string.
static PLAIN: [bool; 256] = {
    let mut table = [true; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = false;
        control += 1;
    }
    table[b'"' as usize] = false;
    table[b'\\' as usize] = false;
    table
};

struct RawString<'a> {
    text: &'a str,
    contains_escape: bool,
    lone_surrogate: bool,
}

fn hex4(bytes: Option<&[u8]>) -> Option<u32> {
    let digits = bytes?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |n, b| Some(n * 16 + char::from(*b).to_digit(16)?))
}

/// Resolves escapes that [`Scan::raw_string`] has checked.
#[cold]
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escaped = rest.as_bytes().get(at + 1).copied().unwrap_or(b'\\');
        let mut len = 2;
        let c = match escaped {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                len = 6;
                let unit = hex4(rest.as_bytes().get(at + 2..)).unwrap_or(0xfffd);
                let low = hex4(rest.as_bytes().get(at + 8..)).filter(|l| (0xdc00..=0xdfff).contains(l));
                match (unit, low) {
                    (0xd800..=0xdbff, Some(low)) if rest.as_bytes().get(at + 6..at + 8) == Some(b"\\u") => {
                        len = 12;
                        char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
                            .unwrap_or('\u{fffd}')
                    }
                    _ => char::from_u32(unit).unwrap_or('\u{fffd}'),
                }
            }
            other => char::from(other),
        };
        out.push(c);
        rest = &rest[at + len..];
    }
    out.push_str(rest);
    out
}
