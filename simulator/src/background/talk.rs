//! Who talks to whom: workstations to servers, modalities to the PACS, offices to the internet, patients
//! to the web.

use std::net::{IpAddr, Ipv4Addr};

use ward_event::Micros;

use crate::{
    emit::flow::FlowRecord,
    model::{HostKind, Unit, addresses},
    rng::Rng,
};

/// A conversation on the network.
#[derive(Debug, Clone, Copy)]
pub struct Talk {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub sport: u16,
    pub dport: u16,
    pub proto: u8,
    /// Suricata's name of the application.
    pub app: &'static str,
    /// How its bytes compare with the average conversation's.
    pub heft: f64,
    pub outbound: bool,
}

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Deviation of the logarithm of a conversation's bytes, and the factor by which that raises the mean.
const BYTES_SIGMA: f64 = 0.8;
const BYTES_MEAN_OVER_MEDIAN: f64 = 1.377;

/// Nothing on the wire is smaller.
const BYTES_MIN: f64 = 60.0;

/// What a person's machine does, by share; the hefts are such that their mean is 1.
const FROM_DESKS: &[(u32, Peer)] = &[
    (30, Peer::Server(HostKind::HisApp, 8_080, TCP, "http", 0.25)),
    (6, Peer::Server(HostKind::Emr, 443, TCP, "tls", 0.4)),
    (12, Peer::Server(HostKind::DomainController, 53, UDP, "dns", 0.01)),
    (8, Peer::Server(HostKind::DomainController, 88, TCP, "krb5", 0.03)),
    (6, Peer::Server(HostKind::FileServer, 445, TCP, "smb", 1.0)),
    (8, Peer::Server(HostKind::Pacs, 11_112, TCP, "", 4.0)),
    (8, Peer::Modality),
    (14, Peer::Internet),
    (4, Peer::Patient),
    (4, Peer::Servers),
];

#[derive(Debug, Clone, Copy)]
enum Peer {
    Server(HostKind, u16, u8, &'static str, f64),
    Modality,
    Internet,
    Patient,
    Servers,
}

/// A conversation of a person at work.
pub fn of_desk(unit: &Unit, desk: usize, rng: &mut Rng) -> Talk {
    let total: u32 = FROM_DESKS.iter().map(|(share, _)| share).sum();
    let mut left = rng.below(total as usize) as u32;
    let mut peer = Peer::Servers;
    for (share, candidate) in FROM_DESKS {
        if left < *share {
            peer = *candidate;
            break;
        }
        left -= share;
    }
    let host = &unit.hosts[desk];
    match peer {
        Peer::Server(kind, port, proto, app, heft) => {
            let server = unit.host(kind);
            Talk { outbound: false, ..inner(unit, host.ip, server.ip, port, proto, app, heft, rng) }
        }
        Peer::Internet if host.kind == HostKind::OfficePc => {
            Talk { outbound: true, ..v4(host.ip, addresses::internet(rng), 443, TCP, "tls", 1.6, rng) }
        }
        Peer::Modality => modality(unit, rng),
        Peer::Patient => patient(unit, rng),
        Peer::Internet | Peer::Servers => between_servers(unit, rng),
    }
}

/// What servers say to each other: who to whom, on which port, how heavy.
const BETWEEN_SERVERS: &[(HostKind, HostKind, u16, f64)] = &[
    (HostKind::HisApp, HostKind::HisDb, 1_521, 0.5),
    (HostKind::Lis, HostKind::HisDb, 1_521, 0.3),
    (HostKind::Emr, HostKind::HisDb, 1_521, 0.5),
    (HostKind::HisApp, HostKind::Lis, 2_575, 0.1),
    (HostKind::Pacs, HostKind::HisApp, 2_575, 0.1),
    (HostKind::Web, HostKind::HisApp, 8_080, 0.3),
    (HostKind::HisDb, HostKind::Backup, 10_000, 2.0),
    (HostKind::FileServer, HostKind::Backup, 10_000, 2.0),
    (HostKind::Bastion, HostKind::DomainController, 88, 0.03),
    (HostKind::DomainController, HostKind::FileServer, 445, 0.1),
];

/// What servers say to each other, day and night.
pub fn between_servers(unit: &Unit, rng: &mut Rng) -> Talk {
    let (from, to, port, heft) = rng.pick(BETWEEN_SERVERS);
    let (from, to) = (unit.host(from).ip, unit.host(to).ip);
    if from == to {
        // A small unit has all of it on one server.
        let (app, db) = (unit.host(HostKind::HisApp).ip, unit.host(HostKind::HisDb).ip);
        return v4(app, db, 1_521, TCP, "", 0.5, rng);
    }
    v4(from, to, port, TCP, "", heft, rng)
}

/// What comes in from outside: visitors of the unit's page, and the scanners that try every door.
pub fn visit(unit: &Unit, rng: &mut Rng) -> Talk {
    let web = unit.of_kind(HostKind::Web).first().map_or(unit.site.public(), |&h| unit.hosts[h].ip);
    if rng.chance(0.85) {
        return v4(addresses::domestic(rng), web, 443, TCP, "tls", 1.0, rng);
    }
    const DOORS: &[u16] = &[22, 23, 80, 445, 1_433, 3_306, 3_389, 5_900, 6_379, 8_080];
    let (_, scanner) = addresses::foreign(rng);
    v4(scanner, unit.site.public(), rng.pick(DOORS), TCP, "", 0.01, rng)
}

/// A modality stores its images; a unit without one has its servers talk instead.
fn modality(unit: &Unit, rng: &mut Rng) -> Talk {
    let all = unit.of_kind(HostKind::Modality);
    if all.is_empty() {
        return between_servers(unit, rng);
    }
    let host = &unit.hosts[rng.pick(all)];
    let port = if rng.chance(0.5) { 104 } else { 11_112 };
    v4(host.ip, unit.host(HostKind::Pacs).ip, port, TCP, "", 5.0, rng)
}

fn patient(unit: &Unit, rng: &mut Rng) -> Talk {
    if unit.of_kind(HostKind::Web).is_empty() {
        return between_servers(unit, rng);
    }
    v4(addresses::domestic(rng), unit.host(HostKind::Web).ip, 443, TCP, "tls", 0.5, rng)
}

/// Inside the unit, a few in a hundred over IPv6.
#[expect(clippy::too_many_arguments, reason = "a conversation has that many parts")]
fn inner(
    unit: &Unit,
    src: Ipv4Addr,
    dst: Ipv4Addr,
    port: u16,
    proto: u8,
    app: &'static str,
    heft: f64,
    rng: &mut Rng,
) -> Talk {
    let talk = v4(src, dst, port, proto, app, heft, rng);
    if !rng.chance(0.05) {
        return talk;
    }
    Talk { src: IpAddr::V6(unit.ipv6(src)), dst: IpAddr::V6(unit.ipv6(dst)), ..talk }
}

fn v4(
    src: Ipv4Addr,
    dst: Ipv4Addr,
    port: u16,
    proto: u8,
    app: &'static str,
    heft: f64,
    rng: &mut Rng,
) -> Talk {
    let sport = rng.between(49_152, 65_535) as u16;
    Talk { src: IpAddr::V4(src), dst: IpAddr::V4(dst), sport, dport: port, proto, app, heft, outbound: false }
}

impl Talk {
    /// Bytes when the average conversation has `mean`.
    pub fn bytes(&self, mean: f64, rng: &mut Rng) -> u64 {
        rng.lognormal(mean * self.heft / BYTES_MEAN_OVER_MEDIAN, BYTES_SIGMA).max(BYTES_MIN) as u64
    }

    /// As a flow that ends at `at`.
    pub fn record(&self, unit: &Unit, at: Micros, mean_bytes: f64, rng: &mut Rng) -> FlowRecord {
        let bytes = self.bytes(mean_bytes, rng);
        let long = rng.lognormal(2e6, 1.0).min(60e6) as i64;
        FlowRecord {
            unit: unit.index as u16,
            time: at,
            start: Micros(at.0 - long),
            src: self.src,
            dst: self.dst,
            sport: self.sport,
            dport: self.dport,
            proto: self.proto,
            tcp_flags: if self.proto == TCP { 0x1b } else { 0 },
            bytes,
            packets: bytes / 900 + 1,
            outbound: self.outbound,
        }
    }

    pub const fn proto_name(&self) -> &'static str {
        if self.proto == UDP { "UDP" } else { "TCP" }
    }
}
