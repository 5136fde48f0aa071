//! Bytes → events. One file or folder a format, one table.
//!
//! A parser sets the class, time, hot fields, source fields, message and raw text, and who it is.
//! It does not set the unit, the sender, the producer, the number or the masking policy: the
//! collector does.

pub mod command;
mod complete;
mod eve;
mod fields;
mod json;
mod jsonl;
mod known;
mod names;
mod netflow;
mod record;
mod syslog;
mod text;
mod time;
mod windows;
mod zeek;

use std::net::IpAddr;

use ward_event::{Event, Format, Micros};

/// One unit of input: a line, a datagram, a framed message.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    pub bytes: &'a [u8],
    /// The sender's address, where the transport has one.
    pub peer: Option<IpAddr>,
    pub received: Micros,
}

/// Turns inputs into events. One value per listener, connection or file; it may keep bounded state
/// (templates by exporter, the header lines of a table).
pub trait Parser: Send {
    /// Appends the input's events to `out`: none where the input is a part of the format that is no
    /// event (a header line, a template).
    ///
    /// # Errors
    /// The input becomes a dead letter as a whole; `out` is as it was.
    fn parse(&mut self, input: &Input<'_>, out: &mut Vec<Event>) -> Result<(), ParseError>;
}

/// Why an input is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}: {detail}")]
pub struct ParseError {
    /// A short word: `syntax`, `encoding`, `too_long`, `no_template`, `truncated` …
    pub cause: &'static str,
    /// What exactly, for a person.
    pub detail: String,
}

impl ParseError {
    pub fn new(cause: &'static str, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }
}

/// A format and what reads it.
pub struct ParserEntry {
    pub format: Format,
    /// Raised whenever the same bytes give another event.
    pub version: u16,
    pub make: fn() -> Box<dyn Parser>,
}

/// Every format Ward reads.
pub static PARSERS: &[ParserEntry] = &[
    ParserEntry { format: Format::Syslog, version: syslog::VERSION, make: || Box::new(syslog::Syslog) },
    ParserEntry {
        format: Format::Netflow,
        version: netflow::VERSION,
        make: || Box::new(netflow::Netflow::default()),
    },
    ParserEntry { format: Format::Eve, version: eve::VERSION, make: || Box::new(eve::Eve) },
    ParserEntry { format: Format::Zeek, version: zeek::VERSION, make: || Box::new(zeek::Zeek::default()) },
    ParserEntry { format: Format::Windows, version: windows::VERSION, make: || Box::new(windows::Windows) },
    ParserEntry { format: Format::Jsonl, version: jsonl::VERSION, make: || Box::new(jsonl::Jsonl) },
];

/// A fresh parser of that format.
pub fn parser(format: Format) -> Option<Box<dyn Parser>> {
    PARSERS.iter().find(|e| e.format == format).map(|e| (e.make)())
}
