//! Records → events.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use compact_str::{CompactString, ToCompactString, format_compact};
use ward_event::{Event, Field, Kind, Micros, ocsf};

use super::{
    super::{Input, ParseError},
    element::Type,
    header::Header,
    template::{Cursor, Template, TemplateField},
};

/// Octets of a v5 record.
const V5_RECORD: usize = 48;

/// Seconds between 1900 and 1970, by which NTP's count is ahead.
const NTP_EPOCH_SECS: i64 = 2_208_988_800;

/// OCSF `Network Activity: Traffic`.
const TRAFFIC: u8 = 6;

/// All records of a data set.
pub(super) fn all(
    input: &Input<'_>,
    header: &Header,
    id: u16,
    template: &Template,
    content: &[u8],
    out: &mut Vec<Event>,
) -> Result<(), ParseError> {
    let mut cursor = Cursor(content);
    // What is shorter than the shortest record is padding.
    while cursor.0.len() >= template.length_min {
        let class =
            if template.is_options { (ocsf::BASE_EVENT, 99) } else { (ocsf::NETWORK_ACTIVITY, TRAFFIC) };
        let mut event = super::event(input, class.0, class.1);
        for field in &template.fields {
            let Some(octets) = value(&mut cursor, field) else {
                return Err(ParseError::new(
                    "truncated",
                    format!("a record of template {id} ends in {}", field.name),
                ));
            };
            set(&mut event, header, field, octets);
        }
        common(&mut event, header);
        event.push_unmapped_json("templateId", id.to_compact_string());
        close(event, header, out);
    }
    Ok(())
}

/// The octets of one field: as many as the template says, or the record itself does.
fn value<'a>(cursor: &mut Cursor<'a>, field: &TemplateField) -> Option<&'a [u8]> {
    match field.length {
        Some(length) => cursor.take(usize::from(length)),
        None => {
            let short = cursor.take(1)?[0];
            let length = if short == 255 { cursor.u16()? } else { u16::from(short) };
            cursor.take(usize::from(length))
        }
    }
}

/// The header's own facts.
fn common(event: &mut Event, header: &Header) {
    event.push_unmapped_json("version", header.version.to_compact_string());
    event.push_unmapped_json("flowSequence", header.sequence.to_compact_string());
    event.push_unmapped_json("observationDomainId", header.domain.to_compact_string());
}

/// Sets the time — the flow's end, else its start, else the datagram's — and hands the event on.
fn close(mut event: Event, header: &Header, out: &mut Vec<Event>) {
    if event.class_uid == ocsf::NETWORK_ACTIVITY {
        let at = event.uint(Field::EndTime).or_else(|| event.uint(Field::StartTime));
        event.time = at.and_then(|ms| i64::try_from(ms).ok()).map_or(header.time, Micros::from_millis);
        if let (Some(start), Some(end)) = (event.uint(Field::StartTime), event.uint(Field::EndTime))
            && event.uint(Field::Duration).is_none()
            && end >= start
        {
            event.set_uint(Field::Duration, end - start);
        }
        if let Some(name) = event.uint(Field::ProtocolNum).and_then(protocol_name) {
            event.set_text(Field::ProtocolName, CompactString::const_new(name));
        }
    } else {
        event.time = header.time;
    }
    super::judge(&mut event);
    out.push(event);
}

const fn protocol_name(number: u64) -> Option<&'static str> {
    Some(match number {
        1 => "icmp",
        2 => "igmp",
        6 => "tcp",
        17 => "udp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "ipv6-icmp",
        89 => "ospf",
        132 => "sctp",
        _ => return None,
    })
}

fn unsigned(octets: &[u8]) -> Option<u64> {
    (!octets.is_empty() && octets.len() <= 8).then(|| octets.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

/// Puts one value where it belongs: into its hot field, or under its name.
fn set(event: &mut Event, header: &Header, field: &TemplateField, octets: &[u8]) {
    let hot = field.field;
    match field.kind {
        Type::Unsigned => match (unsigned(octets), hot) {
            // A delta counts before a total; either fills the field once.
            (Some(n), Some(f)) if event.get(f).is_none() => event.set_uint(f, n),
            (Some(n), _) => {
                if field.name == "flowDirection" {
                    event.set_uint(Field::DirectionId, if n == 0 { 1 } else { 2 });
                }
                event.push_unmapped_json(field.name.clone(), n.to_compact_string());
            }
            (None, _) => hex(event, field, octets),
        },
        Type::Uptime => match unsigned(octets).and_then(|n| u32::try_from(n).ok()) {
            Some(n) => match (header.at_uptime(n), hot) {
                (Some(at), Some(f)) if event.get(f).is_none() => set_time(event, f, at),
                _ => event.push_unmapped_json(field.name.clone(), n.to_compact_string()),
            },
            None => hex(event, field, octets),
        },
        Type::Seconds | Type::Millis | Type::Ntp => {
            let at = match (field.kind, unsigned(octets)) {
                (Type::Seconds, Some(n)) => i64::try_from(n).ok().map(Micros::from_secs),
                (Type::Millis, Some(n)) => i64::try_from(n).ok().map(Micros::from_millis),
                (_, Some(n)) => Some(ntp(n)),
                (_, None) => None,
            };
            match (at, hot) {
                (Some(at), Some(f)) => set_time(event, f, at),
                (Some(at), None) => {
                    event.push_unmapped_json(field.name.clone(), at.millis().to_compact_string())
                }
                (None, _) => hex(event, field, octets),
            }
        }
        Type::Ipv4 => {
            address(event, field, <[u8; 4]>::try_from(octets).ok().map(|a| Ipv4Addr::from(a).into()), octets)
        }
        Type::Ipv6 => {
            address(event, field, <[u8; 16]>::try_from(octets).ok().map(|a| Ipv6Addr::from(a).into()), octets)
        }
        Type::Mac => match octets {
            [a, b, c, d, e, f] => {
                text(event, field, format_compact!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"));
            }
            _ => hex(event, field, octets),
        },
        Type::Text => {
            // Fixed-length texts are padded with zeroes.
            let end = octets.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
            text(event, field, decode(&octets[..end]));
        }
        Type::Float => match octets.len() {
            4 => float(
                event,
                field,
                f64::from(f32::from_be_bytes([octets[0], octets[1], octets[2], octets[3]])),
            ),
            8 => float(event, field, f64::from_bits(unsigned(octets).unwrap_or_default())),
            _ => hex(event, field, octets),
        },
        Type::Boolean => match octets {
            [1] => event.push_unmapped_json(field.name.clone(), "true"),
            [2] => event.push_unmapped_json(field.name.clone(), "false"),
            _ => hex(event, field, octets),
        },
        Type::Application => match octets.split_first() {
            Some((engine, selector)) if selector.len() <= 8 => {
                let n = unsigned(selector).unwrap_or_default();
                event.push_unmapped(field.name.clone(), format_compact!("{engine}..{n}"));
            }
            _ => hex(event, field, octets),
        },
        Type::Forwarding => match octets {
            [status] => {
                event.push_unmapped_json(
                    format_compact!("{}.status", field.name),
                    (status >> 6).to_compact_string(),
                );
                event.push_unmapped_json(
                    format_compact!("{}.reason", field.name),
                    (status & 63).to_compact_string(),
                );
            }
            _ => hex(event, field, octets),
        },
        Type::Mpls => match octets {
            // Label 20 bits, experimental 3, bottom of stack 1, and TTL 8 where it is sent.
            [a, b, c, ttl @ ..] if ttl.len() <= 1 => {
                let word = u32::from(*a) << 16 | u32::from(*b) << 8 | u32::from(*c);
                let mut part = |name: &str, n: u32| {
                    event.push_unmapped_json(format_compact!("{}.{name}", field.name), n.to_compact_string());
                };
                part("label", word >> 4);
                part("experimental", word >> 1 & 7);
                part("bottom_of_stack", word & 1);
                if let [ttl] = ttl {
                    part("ttl", u32::from(*ttl));
                }
            }
            _ => hex(event, field, octets),
        },
        Type::Acl => {
            let words: Vec<_> = octets.chunks(4).map(ward_event::alert::hex).collect();
            event.push_unmapped(field.name.clone(), words.join("-"));
        }
        Type::Octets => hex(event, field, octets),
    }
}

/// Texts are UTF-8 by the RFC and GB18030 by habit; what is neither is read as Latin-1, which loses no
/// octet.
fn decode(octets: &[u8]) -> CompactString {
    if let Ok(text) = std::str::from_utf8(octets) {
        return CompactString::new(text);
    }
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(octets) {
        Some(text) => CompactString::new(text),
        None => octets.iter().map(|b| char::from(*b)).collect(),
    }
}

fn ntp(n: u64) -> Micros {
    let fraction = ((n & 0xffff_ffff) * 1_000_000) >> 32;
    let seconds = i64::try_from(n >> 32).unwrap_or_default() - NTP_EPOCH_SECS;
    // Below 2^32, as it is a part of a second.
    Micros(seconds * 1_000_000 + i64::try_from(fraction).unwrap_or_default())
}

fn set_time(event: &mut Event, field: Field, at: Micros) {
    debug_assert_eq!(field.kind(), Kind::Time);
    if let Ok(ms) = u64::try_from(at.millis()) {
        event.set_uint(field, ms);
    }
}

fn address(event: &mut Event, field: &TemplateField, ip: Option<IpAddr>, octets: &[u8]) {
    match (ip, field.field) {
        // Some exporters fill both families and leave one unspecified.
        (Some(ip), Some(f)) if event.ip(f).is_none_or(|old| old.is_unspecified()) => event.set_ip(f, ip),
        (Some(ip), Some(_)) if ip.is_unspecified() => {}
        (Some(ip), _) => event.push_unmapped(field.name.clone(), ip.to_compact_string()),
        (None, _) => hex(event, field, octets),
    }
}

fn text(event: &mut Event, field: &TemplateField, value: CompactString) {
    match field.field {
        Some(f) if event.get(f).is_none() && !value.is_empty() => event.set_text(f, value),
        _ => event.push_unmapped(field.name.clone(), value),
    }
}

fn float(event: &mut Event, field: &TemplateField, value: f64) {
    if value.is_finite() {
        event.push_unmapped_json(field.name.clone(), format_compact!("{value:?}"));
    } else {
        event.push_unmapped(field.name.clone(), value.to_compact_string());
    }
}

fn hex(event: &mut Event, field: &TemplateField, octets: &[u8]) {
    event.push_unmapped(field.name.clone(), ward_event::alert::hex(octets));
}

/// All records of a v5 datagram.
pub(super) fn v5(
    input: &Input<'_>,
    header: &Header,
    body: &[u8],
    out: &mut Vec<Event>,
) -> Result<(), ParseError> {
    let count = usize::from(header.count);
    if body.len() < count * V5_RECORD {
        let detail =
            format!("{count} records of {V5_RECORD} octets are said, {} octets are there", body.len());
        return Err(ParseError::new("truncated", detail));
    }
    for record in body.chunks_exact(V5_RECORD).take(count) {
        let u16_at = |at: usize| u16::from_be_bytes([record[at], record[at + 1]]);
        let u32_at =
            |at: usize| u32::from_be_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]);
        let v4_at = |at: usize| Ipv4Addr::from(u32_at(at));
        let mut event = super::event(input, ocsf::NETWORK_ACTIVITY, TRAFFIC);
        event.set_ip(Field::SrcIp, v4_at(0).into());
        event.set_ip(Field::DstIp, v4_at(4).into());
        event.set_uint(Field::Packets, u32_at(16).into());
        event.set_uint(Field::Bytes, u32_at(20).into());
        for (field, at) in [(Field::StartTime, 24), (Field::EndTime, 28)] {
            if let Some(time) = header.at_uptime(u32_at(at)) {
                set_time(&mut event, field, time);
            }
        }
        event.set_uint(Field::SrcPort, u16_at(32).into());
        event.set_uint(Field::DstPort, u16_at(34).into());
        event.set_uint(Field::TcpFlags, record[37].into());
        event.set_uint(Field::ProtocolNum, record[38].into());
        event.push_unmapped("ipNextHopIPv4Address", v4_at(8).to_compact_string());
        event.push_unmapped_json("flowRecords", header.count.to_compact_string());
        for (name, n) in [
            ("ingressInterface", u32::from(u16_at(12))),
            ("egressInterface", u32::from(u16_at(14))),
            ("ipClassOfService", u32::from(record[39])),
            ("bgpSourceAsNumber", u32::from(u16_at(40))),
            ("bgpDestinationAsNumber", u32::from(u16_at(42))),
            ("sourceIPv4PrefixLength", u32::from(record[44])),
            ("destinationIPv4PrefixLength", u32::from(record[45])),
            ("engineType", header.domain >> 8),
            ("engineId", header.domain & 255),
            ("samplingAlgorithm", u32::from(header.sampling >> 14)),
            ("samplingInterval", u32::from(header.sampling & 0x3fff)),
        ] {
            event.push_unmapped_json(CompactString::const_new(name), n.to_compact_string());
        }
        common(&mut event, header);
        close(event, header, out);
    }
    Ok(())
}
