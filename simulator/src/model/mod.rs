//! Who and what there is: an invented region, its units, their people, machines and addresses.
//! No name, place or number here belongs to anyone.

pub mod addresses;
pub mod config;
pub mod duty;
pub mod hosts;
pub mod patients;
pub mod people;
pub mod register;
pub mod units;

use std::net::{Ipv4Addr, Ipv6Addr};

pub use addresses::Site;
pub use hosts::{Host, HostKind};
pub use people::{Account, Role};
pub use units::{Eve, Flow, Spec};

use crate::rng::Rng;

/// The sender that speaks for all tenants of the cloud HIS.
pub const CLOUD_SENDER: &str = "cloud-his";

/// The source field that names the tenant in what the cloud sender sends.
pub const TENANT_FIELD: &str = "tenant";

/// Accounts and hosts of the demo's region.
const DEMO_SIZE: usize = 1_900;

/// An invented region.
#[derive(Debug)]
pub struct Region {
    pub seed: u64,
    pub name: &'static str,
    pub name_en: &'static str,
    pub units: Vec<Unit>,
    /// Sender id and the units it speaks for, by index.
    pub senders: Vec<(String, Vec<usize>)>,
}

/// A hospital, a centre, a tenant: its own people, machines and addresses.
#[derive(Debug)]
pub struct Unit {
    pub index: usize,
    pub spec: &'static Spec,
    /// Index into [`Region::senders`].
    pub sender: usize,
    pub site: Site,
    pub accounts: Vec<Account>,
    pub hosts: Vec<Host>,
    /// Hosts by kind, so that picking one costs nothing.
    by_kind: Vec<Vec<usize>>,
}

impl Region {
    /// The demo's region: always the same.
    pub fn demo() -> Self {
        Self::build(1, DEMO_SIZE)
    }

    /// The same units, with sizes that vary by seed and at least `accounts_and_hosts` of both together.
    pub fn scaled(seed: u64, accounts_and_hosts: usize) -> Self {
        let mut size = accounts_and_hosts;
        loop {
            let region = Self::build(seed, size);
            if region.size() >= accounts_and_hosts {
                return region;
            }
            size += size / 20 + 10;
        }
    }

    fn build(seed: u64, size: usize) -> Self {
        let mut senders: Vec<(String, Vec<usize>)> = Vec::new();
        let weight: f64 = units::UNITS.iter().map(|u| u.weight).sum();
        let mut all = Vec::with_capacity(units::UNITS.len());
        for (index, spec) in units::UNITS.iter().enumerate() {
            let id = if spec.tenant_code.is_empty() { spec.id } else { CLOUD_SENDER };
            let sender = match senders.iter().position(|(s, _)| s == id) {
                Some(at) => at,
                None => {
                    senders.push((id.to_owned(), Vec::new()));
                    senders.len() - 1
                }
            };
            senders[sender].1.push(index);
            all.push(Unit::build(seed, index, spec, sender, size as f64 * spec.weight / weight));
        }
        Self { seed, name: "云澜市", name_en: "Yunlan", units: all, senders }
    }

    /// Accounts and hosts together.
    pub fn size(&self) -> usize {
        self.units.iter().map(|u| u.accounts.len() + u.hosts.len()).sum()
    }

    /// The sender of a unit.
    pub fn sender_of(&self, unit: usize) -> &str {
        &self.senders[self.units[unit].sender].0
    }
}

impl Unit {
    fn build(seed: u64, index: usize, spec: &'static Spec, sender: usize, size: f64) -> Self {
        let mut rng = Rng::keyed(seed, &[index as u64, 0x756e_6974]);
        let size = size * (0.92 + 0.16 * rng.unit());
        let site = Site::new(index, spec);
        let mut hosts = hosts::servers(spec, site);
        let staff = ((size - hosts.len() as f64) / (1.0 + hosts::WORKSTATIONS_PER_PERSON)).ceil().max(6.0);
        let first_workstation = hosts.len();
        hosts::add_workstations(&mut hosts, spec, site, staff as usize, &mut rng);
        hosts::add_devices(&mut hosts, spec, site);
        let accounts = people::staff(spec, site, staff as usize, &hosts, first_workstation, &mut rng);
        let mut by_kind = vec![Vec::new(); HostKind::ALL.len()];
        for (at, host) in hosts.iter().enumerate() {
            by_kind[host.kind as usize].push(at);
        }
        Self { index, spec, sender, site, accounts, hosts, by_kind }
    }

    /// Indices of the hosts of a kind.
    pub fn of_kind(&self, kind: HostKind) -> &[usize] {
        &self.by_kind[kind as usize]
    }

    /// The first host of a kind; the HIS application server where the unit has none of it.
    pub fn host(&self, kind: HostKind) -> &Host {
        let at = self.of_kind(kind).first().or(self.of_kind(HostKind::HisApp).first()).copied();
        &self.hosts[at.unwrap_or(0)]
    }

    pub fn account_of_role(&self, role: Role) -> Option<&Account> {
        self.accounts.iter().find(|a| a.role == role)
    }

    /// The Windows domain, also the prefix of host names.
    pub fn domain(&self) -> &'static str {
        self.spec.domain
    }

    /// IPv6 of a host: the unit's ULA with the IPv4 address as its last bits.
    pub fn ipv6(&self, v4: Ipv4Addr) -> Ipv6Addr {
        let [a, b, c, d] = v4.octets().map(u16::from);
        Ipv6Addr::new(0xfd12, 0x3456, 0x789a, self.index as u16, 0, 0, a << 8 | b, c << 8 | d)
    }
}

#[cfg(test)]
mod tests;
