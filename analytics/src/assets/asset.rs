//! One thing of a unit, as far as it is known. Every list in it is bounded.

use std::net::IpAddr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use ward_event::{
    Micros, UnitId,
    state::{self, AssetPeer, AssetService},
    time::MICROS_PER_HOUR,
};

use super::{role, service};

/// What identifies an asset within its unit. The order is part of what is emitted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Key {
    #[serde(rename = "a")]
    Address(IpAddr),
    #[serde(rename = "h")]
    Host(CompactString),
    #[serde(rename = "d")]
    Database(CompactString),
}

macro_rules! sources {
    ($($name:ident $bit:literal $text:literal;)*) => {
        /// What told of an asset.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Source { $($name = $bit),* }

        impl Source {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $text)),*];
        }
    };
}
sources! {
    Flow 1 "flow";
    Dhcp 2 "dhcp";
    Arp 4 "arp";
    Dns 8 "dns";
    Windows 16 "windows";
    Syslog 32 "syslog";
    Database 64 "database";
}

/// Ports of one asset: a server that answers on more is a proxy or a trap.
const SERVICES_MAX: usize = 16;
/// Peers kept by the rule of Metwally's space-saving: the busiest stay.
const PEERS_MAX: usize = 8;
/// Answers on a port that is in no table before it is a service.
const CONFIRMED: u32 = 3;
/// A server that is merely seen again is told so after this long, anything else after six times it.
const TOLD_AGAIN: i64 = MICROS_PER_HOUR;
const TERMINALS: i64 = 6;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) udp: bool,
    pub(crate) port: u16,
    seen: u32,
    bytes: u64,
    first: Micros,
    last: Micros,
}

impl Service {
    pub(crate) fn is_confirmed(&self) -> bool {
        self.seen >= CONFIRMED || service::is_known(self.port)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Peer {
    ip: IpAddr,
    flows: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Asset {
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub(crate) host: CompactString,
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    mac: CompactString,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) same_as: Option<IpAddr>,
    sources: u8,
    first: Micros,
    last: Micros,
    #[serde(default)]
    bytes: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) services: Vec<Service>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    peers: Vec<Peer>,
    #[serde(default)]
    peers_more: bool,
    /// `last` when it was told; None for never.
    #[serde(default)]
    told: Option<Micros>,
    /// Known of it is what has not been told.
    pub(crate) changed: bool,
    /// Stands in the unit's list of those to tell.
    pub(crate) dirty: bool,
}

impl Asset {
    /// Seen at `time`, told by `source`.
    #[inline]
    pub(crate) fn seen(&mut self, time: Micros, source: Source) {
        if self.sources == 0 {
            self.first = time;
        }
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        self.changed |= self.sources & source as u8 == 0;
        self.sources |= source as u8;
    }

    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        let again = if self.services.is_empty() { TOLD_AGAIN * TERMINALS } else { TOLD_AGAIN };
        self.changed || self.told.is_none_or(|told| self.last.0 - told.0 >= again)
    }

    /// A name that a machine or a lease gives; DNS names only what has no other.
    pub(crate) fn named(&mut self, host: &CompactString, source: Source) {
        let better = self.sources & !(Source::Dns as u8 | Source::Flow as u8) != 0;
        if host.is_empty() || self.host == *host || (source == Source::Dns && better && !self.host.is_empty())
        {
            return;
        }
        self.host = host.clone();
        self.changed = true;
    }

    pub(crate) fn unnamed(&mut self, host: &CompactString) {
        if self.host == *host {
            self.host = CompactString::const_new("");
            self.changed = true;
        }
    }

    pub(crate) fn carded(&mut self, mac: &CompactString) {
        if !mac.is_empty() && self.mac != *mac {
            self.mac = mac.clone();
            self.changed = true;
        }
    }

    #[inline]
    pub(crate) fn answered(&mut self, answer: &service::Answer, time: Micros) {
        self.bytes = self.bytes.saturating_add(answer.bytes);
        self.serve(answer, time);
        if answer.client != answer.server {
            self.meet(answer.client);
        }
    }

    #[inline]
    fn serve(&mut self, answer: &service::Answer, time: Micros) {
        if let Some(s) = self.services.iter_mut().find(|s| s.port == answer.port && s.udp == answer.udp) {
            let before = s.is_confirmed();
            s.seen = s.seen.saturating_add(1);
            s.bytes = s.bytes.saturating_add(answer.bytes);
            s.first = s.first.min(time);
            s.last = s.last.max(time);
            self.changed |= !before && s.is_confirmed();
            return;
        }
        let new = Service {
            udp: answer.udp,
            port: answer.port,
            seen: 1,
            bytes: answer.bytes,
            first: time,
            last: time,
        };
        self.changed |= new.is_confirmed();
        if self.services.len() < SERVICES_MAX {
            self.services.push(new);
        } else if let Some(doubtful) = self.services.iter_mut().find(|s| !s.is_confirmed()) {
            *doubtful = new;
        }
    }

    #[inline]
    fn meet(&mut self, ip: IpAddr) {
        let mut least: Option<&mut Peer> = None;
        let full = self.peers.len() >= PEERS_MAX;
        for peer in &mut self.peers {
            if peer.ip == ip {
                peer.flows += 1;
                return;
            }
            if full && least.as_ref().is_none_or(|l| peer.flows < l.flows) {
                least = Some(peer);
            }
        }
        match least {
            Some(least) => {
                *least = Peer { ip, flows: least.flows + 1 };
                self.peers_more = true;
            }
            None => self.peers.push(Peer { ip, flows: 1 }),
        }
    }

    /// Nobody has seen it for long, or it was seen for a day only and no more since.
    pub(crate) fn is_stale(&self, now: Micros) -> bool {
        const DAY: i64 = 24 * MICROS_PER_HOUR;
        let quiet = now.0 - self.last.0;
        quiet > 30 * DAY || (quiet > 2 * DAY && self.last.0 - self.first.0 < DAY)
    }

    pub(crate) const fn has(&self, source: Source) -> bool {
        self.sources & source as u8 != 0
    }

    /// What is told of it, and that it has been. Nothing while only its name's owner is known of it.
    pub(crate) fn tell(&mut self, unit: &UnitId, key: &Key, zone: &str) -> Option<state::Asset> {
        self.changed = false;
        if self.same_as.is_some() && self.told.is_none() {
            return None;
        }
        self.told = Some(self.last);
        let (by, name) = match key {
            Key::Address(ip) => ("address", ip.to_string()),
            Key::Host(name) => ("host", name.to_string()),
            Key::Database(name) => ("database", name.to_string()),
        };
        let host = if let Key::Host(name) = key { name.to_string() } else { self.host.to_string() };
        let mut services: Vec<&Service> = self.services.iter().filter(|s| s.is_confirmed()).collect();
        services.sort_unstable_by_key(|s| (s.udp, s.port));
        let mut peers: Vec<&Peer> = self.peers.iter().collect();
        peers.sort_unstable_by_key(|p| (std::cmp::Reverse(p.flows), p.ip));
        let sources = Source::ALL.iter().filter(|(s, _)| self.has(*s));
        Some(state::Asset {
            hospital: unit.clone(),
            by: by.into(),
            name,
            same_as: self.same_as.map(|ip| ip.to_string()).unwrap_or_default(),
            host,
            mac: self.mac.to_string(),
            role: role::guess(key, self, &services).into(),
            zone: zone.into(),
            services: services.into_iter().map(service_told).collect(),
            peers: peers
                .into_iter()
                .map(|p| AssetPeer { address: p.ip.to_string(), flows: p.flows })
                .collect(),
            peers_more: self.peers_more,
            sources: sources.map(|(_, name)| (*name).to_owned()).collect(),
            bytes: self.bytes,
            first_seen: self.first,
            last_seen: self.last,
        })
    }
}

fn service_told(s: &Service) -> AssetService {
    AssetService {
        protocol: if s.udp { "udp" } else { "tcp" }.into(),
        port: s.port,
        bytes: s.bytes,
        first_seen: s.first,
        last_seen: s.last,
    }
}
