//! kill -9 at seeded random moments, while an outside witness sends. `WARD_ROUNDS` says how many.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{
    collections::BTreeMap,
    io::Write,
    net::TcpStream,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use support::{
    Ward,
    oracle::{Oracle, Rng, assert_exactly, env},
};

#[test]
fn chaos_embedded_acknowledged_means_stored_once() {
    let rounds = env("WARD_ROUNDS", 6);
    let seed = env("WARD_SEED", 20_261_121);
    eprintln!("seed {seed}, {rounds} rounds");
    let mut rng = Rng(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let mut ward = Ward::up(dir.path());
    let oracle = Oracle::start(dir.path());
    for round in 0..rounds {
        oracle.wait_for_more(200 + rng.below(2_000));
        std::thread::sleep(Duration::from_millis(rng.below(700)));
        if round % 3 == 2 {
            if let Some(pid) = support::engine_pid(ward.child.id()) {
                support::signal(pid, nix::sys::signal::Signal::SIGKILL);
            }
        } else {
            ward.kill_and_restart();
        }
    }
    oracle.wait_for_more(500);
    let (acknowledged, repeated) = oracle.finish();
    eprintln!("{acknowledged} acknowledged, {repeated} tries repeated");
    assert_exactly(&ward, acknowledged);
    ward.assert_balanced();
    for table in ["alerts", "rollups", "score", "source"] {
        let once = ward.sql(&format!("SELECT count() = uniqExact(producer, seq) FROM ward.{table}"));
        assert_eq!(once, "1", "{table}");
    }
}

/// Writes numbered lines over plain syslog until told to stop, on a new connection whenever one breaks.
/// Nothing is sent twice: what was in a broken connection may be lost.
fn pump(endpoints: PathBuf, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<u64> {
    std::thread::spawn(move || {
        let mut sent = 0;
        while !stop.load(Ordering::Relaxed) {
            let Some(mut stream) = connect(&endpoints) else {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            };
            while !stop.load(Ordering::Relaxed) {
                let lines: String = (sent..sent + 20)
                    .map(|n| format!("<13>1 2026-11-20T10:00:00Z h load - - - line={n} of many\n"))
                    .collect();
                sent += 20;
                if stream.write_all(lines.as_bytes()).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        sent
    })
}

fn connect(endpoints: &Path) -> Option<TcpStream> {
    let text = std::fs::read(endpoints).ok()?;
    let endpoints: BTreeMap<String, String> = serde_json::from_slice(&text).ok()?;
    TcpStream::connect(endpoints.get("syslog-tcp")?).ok()
}

/// Plain syslog acknowledges nothing: a kill loses what was on its way, and never doubles or makes up a
/// line, nor leaves a hole in what was appended.
#[test]
fn chaos_collector_killed_under_syslog_stores_a_part_of_what_was_sent_once() {
    let rounds = env("WARD_ROUNDS", 5).min(20);
    let mut rng = Rng(env("WARD_SEED", 514));
    let dir = tempfile::tempdir().expect("a folder");
    let mut ward = Ward::up(dir.path());
    let stop = Arc::<AtomicBool>::default();
    let client = pump(dir.path().join("endpoints.json"), stop.clone());
    const MINE: &str = "FROM ward.events WHERE startsWith(message, 'line=')";
    let mut stored = 0;
    for _ in 0..rounds {
        // Each life takes some in.
        let more = stored + 500;
        let n =
            ward.sql_until(&format!("SELECT count() {MINE}"), |n| n.parse::<u64>().is_ok_and(|n| n > more));
        stored = n.parse().expect("a number");
        std::thread::sleep(Duration::from_millis(rng.below(400)));
        ward.kill_and_restart();
    }
    ward.sql_until(&format!("SELECT count() > {stored} + 200 {MINE}"), |a| a == "1");
    stop.store(true, Ordering::Relaxed);
    let sent = client.join().expect("the client");
    ward.assert_balanced();
    let number = "toUInt64(extract(message, '^line=([0-9]+) of many$'))";
    let got = ward.sql(&format!(
        "SELECT count() = uniqExact(message), max({number}) < {sent}, countIf(message != concat('line=', toString({number}), ' of many')) {MINE}"
    ));
    assert_eq!(got, "1\t1\t0", "once each, of what was sent, unaltered\n{}", ward.log());
    let kept: u64 = ward.sql(&format!("SELECT count() {MINE}")).parse().expect("a number");
    eprintln!("{kept} of {sent} lines stored over {rounds} kills");
    ward.assert_complete();
}
