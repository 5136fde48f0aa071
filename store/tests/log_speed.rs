//! How fast the log is, on both backends. Measures, run by hand:
//! `cargo test --profile fast -p ward-store --test log_speed -- --ignored --nocapture`

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking and shows figures")]

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use ward_event::{SenderId, config::LogConfig, topic::Topic};
use ward_store::{
    log::{
        Append, Log, Topics,
        disk::{DiskLog, DiskOptions},
        kafka::KafkaLog,
    },
    testing::KafkaBroker,
};

const RECORD_BYTES: usize = 400;
/// So many callers at once, as a collector's listeners are.
const CALLERS: usize = 8;

fn topic() -> Topic {
    Topic::events(&SenderId::new("speed").expect("an id"))
}

/// Records a second, appended by `CALLERS` tasks in batches.
async fn append(log: &Arc<dyn Log>, batch: usize, records: usize) -> f64 {
    let payload = Bytes::from(vec![b'e'; RECORD_BYTES]);
    let start = Instant::now();
    let calls = records / batch / CALLERS;
    let mut tasks = Vec::new();
    for _ in 0..CALLERS {
        let (log, payload) = (Arc::clone(log), payload.clone());
        tasks.push(tokio::spawn(async move {
            for _ in 0..calls {
                let batch = vec![Append { topic: topic(), payload: payload.clone() }; batch];
                log.append(batch).await.expect("appended");
            }
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    (calls * batch * CALLERS) as f64 / start.elapsed().as_secs_f64()
}

/// Records a second, read from the beginning.
async fn read(log: &Arc<dyn Log>) -> f64 {
    let end = log.ends().await.expect("ends")[&topic()];
    let mut reader = log.follow(Topics::Only(vec![topic()]), BTreeMap::new()).await.expect("follows");
    let mut next = 0;
    let mut start = None;
    while next < end {
        let records = reader.poll(4_000, Duration::from_secs(10)).await.expect("polls");
        assert!(!records.is_empty(), "stands at {next} of {end}");
        // The first poll connects.
        let _ = start.get_or_insert_with(Instant::now);
        for record in records {
            assert_eq!((record.offset, record.payload.len()), (next, RECORD_BYTES));
            next += 1;
        }
    }
    end as f64 / start.map_or(1.0, |s| s.elapsed().as_secs_f64())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn how_fast_the_disk_log_is() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let log: Arc<dyn Log> = Arc::new(DiskLog::open(dir.path(), DiskOptions::default()).expect("opens"));
    for (batch, records) in [(1, 20_000), (64, 300_000), (1_024, 1_000_000)] {
        let rate = append(&log, batch, records).await;
        println!(
            "disk log: {rate:.0} records/s of {RECORD_BYTES} bytes, {CALLERS} callers, batches of {batch}"
        );
    }
    let rate = read(&log).await;
    println!("disk log: {rate:.0} records/s read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn how_fast_kafka_is() {
    let broker = KafkaBroker::start().expect("a broker");
    let config = LogConfig { brokers: broker.bootstrap.clone(), ..LogConfig::default() };
    let kafka = KafkaLog::new(&config, "speed").expect("a client");
    kafka.create_topics(&[topic()]).await.expect("a topic");
    let log: Arc<dyn Log> = Arc::new(kafka);
    // The broker's code is compiled while it runs.
    append(&log, 1_024, 200_000).await;
    let rate = append(&log, 1_024, 1_000_000).await;
    println!("Kafka: {rate:.0} records/s of {RECORD_BYTES} bytes, {CALLERS} callers, batches of 1024");
    let rate = read(&log).await;
    println!("Kafka: {rate:.0} records/s read");
}
