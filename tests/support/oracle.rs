//! An outside witness of "acknowledged means stored exactly once": numbered events by bulk, each batch
//! sent again until it is answered, through whatever is killed meanwhile.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{Ward, http};

/// Events of one bulk request.
const BATCH: u64 = 100;

/// Between two batches: the kills are what is tested, not how much goes through.
const PAUSE: Duration = Duration::from_millis(20);

/// One running witness.
pub struct Oracle {
    acknowledged: Arc<AtomicU64>,
    resent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Oracle {
    /// Sends until [`Oracle::finish`], to the HTTP listener that `dir/endpoints.json` names at each try.
    pub fn start(dir: &Path) -> Self {
        let (acknowledged, resent, stop) =
            (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let path: PathBuf = dir.join("endpoints.json");
        let shared = (acknowledged.clone(), resent.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            let (acknowledged, resent, stop) = shared;
            let mut next = 0;
            while !stop.load(Ordering::Relaxed) {
                let body = batch(next);
                let deadline = Instant::now() + Duration::from_secs(120);
                while !try_send(&path, &body) {
                    resent.fetch_add(1, Ordering::Relaxed);
                    assert!(Instant::now() < deadline, "no answer for two minutes");
                    std::thread::sleep(Duration::from_millis(20));
                }
                next += BATCH;
                acknowledged.store(next, Ordering::Relaxed);
                std::thread::sleep(PAUSE);
            }
            next
        });
        Self { acknowledged, resent, stop, thread }
    }

    /// Waits until so many more have been acknowledged.
    pub fn wait_for_more(&self, n: u64) {
        let target = self.acknowledged.load(Ordering::Relaxed) + n;
        let deadline = Instant::now() + Duration::from_secs(120);
        while self.acknowledged.load(Ordering::Relaxed) < target {
            assert!(Instant::now() < deadline, "acknowledgements have stopped");
            assert!(!self.thread.is_finished(), "the witness has given up");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops sending; returns how many events were acknowledged, and how many tries were repeated.
    pub fn finish(self) -> (u64, u64) {
        self.stop.store(true, Ordering::Relaxed);
        let resent = self.resent.clone();
        (self.thread.join().expect("the witness"), resent.load(Ordering::Relaxed))
    }
}

fn batch(from: u64) -> Vec<u8> {
    (from..from + BATCH)
        .flat_map(|n| {
            format!("{{\"index\":{{\"_index\":\"oracle\",\"_id\":\"oracle-{n}\"}}}}\n{{\"oracle\":{n},\"message\":\"event number {n}\"}}\n")
                .into_bytes()
        })
        .collect()
}

fn try_send(endpoints: &Path, body: &[u8]) -> bool {
    let Some(address) = fs::read(endpoints)
        .ok()
        .and_then(|text| serde_json::from_slice::<std::collections::BTreeMap<String, String>>(&text).ok())
        .and_then(|e| e.get("http").cloned())
    else {
        return false;
    };
    match http(&address, "POST", "/_bulk", "application/x-ndjson", body) {
        Ok((200, answer)) => answer.contains("\"errors\":false"),
        _ => false,
    }
}

/// All that was acknowledged is stored, once, unaltered; and the numbers of each producer have no hole.
pub fn assert_exactly(ward: &Ward, n: u64) {
    const MINE: &str = "FROM ward.events WHERE mapContains(unmapped, 'oracle')";
    ward.sql_until_within(Duration::from_secs(180), &format!("SELECT count() >= {n} {MINE}"), |a| a == "1");
    let got = ward.sql(&format!(
        "SELECT count(), uniqExact(toUInt64(unmapped['oracle'])), min(toUInt64(unmapped['oracle'])), \
         max(toUInt64(unmapped['oracle'])), countIf(message != concat('event number ', unmapped['oracle'])) {MINE}"
    ));
    assert_eq!(
        got,
        format!("{n}\t{n}\t0\t{}\t0", n - 1),
        "rows, distinct, least, greatest, altered\n{}",
        ward.log()
    );
    ward.assert_complete();
}

/// A small generator, so that a failing round can be run again by its seed.
pub struct Rng(pub u64);

impl Rng {
    pub fn below(&mut self, n: u64) -> u64 {
        // SplitMix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// A number from the environment, for `make chaos`.
pub fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}
