//! The one place where a sender's records get their numbers.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use prometheus::IntCounter;
use tokio::{sync::mpsc, time::Instant};
use ward_event::{
    SenderId,
    books::Cause,
    clock::Clock,
    limits::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX},
    topic::Topic,
};
use ward_store::log::{Log, LogError};

use super::{
    batch::{self, Batch, Topics},
    draft::{Draft, Outcome, Patience},
    handle::{Order, State, settle_dropped},
    recover::Recovered,
};

/// How long a full quota is left alone before it is tried again.
const QUOTA_PAUSE: Duration = Duration::from_millis(100);
/// A log that is unavailable is tried again after this, doubled up to the second.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);
/// How long a stop waits for a log that takes nothing.
const STOP_WAIT: Duration = Duration::from_secs(10);
/// The log keeps its newest segments; a checkpoint must not be older than they are.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);

/// The other side, to be run as a task.
pub(crate) struct SequencerTask {
    log: Arc<dyn Log>,
    topics: Topics,
    sender: SenderId,
    recovered: Recovered,
    clock: Clock,
    evicted: IntCounter,
    orders: mpsc::Receiver<Order>,
    state: Arc<State>,
    /// Taken and not durable.
    load: VecDeque<Draft>,
    /// Since when the checkpoint is behind.
    unsaved: Option<Instant>,
    /// When a stop gives up.
    stop_by: Option<Instant>,
}

impl SequencerTask {
    pub(super) fn new(
        log: Arc<dyn Log>,
        sender: &SenderId,
        recovered: Recovered,
        evicted: IntCounter,
        clock: Clock,
        orders: mpsc::Receiver<Order>,
        state: Arc<State>,
    ) -> Self {
        Self {
            log,
            topics: Topics { events: Topic::events(sender), dead: Topic::dead(sender) },
            sender: sender.clone(),
            recovered,
            clock,
            evicted,
            orders,
            state,
            load: VecDeque::new(),
            unsaved: None,
            stop_by: None,
        }
    }

    /// Runs until it is closed and everything is durable, or the log is broken.
    pub(crate) async fn run(mut self) {
        while self.gather().await {
            if let Err(error) = self.append().await {
                tracing::error!(sender = %self.sender, %error, "the spool takes nothing any more");
                self.state.broken.store(true, Ordering::Release);
                self.orders.close();
                return;
            }
        }
        self.save();
    }

    /// Waits for something to append; false at the end.
    async fn gather(&mut self) -> bool {
        let (mut records, mut bytes) =
            self.load.iter().fold((0, 0), |(records, bytes), d| (records + d.left(), bytes + d.bytes_left()));
        while records < BATCH_RECORDS_MAX && bytes < BATCH_BYTES_MAX {
            let order = match self.orders.try_recv() {
                Ok(order) => Some(order),
                Err(mpsc::error::TryRecvError::Empty) if self.load.is_empty() => self.wait().await,
                Err(_) => break,
            };
            match order {
                Some(Order::Take(draft)) => {
                    records += draft.left();
                    bytes += draft.bytes_left();
                    self.load.push_back(draft);
                }
                Some(Order::Close) => self.orders.close(),
                None => break,
            }
        }
        !self.load.is_empty()
    }

    /// The next order, with a checkpoint made in the meantime if one is due.
    async fn wait(&mut self) -> Option<Order> {
        if let Some(since) = self.unsaved {
            match tokio::time::timeout_at(since + CHECKPOINT_EVERY, self.orders.recv()).await {
                Ok(order) => return order,
                Err(_) => self.save(),
            }
        }
        self.orders.recv().await
    }

    /// Appends one batch of the load and acknowledges it. The same bytes under the same numbers,
    /// until the log has said what became of them.
    async fn append(&mut self) -> Result<(), LogError> {
        let mut batch = batch::build(&self.load, self.recovered.seq, &self.recovered.seen, &self.topics);
        let mut uncertain = false;
        let mut pause = RETRY_MIN;
        while !batch.appends.is_empty() {
            let error = match self.log.append(batch.appends.clone()).await {
                Ok(offsets) => {
                    self.number(&batch, &offsets);
                    break;
                }
                Err(error) => error,
            };
            match error {
                LogError::QuotaFull { .. } => {
                    self.give_up_on_stop(&error)?;
                    self.quota_is_full(uncertain).await;
                    if !uncertain {
                        let seq = self.recovered.seq;
                        batch = batch::build(&self.load, seq, &self.recovered.seen, &self.topics);
                    }
                }
                LogError::Unavailable(_) => {
                    self.give_up_on_stop(&error)?;
                    if !self.state.unavailable.swap(true, Ordering::AcqRel) {
                        tracing::warn!(sender = %self.sender, %error, "the spool is tried again");
                    }
                    uncertain = true;
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(RETRY_MAX);
                }
                LogError::Corrupt(_) | LogError::Fatal(_) => return Err(error),
            }
        }
        self.state.full.store(false, Ordering::Release);
        self.state.unavailable.store(false, Ordering::Release);
        self.settle(&batch);
        if self.unsaved.is_some_and(|since| since.elapsed() >= CHECKPOINT_EVERY) {
            self.save();
        }
        Ok(())
    }

    /// A stop does not wait for ever; what it leaves is said.
    fn give_up_on_stop(&mut self, error: &LogError) -> Result<(), LogError> {
        if !self.state.closing.load(Ordering::Acquire) {
            return Ok(());
        }
        let by = *self.stop_by.get_or_insert_with(|| Instant::now() + STOP_WAIT);
        if Instant::now() < by {
            return Ok(());
        }
        let left: usize = self.load.iter().map(Draft::left).sum();
        Err(LogError::Fatal(format!("{left} records are not durable at the stop: {error}")))
    }

    /// Lets go of what does not wait, unless it may be on the disk already.
    async fn quota_is_full(&mut self, uncertain: bool) {
        if !self.state.full.swap(true, Ordering::AcqRel) {
            tracing::warn!(sender = %self.sender, "the spool's quota is full");
        }
        // What does not wait must not wait in the queue either; the rest's memory is bounded.
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Take(draft) => self.load.push_back(draft),
                Order::Close => self.orders.close(),
            }
        }
        if !uncertain {
            self.load.retain_mut(let_go);
        }
        tokio::time::sleep(QUOTA_PAUSE).await;
        if self.load.is_empty() {
            // Nothing waits that could find out: the next one does.
            self.state.full.store(false, Ordering::Release);
        }
    }

    /// Takes over where the log has put them.
    fn number(&mut self, batch: &Batch, offsets: &[u64]) {
        self.recovered.seq += batch.appends.len() as u64;
        for (append, offset) in batch.appends.iter().zip(offsets) {
            let next = if append.topic == self.topics.dead {
                &mut self.recovered.dead
            } else {
                &mut self.recovered.events
            };
            *next = (*next).max(offset + 1);
        }
        self.unsaved.get_or_insert_with(Instant::now);
    }

    /// Counts and acknowledges what is durable.
    fn settle(&mut self, batch: &Batch) {
        self.recovered.seen.insert(batch.ids.iter().copied(), self.clock.now());
        let mut whole = 0;
        for (draft, share) in self.load.iter_mut().zip(&batch.shares) {
            draft.done += share.records;
            let (records, resent) = (share.records as u64, share.resent as u64);
            if draft.patience == Patience::Refuse {
                draft.book.r#in.inc_by(records);
            } else {
                draft.book.held.sub(i64::try_from(records).unwrap_or(i64::MAX));
            }
            draft.book.out.inc_by(records - resent);
            draft.book.dropped(Cause::Resent, resent);
            if let Some(at) = draft.tail() {
                self.recovered.tails.insert(at.file, at);
            }
            if draft.left() == 0 {
                whole += 1;
                if let Some(ack) = draft.ack.take() {
                    // A client that has gone asks no more.
                    let _ = ack.send(Outcome::Durable);
                }
            }
        }
        self.load.drain(..whole);
    }

    /// Makes a checkpoint. A few milliseconds every few seconds: not worth a thread.
    fn save(&mut self) {
        if let Err(error) = self.recovered.save(self.clock.now()) {
            tracing::warn!(sender = %self.sender, %error, "checkpoint");
        }
        self.evicted.inc_by(self.recovered.seen.take_evicted());
        self.unsaved = None;
    }
}

/// Whether a draft stays while the quota is full.
fn let_go(draft: &mut Draft) -> bool {
    match draft.patience {
        Patience::Drop => {
            settle_dropped(draft);
            false
        }
        // A part of it is durable: it cannot be refused as a whole any more.
        Patience::Refuse if draft.done == 0 => {
            if let Some(ack) = draft.ack.take() {
                let _ = ack.send(Outcome::Refused);
            }
            false
        }
        Patience::Refuse | Patience::Wait => true,
    }
}
