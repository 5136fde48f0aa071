//! The thread that owns the log: gathers what callers append while the last sync ran, and pays one
//! write and one sync for all of it.

use std::{collections::BTreeMap, thread::JoinHandle, time::Duration};

use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, error::TrySendError},
    oneshot, watch,
};
use ward_event::{
    limits::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX},
    topic::Topic,
};

use super::core::{Core, Membership};
use crate::log::{Append, LogError, Position, Topics};

/// Payload on its way to the disk; further callers wait. In units of `UNIT_BYTES`.
const QUEUE_UNITS_MAX: usize = 16 << 10;
const UNIT_BYTES: usize = 4 << 10;
/// Commands waiting; each holds at least a unit of what is above.
const QUEUE_COMMANDS_MAX: usize = 16 << 10;

type Answer<T> = oneshot::Sender<Result<T, LogError>>;

pub(super) enum Command {
    Append { records: Vec<Append>, room: OwnedSemaphorePermit, answer: Answer<Vec<u64>> },
    Register { group: String, topics: Topics, answer: Answer<Membership> },
    Commit { member: Membership, positions: BTreeMap<Topic, Position>, answer: Answer<()> },
    Forget { group: String, answer: Answer<()> },
    Close { answer: Answer<()> },
}

/// Asks the thread. Cheap to clone.
#[derive(Clone)]
pub(super) struct Handle {
    commands: mpsc::Sender<Command>,
    room: std::sync::Arc<Semaphore>,
}

pub(super) fn closed() -> LogError {
    LogError::Fatal("the disk log is closed".into())
}

impl Handle {
    pub(super) async fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, LogError> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(command(answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    pub(super) async fn append(&self, records: Vec<Append>) -> Result<Vec<u64>, LogError> {
        let bytes: usize = records.iter().map(|r| r.payload.len()).sum();
        let units = bytes.div_ceil(UNIT_BYTES).clamp(1, QUEUE_UNITS_MAX);
        let room = std::sync::Arc::clone(&self.room);
        let room = room.acquire_many_owned(units as u32).await.map_err(|_| closed())?;
        self.ask(|answer| Command::Append { records, room, answer }).await
    }

    /// For `Drop`, which cannot await: the thread makes room in the queue.
    pub(super) fn close_blocking(&self) {
        loop {
            let (answer, _) = oneshot::channel();
            match self.commands.try_send(Command::Close { answer }) {
                Err(TrySendError::Full(_)) => std::thread::sleep(Duration::from_millis(1)),
                Ok(()) | Err(TrySendError::Closed(_)) => return,
            }
        }
    }
}

/// Starts the thread; `durable` changes with every group commit.
pub(super) fn start(
    core: Core,
    durable: watch::Sender<u64>,
) -> Result<(Handle, JoinHandle<()>), std::io::Error> {
    let (commands, received) = mpsc::channel(QUEUE_COMMANDS_MAX);
    let room = std::sync::Arc::new(Semaphore::new(QUEUE_UNITS_MAX));
    let thread = std::thread::Builder::new()
        .name("disk-log".into())
        .spawn(move || Writer { core, durable, received }.run())?;
    Ok((Handle { commands, room }, thread))
}

struct Writer {
    core: Core,
    durable: watch::Sender<u64>,
    received: mpsc::Receiver<Command>,
}

impl Writer {
    fn run(mut self) {
        let mut waiting = None;
        while let Some(command) = waiting.take().or_else(|| self.received.blocking_recv()) {
            match command {
                Command::Append { records, room, answer } => waiting = self.append(records, room, answer),
                Command::Register { group, topics, answer } => {
                    let _ = answer.send(self.core.register(&group, &topics));
                }
                Command::Commit { member, positions, answer } => {
                    let _ = answer.send(self.core.commit(&member, &positions));
                    self.core.tidy();
                }
                Command::Forget { group, answer } => {
                    let _ = answer.send(self.core.forget_group(&group));
                    self.core.tidy();
                }
                Command::Close { answer } => {
                    abort_if_poisoned(&self.core);
                    let _ = answer.send(self.core.close());
                    return;
                }
            }
            abort_if_poisoned(&self.core);
        }
        if let Err(error) = self.core.close() {
            tracing::warn!(%error, "the disk log's clean stop could not be noted");
        }
    }

    /// One group commit: this call and all that wait behind it, up to a full batch. Returns the command
    /// that ended the gathering.
    fn append(
        &mut self,
        records: Vec<Append>,
        room: OwnedSemaphorePermit,
        answer: Answer<Vec<u64>>,
    ) -> Option<Command> {
        let size = |call: &[Append]| call.iter().map(|r| r.payload.len()).sum::<usize>();
        let (mut bytes, mut count) = (size(&records), records.len());
        let (mut calls, mut answers, mut waiting) = (vec![records], vec![(answer, room)], None);
        while bytes < BATCH_BYTES_MAX && count < BATCH_RECORDS_MAX {
            match self.received.try_recv() {
                Ok(Command::Append { records, room, answer }) => {
                    bytes += size(&records);
                    count += records.len();
                    calls.push(records);
                    answers.push((answer, room));
                }
                Ok(other) => {
                    waiting = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        let results = self.core.append(calls);
        abort_if_poisoned(&self.core);
        // Readers first: they can begin while the callers are told.
        self.durable.send_modify(|version| *version += 1);
        for ((answer, _room), result) in answers.into_iter().zip(results) {
            let _ = answer.send(result);
        }
        waiting
    }
}

/// After a failed sync the kernel has dropped the pages and forgotten the error: whatever this process
/// went on to say would be a guess. Only a new process reads what is really there.
fn abort_if_poisoned(core: &Core) {
    if let Some(why) = core.poisoned() {
        tracing::error!(why, "the disk log ends this process");
        std::process::abort();
    }
}
