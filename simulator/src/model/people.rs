//! Accounts: who works where, at which machine, with which habits.

use std::net::Ipv4Addr;

use super::{
    Site,
    addresses::domestic,
    hosts::{Host, HostKind},
    units::Spec,
};
use crate::rng::Rng;

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Doctor,
    Nurse,
    Pharmacist,
    /// Registration, cash desk, office.
    Clerk,
    It,
    Dba,
    /// 病案统计: reads a lot, by right.
    Statistician,
    /// Services and the three-tier application's own accounts.
    Service,
}

impl Role {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Doctor => "ys",
            Self::Nurse => "hs",
            Self::Pharmacist => "yj",
            Self::Clerk => "xz",
            Self::It => "xx",
            Self::Dba => "dba",
            Self::Statistician => "tj",
            Self::Service => "svc_",
        }
    }

    /// Works on databases directly, with which program.
    pub const fn db_program(self) -> Option<&'static str> {
        match self {
            // Through the bastion's own page.
            Self::Dba => Some("Bastion Web SQL"),
            Self::It => Some("JDBC Thin Client"),
            Self::Statistician => Some("BAReport.exe"),
            _ => None,
        }
    }
}

/// An account of a unit.
#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    pub role: Role,
    /// Indices into the unit's hosts: where it usually works, and the other machine it uses.
    pub workstation: usize,
    pub second: usize,
    /// Where it comes from when it works from home.
    pub home: Ipv4Addr,
    /// Works from home on two fixed evenings a week.
    pub remote: bool,
    /// Its place in the duty rota.
    pub rota: u32,
    pub department: &'static str,
    /// Last part of its Windows SID.
    pub rid: u32,
}

const DEPARTMENTS: &[&str] = &[
    "急诊科",
    "心内科",
    "呼吸科",
    "消化科",
    "神经内科",
    "肿瘤科",
    "普外科",
    "骨科",
    "泌尿外科",
    "妇产科",
    "儿科",
    "眼科",
    "皮肤科",
    "中医科",
    "康复科",
    "检验科",
    "影像科",
    "重症医学科",
];

const SERVICES: &[&str] = &["his", "lis", "pacs", "emr", "backup", "interface"];

/// The people of a unit: roles in their usual shares, and at least one who keeps the machines running.
pub fn staff(
    spec: &Spec,
    _site: Site,
    count: usize,
    hosts: &[Host],
    first_workstation: usize,
    rng: &mut Rng,
) -> Vec<Account> {
    let desks: Vec<usize> = (first_workstation..hosts.len())
        .filter(|&h| matches!(hosts[h].kind, HostKind::Workstation | HostKind::OfficePc))
        .collect();
    let mut accounts = Vec::with_capacity(count + SERVICES.len());
    let mut numbers = [0_u32; 8];
    for n in 0..count {
        let role = role(spec, n, count, rng);
        numbers[role as usize] += 1;
        accounts.push(person(role, numbers[role as usize], n, &desks, rng));
    }
    for (n, service) in SERVICES.iter().enumerate().take(if spec.weight > 1.0 { 6 } else { 2 }) {
        let server = spec.servers().iter().position(|k| *k == HostKind::HisApp).unwrap_or(0);
        accounts.push(Account {
            name: format!("{}{service}", Role::Service.prefix()),
            workstation: server.min(hosts.len() - 1),
            second: server.min(hosts.len() - 1),
            remote: false,
            ..person(Role::Service, n as u32, count + n, &desks, rng)
        });
    }
    accounts
}

/// The first few are the roles every unit has; the rest fall in their usual shares.
fn role(spec: &Spec, n: usize, count: usize, rng: &mut Rng) -> Role {
    let keepers = 1 + count / 40;
    match n {
        0 if spec.weight >= 1.0 => return Role::Dba,
        1 if spec.weight >= 1.0 => return Role::Statistician,
        _ if n < 2 + keepers => return Role::It,
        _ => {}
    }
    if !spec.has_imaging() && matches!(spec.kind, "commission" | "cdc") {
        return Role::Clerk;
    }
    match rng.below(100) {
        0..38 => Role::Doctor,
        38..80 => Role::Nurse,
        80..88 => Role::Pharmacist,
        _ => Role::Clerk,
    }
}

fn person(role: Role, number: u32, n: usize, desks: &[usize], rng: &mut Rng) -> Account {
    let name = match role {
        Role::Dba => format!("{}{number:02}", role.prefix()),
        _ => format!("{}{:04}", role.prefix(), number),
    };
    Account {
        name,
        role,
        workstation: desks[n % desks.len()],
        second: rng.pick(desks),
        home: domestic(rng),
        remote: match role {
            Role::Doctor => rng.chance(0.06),
            Role::It | Role::Dba => true,
            _ => false,
        },
        rota: rng.below(60) as u32,
        department: rng.pick(DEPARTMENTS),
        rid: 1_100 + n as u32,
    }
}
