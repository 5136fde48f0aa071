//! Which class an event is of, by log and event id, and what its members mean there. The table is the
//! list of what Ward understands of Windows.

use ward_event::{
    Field as F,
    ocsf::{
        self,
        status::{FAILURE, SUCCESS, UNKNOWN},
    },
};

use super::leaf::{Leaf as L, Leaves};

type Table = &'static [(L, F)];

/// One kind of event.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) class_uid: u32,
    pub(super) activity_id: u8,
    /// UNKNOWN where the event's own status tells.
    pub(super) status_id: u64,
    pub(super) tables: &'static [Table],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Log {
    Security,
    Sysmon,
    System,
    TaskScheduler,
}

/// The account that asked for it.
const SUBJECT: Table = &[
    (L::SubjectLogonId, F::ActorSession),
    (L::SubjectDomain, F::ActorUserDomain),
    (L::SubjectUser, F::ActorUserName),
    (L::SubjectSid, F::ActorUserUid),
];

/// The account it is about.
const TARGET: Table =
    &[(L::TargetDomain, F::UserDomain), (L::TargetUser, F::UserName), (L::TargetSid, F::UserUid)];

const MEMBER: Table = &[(L::MemberName, F::UserName), (L::MemberSid, F::UserUid)];

const LOGON: Table = &[
    (L::ProcessName, F::ActorProcPath),
    (L::ProcessId, F::ActorProcPid),
    (L::AuthenticationPackage, F::AuthProtocol),
    (L::TargetServer, F::DstHostname),
    (L::LogonType, F::LogonTypeId),
    (L::ServiceName, F::ServiceName),
    (L::TargetLogonId, F::SessionUid),
    (L::Workstation, F::SrcHostname),
    (L::IpAddress, F::SrcIp),
    (L::IpPort, F::SrcPort),
    (L::Status, F::StatusCode),
    (L::SubStatus, F::StatusDetail),
];

/// Sysmon: the process that is the event's subject.
const PROCESS: Table = &[
    (L::LogonId, F::ActorSession),
    (L::CommandLine, F::ProcCmdLine),
    (L::ParentCommandLine, F::ParentCmdLine),
    (L::ParentImage, F::ParentPath),
    (L::ParentProcessId, F::ParentPid),
    (L::Image, F::ProcPath),
    (L::ProcessId, F::ProcPid),
    (L::ProcessGuid, F::ProcUid),
];

/// Sysmon: the process that did it.
const BY_PROCESS: Table =
    &[(L::Image, F::ActorProcPath), (L::ProcessId, F::ActorProcPid), (L::ProcessGuid, F::ActorProcUid)];

/// Sysmon 8 and 10: one process reaches into another.
const BETWEEN: Table = &[
    (L::SourceImage, F::ActorProcPath),
    (L::SourceProcessId, F::ActorProcPid),
    (L::SourceProcessGuid, F::ActorProcUid),
    (L::TargetImage, F::ProcPath),
    (L::TargetProcessId, F::ProcPid),
    (L::TargetProcessGuid, F::ProcUid),
];

/// Sysmon 1: who started it is the parent.
const BY_PARENT: Table = &[
    (L::ParentCommandLine, F::ActorCmdLine),
    (L::ParentImage, F::ActorProcPath),
    (L::ParentProcessId, F::ActorProcPid),
];

const CREATED: Table = &[
    (L::ProcessId, F::ActorProcPid),
    (L::CommandLine, F::ProcCmdLine),
    (L::ParentProcessName, F::ParentPath),
    (L::ProcessId, F::ParentPid),
    (L::NewProcessName, F::ProcPath),
    (L::NewProcessId, F::ProcPid),
];

const EXITED: Table = &[(L::ProcessName, F::ProcPath), (L::ProcessId, F::ProcPid)];

const CONNECTION: Table = &[
    (L::Application, F::ActorProcPath),
    (L::ProcessId, F::ActorProcPid),
    (L::DestHostname, F::DstHostname),
    (L::DestAddress, F::DstIp),
    (L::DestPort, F::DstPort),
    (L::SourceHostname, F::SrcHostname),
    (L::SourceAddress, F::SrcIp),
    (L::SourcePort, F::SrcPort),
];

const MODULE: Table = &[(L::ImageLoaded, F::ModulePath)];
const FILE: Table = &[(L::TargetFilename, F::FilePath)];
const KEY: Table = &[(L::TargetObject, F::RegKeyPath)];
const VALUE: Table = &[(L::Details, F::RegValueData)];
const QUERY: Table = &[(L::QueryName, F::QueryHostname)];
const TASK: Table = &[(L::TaskName, F::JobName)];

const fn shape_of(class_uid: u32, activity_id: u8, status_id: u64, tables: &'static [Table]) -> Shape {
    Shape { class_uid, activity_id, status_id, tables }
}

const fn logon(activity_id: u8, status_id: u64) -> Shape {
    shape_of(ocsf::AUTHENTICATION, activity_id, status_id, &[SUBJECT, TARGET, LOGON])
}

const fn account(activity_id: u8) -> Shape {
    shape_of(ocsf::ACCOUNT_CHANGE, activity_id, UNKNOWN, &[SUBJECT, TARGET])
}

const fn member() -> Shape {
    shape_of(ocsf::ACCOUNT_CHANGE, 99, UNKNOWN, &[SUBJECT, MEMBER])
}

const fn plain(class_uid: u32, activity_id: u8, tables: &'static [Table]) -> Shape {
    shape_of(class_uid, activity_id, UNKNOWN, tables)
}

static SHAPES: &[(Log, u32, Shape)] = &[
    (Log::Security, 1102, plain(ocsf::EVENT_LOG_ACTIVITY, 1, &[SUBJECT])),
    (Log::System, 104, plain(ocsf::EVENT_LOG_ACTIVITY, 1, &[SUBJECT])),
    (Log::Security, 4624, logon(1, SUCCESS)),
    (Log::Security, 4625, logon(1, FAILURE)),
    (Log::Security, 4634, logon(2, SUCCESS)),
    (Log::Security, 4647, logon(2, SUCCESS)),
    (Log::Security, 4648, logon(1, UNKNOWN)),
    (Log::Security, 4768, logon(3, UNKNOWN)),
    (Log::Security, 4769, logon(4, UNKNOWN)),
    (Log::Security, 4770, logon(5, SUCCESS)),
    (Log::Security, 4771, logon(6, FAILURE)),
    (Log::Security, 4776, logon(1, UNKNOWN)),
    (Log::Security, 4688, plain(ocsf::PROCESS_ACTIVITY, 1, &[SUBJECT, CREATED])),
    (Log::Security, 4689, plain(ocsf::PROCESS_ACTIVITY, 2, &[SUBJECT, EXITED])),
    (Log::Security, 4698, plain(ocsf::SCHEDULED_JOB_ACTIVITY, 1, &[SUBJECT, TASK])),
    (Log::Security, 4699, plain(ocsf::SCHEDULED_JOB_ACTIVITY, 3, &[SUBJECT, TASK])),
    (Log::Security, 4700, plain(ocsf::SCHEDULED_JOB_ACTIVITY, 4, &[SUBJECT, TASK])),
    (Log::Security, 4701, plain(ocsf::SCHEDULED_JOB_ACTIVITY, 5, &[SUBJECT, TASK])),
    (Log::Security, 4702, plain(ocsf::SCHEDULED_JOB_ACTIVITY, 2, &[SUBJECT, TASK])),
    (Log::Security, 4720, account(1)),
    (Log::Security, 4722, account(2)),
    (Log::Security, 4723, account(3)),
    (Log::Security, 4724, account(4)),
    (Log::Security, 4725, account(5)),
    (Log::Security, 4726, account(6)),
    (Log::Security, 4727, account(99)),
    (Log::Security, 4728, member()),
    (Log::Security, 4729, member()),
    (Log::Security, 4730, account(99)),
    (Log::Security, 4731, account(99)),
    (Log::Security, 4732, member()),
    (Log::Security, 4733, member()),
    (Log::Security, 4734, account(99)),
    (Log::Security, 4735, account(99)),
    (Log::Security, 4737, account(99)),
    (Log::Security, 4738, account(99)),
    (Log::Security, 4740, account(9)),
    (Log::Security, 4756, member()),
    (Log::Security, 4757, member()),
    (Log::Security, 4767, account(12)),
    (Log::Security, 5156, plain(ocsf::NETWORK_ACTIVITY, 1, &[CONNECTION])),
    (Log::Security, 5157, plain(ocsf::NETWORK_ACTIVITY, 5, &[CONNECTION])),
    (Log::Sysmon, 1, plain(ocsf::PROCESS_ACTIVITY, 1, &[BY_PARENT, PROCESS])),
    (Log::Sysmon, 2, plain(ocsf::FILE_ACTIVITY, 6, &[BY_PROCESS, FILE])),
    (Log::Sysmon, 3, plain(ocsf::NETWORK_ACTIVITY, 1, &[CONNECTION, BY_PROCESS])),
    (Log::Sysmon, 5, plain(ocsf::PROCESS_ACTIVITY, 2, &[BY_PROCESS, PROCESS])),
    (Log::Sysmon, 7, plain(ocsf::MODULE_ACTIVITY, 1, &[BY_PROCESS, MODULE])),
    (Log::Sysmon, 8, plain(ocsf::PROCESS_ACTIVITY, 4, &[BETWEEN])),
    (Log::Sysmon, 10, plain(ocsf::PROCESS_ACTIVITY, 3, &[BETWEEN])),
    (Log::Sysmon, 11, plain(ocsf::FILE_ACTIVITY, 1, &[BY_PROCESS, FILE])),
    (Log::Sysmon, 12, plain(ocsf::REGISTRY_KEY_ACTIVITY, 1, &[BY_PROCESS, KEY])),
    (Log::Sysmon, 13, plain(ocsf::REGISTRY_VALUE_ACTIVITY, 2, &[BY_PROCESS, VALUE])),
    (Log::Sysmon, 14, plain(ocsf::REGISTRY_VALUE_ACTIVITY, 3, &[BY_PROCESS])),
    (Log::Sysmon, 15, plain(ocsf::FILE_ACTIVITY, 1, &[BY_PROCESS, FILE])),
    (Log::Sysmon, 22, plain(ocsf::DNS_ACTIVITY, 1, &[BY_PROCESS, QUERY])),
    (Log::Sysmon, 23, plain(ocsf::FILE_ACTIVITY, 4, &[BY_PROCESS, FILE])),
    (Log::Sysmon, 26, plain(ocsf::FILE_ACTIVITY, 4, &[BY_PROCESS, FILE])),
    (Log::TaskScheduler, 106, plain(ocsf::SCHEDULED_JOB_ACTIVITY, 1, &[TASK])),
    (Log::TaskScheduler, 140, plain(ocsf::SCHEDULED_JOB_ACTIVITY, 2, &[TASK])),
    (Log::TaskScheduler, 141, plain(ocsf::SCHEDULED_JOB_ACTIVITY, 3, &[TASK])),
];

/// None where Ward knows no better than the base event.
pub(super) fn shape(leaves: &Leaves<'_>) -> Option<&'static Shape> {
    let id: u32 = leaves.text(L::EventId)?.parse().ok()?;
    let log = log(leaves.text(L::Channel).unwrap_or(""), leaves.text(L::Provider).unwrap_or(""))?;
    SHAPES.iter().find(|(l, i, _)| *i == id && *l == log).map(|(.., shape)| shape)
}

fn log(channel: &str, provider: &str) -> Option<Log> {
    let named = |name: &str| channel.eq_ignore_ascii_case(name);
    if named("Microsoft-Windows-Sysmon/Operational")
        || provider.eq_ignore_ascii_case("Microsoft-Windows-Sysmon")
    {
        Some(Log::Sysmon)
    } else if named("Security") || provider.eq_ignore_ascii_case("Microsoft-Windows-Security-Auditing") {
        Some(Log::Security)
    } else if named("System") {
        Some(Log::System)
    } else if named("Microsoft-Windows-TaskScheduler/Operational") {
        Some(Log::TaskScheduler)
    } else {
        None
    }
}
