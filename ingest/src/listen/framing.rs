//! Syslog over a stream: where one message ends and the next begins (RFC 6587).
//!
//! Each frame says by its first bytes how it is framed: `LEN SP <` is octet counting (§3.4.1,
//! the only way of RFC 5425), anything else ends at a line feed (§3.4.2). The same bytes give the
//! same frames however the transport has cut them.

use ward_event::limits::MESSAGE_BYTES_MAX;

/// Digits of a count that is believed. Ten digits are 9 GB; a longer run of digits is text.
const COUNT_DIGITS_MAX: usize = 10;

/// One message of the stream, without what framed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    Message(&'a [u8]),
    /// Longer than [`MESSAGE_BYTES_MAX`]: its beginning. The rest is skipped up to its end.
    TooLong(&'a [u8]),
}

/// What is to be done with the next byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a frame; `partial` holds a possible count.
    Start,
    /// In a line; `partial` holds its beginning.
    Line,
    /// In a counted frame of which so many bytes are still to come; `partial` holds its beginning.
    Counted { left: u64 },
    /// In a line that was too long.
    SkipLine,
    /// In a counted frame that was too long.
    SkipCounted { left: u64 },
}

/// How the beginning of a frame reads.
enum Head {
    /// Counted: bytes of the count with its space, and the message's length.
    Counted(usize, u64),
    Line,
    /// Too short to tell.
    Unsure,
}

/// The framing of one connection. Holds at most one unfinished message.
#[derive(Debug)]
pub(crate) struct Framer {
    state: State,
    partial: Vec<u8>,
    /// The frame before was counted: a line feed after it is a sender's habit and no empty line.
    after_count: bool,
}

/// An unfinished message's memory is given back above this.
const PARTIAL_KEPT: usize = 16 << 10;

impl Default for Framer {
    fn default() -> Self {
        Self { state: State::Start, partial: Vec::new(), after_count: false }
    }
}

impl Framer {
    /// Bytes held of an unfinished message.
    pub(crate) fn held(&self) -> usize {
        self.partial.len()
    }

    /// Takes the next bytes of the stream and gives every message that they complete.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut frame: impl FnMut(Frame<'_>)) {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Start => self.start(bytes, &mut frame),
                State::Line => self.line(bytes, &mut frame),
                State::Counted { left } => self.counted(left, bytes, &mut frame),
                State::SkipLine => match memchr::memchr(b'\n', bytes) {
                    Some(at) => {
                        self.state = State::Start;
                        &bytes[at + 1..]
                    }
                    None => &[],
                },
                State::SkipCounted { left } => {
                    let (skipped, rest) = split(bytes, left);
                    self.state = match left - skipped.len() as u64 {
                        0 => State::Start,
                        left => State::SkipCounted { left },
                    };
                    rest
                }
            };
        }
    }

    /// The stream has ended: gives what was unfinished.
    pub(crate) fn finish(&mut self, mut frame: impl FnMut(Frame<'_>)) {
        if !self.partial.is_empty() {
            frame(Frame::Message(trim(&self.partial)));
        }
        *self = Self::default();
    }

    /// At a frame's beginning, perhaps with the first digits of a count held back.
    fn start<'b>(&mut self, bytes: &'b [u8], frame: &mut impl FnMut(Frame<'_>)) -> &'b [u8] {
        if self.partial.is_empty() {
            if std::mem::take(&mut self.after_count) && bytes[0] == b'\n' {
                return &bytes[1..];
            }
            return match head(bytes) {
                Head::Counted(skip, left) => {
                    self.begin_count(left);
                    &bytes[skip..]
                }
                Head::Line => self.line(bytes, frame),
                Head::Unsure => {
                    self.partial.extend_from_slice(bytes);
                    &[]
                }
            };
        }
        // A count cut in two: it goes on one byte at a time, at most a dozen of them.
        self.partial.push(bytes[0]);
        match head(&self.partial) {
            Head::Counted(skip, left) => {
                // The byte that decided is the message's first.
                self.partial.drain(..skip);
                self.begin_count(left - self.partial.len() as u64);
            }
            Head::Line => {
                let last = self.partial.pop();
                debug_assert_eq!(last, Some(bytes[0]));
                self.state = State::Line;
                return bytes;
            }
            Head::Unsure => {}
        }
        &bytes[1..]
    }

    fn begin_count(&mut self, left: u64) {
        self.state = State::Counted { left };
        self.after_count = true;
    }

    fn line<'b>(&mut self, bytes: &'b [u8], frame: &mut impl FnMut(Frame<'_>)) -> &'b [u8] {
        let end = memchr::memchr(b'\n', bytes);
        let (text, rest) = match end {
            Some(at) => (&bytes[..at], &bytes[at + 1..]),
            None => (bytes, &[][..]),
        };
        if self.partial.len() + text.len() > MESSAGE_BYTES_MAX {
            self.cut(text, frame);
            self.state = if end.is_some() { State::Start } else { State::SkipLine };
        } else if end.is_none() {
            self.partial.extend_from_slice(text);
            self.state = State::Line;
        } else {
            self.emit(text, frame);
            self.state = State::Start;
        }
        rest
    }

    fn counted<'b>(&mut self, left: u64, bytes: &'b [u8], frame: &mut impl FnMut(Frame<'_>)) -> &'b [u8] {
        let (text, rest) = split(bytes, left);
        let left = left - text.len() as u64;
        if self.partial.len() as u64 + text.len() as u64 + left > MESSAGE_BYTES_MAX as u64 {
            if self.partial.len() + text.len() >= MESSAGE_BYTES_MAX {
                self.cut(text, frame);
                self.state = if left == 0 { State::Start } else { State::SkipCounted { left } };
            } else {
                self.partial.extend_from_slice(text);
                self.state = State::Counted { left };
            }
        } else if left == 0 {
            self.emit(text, frame);
            self.state = State::Start;
        } else {
            self.partial.extend_from_slice(text);
            self.state = State::Counted { left };
        }
        rest
    }

    /// Gives a whole message whose last part is `text`.
    fn emit(&mut self, text: &[u8], frame: &mut impl FnMut(Frame<'_>)) {
        if self.partial.is_empty() {
            return frame(Frame::Message(trim(text)));
        }
        self.partial.extend_from_slice(text);
        frame(Frame::Message(trim(&self.partial)));
        self.clear();
    }

    /// Gives the beginning of a message that is too long.
    fn cut(&mut self, text: &[u8], frame: &mut impl FnMut(Frame<'_>)) {
        self.partial.extend_from_slice(&text[..text.len().min(MESSAGE_BYTES_MAX - self.partial.len())]);
        frame(Frame::TooLong(&self.partial));
        self.clear();
    }

    fn clear(&mut self) {
        self.partial.clear();
        if self.partial.capacity() > PARTIAL_KEPT {
            self.partial = Vec::new();
        }
    }
}

/// A message without the line ends and NULs that some senders put behind it (RFC 6587 §3.4.2).
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    while let [head @ .., b'\n' | b'\r' | 0] = text {
        text = head;
    }
    text
}

fn split(bytes: &[u8], left: u64) -> (&[u8], &[u8]) {
    bytes.split_at(usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len()))
}

/// Reads `MSG-LEN SP <`. The `<` keeps a line such as `2024 was a year` a line.
fn head(bytes: &[u8]) -> Head {
    let mut count = 0_u64;
    for (i, &b) in bytes.iter().enumerate() {
        match b {
            b'1'..=b'9' if i < COUNT_DIGITS_MAX => count = count * 10 + u64::from(b - b'0'),
            b'0' if (1..COUNT_DIGITS_MAX).contains(&i) => count *= 10,
            b' ' if i > 0 => {
                return match bytes.get(i + 1) {
                    Some(b'<') => Head::Counted(i + 1, count),
                    Some(_) => Head::Line,
                    None => Head::Unsure,
                };
            }
            _ => return Head::Line,
        }
    }
    Head::Unsure
}

#[cfg(test)]
mod tests;
