//! The fields a query may name: Ward's own, every hot field by its OCSF path, its column or a short
//! name in either language, and `unmapped.` for what only a source knows.

use std::{collections::HashMap, sync::LazyLock};

use ward_event::{Field, Kind as HotKind};

use crate::text::Lang;

/// How a field's values are read and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Address,
    /// Milliseconds or microseconds in the store, an instant in the query.
    Time,
    /// A unit's id or name.
    Unit,
    Class,
    Severity,
}

/// A field that is known by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldInfo {
    /// As pages write it.
    pub name: &'static str,
    pub kind: Kind,
    /// Columns of `events`; with several, one of them is enough.
    pub columns: Vec<&'static str>,
    /// The first is its Chinese name.
    pub aliases: &'static [&'static str],
}

/// What a name in a query means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Known(&'static FieldInfo),
    /// A field of the source.
    Source(String),
}

const SOURCE: &str = "unmapped.";

/// Name, kind, columns, aliases: what is no hot field, or several at once.
#[rustfmt::skip]
const OWN: &[(&str, Kind, &[&str], &[&str])] = &[
    ("hospital", Kind::Unit, &["hospital"], &["单位", "unit", "医院"]),
    ("sender", Kind::Text, &["sender"], &["采集器", "collector"]),
    ("class", Kind::Class, &["class_uid"], &["类别", "class_uid"]),
    ("severity", Kind::Severity, &["severity_id"], &["级别", "severity_id", "严重程度"]),
    ("format", Kind::Text, &["format"], &["来源", "source"]),
    ("ip", Kind::Address, &["src_ip", "dst_ip", "device_ip"], &["地址", "address"]),
    ("port", Kind::Number, &["src_port", "dst_port"], &["端口"]),
    ("account", Kind::Text, &["user_name", "actor_user_name"], &["账号"]),
    ("host", Kind::Text, &["device_hostname", "src_hostname", "dst_hostname"], &["主机", "hostname"]),
    ("message", Kind::Text, &["message"], &["消息", "msg"]),
    ("raw", Kind::Text, &["raw"], &["原文"]),
    ("time", Kind::Time, &["time"], &["时间"]),
    ("received", Kind::Time, &["received"], &["接收时间"]),
    ("time_quality", Kind::Text, &["time_quality"], &["时间质量"]),
    ("producer", Kind::Text, &["producer"], &["编号者"]),
    ("seq", Kind::Number, &["seq"], &["序号"]),
    ("parser", Kind::Text, &["parser"], &["解析器"]),
    ("activity_id", Kind::Number, &["activity_id"], &["活动编号"]),
    ("src_country", Kind::Text, &["src_country"], &["源国家"]),
    ("src_region", Kind::Text, &["src_region"], &["源省份"]),
    ("src_city", Kind::Text, &["src_city"], &["源城市"]),
    ("src_asn", Kind::Number, &["src_asn"], &["源自治域"]),
    ("src_as_org", Kind::Text, &["src_as_org"], &["源运营商"]),
    ("dst_country", Kind::Text, &["dst_country"], &["目的国家"]),
    ("dst_region", Kind::Text, &["dst_region"], &["目的省份"]),
    ("dst_city", Kind::Text, &["dst_city"], &["目的城市"]),
    ("dst_asn", Kind::Number, &["dst_asn"], &["目的自治域"]),
    ("dst_as_org", Kind::Text, &["dst_as_org"], &["目的运营商"]),
];

/// Short names of hot fields beside their path and column.
#[rustfmt::skip]
const fn aliases(field: Field) -> &'static [&'static str] {
    match field {
        Field::Action => &["动作"],
        Field::ActorAppName => &["客户端程序", "app"],
        Field::ActorCmdLine => &["发起命令行"],
        Field::ActorProcName => &["发起进程"],
        Field::ActorUserName => &["操作者", "actor"],
        Field::AuthProtocol => &["认证协议"],
        Field::DirectionId => &["方向", "direction"],
        Field::ProtocolName => &["协议", "protocol", "proto"],
        Field::DatabaseName => &["数据库", "database", "db"],
        Field::DeviceHostname => &["设备", "device"],
        Field::DeviceIp => &["设备地址"],
        Field::DeviceMac => &["设备网卡", "mac"],
        Field::DstDomain => &["目的域名"],
        Field::DstHostname => &["目的主机"],
        Field::DstIp => &["目的地址", "dst"],
        Field::DstPort => &["目的端口", "dport"],
        Field::DstService => &["目的服务"],
        Field::Duration => &["时长"],
        Field::FileName => &["文件名", "file"],
        Field::FilePath => &["文件路径"],
        Field::FileSize => &["文件大小"],
        Field::FindingTitle => &["检测名称", "signature"],
        Field::HttpMethod => &["请求方法", "method"],
        Field::HttpReferrer => &["来源页", "referer"],
        Field::UrlHostname => &["网址主机"],
        Field::UrlPath => &["网址路径"],
        Field::UrlText => &["网址"],
        Field::UserAgent => &["浏览器标识", "ua"],
        Field::HttpStatus => &["应答码"],
        Field::HttpLength => &["应答长度"],
        Field::JobName => &["任务名", "job"],
        Field::LogonTypeId => &["登录类型", "logon_type"],
        Field::EventCode => &["事件编号", "event_id", "eventid"],
        Field::LogName => &["日志名", "channel"],
        Field::LogProvider => &["日志提供者", "provider"],
        Field::ProductName => &["产品", "product"],
        Field::ProductVendor => &["厂商", "vendor"],
        Field::TenantUid => &["租户", "tenant"],
        Field::ModuleName => &["模块"],
        Field::ProcCmdLine => &["命令行", "cmd", "cmdline"],
        Field::ProcName => &["进程", "process"],
        Field::ParentName => &["父进程", "parent"],
        Field::ProcPath => &["进程路径"],
        Field::QueryHostname => &["查询域名", "domain", "dns"],
        Field::QueryType => &["查询类型"],
        Field::QueryString => &["查询语句", "sql"],
        Field::RegKeyPath => &["注册表项"],
        Field::RegValueName => &["注册表值"],
        Field::ServiceName => &["服务", "service"],
        Field::SessionUid => &["会话", "session"],
        Field::SrcHostname => &["源主机"],
        Field::SrcIp => &["源地址", "src"],
        Field::SrcPort => &["源端口", "sport"],
        Field::Status => &["状态"],
        Field::StatusCode => &["状态码"],
        Field::StatusDetail => &["状态说明"],
        Field::TlsSni => &["加密域名", "sni"],
        Field::Bytes => &["字节数"],
        Field::BytesIn => &["入字节"],
        Field::BytesOut => &["出字节"],
        Field::Packets => &["包数"],
        Field::UserDomain => &["用户域"],
        Field::UserName => &["用户", "user"],
        Field::Rows => &["行数"],
        _ => &[],
    }
}

const fn kind(field: Field) -> Kind {
    match field.kind() {
        HotKind::Text => Kind::Text,
        HotKind::Uint => Kind::Number,
        HotKind::Ip => Kind::Address,
        HotKind::Time => Kind::Time,
    }
}

static FIELDS: LazyLock<Vec<FieldInfo>> = LazyLock::new(|| {
    let own = OWN.iter().map(|(name, kind, columns, aliases)| FieldInfo {
        name,
        kind: *kind,
        columns: columns.to_vec(),
        aliases,
    });
    let hot = Field::ALL.iter().map(|f| FieldInfo {
        name: f.path(),
        kind: kind(*f),
        columns: vec![f.column()],
        aliases: aliases(*f),
    });
    own.chain(hot).collect()
});

/// Every name, in lower case.
static NAMES: LazyLock<HashMap<String, usize>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for (i, field) in FIELDS.iter().enumerate() {
        for name in field.names() {
            // The first that has a name keeps it: Ward's own stand in front.
            names.entry(name.to_lowercase()).or_insert(i);
        }
    }
    names
});

impl FieldInfo {
    /// Every name it answers to.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        // The column of a field that is one column is its name, too.
        let column = (self.columns.len() == 1).then(|| self.columns[0]);
        std::iter::once(self.name).chain(column).chain(self.aliases.iter().copied())
    }

    /// For a heading.
    pub(crate) fn label(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.aliases.first().copied().unwrap_or(self.name),
            Lang::En => self.name,
        }
    }

    /// One column that holds the value and is no number of milliseconds: it can be a column of the
    /// result, and can be counted.
    pub(crate) fn is_countable(&self) -> bool {
        self.columns.len() == 1 && self.kind != Kind::Time && !matches!(self.name, "message" | "raw" | "seq")
    }
}

pub(crate) fn all() -> &'static [FieldInfo] {
    &FIELDS
}

/// What a name means; `None` for one that is not known.
pub(crate) fn resolve(name: &str) -> Option<Target> {
    if let Some(index) = NAMES.get(&name.to_lowercase()) {
        return FIELDS.get(*index).map(Target::Known);
    }
    // The source's names keep their case.
    let (front, rest) = name.split_at_checked(SOURCE.len())?;
    (front.eq_ignore_ascii_case(SOURCE) && !rest.is_empty()).then(|| Target::Source(rest.to_owned()))
}

/// The name by which a field of the source is asked for.
pub(crate) fn source_name(name: &str) -> String {
    format!("{SOURCE}{name}")
}

/// The known name most like a wrong one, if any is.
pub(crate) fn similar(name: &str) -> Option<&'static str> {
    let wanted = name.to_lowercase();
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_lowercase();
    let near = |known: &str| {
        let distance = distance(&known.to_lowercase(), &wanted);
        let allowed = (wanted.chars().count() / 3).min(2);
        (distance <= allowed).then_some(distance)
    };
    let by_name = FIELDS.iter().flat_map(FieldInfo::names).filter_map(|n| near(n).map(|d| (d, n))).min();
    by_name
        .map(|(_, name)| name)
        .or_else(|| FIELDS.iter().find(|f| last(f.name) == last(&wanted)).map(|f| f.name))
}

/// Levenshtein's.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = corner + usize::from(ca != *cb);
            corner = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hot_field_has_its_path_column_and_names() {
        let name = |n: &str| match resolve(n) {
            Some(Target::Known(field)) => field.name,
            other => panic!("{n}: {other:?}"),
        };
        for field in Field::ALL {
            assert_eq!(name(field.path()), field.path());
            assert_eq!(name(field.column()), field.path());
            for alias in aliases(*field) {
                assert_eq!(name(alias), field.path(), "{alias} is another field's name");
            }
        }
        for (own, _, _, names) in OWN {
            for alias in *names {
                assert_eq!(name(alias), *own, "{alias}");
            }
        }
        assert_eq!(name("SRC_IP"), "src_endpoint.ip");
        assert_eq!(resolve("unmapped.TargetUserName"), Some(Target::Source("TargetUserName".into())));
        assert_eq!(resolve("unmapped."), None);
        assert_eq!(resolve("nonsense"), None);
    }

    #[test]
    fn columns_are_those_of_the_table() {
        let table = include_str!("../../../sql/clickhouse/001_events.sql");
        for field in all() {
            for column in &field.columns {
                assert!(table.contains(&format!("\n  {column} ")), "{column}");
            }
        }
    }

    #[test]
    fn a_wrong_name_finds_the_right_one() {
        assert_eq!(similar("scr_ip"), Some("src_ip"));
        assert_eq!(similar("hostnam"), Some("hostname"));
        assert_eq!(similar("源地趾"), Some("源地址"));
        assert_eq!(similar("xyzzy"), None);
    }
}
