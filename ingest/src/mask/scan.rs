//! Finds identifiers in bytes.
//!
//! An identifier is a contiguous run of at least eleven bytes out of a small alphabet (digits, their
//! other spellings, separators). So only every eleventh byte is looked at; where it belongs to the
//! alphabet the whole run around it is read.

use ward_event::config;

use super::identity::{Digit, X, has_province, is_dialled_mobile, is_id, is_mobile};

/// The shortest identifier: a mobile number.
pub(super) const SPAN_BYTES_MIN: usize = 11;

/// Digits kept between calls; a hostile text may need more for once.
const SCRATCH_KEPT: usize = 4_096;

/// How the customary groupings of an identifier divide it.
const MOBILE_SHAPE: &[usize] = &[3, 4, 4];
const ID_SHAPES: &[&[usize]] = &[&[6, 8, 4], &[6, 4, 4, 4], &[6, 12], &[14, 4], &[3, 3, 8, 4], &[17, 1]];

/// Which multi-byte digits there can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    /// Unknown; GB 18030's full-width digits are looked for as well.
    Other,
}

/// Bytes an identifier may be made of.
static ALPHABET: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b"0123456789Xx -\0\\uUfF\xef\xbc\xbd\xa3";
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] = true;
        i += 1;
    }
    let mut b = 0x90;
    while b <= 0x99 {
        table[b] = true;
        b += 1;
    }
    b = 0xb0;
    while b <= 0xb9 {
        table[b] = true;
        b += 1;
    }
    table
};

/// What stands at a place of a run.
enum Token {
    Digit(u8, usize),
    /// A single space or hyphen.
    Separator,
    /// The zero byte of UTF-16 between two digits.
    Zero,
    /// Anything else, of this length: no digit run goes across it.
    Break(usize),
}

/// Digits without anything between them.
#[derive(Debug, Clone, Copy)]
struct Group {
    from: usize,
    to: usize,
    /// One separator, and nothing else, stands before it.
    joined: bool,
}

#[derive(Debug)]
pub(super) struct Scan {
    ids: bool,
    mobiles: bool,
    digits: Vec<Digit>,
    groups: Vec<Group>,
    spans: Vec<(usize, usize)>,
}

impl Scan {
    pub(super) fn new(config: &config::Mask) -> Self {
        Self {
            ids: config.id_numbers,
            mobiles: config.mobile_numbers,
            digits: Vec::new(),
            groups: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// The identifiers of the bytes, from the first on, not touching each other's bytes.
    #[inline]
    pub(super) fn spans(&mut self, bytes: &[u8], charset: Charset) -> &[(usize, usize)] {
        self.spans.clear();
        let mut floor = 0;
        let mut probe = SPAN_BYTES_MIN - 1;
        while probe < bytes.len() {
            if !ALPHABET[bytes[probe] as usize] {
                probe += SPAN_BYTES_MIN;
                continue;
            }
            let before = bytes[floor..probe].iter().rev().take_while(|b| ALPHABET[**b as usize]).count();
            let behind = bytes[probe..].iter().take_while(|b| ALPHABET[**b as usize]).count();
            let (from, to) = (probe - before, probe + behind);
            if to - from >= SPAN_BYTES_MIN {
                self.run(bytes, from, to, charset);
            }
            floor = to;
            probe = to + SPAN_BYTES_MIN;
        }
        if self.spans.len() > 1 {
            self.merge();
        }
        &self.spans
    }

    /// Reads a run as it stands and, where it may hold escapes, UTF-16 or full-width digits, once
    /// more with those understood and taken together: `\x11…` is an escape to one sender and letters
    /// before a number to the next.
    fn run(&mut self, bytes: &[u8], from: usize, to: usize, charset: Charset) {
        let run = &bytes[from..to];
        let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
        let is_plain = |b: &u8| b.is_ascii_graphic() && *b != b'\\' || *b == b' ';
        let plain = run.iter().all(is_plain);
        if plain && digits < SPAN_BYTES_MIN {
            return;
        }
        self.tokenise(bytes, from, to, charset, false);
        self.find();
        let behind_escape = escape_end(bytes, from);
        if behind_escape != from || !plain {
            self.tokenise(bytes, behind_escape, to, charset, true);
            self.find();
        }
        if self.digits.capacity() > SCRATCH_KEPT {
            self.digits = Vec::new();
            self.groups = Vec::new();
        }
    }

    /// Marks the identifiers among the groups.
    fn find(&mut self) {
        let groups = std::mem::take(&mut self.groups);
        for (i, group) in groups.iter().enumerate() {
            self.group(group.from, group.to);
            if !group.joined {
                let joined = groups[i + 1..].iter().take_while(|g| g.joined).count();
                if joined > 0 {
                    self.shapes(&groups[i..=i + joined]);
                }
            }
        }
        self.groups = groups;
    }

    /// Fills `digits` and `groups`.
    fn tokenise(&mut self, bytes: &[u8], from: usize, to: usize, charset: Charset, loose: bool) {
        self.digits.clear();
        self.groups.clear();
        let (mut at, mut start, mut joined, mut zero) = (from, 0, false, false);
        while at < to {
            let token = if loose && bytes[at] == b'\\' {
                escape(&bytes[at..to])
            } else {
                token(&bytes[at..to], charset)
            };
            match token {
                Token::Digit(value, len) => {
                    let other_spelling = self.digits.last().is_some_and(|d| usize::from(d.len) != len);
                    if !loose && other_spelling && self.digits.len() > start {
                        self.close(&mut start, &mut joined);
                        joined = false;
                    }
                    self.digits.push(Digit { at: at as u32, len: len as u8, value });
                    zero = false;
                    at += len;
                    if value != X {
                        continue;
                    }
                    self.close(&mut start, &mut joined);
                    joined = false;
                }
                Token::Zero if loose && !zero && self.digits.len() > start => {
                    zero = true;
                    at += 1;
                }
                Token::Separator => {
                    let any = self.digits.len() > start;
                    self.close(&mut start, &mut joined);
                    joined = any;
                    at += 1;
                }
                Token::Zero | Token::Break(_) => {
                    self.close(&mut start, &mut joined);
                    joined = false;
                    at += if let Token::Break(len) = token { len } else { 1 };
                }
            }
        }
        self.close(&mut start, &mut joined);
    }

    fn close(&mut self, start: &mut usize, joined: &mut bool) {
        if self.digits.len() > *start {
            self.groups.push(Group { from: *start, to: self.digits.len(), joined: *joined });
            *start = self.digits.len();
        }
    }

    /// A run of digits: an identifier as a whole, or identity numbers within it.
    fn group(&mut self, from: usize, to: usize) {
        let check_character = usize::from(self.digits[to - 1].value == X);
        let alone = to - from == 18 || to - from - check_character == 18;
        let (mut rest, mut at) = (from, from);
        while self.ids && at + 18 <= to {
            let window = &self.digits[at..at + 18];
            if is_id(window) && (alone || has_province(window)) {
                self.mobile(rest, at);
                self.mark(at, at + 18);
                at += 18;
                rest = at;
            } else {
                at += 1;
            }
        }
        self.mobile(rest, to);
    }

    fn mobile(&mut self, from: usize, to: usize) {
        // `X` ends a run of digits but belongs only to identity numbers.
        let digits = &self.digits[from..to];
        let to = to - usize::from(digits.last().is_some_and(|d| d.value == X));
        if self.mobiles && is_dialled_mobile(&self.digits[from..to]) {
            self.mark(from, to);
        }
    }

    /// Groups joined by single separators that together are an identifier.
    fn shapes(&mut self, groups: &[Group]) {
        for i in 0..groups.len() {
            if !matches!(groups[i].to - groups[i].from, 3 | 6 | 14 | 17) {
                continue; // no shape begins like this
            }
            let fits = |shape: &[usize]| {
                groups.len() - i >= shape.len()
                    && groups[i..].iter().zip(shape).all(|(g, len)| g.to - g.from == *len)
            };
            let shape = ID_SHAPES.iter().find(|s| self.ids && fits(s)).copied();
            let shape = shape.or_else(|| (self.mobiles && fits(MOBILE_SHAPE)).then_some(MOBILE_SHAPE));
            if let Some(shape) = shape {
                let (from, to) = (groups[i].from, groups[i + shape.len() - 1].to);
                let digits = &self.digits[from..to];
                if is_id(digits) || is_mobile(digits) {
                    self.mark(from, to);
                }
            }
        }
    }

    fn mark(&mut self, from: usize, to: usize) {
        self.spans.push((self.digits[from].at as usize, self.digits[to - 1].end()));
    }

    /// Sorts the spans and joins those that overlap.
    fn merge(&mut self) {
        self.spans.sort_unstable();
        self.spans.dedup_by(|next, kept| {
            let overlap = next.0 <= kept.1;
            if overlap {
                kept.1 = kept.1.max(next.1);
            }
            overlap
        });
    }
}

/// Where the digits begin, if the run's first bytes end an escape (`\xe9`, `\u4e00`, `%A0`).
fn escape_end(bytes: &[u8], from: usize) -> usize {
    for back in 1..=from.min(5) {
        let at = from - back;
        let len = match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b'u')) => 6,
            (b'\\', Some(b'x')) => 4,
            (b'%', Some(_)) => 3,
            _ => continue,
        };
        let digits = if bytes[at] == b'%' { at + 1 } else { at + 2 };
        let end = at + len;
        if end > from && bytes.len() >= end && bytes[digits..end].iter().all(u8::is_ascii_hexdigit) {
            return end;
        }
    }
    from
}

#[inline]
fn token(rest: &[u8], charset: Charset) -> Token {
    match *rest {
        [b @ b'0'..=b'9', ..] => Token::Digit(b - b'0', 1),
        [b'X' | b'x', ..] => Token::Digit(X, 1),
        [b' ' | b'-', ..] => Token::Separator,
        [0, ..] => Token::Zero,
        [0xef, 0xbc, b @ 0x90..=0x99, ..] => Token::Digit(b - 0x90, 3),
        [0xef, 0xbc, 0xb8, ..] | [0xef, 0xbd, 0x98, ..] => Token::Digit(X, 3),
        [0xa3, b @ 0xb0..=0xb9, ..] if charset == Charset::Other => Token::Digit(b - 0xb0, 2),
        _ => Token::Break(1),
    }
}

/// A backslash and what belongs to it.
fn escape(rest: &[u8]) -> Token {
    match *rest {
        [_, b'u' | b'U', b'0', b'0', b'3', b @ b'0'..=b'9', ..] => Token::Digit(b - b'0', 6),
        [_, b'u' | b'U', b'f' | b'F', b'f' | b'F', b'1', b @ b'0'..=b'9', ..] => Token::Digit(b - b'0', 6),
        [_, b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(u8::is_ascii_hexdigit) => Token::Break(6),
        [_, b'x', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => Token::Break(4),
        _ => Token::Break(1),
    }
}
