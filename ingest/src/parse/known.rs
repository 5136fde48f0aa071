//! Names that mean the same whoever sends them: OCSF paths, the Elastic Common Schema, and the plain
//! names of the many programs that log JSON of their own.

use std::sync::LazyLock;

use compact_str::CompactString;
use ward_event::{
    Event, Field,
    ocsf::{self, severity, status},
};

use super::{fields, names::Names};

#[derive(Debug, Clone, Copy)]
enum Known {
    Field(Field),
    /// A time, and how good: the lowest that can be read is the event's.
    Time(u8),
    Message,
    Class,
    Activity,
    Severity,
    Level,
    Category,
    Outcome,
    /// What was done, in the program's own word.
    Operation,
}

/// What the event's core needs and hot fields do not hold; places in the source fields.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In the order of preference.
    pub(crate) times: [Option<u16>; 4],
    pub(crate) message: Option<u16>,
}

const TIMES: [&[&str]; 4] = [
    &["@timestamp", "time", "timestamp", "ts", "_time"],
    &["event_time", "eventTime", "event_timestamp", "datetime", "log_time", "logtime", "TimeGenerated"],
    &["event.created", "date", "created_at", "createTime", "create_time"],
    &["@t", "t", "asctime"],
];

const MESSAGES: &[&str] = &["message", "msg", "Message", "log", "@m", "event.original"];

const ECS: &[(&str, Field)] = &[
    ("agent.name", Field::DeviceHostname),
    ("client.ip", Field::SrcIp),
    ("client.port", Field::SrcPort),
    ("destination.domain", Field::DstDomain),
    ("destination.ip", Field::DstIp),
    ("destination.mac", Field::DstMac),
    ("destination.port", Field::DstPort),
    ("dns.question.name", Field::QueryHostname),
    ("dns.question.type", Field::QueryType),
    ("event.code", Field::EventCode),
    ("event.id", Field::SourceUid),
    ("event.module", Field::LogProvider),
    ("file.path", Field::FilePath),
    ("host.hostname", Field::DeviceHostname),
    ("host.name", Field::DeviceHostname),
    ("host.ip", Field::DeviceIp),
    ("http.request.method", Field::HttpMethod),
    ("http.request.referrer", Field::HttpReferrer),
    ("http.response.body.bytes", Field::HttpLength),
    ("http.response.status_code", Field::HttpStatus),
    ("network.bytes", Field::Bytes),
    ("network.packets", Field::Packets),
    ("network.transport", Field::ProtocolName),
    ("network.iana_number", Field::ProtocolNum),
    ("observer.hostname", Field::DeviceHostname),
    ("process.command_line", Field::ProcCmdLine),
    ("process.entity_id", Field::ProcUid),
    ("process.executable", Field::ProcPath),
    ("process.parent.command_line", Field::ParentCmdLine),
    ("process.parent.executable", Field::ParentPath),
    ("process.parent.name", Field::ParentName),
    ("process.parent.pid", Field::ParentPid),
    ("registry.path", Field::RegKeyPath),
    ("rule.id", Field::FindingUid),
    ("rule.name", Field::FindingTitle),
    ("server.ip", Field::DstIp),
    ("server.port", Field::DstPort),
    ("service.name", Field::ServiceName),
    ("source.bytes", Field::BytesOut),
    ("destination.bytes", Field::BytesIn),
    ("source.domain", Field::SrcDomain),
    ("source.ip", Field::SrcIp),
    ("source.mac", Field::SrcMac),
    ("source.packets", Field::PacketsOut),
    ("destination.packets", Field::PacketsIn),
    ("source.port", Field::SrcPort),
    ("tls.client.server_name", Field::TlsSni),
    ("url.domain", Field::UrlHostname),
    ("url.full", Field::UrlText),
    ("url.original", Field::UrlText),
    ("url.path", Field::UrlPath),
    ("url.query", Field::UrlQuery),
    ("user.domain", Field::UserDomain),
    ("user.id", Field::UserUid),
    ("user_agent.original", Field::UserAgent),
];

const PLAIN: &[(&str, Field)] = &[
    ("app", Field::ActorAppName),
    ("app_name", Field::ActorAppName),
    ("application", Field::ActorAppName),
    ("client_ip", Field::SrcIp),
    ("clientIp", Field::SrcIp),
    ("database", Field::DatabaseName),
    ("dest_ip", Field::DstIp),
    ("dest_port", Field::DstPort),
    ("dst_ip", Field::DstIp),
    ("dst_port", Field::DstPort),
    ("host", Field::DeviceHostname),
    ("hostname", Field::DeviceHostname),
    ("ip", Field::SrcIp),
    ("method", Field::HttpMethod),
    ("pid", Field::ActorProcPid),
    ("protocol", Field::ProtocolName),
    ("query", Field::QueryString),
    ("remote_addr", Field::SrcIp),
    ("remote_ip", Field::SrcIp),
    ("request_method", Field::HttpMethod),
    ("rows", Field::Rows),
    ("session_id", Field::ActorSession),
    ("sql", Field::QueryString),
    ("src_ip", Field::SrcIp),
    ("src_port", Field::SrcPort),
    ("status_code", Field::StatusCode),
    ("tenant_id", Field::TenantUid),
    ("url", Field::UrlText),
    ("user", Field::UserName),
    ("user_name", Field::UserName),
    ("username", Field::UserName),
    ("userName", Field::UserName),
    ("user_agent", Field::UserAgent),
];

static TABLE: LazyLock<Names<Known>> = LazyLock::new(|| {
    let core = [
        ("class_uid", Known::Class),
        ("activity_id", Known::Activity),
        ("severity_id", Known::Severity),
        ("severity", Known::Level),
        ("level", Known::Level),
        ("log.level", Known::Level),
        ("levelname", Known::Level),
        ("event.category", Known::Category),
        ("event.outcome", Known::Outcome),
        ("outcome", Known::Outcome),
        ("result", Known::Outcome),
        ("event.action", Known::Operation),
        ("action", Known::Operation),
        ("operation", Known::Operation),
    ];
    let times =
        (0u8..).zip(TIMES).flat_map(|(rank, names)| names.iter().map(move |n| (*n, Known::Time(rank))));
    let messages = MESSAGES.iter().map(|n| (*n, Known::Message));
    let fields = ECS.iter().chain(PLAIN).map(|(n, f)| (*n, Known::Field(*f)));
    let paths = Field::ALL.iter().map(|f| (f.path(), Known::Field(*f)));
    Names::new(core.into_iter().chain(times).chain(messages).chain(fields).chain(paths))
});

/// Sets hot fields, class and severity from the source fields; returns where time and message stand.
pub(crate) fn assign(event: &mut Event) -> Found {
    let mut found = Found::default();
    let (mut category, mut operation) = (None, None);
    let unmapped = std::mem::take(&mut event.unmapped);
    for (at, source) in (0u16..).zip(&unmapped) {
        let Some(known) = look_up(&source.name) else { continue };
        let value = source.value.as_str();
        match known {
            Known::Field(field) => {
                if event.get(field).is_none() {
                    fields::assign(event, field, source);
                }
            }
            Known::Time(rank) => {
                found.times[usize::from(rank)].get_or_insert(at);
            }
            Known::Message if !source.is_json => {
                found.message.get_or_insert(at);
            }
            Known::Message => {}
            Known::Class => event.class_uid = value.parse().unwrap_or(0),
            Known::Activity => event.activity_id = value.parse().unwrap_or(0),
            Known::Severity => {
                if let Some(id) =
                    value.parse().ok().filter(|n| *n <= severity::FATAL || *n == severity::OTHER)
                {
                    event.severity_id = id;
                }
            }
            Known::Level => {
                if let Some(id) = level(value) {
                    event.severity_id = id;
                }
            }
            Known::Category => category = Some(fields::first_string(value).unwrap_or(value)),
            Known::Outcome => match value {
                "success" | "ok" | "成功" => event.set_uint(Field::StatusId, status::SUCCESS),
                "failure" | "failed" | "fail" | "失败" => event.set_uint(Field::StatusId, status::FAILURE),
                _ => {}
            },
            Known::Operation => operation = Some(value),
        }
    }
    if event.class_uid == ocsf::BASE_EVENT {
        classify(event, category, operation);
    }
    event.unmapped = unmapped;
    found
}

/// The name as it stands, or with its literal dots as nesting: `"event.category"` may be either.
fn look_up(name: &str) -> Option<Known> {
    match TABLE.get(name) {
        None if name.contains('\\') => TABLE.get(&name.replace("\\.", ".")),
        known => known,
    }
}

/// A class by ECS's category, a statement against a database, or a word for logging in.
fn classify(event: &mut Event, category: Option<&str>, operation: Option<&str>) {
    let logon = operation.and_then(logon_activity).map(|activity| (ocsf::AUTHENTICATION, activity));
    let statement = (event.get(Field::QueryString).is_some() && event.get(Field::DatabaseName).is_some())
        .then_some((ocsf::DATASTORE_ACTIVITY, 4));
    let Some((class, activity)) = category.and_then(ecs_class).or(statement).or(logon) else { return };
    event.class_uid = class;
    event.activity_id = activity;
    let copy = |event: &mut Event, from: Field, to: Field| {
        if event.get(to).is_none()
            && let Some(text) = event.text(from).map(CompactString::from)
        {
            event.set_text(to, text);
        }
    };
    match class {
        ocsf::AUTHENTICATION => {
            copy(event, Field::ActorUserName, Field::UserName);
            copy(event, Field::ActorAppName, Field::ServiceName);
            copy(event, Field::DeviceHostname, Field::DstHostname);
        }
        ocsf::PROCESS_ACTIVITY | ocsf::DATASTORE_ACTIVITY => {
            copy(event, Field::UserName, Field::ActorUserName);
        }
        _ => {}
    }
}

/// Logon 1, Logoff 2, by the word programs use.
pub(crate) fn logon_activity(word: &str) -> Option<u8> {
    match word.to_ascii_lowercase().as_str() {
        "login" | "logon" | "log in" | "signin" | "sign in" | "user_login" | "登录" | "登陆" => Some(1),
        "logout" | "logoff" | "log out" | "signout" | "sign out" | "user_logout" | "登出" | "退出"
        | "注销" => Some(2),
        _ => None,
    }
}

/// A class by `event.category`, with the activity that says "happened".
fn ecs_class(category: &str) -> Option<(u32, u8)> {
    match category {
        "authentication" => Some((ocsf::AUTHENTICATION, 1)),
        "process" => Some((ocsf::PROCESS_ACTIVITY, 1)),
        "network" => Some((ocsf::NETWORK_ACTIVITY, 6)),
        "web" => Some((ocsf::HTTP_ACTIVITY, 99)),
        "intrusion_detection" => Some((ocsf::DETECTION_FINDING, 1)),
        "database" => Some((ocsf::DATASTORE_ACTIVITY, 4)),
        _ => None,
    }
}

/// A severity by the word programs use for it.
fn level(word: &str) -> Option<u8> {
    Some(match word.to_ascii_lowercase().as_str() {
        "emergency" | "emerg" | "fatal" | "panic" => severity::FATAL,
        "alert" | "critical" | "crit" => severity::CRITICAL,
        "error" | "err" | "severe" | "high" => severity::HIGH,
        "warning" | "warn" | "medium" => severity::MEDIUM,
        "notice" | "low" => severity::LOW,
        "info" | "information" | "informational" | "debug" | "trace" => severity::INFORMATIONAL,
        _ => return None,
    })
}
