//! Syslog headers and which wire a unit's lines take.

use ward_event::Micros;

use super::{
    Batch, Channel, put,
    stamp::{Bsd, Local},
};
use crate::model::Unit;

/// Facility × 8 + severity (RFC 5424 § 6.2.1).
pub mod pri {
    pub const AUTHPRIV_INFO: u8 = 10 * 8 + 6;
    pub const AUTHPRIV_NOTICE: u8 = 10 * 8 + 5;
    pub const CRON_INFO: u8 = 9 * 8 + 6;
    pub const DAEMON_INFO: u8 = 3 * 8 + 6;
    pub const LOCAL0_INFO: u8 = 16 * 8 + 6;
    pub const LOCAL4_INFO: u8 = 20 * 8 + 6;
    pub const LOCAL4_WARNING: u8 = 20 * 8 + 4;
    pub const LOCAL5_INFO: u8 = 21 * 8 + 6;
    pub const LOCAL7_NOTICE: u8 = 23 * 8 + 5;
    pub const LOCAL7_ERROR: u8 = 23 * 8 + 3;
}

/// Security appliances take the TLS listener where the unit has one; everything else is plain TCP.
pub fn appliance_channel(unit: &Unit) -> Channel {
    if unit.spec.tls { Channel::SyslogTls } else { Channel::SyslogTcp }
}

/// An RFC 5424 header without MSGID and structured data; the message follows.
pub fn rfc5424(
    batch: &mut Batch,
    priority: u8,
    at: Micros,
    host: &str,
    app: &str,
    pid: Option<u32>,
) -> usize {
    let start = batch.begin();
    match pid {
        Some(pid) => put!(batch.bytes, "<{priority}>1 {} {host} {app} {pid} - - ", Local(at)),
        None => put!(batch.bytes, "<{priority}>1 {} {host} {app} - - - ", Local(at)),
    }
    start
}

/// An RFC 3164 header; the message follows.
pub fn rfc3164(batch: &mut Batch, priority: u8, at: Micros, host: &str) -> usize {
    let start = batch.begin();
    put!(batch.bytes, "<{priority}>{} {host} ", Bsd(at));
    start
}

/// The tenant's code at the head of a key=value line, from a sender that speaks for several units.
pub fn tenant(batch: &mut Batch, unit: &Unit) {
    if unit.spec.is_tenant() {
        put!(batch.bytes, "{}={} ", crate::model::TENANT_FIELD, unit.spec.tenant_code);
    }
}
