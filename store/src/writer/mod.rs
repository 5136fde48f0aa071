//! The planned writer: from the log into the store, each record exactly once.
//!
//! A batch is planned, then written. The plan names the offsets of every topic in it and is made
//! durable with the reader's positions before anything is sent; each table's rows go as one block
//! under the token `<plan>-<table>`. After any failure the pending plan is read again and inserted
//! again exactly as it was, and the store drops what it already has by the token. The next plan's
//! commit is what moves the positions past this one.
//!
//! [`Writer`] does no I/O: the run loop gives it records and tells it what came of its batches.
//!
//! ```text
//! recover ─(pending plan?)─ add… ─ seal ─→ insert ─→ done ─→ add… ─ due? ─ seal ─ commit ─ insert ─ done …
//! ```

pub mod columns;
mod insert;
mod plan;
mod rows;
mod seen;

use std::collections::BTreeMap;

use ward_event::{
    Micros,
    books::{Book, Books, Cause},
    clock::Clock,
    topic::Topic,
};

use crate::log::Position;
pub use columns::{At, Block};
pub use plan::{Plan, PlanError, Slice};
pub use rows::Row;
use rows::Tables;
use seen::Seen;

/// Bytes a batch may have before it is due, whatever its rows: with a second batch in flight and the
/// engine's copy this bounds what large messages can cost.
pub const INSERT_BYTES_MAX: usize = 128 << 20;

/// When a batch is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterSettings {
    pub rows_max: usize,
    pub delay_max: std::time::Duration,
}

impl From<&ward_event::config::StoreConfig> for WriterSettings {
    fn from(store: &ward_event::config::StoreConfig) -> Self {
        Self {
            rows_max: store.insert_rows_max,
            delay_max: std::time::Duration::from_millis(store.insert_delay_ms_max),
        }
    }
}

/// What became of a record given to the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is in the batch that accumulates (or was only to be passed over).
    Kept,
    /// Its producer has sent it before: dropped and counted.
    Resent,
    /// It lies before the writer's position: stored already.
    Stored,
    /// It lies behind the pending plan that must be inserted first: read it again after that.
    Later,
}

/// A sealed batch: first commit `positions`, then insert `blocks`.
#[derive(Debug, Clone)]
pub struct Batch {
    pub plan: Plan,
    /// To be committed durably, all in one step, before the insert. Empty for a plan that is durable
    /// already.
    pub positions: BTreeMap<Topic, Position>,
    pub blocks: Vec<Block>,
}

impl Batch {
    pub fn rows(&self) -> usize {
        self.blocks.iter().map(|b| b.rows).sum()
    }
}

/// How far one topic is.
#[derive(Debug, Clone, Default)]
struct Progress {
    next: u64,
    seen: Seen,
}

#[derive(Debug, Default)]
struct TopicState {
    /// Where the batch that accumulates begins.
    base: Progress,
    /// Behind the last record given.
    now: Progress,
    /// Rows of the topic in the batch that accumulates.
    rows: usize,
}

/// See the module.
pub struct Writer {
    settings: WriterSettings,
    clock: Clock,
    books: BTreeMap<&'static str, Book>,
    topics: BTreeMap<Topic, TopicState>,
    /// The positions last handed out to be committed.
    handed: BTreeMap<Topic, Position>,
    tables: Tables,
    /// When the first row of the batch was given.
    since: Option<Micros>,
    /// The plan that an earlier life left, until its rows are sealed.
    replay: Option<Plan>,
    /// The plan that is being inserted.
    in_flight: Option<Plan>,
}

impl Writer {
    /// Takes up where the group's positions say that an earlier life stopped. The plan returned, if
    /// any, must be inserted first: read its topics from its first offsets and add the records until
    /// [`Writer::due`].
    ///
    /// # Errors
    /// Positions that this writer did not write, or that hold a part of a plan only.
    pub fn recover(
        positions: &BTreeMap<Topic, Position>,
        clock: Clock,
        settings: WriterSettings,
        books: &Books,
    ) -> Result<(Self, Option<Plan>), PlanError> {
        let mut topics = BTreeMap::new();
        for (topic, position) in positions {
            let (_, seen) = plan::decode(topic, position)?;
            let at = Progress { next: position.next, seen };
            topics.insert(topic.clone(), TopicState { base: at.clone(), now: at, rows: 0 });
        }
        let replay = Plan::pending(positions)?;
        let writer = Self {
            settings,
            clock,
            books: rows::TABLES.into_iter().map(|table| (table, books.book("store", table))).collect(),
            topics,
            handed: positions.clone(),
            tables: Tables::default(),
            since: None,
            replay: replay.clone(),
            in_flight: None,
        };
        Ok((writer, replay))
    }

    /// The offset from which this topic must be given. A topic's records must come in order.
    pub fn next(&self, topic: &Topic) -> u64 {
        self.topics.get(topic).map_or(0, |t| t.now.next)
    }

    /// The pending plan that must be inserted before anything else is taken.
    pub fn replaying(&self) -> Option<&Plan> {
        self.replay.as_ref()
    }

    /// Takes a record. Stop giving once [`Writer::due`] says so: what is given before it is sealed
    /// joins the same batch.
    pub fn add(&mut self, at: At<'_>, row: Row<'_>) -> Added {
        let planned = match &self.replay {
            None => None,
            Some(plan) => match plan.slices.get(at.topic) {
                Some(slice) => Some(*slice),
                None => return Added::Later,
            },
        };
        if !self.topics.contains_key(at.topic) {
            self.topics.insert(at.topic.clone(), TopicState::default());
        }
        let Some(state) = self.topics.get_mut(at.topic) else { return Added::Later };
        if at.offset < state.now.next {
            return Added::Stored;
        }
        if let Some(slice) = planned
            && at.offset > slice.last
        {
            // The log no longer holds all of the slice; what it holds has been given.
            state.now.next = slice.last + 1;
            return Added::Later;
        }
        state.now.next = at.offset + 1;
        let Some((table, producer, seq)) = row.identity() else { return Added::Kept };
        let book = self.books.get(table);
        if let Some(book) = book {
            book.r#in.inc();
        }
        if !state.now.seen.is_new(producer, seq) {
            if let Some(book) = book {
                book.dropped(Cause::Resent, 1);
            }
            return Added::Resent;
        }
        if let Some(book) = book {
            book.held.inc();
        }
        state.rows += 1;
        self.tables.push(&row, at);
        self.since.get_or_insert_with(|| self.clock.now());
        Added::Kept
    }

    /// True when the batch should be sealed as soon as none is in flight.
    pub fn due(&self, now: Micros) -> bool {
        if let Some(plan) = &self.replay {
            return plan.slices.iter().all(|(topic, slice)| self.next(topic) > slice.last);
        }
        let Some(since) = self.since else { return false };
        let age = u128::try_from(now.0.saturating_sub(since.0)).unwrap_or(0);
        self.is_full() || age >= self.settings.delay_max.as_micros()
    }

    /// True when no more should be given before the batch is sealed.
    pub fn is_full(&self) -> bool {
        self.tables.rows() >= self.settings.rows_max || self.tables.bytes() >= INSERT_BYTES_MAX
    }

    /// Rows that wait to be sealed.
    pub fn waiting(&self) -> usize {
        self.tables.rows()
    }

    /// Ends the batch that accumulates. None while one is in flight, when there is nothing to
    /// insert, or while the pending plan has not been given whole.
    pub fn seal(&mut self) -> Option<Batch> {
        if self.in_flight.is_some() {
            return None;
        }
        if self.replay.is_some() {
            return self.seal_replay();
        }
        if self.tables.rows() == 0 {
            return None;
        }
        let slices = self
            .topics
            .iter()
            .filter(|(_, state)| state.rows > 0)
            .map(|(topic, state)| (topic.clone(), Slice { first: state.base.next, last: state.now.next - 1 }))
            .collect();
        let plan = Plan::new(self.clock.now(), slices);
        // Topics with nothing to insert are passed over in the same step.
        for state in self.topics.values_mut().filter(|state| state.rows == 0) {
            state.base = state.now.clone();
        }
        let positions = self.moved(Some(&plan));
        Some(self.hand_over(plan, positions))
    }

    fn seal_replay(&mut self) -> Option<Batch> {
        if !self.due(Micros::default()) {
            return None;
        }
        let plan = self.replay.take()?;
        Some(self.hand_over(plan, BTreeMap::new()))
    }

    fn hand_over(&mut self, plan: Plan, positions: BTreeMap<Topic, Position>) -> Batch {
        for state in self.topics.values_mut().filter(|state| state.rows > 0) {
            state.base = state.now.clone();
            state.rows = 0;
        }
        self.since = None;
        self.in_flight = Some(plan.clone());
        let blocks = self.tables.take(plan.ingested_at);
        Batch { plan, positions, blocks }
    }

    /// The batch is in the store.
    pub fn done(&mut self, batch: &Batch) {
        if self.in_flight.as_ref().is_some_and(|plan| plan.id == batch.plan.id) {
            self.in_flight = None;
            for block in &batch.blocks {
                if let Some(book) = self.books.get(block.table) {
                    book.out.inc_by(block.rows as u64);
                    book.held.sub(i64::try_from(block.rows).unwrap_or(i64::MAX));
                }
            }
        }
    }

    /// Positions that may be committed without a plan: behind what is stored and what was passed
    /// over. For a clean stop and for idle times, so that a restart finds nothing pending. Empty
    /// while a batch is in flight.
    pub fn settle(&mut self) -> BTreeMap<Topic, Position> {
        if self.in_flight.is_some() || self.replay.is_some() {
            return BTreeMap::new();
        }
        for state in self.topics.values_mut().filter(|state| state.rows == 0) {
            state.base = state.now.clone();
        }
        self.moved(None)
    }

    /// The topics' positions as of the batch's begin, where they differ from those handed out last.
    fn moved(&mut self, plan: Option<&Plan>) -> BTreeMap<Topic, Position> {
        let mut moved = BTreeMap::new();
        for (topic, state) in &self.topics {
            let position = plan::encode(plan, topic, &state.base.seen, state.base.next);
            if self.handed.get(topic) != Some(&position) {
                self.handed.insert(topic.clone(), position.clone());
                moved.insert(topic.clone(), position);
            }
        }
        moved
    }
}
