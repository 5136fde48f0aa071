//! The members of a Windows event that Ward looks at, wherever the shipper has put them: found by the
//! last segment of their path, or by the whole path where the last segment says too little.

use std::sync::LazyLock;

use ward_event::SourceField;

use crate::parse::{fields, names::Names};

macro_rules! leaves {
    ($($leaf:ident $($name:literal)+;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Leaf { $($leaf),* }

        const COUNT: usize = [$(Leaf::$leaf),*].len();

        static NAMES: LazyLock<Names<Leaf>> =
            LazyLock::new(|| Names::new([$($(($name, Leaf::$leaf)),+),*]));
    };
}

leaves! {
    // The event's header.
    Channel "Channel" "channel" "LogName" "log_name";
    Computer "Computer" "Hostname" "computer_name" "MachineName" "ComputerName" "host.name";
    EventId "EventID" "event_id" "EventId" "event.code" "Event.System.EventID.#text" "EventIdentifier";
    Level "Level" "EventLevel" "log.level" "LevelDisplayName";
    Message "Message" "message" "RenderedDescription";
    Provider "Provider_Name" "SourceName" "provider_name" "ProviderName" "Provider"
        "Event.System.Provider.#attributes.Name" "Event.System.Provider.Name" "Event.System.Provider.@Name";
    RecordId "EventRecordID" "RecordNumber" "record_id" "EventRecordId" "RecordId";
    // Times, in the order of trust.
    SystemTime "SystemTime" "@SystemTime";
    TimeCreated "TimeCreated" "time_created";
    Timestamp "@timestamp" "TimeGenerated" "Timestamp";
    UtcTime "UtcTime";
    EventTime "EventTime" "EventReceivedTime";
    // Event data.
    Application "Application";
    AuthenticationPackage "AuthenticationPackageName" "PackageName";
    CommandLine "CommandLine" "ProcessCommandLine";
    DestAddress "DestAddress" "DestinationIp";
    DestHostname "DestinationHostname";
    DestPort "DestPort" "DestinationPort";
    Details "Details";
    Direction "Direction";
    EventType "EventType";
    Image "Image";
    ImageLoaded "ImageLoaded";
    Initiated "Initiated";
    IpAddress "IpAddress" "ClientAddress";
    IpPort "IpPort";
    LogonId "LogonId";
    LogonType "LogonType";
    MemberName "MemberName";
    MemberSid "MemberSid";
    NewProcessId "NewProcessId";
    NewProcessName "NewProcessName";
    ParentCommandLine "ParentCommandLine";
    ParentImage "ParentImage";
    ParentProcessId "ParentProcessId";
    ParentProcessName "ParentProcessName";
    ProcessGuid "ProcessGuid";
    ProcessId "ProcessId" "ProcessID";
    ProcessName "ProcessName";
    Protocol "Protocol";
    QueryName "QueryName";
    ServiceName "ServiceName";
    SourceAddress "SourceAddress" "SourceIp";
    SourceHostname "SourceHostname";
    SourceImage "SourceImage";
    SourcePort "SourcePort";
    SourceProcessGuid "SourceProcessGUID" "SourceProcessGuid";
    SourceProcessId "SourceProcessId";
    SourceUser "SourceUser";
    Status "Status";
    SubStatus "SubStatus";
    SubjectDomain "SubjectDomainName";
    SubjectLogonId "SubjectLogonId";
    SubjectSid "SubjectUserSid";
    SubjectUser "SubjectUserName";
    TargetDomain "TargetDomainName";
    TargetFilename "TargetFilename";
    TargetImage "TargetImage";
    TargetLogonId "TargetLogonId";
    TargetObject "TargetObject";
    TargetProcessGuid "TargetProcessGUID" "TargetProcessGuid";
    TargetProcessId "TargetProcessId";
    TargetServer "TargetServerName";
    TargetSid "TargetUserSid" "TargetSid";
    TargetUser "TargetUserName";
    TaskName "TaskName";
    User "User";
    Workstation "WorkstationName" "Workstation";
}

/// The event's leaves; of a leaf that stands twice the first.
pub(super) struct Leaves<'e> {
    values: [Option<&'e str>; COUNT],
}

impl<'e> Leaves<'e> {
    pub(super) fn of(unmapped: &'e [SourceField]) -> Self {
        let mut values = [None; COUNT];
        for source in unmapped {
            let name = source.name.as_str();
            let leaf = NAMES.get(last_segment(name)).or_else(|| NAMES.get(name));
            if let Some(leaf) = leaf
                && !fields::is_unset(&source.value)
                // The header's ProcessID is the logging service's.
                && !name.contains("Execution.")
            {
                values[leaf as usize].get_or_insert(source.value.as_str());
            }
        }
        Self { values }
    }

    #[inline]
    pub(super) fn text(&self, leaf: Leaf) -> Option<&'e str> {
        self.values[leaf as usize]
    }
}

/// Behind the last dot that is not a literal one.
fn last_segment(name: &str) -> &str {
    let mut end = name.len();
    while let Some(at) = memchr::memrchr(b'.', &name.as_bytes()[..end]) {
        if at == 0 || name.as_bytes()[at - 1] != b'\\' {
            return &name[at + 1..];
        }
        end = at;
    }
    name
}
