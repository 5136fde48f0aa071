//! The stages apart on a real Kafka: kill -9 of each stage and of the broker, and an outage under load.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use support::{
    cluster::Cluster,
    oracle::{Oracle, Rng, assert_exactly, env},
};

#[test]
fn chaos_kafka_acknowledged_means_stored_once() {
    let rounds = env("WARD_ROUNDS", 10);
    let seed = env("WARD_SEED", 7);
    eprintln!("seed {seed}, {rounds} rounds");
    let mut rng = Rng(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let mut cluster = Cluster::start(dir.path());
    let oracle = Oracle::start(&cluster.collect.dir);
    for round in 0..rounds {
        oracle.wait_for_more(200 + rng.below(1_500));
        std::thread::sleep(Duration::from_millis(rng.below(800)));
        match (round + rng.below(2)) % 3 {
            0 => cluster.collect.kill_and_restart(),
            1 => cluster.analyze.kill_and_restart(),
            _ => {
                cluster.kafka.kill9().expect("killed");
                std::thread::sleep(Duration::from_millis(rng.below(500)));
                cluster.kafka.restart().expect("back");
            }
        }
    }
    oracle.wait_for_more(300);
    let (acknowledged, repeated) = oracle.finish();
    eprintln!("{acknowledged} acknowledged, {repeated} tries repeated");
    assert_exactly(&cluster.analyze, acknowledged);
    for table in ["alerts", "rollups", "score", "source"] {
        let once =
            cluster.analyze.sql(&format!("SELECT count() = uniqExact(producer, seq) FROM ward.{table}"));
        assert_eq!(once, "1", "{table}");
    }
    cluster.collect.assert_balanced();
    cluster.analyze.assert_balanced();
}

/// Lines a second while the broker is away.
const LOAD_PER_SEC: u64 = 2_000;

#[test]
fn chaos_kafka_away_nothing_is_lost_and_order_is_kept() {
    let outage = Duration::from_secs(env("WARD_OUTAGE_SECS", 15));
    let dir = tempfile::tempdir().expect("a folder");
    let mut cluster = Cluster::start(dir.path());
    let mut stream = TcpStream::connect(cluster.collect.endpoint("syslog-tcp")).expect("connected");
    let mut sent = 0;
    let mut send_for = |sent: &mut u64, time: Duration| {
        let start = Instant::now();
        let mut due = 0;
        while start.elapsed() < time {
            let now = u64::try_from(start.elapsed().as_millis()).expect("small") * LOAD_PER_SEC / 1_000;
            let mut lines = String::new();
            while due < now {
                lines += &format!("<13>1 2026-11-20T10:00:00Z h load - - - n={sent}\n", sent = *sent);
                *sent += 1;
                due += 1;
            }
            stream.write_all(lines.as_bytes()).expect("sent");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    send_for(&mut sent, Duration::from_secs(3));
    cluster.kafka.kill9().expect("killed");
    send_for(&mut sent, outage);
    cluster.kafka.restart().expect("back");
    let back = Instant::now();
    drop(stream);
    const MINE: &str = "FROM ward.events WHERE startsWith(message, 'n=')";
    cluster.analyze.sql_until(&format!("SELECT count() >= {sent} {MINE}"), |a| a == "1");
    let drained = back.elapsed();
    eprintln!("{sent} lines, {outage:?} away, drained in {drained:?}");
    assert_eq!(
        cluster.analyze.sql(&format!("SELECT count(), uniqExact(message) {MINE}")),
        format!("{sent}\t{sent}")
    );
    let disorder = cluster.analyze.sql(&format!(
        "SELECT count() FROM (SELECT toUInt64(substring(message, 3)) AS n, lagInFrame(n) OVER (ORDER BY seq) AS before {MINE}) WHERE n < before"
    ));
    assert_eq!(disorder, "0", "order within the sender");
    assert!(drained < outage + Duration::from_secs(20), "drained at less than the rate it came: {drained:?}");
    cluster.analyze.assert_complete();
    cluster.collect.assert_balanced();
    cluster.analyze.assert_balanced();
}
