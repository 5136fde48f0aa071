//! The table of hot fields: one line each. JSON codec, ClickHouse columns and Sigma look-up are
//! made from it, so a new hot field is one line here and one column in a migration.
//!
//! The lines stand in the order of their OCSF path: the JSON writer opens and closes objects by
//! comparing neighbours.

use std::net::IpAddr;

use compact_str::CompactString;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Uint,
    Ip,
    /// Milliseconds since the epoch (OCSF `timestamp_t`).
    Time,
}

/// The value of a hot field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(CompactString),
    Uint(u64),
    Ip(IpAddr),
}

macro_rules! fields {
    ($($name:ident $kind:ident $path:literal $column:literal;)*) => {
        /// A hot field of the event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field { $($name),* }

        impl Field {
            pub const ALL: &'static [Field] = &[$(Field::$name),*];
            const KINDS: &'static [Kind] = &[$(Kind::$kind),*];
            const PATHS: &'static [&'static str] = &[$($path),*];
            const COLUMNS: &'static [&'static str] = &[$($column),*];
        }
    };
}

// name            kind path                                 column
fields! {
    Action          Text "action"                            "action";
    ActionId        Uint "action_id"                         "action_id";
    ActorAppName    Text "actor.app_name"                    "actor_app_name";
    ActorCmdLine    Text "actor.process.cmd_line"            "actor_cmd_line";
    ActorProcName   Text "actor.process.name"                "actor_process_name";
    ActorProcPath   Text "actor.process.path"                "actor_process_path";
    ActorProcPid    Uint "actor.process.pid"                 "actor_process_pid";
    ActorProcUid    Text "actor.process.uid"                 "actor_process_uid";
    ActorSession    Text "actor.session.uid"                 "actor_session";
    ActorUserDomain Text "actor.user.domain"                 "actor_user_domain";
    ActorUserName   Text "actor.user.name"                   "actor_user_name";
    ActorUserUid    Text "actor.user.uid"                    "actor_user_uid";
    AuthProtocol    Text "auth_protocol"                     "auth_protocol";
    DirectionId     Uint "connection_info.direction_id"      "direction_id";
    ProtocolName    Text "connection_info.protocol_name"     "protocol_name";
    ProtocolNum     Uint "connection_info.protocol_num"      "protocol_num";
    TcpFlags        Uint "connection_info.tcp_flags"         "tcp_flags";
    DatabaseName    Text "database.name"                     "database_name";
    DeviceHostname  Text "device.hostname"                   "device_hostname";
    DeviceIp        Ip   "device.ip"                         "device_ip";
    DeviceMac       Text "device.mac"                        "device_mac";
    DeviceUid       Text "device.uid"                        "device_uid";
    DstDomain       Text "dst_endpoint.domain"               "dst_domain";
    DstHostname     Text "dst_endpoint.hostname"             "dst_hostname";
    DstIp           Ip   "dst_endpoint.ip"                   "dst_ip";
    DstMac          Text "dst_endpoint.mac"                  "dst_mac";
    DstPort         Uint "dst_endpoint.port"                 "dst_port";
    DstService      Text "dst_endpoint.svc_name"             "dst_service";
    Duration        Uint "duration"                          "duration_ms";
    EndTime         Time "end_time"                          "end_time";
    FileName        Text "file.name"                         "file_name";
    FilePath        Text "file.path"                         "file_path";
    FileSize        Uint "file.size"                         "file_size";
    FindingTitle    Text "finding_info.title"                "finding_title";
    FindingUid      Text "finding_info.uid"                  "finding_uid";
    HttpMethod      Text "http_request.http_method"          "http_method";
    HttpReferrer    Text "http_request.referrer"             "http_referrer";
    UrlHostname     Text "http_request.url.hostname"         "url_hostname";
    UrlPath         Text "http_request.url.path"             "url_path";
    UrlQuery        Text "http_request.url.query_string"     "url_query";
    UrlText         Text "http_request.url.url_string"       "url";
    UserAgent       Text "http_request.user_agent"           "user_agent";
    HttpStatus      Uint "http_response.code"                "http_status";
    HttpLength      Uint "http_response.length"              "http_length";
    JobName         Text "job.name"                          "job_name";
    LogonTypeId     Uint "logon_type_id"                     "logon_type_id";
    EventCode       Text "metadata.event_code"               "event_code";
    LogName         Text "metadata.log_name"                 "log_name";
    LogProvider     Text "metadata.log_provider"             "log_provider";
    OriginalTime    Text "metadata.original_time"            "original_time";
    ProductName     Text "metadata.product.name"             "product_name";
    ProductVendor   Text "metadata.product.vendor_name"      "product_vendor";
    TenantUid       Text "metadata.tenant_uid"               "tenant_uid";
    SourceUid       Text "metadata.uid"                      "source_uid";
    ModuleName      Text "module.file.name"                  "module_name";
    ModulePath      Text "module.file.path"                  "module_path";
    ProcCmdLine     Text "process.cmd_line"                  "process_cmd_line";
    ProcName        Text "process.name"                      "process_name";
    ParentCmdLine   Text "process.parent_process.cmd_line"   "parent_cmd_line";
    ParentName      Text "process.parent_process.name"       "parent_name";
    ParentPath      Text "process.parent_process.path"       "parent_path";
    ParentPid       Uint "process.parent_process.pid"        "parent_pid";
    ProcPath        Text "process.path"                      "process_path";
    ProcPid         Uint "process.pid"                       "process_pid";
    ProcUid         Text "process.uid"                       "process_uid";
    QueryHostname   Text "query.hostname"                    "dns_query";
    QueryType       Text "query.type"                        "dns_type";
    QueryString     Text "query_info.query_string"           "query_string";
    RegKeyPath      Text "reg_key.path"                      "reg_key";
    RegValueData    Text "reg_value.data"                    "reg_value_data";
    RegValueName    Text "reg_value.name"                    "reg_value_name";
    RegValuePath    Text "reg_value.path"                    "reg_value_path";
    ServiceName     Text "service.name"                      "service_name";
    SessionUid      Text "session.uid"                       "session_uid";
    SrcDomain       Text "src_endpoint.domain"               "src_domain";
    SrcHostname     Text "src_endpoint.hostname"             "src_hostname";
    SrcIp           Ip   "src_endpoint.ip"                   "src_ip";
    SrcMac          Text "src_endpoint.mac"                  "src_mac";
    SrcPort         Uint "src_endpoint.port"                 "src_port";
    StartTime       Time "start_time"                        "start_time";
    Status          Text "status"                            "status";
    StatusCode      Text "status_code"                       "status_code";
    StatusDetail    Text "status_detail"                     "status_detail";
    StatusId        Uint "status_id"                         "status_id";
    TlsSni          Text "tls.sni"                           "tls_sni";
    Bytes           Uint "traffic.bytes"                     "bytes";
    BytesIn         Uint "traffic.bytes_in"                  "bytes_in";
    BytesOut        Uint "traffic.bytes_out"                 "bytes_out";
    Packets         Uint "traffic.packets"                   "packets";
    PacketsIn       Uint "traffic.packets_in"                "packets_in";
    PacketsOut      Uint "traffic.packets_out"               "packets_out";
    UserDomain      Text "user.domain"                       "user_domain";
    UserName        Text "user.name"                         "user_name";
    UserUid         Text "user.uid"                          "user_uid";
    Rows            Uint "ward.rows"                         "rows";
}

impl Field {
    #[inline]
    pub const fn kind(self) -> Kind {
        Self::KINDS[self as usize]
    }

    /// The OCSF path, segments joined by `.`.
    #[inline]
    pub const fn path(self) -> &'static str {
        Self::PATHS[self as usize]
    }

    /// The column of table `events`. Text columns are `String`, ports and ids the smallest fitting
    /// unsigned type, addresses `IPv6`; absent is the type's default.
    #[inline]
    pub const fn column(self) -> &'static str {
        Self::COLUMNS[self as usize]
    }

    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|f| f.path() == path)
    }

    /// An attribute that OCSF requires whenever the object around it is present, and whose zero
    /// means "unknown": written as 0 when absent, absent when read as 0.
    pub const fn zero_is_absent(self) -> bool {
        matches!(self, Self::DirectionId)
    }
}

/// Attributes that OCSF requires of an object and that Ward keeps no field for: written as given,
/// skipped when read.
pub(crate) const REQUIRED: &[(&str, &str)] = &[
    ("device", "\"type_id\":0"),
    ("file", "\"type_id\":0"),
    ("module", "\"load_type_id\":0"),
    ("module.file", "\"type_id\":0"),
    ("database", "\"type_id\":0"),
    ("query_info", "\"name\":\"sql\""),
    ("tls", "\"version\":\"unknown\""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_path_order_and_columns_are_distinct() {
        let key = |f: &Field| f.path().split('.').map(str::to_owned).collect::<Vec<_>>();
        for pair in Field::ALL.windows(2) {
            if pair[1] != Field::Rows {
                assert!(key(&pair[0]) < key(&pair[1]), "{:?} before {:?}", pair[0], pair[1]);
            }
        }
        let mut columns: Vec<_> = Field::ALL.iter().map(|f| f.column()).collect();
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), Field::ALL.len());
    }
}
