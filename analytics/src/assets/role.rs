//! A guess at what an asset is, by the ports it answers on and by who tells of it. A guess: the
//! declared register says what it is.

use super::asset::{Asset, Key, Service, Source};

/// The first whose port is among those answered on is taken: the more telling stands first.
const BY_PORT: &[(&str, &[u16])] = &[
    ("domain-controller", &[88, 389, 636, 3268, 3269]),
    ("imaging", &[104, 2761, 2762, 11112]),
    ("database", &[1433, 1434, 1521, 1522, 3306, 5236, 5432, 6379, 9042, 27017]),
    ("interface", &[2575, 6661]),
    ("control", &[502, 47808]),
    ("mail", &[25, 110, 143, 465, 587, 993, 995]),
    ("printer", &[515, 631, 9100]),
    ("web", &[80, 443, 7001, 8000, 8080, 8081, 8088, 8443]),
    ("name-server", &[53]),
    ("file-server", &[139, 445, 2049]),
    ("remote-access", &[22, 23, 3389, 5900, 5985, 5986]),
];

pub(super) fn guess(key: &Key, asset: &Asset, services: &[&Service]) -> &'static str {
    if matches!(key, Key::Database(_)) || asset.has(Source::Database) {
        return "database";
    }
    // A workstation answers on the ports of its own upkeep, too.
    let upkeep = [135, 139, 445, 3389, 5985, 5986];
    let is_windows = asset.has(Source::Windows);
    let serves = |ports: &[u16]| {
        services.iter().any(|s| ports.contains(&s.port) && !(is_windows && upkeep.contains(&s.port)))
    };
    if let Some((role, _)) = BY_PORT.iter().find(|(_, ports)| serves(ports)) {
        return role;
    }
    if is_windows {
        "windows"
    } else if !services.is_empty() {
        "server"
    } else if asset.has(Source::Syslog) {
        "device"
    } else {
        "terminal"
    }
}
