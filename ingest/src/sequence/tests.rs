//! The sequencer against a log that fails on demand.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use prometheus::IntCounter;
use tokio::task::JoinHandle;
use ward_event::{
    Event, SenderId,
    books::{Book, Books},
    clock::Clock,
    limits::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX},
    topic::Topic,
};
use ward_store::log::{Append, Log, LogError, Reader, Record, Topics};

use super::{Drafts, Note, Outcome, Patience, Refused, Sequencer, recover, tail_of_record::seq_and_note};

/// What the log does with an append.
#[derive(Clone, Copy)]
enum Fault {
    /// So many records land, and the answer is that nobody knows.
    Unavailable(usize),
    QuotaFull,
    Fatal,
}

#[derive(Default)]
struct MemoryLog {
    records: Mutex<Vec<Append>>,
    calls: Mutex<Vec<(usize, usize)>>,
    faults: Mutex<VecDeque<Fault>>,
}

impl MemoryLog {
    fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().expect("whole").extend(faults);
    }

    /// Numbers in the order they were appended, repeats included.
    fn seqs(&self) -> Vec<u64> {
        let records = self.records.lock().expect("whole");
        records.iter().map(|r| seq_and_note(&r.payload).expect("a number").0).collect()
    }
}

#[async_trait]
impl Log for MemoryLog {
    async fn append(&self, records: Vec<Append>) -> Result<Vec<u64>, LogError> {
        tokio::task::yield_now().await;
        let fault = self.faults.lock().expect("whole").pop_front();
        let lands = match fault {
            None => records.len(),
            Some(Fault::Unavailable(n)) => n.min(records.len()),
            Some(Fault::QuotaFull | Fault::Fatal) => 0,
        };
        let bytes = records.iter().map(|r| r.payload.len()).sum();
        self.calls.lock().expect("whole").push((records.len(), bytes));
        let topic = records[0].topic.clone();
        let mut stored = self.records.lock().expect("whole");
        let first = stored.len() as u64;
        let n = records.len() as u64;
        stored.extend(records.into_iter().take(lands));
        match fault {
            None => Ok((first..first + n).collect()),
            Some(Fault::Unavailable(_)) => Err(LogError::Unavailable("a test".into())),
            Some(Fault::QuotaFull) => Err(LogError::QuotaFull { topic }),
            Some(Fault::Fatal) => Err(LogError::Fatal("a test".into())),
        }
    }

    async fn reader(&self, _: &str, _: Topics) -> Result<Box<dyn Reader>, LogError> {
        Err(LogError::Fatal("not of this log".into()))
    }

    async fn follow(&self, _: Topics, from: BTreeMap<Topic, u64>) -> Result<Box<dyn Reader>, LogError> {
        let records = self.records.lock().expect("whole").clone();
        let number = |(offset, r): (usize, Append)| Record {
            topic: r.topic,
            offset: offset as u64,
            payload: r.payload,
        };
        let wanted = |r: &Record| from.get(&r.topic).is_some_and(|from| r.offset >= *from);
        Ok(Box::new(MemoryReader(records.into_iter().enumerate().map(number).filter(wanted).collect())))
    }

    async fn ends(&self) -> Result<BTreeMap<Topic, u64>, LogError> {
        let records = self.records.lock().expect("whole");
        Ok(records.iter().enumerate().map(|(n, r)| (r.topic.clone(), n as u64 + 1)).collect())
    }
}

struct MemoryReader(Vec<Record>);

#[async_trait]
impl Reader for MemoryReader {
    async fn poll(&mut self, _: usize, _: Duration) -> Result<Vec<Record>, LogError> {
        Ok(std::mem::take(&mut self.0))
    }
    async fn committed(&mut self) -> Result<BTreeMap<Topic, ward_store::log::Position>, LogError> {
        Ok(BTreeMap::new())
    }
    async fn commit(&mut self, _: &BTreeMap<Topic, ward_store::log::Position>) -> Result<(), LogError> {
        Ok(())
    }
    async fn seek(&mut self, _: &Topic, _: u64) -> Result<(), LogError> {
        Ok(())
    }
}

struct Bench {
    dir: tempfile::TempDir,
    log: Arc<MemoryLog>,
    sequencer: Sequencer,
    task: JoinHandle<()>,
    books: Books,
    book: Book,
}

async fn bench() -> Bench {
    let log = Arc::<MemoryLog>::default();
    let dir = tempfile::tempdir().expect("a folder");
    let (sequencer, task) = start(&log, dir.path()).await;
    let books = Books::new().expect("books");
    let book = books.book("collect", "test");
    Bench { dir, log, sequencer, task, books, book }
}

async fn start(log: &Arc<MemoryLog>, dir: &std::path::Path) -> (Sequencer, JoinHandle<()>) {
    let sender = SenderId::new("h01").expect("an id");
    let clock = Clock::system();
    let recovered = recover(&**log, dir, &sender, clock.now()).await.expect("recovers");
    let evicted = IntCounter::new("evicted", "evicted").expect("a counter");
    let (sequencer, task) = Sequencer::new(log.clone(), &sender, recovered, 8 << 20, evicted, clock);
    (sequencer, tokio::spawn(task.run()))
}

impl Bench {
    /// Submits events with these texts as one draft each message; what became of them.
    async fn submit(&self, patience: Patience, texts: &[&str]) -> Vec<Result<Outcome, Refused>> {
        let mut drafts = Drafts::new(&self.book, patience);
        for text in texts {
            let mut event = Event::new(0, 0);
            event.message = (*text).into();
            drafts.begin();
            assert!(drafts.event(&event, Note::None, BATCH_BYTES_MAX - 1_024));
        }
        let mut told = Vec::new();
        for mut draft in drafts.take() {
            let acknowledged = draft.acknowledged();
            told.push(match self.sequencer.submit(draft).await {
                Ok(()) => acknowledged.await.map_err(|_| Refused::Broken),
                Err(refused) => Err(refused),
            });
        }
        told
    }

    fn counts(&self) -> (u64, u64, u64, i64) {
        (self.book.r#in.get(), self.book.out.get(), self.book.dropped_total(), self.book.held.get())
    }
}

#[tokio::test]
async fn what_may_have_landed_is_appended_again_under_the_same_numbers() {
    let bench = bench().await;
    bench.log.fail([Fault::Unavailable(2), Fault::QuotaFull, Fault::Unavailable(0)]);
    let told = bench.submit(Patience::Refuse, &["a", "b", "c"]).await;
    assert_eq!(told, [Ok(Outcome::Durable)]);
    assert_eq!(bench.log.seqs(), [1, 2, 1, 2, 3]);
    assert_eq!(bench.submit(Patience::Wait, &["d"]).await, [Ok(Outcome::Durable)]);
    assert_eq!(bench.log.seqs().last(), Some(&4));
    let records = bench.log.records.lock().expect("whole").clone();
    assert_eq!(records[..2], records[2..4], "the same bytes");
    assert_eq!(bench.counts(), (4, 4, 0, 0));
}

#[tokio::test]
async fn a_full_quota_drops_datagrams_refuses_requests_and_lets_the_rest_wait_without_a_gap() {
    let bench = Arc::new(bench().await);
    bench.log.fail([Fault::QuotaFull; 10]);
    let submit = |patience, text: &'static str| {
        let bench = bench.clone();
        tokio::spawn(async move { bench.submit(patience, &[text]).await })
    };
    let waits = submit(Patience::Wait, "tcp");
    let dropped = submit(Patience::Drop, "udp");
    let refused = submit(Patience::Refuse, "http");
    // Whether it reached the queue or not, it is refused.
    let refused = refused.await.expect("told")[0];
    assert!(matches!(refused, Err(Refused::Full) | Ok(Outcome::Refused)), "{refused:?}");
    dropped.await.expect("told");
    assert_eq!(waits.await.expect("told"), [Ok(Outcome::Durable)]);
    assert_eq!(bench.log.seqs(), [1]);
    assert_eq!(bench.counts(), (2, 1, 1, 0));
    let told = bench.books.text().expect("text");
    assert!(told.contains(r#"{cause="quota_full",source="test",stage="collect"} 1"#), "{told}");
    assert_eq!(bench.submit(Patience::Drop, &["udp"]).await, [Ok(Outcome::Durable)]);
    assert_eq!(bench.log.seqs(), [1, 2]);
}

#[tokio::test]
async fn a_quota_that_is_full_of_datagrams_only_is_tried_again() {
    let bench = bench().await;
    bench.log.fail([Fault::QuotaFull]);
    assert_eq!(bench.submit(Patience::Drop, &["a"]).await, [Err(Refused::Broken)], "dropped without a word");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.submit(Patience::Refuse, &["b"]).await, [Ok(Outcome::Durable)]);
    assert_eq!(bench.counts(), (2, 1, 1, 0));
}

#[tokio::test]
async fn a_log_that_failed_for_good_is_told_to_everybody() {
    let bench = bench().await;
    bench.log.fail([Fault::Fatal]);
    assert_eq!(bench.submit(Patience::Refuse, &["a"]).await, [Err(Refused::Broken)]);
    assert_eq!(bench.submit(Patience::Refuse, &["b"]).await, [Err(Refused::Broken)]);
    assert!(!bench.sequencer.is_ready());
}

#[tokio::test]
async fn batches_keep_their_bounds_and_dead_letters_share_the_numbers() {
    let bench = bench().await;
    let mut drafts = Drafts::new(&bench.book, Patience::Wait);
    let mut event = Event::new(0, 0);
    for n in 0..10_000 {
        event.message = if n % 1_000 == 0 { "x".repeat(3 << 20) } else { "y".into() };
        drafts.begin();
        assert!(drafts.event(&event, Note::None, BATCH_BYTES_MAX - 1_024));
    }
    event.message = "z".repeat(BATCH_BYTES_MAX);
    assert!(!drafts.event(&event, Note::None, BATCH_BYTES_MAX - 1_024), "too long for a batch");
    for draft in drafts.take() {
        bench.sequencer.submit(draft).await.expect("taken");
    }
    bench.sequencer.close().await;
    bench.task.await.expect("ends");
    assert_eq!(bench.log.seqs(), (1..=10_000).collect::<Vec<_>>());
    for (records, bytes) in bench.log.calls.lock().expect("whole").iter() {
        assert!(
            *records <= BATCH_RECORDS_MAX && *bytes <= BATCH_BYTES_MAX,
            "{records} records, {bytes} bytes"
        );
    }
    assert_eq!(bench.book.residual(), 0);
    // And the next life goes on behind them.
    let (sequencer, _task) = start(&bench.log, bench.dir.path()).await;
    let next = Bench { sequencer, task: tokio::spawn(async {}), ..bench };
    next.submit(Patience::Wait, &["w"]).await;
    assert_eq!(next.log.seqs().last(), Some(&10_001));
}
