//! What both backends promise, checked on both: the disk log, and a real Kafka broker.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking and shows figures")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;
use ward_event::{SenderId, config::LogConfig, limits::COMMIT_METADATA_BYTES_MAX, topic::Topic};
use ward_store::{
    log::{
        Append, Log, LogError, Position, Reader, Record, Topics,
        disk::{DiskLog, DiskOptions},
        kafka::KafkaLog,
    },
    testing::KafkaBroker,
};

/// A new reader of a Kafka group needs some seconds; a busy machine more.
const PATIENCE: Duration = Duration::from_secs(60);
/// Nothing more comes within this.
const QUIET: Duration = Duration::from_millis(300);

/// A backend, opened as often as wanted on the same data.
enum Backend {
    Disk(tempfile::TempDir),
    Kafka(KafkaBroker),
}

impl Backend {
    /// A fresh instance; one that was opened before must be dropped.
    fn open(&self) -> Arc<dyn Log> {
        match self {
            Self::Disk(dir) => Arc::new(DiskLog::open(dir.path(), DiskOptions::default()).expect("opens")),
            Self::Kafka(broker) => Arc::new(kafka(broker)),
        }
    }

    /// Kafka's topics are made by hand.
    async fn make(&self, topics: &[Topic]) {
        if let Self::Kafka(broker) = self {
            kafka(broker).create_topics(topics).await.expect("topics");
        }
    }
}

fn kafka(broker: &KafkaBroker) -> KafkaLog {
    let config = LogConfig { brokers: broker.bootstrap.clone(), ..LogConfig::default() };
    KafkaLog::new(&config, "contract").expect("a client")
}

fn topics(sender: &str) -> [Topic; 2] {
    let sender = SenderId::new(sender).expect("an id");
    [Topic::events(&sender), Topic::dead(&sender)]
}

fn record(topic: &Topic, payload: impl Into<Bytes>) -> Append {
    Append { topic: topic.clone(), payload: payload.into() }
}

/// Polls until `count` records have come, or for long.
async fn read(reader: &mut dyn Reader, count: usize) -> Vec<Record> {
    let deadline = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while records.len() < count && Instant::now() < deadline {
        let left = count - records.len();
        records.extend(reader.poll(left, Duration::from_millis(500)).await.expect("polls"));
    }
    assert_eq!(records.len(), count, "records");
    records
}

async fn quiet(reader: &mut dyn Reader) {
    let more = reader.poll(10, QUIET).await.expect("polls");
    assert!(more.is_empty(), "unexpected: {more:?}");
}

fn offsets(records: &[Record], topic: &Topic) -> Vec<u64> {
    records.iter().filter(|r| r.topic == *topic).map(|r| r.offset).collect()
}

fn at(next: u64, metadata: &str) -> Position {
    Position { next, metadata: metadata.to_owned() }
}

async fn contract(backend: &Backend) {
    appending_and_reading(backend).await;
    println!("contract: appended and read");
    positions(backend).await;
    println!("contract: positions");
    seeking(backend).await;
    println!("contract: sought and paused");
    following(backend).await;
    println!("contract: followed");
    fencing(backend).await;
    println!("contract: fenced");
}

/// Offsets count from 0 without gap, by topic, in the order of the call; bytes come back as they were.
async fn appending_and_reading(backend: &Backend) {
    let [a, b] = topics("append");
    backend.make(&[a.clone(), b.clone()]).await;
    let log = backend.open();
    let big = vec![b'x'; 1 << 20];
    let records = vec![record(&a, "one"), record(&b, "eins"), record(&a, big.clone()), record(&a, "")];
    assert_eq!(log.append(records).await.expect("appended"), [0, 0, 1, 2]);
    assert_eq!(log.append(vec![record(&b, "zwei")]).await.expect("appended"), [1]);
    assert_eq!(log.append(Vec::new()).await.expect("nothing to do"), Vec::<u64>::new());
    let ends = log.ends().await.expect("ends");
    assert_eq!((ends.get(&a), ends.get(&b)), (Some(&3), Some(&2)));

    let mut reader = log.reader("append", Topics::Only(vec![a.clone(), b.clone()])).await.expect("a reader");
    let records = read(reader.as_mut(), 5).await;
    assert_eq!((offsets(&records, &a), offsets(&records, &b)), (vec![0, 1, 2], vec![0, 1]));
    let of = |topic: &Topic, offset: u64| {
        records.iter().find(|r| r.topic == *topic && r.offset == offset).map(|r| r.payload.clone())
    };
    assert_eq!(of(&a, 0).as_deref(), Some(&b"one"[..]));
    assert_eq!(of(&a, 1).as_deref(), Some(&big[..]));
    assert_eq!(of(&a, 2).as_deref(), Some(&b""[..]));
    assert_eq!(of(&b, 1).as_deref(), Some(&b"zwei"[..]));
    quiet(reader.as_mut()).await;
    let asked = Instant::now();
    log.append(vec![record(&a, "late")]).await.expect("appended");
    assert_eq!(offsets(&read(reader.as_mut(), 1).await, &a), [3]);
    assert!(asked.elapsed() < Duration::from_secs(5), "a waiting reader is woken");
}

/// Positions and metadata move together for all topics, survive the process, and are each group's own.
async fn positions(backend: &Backend) {
    let [a, b] = topics("positions");
    backend.make(&[a.clone(), b.clone()]).await;
    let both = Topics::Only(vec![a.clone(), b.clone()]);
    let log = backend.open();
    let records = (0..10).flat_map(|n| [record(&a, format!("a{n}")), record(&b, format!("b{n}"))]);
    log.append(records.collect()).await.expect("appended");

    let mut reader = log.reader("positions", both.clone()).await.expect("a reader");
    read(reader.as_mut(), 20).await;
    assert_eq!(reader.committed().await.expect("committed"), BTreeMap::new());
    let plan = "p".repeat(COMMIT_METADATA_BYTES_MAX);
    let first = BTreeMap::from([(a.clone(), at(4, &plan)), (b.clone(), at(6, "slice b"))]);
    reader.commit(&first).await.expect("committed");
    assert_eq!(reader.committed().await.expect("committed"), first);
    // One topic's metadata is too long: none moves.
    let too_long = BTreeMap::from([(a.clone(), at(5, "short")), (b.clone(), at(7, &format!("{plan}p")))]);
    assert!(matches!(reader.commit(&too_long).await, Err(LogError::Fatal(_))));
    assert_eq!(reader.committed().await.expect("committed"), first);
    // A topic that is not named stays where it is.
    reader.commit(&BTreeMap::from([(a.clone(), at(5, ""))])).await.expect("committed");

    let mut other = log.reader("positions-2", both.clone()).await.expect("a reader");
    assert_eq!(other.committed().await.expect("committed"), BTreeMap::new());
    assert_eq!(read(other.as_mut(), 20).await.len(), 20);
    drop((reader, other, log));

    let log = backend.open();
    let mut reader = log.reader("positions", both).await.expect("a reader");
    let records = read(reader.as_mut(), 9).await;
    assert_eq!(offsets(&records, &a), (5..10).collect::<Vec<_>>());
    assert_eq!(offsets(&records, &b), (6..10).collect::<Vec<_>>());
    quiet(reader.as_mut()).await;
    let committed = reader.committed().await.expect("committed");
    assert_eq!(committed, BTreeMap::from([(a, at(5, "")), (b, at(6, "slice b"))]));
}

async fn seeking(backend: &Backend) {
    let [a, b] = topics("seek");
    backend.make(&[a.clone(), b.clone()]).await;
    let log = backend.open();
    let records = (0..6).flat_map(|n| [record(&a, format!("a{n}")), record(&b, format!("b{n}"))]);
    log.append(records.collect()).await.expect("appended");
    let both = Topics::Only(vec![a.clone(), b.clone()]);
    let mut reader = log.reader("seek", both).await.expect("a reader");
    // Before the first poll, and so before a group's reader may have its topics.
    reader.seek(&a, 4).await.expect("sought");
    let records = read(reader.as_mut(), 8).await;
    assert_eq!((offsets(&records, &a), offsets(&records, &b)), (vec![4, 5], (0..6).collect()));
    // Back and forth; the other topic is not touched.
    reader.seek(&a, 1).await.expect("sought");
    assert_eq!(offsets(&read(reader.as_mut(), 5).await, &a), (1..6).collect::<Vec<_>>());
    reader.seek(&b, 5).await.expect("sought");
    assert_eq!(offsets(&read(reader.as_mut(), 1).await, &b), [5]);
    quiet(reader.as_mut()).await;
}

/// A follower begins where it is told, sees what comes later, new topics too, and cannot commit.
async fn following(backend: &Backend) {
    let [a, b] = topics("follow");
    backend.make(&[a.clone(), b.clone()]).await;
    let log = backend.open();
    log.append((0..5).map(|n| record(&a, format!("a{n}"))).collect()).await.expect("appended");
    let only = Topics::Only(vec![a.clone(), b.clone()]);
    let mut follower = log.follow(only, BTreeMap::from([(a.clone(), 3)])).await.expect("follows");
    assert_eq!(offsets(&read(follower.as_mut(), 2).await, &a), [3, 4]);
    log.append(vec![record(&b, "b0")]).await.expect("appended");
    assert_eq!(offsets(&read(follower.as_mut(), 1).await, &b), [0]);
    follower.seek(&a, 0).await.expect("sought");
    assert_eq!(offsets(&read(follower.as_mut(), 5).await, &a), (0..5).collect::<Vec<_>>());
    assert!(matches!(follower.commit(&BTreeMap::new()).await, Err(LogError::Fatal(_))));
    assert!(matches!(follower.committed().await, Err(LogError::Fatal(_))));

    let ends = log.ends().await.expect("ends");
    let mut all = log.follow(Topics::All, ends.clone()).await.expect("follows");
    let mut group = log.reader("follow-all", Topics::All).await.expect("a reader");
    let before: u64 = ends.values().sum();
    read(group.as_mut(), usize::try_from(before).expect("few")).await;
    quiet(all.as_mut()).await;
    let [late, _] = topics("late");
    backend.make(std::slice::from_ref(&late)).await;
    log.append(vec![record(&late, "new")]).await.expect("appended");
    assert_eq!(offsets(&read(all.as_mut(), 1).await, &late), [0], "a follower finds a new topic");
    assert_eq!(offsets(&read(group.as_mut(), 1).await, &late), [0], "a group finds a new topic");
}

/// A group has one reader: a second one takes over, and the first learns that it is over.
async fn fencing(backend: &Backend) {
    let [a, _] = topics("fence");
    backend.make(std::slice::from_ref(&a)).await;
    let log = backend.open();
    log.append((0..4).map(|n| record(&a, format!("a{n}"))).collect()).await.expect("appended");
    let only = Topics::Only(vec![a.clone()]);
    let mut first = log.reader("fence", only.clone()).await.expect("a reader");
    read(first.as_mut(), 4).await;
    first.commit(&BTreeMap::from([(a.clone(), at(1, "first"))])).await.expect("committed");
    let mut second = log.reader("fence", only).await.expect("a second reader");
    assert_eq!(offsets(&read(second.as_mut(), 3).await, &a), [1, 2, 3]);
    let refused = first.commit(&BTreeMap::from([(a.clone(), at(4, "zombie"))])).await;
    assert!(matches!(refused, Err(LogError::Fatal(_))), "{refused:?}");
    assert!(matches!(first.poll(1, PATIENCE).await, Err(LogError::Fatal(_))), "a fenced reader reads");
    second.commit(&BTreeMap::from([(a.clone(), at(3, "second"))])).await.expect("committed");
    assert_eq!(second.committed().await.expect("committed"), BTreeMap::from([(a, at(3, "second"))]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_log_keeps_the_contract() {
    contract(&Backend::Disk(tempfile::tempdir().expect("a folder"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kafka_keeps_the_contract() {
    contract(&Backend::Kafka(KafkaBroker::start().expect("a broker"))).await;
}
