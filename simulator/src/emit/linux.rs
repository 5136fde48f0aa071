//! What Linux servers write: sshd, sudo, cron, systemd, in their own words.

use std::net::Ipv4Addr;

use ward_event::Micros;

use super::{
    Batch, Channel, put,
    syslog::{self, pri},
};
use crate::model::{Host, Unit};

/// Who came from where, for the lines of sshd.
#[derive(Debug, Clone, Copy)]
pub struct Ssh<'a> {
    pub user: &'a str,
    pub from: Ipv4Addr,
    pub port: u16,
    pub pid: u32,
}

fn sshd(batch: &mut Batch, unit: &Unit, at: Micros, host: &Host, pid: u32, text: std::fmt::Arguments<'_>) {
    let start = syslog::rfc5424(batch, pri::AUTHPRIV_INFO, at, &host.name, "sshd", Some(pid));
    put!(batch.bytes, "{text}");
    batch.end(start, at, unit.index, Channel::SyslogTcp, 1);
}

pub fn ssh_accepted(batch: &mut Batch, unit: &Unit, at: Micros, host: &Host, who: Ssh<'_>, method: &str) {
    let Ssh { user, from, port, pid } = who;
    sshd(
        batch,
        unit,
        at,
        host,
        pid,
        format_args!("Accepted {method} for {user} from {from} port {port} ssh2"),
    );
}

pub fn ssh_failed(batch: &mut Batch, unit: &Unit, at: Micros, host: &Host, who: Ssh<'_>, known: bool) {
    let Ssh { user, from, port, pid } = who;
    let invalid = if known { "" } else { "invalid user " };
    sshd(
        batch,
        unit,
        at,
        host,
        pid,
        format_args!("Failed password for {invalid}{user} from {from} port {port} ssh2"),
    );
}

pub fn ssh_closed(batch: &mut Batch, unit: &Unit, at: Micros, host: &Host, user: &str, pid: u32) {
    sshd(batch, unit, at, host, pid, format_args!("pam_unix(sshd:session): session closed for user {user}"));
}

pub fn sudo(batch: &mut Batch, unit: &Unit, at: Micros, host: &Host, user: &str, command: &str) {
    let start = syslog::rfc5424(batch, pri::AUTHPRIV_NOTICE, at, &host.name, "sudo", None);
    put!(batch.bytes, "{user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND={command}");
    batch.end(start, at, unit.index, Channel::SyslogTcp, 1);
}

pub fn cron(batch: &mut Batch, unit: &Unit, at: Micros, host: &Host, pid: u32, command: &str) {
    let start = syslog::rfc5424(batch, pri::CRON_INFO, at, &host.name, "CRON", Some(pid));
    put!(batch.bytes, "(root) CMD ({command})");
    batch.end(start, at, unit.index, Channel::SyslogTcp, 1);
}

pub fn systemd(batch: &mut Batch, unit: &Unit, at: Micros, host: &Host, text: &str) {
    let start = syslog::rfc5424(batch, pri::DAEMON_INFO, at, &host.name, "systemd", Some(1));
    put!(batch.bytes, "{text}");
    batch.end(start, at, unit.index, Channel::SyslogTcp, 1);
}
