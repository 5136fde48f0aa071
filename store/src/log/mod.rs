//! The log: topics of records, each with an offset that counts from 0 without a gap in its topic.
//!
//! Two backends behind one small trait, one contract test for both: [`disk`] is the embedded log and
//! every collector's spool; [`kafka`] is a cluster. What is promised of either:
//!
//! - [`Log::append`] returns after the records are durable (fdatasync; all in-sync replicas), and the
//!   records of one call keep their order in each topic. After an error none, some or all of them may
//!   be there: the caller appends the same again and readers drop what they have seen by
//!   (producer, seq).
//! - A record is never read before it is durable, and two readers read the same bytes at an offset.
//! - A group's position and its metadata move together, for all topics in one durable step.

pub mod disk;
pub mod kafka;
pub mod publish;
pub mod ticker;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use ward_event::topic::Topic;

/// A record to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    pub topic: Topic,
    pub payload: Bytes,
}

/// A record read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub topic: Topic,
    pub offset: u64,
    pub payload: Bytes,
}

/// Where a group stands in a topic, and what it noted with it (a slice of the writer's plan; at most
/// `COMMIT_METADATA_BYTES_MAX` bytes).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    /// The next offset to read.
    pub next: u64,
    pub metadata: String,
}

/// Why the log refuses.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// Unread bytes of this topic's sender reached its quota: wait, or drop and count.
    #[error("quota of {topic} is full")]
    QuotaFull { topic: Topic },
    /// The disk is full or failed in a way that is healed by trying again.
    #[error("log unavailable: {0}")]
    Unavailable(String),
    /// A stored byte is broken. Never served, never skipped in silence.
    #[error("log corrupt: {0}")]
    Corrupt(String),
    /// Another member of the group took over, or the topic is not there: trying again does not help.
    #[error("log: {0}")]
    Fatal(String),
}

/// Which topics a reader follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topics {
    /// These.
    Only(Vec<Topic>),
    /// All of Ward's, new ones as they come.
    All,
}

impl Topics {
    pub fn contain(&self, topic: &Topic) -> bool {
        match self {
            Self::All => true,
            Self::Only(topics) => topics.contains(topic),
        }
    }
}

/// A log. Shared by reference between tasks.
#[async_trait]
pub trait Log: Send + Sync + 'static {
    /// Appends durably; returns the offset of each record, in the order given.
    ///
    /// # Errors
    /// See [`LogError`]; nothing is promised of the records then.
    async fn append(&self, records: Vec<Append>) -> Result<Vec<u64>, LogError>;

    /// Opens the reader of `group`, at the group's positions (at the oldest kept record where it has
    /// none). A group has one reader at a time: on Kafka a second one fences the first.
    ///
    /// # Errors
    /// See [`LogError`].
    async fn reader(&self, group: &str, topics: Topics) -> Result<Box<dyn Reader>, LogError>;

    /// A reader without a group: starts at the given offsets (at the oldest kept record where none is
    /// given) and cannot commit. For followers such as the web stage, recordings, and tests.
    ///
    /// # Errors
    /// See [`LogError`].
    async fn follow(&self, topics: Topics, from: BTreeMap<Topic, u64>) -> Result<Box<dyn Reader>, LogError>;

    /// The offset behind the last durable record of each topic that has any.
    ///
    /// # Errors
    /// See [`LogError`].
    async fn ends(&self) -> Result<BTreeMap<Topic, u64>, LogError>;
}

/// A reader of some topics. Not shared.
#[async_trait]
pub trait Reader: Send {
    /// Up to `max` records, as soon as there is one; an empty batch after `wait`. Records of one topic
    /// come in order and without gap; topics interleave as the backend likes.
    ///
    /// # Errors
    /// See [`LogError`].
    async fn poll(&mut self, max: usize, wait: Duration) -> Result<Vec<Record>, LogError>;

    /// The group's positions as last committed by anyone.
    ///
    /// # Errors
    /// See [`LogError`].
    async fn committed(&mut self) -> Result<BTreeMap<Topic, Position>, LogError>;

    /// Moves the positions of these topics durably, all or none.
    ///
    /// # Errors
    /// `Fatal` when this reader has been fenced by a newer one of the group.
    async fn commit(&mut self, positions: &BTreeMap<Topic, Position>) -> Result<(), LogError>;

    /// Stops handing out a topic's records, or goes on where it stopped. For a caller that has read one
    /// topic too far ahead of the others; a backend whose topics come interleaved as they were appended
    /// has nothing to do.
    ///
    /// # Errors
    /// See [`LogError`].
    async fn pause(&mut self, _topic: &Topic, _paused: bool) -> Result<(), LogError> {
        Ok(())
    }

    /// The next poll of this topic begins here.
    ///
    /// # Errors
    /// See [`LogError`].
    async fn seek(&mut self, topic: &Topic, offset: u64) -> Result<(), LogError>;
}
