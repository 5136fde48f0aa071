//! What each of Zeek's logs is as an event.

use std::sync::LazyLock;

use compact_str::CompactString;
use ward_event::{
    Event, Field,
    ocsf::{self, severity, status},
};

use crate::parse::{
    eve::{http_activity, set_url},
    fields,
    names::Names,
};

/// Log names, and the class and activity of their records.
const STREAMS: &[(&str, u32, u8)] = &[
    ("conn", ocsf::NETWORK_ACTIVITY, 6),
    ("dns", ocsf::DNS_ACTIVITY, 6),
    ("http", ocsf::HTTP_ACTIVITY, 99),
    ("ssl", ocsf::NETWORK_ACTIVITY, 6),
    ("ssh", ocsf::SSH_ACTIVITY, 1),
    ("rdp", ocsf::RDP_ACTIVITY, 99),
    ("smb_files", ocsf::SMB_ACTIVITY, 99),
    ("smb_mapping", ocsf::SMB_ACTIVITY, 99),
    ("dhcp", ocsf::DHCP_ACTIVITY, 99),
    ("kerberos", ocsf::AUTHENTICATION, 3),
    ("ntlm", ocsf::AUTHENTICATION, 1),
    ("notice", ocsf::DETECTION_FINDING, 1),
    ("intel", ocsf::DETECTION_FINDING, 1),
    ("signatures", ocsf::DETECTION_FINDING, 1),
    ("dce_rpc", ocsf::NETWORK_ACTIVITY, 6),
    ("ftp", ocsf::NETWORK_ACTIVITY, 6),
    ("smtp", ocsf::NETWORK_ACTIVITY, 6),
    ("snmp", ocsf::NETWORK_ACTIVITY, 6),
    ("sip", ocsf::NETWORK_ACTIVITY, 6),
    ("mysql", ocsf::NETWORK_ACTIVITY, 6),
    ("modbus", ocsf::NETWORK_ACTIVITY, 6),
    ("tunnel", ocsf::NETWORK_ACTIVITY, 6),
    ("weird", ocsf::BASE_EVENT, 0),
    ("files", ocsf::BASE_EVENT, 0),
    ("x509", ocsf::BASE_EVENT, 0),
    ("pe", ocsf::BASE_EVENT, 0),
    ("dpd", ocsf::BASE_EVENT, 0),
    ("analyzer", ocsf::BASE_EVENT, 0),
    ("software", ocsf::BASE_EVENT, 0),
    ("known_hosts", ocsf::BASE_EVENT, 0),
    ("packet_filter", ocsf::BASE_EVENT, 0),
];

pub(super) fn is_known(path: &str) -> bool {
    STREAMS.iter().any(|(name, ..)| *name == path)
}

/// A log by members that only it has.
pub(super) fn guess(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    const MEMBERS: &[(&str, &str)] = &[
        ("conn_state", "conn"),
        ("qtype_name", "dns"),
        ("qclass", "dns"),
        ("status_code", "http"),
        ("user_agent", "http"),
        ("cipher", "ssl"),
        ("auth_attempts", "ssh"),
        ("fuid", "files"),
        ("note", "notice"),
        ("request_type", "kerberos"),
        ("named_pipe", "dce_rpc"),
        ("share_type", "smb_mapping"),
        ("ntlm", "ntlm"),
    ];
    MEMBERS.iter().find(|(member, _)| has(member)).map(|(_, path)| *path)
}

/// Zeek's names; `.` in the endpoints' names is a literal one, and some shippers write `_` for it.
pub(super) static FIELDS: LazyLock<Names<Field>> = LazyLock::new(|| {
    Names::new([
        (r"id\.orig_h", Field::SrcIp),
        (r"id\.orig_p", Field::SrcPort),
        (r"id\.resp_h", Field::DstIp),
        (r"id\.resp_p", Field::DstPort),
        ("id.orig_h", Field::SrcIp),
        ("id.orig_p", Field::SrcPort),
        ("id.resp_h", Field::DstIp),
        ("id.resp_p", Field::DstPort),
        ("id_orig_h", Field::SrcIp),
        ("id_orig_p", Field::SrcPort),
        ("id_resp_h", Field::DstIp),
        ("id_resp_p", Field::DstPort),
        ("src", Field::SrcIp),
        ("dst", Field::DstIp),
        ("uid", Field::SourceUid),
        ("proto", Field::ProtocolName),
        ("orig_bytes", Field::BytesOut),
        ("resp_bytes", Field::BytesIn),
        ("orig_pkts", Field::PacketsOut),
        ("resp_pkts", Field::PacketsIn),
        ("orig_l2_addr", Field::SrcMac),
        ("resp_l2_addr", Field::DstMac),
        ("mac", Field::SrcMac),
        ("query", Field::QueryHostname),
        ("qtype_name", Field::QueryType),
        ("method", Field::HttpMethod),
        ("referrer", Field::HttpReferrer),
        ("user_agent", Field::UserAgent),
        ("status_code", Field::HttpStatus),
        ("response_body_len", Field::HttpLength),
        ("server_name", Field::TlsSni),
        ("@system", Field::DeviceHostname),
        ("_system_name", Field::DeviceHostname),
    ])
});

/// Class, and what one of the record's members means only in its log.
pub(super) fn derive<'s>(event: &mut Event, path: &str, get: &dyn Fn(&str) -> Option<&'s str>) {
    let (class, activity) = STREAMS
        .iter()
        .find(|(name, ..)| *name == path)
        .map_or((0, 0), |(_, class, activity)| (*class, *activity));
    event.class_uid = class;
    event.activity_id = activity;
    let set = |event: &mut Event, field: Field, name: &str| {
        if let Some(value) = get(name) {
            fields::assign_text(event, field, value);
        }
    };
    match path {
        "conn" => {
            set(event, Field::DstService, "service");
            if let Some(ms) = get("duration").and_then(millis) {
                event.set_uint(Field::Duration, ms);
            }
        }
        "dns" => {
            event.activity_id = if get("rcode").is_some() || get("answers").is_some() { 2 } else { 1 };
        }
        "http" => {
            event.activity_id = http_activity(get("method").unwrap_or(""));
            set(event, Field::UrlHostname, "host");
            if let Some(uri) = get("uri") {
                set_url(event, uri);
            }
            set(event, Field::ActorUserName, "username");
        }
        "ssh" => status_of(event, get("auth_success")),
        "kerberos" => {
            event.activity_id = if get("request_type") == Some("TGS") { 4 } else { 3 };
            status_of(event, get("success"));
            if let Some(client) = get("client") {
                let (name, realm) = client.split_once('/').unwrap_or((client, ""));
                event.set_text(Field::UserName, name);
                event.set_text(Field::UserDomain, realm);
            }
            set(event, Field::ServiceName, "service");
            set(event, Field::StatusDetail, "error_msg");
        }
        "ntlm" => {
            set(event, Field::UserName, "username");
            set(event, Field::UserDomain, "domainname");
            set(event, Field::SrcHostname, "hostname");
            status_of(event, get("success"));
        }
        "smb_files" => set(event, Field::FilePath, "name"),
        "notice" | "intel" | "signatures" => {
            let title =
                get("note").or(get("event_msg")).or(get(r"seen\.indicator")).or(get("seen.indicator"));
            let title = CompactString::from(title.unwrap_or(""));
            event.set_text(Field::FindingUid, title.clone());
            event.set_text(Field::FindingTitle, title);
            event.severity_id = severity::MEDIUM;
        }
        _ => {}
    }
    event.message = get("msg").or(get("message")).unwrap_or("").to_owned();
}

fn status_of(event: &mut Event, success: Option<&str>) {
    match success {
        Some("true" | "T") => event.set_uint(Field::StatusId, status::SUCCESS),
        Some("false" | "F") => event.set_uint(Field::StatusId, status::FAILURE),
        _ => {}
    }
}

/// Seconds with a fraction → whole milliseconds.
fn millis(seconds: &str) -> Option<u64> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let ms = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    let ms = ms.fold(0, |n, b| n * 10 + u64::from(b.wrapping_sub(b'0').min(9)));
    Some(whole.parse::<u64>().ok()?.saturating_mul(1_000).saturating_add(ms))
}
