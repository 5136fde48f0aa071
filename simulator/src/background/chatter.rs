//! The machines' chatter: flows, sessions, requests, jobs, processes, as many as the volume asks for.

use ward_event::Micros;

use super::{
    rates::{Kind, Stream},
    talk::{self, Talk},
};
use crate::{
    emit::{Batch, eve, firewall, gear, his, linux, windows},
    model::{Account, HostKind, Role, Unit, patients},
    rng::Rng,
};

/// Writes one event of a stream.
pub fn write(unit: &Unit, stream: &Stream, people: &[u16], at: Micros, rng: &mut Rng, batch: &mut Batch) {
    match stream.kind {
        Kind::Flow => {
            let talk = talk(unit, stream, people, rng);
            batch.flows.push(talk.record(unit, at, stream.mean_bytes, rng));
        }
        Kind::Eve => eve(unit, stream, people, at, rng, batch),
        Kind::Firewall => {
            let talk = talk(unit, stream, people, rng);
            let bytes = talk.bytes(stream.mean_bytes, rng);
            let sent = bytes / 4;
            let session = firewall::Session {
                src: talk.src,
                dst: talk.dst,
                sport: talk.sport,
                dport: talk.dport,
                proto: talk.proto,
                sent,
                rcvd: bytes - sent,
                policy: rng.between(1, 60) as u32,
                // Only the page is open to the outside.
                accept: if stream.border { talk.dport == 443 } else { !rng.chance(0.01) },
            };
            firewall::session(batch, unit, at, &session);
        }
        Kind::App => app(unit, people, at, rng, batch),
        Kind::Linux => linux(unit, at, rng, batch),
        Kind::Gear => gear::switch(batch, unit, at, rng),
        Kind::Windows => windows(unit, people, at, rng, batch),
    }
}

fn someone<'a>(unit: &'a Unit, people: &[u16], rng: &mut Rng) -> Option<&'a Account> {
    (!people.is_empty()).then(|| &unit.accounts[usize::from(rng.pick(people))])
}

fn talk(unit: &Unit, stream: &Stream, people: &[u16], rng: &mut Rng) -> Talk {
    if stream.border {
        return talk::visit(unit, rng);
    }
    match someone(unit, people, rng) {
        Some(who) => talk::of_desk(unit, who.workstation, rng),
        None => talk::between_servers(unit, rng),
    }
}

const SITES: &[&str] =
    &["update.example.com", "mail.example.cn", "cdn.example.net", "search.example.cn", "ntp.example.org"];
const PAGES: &[&str] = &[
    "/",
    "/his/outp/list?page=2",
    "/emr/view",
    "/api/schedule?dept=12",
    "/static/app.js",
    "/lis/report?no=20391",
];
const AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36";

fn eve(unit: &Unit, stream: &Stream, people: &[u16], at: Micros, rng: &mut Rng, batch: &mut Batch) {
    let talk = talk(unit, stream, people, rng);
    let line = eve::Talk {
        flow_id: rng.next_u64() >> 12,
        src: talk.src,
        sport: talk.sport,
        dst: talk.dst,
        dport: talk.dport,
        proto: talk.proto_name(),
        app: talk.app,
    };
    match talk.app {
        "dns" => {
            let kind = if rng.chance(0.8) { "A" } else { "AAAA" };
            eve::dns(batch, unit, at, &line, rng.pick(SITES), kind);
        }
        "http" if rng.chance(0.5) => {
            let status = if rng.chance(0.97) { 200 } else { 404 };
            let http = eve::Http {
                host: &unit.host(HostKind::HisApp).name,
                url: rng.pick(PAGES),
                agent: AGENT,
                method: if rng.chance(0.8) { "GET" } else { "POST" },
                status,
                length: rng.lognormal(6_000.0, 1.0) as u64,
            };
            eve::http(batch, unit, at, &line, &http);
        }
        "tls" if rng.chance(0.6) => {
            let own = format!("www.{}.example", unit.spec.id);
            let name = if talk.outbound { rng.pick(SITES) } else { own.as_str() };
            eve::tls(batch, unit, at, &line, name);
        }
        _ if rng.chance(0.003) => {
            let sig = eve::Signature {
                id: 2_210_044,
                text: "SURICATA STREAM Packet with invalid timestamp",
                category: "Generic Protocol Command Decode",
                severity: 3,
            };
            eve::alert(batch, unit, at, &line, &sig, None);
        }
        _ => {
            let bytes = talk.bytes(stream.mean_bytes * 2.0, rng);
            let age = rng.lognormal(3.0, 1.0).min(600.0) as u32;
            eve::flow(batch, unit, at, &line, bytes / 4, bytes - bytes / 4, age);
        }
    }
}

fn app(unit: &Unit, people: &[u16], at: Micros, rng: &mut Rng, batch: &mut Batch) {
    let Some(who) = someone(unit, people, rng) else { return linux(unit, at, rng, batch) };
    let desk = &unit.hosts[who.workstation];
    let action = match (who.role, rng.below(10)) {
        (Role::Doctor, 0..3) => "prescribe",
        (Role::Clerk, 0..4) => "register",
        (Role::Clerk, 4..8) => "charge",
        (Role::Pharmacist, 0..6) => "dispense",
        _ => "query",
    };
    let u = his::Use {
        user: &who.name,
        src: desk.ip.into(),
        host: &desk.name,
        department: who.department,
        action,
        ok: !rng.chance(0.01),
    };
    let patient = patients::patient(rng);
    let numbers = rng.chance(0.1).then(|| (patients::id_number(rng), patients::mobile(rng)));
    let numbers = numbers.as_ref().map(|(id, mobile)| (id.as_str(), mobile.as_str()));
    his::patient(batch, unit, at, &u, patient, numbers);
}

fn linux(unit: &Unit, at: Micros, rng: &mut Rng, batch: &mut Batch) {
    if unit.spec.is_tenant() {
        // The cloud operator sends its tenants' application and audit logs, not its servers' own.
        let device = unit.host(HostKind::HisApp).name.clone();
        return firewall::beat(batch, unit, at, &device, rng.below(400));
    }
    let hosts = [HostKind::HisDb, HostKind::Web, HostKind::Bastion, HostKind::Pacs, HostKind::Backup];
    let host = unit.host(rng.pick(&hosts));
    match rng.below(3) {
        0 => {
            const JOBS: &[&str] = &[
                "/usr/local/bin/check_tablespace.sh",
                "run-parts /etc/cron.hourly",
                "/opt/interface/bin/poll_lis --once",
            ];
            linux::cron(batch, unit, at, host, rng.between(2_000, 60_000) as u32, rng.pick(JOBS));
        }
        1 => {
            const UNITS: &[&str] = &[
                "Started Session of user root.",
                "logrotate.service: Deactivated successfully.",
                "Finished Rotate log files.",
                "Starting Cleanup of Temporary Directories...",
            ];
            linux::systemd(batch, unit, at, host, rng.pick(UNITS));
        }
        _ => linux::ssh_closed(batch, unit, at, host, "monitor", rng.between(2_000, 60_000) as u32),
    }
}

const IMAGES: &[(&str, &str)] = &[
    ("C:\\HIS\\HISClient.exe", "\"C:\\HIS\\HISClient.exe\" /module outp"),
    ("C:\\Program Files\\LIS\\LisReport.exe", "LisReport.exe -print"),
    (
        "C:\\Program Files\\Microsoft Office\\Office16\\WINWORD.EXE",
        "\"WINWORD.EXE\" /n \"C:\\Users\\Public\\record.docx\"",
    ),
    ("C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\System32\\svchost.exe -k netsvcs -p"),
    ("C:\\Windows\\System32\\conhost.exe", "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff"),
];

fn windows(unit: &Unit, people: &[u16], at: Micros, rng: &mut Rng, batch: &mut Batch) {
    let Some(who) = someone(unit, people, rng) else {
        let host = unit.host(HostKind::DomainController);
        return windows::service_state(batch, unit, at, host, "Software Protection", "running");
    };
    let desk = &unit.hosts[who.workstation];
    let id = windows::Who { user: &who.name, rid: who.rid };
    let pid = rng.between(1_000, 24_000) as u32;
    let (image, command) = rng.pick(IMAGES);
    let p = windows::Process {
        pid,
        image,
        command,
        parent_pid: rng.between(600, 4_000) as u32,
        parent: "C:\\Windows\\explorer.exe",
        parent_command: "C:\\Windows\\Explorer.EXE",
    };
    match rng.below(10) {
        0..3 => windows::process(batch, unit, at, desk, id, &p),
        3..5 => windows::process_4688(batch, unit, at, desk, id, &p),
        5..8 => {
            let c = windows::Connection {
                pid,
                image: "C:\\HIS\\HISClient.exe",
                src: desk.ip,
                sport: rng.between(49_200, 65_000) as u16,
                dst: unit.host(HostKind::HisApp).ip,
                dport: 8_080,
            };
            windows::connection(batch, unit, at, desk, id, &c);
        }
        _ => {
            let target =
                format!("C:\\Users\\{}\\AppData\\Local\\Temp\\his{:06}.tmp", who.name, rng.below(1_000_000));
            windows::file(batch, unit, at, desk, id, (pid, "C:\\HIS\\HISClient.exe"), &target);
        }
    }
}
