//! NetFlow v5 and v9 (RFC 3954) and IPFIX (RFC 7011): one datagram an input, one event a record.
//!
//! Records of flows become Network Activity, records of options (exporter and sampling facts) the base
//! event. Names are those of IANA's IPFIX information elements in all three versions; what has a hot
//! field of its own stands only there. A data set whose template has not come is kept: alone in its
//! datagram it makes a dead letter, beside readable sets an event of the base class with its octets.
//!
//! Templates are memory in an attacker's hands: [`template`] bounds them.

mod element;
mod header;
mod record;
mod template;

use ward_event::{Event, Format, TimeQuality, ocsf};

use super::{Input, ParseError, Parser};
use header::Header;
use template::{Exporters, Scope};

/// Raised whenever the same bytes give another event.
pub(super) const VERSION: u16 = 1;

/// The parser of one listener: its templates are kept by exporter.
#[derive(Default)]
pub(super) struct Netflow {
    exporters: Exporters,
}

impl Parser for Netflow {
    fn parse(&mut self, input: &Input<'_>, out: &mut Vec<Event>) -> Result<(), ParseError> {
        let before = out.len();
        let done = self.datagram(input, out);
        if done.is_err() {
            out.truncate(before);
        }
        done
    }
}

/// A new event of this parser.
fn event(input: &Input<'_>, class_uid: u32, activity_id: u8) -> Event {
    let mut event = Event::new(class_uid, activity_id);
    event.format = Some(Format::Netflow);
    event.parser = compact_str::CompactString::const_new("netflow");
    event.parser_version = VERSION;
    event.received = input.received;
    if let Some(peer) = input.peer {
        event.set_ip(ward_event::Field::DeviceIp, peer);
    }
    event
}

/// Exporters report what happened minutes ago; a difference beyond this is a clock that is wrong.
const SKEW_MAX: i64 = 60 * 60 * 1_000_000;

/// Says what is known of the event's time.
fn judge(event: &mut Event) {
    let apart = event.received.0.saturating_sub(event.time.0).saturating_abs();
    event.time_quality = if apart > SKEW_MAX { TimeQuality::Skewed } else { TimeQuality::Ok };
}

impl Netflow {
    fn datagram(&mut self, input: &Input<'_>, out: &mut Vec<Event>) -> Result<(), ParseError> {
        let (header, body) = Header::read(input.bytes)?;
        if header.version == 5 {
            return record::v5(input, &header, body, out);
        }
        let scope = Scope { peer: input.peer, version: header.version, domain: header.domain };
        let (mut decoded, mut missing) = (false, Vec::new());
        for set in Sets(body) {
            let (id, content) = set?;
            match (header.version, id) {
                (9, 0) | (10, 2) => {
                    self.exporters.of(scope).learn(content, header.version == 10, false)?;
                    decoded = true;
                }
                (9, 1) | (10, 3) => {
                    self.exporters.of(scope).learn(content, header.version == 10, true)?;
                    decoded = true;
                }
                (_, 256..) => match self.exporters.of(scope).get(id) {
                    Some(template) => {
                        record::all(input, &header, id, template, content, out)?;
                        decoded = true;
                    }
                    None => missing.push((id, content)),
                },
                // Set ids 2 (v9) to 255 are reserved: nothing in them is a record.
                _ => decoded = true,
            }
        }
        match missing.as_slice() {
            [] => Ok(()),
            [(id, _), ..] if !decoded => Err(ParseError::new(
                "no_template",
                format!("template {id} of domain {} has not come", header.domain),
            )),
            _ => {
                out.extend(missing.iter().map(|(id, content)| undecoded(input, &header, *id, content)));
                Ok(())
            }
        }
    }
}

/// What stands beside readable sets and has no template yet.
fn undecoded(input: &Input<'_>, header: &Header, id: u16, content: &[u8]) -> Event {
    let mut event = event(input, ocsf::BASE_EVENT, 99);
    event.time = header.time;
    event.set_text(ward_event::Field::StatusDetail, "no_template");
    event.push_unmapped_json("templateId", id.to_string());
    event.push_unmapped("octets", ward_event::alert::hex(content));
    judge(&mut event);
    event
}

/// The sets of a v9 or IPFIX body.
struct Sets<'a>(&'a [u8]);

impl<'a> Iterator for Sets<'a> {
    type Item = Result<(u16, &'a [u8]), ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Up to three octets of padding may close a datagram.
        if self.0.len() < 4 {
            return None;
        }
        let id = u16::from_be_bytes([self.0[0], self.0[1]]);
        let length = usize::from(u16::from_be_bytes([self.0[2], self.0[3]]));
        if length < 4 || length > self.0.len() {
            let detail = format!("set {id} says {length} octets, {} are there", self.0.len());
            self.0 = &[];
            return Some(Err(ParseError::new("truncated", detail)));
        }
        let (set, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(Ok((id, &set[4..])))
    }
}
