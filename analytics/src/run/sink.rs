//! A planned writer with its batch in flight: the way of some topics into the store.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;
use ward_event::{books::Books, clock::Clock, topic::Topic};
use ward_store::{
    Store, StoreError,
    log::{Position, Reader},
    writer::{Batch, Plan, Writer, WriterSettings},
};

use super::RunError;

/// Positions without anything to store are committed so often.
const SETTLE_EVERY: Duration = Duration::from_secs(5);

/// A batch may wait its delay once more for every so many rows it holds: what comes fast makes large blocks, and
/// a row of a large one costs the store a fraction (a part has a file of every column, each merge touches them all).
/// 10,000 rows/s are stored after 0.7 s, 30,000 after 2 s, and from 40,000 on a batch is as large as one may be.
const ROWS_WORTH: usize = 20_000;

pub(super) struct Sink {
    pub(super) writer: Writer,
    store: Arc<Store>,
    clock: Clock,
    delay: Duration,
    inserting: Option<JoinHandle<Result<Batch, StoreError>>>,
    /// When the batch that accumulates last was empty, by the machine: a driven clock may stand still.
    empty_at: Instant,
    settled_at: Instant,
}

impl Sink {
    /// Takes up where the positions of its topics say that an earlier life stopped.
    pub(super) fn recover(
        positions: &BTreeMap<Topic, Position>,
        store: Arc<Store>,
        clock: Clock,
        settings: WriterSettings,
        books: &Books,
    ) -> Result<(Self, Option<Plan>), RunError> {
        let (writer, pending) = Writer::recover(positions, clock.clone(), settings, books)?;
        if let Some(plan) = &pending {
            tracing::info!(plan = plan.id, "the plan that was pending is inserted again");
        }
        let sink = Self {
            writer,
            store,
            clock,
            delay: settings.delay_max,
            inserting: None,
            empty_at: Instant::now(),
            settled_at: Instant::now(),
        };
        Ok((sink, pending))
    }

    /// Inserts the plan that an earlier life left, once all of it has been given.
    pub(super) async fn replayed(&mut self) -> Result<(), RunError> {
        if let Some(batch) = self.writer.seal() {
            Writer::insert(&self.store, &batch).await?;
            self.writer.done(&batch);
        }
        Ok(())
    }

    /// Looks after the batch in flight, and sends the next one when it is due.
    pub(super) async fn write(&mut self, reader: &mut dyn Reader) -> Result<(), RunError> {
        if self.inserting.as_ref().is_some_and(JoinHandle::is_finished) {
            self.done().await?;
        }
        if self.inserting.is_some() {
            return Ok(());
        }
        let rows = self.writer.waiting();
        if rows == 0 {
            self.empty_at = Instant::now();
            return self.settle(SETTLE_EVERY, reader).await;
        }
        let delay = self.delay.mul_f64(1.0 + rows as f64 / ROWS_WORTH as f64);
        let aged =
            self.empty_at.elapsed() >= delay || (rows < ROWS_WORTH && self.writer.due(self.clock.now()));
        if aged || self.writer.is_full() { self.send(reader).await } else { Ok(()) }
    }

    async fn send(&mut self, reader: &mut dyn Reader) -> Result<(), RunError> {
        if let Some(batch) = self.writer.seal() {
            self.empty_at = Instant::now();
            if !batch.positions.is_empty() {
                reader.commit(&batch.positions).await?;
            }
            let store = self.store.clone();
            self.inserting =
                Some(tokio::spawn(async move { Writer::insert(&store, &batch).await.map(|()| batch) }));
        }
        Ok(())
    }

    async fn done(&mut self) -> Result<(), RunError> {
        if let Some(task) = self.inserting.take() {
            let batch = task.await.map_err(|_| RunError::Panicked)??;
            self.writer.done(&batch);
        }
        Ok(())
    }

    async fn settle(&mut self, every: Duration, reader: &mut dyn Reader) -> Result<(), RunError> {
        if self.settled_at.elapsed() < every {
            return Ok(());
        }
        self.settled_at = Instant::now();
        let positions = self.writer.settle();
        if !positions.is_empty() {
            reader.commit(&positions).await?;
        }
        Ok(())
    }

    /// A clean end: all that was given is stored, and the positions say so.
    pub(super) async fn finish(&mut self, reader: &mut dyn Reader) -> Result<(), RunError> {
        self.done().await?;
        self.send(reader).await?;
        self.done().await?;
        self.settle(Duration::ZERO, reader).await
    }
}
