//! The database audit box: one key=value line a statement.

use std::net::Ipv4Addr;

use ward_event::Micros;

use super::{
    Batch, Channel, put,
    stamp::Plain,
    syslog::{self, pri},
};
use crate::model::{HostKind, Unit};

/// One audited statement.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    pub session: u32,
    pub client_ip: Ipv4Addr,
    pub client_port: u16,
    pub client_host: &'a str,
    pub os_user: &'a str,
    pub program: &'a str,
    pub db_user: &'a str,
    pub schema: &'a str,
    pub object: &'a str,
    pub op: &'a str,
    /// Double quotes inside are doubled on the wire.
    pub statement: &'a str,
    pub rows: u64,
    /// Oracle's return code, 0 for success.
    pub ret: u32,
    pub duration_ms: u32,
    pub risk: &'a str,
}

pub fn statement(batch: &mut Batch, unit: &Unit, at: Micros, s: &Statement<'_>) {
    let device = &unit.host(HostKind::DbAudit).name;
    let start = syslog::rfc5424(batch, pri::LOCAL5_INFO, at, device, "dbaudit", None);
    syslog::tenant(batch, unit);
    put!(
        batch.bytes,
        "time=\"{}\" session={} client_ip={} client_port={} client_host={} os_user={} program=\"{}\" db_user={} \
         instance=ORCL schema={} object={} op={} statement=\"{}\" rows={} ret={} duration_ms={} risk={}",
        Plain(at),
        s.session,
        s.client_ip,
        s.client_port,
        s.client_host,
        s.os_user,
        s.program,
        s.db_user,
        s.schema,
        s.object,
        s.op,
        s.statement,
        s.rows,
        s.ret,
        s.duration_ms,
        s.risk
    );
    let channel = if unit.spec.is_tenant() { Channel::SyslogTcp } else { syslog::appliance_channel(unit) };
    batch.end(start, at, unit.index, channel, 1);
}
