//! Windows events as JSON: Winlogbeat (nested `winlog.event_data`), NXLog and WEC (flat), exports of
//! the event's XML (nested `Event.System`), Azure's (`EventData` as JSON in a text).

mod class;
mod leaf;

use compact_str::CompactString;
use ward_event::{
    Event, Field, Format, Micros,
    ocsf::{self, severity, status},
};

use super::{Input, ParseError, Parser, complete::complete, fields, json, record, time};
use class::Shape;
use leaf::{Leaf, Leaves};

pub(super) const VERSION: u16 = 1;

#[derive(Debug, Default)]
pub(super) struct Windows;

impl Parser for Windows {
    fn parse(&mut self, input: &Input<'_>, out: &mut Vec<Event>) -> Result<(), ParseError> {
        record::read(input, Format::Windows, VERSION, out)?;
        let Some(event) = out.last_mut() else { return Ok(()) };
        unfold(event);
        let unmapped = std::mem::take(&mut event.unmapped);
        let leaves = Leaves::of(&unmapped);
        if leaves.text(Leaf::EventId).is_none() {
            out.pop();
            return Err(ParseError::new("format", "no event id: not a Windows event"));
        }
        time::set(event, stamp(&leaves, input.received), input.received);
        header(event, &leaves);
        if let Some(shape) = class::shape(&leaves) {
            fill(event, &leaves, shape);
        }
        event.unmapped = unmapped;
        complete(event);
        Ok(())
    }
}

/// Puts the members of a JSON text `EventData` in its place.
fn unfold(event: &mut Event) {
    let Some(at) = event.unmapped.iter().position(|f| f.name == "EventData" && f.value.starts_with('{'))
    else {
        return;
    };
    let mut members = Vec::new();
    if json::flatten(&event.unmapped[at].value, &mut members).is_err() {
        return;
    }
    for member in &mut members {
        member.name = compact_str::format_compact!("EventData.{}", member.name);
    }
    event.unmapped.splice(at..=at, members);
    event.unmapped.truncate(ward_event::limits::SOURCE_FIELDS_MAX);
}

/// When it happened: the event's own time before that of a forwarder, a time with a zone before one
/// without.
fn stamp(leaves: &Leaves<'_>, received: Micros) -> Option<Micros> {
    let zoned = |leaf| time::iso(leaves.text(leaf)?.as_bytes()).filter(|(.., zoned)| *zoned);
    [Leaf::SystemTime, Leaf::TimeCreated, Leaf::Timestamp]
        .into_iter()
        .find_map(|leaf| zoned(leaf).map(|(time, ..)| time))
        // Sysmon's UtcTime has no zone and is UTC.
        .or_else(|| time::any(&format!("{}Z", leaves.text(Leaf::UtcTime)?), received))
        .or_else(|| {
            [Leaf::TimeCreated, Leaf::Timestamp, Leaf::EventTime]
                .into_iter()
                .find_map(|leaf| time::any(leaves.text(leaf)?, received))
        })
}

/// What every event has.
fn header(event: &mut Event, leaves: &Leaves<'_>) {
    const TABLE: &[(Leaf, Field)] = &[
        (Leaf::Computer, Field::DeviceHostname),
        (Leaf::EventId, Field::EventCode),
        (Leaf::Channel, Field::LogName),
        (Leaf::Provider, Field::LogProvider),
        (Leaf::RecordId, Field::SourceUid),
    ];
    assign(event, leaves, TABLE);
    event.set_text(Field::ProductName, CompactString::const_new("Windows"));
    event.set_text(Field::ProductVendor, CompactString::const_new("Microsoft"));
    event.severity_id = match leaves.text(Leaf::Level).unwrap_or("") {
        "1" | "critical" | "Critical" => severity::CRITICAL,
        "2" | "error" | "Error" | "错误" => severity::HIGH,
        "3" | "warning" | "Warning" | "警告" => severity::MEDIUM,
        _ => severity::INFORMATIONAL,
    };
    event.message = leaves.text(Leaf::Message).unwrap_or("").to_owned();
}

fn assign(event: &mut Event, leaves: &Leaves<'_>, table: &[(Leaf, Field)]) {
    for (leaf, field) in table {
        if let Some(value) = leaves.text(*leaf) {
            fields::assign_text(event, *field, value);
        }
    }
}

fn fill(event: &mut Event, leaves: &Leaves<'_>, shape: &Shape) {
    event.class_uid = shape.class_uid;
    event.activity_id = shape.activity_id;
    for table in shape.tables {
        assign(event, leaves, table);
    }
    if let Some(user) = leaves.text(Leaf::User).or(leaves.text(Leaf::SourceUser)) {
        account(event, user, Field::ActorUserDomain, Field::ActorUserName);
    }
    for (path, name) in [
        (Field::ProcPath, Field::ProcName),
        (Field::ParentPath, Field::ParentName),
        (Field::ActorProcPath, Field::ActorProcName),
        (Field::ModulePath, Field::ModuleName),
    ] {
        if let Some(base) = event.text(path).map(|p| CompactString::from(fields::base_name(p))) {
            event.set_text(name, base);
        }
    }
    match shape.class_uid {
        ocsf::AUTHENTICATION => logon(event, leaves, shape),
        ocsf::NETWORK_ACTIVITY => connection(event, leaves),
        ocsf::REGISTRY_KEY_ACTIVITY if leaves.text(Leaf::EventType) == Some("DeleteKey") => {
            event.activity_id = 4
        }
        ocsf::REGISTRY_VALUE_ACTIVITY => {
            if let Some((key, name)) = leaves.text(Leaf::TargetObject).and_then(|t| t.rsplit_once('\\')) {
                event.set_text(Field::RegValuePath, key);
                event.set_text(Field::RegValueName, name);
            }
        }
        ocsf::DNS_ACTIVITY => {
            if let Some(host) = leaves.text(Leaf::Computer) {
                event.set_text(Field::SrcHostname, host);
            }
        }
        _ => {}
    }
}

/// `DOMAIN\user`, or a bare name.
fn account(event: &mut Event, text: &str, domain: Field, name: Field) {
    match text.rsplit_once('\\') {
        Some((before, behind)) => {
            event.set_text(domain, before);
            event.set_text(name, behind);
        }
        None => event.set_text(name, text),
    }
}

fn logon(event: &mut Event, leaves: &Leaves<'_>, shape: &Shape) {
    // Kerberos and NTLM say in one event id whether it worked.
    let status = match (shape.status_id, leaves.text(Leaf::Status)) {
        (status::UNKNOWN, Some(code)) => {
            if fields::uint(code) == Some(0) {
                status::SUCCESS
            } else {
                status::FAILURE
            }
        }
        (status, _) => status,
    };
    event.set_uint(Field::StatusId, status);
    if event.get(Field::DstHostname).is_none()
        && let Some(host) = leaves.text(Leaf::Computer)
    {
        event.set_text(Field::DstHostname, host);
    }
}

fn connection(event: &mut Event, leaves: &Leaves<'_>) {
    let direction = match (leaves.text(Leaf::Direction), leaves.text(Leaf::Initiated)) {
        (Some("%%14592" | "Inbound"), _) | (_, Some("false")) => 1,
        (Some("%%14593" | "Outbound"), _) | (_, Some("true")) => 2,
        _ => 0,
    };
    event.set_uint(Field::DirectionId, direction);
    if let Some(protocol) = leaves.text(Leaf::Protocol) {
        match protocol.parse::<u8>() {
            Ok(number) => event.set_uint(Field::ProtocolNum, number.into()),
            Err(_) => event.set_text(Field::ProtocolName, protocol),
        }
    }
    match leaves.text(Leaf::EventId) {
        Some("5156") => event.set_uint(Field::ActionId, 1),
        Some("5157") => event.set_uint(Field::ActionId, 2),
        _ => {}
    }
}
