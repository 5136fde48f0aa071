//! What a key means: one table for database audits, firewalls and log-ins, in the spellings seen.

use std::sync::LazyLock;

use compact_str::CompactString;
use ward_event::{Event, Field, Micros, ocsf::status};

use super::{Pair, Record};
use crate::parse::{complete::complete, fields, names::Names, time};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    SrcIp,
    SrcPort,
    SrcHost,
    SrcMac,
    DstIp,
    DstPort,
    DstHost,
    User,
    Program,
    Database,
    Statement,
    Rows,
    ReturnCode,
    Result,
    Operation,
    Session,
    Protocol,
    Sent,
    Received,
    Bytes,
    Packets,
    Duration,
    Service,
    Device,
    Url,
    Time,
    Date,
}

const SLOTS: usize = Slot::Date as usize + 1;

/// Keys in lower case.
static KEYS: LazyLock<Names<Slot>> = LazyLock::new(|| {
    use Slot as S;
    let table: &[(Slot, &[&str])] = &[
        (
            S::SrcIp,
            &[
                "src",
                "srcip",
                "src_ip",
                "sip",
                "source_ip",
                "sourceip",
                "client_ip",
                "clientip",
                "cip",
                "client_addr",
                "remote_ip",
                "source_address",
                "ip",
                "源ip",
                "源地址",
                "客户端ip",
            ],
        ),
        (S::SrcPort, &["spt", "srcport", "src_port", "sport", "source_port", "client_port", "源端口"]),
        (
            S::SrcHost,
            &[
                "srchost",
                "src_host",
                "client_host",
                "clienthost",
                "hostname",
                "host",
                "terminal",
                "userhost",
                "machine",
                "client_name",
                "客户端主机",
            ],
        ),
        (S::SrcMac, &["srcmac", "src_mac", "smac", "client_mac"]),
        (
            S::DstIp,
            &[
                "dst",
                "dstip",
                "dst_ip",
                "dip",
                "dest_ip",
                "destination_ip",
                "server_ip",
                "serverip",
                "db_ip",
                "destination_address",
                "目的ip",
                "目的地址",
                "服务器ip",
            ],
        ),
        (
            S::DstPort,
            &["dpt", "dstport", "dst_port", "dport", "dest_port", "server_port", "db_port", "目的端口"],
        ),
        (S::DstHost, &["dsthost", "dst_host", "server_host", "server", "db_host"]),
        (
            S::User,
            &[
                "user",
                "username",
                "user_name",
                "dbuser",
                "db_user",
                "dbusername",
                "suser",
                "duser",
                "login_user",
                "loginname",
                "account",
                "userid",
                "用户",
                "用户名",
                "账号",
                "数据库用户",
            ],
        ),
        (
            S::Program,
            &[
                "program",
                "program_name",
                "app",
                "appname",
                "application",
                "client_program",
                "client_app",
                "module",
                "tool",
                "process",
                "程序",
                "客户端程序",
            ],
        ),
        (
            S::Database,
            &[
                "database",
                "db",
                "dbname",
                "db_name",
                "schema",
                "instance",
                "service_name",
                "instance_name",
                "数据库",
                "库名",
            ],
        ),
        (
            S::Statement,
            &["sql", "statement", "query", "sql_text", "sqltext", "stmt", "sqlstr", "语句", "sql语句"],
        ),
        (
            S::Rows,
            &[
                "rows",
                "row_count",
                "rowcount",
                "affected_rows",
                "rows_returned",
                "return_rows",
                "row_num",
                "records",
                "行数",
                "返回行数",
                "影响行数",
            ],
        ),
        (
            S::ReturnCode,
            &["return_code", "returncode", "retcode", "ret", "rc", "error_code", "errcode", "返回码"],
        ),
        (S::Result, &["result", "status", "outcome", "结果"]),
        (
            S::Operation,
            &[
                "action",
                "act",
                "operation",
                "op",
                "cmd",
                "command",
                "sql_type",
                "event",
                "动作",
                "操作",
                "操作类型",
            ],
        ),
        (S::Session, &["session", "sessionid", "session_id", "sid"]),
        (S::Protocol, &["proto", "protocol", "协议"]),
        (S::Sent, &["sentbyte", "sent", "bytes_sent", "out_bytes", "sent_bytes", "bytesout"]),
        (S::Received, &["rcvdbyte", "rcvd", "bytes_received", "in_bytes", "rcvd_bytes", "bytesin"]),
        (S::Bytes, &["bytes", "len", "total_bytes", "流量"]),
        (S::Packets, &["packets", "pkts"]),
        (S::Duration, &["duration_ms", "elapsed_ms"]),
        (S::Service, &["service", "svc", "服务"]),
        (S::Device, &["devname", "fw", "device", "device_name", "dvc"]),
        (S::Url, &["url", "request_url"]),
        (S::Time, &["time", "eventtime", "event_time", "timestamp", "datetime", "发生时间", "时间"]),
        (S::Date, &["date", "日期"]),
    ];
    Names::new(table.iter().flat_map(|(slot, names)| names.iter().map(|n| (*n, *slot))))
});

/// The values of a record by what they mean; the first of each.
pub(super) struct Slots<'p>([Option<&'p str>; SLOTS]);

impl<'p> Slots<'p> {
    pub(super) fn of(pairs: &'p [Pair<'_>]) -> Self {
        let mut slots = [None; SLOTS];
        for pair in pairs {
            let mut lower = CompactString::from(pair.key);
            lower.make_ascii_lowercase();
            if let Some(slot) = KEYS.get(&lower)
                && !fields::is_unset(&pair.value)
            {
                slots[slot as usize].get_or_insert(pair.value.as_ref());
            }
        }
        Self(slots)
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&'p str> {
        self.0[slot as usize]
    }

    pub(super) fn has(&self, slot: Slot) -> bool {
        self.get(slot).is_some()
    }

    /// Sets the hot fields whose meaning does not depend on the kind of record.
    pub(super) fn assign(&self, event: &mut Event) {
        const TABLE: &[(Slot, Field)] = &[
            (Slot::Program, Field::ActorAppName),
            (Slot::Session, Field::ActorSession),
            (Slot::Protocol, Field::ProtocolName),
            (Slot::Database, Field::DatabaseName),
            (Slot::DstHost, Field::DstHostname),
            (Slot::DstIp, Field::DstIp),
            (Slot::DstPort, Field::DstPort),
            (Slot::Service, Field::DstService),
            (Slot::Duration, Field::Duration),
            (Slot::Statement, Field::QueryString),
            (Slot::SrcHost, Field::SrcHostname),
            (Slot::SrcIp, Field::SrcIp),
            (Slot::SrcMac, Field::SrcMac),
            (Slot::SrcPort, Field::SrcPort),
            (Slot::ReturnCode, Field::StatusCode),
            (Slot::Bytes, Field::Bytes),
            (Slot::Received, Field::BytesIn),
            (Slot::Sent, Field::BytesOut),
            (Slot::Packets, Field::Packets),
            (Slot::Url, Field::UrlText),
            (Slot::Rows, Field::Rows),
        ];
        for (slot, field) in TABLE {
            if let Some(value) = self.get(*slot) {
                fields::assign_text(event, *field, value);
            }
        }
        // SonicWall and others write "192.0.0.159:6734:X1" for address, port and interface.
        for (slot, ip, port) in
            [(Slot::SrcIp, Field::SrcIp, Field::SrcPort), (Slot::DstIp, Field::DstIp, Field::DstPort)]
        {
            if event.get(ip).is_none()
                && let Some((address, rest)) = self.get(slot).and_then(|v| v.split_once(':'))
                && fields::assign_text(event, ip, address)
            {
                fields::assign_text(event, port, rest.split(':').next().unwrap_or(""));
            }
        }
    }

    /// The record's own time, in one pair or as `date=… time=…`.
    pub(super) fn time(&self, received: Micros) -> Option<Micros> {
        let text = self.get(Slot::Time)?;
        time::any(text, received)
            .or_else(|| time::any(&format!("{} {text}", self.get(Slot::Date)?), received))
    }

    /// `StatusId` from a result word or a return code.
    pub(super) fn status(&self) -> Option<u64> {
        let word = self.get(Slot::Result).or(self.get(Slot::ReturnCode))?;
        match word.to_ascii_lowercase().as_str() {
            "0" | "ok" | "success" | "succeeded" | "successful" | "true" | "accept" | "allow" | "成功" => {
                Some(status::SUCCESS)
            }
            "fail" | "failed" | "failure" | "error" | "denied" | "deny" | "false" | "失败" | "拒绝" => {
                Some(status::FAILURE)
            }
            // ORA-01017, 1045, -2: a code that is not zero.
            code if code.bytes().any(|b| b.is_ascii_digit()) => Some(status::FAILURE),
            _ => None,
        }
    }
}

/// Adds the record's pairs to the source fields, under their own names.
pub(super) fn push_pairs(event: &mut Event, pairs: &[Pair<'_>]) {
    event.unmapped.reserve(pairs.len());
    for (i, pair) in pairs.iter().enumerate() {
        let mut name = CompactString::from(pair.key);
        if pair.key.contains('.') {
            name = pair.key.replace('.', "\\.").into();
        }
        let earlier = pairs[..i].iter().filter(|p| p.key == pair.key).count();
        if earlier > 0 {
            name.push_str(&format!("#{}", earlier + 1));
        }
        event.push_unmapped(name, pair.value.as_ref());
    }
}

/// A record of pairs that is no other kind: addresses and the user are set, the class stays.
pub(super) fn read_any(event: &mut Event, record: &Record<'_>) -> bool {
    for (slot, field) in [
        (Slot::SrcIp, Field::SrcIp),
        (Slot::SrcPort, Field::SrcPort),
        (Slot::DstIp, Field::DstIp),
        (Slot::DstPort, Field::DstPort),
        (Slot::User, Field::ActorUserName),
    ] {
        if let Some(value) = record.slots.get(slot) {
            fields::assign_text(event, field, value);
        }
    }
    push_pairs(event, record.pairs);
    complete(event);
    true
}
