//! Suricata EVE JSON.

use std::sync::LazyLock;

use compact_str::CompactString;
use ward_event::{
    Event, Field, Format,
    ocsf::{self, severity},
};

use super::{Input, ParseError, Parser, complete::complete, fields, names::Names, record, time};

pub(super) const VERSION: u16 = 1;

#[derive(Debug, Default)]
pub(super) struct Eve;

/// Source fields that are hot fields as they stand. Bytes to the server go out from the source.
static FIELDS: LazyLock<Names<Field>> = LazyLock::new(|| {
    Names::new([
        ("src_ip", Field::SrcIp),
        ("src_port", Field::SrcPort),
        ("dest_ip", Field::DstIp),
        ("dest_port", Field::DstPort),
        ("app_proto", Field::DstService),
        ("host", Field::DeviceHostname),
        ("sensor_name", Field::DeviceHostname),
        ("ether.src_mac", Field::SrcMac),
        ("ether.dest_mac", Field::DstMac),
        ("alert.signature", Field::FindingTitle),
        ("alert.signature_id", Field::FindingUid),
        ("alert.action", Field::Action),
        ("flow.bytes_toserver", Field::BytesOut),
        ("flow.bytes_toclient", Field::BytesIn),
        ("flow.pkts_toserver", Field::PacketsOut),
        ("flow.pkts_toclient", Field::PacketsIn),
        ("flow.start", Field::StartTime),
        ("flow.end", Field::EndTime),
        ("netflow.bytes", Field::Bytes),
        ("netflow.pkts", Field::Packets),
        ("netflow.start", Field::StartTime),
        ("netflow.end", Field::EndTime),
        ("http.hostname", Field::UrlHostname),
        ("http.http_user_agent", Field::UserAgent),
        ("http.http_refer", Field::HttpReferrer),
        ("http.http_method", Field::HttpMethod),
        ("http.status", Field::HttpStatus),
        ("http.length", Field::HttpLength),
        ("dns.rrname", Field::QueryHostname),
        ("dns.rrtype", Field::QueryType),
        ("tls.sni", Field::TlsSni),
        ("krb5.cname", Field::UserName),
        ("krb5.sname", Field::ServiceName),
        ("smb.filename", Field::FilePath),
        ("fileinfo.filename", Field::FilePath),
        ("fileinfo.size", Field::FileSize),
    ])
});

impl Parser for Eve {
    fn parse(&mut self, input: &Input<'_>, out: &mut Vec<Event>) -> Result<(), ParseError> {
        record::read(input, Format::Eve, VERSION, out)?;
        let Some(event) = out.last_mut() else { return Ok(()) };
        let unmapped = std::mem::take(&mut event.unmapped);
        let get = |name: &str| unmapped.iter().find(|f| f.name == name).map(|f| f.value.as_str());
        let Some(kind) = get("event_type") else {
            out.pop();
            return Err(ParseError::new("format", "no event_type: not an EVE record"));
        };
        let stamp = get("timestamp").and_then(|t| time::any(t, input.received));
        time::set(event, stamp, input.received);
        event.set_text(Field::ProductVendor, CompactString::const_new("OISF"));
        event.set_text(Field::ProductName, CompactString::const_new("Suricata"));
        event.set_text(Field::EventCode, kind);
        for source in &unmapped {
            if let Some(field) = FIELDS.get(&source.name) {
                fields::assign(event, field, source);
            }
        }
        derive(event, kind, &get);
        event.message = get("alert.signature").unwrap_or("").to_owned();
        event.unmapped = unmapped;
        complete(event);
        Ok(())
    }
}

/// What is not one field of the source: class, severity, verdict, URL, protocol.
fn derive<'s>(event: &mut Event, kind: &str, get: &dyn Fn(&str) -> Option<&'s str>) {
    if let Some(proto) = get("proto") {
        let mut lower = CompactString::from(proto);
        lower.make_ascii_lowercase();
        event.set_text(Field::ProtocolName, lower);
    }
    if let Some(flags) = get("tcp.tcp_flags").and_then(|hex| u64::from_str_radix(hex, 16).ok()) {
        event.set_uint(Field::TcpFlags, flags);
    }
    if let Some(age) = get("flow.age").and_then(fields::uint) {
        event.set_uint(Field::Duration, age.saturating_mul(1_000));
    }
    if let Some(url) = get("http.url") {
        set_url(event, url);
    }
    // Since Suricata 8 a query is a list.
    if event.get(Field::QueryHostname).is_none()
        && let Some(name) = get("dns.queries").or(get("dns.query")).and_then(|list| member(list, "rrname"))
    {
        event.set_text(Field::QueryHostname, name);
    }
    let (class, activity) = class(kind, get);
    event.class_uid = class;
    event.activity_id = activity;
    let verdict = match (kind, get("alert.action").or(get("verdict.action"))) {
        ("drop", _) | (_, Some("blocked" | "drop" | "reject")) => Some(2),
        (_, Some("allowed" | "alert" | "pass")) => Some(1),
        _ => None,
    };
    if let Some(action_id) = verdict {
        event.set_uint(Field::ActionId, action_id);
    }
    // Suricata's priorities: 1 is the gravest.
    event.severity_id = match (kind, get("alert.severity")) {
        ("alert", Some("1")) => severity::HIGH,
        ("alert", Some("2")) => severity::MEDIUM,
        ("alert", Some("3")) => severity::LOW,
        _ => severity::INFORMATIONAL,
    };
}

fn class<'s>(kind: &str, get: &dyn Fn(&str) -> Option<&'s str>) -> (u32, u8) {
    match kind {
        "alert" => (ocsf::DETECTION_FINDING, 1),
        "drop" => (ocsf::NETWORK_ACTIVITY, 5),
        "http" => (ocsf::HTTP_ACTIVITY, http_activity(get("http.http_method").unwrap_or(""))),
        "dns" => match get("dns.type") {
            Some("query" | "request") => (ocsf::DNS_ACTIVITY, 1),
            Some("answer" | "response") => (ocsf::DNS_ACTIVITY, 2),
            _ => (ocsf::DNS_ACTIVITY, 6),
        },
        "ssh" => (ocsf::SSH_ACTIVITY, 1),
        "smb" => (ocsf::SMB_ACTIVITY, 99),
        "rdp" => (ocsf::RDP_ACTIVITY, 99),
        "dhcp" => (ocsf::DHCP_ACTIVITY, 99),
        "krb5" => (ocsf::AUTHENTICATION, 3),
        "flow" | "netflow" | "tls" | "fileinfo" | "ftp" | "ftp_data" | "smtp" | "tftp" | "nfs" | "mqtt"
        | "snmp" | "quic" | "http2" | "modbus" | "dnp3" | "sip" | "rfb" | "ikev2" | "ike" | "pgsql"
        | "dcerpc" | "telnet" => (ocsf::NETWORK_ACTIVITY, 6),
        _ => (ocsf::BASE_EVENT, 0),
    }
}

/// OCSF's `activity_id` of HTTP activity by the request's method.
pub(super) fn http_activity(method: &str) -> u8 {
    match method {
        "CONNECT" => 1,
        "DELETE" => 2,
        "GET" => 3,
        "HEAD" => 4,
        "OPTIONS" => 5,
        "POST" => 6,
        "PUT" => 7,
        "TRACE" => 8,
        "PATCH" => 9,
        "" => 0,
        _ => 99,
    }
}

/// Path and query of a request line's target; the whole where it names a host.
pub(super) fn set_url(event: &mut Event, url: &str) {
    if !url.starts_with('/') {
        event.set_text(Field::UrlText, url);
        return;
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    event.set_text(Field::UrlPath, path);
    event.set_text(Field::UrlQuery, query);
}

/// The text of the first member of that name, where it has no escapes.
fn member<'j>(json: &'j str, name: &str) -> Option<&'j str> {
    let at = json.find(&format!("\"{name}\""))? + name.len() + 2;
    let value = json[at..].trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let end = memchr::memchr2(b'"', b'\\', value.as_bytes())?;
    (value.as_bytes()[end] == b'"').then(|| &value[..end])
}
