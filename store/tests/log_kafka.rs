//! A real broker that is killed and started again while a collector publishes its spool: nothing
//! is lost, order is kept, and it goes on by itself. `WARD_OUTAGE_SECS` makes the outage longer.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking and shows figures")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::time::Instant;
use ward_event::{SenderId, books::Books, config::LogConfig, topic::Topic};
use ward_store::{
    log::{
        Append, Log, LogError, Position, Topics,
        disk::{DiskLog, DiskOptions},
        kafka::KafkaLog,
        publish::Publisher,
    },
    testing::KafkaBroker,
};

const PATIENCE: Duration = Duration::from_secs(90);

fn topic(sender: &str) -> Topic {
    Topic::events(&SenderId::new(sender).expect("an id"))
}

fn connect(broker: &KafkaBroker) -> Arc<KafkaLog> {
    let config = LogConfig { brokers: broker.bootstrap.clone(), ..LogConfig::default() };
    Arc::new(KafkaLog::new(&config, "faults").expect("a client"))
}

fn numbers(topic: &Topic, range: std::ops::Range<u32>) -> Vec<Append> {
    range.map(|n| Append { topic: topic.clone(), payload: n.to_string().into() }).collect()
}

fn outage() -> Duration {
    let secs = std::env::var("WARD_OUTAGE_SECS").ok().and_then(|s| s.parse().ok());
    Duration::from_secs(secs.unwrap_or(8))
}

/// Reads the topic to its end: each number once at least, first sightings in order.
async fn distinct(log: &Arc<dyn Log>, topic: &Topic, count: u32) -> u32 {
    let mut reader = log.follow(Topics::Only(vec![topic.clone()]), BTreeMap::new()).await.expect("follows");
    let deadline = Instant::now() + PATIENCE;
    let (mut next, mut resent) = (0, 0);
    while next < count {
        assert!(Instant::now() < deadline, "stands at {next} of {count}");
        for record in reader.poll(1_000, Duration::from_secs(1)).await.expect("polls") {
            let number: u32 = std::str::from_utf8(&record.payload).expect("text").parse().expect("a number");
            if number == next {
                next += 1;
            } else {
                assert!(number < next, "{number} came before {next}");
                resent += 1;
            }
        }
    }
    resent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chaos_a_spool_outlives_the_broker_and_drains() {
    let mut broker = KafkaBroker::start().expect("a broker");
    let topic = topic("outage");
    let kafka = connect(&broker);
    kafka.create_topics(std::slice::from_ref(&topic)).await.expect("a topic");
    let remote: Arc<dyn Log> = kafka;
    let dir = tempfile::tempdir().expect("a folder");
    let spool: Arc<dyn Log> = Arc::new(DiskLog::open(dir.path(), DiskOptions::default()).expect("a spool"));
    let books = Books::new().expect("books");
    let publisher = Publisher::start(spool.clone(), remote.clone(), &books);

    spool.append(numbers(&topic, 0..1_000)).await.expect("spooled");
    let arrived = |end: u64| {
        let (remote, topic) = (remote.clone(), topic.clone());
        async move {
            let deadline = Instant::now() + PATIENCE;
            while remote.ends().await.is_ok_and(|ends| ends.get(&topic).is_none_or(|at| *at < end))
                || remote.ends().await.is_err()
            {
                assert!(Instant::now() < deadline, "{end} records did not arrive");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    arrived(1_000).await;
    // Killed while it takes records; the hospital goes on.
    let feeding = tokio::spawn({
        let (spool, topic) = (spool.clone(), topic.clone());
        async move {
            for n in 10..60 {
                spool.append(numbers(&topic, n * 100..(n + 1) * 100)).await.expect("spooled");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    broker.kill9().expect("killed");
    tokio::time::sleep(outage()).await;
    feeding.await.expect("fed");
    spool.append(numbers(&topic, 6_000..50_000)).await.expect("spooled during the outage");
    tokio::task::block_in_place(|| broker.restart()).expect("a broker again");
    let back = Instant::now();
    arrived(50_000).await;
    println!("drained in {:.1} s after the broker was back", back.elapsed().as_secs_f64());
    assert!(back.elapsed() < Duration::from_secs(30), "R2: recovers within 30 s");
    // The same producer within one life sends nothing twice: the broker knows its numbers.
    assert_eq!(distinct(&remote, &topic, 50_000).await, 0);
    let book = books.book("publish", "spool");
    let deadline = Instant::now() + PATIENCE;
    while book.out.get() < 50_000 {
        assert!(Instant::now() < deadline, "the last position is committed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((book.r#in.get(), book.held.get(), book.residual()), (50_000, 0, 0));
    publisher.stop().await;

    // A publisher of the next life goes on where this one was acknowledged.
    let publisher = Publisher::start(spool.clone(), remote.clone(), &books);
    spool.append(numbers(&topic, 50_000..50_010)).await.expect("spooled");
    arrived(50_010).await;
    publisher.stop().await;
    assert_eq!(distinct(&remote, &topic, 50_010).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chaos_a_reader_waits_for_the_broker_and_goes_on_where_it_was() {
    let mut broker = KafkaBroker::start().expect("a broker");
    let topic = topic("reader");
    let kafka = connect(&broker);
    kafka.create_topics(std::slice::from_ref(&topic)).await.expect("a topic");
    let log: Arc<dyn Log> = kafka;
    log.append(numbers(&topic, 0..100)).await.expect("appended");
    let mut reader = log.reader("chaos", Topics::Only(vec![topic.clone()])).await.expect("a reader");
    let mut seen = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while seen.len() < 100 {
        assert!(Instant::now() < deadline, "stands at {}", seen.len());
        seen.extend(reader.poll(30, Duration::from_secs(1)).await.expect("polls"));
    }
    let position = |next| BTreeMap::from([(topic.clone(), Position { next, metadata: "plan".into() })]);
    reader.commit(&position(40)).await.expect("committed");

    broker.kill9().expect("killed");
    // Away: polling is empty, a commit and an append wait.
    assert!(reader.poll(10, Duration::from_millis(500)).await.expect("polls").is_empty());
    let appending = tokio::spawn({
        let (log, topic) = (log.clone(), topic.clone());
        async move { log.append(numbers(&topic, 100..110)).await }
    });
    tokio::time::sleep(outage()).await;
    assert!(!appending.is_finished(), "an append waits for the broker");
    assert!(log.ends().await.is_err_and(|e| matches!(e, LogError::Unavailable(_))));
    tokio::task::block_in_place(|| broker.restart()).expect("a broker again");
    let back = Instant::now();
    assert_eq!(appending.await.expect("no panic").expect("appended"), (100..110).collect::<Vec<u64>>());
    // Polled on behind what it had read, although less is committed.
    let mut more = Vec::new();
    while more.len() < 10 {
        assert!(back.elapsed() < PATIENCE, "stands at {}", more.len());
        more.extend(reader.poll(30, Duration::from_secs(1)).await.expect("polls"));
    }
    println!("read on {:.1} s after the broker was back", back.elapsed().as_secs_f64());
    assert_eq!(more.iter().map(|r| r.offset).collect::<Vec<_>>(), (100..110).collect::<Vec<_>>());
    reader.commit(&position(110)).await.expect("committed");
    assert_eq!(reader.committed().await.expect("committed"), position(110));
    broker.stop().expect("stopped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_is_not_there_is_told() {
    let broker = KafkaBroker::start().expect("a broker");
    let log = connect(&broker);
    let refused = log.append(numbers(&topic("nobody"), 0..2)).await;
    assert!(matches!(refused, Err(LogError::Fatal(_))), "{refused:?}");
}
