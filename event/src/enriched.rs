//! An event with what analytics adds to it once: the unit the register allows, and the places of its
//! addresses. Stored as columns, outside the row's identity.

use std::sync::Arc;

use compact_str::CompactString;

use crate::{Event, UnitId, topic::Topic};

/// Where an address is, by GeoIP. Empty texts and 0 for unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// ISO 3166-1 alpha-2.
    pub country: CompactString,
    pub region: CompactString,
    pub city: CompactString,
    pub asn: u32,
    pub as_org: CompactString,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enrichment {
    pub src: Option<Arc<Place>>,
    pub dst: Option<Arc<Place>>,
}

/// An event on its way into the store, with its place on the log.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrichedEvent {
    pub event: Event,
    /// What the register allows; `unattributed` where it cannot tell.
    pub hospital: UnitId,
    pub enrichment: Enrichment,
    pub topic: Topic,
    pub partition: i32,
    pub offset: u64,
}

impl EnrichedEvent {
    /// With nothing in it yet, to be filled in place.
    pub fn blank(topic: Topic) -> Self {
        Self {
            event: Event::default(),
            hospital: UnitId::default(),
            enrichment: Enrichment::default(),
            topic,
            partition: 0,
            offset: 0,
        }
    }
}
