//! The same sequence gives the same bytes: run twice, restored from a snapshot anywhere, and with
//! events sent again.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "test helpers fail by panicking")]

mod support;

use std::sync::Arc;

use support::{Draft, MINUTE, Region, at, number, plants, run, shard};
use ward_analytics::{
    rules::RuleSet,
    shard::{Outputs, Shard},
    snapshot::{self, SnapshotError},
};
use ward_event::{
    EnrichedEvent, Micros,
    clock::ClockRecord,
    control::{Change, ControlRecord, RuleFile},
    state::State,
};

const DAYS: i32 = 9;

const REGISTER: &str = r#"
    [[unit]]
    id = "h1"
    name = "第一人民医院"
    kind = "hospital"
    [[unit.source]]
    format = "windows"
    silent_after_min = 30
    [[unit.source]]
    format = "netflow"
    silent_after_min = 45
    [[unit.source]]
    format = "eve"
    [[sender]]
    id = "h1"
    units = ["h1"]
"#;

fn rules() -> Vec<RuleFile> {
    let rule = |id: &str, name: &str, level: &str, selection: &str| RuleFile {
        path: format!("{name}.yml"),
        text: format!(
            "title: {name}\nid: {id}\nstatus: test\nlogsource:\n    definition: any\ndetection:\n    selection:\n        {selection}\n    condition: selection\nlevel: {level}\n"
        ),
    };
    vec![
        rule("11111111-1111-4111-8111-111111111111", "psexec", "high", "process.name: psexec.exe"),
        rule("22222222-2222-4222-8222-222222222222", "refused", "low", "status_id: 2"),
    ]
}

fn events() -> Vec<EnrichedEvent> {
    let mut region = Region::new(25, 3);
    let mut drafts = Vec::new();
    for day in 1..=DAYS {
        drafts.extend(region.day(day));
    }
    plants::account_theft(8, "u0010", &mut drafts);
    plants::inside_theft(8, "u0020", &mut drafts);
    plants::bulk_read(9, "u0009", "10.10.0.19", &mut drafts);
    // Six hours in which nothing is heard at all.
    drafts.retain(|d: &Draft| !(at(5, 10, 0)..at(5, 16, 0)).contains(&d.event.time));
    // A night on duty runs on beyond the last day.
    drafts.retain(|d| d.event.time < at(DAYS, 23, 59));
    number(drafts, "h1")
}

fn json(outputs: &Outputs) -> String {
    let parts = [
        serde_json::to_string(&outputs.alerts),
        serde_json::to_string(&outputs.rollups),
        serde_json::to_string(&outputs.states),
    ];
    parts.map(|p| p.expect("JSON")).join("\n")
}

/// All that is emitted, one text a clock record.
fn emitted(
    shard: Shard,
    events: &[EnrichedEvent],
    each: &mut dyn FnMut(usize, Shard) -> Shard,
) -> Vec<String> {
    let mut texts = Vec::new();
    run(shard, events, DAYS, 5 * MINUTE, &mut |shard, _, outputs| {
        texts.push(json(&outputs));
        each(texts.len(), shard)
    });
    texts
}

fn assert_same(a: &[String], b: &[String], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (n, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(a == b, "{what}: clock record {n} differs:\n{a:.2000}\n{b:.2000}");
    }
}

fn restored(shard: &Shard) -> Shard {
    let bytes = shard.snapshot().expect("a snapshot");
    let copy = Shard::restore(&bytes, Arc::new(RuleSet::load(&rules()).0), "").expect("restored");
    assert_eq!(copy.snapshot().expect("a snapshot"), bytes, "a snapshot of what was restored is the same");
    copy
}

#[test]
fn a_run_is_the_same_again_and_from_a_snapshot_anywhere() {
    let events = events();
    let straight = emitted(shard(REGISTER, &rules()), &events, &mut |_, shard| shard);
    let all = straight.join("\n");
    for wanted in
        ["ward-ueba-account-theft", "ward-unit-silent", "\"baseline\"", "\"score\"", "11111111-1111"]
    {
        assert!(all.contains(wanted), "{wanted} is among what is compared");
    }
    let again = emitted(shard(REGISTER, &rules()), &events, &mut |_, shard| shard);
    assert_same(&straight, &again, "again");
    for k in [1, 7, 97] {
        // Every k-th, but each only so often that the test stays short.
        let mut left = 120;
        let from_snapshots = emitted(shard(REGISTER, &rules()), &events, &mut |n, shard| {
            if n % k != 0 || left == 0 {
                return shard;
            }
            left -= 1;
            restored(&shard)
        });
        assert_same(&straight, &from_snapshots, &format!("restored at every {k}th clock record"));
    }
}

#[test]
fn numbers_have_no_gap_and_what_is_sent_again_changes_nothing() {
    let events = events();
    let straight = emitted(shard(REGISTER, &rules()), &events, &mut |_, shard| shard);
    let mut twice = Vec::new();
    for chunk in events.chunks(50) {
        twice.extend_from_slice(chunk);
        twice.extend_from_slice(chunk);
    }
    let mut resent = 0;
    let mut next = 0;
    let mut texts = Vec::new();
    run(shard(REGISTER, &rules()), &twice, DAYS, 5 * MINUTE, &mut |shard, _, outputs| {
        let seqs = outputs.alerts.iter().map(|a| a.seq).chain(outputs.rollups.iter().map(|r| r.seq));
        for seq in seqs.chain(outputs.states.iter().map(|s| s.seq)) {
            assert_eq!(seq, next);
            next += 1;
        }
        resent = shard.counts().resent;
        texts.push(json(&outputs));
        shard
    });
    assert!(next > 1_000);
    // Each chunk is over before its copy begins, so chunks that straddle a clock record differ only
    // in when they are seen again.
    assert_same(&straight, &texts, "sent twice");
    assert_eq!(resent, events.len() as u64);
}

#[test]
fn rollups_add_up_to_the_events_whatever_the_order() {
    let events = events();
    let mut sum = 0;
    let mut baselines = Vec::new();
    run(shard("", &[]), &events, DAYS, 10 * MINUTE, &mut |shard, _, outputs| {
        let own = outputs.rollups.iter().filter(|r| r.metric == "events" && r.entity.kind == "hospital");
        sum += own.map(|r| r.value).sum::<u64>();
        baselines.extend(outputs.states.into_iter().filter_map(|s| match s.state {
            State::Baseline(b) => Some((b.day, b.hash, b.content.len())),
            _ => None,
        }));
        shard
    });
    assert_eq!(sum, events.len() as u64);
    assert_eq!(baselines.len(), DAYS as usize, "one a day: {baselines:?}");
}

#[test]
fn a_damaged_or_foreign_snapshot_is_refused() {
    let shard = shard(REGISTER, &rules());
    let bytes = shard.snapshot().expect("a snapshot");
    let rules = Arc::new(RuleSet::load(&rules()).0);
    let restore = |bytes: &[u8]| Shard::restore(bytes, rules.clone(), "").map(|_| ());
    assert!(restore(&bytes).is_ok());
    let mut flipped = bytes.clone();
    let last = flipped.len() - 5;
    flipped[last] ^= 1;
    assert!(matches!(restore(&flipped), Err(SnapshotError::Damaged)));
    assert!(matches!(restore(&bytes[..bytes.len() - 1]), Err(SnapshotError::Damaged)));
    assert!(matches!(restore(b"{}"), Err(SnapshotError::Foreign)));
    assert!(matches!(restore(b"ward-shard 9 x\n{}"), Err(SnapshotError::Version(_))));
    let none = Arc::new(RuleSet::load(&[]).0);
    assert!(matches!(Shard::restore(&bytes, none, ""), Err(SnapshotError::Other { what: "rules", .. })));
    assert!(matches!(
        Shard::restore(&bytes, rules.clone(), "x"),
        Err(SnapshotError::Other { what: "GeoIP", .. })
    ));
    let header = snapshot::header(&bytes).expect("a header");
    assert_eq!((header.rules_version.as_str(), header.next_seq), (rules.version(), 0));
}

#[test]
fn the_same_match_is_one_alert_within_its_window_and_revisions_tell_the_count() {
    let mut shard = shard("", &rules());
    let start = at(1, 9, 0).0;
    // 300 matches over ninety minutes, from one host and account.
    let draft = |n: i64| Draft::process(Micros(start + n * 18_000_000), "u1", "pc1", "psexec.exe");
    let events = number((0..300).map(draft).collect(), "h1");
    let mut rest = events.iter().peekable();
    let mut alerts = Vec::new();
    for minute in 1..=180 {
        let now = Micros(start + minute * MINUTE);
        while let Some(event) = rest.next_if(|e| e.event.received <= now) {
            assert!(shard.observe(event));
        }
        let outputs = shard.tick(&ClockRecord { time: now, ..ClockRecord::default() });
        assert!(outputs.alerts.len() <= 2);
        alerts.extend(outputs.alerts);
    }
    let first: Vec<_> = alerts.iter().filter(|a| a.revision == 1).collect();
    assert_eq!(first.len(), 2, "two windows of an hour");
    let last = |id: &str| alerts.iter().rfind(|a| a.alert_id == id).expect("itself");
    let counts: Vec<_> =
        first.iter().map(|a| last(&a.alert_id)).map(|a| (a.event_count, a.events.len())).collect();
    assert_eq!(counts, [(200, 100), (100, 100)]);
    assert_eq!(shard.counts().folded, 298);
    let entities: Vec<_> = first[0].entities.iter().map(|e| (e.kind.as_str(), e.value.as_str())).collect();
    assert_eq!(entities, [("account", "u1"), ("host", "pc1")]);
    assert_eq!(first[0].reasons[0].value, "psexec.exe");
}

#[test]
fn changes_are_in_force_from_the_next_clock_record_on() {
    let mut shard = shard("", &[]);
    let start = at(1, 9, 0).0;
    let events = number(
        (0..6).map(|n| Draft::process(Micros(start + n * MINUTE), "u1", "pc1", "psexec.exe")).collect(),
        "h1",
    );
    let tick = |shard: &mut Shard, n: i64| {
        shard.tick(&ClockRecord { time: Micros(start + n * MINUTE), ..ClockRecord::default() })
    };
    let control = |change| ControlRecord::new(Micros(start), change).expect("JSON");
    shard.control(&control(Change::Rules { files: rules() }));
    shard.observe(&events[0]);
    assert!(tick(&mut shard, 1).alerts.is_empty(), "not yet in force");
    shard.observe(&events[1]);
    assert_eq!(tick(&mut shard, 2).alerts.len(), 1);
    shard.control(&control(Change::Register { text: "[[unit]]".into() }));
    let outputs = tick(&mut shard, 6);
    assert_eq!((outputs.rejected.len(), outputs.register_changed), (1, false));
    shard.control(&control(Change::Register { text: REGISTER.into() }));
    assert!(tick(&mut shard, 7).register_changed);
    assert_eq!(tick(&mut shard, 7), Outputs::default(), "a clock that does not advance is ignored");
}
