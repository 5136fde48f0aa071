//! What the files of the attacks share: the scene, its people and machines, the notes for the truth.

use std::net::{IpAddr, Ipv4Addr};

use ward_event::{Micros, alert::Entity};

use super::{Attack, Mute, Order, Truth};
use crate::{
    emit::{Batch, dbaudit, flow::FlowRecord, linux, windows},
    model::{Account, Host, HostKind, Role, Unit},
    rng::Rng,
};

/// An attack while it is being written.
pub(super) struct Stage<'a> {
    pub(super) unit: &'a Unit,
    pub(super) rng: Rng,
    pub(super) batch: Batch,
    pub(super) mute: Option<Mute>,
    pub(super) start: Micros,
    id: String,
    entities: Vec<Entity>,
    marks: Vec<String>,
    end: Micros,
}

impl<'a> Stage<'a> {
    pub(super) fn new(unit: &'a Unit, order: &Order) -> Self {
        let keys = [0x6174_746b, unit.index as u64, order.kind as u64, order.start.0 as u64];
        let mut rng = Rng::keyed(order.seed, &keys);
        let id = format!("{}-{}-{:08x}", order.kind.name(), unit.spec.id, rng.next_u64() as u32);
        Self {
            unit,
            rng,
            batch: Batch::default(),
            mute: None,
            start: order.start,
            id,
            entities: Vec::new(),
            marks: Vec::new(),
            end: order.start,
        }
    }

    pub(super) fn finish(mut self, order: &Order) -> Attack {
        self.batch.sort();
        self.batch.flows.sort_by_key(|f| f.time);
        let last = self.batch.items.last().map(|i| i.time).into_iter();
        let last = last.chain(self.batch.flows.last().map(|f| f.time)).max();
        let truth = Truth {
            attack_id: self.id,
            kind: order.kind,
            hospital: self.unit.spec.id.into(),
            start: order.start,
            end: last.unwrap_or(self.end).max(self.end),
            entities: self.entities,
            marks: self.marks,
        };
        Attack { truth, events: self.batch, mute: self.mute }
    }

    /// So many seconds after its start.
    pub(super) fn at(&self, seconds: f64) -> Micros {
        Micros(self.start.0 + (seconds * 1e6) as i64)
    }

    pub(super) fn ends_at(&mut self, at: Micros) {
        self.end = self.end.max(at);
    }

    pub(super) fn entity(&mut self, kind: &str, value: impl std::fmt::Display) {
        let entity = Entity { kind: kind.into(), value: value.to_string() };
        if !self.entities.contains(&entity) {
            self.entities.push(entity);
        }
    }

    pub(super) fn mark(&mut self, text: impl Into<String>) {
        self.marks.push(text.into());
    }

    /// Someone of one of these roles, each equally likely.
    pub(super) fn person(&mut self, roles: &[Role]) -> Option<&'a Account> {
        let of: Vec<&Account> = self.unit.accounts.iter().filter(|a| roles.contains(&a.role)).collect();
        (!of.is_empty()).then(|| self.rng.pick(&of))
    }

    pub(super) fn machine(&mut self, kind: HostKind) -> Option<&'a Host> {
        let of = self.unit.of_kind(kind);
        (!of.is_empty()).then(|| &self.unit.hosts[self.rng.pick(of)])
    }

    pub(super) fn desk(&self, who: &Account) -> &'a Host {
        &self.unit.hosts[who.workstation]
    }

    pub(super) fn port(&mut self) -> u16 {
        self.rng.between(49_200, 65_000) as u16
    }

    pub(super) fn pid(&mut self) -> u32 {
        self.rng.between(2_000, 30_000) as u32
    }

    pub(super) fn from<'h>(&mut self, host: &'h Host, kind: u8) -> windows::From<'h> {
        windows::From { ip: host.ip, host: &host.name, port: self.port(), kind }
    }

    pub(super) fn ssh<'u>(&mut self, user: &'u str, from: Ipv4Addr) -> linux::Ssh<'u> {
        linux::Ssh { user, from, port: self.port(), pid: self.pid() }
    }

    /// A process under `cmd.exe`, seen by Sysmon and by the Security log.
    pub(super) fn command(
        &mut self,
        at: Micros,
        on: &Host,
        who: windows::Who<'_>,
        image: &str,
        command: &str,
    ) {
        let parent = "C:\\Windows\\System32\\cmd.exe";
        let p = windows::Process {
            pid: self.pid(),
            image,
            command,
            parent_pid: self.pid(),
            parent,
            parent_command: "cmd.exe /c start.bat",
        };
        windows::process(&mut self.batch, self.unit, at, on, who, &p);
        windows::process_4688(&mut self.batch, self.unit, at, on, who, &p);
    }

    /// A statement that an account sends from its machine; its session is one of the marks.
    pub(super) fn statement(&mut self, at: Micros, from: (&str, Ipv4Addr), os_user: &str, s: Query<'_>) {
        let session = self.rng.between(10_000_000, 99_999_999) as u32;
        self.mark(format!("session={session}"));
        let statement = dbaudit::Statement {
            session,
            client_ip: from.1,
            client_port: self.port(),
            client_host: from.0,
            os_user,
            program: s.program,
            db_user: s.db_user,
            schema: "HIS",
            object: s.object,
            op: "SELECT",
            statement: s.text,
            rows: s.rows,
            ret: 0,
            duration_ms: (s.rows / 20 + 30) as u32,
            risk: if s.rows > 10_000 { "medium" } else { "low" },
        };
        dbaudit::statement(&mut self.batch, self.unit, at, &statement);
    }

    /// A TCP flow, as the border's exporter sees it.
    pub(super) fn flow(
        &mut self,
        at: Micros,
        src: Ipv4Addr,
        dst: Ipv4Addr,
        port: u16,
        bytes: u64,
        seconds: i64,
    ) {
        let sport = self.port();
        self.batch.flows.push(FlowRecord {
            unit: self.unit.index as u16,
            time: at,
            start: Micros(at.0 - seconds * 1_000_000),
            src: IpAddr::V4(src),
            dst: IpAddr::V4(dst),
            sport,
            dport: port,
            proto: 6,
            tcp_flags: 0x1b,
            bytes,
            packets: bytes / 1_200 + 1,
            outbound: true,
        });
    }
}

/// What a statement asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'a> {
    pub(super) program: &'a str,
    pub(super) db_user: &'a str,
    pub(super) object: &'a str,
    pub(super) text: &'a str,
    pub(super) rows: u64,
}
