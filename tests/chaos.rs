//! kill -9 at seeded random moments, while an outside witness sends. `WARD_ROUNDS` says how many.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use support::{
    Ward,
    oracle::{Oracle, Rng, assert_exactly, env},
};

/// The engine's process: the child of `ward up` that runs `ward engine`.
fn engine_pid(parent: u32) -> Option<u32> {
    let children =
        std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    let mut pids: Vec<u32> = children.split_whitespace().filter_map(|p| p.parse().ok()).collect();
    // A child started by another thread stands under that thread.
    for task in std::fs::read_dir(format!("/proc/{parent}/task")).ok()?.flatten() {
        let text = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        pids.extend(text.split_whitespace().filter_map(|p| p.parse::<u32>().ok()));
    }
    pids.into_iter().find(|pid| {
        std::fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|c| String::from_utf8_lossy(&c).contains("engine"))
    })
}

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
        std::thread::sleep(std::time::Duration::from_millis(rng.below(700)));
        if round % 3 == 2 {
            if let Some(pid) = engine_pid(ward.child.id()) {
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
