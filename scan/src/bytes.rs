//! A file from outside: how many bytes, in which character set, of which format.

use std::io::{BufRead, BufReader, Cursor, Error, Read};

use encoding_rs::{CoderResult, Decoder, GB18030};
use ward_event::time::Calendar;

use crate::{Refused, Report, table, xml};

/// More than a scan of a region's hospital has.
pub(crate) const BYTES_MAX: u64 = 2 << 30;
/// Bytes that tell the format.
const HEAD: u64 = 4_096;

/// Reads a report of any known format, a stream of any length in little memory. Times without a zone are
/// the region's.
///
/// # Errors
/// [`Refused`]: nothing of it is taken.
pub fn read(input: impl Read, calendar: Calendar) -> Result<Report, Refused> {
    let mut input = input.take(BYTES_MAX + 1);
    let mut head = Vec::new();
    let unreadable = |e: Error| Refused::Unreadable(e.to_string());
    input.by_ref().take(HEAD).read_to_end(&mut head).map_err(unreadable)?;
    if head.iter().all(u8::is_ascii_whitespace) && head.len() < HEAD as usize {
        return Err(Refused::Empty);
    }
    if let Some(kind) = archive(&head) {
        return Err(Refused::Archive(kind));
    }
    let begin = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    if begin.contains(&0) || begin.starts_with(b"\xff\xfe") || begin.starts_with(b"\xfe\xff") {
        return Err(Refused::Encoding);
    }
    let skip = head.len() - begin.len();
    let first = begin.iter().find(|b| !b.is_ascii_whitespace());
    let is_xml = first == Some(&b'<');
    let chinese = is_xml && declares_chinese(begin);
    let whole = Cursor::new(head[skip..].to_vec()).chain(input);
    match (is_xml, chinese) {
        (true, false) => xml::read(BufReader::new(whole), calendar),
        (true, true) => xml::read(BufReader::new(Chinese::new(BufReader::new(whole))), calendar),
        (false, _) => table::read(whole, calendar),
    }
}

fn archive(head: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b", "gzip"),
        (b"7z\xbc\xaf", "7z"),
        (b"Rar!", "rar"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xd0\xcf\x11\xe0", "xls"),
    ];
    KINDS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind)
}

/// The declaration names the character set in ASCII.
fn declares_chinese(head: &[u8]) -> bool {
    let line = head.split(|b| *b == b'>').next().unwrap_or(&[]);
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    line.starts_with("<?xml") && ["gb2312", "gbk", "gb18030"].iter().any(|name| line.contains(name))
}

/// GB18030 as UTF-8, a block at a time.
struct Chinese<R> {
    inner: R,
    decoder: Decoder,
    out: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: BufRead> Chinese<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            decoder: GB18030.new_decoder_without_bom_handling(),
            out: Vec::new(),
            at: 0,
            ended: false,
        }
    }
}

impl<R: BufRead> Read for Chinese<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.out.len() && !self.ended {
            self.out.resize(64 << 10, 0);
            let bytes = self.inner.fill_buf()?;
            let last = bytes.is_empty();
            let (result, used, written, bad) = self.decoder.decode_to_utf8(bytes, &mut self.out, last);
            self.inner.consume(used);
            if bad {
                return Err(Error::other("not GB18030"));
            }
            self.out.truncate(written);
            self.at = 0;
            self.ended = last && result == CoderResult::InputEmpty;
        }
        let n = buffer.len().min(self.out.len() - self.at);
        buffer[..n].copy_from_slice(&self.out[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
