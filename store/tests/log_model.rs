//! The disk log equals its model, whatever is done to it; a failing case is made small by proptest.
//! `PROPTEST_CASES` raises the number of cases.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking and shows figures")]

mod log_harness;

use log_harness::{Harness, Op};
use proptest::prelude::*;
use ward_store::log::disk::DiskOptions;

fn op() -> impl Strategy<Value = Op> {
    let call = proptest::collection::vec((any::<u8>(), any::<u16>()), 1..10);
    prop_oneof![
        6 => proptest::collection::vec(call, 1..4).prop_map(Op::Append),
        4 => (0u16..80).prop_map(Op::Read),
        3 => Just(Op::Commit),
        1 => (any::<u8>(), 0u16..30).prop_map(|(topic, by)| Op::SeekBack(topic, by)),
        1 => Just(Op::Reopen),
        1 => Just(Op::Kill),
        1 => Just(Op::PowerLoss),
        1 => (0u16..25).prop_map(Op::StopIn),
        1 => (0u16..9_000).prop_map(Op::LeaveRoom),
        1 => Just(Op::RoomAgain),
        1 => any::<bool>().prop_map(Op::FailWrites),
        1 => Just(Op::FailSync),
    ]
}

proptest! {
    // No file of failures: a failing case is printed in full.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_disk_log_equals_its_model(
        seed: u64,
        segment_bytes in 1_000u64..40_000,
        keep_bytes in 0u64..50_000,
        quota_bytes in prop_oneof![Just(1u64 << 30), 5_000u64..50_000],
        ops in proptest::collection::vec(op(), 1..40),
    ) {
        let options = DiskOptions { segment_bytes, keep_bytes, quota_bytes, keep_ungrouped: false };
        let mut harness = Harness::new(seed, options);
        for op in &ops {
            harness.apply(op);
        }
        harness.finish();
    }
}
