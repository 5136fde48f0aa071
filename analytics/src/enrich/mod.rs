//! What analytics adds to an event once: the unit the register allows and the places of both ends.

mod database;
mod geoip;
mod record;

use ward_event::{
    Enrichment, Event, Field, SenderId, UnitId,
    register::{Attribution, Register},
};

pub use geoip::{GeoIp, GeoIpError};

/// Unit and places of events.
pub struct Enricher {
    attribution: Attribution,
    geoip: GeoIp,
}

impl Enricher {
    pub fn new(register: &Register, geoip: GeoIp) -> Self {
        Self { attribution: Attribution::new(register), geoip }
    }

    /// A changed register from the next event on.
    pub fn set_register(&mut self, register: &Register) {
        self.attribution = Attribution::new(register);
    }

    /// `sender` is known from the topic, never from the event.
    pub fn enrich(&self, sender: &SenderId, event: &Event) -> (UnitId, Enrichment) {
        let unit = self.attribution.unit(sender, &event.hospital, event.text(Field::TenantUid));
        let place = |field| event.ip(field).and_then(|ip| self.geoip.place(ip));
        let enrichment = Enrichment { src: place(Field::SrcIp), dst: place(Field::DstIp) };
        (unit, enrichment)
    }

    /// The unit of something that names no tenant, a dead letter.
    pub fn unit(&self, sender: &SenderId, claimed: &UnitId) -> UnitId {
        self.attribution.unit(sender, claimed, None)
    }

    /// Empty without a database.
    pub fn geoip_version(&self) -> &str {
        self.geoip.version()
    }
}

#[cfg(test)]
mod tests;
