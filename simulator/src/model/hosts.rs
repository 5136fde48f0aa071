//! Machines: servers by the unit's sort, workstations by its people, modalities by its imaging.

use std::net::Ipv4Addr;

use super::{Site, addresses::Zone, units::Spec};
use crate::rng::Rng;

/// Wards share machines, doctors mostly do not.
pub const WORKSTATIONS_PER_PERSON: f64 = 0.62;

macro_rules! kinds {
    ($($name:ident $text:literal $zone:ident;)*) => {
        /// What a machine is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum HostKind { $($name),* }

        impl HostKind {
            pub const ALL: &'static [HostKind] = &[$(HostKind::$name),*];

            /// The part of the host name that says what it is.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            pub const fn zone(self) -> Zone {
                match self { $(Self::$name => Zone::$zone),* }
            }
        }
    };
}

kinds! {
    Workstation "WS" Clinical;
    OfficePc "PC" Office;
    DomainController "DC" Core;
    HisDb "HISDB" Core;
    HisApp "HISAPP" Core;
    Lis "LIS" Core;
    Pacs "PACS" Core;
    Emr "EMR" Core;
    FileServer "FILE" Core;
    Backup "BAK" Core;
    Web "WEB" Dmz;
    Vpn "VPN" Dmz;
    Bastion "BASTION" Operations;
    Firewall "FW" Security;
    Waf "WAF" Security;
    DbAudit "DBAUDIT" Security;
    Ids "IDS" Security;
    Switch "SW" Security;
    Modality "CT" Dicom;
    Pump "PUMP" Things;
}

impl HostKind {
    /// Writes syslog as a Linux server does.
    pub const fn is_linux(self) -> bool {
        matches!(self, Self::HisDb | Self::Web | Self::Bastion | Self::Pacs | Self::Backup)
    }

    /// Runs Windows with an event forwarder.
    pub const fn is_windows(self) -> bool {
        matches!(
            self,
            Self::Workstation
                | Self::OfficePc
                | Self::DomainController
                | Self::HisApp
                | Self::Lis
                | Self::Emr
                | Self::FileServer
        )
    }
}

/// A machine.
#[derive(Debug, Clone)]
pub struct Host {
    pub name: String,
    pub kind: HostKind,
    pub ip: Ipv4Addr,
}

impl Host {
    fn new(spec: &Spec, site: Site, kind: HostKind, label: &str, number: usize, slot: usize) -> Self {
        let digits = if matches!(kind, HostKind::Workstation | HostKind::OfficePc | HostKind::Pump) {
            format!("{number:04}")
        } else {
            format!("{number:02}")
        };
        Self { name: format!("{}-{label}{digits}", spec.domain), kind, ip: site.address(kind.zone(), slot) }
    }
}

/// The servers and appliances of a unit; large ones have two of what carries load.
pub fn servers(spec: &Spec, site: Site) -> Vec<Host> {
    let mut hosts = Vec::new();
    let mut slots = [0_usize; Zone::ALL.len()];
    for &kind in spec.servers() {
        let many = spec.weight >= 5.0
            && matches!(
                kind,
                HostKind::DomainController
                    | HostKind::HisDb
                    | HostKind::HisApp
                    | HostKind::Web
                    | HostKind::Switch
            );
        for number in 1..=if many { 2 } else { 1 } {
            let slot = &mut slots[kind.zone() as usize];
            hosts.push(Host::new(spec, site, kind, kind.label(), number, *slot));
            *slot += 1;
        }
    }
    hosts
}

/// Workstations on the inner network, and a fifth of them office machines with a way out.
pub fn add_workstations(hosts: &mut Vec<Host>, spec: &Spec, site: Site, staff: usize, rng: &mut Rng) {
    let count = ((staff as f64 * WORKSTATIONS_PER_PERSON) as usize).max(4);
    let mut slots = [0_usize; 2];
    for _ in 0..count {
        let office = rng.chance(0.2);
        let (kind, slot) =
            if office { (HostKind::OfficePc, &mut slots[1]) } else { (HostKind::Workstation, &mut slots[0]) };
        hosts.push(Host::new(spec, site, kind, kind.label(), *slot + 1, *slot));
        *slot += 1;
    }
}

const MODALITIES: &[&str] = &["CT", "MR", "DR", "US", "DSA", "MG"];

/// Imaging modalities and bedside devices.
pub fn add_devices(hosts: &mut Vec<Host>, spec: &Spec, site: Site) {
    if !spec.has_imaging() {
        return;
    }
    let count = (spec.weight * 1.2).ceil() as usize;
    for n in 0..count {
        let label = MODALITIES[n % MODALITIES.len()];
        hosts.push(Host::new(spec, site, HostKind::Modality, label, n / MODALITIES.len() + 1, n));
    }
    for n in 0..count * 2 {
        hosts.push(Host::new(spec, site, HostKind::Pump, HostKind::Pump.label(), n + 1, n));
    }
}
