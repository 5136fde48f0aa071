//! How much room events take in the store, and how fast they go into it. Room is asserted; speeds are
//! measures, printed when asked for:
//! `cargo test --profile fast -p ward-store --test store_speed -- --ignored --nocapture`

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test")]

mod store_common;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use store_common::{NOON, config, number, store, syslog, turn};
use ward_event::{EnrichedEvent, books::Books, clock::Clock};
use ward_store::writer::{At, Row, Writer, WriterSettings};

const ROWS: u64 = 100_000;
/// Bytes on disk that an event of 250 bytes may take, all columns together.
const BYTES_MAX: u64 = 150;

/// Processor time of this process and of another, so far.
fn cpu(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("proc");
    let fields: Vec<u64> = stat[stat.rfind(')').expect("a name") + 2..]
        .split(' ')
        .skip(11)
        .take(2)
        .map(|n| n.parse().expect("ticks"))
        .collect();
    // Linux counts in hundredths of a second.
    Duration::from_millis(fields.iter().sum::<u64>() * 10)
}

fn rss_mb(pid: u32, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("proc");
    let line = status.lines().find(|l| l.starts_with(what)).expect("a line");
    line.split_whitespace().nth(1).expect("a number").parse::<u64>().expect("kB") / 1024
}

fn writer() -> Writer {
    let books = Books::new().expect("books");
    let settings = WriterSettings { rows_max: ROWS as usize, delay_max: Duration::from_millis(500) };
    Writer::recover(&Default::default(), Clock::driven(NOON), settings, &books).expect("new").0
}

fn fill(writer: &mut Writer, events: &[EnrichedEvent]) {
    for event in events {
        writer.add(At { topic: &event.topic, partition: 0, offset: event.offset }, Row::Event(event));
    }
}

#[test]
#[ignore = "measures"]
fn store_speed_of_encoding() {
    let events: Vec<_> = (0..20_000).map(|n| syslog("h01", n)).collect();
    let rounds = 20;
    let begin = cpu(std::process::id());
    for _ in 0..rounds {
        let mut writer = writer();
        fill(&mut writer, &events);
        black_box(writer.seal());
    }
    let spent = cpu(std::process::id()) - begin;
    let speed = (rounds * events.len()) as f64 / spent.as_secs_f64();
    println!("encode: {speed:.0} events/s of processor time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn store_speed_of_inserts_and_bytes_an_event() {
    let _turn = turn().await;
    let data = tempfile::tempdir().expect("a folder");
    let config = config(&data);
    let begin = Instant::now();
    let store = store(&config).await;
    let pid = store.engine_pid().await.expect("runs");
    println!("engine: started and migrated in {:?}, {} MB resident", begin.elapsed(), rss_mb(pid, "VmRSS"));

    let rounds = 5;
    let mut writer = writer();
    let (mut wall, mut rows, mut bytes) = (Duration::ZERO, 0, 0);
    let engine_before = cpu(pid);
    for round in 0..rounds {
        let hospitals = ["h01", "h02", "h03", "h04", "h05"];
        let per = ROWS / hospitals.len() as u64;
        for hospital in hospitals {
            let events: Vec<_> = (round * per..(round + 1) * per).map(|n| syslog(hospital, n)).collect();
            bytes += events.iter().map(|e| e.event.raw.len() as u64).sum::<u64>();
            let begin = Instant::now();
            fill(&mut writer, &events);
            wall += begin.elapsed();
        }
        let begin = Instant::now();
        let batch = writer.seal().expect("a batch");
        Writer::insert(&store, &batch).await.expect("inserted");
        wall += begin.elapsed();
        rows += batch.rows() as u64;
        writer.done(&batch);
    }
    let engine = cpu(pid) - engine_before;
    println!(
        "insert: {:.0} rows/s, engine {:.2} µs of processor a row, {} MB resident at most",
        rows as f64 / wall.as_secs_f64(),
        engine.as_micros() as f64 / rows as f64,
        rss_mb(pid, "VmHWM"),
    );
    assert_eq!(number(&store, "SELECT count() FROM events").await, rows);
    assert_eq!(
        number(
            &store,
            "SELECT count() FROM system.parts WHERE table = 'events' AND level = 0 AND rows != 100000"
        )
        .await,
        0
    );

    store.writer().query("OPTIMIZE TABLE events FINAL").execute().await.expect("merged");
    let on_disk =
        number(&store, "SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'events' AND active").await;
    println!("room: {} bytes an event on disk, for {} bytes of raw text", on_disk / rows, bytes / rows);
    let columns = "SELECT name || ' ' || toString(round(data_compressed_bytes / 500000, 1)) FROM system.columns \
                   WHERE table = 'events' AND database = 'ward' ORDER BY data_compressed_bytes DESC LIMIT 14";
    let columns: Vec<String> = store.writer().query(columns).fetch_all().await.expect("columns");
    println!("columns, bytes an event: {}", columns.join(", "));
    assert!(on_disk / rows <= BYTES_MAX, "{} bytes an event", on_disk / rows);
    store.close().await;
}
