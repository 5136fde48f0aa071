//! Firewall sessions and VPN log-ins as key=value over syslog.

use std::net::IpAddr;

use ward_event::Micros;

use super::{
    Batch, put,
    syslog::{self, pri},
};
use crate::model::{HostKind, Unit};

/// One session.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub sport: u16,
    pub dport: u16,
    /// IANA protocol number.
    pub proto: u8,
    pub sent: u64,
    pub rcvd: u64,
    pub policy: u32,
    pub accept: bool,
}

pub fn session(batch: &mut Batch, unit: &Unit, at: Micros, s: &Session) {
    let device = &unit.host(HostKind::Firewall).name;
    let (priority, action) =
        if s.accept { (pri::LOCAL4_INFO, "accept") } else { (pri::LOCAL4_WARNING, "deny") };
    let start = syslog::rfc5424(batch, priority, at, device, "firewall", None);
    put!(
        batch.bytes,
        "devname=\"{device}\" type=traffic action={action} src={} sport={} dst={} dport={} proto={} sent={} rcvd={} policy={}",
        s.src,
        s.sport,
        s.dst,
        s.dport,
        s.proto,
        s.sent,
        s.rcvd,
        s.policy
    );
    batch.end(start, at, unit.index, syslog::appliance_channel(unit), 1);
}

pub fn vpn(batch: &mut Batch, unit: &Unit, at: Micros, user: &str, src: IpAddr, action: &str, ok: bool) {
    let device = &unit.host(HostKind::Vpn).name;
    let result = if ok { "success" } else { "failure" };
    let start = syslog::rfc5424(batch, pri::LOCAL4_INFO, at, device, "vpn", None);
    put!(
        batch.bytes,
        "devname=\"{device}\" type=vpn subtype=ssl action={action} user={user} src={src} result={result} group=staff",
    );
    batch.end(start, at, unit.index, syslog::appliance_channel(unit), 1);
}

/// The appliance's own sign of life.
pub fn beat(batch: &mut Batch, unit: &Unit, at: Micros, device: &str, sessions: usize) {
    let start = syslog::rfc5424(batch, pri::LOCAL4_INFO, at, device, "health", None);
    syslog::tenant(batch, unit);
    put!(batch.bytes, "devname=\"{device}\" type=system subtype=health sessions={sessions} status=ok");
    let channel =
        if unit.spec.is_tenant() { super::Channel::SyslogTcp } else { syslog::appliance_channel(unit) };
    batch.end(start, at, unit.index, channel, 1);
}
