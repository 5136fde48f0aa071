//! One sender's wire: a task with a bounded queue that owns the connection.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use super::{Counters, bulk, file, http, stats::ChannelCounters, stream, tls, udp};
use crate::emit::Channel;

/// Chunks that wait in a lane: half a minute of a live region while its collector restarts.
const QUEUE_CHUNKS_MAX: usize = 512;

/// A receiver that does not read is not waited for longer at the end.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Where a lane goes.
pub(super) enum Wire {
    Udp(String),
    Tcp(String),
    Tls(String, tls::Connector),
    Eve(String),
    Bulk(String),
    File(PathBuf),
}

/// Pieces on their way: their bytes and where each ends.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    pub(super) ends: Vec<Piece>,
    pub(super) events: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) end: usize,
    pub(super) events: u16,
}

impl Chunk {
    pub(super) fn push(&mut self, bytes: &[u8], events: u16) {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(Piece { end: self.bytes.len(), events });
        self.events += u64::from(events);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The pieces with their events.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&[u8], u16)> {
        let mut start = 0;
        self.ends.iter().map(move |piece| {
            let bytes = &self.bytes[start..piece.end];
            start = piece.end;
            (bytes, piece.events)
        })
    }
}

pub(super) enum Work {
    Chunk(Chunk),
    Flush(oneshot::Sender<()>),
}

/// The handle of a lane.
pub(super) struct Lane {
    queue: mpsc::Sender<Work>,
    counters: Arc<Counters>,
    channel: Channel,
    task: JoinHandle<()>,
}

impl Lane {
    pub(super) fn open(
        wire: Wire,
        channel: Channel,
        counters: Arc<Counters>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (queue, work) = mpsc::channel(QUEUE_CHUNKS_MAX);
        let road = Road { work, counters: Arc::clone(&counters), channel, stop, wait: BACKOFF_FIRST };
        let task = tokio::spawn(async move {
            match wire {
                Wire::Udp(to) => udp::run(road, to).await,
                Wire::Tcp(to) => stream::run(road, stream::Target::Plain(to)).await,
                Wire::Tls(to, with) => stream::run(road, stream::Target::Tls(to, with)).await,
                Wire::Eve(to) => http::run(road, to).await,
                Wire::Bulk(to) => bulk::run(road, to).await,
                Wire::File(path) => file::run(road, path).await,
            }
        });
        Self { queue, counters, channel, task }
    }

    /// Waits for room.
    pub(super) async fn wait(&self, chunk: Chunk) {
        if let Err(mpsc::error::SendError(Work::Chunk(chunk))) = self.queue.send(Work::Chunk(chunk)).await {
            self.counters.of(self.channel).dropped(chunk.events);
        }
    }

    /// Drops and counts when there is no room.
    pub(super) fn offer(&self, chunk: Chunk) {
        let refused = match self.queue.try_send(Work::Chunk(chunk)) {
            Ok(()) => return,
            Err(mpsc::error::TrySendError::Full(work) | mpsc::error::TrySendError::Closed(work)) => work,
        };
        if let Work::Chunk(chunk) = refused {
            self.counters.of(self.channel).dropped(chunk.events);
        }
    }

    /// Completes when everything given before is gone; at once when the lane has ended.
    pub(super) fn flush(&self) -> impl Future<Output = ()> + use<> {
        let queue = self.queue.clone();
        async move {
            let (done, wait) = oneshot::channel();
            if queue.send(Work::Flush(done)).await.is_ok() {
                let _ = wait.await;
            }
        }
    }

    pub(super) async fn close(mut self) {
        drop(self.queue);
        match tokio::time::timeout(CLOSE_WITHIN, &mut self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(channel = self.channel.name(), %error, "a sender's task failed"),
            Err(_) => {
                tracing::warn!(
                    channel = self.channel.name(),
                    "a receiver takes nothing; what it was to have is left"
                );
                self.task.abort();
            }
        }
    }
}

/// A lane's own end: its queue, its counters, its patience.
pub(super) struct Road {
    work: mpsc::Receiver<Work>,
    counters: Arc<Counters>,
    channel: Channel,
    stop: watch::Receiver<bool>,
    wait: Duration,
}

impl Road {
    pub(super) fn counters(&self) -> &ChannelCounters {
        self.counters.of(self.channel)
    }

    /// The next chunk; flushes are answered on the way, since all before them is done.
    pub(super) async fn next(&mut self) -> Option<Chunk> {
        loop {
            match self.work.recv().await? {
                Work::Chunk(chunk) => return Some(chunk),
                Work::Flush(done) => {
                    let _ = done.send(());
                }
            }
        }
    }

    pub(super) fn stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits before the next try, longer each time; false when the simulation was stopped.
    pub(super) async fn back_off(&mut self, why: &(dyn std::fmt::Display + Sync)) -> bool {
        self.counters().retried();
        tracing::debug!(channel = self.channel.name(), %why, "trying again");
        let wait = self.wait;
        self.wait = (wait * 2).min(BACKOFF_MAX);
        // A caller that has let go of its end can stop nothing any more: then only the sleep counts.
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            Ok(_) = self.stop.wait_for(|stop| *stop) => {}
        }
        !self.stopped()
    }

    /// It works again.
    pub(super) fn recovered(&mut self) {
        self.wait = BACKOFF_FIRST;
    }

    pub(super) fn gave_up(&self, events: u64) {
        self.counters().dropped(events);
    }
}
