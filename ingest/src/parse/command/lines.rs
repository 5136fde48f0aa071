//! A file's lines, without ever holding more than one of the longest allowed.

use std::io::{self, BufRead, BufReader, Read};

use ward_event::limits::MESSAGE_BYTES_MAX;

pub(super) struct Lines {
    read: BufReader<Box<dyn Read>>,
    /// A pretty-printed JSON object (`{` alone on its line, up to `}` at the margin) is one input.
    json: bool,
    number: usize,
    line: Vec<u8>,
}

impl Lines {
    pub(super) fn new(read: Box<dyn Read>, json: bool) -> Self {
        Self { read: BufReader::with_capacity(64 << 10, read), json, number: 0, line: Vec::new() }
    }

    /// The next line that is not empty, and the number of its first line. A line that is too long comes
    /// cut; its rest is skipped.
    pub(super) fn next(&mut self) -> io::Result<Option<(usize, &[u8])>> {
        loop {
            self.line.clear();
            let first = self.number + 1;
            if !self.more()? {
                return Ok(None);
            }
            if self.json && self.line.trim_ascii() == b"{" {
                loop {
                    let from = self.line.len();
                    if !self.more()? || self.line[from..].trim_ascii_end() == b"}" {
                        break;
                    }
                }
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some((first, &self.line)));
            }
        }
    }

    /// Appends one more line; false at the end.
    fn more(&mut self) -> io::Result<bool> {
        let mut any = false;
        loop {
            let buffer = self.read.fill_buf()?;
            if buffer.is_empty() {
                return Ok(any);
            }
            self.number += usize::from(!any);
            any = true;
            let end = memchr::memchr(b'\n', buffer);
            let len = end.map_or(buffer.len(), |at| at + 1);
            let room = (MESSAGE_BYTES_MAX + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&buffer[..len.min(room)]);
            self.read.consume(len);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}
