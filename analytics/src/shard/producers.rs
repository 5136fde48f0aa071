//! How far each producer of events has been seen.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use ward_event::ProducerId;

/// Producers known. One is made when a collector's spool is: a region of a thousand collectors that
/// each lose theirs once a week for a year needs 52,000.
const PRODUCERS_MAX: usize = 65_536;

/// In the order they were first seen, which is their place in references.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Producers {
    /// Each with the next seq that is new.
    seen: Vec<(ProducerId, u64)>,
    #[serde(skip)]
    index: HashMap<ProducerId, u32>,
    /// The place of the last one: runs of one producer are long.
    #[serde(skip)]
    last: u32,
}

pub(crate) enum Admitted {
    /// The producer's place.
    New(u32),
    Seen,
    Stranger,
}

impl Producers {
    #[inline]
    pub(crate) fn admit(&mut self, id: &ProducerId, seq: u64) -> Admitted {
        let place = match self.seen.get(self.last as usize) {
            Some((last, _)) if last == id => self.last,
            _ => match self.index.get(id) {
                Some(place) => *place,
                None if self.seen.len() >= PRODUCERS_MAX => return Admitted::Stranger,
                None => {
                    let place = self.seen.len() as u32;
                    self.index.insert(id.clone(), place);
                    self.seen.push((id.clone(), 0));
                    place
                }
            },
        };
        self.last = place;
        let next = &mut self.seen[place as usize].1;
        if seq < *next {
            return Admitted::Seen;
        }
        *next = seq.saturating_add(1);
        Admitted::New(place)
    }

    pub(crate) fn id(&self, place: u32) -> Option<&ProducerId> {
        self.seen.get(place as usize).map(|(id, _)| id)
    }

    pub(crate) fn rebuild(&mut self) {
        self.index = self.seen.iter().zip(0..).map(|((id, _), i)| (id.clone(), i)).collect();
    }
}
