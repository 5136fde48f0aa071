//! The assets of one unit.

use std::net::IpAddr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use ward_event::{Micros, UnitId, network::Network, register, state};

use super::{
    asset::{Asset, Key, Source},
    service::Answer,
    sight::Sight,
};
use crate::{table::Table, ueba};

/// Assets of one unit: a large hospital has some 12,000 things with an address, of which about half
/// answer or log. What comes beyond is counted.
pub(super) const UNIT_MAX: usize = 8_192;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Unit {
    assets: Table<Key, Asset>,
    /// Sights of things that were not taken in for want of room.
    pub(super) refused: u64,
    /// Places of those to tell, each once.
    #[serde(skip)]
    dirty: Vec<u32>,
    /// The unit's declared networks with their zones, by the register.
    #[serde(skip)]
    zones: Vec<(Network, CompactString)>,
}

impl Unit {
    pub(super) fn len(&self) -> usize {
        self.assets.len()
    }

    /// Takes over what the register declares. Whose zone is another is told again.
    pub(super) fn expect(&mut self, unit: Option<&register::Unit>) {
        let before = self.zones.clone();
        self.declare(unit);
        if before == self.zones {
            return;
        }
        for place in self.assets.order() {
            let Some((Key::Address(ip), asset)) = self.assets.at_mut(place) else { continue };
            asset.changed |= zone(&before, *ip) != zone(&self.zones, *ip);
            self.mark(place);
        }
    }

    /// The zones alone: what is restored has been told with them.
    pub(super) fn declare(&mut self, unit: Option<&register::Unit>) {
        let zones = unit.map_or(&[][..], |u| &u.zones).iter();
        let zones = zones.flat_map(|z| z.networks.iter().map(|n| (n, CompactString::new(&z.name))));
        self.zones = zones.filter_map(|(n, name)| Some((Network::parse(n)?, name))).collect();
    }

    /// Of the unit's own network: what it declares, else what no network outside can have.
    #[inline]
    pub(super) fn is_inside(&self, ip: IpAddr) -> bool {
        if self.zones.is_empty() { ueba::is_inside(&ip) } else { zone(&self.zones, ip).is_some() }
    }

    #[inline]
    pub(super) fn answered(&mut self, answer: &Answer, time: Micros, source: Source) {
        let place = self.enter(Key::Address(answer.server));
        self.update(place, time, source, |asset| asset.answered(answer, time));
    }

    pub(super) fn take(&mut self, sight: Sight, time: Micros) {
        match sight {
            Sight::Service(answer) if self.is_inside(answer.server) => {
                self.answered(&answer, time, Source::Database);
            }
            Sight::Address { ip, host, mac, source } if self.is_inside(ip) => {
                self.belongs(&host, ip);
                let place = self.enter(Key::Address(ip));
                self.update(place, time, source, |asset| {
                    asset.named(&host, source);
                    asset.carded(&mac);
                });
            }
            Sight::Host { name, source } => {
                let place = self.enter(Key::Host(name));
                let owner = place.and_then(|p| self.assets.at(p)).and_then(|(_, a)| a.same_as);
                let place = match owner {
                    Some(ip) => self.enter(Key::Address(ip)),
                    None => place,
                };
                self.update(place, time, source, |_| {});
            }
            Sight::Name { ip, host } => {
                let place = self.assets.find(&Key::Address(ip));
                self.update(place, time, Source::Dns, |asset| asset.named(&host, Source::Dns));
            }
            Sight::Database { name } => {
                let place = self.enter(Key::Database(name));
                self.update(place, time, Source::Database, |_| {});
            }
            Sight::Service(_) | Sight::Address { .. } => {}
        }
    }

    /// A name belongs to an address: whatever is said of the name is said of it from now on.
    fn belongs(&mut self, host: &CompactString, ip: IpAddr) {
        if host.is_empty() {
            return;
        }
        // One that was never seen by its name alone is kept as a pointer and not told.
        let Some(place) = self.enter(Key::Host(host.clone())) else { return };
        let Some((_, name)) = self.assets.at_mut(place) else { return };
        let owner = name.same_as.replace(ip);
        if owner == Some(ip) {
            return;
        }
        name.changed = true;
        self.mark(place);
        let Some(place) = owner.and_then(|old| self.assets.find(&Key::Address(old))) else { return };
        if let Some((_, old)) = self.assets.at_mut(place) {
            old.unnamed(host);
            self.mark(place);
        }
    }

    /// The place of what has that key; None, and it is counted, where there is no room for it.
    #[inline]
    fn enter(&mut self, key: Key) -> Option<u32> {
        match self.assets.find(&key) {
            Some(place) => Some(place),
            None if self.assets.len() >= UNIT_MAX => {
                self.refused += 1;
                None
            }
            None => Some(self.assets.insert(key, Asset::default())),
        }
    }

    #[inline]
    fn update(&mut self, place: Option<u32>, time: Micros, source: Source, change: impl FnOnce(&mut Asset)) {
        let Some(place) = place else { return };
        if let Some((_, asset)) = self.assets.at_mut(place) {
            asset.seen(time, source);
            change(asset);
            if !asset.dirty && asset.is_due() {
                asset.dirty = true;
                self.dirty.push(place);
            }
        }
    }

    /// Puts what has changed on the list.
    fn mark(&mut self, place: u32) {
        if let Some((_, asset)) = self.assets.at_mut(place)
            && asset.changed
            && !asset.dirty
        {
            asset.dirty = true;
            self.dirty.push(place);
        }
    }

    /// Tells at most `room` of those that are due, in the order of their keys; the others wait.
    pub(super) fn tell(&mut self, id: &UnitId, room: usize, out: &mut Vec<state::Asset>) {
        if self.dirty.is_empty() {
            return;
        }
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_by(|a, b| self.assets.at(*a).map(|e| e.0).cmp(&self.assets.at(*b).map(|e| e.0)));
        let rest = dirty.split_off(dirty.len().min(room));
        for place in dirty {
            let Some((key, asset)) = self.assets.at_mut(place) else { continue };
            asset.dirty = false;
            let zone = match key {
                Key::Address(ip) => zone(&self.zones, *ip).unwrap_or(""),
                _ => "",
            };
            out.extend(asset.tell(id, key, zone));
        }
        self.dirty = rest;
    }

    /// Forgets what is stale, where room is getting scarce.
    pub(super) fn forget(&mut self, now: Micros) {
        if self.assets.len() < UNIT_MAX / 4 * 3 {
            return;
        }
        let stale = |(key, asset): (&Key, &Asset)| (asset.is_stale(now) && !asset.dirty).then(|| key.clone());
        let gone: Vec<Key> = self.assets.sorted().filter_map(stale).collect();
        for key in &gone {
            self.assets.remove(key);
        }
        self.rebuild();
    }

    /// Finds the places anew, after the table was restored or thinned.
    pub(super) fn rebuild(&mut self) {
        let dirty = |i: &u32| self.assets.at(*i).is_some_and(|(_, a)| a.dirty);
        self.dirty = self.assets.order().into_iter().filter(dirty).collect();
    }
}

#[inline]
fn zone(zones: &[(Network, CompactString)], ip: IpAddr) -> Option<&str> {
    zones.iter().find(|(network, _)| network.contains(ip)).map(|(_, name)| name.as_str())
}
