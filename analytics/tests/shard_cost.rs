//! What an event costs in the shard, rules aside. Figures, run by hand:
//! `cargo test --profile fast -p ward-analytics --test shard_cost -- --ignored --nocapture`

#![allow(clippy::expect_used, clippy::print_stdout, reason = "test helpers fail by panicking")]

mod support;

use std::time::{Duration, Instant};

use support::{MINUTE, Region, number, shard};
use ward_event::{Micros, clock::ClockRecord, state::State};

#[test]
#[ignore = "measures"]
fn what_an_event_costs() {
    let mut region = Region::new(1_000, 1);
    region.busy = 8;
    let mut drafts = Vec::new();
    for day in 1..=3 {
        drafts.extend(region.day(day));
    }
    let entities = region.entities();
    let events = number(drafts, "h1");
    let mut shard = shard("", &[]);
    let mut rest = events.iter().peekable();
    let (mut ticking, mut longest, mut costs) = (Duration::ZERO, Duration::ZERO, Vec::new());
    let mut largest = 0;
    let (mut now, mut ticks) = (support::day_start(1).0, 0);
    while rest.peek().is_some() {
        now += MINUTE;
        let mut minute = Vec::new();
        while let Some(event) = rest.next_if(|e| e.event.received.0 <= now) {
            // A copy is in the cache, as an event is that has just been decoded.
            minute.push(event.clone());
        }
        let start = Instant::now();
        for event in &minute {
            shard.observe(event);
        }
        let seen = Instant::now();
        if minute.len() > 20 {
            costs.push((seen - start).as_nanos() as u64 / minute.len() as u64);
        }
        let outputs = shard.tick(&ClockRecord { time: Micros(now), ..ClockRecord::default() });
        let ticked = seen.elapsed();
        for record in outputs.states {
            if let State::Baseline(baseline) = record.state {
                largest = largest.max(baseline.content.len());
            }
        }
        ticking += ticked;
        longest = longest.max(ticked);
        ticks += 1;
    }
    let start = Instant::now();
    let snapshot = shard.snapshot().expect("a snapshot");
    // The median over minutes: others on the machine take whole slices of time.
    costs.sort_unstable();
    let cost = costs[costs.len() / 2];
    println!(
        "{} events, {entities} entities: observe {cost} ns an event; {ticks} ticks {:.0} us each, longest {:?}; snapshot {:.1} MB in {:?}, baseline {:.2} MB",
        events.len(),
        ticking.as_micros() as f64 / f64::from(ticks),
        longest,
        snapshot.len() as f64 / 1e6,
        start.elapsed(),
        largest as f64 / 1e6,
    );
}
