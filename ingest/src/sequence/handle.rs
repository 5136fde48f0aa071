//! The listeners' side of a sequencer.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use prometheus::IntCounter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use ward_event::{SenderId, books::Cause, clock::Clock};
use ward_store::log::Log;

use super::{
    draft::{Draft, Patience},
    recover::Recovered,
    sequencer::SequencerTask,
};

/// Drafts that may wait; their bytes are bounded by the sender's memory.
const QUEUE_DRAFTS: usize = 1_024;
/// Memory is counted in units of this.
const MEMORY_UNIT: usize = 1 << 10;
/// Connections, and requests, of a sender that encode at a time. More than there are threads only
/// helps where the log is slow.
const TURNS: usize = 8;

/// Why a draft is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The quota is full, or the memory where the caller would not wait: later.
    Full,
    /// The disk takes nothing right now: later.
    Unavailable,
    /// The log has failed for good.
    Broken,
}

/// What both sides know of each other.
#[derive(Default)]
pub(super) struct State {
    /// The quota is full.
    pub(super) full: AtomicBool,
    /// The log takes nothing right now.
    pub(super) unavailable: AtomicBool,
    pub(super) broken: AtomicBool,
    pub(super) closing: AtomicBool,
}

/// What the task is told.
pub(super) enum Order {
    Take(Draft),
    Close,
}

/// The listeners' side. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sequencer {
    queue: mpsc::Sender<Order>,
    memory: Arc<Semaphore>,
    memory_units: usize,
    connection_turns: Arc<Semaphore>,
    request_turns: Arc<Semaphore>,
    state: Arc<State>,
}

impl Sequencer {
    /// `memory`: bytes of drafts that may wait.
    pub(crate) fn new(
        log: Arc<dyn Log>,
        sender: &SenderId,
        recovered: Recovered,
        memory: usize,
        evicted: IntCounter,
        clock: Clock,
    ) -> (Self, SequencerTask) {
        let (queue, orders) = mpsc::channel(QUEUE_DRAFTS);
        let memory_units = memory / MEMORY_UNIT;
        let state = Arc::<State>::default();
        let handle = Self {
            queue,
            memory: Arc::new(Semaphore::new(memory_units)),
            memory_units,
            connection_turns: Arc::new(Semaphore::new(TURNS)),
            request_turns: Arc::new(Semaphore::new(TURNS)),
            state: state.clone(),
        };
        let task = SequencerTask::new(log, sender, recovered, evicted, clock, orders, state);
        (handle, task)
    }

    /// Counts the draft as taken in and queues it; waits for memory, but for a draft that rather
    /// goes than waits.
    ///
    /// # Errors
    /// `Full` only for drafts to be refused; a draft to be dropped is counted.
    pub(crate) async fn submit(&self, mut draft: Draft) -> Result<(), Refused> {
        let records = draft.left() as u64;
        if draft.patience != Patience::Refuse {
            draft.book.r#in.inc_by(records);
            draft.book.held.add(i64::try_from(records).unwrap_or(i64::MAX));
        }
        if self.is_full() && draft.patience != Patience::Wait {
            return if draft.patience == Patience::Drop {
                settle_dropped(&draft);
                Ok(())
            } else {
                Err(Refused::Full)
            };
        }
        let units = draft.cost().div_ceil(MEMORY_UNIT).clamp(1, self.memory_units);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let permit = self.memory.clone().acquire_many_owned(units).await.map_err(|_| Refused::Broken)?;
        draft.permit = Some(permit);
        self.queue.send(Order::Take(draft)).await.map_err(|_| Refused::Broken)
    }

    /// The spool's quota is full.
    pub(crate) fn is_full(&self) -> bool {
        self.state.full.load(Ordering::Acquire)
    }

    /// Why a request had better not begin.
    pub(crate) fn refuses(&self) -> Option<Refused> {
        if self.is_full() {
            return Some(Refused::Full);
        }
        self.state.unavailable.load(Ordering::Acquire).then_some(Refused::Unavailable)
    }

    /// Appends come through.
    pub(crate) fn is_ready(&self) -> bool {
        let is = |flag: &AtomicBool| flag.load(Ordering::Acquire);
        !is(&self.state.broken) && !is(&self.state.unavailable) && !is(&self.state.closing)
    }

    /// A stop has begun: from now on a log that takes nothing is waited for only so long.
    pub(crate) fn begin_stop(&self) {
        self.state.closing.store(true, Ordering::Release);
    }

    /// One of the few turns in which a connection reads and encodes: bounds what is encoded and not
    /// yet counted against the sender's memory. A connection waits where the log is slow.
    pub(crate) async fn connection_turn(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphores are never closed.
        self.connection_turns.clone().acquire_owned().await.ok()
    }

    /// The same for requests, which are refused where the log is full.
    pub(crate) async fn request_turn(&self) -> Option<OwnedSemaphorePermit> {
        self.request_turns.clone().acquire_owned().await.ok()
    }

    /// No draft comes any more: the task ends when everything is durable.
    pub(crate) async fn close(&self) {
        self.begin_stop();
        // A task that is gone needs no closing.
        let _ = self.queue.send(Order::Close).await;
    }
}

/// Counts a draft whose wire has no back-pressure as dropped.
pub(super) fn settle_dropped(draft: &Draft) {
    let records = draft.left() as u64;
    draft.book.dropped(Cause::QuotaFull, records);
    draft.book.held.sub(i64::try_from(records).unwrap_or(i64::MAX));
}
