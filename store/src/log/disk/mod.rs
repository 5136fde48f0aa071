//! The embedded disk log, and every collector's spool.
//!
//! ```text
//! DIR/lock              held by the one process that has it open
//! DIR/data/N.log        segments: batches from number N on, of all topics but ward.control
//! DIR/data/N.idx        written when a segment is sealed: what it holds of each topic, and where
//! DIR/control/N.log     ward.control, never deleted
//! DIR/groups/G.pos      the positions and metadata of group G
//! DIR/reserve, clean    room for a full disk; the note of a clean stop
//! ```
//! One stream for all senders, because a file a topic costs an fsync a topic. One thread writes; what
//! callers append meanwhile is gathered, written with one write and one fdatasync, then answered and
//! shown to readers.
//!
//! - A failed write is cut away and answered `Unavailable`; on a full disk segments that everybody has
//!   read are given up before that, whatever `keep_bytes` says. It resumes by itself.
//! - After a failed sync the process aborts: nobody can know what is on the disk but the next one,
//!   which writes the last batch again, because the page cache may be the only place that has it.
//! - At open a torn tail is cut: a crash tears only the one batch that was not yet answered. A broken
//!   byte elsewhere is `Corrupt` at open or when it is read, and is never served.
//! - A segment is deleted when every group that follows its topics has committed a position behind it,
//!   oldest first, down to `keep_bytes`. A topic no group follows does not hold back deletion, unless
//!   `keep_ungrouped`. A snapshot holds what a replay from it needs by a group of its own.
//! - A sender's unread bytes, of its events and dead letters together, are bounded by `quota_bytes`:
//!   then `append` answers `QuotaFull`, for the whole call.

mod batch;
mod clean;
mod core;
mod cursor;
mod files;
mod groups;
mod reader;
mod reserve;
mod segment;
mod stream;
mod window;
mod writer;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use async_trait::async_trait;
use tokio::sync::watch;
use ward_event::topic::Topic;

pub(in crate::log) use self::groups::check_metadata;
pub use self::{
    batch::RECORD_BYTES_MAX,
    core::{Core, Membership},
    cursor::{Cursor, Progress},
    files::{Disk, DiskFile, RealDisk},
};
use self::{
    core::Shared,
    reader::DiskReader,
    writer::{Command, Handle},
};
use super::{Append, Log, LogError, Reader, Topics};

/// How the disk log keeps house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskOptions {
    /// A segment is sealed before it would grow beyond.
    pub segment_bytes: u64,
    /// Segments that are read are kept up to so many bytes in all.
    pub keep_bytes: u64,
    /// Unread payload bytes a sender may have.
    pub quota_bytes: u64,
    /// Never deletes records of a topic that no group follows.
    pub keep_ungrouped: bool,
}

impl Default for DiskOptions {
    fn default() -> Self {
        let config = ward_event::config::LogConfig::default();
        Self {
            segment_bytes: 64 << 20,
            keep_bytes: config.keep_bytes,
            quota_bytes: config.quota_bytes,
            keep_ungrouped: false,
        }
    }
}

/// The disk log.
pub struct DiskLog {
    shared: Shared,
    handle: Handle,
    durable: watch::Receiver<u64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl DiskLog {
    /// Opens or makes the log in `dir`.
    ///
    /// # Errors
    /// `Fatal` if another process has it open, `Corrupt` for a broken byte, `Unavailable` if the disk
    /// does not answer.
    pub fn open(dir: &Path, options: DiskOptions) -> Result<Self, LogError> {
        Self::open_on(Arc::new(RealDisk), dir, options)
    }

    /// As [`DiskLog::open`], on another disk.
    ///
    /// # Errors
    /// As [`DiskLog::open`].
    pub fn open_on(disk: Arc<dyn Disk>, dir: &Path, options: DiskOptions) -> Result<Self, LogError> {
        let core = Core::open(disk, dir, options)?;
        let shared = core.shared();
        let (changed, durable) = watch::channel(0);
        let (handle, thread) =
            writer::start(core, changed).map_err(|e| LogError::Unavailable(e.to_string()))?;
        Ok(Self { shared, handle, durable, thread: Mutex::new(Some(thread)) })
    }

    /// Forgets a group, so that it holds nothing back any more.
    ///
    /// # Errors
    /// See [`LogError`].
    pub async fn forget_group(&self, group: &str) -> Result<(), LogError> {
        let group = group.to_owned();
        self.handle.ask(|answer| Command::Forget { group, answer }).await
    }

    /// Writes what waits, notes the clean stop and gives up the folder. Everything is refused after.
    ///
    /// # Errors
    /// See [`LogError`]; the log is whole even then.
    pub async fn close(&self) -> Result<(), LogError> {
        let closed = self.handle.ask(|answer| Command::Close { answer }).await;
        self.join();
        closed
    }

    fn join(&self) {
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // A panic of the thread has been reported where it happened.
            let _ = thread.join();
        }
    }

    fn make_reader(&self, cursor: Cursor, member: Option<Membership>) -> Box<dyn Reader> {
        Box::new(DiskReader {
            cursor,
            member,
            groups: self.shared.groups.clone(),
            handle: self.handle.clone(),
            durable: self.durable.clone(),
        })
    }
}

impl Drop for DiskLog {
    fn drop(&mut self) {
        self.handle.close_blocking();
        self.join();
    }
}

#[async_trait]
impl Log for DiskLog {
    async fn append(&self, records: Vec<Append>) -> Result<Vec<u64>, LogError> {
        self.handle.append(records).await
    }

    async fn reader(&self, group: &str, topics: Topics) -> Result<Box<dyn Reader>, LogError> {
        let (name, followed) = (group.to_owned(), topics.clone());
        let member =
            self.handle.ask(|answer| Command::Register { group: name, topics: followed, answer }).await?;
        let positions = self.shared.groups.positions(group).unwrap_or_default();
        let from = positions.into_iter().map(|(topic, p)| (topic, p.next)).collect();
        Ok(self.make_reader(Cursor::new(self.shared.clone(), topics, from), Some(member)))
    }

    async fn follow(&self, topics: Topics, from: BTreeMap<Topic, u64>) -> Result<Box<dyn Reader>, LogError> {
        Ok(self.make_reader(Cursor::new(self.shared.clone(), topics, from), None))
    }

    async fn ends(&self) -> Result<BTreeMap<Topic, u64>, LogError> {
        Ok(self.shared.ends())
    }
}
