//! A plan, and its slices as the metadata of the topics' positions.
//!
//! Metadata is one line of words: version, plan (`-` for none), its time (ms), first and last offset,
//! then for each producer `name=next`. The position's offset is the slice's first; the expected
//! numbers are those before the slice, so that reading it again decides the same.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use ward_event::{Micros, alert::hex, limits::COMMIT_METADATA_BYTES_MAX, topic::Topic};

use super::seen::{PRODUCERS_MAX, Seen};
use crate::log::Position;

const VERSION: &str = "w1";
/// Version, plan, three numbers and their spaces; then a producer each: name, `=`, number, space.
const HEAD_BYTES_MAX: usize = 2 + 1 + 32 + 3 * (1 + 20);
const PRODUCER_BYTES_MAX: usize = 1 + 48 + 1 + 20;
const _: () = assert!(HEAD_BYTES_MAX + PRODUCERS_MAX * PRODUCER_BYTES_MAX <= COMMIT_METADATA_BYTES_MAX);

/// Offsets of one topic, both within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    pub first: u64,
    pub last: u64,
}

/// What one batch holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// 32 hex digits over all that follows: a part of a plan never passes for the whole.
    pub id: String,
    /// Whole milliseconds; partition key and retention clock of every row in it.
    pub ingested_at: Micros,
    pub slices: BTreeMap<Topic, Slice>,
}

/// Why positions are no plan's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("position of {topic}: metadata {metadata:?} is not the writer's")]
    Metadata { topic: Topic, metadata: String },
    #[error("positions hold two plans, {0} and {1}")]
    Two(String, String),
    #[error("positions hold a part of plan {0} only")]
    Part(String),
}

impl Plan {
    pub fn new(now: Micros, slices: BTreeMap<Topic, Slice>) -> Self {
        let ingested_at = Micros::from_millis(now.millis());
        Self { id: id(ingested_at, &slices), ingested_at, slices }
    }

    /// The token of a table's block.
    pub fn token(&self, table: &str) -> String {
        format!("{}-{table}", self.id)
    }

    /// The offsets to read its records from.
    pub fn firsts(&self) -> BTreeMap<Topic, u64> {
        self.slices.iter().map(|(topic, slice)| (topic.clone(), slice.first)).collect()
    }

    /// The plan that was committed and may not have been inserted.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn pending(positions: &BTreeMap<Topic, Position>) -> Result<Option<Self>, PlanError> {
        let mut pending: Option<Self> = None;
        for (topic, position) in positions {
            let (Some(part), _) = decode(topic, position)? else { continue };
            let plan = pending.get_or_insert_with(|| Self {
                id: part.id.clone(),
                ingested_at: part.ingested_at,
                slices: BTreeMap::new(),
            });
            if plan.id != part.id {
                return Err(PlanError::Two(plan.id.clone(), part.id));
            }
            plan.slices.insert(topic.clone(), part.slice);
        }
        match pending {
            Some(plan) if id(plan.ingested_at, &plan.slices) != plan.id => Err(PlanError::Part(plan.id)),
            other => Ok(other),
        }
    }
}

fn id(ingested_at: Micros, slices: &BTreeMap<Topic, Slice>) -> String {
    let mut hash = Sha256::new();
    hash.update(ingested_at.0.to_le_bytes());
    for (topic, slice) in slices {
        hash.update(topic.as_str().as_bytes());
        hash.update([0]);
        hash.update(slice.first.to_le_bytes());
        hash.update(slice.last.to_le_bytes());
    }
    hex(&hash.finalize()[..16])
}

/// One topic's part of a plan.
pub(super) struct Part {
    id: String,
    ingested_at: Micros,
    slice: Slice,
}

/// The topic's position: its slice of the plan where it has one, else just how far it is.
pub(super) fn encode(plan: Option<&Plan>, topic: &Topic, seen: &Seen, next: u64) -> Position {
    let mut metadata = match plan.and_then(|p| p.slices.get(topic).map(|s| (p, s))) {
        Some((plan, slice)) => {
            format!("{VERSION} {} {} {} {}", plan.id, plan.ingested_at.millis(), slice.first, slice.last)
        }
        None => format!("{VERSION} -"),
    };
    for (producer, expected) in &seen.0 {
        metadata.push_str(&format!(" {producer}={expected}"));
    }
    Position { next, metadata }
}

/// What [`encode`] wrote; a topic without metadata has never been written.
pub(super) fn decode(topic: &Topic, position: &Position) -> Result<(Option<Part>, Seen), PlanError> {
    if position.metadata.is_empty() {
        return Ok((None, Seen::default()));
    }
    parse(position)
        .ok_or_else(|| PlanError::Metadata { topic: topic.clone(), metadata: position.metadata.clone() })
}

fn parse(position: &Position) -> Option<(Option<Part>, Seen)> {
    let mut words = position.metadata.split(' ');
    if words.next()? != VERSION {
        return None;
    }
    let part = match words.next()? {
        "-" => None,
        id => {
            let ingested_at = Micros::from_millis(words.next()?.parse().ok()?);
            let slice = Slice { first: words.next()?.parse().ok()?, last: words.next()?.parse().ok()? };
            if slice.first != position.next || slice.last < slice.first {
                return None;
            }
            Some(Part { id: id.to_owned(), ingested_at, slice })
        }
    };
    let mut seen = Seen::default();
    for word in words {
        let (producer, expected) = word.split_once('=')?;
        seen.0.push((producer.into(), expected.parse().ok()?));
    }
    Some((part, seen))
}

#[cfg(test)]
mod tests {
    use ward_event::{ProducerId, SenderId};

    use super::*;

    fn topic(name: &str) -> Topic {
        Topic::events(&SenderId::new(name).expect("an id"))
    }

    fn positions(plan: &Plan, seen: &Seen) -> BTreeMap<Topic, Position> {
        plan.slices.iter().map(|(t, s)| (t.clone(), encode(Some(plan), t, seen, s.first))).collect()
    }

    #[test]
    fn a_plan_survives_its_metadata_and_a_part_of_it_is_refused() {
        let slices = [("a", 3, 9), ("b", 0, 0)].map(|(t, first, last)| (topic(t), Slice { first, last }));
        let plan = Plan::new(Micros(1_700_000_000_123_456), slices.into());
        assert_eq!(plan.ingested_at, Micros(1_700_000_000_123_000));
        let mut seen = Seen::default();
        seen.is_new(&ProducerId::new("p.1").expect("an id"), 41);
        let mut positions = positions(&plan, &seen);
        assert_eq!(Plan::pending(&positions), Ok(Some(plan.clone())));
        let (_, read) = decode(&topic("a"), &positions[&topic("a")]).expect("metadata");
        assert_eq!(read, seen);

        positions.insert(topic("c"), encode(None, &topic("c"), &seen, 5));
        assert_eq!(Plan::pending(&positions), Ok(Some(plan.clone())), "a settled topic is in no plan");
        positions.remove(&topic("b"));
        assert_eq!(Plan::pending(&positions), Err(PlanError::Part(plan.id.clone())));
        let other = Plan::new(Micros(5_000), [(topic("b"), Slice { first: 1, last: 1 })].into());
        positions.insert(topic("b"), encode(Some(&other), &topic("b"), &seen, 1));
        assert!(matches!(Plan::pending(&positions), Err(PlanError::Two(..))));
    }

    #[test]
    fn the_longest_metadata_fits_a_commit() {
        let mut seen = Seen::default();
        for n in 0..PRODUCERS_MAX + 5 {
            seen.is_new(&ProducerId::new(&format!("{n:0>48}")).expect("an id"), u64::MAX - 1);
        }
        let slice = Slice { first: u64::MAX - 1, last: u64::MAX };
        let plan = Plan::new(Micros(i64::MIN), [(topic("a"), slice)].into());
        let position = encode(Some(&plan), &topic("a"), &seen, slice.first);
        assert!(position.metadata.len() <= COMMIT_METADATA_BYTES_MAX, "{}", position.metadata.len());
        assert_eq!(decode(&topic("a"), &position).expect("metadata").1, seen);
    }

    #[test]
    fn foreign_metadata_is_refused() {
        for metadata in ["x", "w1", "w1 id", "w1 - p", "w1 - p=x", "w1 id 0 5 4", "w1 id 0 6 7", "w2 -"] {
            let position = Position { next: 5, metadata: metadata.into() };
            assert!(decode(&topic("a"), &position).is_err(), "{metadata}");
        }
    }
}
