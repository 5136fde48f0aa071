//! Deterministic simulation of the disk log: crashes, torn and lost writes, full disks, failing writes
//! and syncs by seed. `WARD_SEEDS` says how many seeds; a failing one is printed.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking and shows figures")]

mod log_harness;

use log_harness::{Harness, Op};
use ward_store::{log::disk::DiskOptions, testing::Rng};

const STEPS: u64 = 60;

fn op(rng: &mut Rng) -> Op {
    match rng.below(100) {
        0..45 => {
            let calls = 1 + rng.below(4);
            let mut call = || {
                let records = 1 + rng.below(12);
                (0..records).map(|_| (rng.below(5) as u8, rng.below(700) as u16)).collect()
            };
            Op::Append((0..calls).map(|_| call()).collect())
        }
        45..65 => Op::Read(rng.below(60) as u16),
        65..78 => Op::Commit,
        78..81 => Op::SeekBack(rng.below(5) as u8, rng.below(20) as u16),
        81..84 => Op::Reopen,
        84..86 => Op::Kill,
        86..89 => Op::PowerLoss,
        89..92 => Op::StopIn(rng.below(30) as u16),
        92..94 => Op::LeaveRoom(rng.below(8_000) as u16),
        94..96 => Op::RoomAgain,
        96..98 => Op::FailWrites(rng.below(2) == 0),
        _ => Op::FailSync,
    }
}

fn options(rng: &mut Rng) -> DiskOptions {
    DiskOptions {
        segment_bytes: 2_000 << rng.below(5),
        keep_bytes: [0, 10_000, 1 << 30][rng.below(3) as usize],
        quota_bytes: [15_000, 1 << 30][rng.below(2) as usize],
        keep_ungrouped: rng.below(2) == 0,
    }
}

#[test]
fn log_sim_keeps_what_it_acknowledged() {
    let seeds = std::env::var("WARD_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    let (mut refused, mut deleted) = (0, 0);
    // One seed alone, with what it does.
    let only: Option<u64> = std::env::var("WARD_SEED").ok().and_then(|n| n.parse().ok());
    for seed in only.map_or(0..seeds, |seed| seed..seed + 1) {
        let run = std::panic::catch_unwind(|| {
            let mut rng = Rng::new(seed);
            let mut harness = Harness::new(seed, options(&mut rng));
            for _ in 0..STEPS {
                let op = op(&mut rng);
                if only.is_some() {
                    println!("{op:?}");
                }
                harness.apply(&op);
            }
            let seen = (harness.refused_by_quota, u64::from(harness.deleted));
            harness.finish();
            seen
        });
        let seen = run.unwrap_or_else(|_| panic!("seed {seed} failed"));
        refused += seen.0;
        deleted += seen.1;
    }
    // A simulation that never meets these says nothing of them.
    assert!(refused > 0 && deleted > 0, "refused {refused}, deleted in {deleted}");
}
