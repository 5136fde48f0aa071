//! What OCSF 1.8.0 asks of an object or a class, checked when a parser is done: a field whose object
//! would be incomplete is left to the source fields, and a class whose required attributes are not
//! there becomes the base event.

use ward_event::{Event, Field, ocsf};

/// A set of hot fields.
type Set = u128;

const _: () = assert!(Field::ALL.len() <= 128);

const fn set(fields: &[Field]) -> Set {
    let mut all = 0;
    let mut i = 0;
    while i < fields.len() {
        all |= 1 << (fields[i] as u8);
        i += 1;
    }
    all
}

use Field as F;

const ACTOR: Set = set(&[
    F::ActorAppName,
    F::ActorProcPid,
    F::ActorProcUid,
    F::ActorSession,
    F::ActorUserName,
    F::ActorUserUid,
]);
const DEVICE: Set = set(&[F::DeviceHostname, F::DeviceIp, F::DeviceUid]);
const USER: Set = set(&[F::UserName, F::UserUid]);
const PROCESS: Set = set(&[F::ProcPid, F::ProcUid]);
const SRC: Set = set(&[F::SrcIp, F::SrcHostname, F::SrcDomain]);
const DST: Set = set(&[F::DstIp, F::DstHostname, F::DstDomain, F::DstService]);
const HTTP: Set = set(&[F::HttpMethod, F::UrlText, F::UrlPath, F::UserAgent, F::HttpReferrer, F::HttpStatus]);

/// An object needs one of the first; without it the others go.
const OBJECTS: &[(Set, Set)] = &[
    (set(&[F::ActorProcPid, F::ActorProcUid]), set(&[F::ActorCmdLine, F::ActorProcName, F::ActorProcPath])),
    (set(&[F::ActorUserName, F::ActorUserUid]), set(&[F::ActorUserDomain])),
    (PROCESS, set(&[F::ProcCmdLine, F::ProcName, F::ProcPath])),
    (PROCESS, set(&[F::ParentPid, F::ParentCmdLine, F::ParentName, F::ParentPath])),
    (set(&[F::ParentPid]), set(&[F::ParentCmdLine, F::ParentName, F::ParentPath])),
    (USER, set(&[F::UserDomain])),
    (SRC, set(&[F::SrcMac, F::SrcPort])),
    (DST, set(&[F::DstMac, F::DstPort])),
    (DEVICE, set(&[F::DeviceMac])),
    (set(&[F::HttpStatus]), set(&[F::HttpLength])),
    (set(&[F::QueryHostname]), set(&[F::QueryType])),
    (set(&[F::FileName]), set(&[F::FilePath, F::FileSize])),
    (set(&[F::FindingUid]), set(&[F::FindingTitle])),
    (set(&[F::UrlText, F::UrlPath]), set(&[F::UrlHostname, F::UrlQuery])),
    (set(&[F::ProductName]), set(&[F::ProductVendor])),
    (set(&[F::RegValueName]), set(&[F::RegValuePath, F::RegValueData])),
    (set(&[F::RegValuePath]), set(&[F::RegValueName, F::RegValueData])),
];

/// What a class requires, and the constraints it is under: one of each set.
const CLASSES: &[(u32, &[Set])] = &[
    (ocsf::FILE_ACTIVITY, &[ACTOR, DEVICE, set(&[F::FileName])]),
    (ocsf::MODULE_ACTIVITY, &[ACTOR, DEVICE, set(&[F::ModuleName, F::ModulePath])]),
    (ocsf::SCHEDULED_JOB_ACTIVITY, &[DEVICE, set(&[F::JobName])]),
    (ocsf::PROCESS_ACTIVITY, &[ACTOR, DEVICE, PROCESS]),
    (ocsf::EVENT_LOG_ACTIVITY, &[set(&[F::LogName, F::LogProvider])]),
    (ocsf::DETECTION_FINDING, &[set(&[F::FindingUid])]),
    (ocsf::ACCOUNT_CHANGE, &[USER]),
    (ocsf::AUTHENTICATION, &[USER, DST | set(&[F::ServiceName])]),
    (ocsf::NETWORK_ACTIVITY, &[SRC | DST]),
    (ocsf::HTTP_ACTIVITY, &[SRC | DST, HTTP]),
    (ocsf::DNS_ACTIVITY, &[SRC | DST]),
    (ocsf::DHCP_ACTIVITY, &[SRC | DST]),
    (ocsf::RDP_ACTIVITY, &[SRC | DST]),
    (ocsf::SMB_ACTIVITY, &[SRC | DST]),
    (ocsf::SSH_ACTIVITY, &[SRC | DST]),
    (ocsf::DATASTORE_ACTIVITY, &[ACTOR, SRC, set(&[F::DatabaseName])]),
    (ocsf::REGISTRY_KEY_ACTIVITY, &[ACTOR, DEVICE, set(&[F::RegKeyPath])]),
    (ocsf::REGISTRY_VALUE_ACTIVITY, &[ACTOR, DEVICE, set(&[F::RegValueName]), set(&[F::RegValuePath])]),
];

/// Makes the event schema-valid, taking from it as little as possible.
pub(crate) fn complete(event: &mut Event) {
    if event.get(Field::FileName).is_none()
        && let Some(path) = event.text(Field::FilePath)
    {
        let name = compact_str::CompactString::from(super::fields::base_name(path));
        event.set_text(Field::FileName, name);
    }
    let mut present: Set = event.fields().iter().fold(0, |all, (f, _)| all | 1 << (*f as u8));
    let mut surplus = 0;
    for (needed, dependent) in OBJECTS {
        if present & needed == 0 {
            surplus |= present & dependent;
            present &= !dependent;
        }
    }
    while surplus != 0 {
        event.unset(Field::ALL[surplus.trailing_zeros() as usize]);
        surplus &= surplus - 1;
    }
    let required = CLASSES.iter().find(|(class, _)| *class == event.class_uid).map_or(&[][..], |(_, r)| r);
    if required.iter().any(|one_of| present & one_of == 0) {
        event.class_uid = ocsf::BASE_EVENT;
        event.activity_id = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_object_goes_and_a_class_without_its_attributes_is_the_base_event() {
        let mut event = Event::new(ocsf::PROCESS_ACTIVITY, 1);
        event.set_text(F::DeviceHostname, "h");
        event.set_text(F::ActorUserName, "u");
        event.set_text(F::ProcName, "p");
        event.set_text(F::FilePath, r"C:\a\b.txt");
        event.set_uint(F::SrcPort, 1);
        complete(&mut event);
        assert_eq!((event.class_uid, event.activity_id), (0, 0));
        let left: Vec<_> = event.fields().iter().map(|(f, _)| *f).collect();
        assert_eq!(left, [F::ActorUserName, F::DeviceHostname, F::FileName, F::FilePath]);
        assert_eq!(event.text(F::FileName), Some("b.txt"));
    }

    #[test]
    fn a_complete_event_keeps_its_class() {
        let mut event = Event::new(ocsf::NETWORK_ACTIVITY, 6);
        event.set_ip_text(F::SrcIp, "10.0.0.1");
        event.set_uint(F::SrcPort, 1);
        let before = event.clone();
        complete(&mut event);
        assert_eq!(event, before);
    }
}
