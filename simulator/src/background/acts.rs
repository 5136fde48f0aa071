//! Writes down what people do, in the formats of the machines that see it.

use std::net::IpAddr;

use super::{
    beats::Beat,
    day::{Act, What},
    statements, talk,
};
use crate::{
    emit::{Batch, dbaudit, eve, firewall, gear, his, linux, windows},
    model::{Account, Host, HostKind, Region, Role, Unit, addresses, patients},
    rng::Rng,
};

/// The scene of an act.
struct Scene<'a> {
    unit: &'a Unit,
    who: &'a Account,
    desk: &'a Host,
    act: &'a Act,
    rng: Rng,
}

/// Appends what the unit's machines write when this happens.
pub fn perform(region: &Region, act: &Act, batch: &mut Batch) {
    let unit = &region.units[usize::from(act.unit)];
    if let What::Beat(beat) = act.what {
        return self::beat(unit, act, beat, batch);
    }
    let who = &unit.accounts[usize::from(act.account)];
    let desk = &unit.hosts[usize::from(act.host)];
    let scene = Scene { unit, who, desk, act, rng: Rng::keyed(act.salt, &[]) };
    match act.what {
        What::Logon | What::LogonFailed | What::Logoff | What::StartHis | What::ServiceLogon => {
            scene.windows(batch);
        }
        What::HisLogin | What::HisLogout | What::Patient => scene.his(batch),
        What::Statement | What::ServiceStatement => scene.database(batch),
        What::SshOpen | What::Sudo | What::SshClose => scene.ssh(batch),
        What::VpnLogin | What::VpnLogout | What::AwayLogin => scene.vpn(batch),
        What::Beat(_) => {}
    }
}

impl Scene<'_> {
    fn windows(mut self, batch: &mut Batch) {
        let Self { unit, who, desk, act, .. } = self;
        let dc = unit.host(HostKind::DomainController);
        let port = self.rng.between(49_200, 65_000) as u16;
        let kind = if act.what == What::ServiceLogon { 5 } else { 3 };
        let from = windows::From { ip: desk.ip, host: &desk.name, port, kind };
        let id = windows::Who { user: &who.name, rid: who.rid };
        match act.what {
            What::Logon => {
                windows::logon(batch, unit, act.time, dc, id, from);
                if matches!(who.role, Role::It | Role::Dba) {
                    windows::privileges(batch, unit, act.time, dc, id);
                }
            }
            What::LogonFailed => {
                windows::logon_failed(batch, unit, act.time, dc, &who.name, from, true);
            }
            What::Logoff => windows::logoff(batch, unit, act.time, dc, id),
            What::ServiceLogon => windows::logon(batch, unit, act.time, desk, id, from),
            _ => {
                let p = windows::Process {
                    pid: self.rng.between(1_200, 22_000) as u32,
                    image: "C:\\HIS\\HISClient.exe",
                    command: "\"C:\\HIS\\HISClient.exe\" /autoupdate",
                    parent_pid: self.rng.between(1_200, 9_000) as u32,
                    parent: "C:\\Windows\\explorer.exe",
                    parent_command: "C:\\Windows\\Explorer.EXE",
                };
                windows::process(batch, unit, act.time, desk, id, &p);
            }
        }
    }

    fn his(mut self, batch: &mut Batch) {
        let action = match self.act.what {
            What::HisLogin => "login",
            What::HisLogout => "logout",
            _ => "query",
        };
        let u = his::Use {
            user: &self.who.name,
            src: IpAddr::V4(self.desk.ip),
            host: &self.desk.name,
            department: self.who.department,
            action,
            ok: true,
        };
        if self.act.what != What::Patient {
            return his::session(batch, self.unit, self.act.time, &u);
        }
        let patient = patients::patient(&mut self.rng);
        let numbers = self
            .rng
            .chance(0.3)
            .then(|| (patients::id_number(&mut self.rng), patients::mobile(&mut self.rng)));
        let numbers = numbers.as_ref().map(|(id, mobile)| (id.as_str(), mobile.as_str()));
        his::patient(batch, self.unit, self.act.time, &u, patient, numbers);
    }

    fn database(mut self, batch: &mut Batch) {
        let service = self.act.what == What::ServiceStatement;
        let role = self.who.role;
        let (sql, rows) = statements::of(role, &mut self.rng);
        let app = self.unit.host(HostKind::HisApp);
        let through_bastion = role == Role::Dba && !self.unit.of_kind(HostKind::Bastion).is_empty();
        let (client, os_user) = match service {
            true => (app, "svc_his"),
            false if through_bastion => (self.unit.host(HostKind::Bastion), self.who.name.as_str()),
            false => (self.desk, self.who.name.as_str()),
        };
        // Keepers and statisticians have accounts of their own; everybody else comes through the application's.
        let db_user =
            if role == Role::Service { "HIS".to_owned() } else { self.who.name.to_ascii_uppercase() };
        let s = dbaudit::Statement {
            session: self.rng.between(100_000, 999_999) as u32,
            client_ip: client.ip,
            client_port: self.rng.between(49_200, 65_000) as u16,
            client_host: &client.name,
            os_user,
            program: role.db_program().unwrap_or("JDBC Thin Client"),
            db_user: &db_user,
            schema: "HIS",
            object: sql.object,
            op: sql.op,
            statement: sql.text,
            rows,
            ret: 0,
            duration_ms: self.rng.lognormal(9.0, 0.8) as u32 + 1,
            risk: "low",
        };
        dbaudit::statement(batch, self.unit, self.act.time, &s);
    }

    /// From the desk to the bastion and on to a server; the three acts of one session share their salt.
    fn ssh(mut self, batch: &mut Batch) {
        let Self { unit, who, act, .. } = self;
        let servers = unit.of_kind(HostKind::HisDb);
        let server = match servers {
            [] => unit.host(HostKind::HisApp),
            some => &unit.hosts[self.rng.pick(some)],
        };
        let from =
            if unit.of_kind(HostKind::Bastion).is_empty() { self.desk } else { unit.host(HostKind::Bastion) };
        let port = self.rng.between(33_000, 60_000) as u16;
        let pid = self.rng.between(2_000, 60_000) as u32;
        let ssh = linux::Ssh { user: &who.name, from: from.ip, port, pid };
        match act.what {
            What::SshOpen => linux::ssh_accepted(batch, unit, act.time, server, ssh, "publickey"),
            What::Sudo => {
                const COMMANDS: &[&str] = &[
                    "/usr/bin/systemctl status oracle",
                    "/usr/bin/df -h",
                    "/usr/bin/journalctl -u his-interface -n 200",
                    "/usr/bin/tail -n 500 /var/log/messages",
                ];
                linux::sudo(batch, unit, act.time, server, &who.name, self.rng.pick(COMMANDS));
            }
            _ => linux::ssh_closed(batch, unit, act.time, server, &who.name, pid),
        }
    }

    fn vpn(mut self, batch: &mut Batch) {
        let action = if self.act.what == What::VpnLogout { "logout" } else { "login" };
        let src = IpAddr::V4(match self.act.what {
            What::AwayLogin => addresses::domestic(&mut self.rng),
            _ => self.who.home,
        });
        if self.unit.of_kind(HostKind::Vpn).is_empty() {
            // Without a VPN of its own, people come in over the internet hospital's page.
            let u = his::Use {
                user: &self.who.name,
                src,
                host: "-",
                department: self.who.department,
                action,
                ok: true,
            };
            return his::session(batch, self.unit, self.act.time, &u);
        }
        firewall::vpn(batch, self.unit, self.act.time, &self.who.name, src, action, true);
    }
}

fn beat(unit: &Unit, act: &Act, beat: Beat, batch: &mut Batch) {
    let mut rng = Rng::keyed(act.salt, &[]);
    match beat {
        Beat::Syslog if !unit.of_kind(HostKind::Switch).is_empty() && rng.chance(0.4) => {
            gear::switch(batch, unit, act.time, &mut rng);
        }
        Beat::Syslog => {
            let device = unit.host(HostKind::Firewall).name.clone();
            firewall::beat(batch, unit, act.time, &device, rng.below(4_000));
        }
        Beat::Windows => {
            const SERVICES: &[&str] =
                &["Windows Update", "Windows Time", "Background Intelligent Transfer Service"];
            let desks = unit.of_kind(HostKind::Workstation);
            let host = match desks {
                [] => unit.host(HostKind::HisApp),
                some => &unit.hosts[rng.pick(some)],
            };
            let state = if rng.chance(0.5) { "running" } else { "stopped" };
            windows::service_state(batch, unit, act.time, host, rng.pick(SERVICES), state);
        }
        Beat::Flow => {
            let talk = talk::between_servers(unit, &mut rng);
            batch.flows.push(talk.record(unit, act.time, 2_000.0, &mut rng));
        }
        Beat::Eve => {
            eve::stats(batch, unit, act.time, act.time.secs() % 3_000_000, act.salt % 1_000_000_000);
        }
    }
}
