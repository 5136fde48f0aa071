//! Windows events as Winlogbeat 8 writes them: Security and System logs, and Sysmon.

use std::net::Ipv4Addr;

use ward_event::Micros;

use super::{Batch, Channel, Json, put, stamp::Utc};
use crate::model::{Host, TENANT_FIELD, Unit};

const SECURITY: (&str, &str) = ("Security", "Microsoft-Windows-Security-Auditing");
const SYSTEM: (&str, &str) = ("System", "Service Control Manager");
const EVENTLOG: (&str, &str) = ("Security", "Microsoft-Windows-Eventlog");
const SYSMON: (&str, &str) = ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon");

/// An account as an event names it.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    pub user: &'a str,
    pub rid: u32,
}

/// Where a log-on came from.
#[derive(Debug, Clone, Copy)]
pub struct From<'a> {
    pub ip: Ipv4Addr,
    pub host: &'a str,
    pub port: u16,
    /// 2 interactive, 3 network, 5 service, 10 remote desktop.
    pub kind: u8,
}

/// A process and what started it.
#[derive(Debug, Clone, Copy)]
pub struct Process<'a> {
    pub pid: u32,
    pub image: &'a str,
    pub command: &'a str,
    pub parent_pid: u32,
    pub parent: &'a str,
    pub parent_command: &'a str,
}

/// A connection that a process made.
#[derive(Debug, Clone, Copy)]
pub struct Connection<'a> {
    pub pid: u32,
    pub image: &'a str,
    pub src: Ipv4Addr,
    pub sport: u16,
    pub dst: Ipv4Addr,
    pub dport: u16,
}

/// A document, with its event data open.
struct Document<'b> {
    batch: &'b mut Batch,
    start: usize,
    at: Micros,
    unit: usize,
    first: bool,
}

impl<'b> Document<'b> {
    fn new(
        batch: &'b mut Batch,
        unit: &Unit,
        at: Micros,
        host: &Host,
        log: (&str, &str),
        code: u32,
        action: &str,
    ) -> Self {
        let start = batch.begin();
        let (channel, provider) = log;
        put!(
            batch.bytes,
            "{{\"@timestamp\":\"{}\",\"event\":{{\"code\":\"{code}\",\"kind\":\"event\",\"provider\":\"{provider}\",\"action\":\"{action}\"}},",
            Utc(at)
        );
        if unit.spec.is_tenant() {
            put!(batch.bytes, "\"{TENANT_FIELD}\":\"{}\",", unit.spec.tenant_code);
        }
        let domain = unit.domain().to_ascii_lowercase();
        put!(
            batch.bytes,
            "\"host\":{{\"name\":\"{0}\",\"ip\":[\"{1}\"],\"os\":{{\"type\":\"windows\"}}}},\"agent\":{{\"type\":\"winlogbeat\",\"version\":\"8.14.0\",\"name\":\"{0}\"}},\
             \"log\":{{\"level\":\"information\"}},\"winlog\":{{\"channel\":\"{channel}\",\"provider_name\":\"{provider}\",\"event_id\":\"{code}\",\
             \"record_id\":{2},\"computer_name\":\"{0}.{domain}.example\",\"event_data\":{{",
            host.name,
            host.ip,
            at.0 % 1_000_000_000_000
        );
        Self { batch, start, at, unit: unit.index, first: true }
    }

    fn put(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.comma();
        put!(self.batch.bytes, "\"{name}\":\"{value}\"");
        self
    }

    fn text(self, name: &str, value: &str) -> Self {
        self.put(name, Json(value))
    }

    fn comma(&mut self) {
        if !self.first {
            self.batch.bytes.push(b',');
        }
        self.first = false;
    }

    fn end(self, message: &str) {
        put!(self.batch.bytes, "}}}},\"message\":\"{}\"}}", Json(message));
        self.batch.end(self.start, self.at, self.unit, Channel::Bulk, 1);
    }
}

fn sid(unit: &Unit, rid: u32) -> String {
    format!("S-1-5-21-30{:02}772101-1187233944-{}-{rid}", unit.index, 2_000_000_000 + unit.index)
}

fn guid(at: Micros, pid: u32) -> String {
    format!(
        "{{8f2c1a44-{:04x}-{:04x}-{:04x}-000000000c00}}",
        (at.0 / 1_000_000) as u16,
        (at.0 / 1_000) as u16,
        pid as u16
    )
}

fn logon_id(at: Micros) -> String {
    format!("0x{:x}", at.0 / 1_000 % 0x1000_0000)
}

/// 4624.
pub fn logon(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, who: Who<'_>, from: From<'_>) {
    let (process, package) = match from.kind {
        3 => ("Kerberos", "Kerberos"),
        5 => ("Advapi", "Negotiate"),
        _ => ("User32", "Negotiate"),
    };
    Document::new(batch, unit, at, on, SECURITY, 4624, "logged-in")
        .put("SubjectUserSid", "S-1-0-0")
        .put("SubjectUserName", "-")
        .put("TargetUserSid", sid(unit, who.rid))
        .text("TargetUserName", who.user)
        .put("TargetDomainName", unit.domain())
        .put("TargetLogonId", logon_id(at))
        .put("LogonType", from.kind)
        .put("LogonProcessName", process)
        .put("AuthenticationPackageName", package)
        .put("WorkstationName", from.host)
        .put("IpAddress", from.ip)
        .put("IpPort", from.port)
        .end("An account was successfully logged on.");
}

/// 4625 with a wrong password, or an unknown name.
pub fn logon_failed(
    batch: &mut Batch,
    unit: &Unit,
    at: Micros,
    on: &Host,
    user: &str,
    from: From<'_>,
    known: bool,
) {
    let sub_status = if known { "0xc000006a" } else { "0xc0000064" };
    Document::new(batch, unit, at, on, SECURITY, 4625, "logon-failed")
        .put("SubjectUserSid", "S-1-0-0")
        .put("TargetUserSid", "S-1-0-0")
        .text("TargetUserName", user)
        .put("TargetDomainName", unit.domain())
        .put("Status", "0xc000006d")
        .put("SubStatus", sub_status)
        .put("FailureReason", "%%2313")
        .put("LogonType", from.kind)
        .put("LogonProcessName", "NtLmSsp")
        .put("AuthenticationPackageName", "NTLM")
        .put("WorkstationName", from.host)
        .put("IpAddress", from.ip)
        .put("IpPort", from.port)
        .end("An account failed to log on.");
}

/// 4634.
pub fn logoff(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, who: Who<'_>) {
    Document::new(batch, unit, at, on, SECURITY, 4634, "logged-out")
        .put("TargetUserSid", sid(unit, who.rid))
        .text("TargetUserName", who.user)
        .put("TargetDomainName", unit.domain())
        .put("TargetLogonId", logon_id(at))
        .put("LogonType", 3)
        .end("An account was logged off.");
}

/// 4672: special privileges at log-on.
pub fn privileges(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, who: Who<'_>) {
    Document::new(batch, unit, at, on, SECURITY, 4672, "logged-in-special")
        .put("SubjectUserSid", sid(unit, who.rid))
        .text("SubjectUserName", who.user)
        .put("SubjectDomainName", unit.domain())
        .put("SubjectLogonId", logon_id(at))
        .put("PrivilegeList", "SeBackupPrivilege SeDebugPrivilege SeImpersonatePrivilege")
        .end("Special privileges assigned to new logon.");
}

/// 4688: a process was created, with its command line.
pub fn process_4688(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, who: Who<'_>, p: &Process<'_>) {
    Document::new(batch, unit, at, on, SECURITY, 4688, "created-process")
        .put("SubjectUserSid", sid(unit, who.rid))
        .text("SubjectUserName", who.user)
        .put("SubjectDomainName", unit.domain())
        .put("SubjectLogonId", logon_id(at))
        .put("NewProcessId", format_args!("0x{:x}", p.pid))
        .text("NewProcessName", p.image)
        .put("TokenElevationType", "%%1936")
        .put("ProcessId", format_args!("0x{:x}", p.parent_pid))
        .text("CommandLine", p.command)
        .text("ParentProcessName", p.parent)
        .end("A new process has been created.");
}

/// Sysmon 1.
pub fn process(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, who: Who<'_>, p: &Process<'_>) {
    let original = p.image.rsplit('\\').next().unwrap_or(p.image);
    Document::new(batch, unit, at, on, SYSMON, 1, "Process Create (rule: ProcessCreate)")
        .put("RuleName", "-")
        .put("UtcTime", Utc(at))
        .put("ProcessGuid", guid(at, p.pid))
        .put("ProcessId", p.pid)
        .text("Image", p.image)
        .text("OriginalFileName", original)
        .text("CommandLine", p.command)
        .text("CurrentDirectory", "C:\\Windows\\System32\\")
        .text("User", &format!("{}\\{}", unit.domain(), who.user))
        .put("LogonId", logon_id(at))
        .put("IntegrityLevel", "Medium")
        .put("ParentProcessId", p.parent_pid)
        .text("ParentImage", p.parent)
        .text("ParentCommandLine", p.parent_command)
        .end("Process Create");
}

/// Sysmon 3.
pub fn connection(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, who: Who<'_>, c: &Connection<'_>) {
    Document::new(batch, unit, at, on, SYSMON, 3, "Network connection detected (rule: NetworkConnect)")
        .put("RuleName", "-")
        .put("UtcTime", Utc(at))
        .put("ProcessGuid", guid(at, c.pid))
        .put("ProcessId", c.pid)
        .text("Image", c.image)
        .text("User", &format!("{}\\{}", unit.domain(), who.user))
        .put("Protocol", "tcp")
        .put("Initiated", "true")
        .put("SourceIsIpv6", "false")
        .put("SourceIp", c.src)
        .text("SourceHostname", &on.name)
        .put("SourcePort", c.sport)
        .put("DestinationIsIpv6", "false")
        .put("DestinationIp", c.dst)
        .put("DestinationPort", c.dport)
        .end("Network connection detected");
}

/// Sysmon 11.
pub fn file(
    batch: &mut Batch,
    unit: &Unit,
    at: Micros,
    on: &Host,
    who: Who<'_>,
    (pid, image): (u32, &str),
    target: &str,
) {
    Document::new(batch, unit, at, on, SYSMON, 11, "File created (rule: FileCreate)")
        .put("RuleName", "-")
        .put("UtcTime", Utc(at))
        .put("ProcessGuid", guid(at, pid))
        .put("ProcessId", pid)
        .text("Image", image)
        .text("TargetFilename", target)
        .put("CreationUtcTime", Utc(at))
        .text("User", &format!("{}\\{}", unit.domain(), who.user))
        .end("File created");
}

/// System 7045: a service was installed.
pub fn service_installed(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, name: &str, path: &str) {
    Document::new(batch, unit, at, on, SYSTEM, 7045, "None")
        .text("ServiceName", name)
        .text("ImagePath", path)
        .put("ServiceType", "user mode service")
        .put("StartType", "demand start")
        .put("AccountName", "LocalSystem")
        .end("A service was installed in the system.");
}

/// System 7036: a service changed its state; without a change, a machine's sign of life.
pub fn service_state(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, name: &str, state: &str) {
    Document::new(batch, unit, at, on, SYSTEM, 7036, "None")
        .text("param1", name)
        .put("param2", state)
        .end("A service entered a state.");
}

/// Security 1102: the audit log was cleared.
pub fn log_cleared(batch: &mut Batch, unit: &Unit, at: Micros, on: &Host, who: Who<'_>) {
    Document::new(batch, unit, at, on, EVENTLOG, 1102, "audit-log-cleared")
        .put("SubjectUserSid", sid(unit, who.rid))
        .text("SubjectUserName", who.user)
        .put("SubjectDomainName", unit.domain())
        .put("SubjectLogonId", logon_id(at))
        .end("The audit log was cleared.");
}
