//! A recording made of a log replays to the very alerts that were given online.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "test helpers fail by panicking")]

mod support;

use std::{collections::BTreeMap, sync::Arc};

use support::{MINUTE, Region, number, plants};
use ward_analytics::{
    enrich::{Enricher, GeoIp},
    recording::{RecordingError, Replay, Start, record, replay},
    rules::RuleSet,
    shard::Shard,
};
use ward_event::{
    EnrichedEvent, Micros,
    clock::ClockRecord,
    control::{Change, ControlRecord, RuleFile},
    json,
    topic::Topic,
};
use ward_store::log::{
    Append, Log,
    disk::{DiskLog, DiskOptions},
};

const REGISTER: &str = r#"
    [[unit]]
    id = "h1"
    name = "第一人民医院"
    kind = "hospital"
    [[unit.source]]
    format = "windows"
    [[sender]]
    id = "h1"
    units = ["h1"]
"#;

fn rules() -> Vec<RuleFile> {
    let text = "title: refused\nid: 22222222-2222-4222-8222-222222222222\nstatus: test\nlogsource:\n    definition: any\ndetection:\n    selection:\n        status_id: 2\n    condition: selection\nlevel: low\n";
    vec![RuleFile { path: "refused.yml".into(), text: text.into() }]
}

fn no_geoip() -> GeoIp {
    GeoIp::open(std::path::Path::new(""), std::path::Path::new("")).expect("none")
}

/// Puts events, a change of rules and clock records on a log as the stages do.
async fn fill(log: &DiskLog, events: &[EnrichedEvent]) {
    let mut ends: BTreeMap<Topic, u64> = BTreeMap::new();
    let mut rest = events.iter().peekable();
    let mut now = support::day_start(1).0;
    let put = |topic: Topic, payload: Vec<u8>| Append { topic, payload: payload.into() };
    let change = ControlRecord::new(Micros(now), Change::Rules { files: rules() }).expect("JSON");
    log.append(vec![put(Topic::CONTROL, serde_json::to_vec(&change).expect("JSON"))])
        .await
        .expect("appended");
    ends.insert(Topic::CONTROL, 1);
    while rest.peek().is_some() {
        now += 5 * MINUTE;
        let mut batch = Vec::new();
        while let Some(event) = rest.next_if(|e| e.event.received.0 <= now) {
            let mut line = Vec::new();
            json::encode(&event.event, &mut line);
            *ends.entry(event.topic.clone()).or_default() += 1;
            batch.push(put(event.topic.clone(), line));
        }
        let clock = ClockRecord { time: Micros(now), ends: std::mem::take(&mut ends) };
        // The next record names only what moves after this one, from where it stands.
        ends = clock.ends.clone();
        batch.push(put(Topic::CLOCK, serde_json::to_vec(&clock).expect("JSON")));
        log.append(batch).await.expect("appended");
    }
}

/// What the run loop does, in short: every record of the log through a shard, from the beginning.
fn online(events: &[EnrichedEvent], snapshot_at: usize) -> (Vec<u8>, BTreeMap<Topic, u64>, String) {
    let mut shard = support::shard(REGISTER, &[]);
    let enricher = Enricher::new(shard.register(), no_geoip());
    let change = ControlRecord::new(support::day_start(1), Change::Rules { files: rules() }).expect("JSON");
    shard.control(&change);
    let mut rest = events.iter().peekable();
    let mut now = support::day_start(1).0;
    let (mut clocks, mut seen) = (0, 0);
    let (mut snapshot, mut cursor, mut alerts) = (Vec::new(), BTreeMap::new(), String::new());
    while rest.peek().is_some() {
        now += 5 * MINUTE;
        while let Some(event) = rest.next_if(|e| e.event.received.0 <= now) {
            let sender = event.topic.sender().expect("a sender");
            let (hospital, enrichment) = enricher.enrich(&sender, &event.event);
            shard.observe(&EnrichedEvent { hospital, enrichment, ..event.clone() });
            seen += 1;
        }
        let outputs = shard.tick(&ClockRecord { time: Micros(now), ..ClockRecord::default() });
        clocks += 1;
        if clocks > snapshot_at {
            for alert in &outputs.alerts {
                alerts += &serde_json::to_string(alert).expect("JSON");
                alerts.push('\n');
            }
        }
        if clocks == snapshot_at {
            snapshot = shard.snapshot().expect("a snapshot");
            cursor.insert(Topic::CONTROL, 1);
            cursor.insert(Topic::CLOCK, clocks as u64);
            cursor.insert(events[0].topic.clone(), seen);
        }
    }
    (snapshot, cursor, alerts)
}

#[tokio::test]
async fn a_recording_replays_to_the_same_bytes_and_refuses_what_does_not_belong_to_it() {
    let mut region = Region::new(20, 4);
    let mut drafts = Vec::new();
    for day in 1..=8 {
        drafts.extend(region.day(day));
    }
    plants::inside_theft(8, "u0010", &mut drafts);
    plants::bulk_read(8, "u0009", "10.10.0.19", &mut drafts);
    let events = number(drafts, "h1");
    let dir = tempfile::tempdir().expect("a folder");
    let log = DiskLog::open(&dir.path().join("log"), DiskOptions::default()).expect("a log");
    fill(&log, &events).await;

    let to = dir.path().join("recording");
    // From the middle, with the rules that were in force by then.
    let (snapshot, cursor, alerts) = online(&events, 1_000);
    let start = Start { snapshot, rules: rules(), cursor };
    let manifest = record(&log, &start, Micros(i64::MAX), &to).await.expect("recorded");
    assert!(manifest.files["ward.clock.jsonl"].records > 1_000);
    let run = |rules, allow_other| {
        let mut out = Vec::new();
        replay(Replay { dir: &to, geoip: no_geoip(), rules, allow_other }, &mut out)
            .map(|done| (done, String::from_utf8(out).expect("UTF-8")))
    };
    let (done, replayed) = run(None, false).expect("replayed");
    for kind in ["ward-ueba", "22222222"] {
        assert!(replayed.contains(kind), "{kind} is among what is compared");
    }
    assert!(replayed == alerts, "the replay differs:\n{replayed:.2000}\n{alerts:.2000}");
    assert_eq!((done.poisoned, done.to), (0, manifest.to));

    // Other rules are refused, unless asked for.
    let none = || Some(Vec::new());
    assert!(matches!(run(none(), false), Err(RecordingError::Other { what: "rules", .. })));
    let (_, other) = run(none(), true).expect("replayed");
    assert!(!other.contains("\"rule_id\":\"22222222") && other.contains("ward-ueba"));

    // From the beginning: a fresh shard is a start as well.
    let fresh = support::shard(REGISTER, &[]);
    let start =
        Start { snapshot: fresh.snapshot().expect("a snapshot"), rules: Vec::new(), cursor: BTreeMap::new() };
    let half = Micros((manifest.from.0 + manifest.to.0) / 2);
    let manifest = record(&log, &start, half, &to).await.expect("recorded");
    assert!(manifest.to <= half && manifest.files["ward.control.jsonl"].records == 1);
    let (done, _) = run(None, false).expect("replayed");
    assert!(done.events > 1_000 && done.alerts > 10, "{done:?}");

    // A byte flipped is found.
    let path = to.join("ward.events.h1.jsonl");
    let mut bytes = std::fs::read(&path).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).expect("written");
    assert!(matches!(run(None, false), Err(RecordingError::Content { .. })));
}

#[test]
fn a_shard_restored_for_a_replay_takes_other_rules() {
    let shard = support::shard("", &[]);
    let bytes = shard.snapshot().expect("a snapshot");
    let rules = Arc::new(RuleSet::load(&rules()).0);
    assert!(Shard::restore(&bytes, rules.clone(), "").is_err());
    let copy = Shard::restore_with(&bytes, rules.clone(), "g").expect("restored");
    assert_eq!(copy.rules().version(), rules.version());
}
