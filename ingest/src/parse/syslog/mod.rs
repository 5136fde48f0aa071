//! Syslog: RFC 5424 where the header says so, else RFC 3164 as it is found in the field, else a text.
//! Every line that is text becomes an event; only what is no text is a dead letter.

mod content;
mod priority;
mod rfc3164;
mod rfc5424;

use compact_str::CompactString;
use ward_event::{Event, Field, Format, Micros, ocsf::severity};

use super::{Input, ParseError, Parser, text, time};

pub(super) const VERSION: u16 = 1;

/// Facility, severity, version, application, process, message id and two parameters.
const FIELDS_USUAL: usize = 8;

/// A line of which more than one byte in this many belongs to no character set is binary.
const BINARY_RATIO: usize = 4;

/// What a header says. Empty texts are absent.
#[derive(Debug, Default)]
struct Header<'a> {
    version: Option<u16>,
    time: Option<Micros>,
    host: &'a str,
    app: &'a str,
    procid: &'a str,
    msgid: &'a str,
    /// The STRUCTURED-DATA text, checked; empty for none.
    data: &'a str,
    message: &'a str,
}

#[derive(Debug, Default)]
pub(super) struct Syslog;

impl Parser for Syslog {
    fn parse(&mut self, input: &Input<'_>, out: &mut Vec<Event>) -> Result<(), ParseError> {
        let bytes = trim_end(input.bytes);
        if bytes.is_empty() {
            return Err(ParseError::new("empty", "no bytes but line ends"));
        }
        let decoded = text::decode(bytes);
        let line = decoded.text.strip_prefix('\u{feff}').unwrap_or(&decoded.text);
        let (pri, rest) = priority::split(line);
        if pri.is_none() && is_binary(line, decoded.escaped) {
            return Err(ParseError::new("encoding", "neither a syslog header nor a text"));
        }
        let header = header(pri, rest, input.received);
        out.push(Event::default());
        if let Some(event) = out.last_mut() {
            fill(event, pri, &header, input);
            event.encoding = CompactString::const_new(decoded.encoding);
            event.raw = decoded.text.into_owned();
        }
        Ok(())
    }
}

/// Trailing line ends and zero bytes belong to the transport.
fn trim_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| !matches!(b, b'\n' | b'\r' | 0)).map_or(0, |at| at + 1);
    &bytes[..end]
}

fn is_binary(line: &str, escaped: usize) -> bool {
    let control = line.bytes().filter(|b| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x1b)).count();
    (escaped + control) * BINARY_RATIO > line.len() - 3 * escaped.min(line.len() / 4)
}

fn header<'a>(pri: Option<u8>, rest: &'a str, received: Micros) -> Header<'a> {
    if pri.is_some()
        && let Some(header) = rfc5424::header(rest)
    {
        return header;
    }
    rfc3164::header(rest, pri.is_some(), received)
}

fn fill(event: &mut Event, pri: Option<u8>, header: &Header<'_>, input: &Input<'_>) {
    event.format = Some(Format::Syslog);
    event.parser = CompactString::const_new("syslog");
    event.parser_version = VERSION;
    time::set(event, header.time, input.received);
    event.severity_id = pri.map_or(severity::UNKNOWN, priority::severity_id);
    if !header.app.is_empty() {
        event.set_text(Field::ActorAppName, header.app);
    }
    if let Some(pid) =
        header.procid.as_bytes().first().filter(|b| b.is_ascii_digit()).and(header.procid.parse().ok())
    {
        event.set_uint(Field::ActorProcPid, pid);
    }
    if header.host.is_empty() {
        if let Some(peer) = input.peer {
            event.set_ip(Field::DeviceIp, peer.to_canonical());
        }
    } else {
        event.set_text(Field::DeviceHostname, header.host);
        if header.host.as_bytes()[0].is_ascii_digit() || header.host.contains(':') {
            event.set_ip_text(Field::DeviceIp, header.host);
        }
    }
    event.unmapped.reserve(FIELDS_USUAL);
    if let Some(pri) = pri {
        push(event, "facility", priority::facility(pri));
        push(event, "severity", priority::severity(pri));
    }
    if let Some(version) = header.version {
        event.push_unmapped_json(CompactString::const_new("version"), itoa::Buffer::new().format(version));
    }
    for (name, value) in [("appname", header.app), ("procid", header.procid), ("msgid", header.msgid)] {
        if !value.is_empty() {
            push(event, name, value);
        }
    }
    if !header.data.is_empty() {
        rfc5424::push_data(header.data, &mut event.unmapped);
    }
    event.message = header.message.to_owned();
    if !header.message.is_empty() {
        content::recognise(event, header.app, header.message, input.received);
    }
}

fn push(event: &mut Event, name: &'static str, value: &str) {
    event.push_unmapped(CompactString::const_new(name), CompactString::from(value));
}
