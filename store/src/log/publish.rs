//! The publisher: from a collector's spool to the commission's log.
//!
//! It reads the spool as group `publisher`, appends to the remote log in order, and moves the spool's
//! position only after the remote has acknowledged. Killed in between it appends the same records
//! again; readers drop them by (producer, seq). While the remote is away the spool keeps everything, up
//! to the sender's quota.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle};
use ward_event::{
    books::{Book, Books},
    topic::TopicKind,
};

use super::{Append, Log, LogError, Position, Topics};

const GROUP: &str = "publisher";

/// Records of one step. Large, so that a backlog drains in large batches.
const STEP_RECORDS_MAX: usize = 8_192;

const POLL_WAIT: Duration = Duration::from_millis(200);
/// What the remote's answer to a step may take when the publisher is told to stop.
const STOP_WAIT: Duration = Duration::from_secs(3);
const AGAIN_MIN: Duration = Duration::from_millis(50);
const AGAIN_MAX: Duration = Duration::from_secs(5);

/// Publishing, until stopped.
pub struct Publisher {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Publisher {
    /// Starts publishing events and dead letters; whatever else the spool holds is the collector's own.
    /// Books: stage `publish`, one page for all senders.
    pub fn start(spool: Arc<dyn Log>, remote: Arc<dyn Log>, books: &Books) -> Self {
        let (stop, mut stopping) = watch::channel(false);
        let book = books.book("publish", "spool");
        let task = tokio::spawn(async move {
            let mut wait = AGAIN_MIN;
            while !*stopping.borrow() {
                let ended = publish(&spool, &remote, &book, &mut stopping, &mut wait).await;
                if let Err(error) = ended {
                    tracing::warn!(%error, again_in = ?wait, "publishing");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = stopping.changed() => {}
                    }
                    wait = (wait * 2).min(AGAIN_MAX);
                }
            }
        });
        Self { stop, task }
    }

    /// Ends after the step in hand, or soon where the remote is away: the rest stays in the spool.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // A task that panicked has said so.
        let _ = self.task.await;
    }
}

/// Publishes until stopped or until something fails; what was in hand is read again then.
async fn publish(
    spool: &Arc<dyn Log>,
    remote: &Arc<dyn Log>,
    book: &Book,
    stopping: &mut watch::Receiver<bool>,
    wait: &mut Duration,
) -> Result<(), LogError> {
    let mut reader = spool.reader(GROUP, Topics::All).await?;
    let mut positions = reader.committed().await?;
    let mut counted = Counted::begin(book);
    while !*stopping.borrow() {
        let records = reader.poll(STEP_RECORDS_MAX, POLL_WAIT).await?;
        if records.is_empty() {
            continue;
        }
        let mut appends = Vec::with_capacity(records.len());
        for record in records {
            positions.entry(record.topic.clone()).or_insert_with(Position::default).next = record.offset + 1;
            if matches!(record.topic.kind(), TopicKind::Events | TopicKind::Dead) {
                appends.push(Append { topic: record.topic, payload: record.payload });
            }
        }
        let n = appends.len() as u64;
        counted.take(n);
        if n > 0 {
            tokio::select! {
                biased;
                done = remote.append(appends) => { done?; }
                () = given_up(stopping) => return Ok(()),
            }
        }
        reader.commit(&positions).await?;
        counted.hand_on(n);
        *wait = AGAIN_MIN;
    }
    Ok(())
}

/// Told to stop, and the step in hand had its time: cut off before its answer it would be sent twice.
async fn given_up(stopping: &mut watch::Receiver<bool>) {
    // The sender lives as long as the publisher.
    let _ = stopping.wait_for(|stop| *stop).await;
    tokio::time::sleep(STOP_WAIT).await;
}

/// Counts of one attempt: what it took in and did not hand on is taken in again by the next.
struct Counted<'b> {
    book: &'b Book,
    held: u64,
}

impl<'b> Counted<'b> {
    const fn begin(book: &'b Book) -> Self {
        Self { book, held: 0 }
    }

    fn take(&mut self, n: u64) {
        self.book.r#in.inc_by(n);
        self.book.held.add(i64::try_from(n).unwrap_or(i64::MAX));
        self.held += n;
    }

    fn hand_on(&mut self, n: u64) {
        self.book.out.inc_by(n);
        self.book.held.sub(i64::try_from(n).unwrap_or(i64::MAX));
        self.held -= n;
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        // Read again, and then counted as in again: what was in hand counts as resent.
        self.book.held.sub(i64::try_from(self.held).unwrap_or(i64::MAX));
        self.book.dropped(ward_event::books::Cause::Resent, self.held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::disk::{DiskLog, DiskOptions};
    use ward_event::{SenderId, topic::Topic};

    #[tokio::test]
    async fn everything_is_published_in_order_and_the_books_balance() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let spool: Arc<dyn Log> = Arc::new(DiskLog::open(a.path(), DiskOptions::default()).unwrap());
        let remote: Arc<dyn Log> = Arc::new(DiskLog::open(b.path(), DiskOptions::default()).unwrap());
        let topic = Topic::events(&SenderId::new("h01").unwrap());
        let books = Books::new().unwrap();
        for round in 0..2 {
            let publisher = Publisher::start(spool.clone(), remote.clone(), &books);
            let records =
                (0..50).map(|n| Append { topic: topic.clone(), payload: format!("{round}/{n}").into() });
            spool.append(records.collect()).await.unwrap();
            let wanted = 50 * (round + 1);
            while remote.ends().await.unwrap().get(&topic) != Some(&wanted) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            publisher.stop().await;
        }
        let mut reader = remote.follow(Topics::All, Default::default()).await.unwrap();
        let records = reader.poll(200, Duration::from_millis(50)).await.unwrap();
        let texts: Vec<_> =
            records.iter().map(|r| String::from_utf8_lossy(&r.payload).into_owned()).collect();
        let wanted: Vec<_> = (0..2).flat_map(|r| (0..50).map(move |n| format!("{r}/{n}"))).collect();
        assert_eq!(texts, wanted);
        assert_eq!(books.book("publish", "spool").residual(), 0);
    }
}
