//! What people decide, in detection: held back and counted, labelled, taken from scores, ended by the
//! clock; the same after a restart and in a replay.

#![allow(clippy::expect_used, reason = "test helpers fail by panicking")]

#[allow(unused_imports, reason = "of the support only a part is used")]
mod support;

use std::{collections::BTreeMap, sync::Arc};

use support::{Draft, MINUTE, at, number};
use ward_analytics::{
    enrich::{Enricher, GeoIp},
    recording::{Replay, Start, record, replay},
    rules::RuleSet,
    shard::{Outputs, Shard},
};
use ward_event::{
    EnrichedEvent, Field, Micros, UnitId,
    alert::{Alert, Entity},
    clock::ClockRecord,
    control::{AllowEntry, Change, ControlRecord, Finding, RuleFile, Suppression, TestWindow, Verdict},
    json,
    state::State,
    topic::Topic,
};
use ward_store::log::{
    Append, Log,
    disk::{DiskLog, DiskOptions},
};

const RULE: &str = "33333333-3333-4333-8333-333333333333";

fn rules() -> Vec<RuleFile> {
    let text = format!(
        "title: remote tool\nid: {RULE}\nstatus: test\nlogsource:\n    definition: any\ndetection:\n    selection:\n        process.name: psexec.exe\n    condition: selection\nlevel: high\n"
    );
    vec![RuleFile { path: "remote.yml".into(), text }]
}

fn start() -> i64 {
    at(1, 9, 0).0
}

/// One start of the tool each minute from the first on, by `who` at its minute.
fn events(who: &[&str]) -> Vec<EnrichedEvent> {
    let draft = |(n, who): (i64, &&str)| {
        let mut draft = Draft::process(Micros(start() + n * MINUTE), who, &format!("pc-{who}"), "psexec.exe");
        draft.event.push_unmapped("CommandLine", format!("psexec -u {who}"));
        draft.event.set_ip_text(Field::SrcIp, "10.9.9.9");
        draft.event.received = draft.event.time;
        draft
    };
    number((0..).zip(who).map(draft).collect(), "h1")
}

fn suppression(who: &str, until: i64, minute: i64) -> Change {
    Change::Suppress(Suppression {
        id: format!("s-{who}"),
        rule_id: RULE.into(),
        entity_type: "account".into(),
        value: who.to_uppercase(),
        hospital: "h1".into(),
        until: Micros(start() + until * MINUTE),
        reason: "patching".into(),
        by: "li".into(),
        at: Micros(start() + minute * MINUTE),
    })
}

fn allow(field: &str, value: &str, until: i64) -> Change {
    Change::Allow(AllowEntry {
        id: format!("a-{field}-{value}"),
        rule_id: String::new(),
        hospital: String::new(),
        field: field.into(),
        value: value.into(),
        until: Micros(start() + until * MINUTE),
        reason: "the software distribution".into(),
        by: "li".into(),
        at: Micros(start()),
    })
}

fn test_window(targets: &[&str]) -> Change {
    Change::TestWindow(TestWindow {
        id: "t-1".into(),
        from: Micros(start()),
        until: Micros(start() + 60 * MINUTE),
        testers: vec!["10.9.9.0/24".into()],
        targets: targets.iter().map(|t| (*t).to_owned()).collect(),
        reason: "yearly test".into(),
        by: "li".into(),
        at: Micros(start()),
    })
}

fn verdict(alert: &Alert, finding: Finding) -> Change {
    Change::Verdict(Verdict {
        alert_id: alert.alert_id.clone(),
        rule_id: alert.rule_id.clone(),
        hospital: alert.hospital.clone(),
        entities: alert.entities.clone(),
        score: alert.score,
        given: alert.time,
        verdict: finding,
        reason: "known".into(),
        by: "li".into(),
        at: alert.time,
    })
}

/// A shard with a clock record a minute, each event and change taken before the record of its minute.
struct Bench {
    shard: Shard,
    events: std::vec::IntoIter<EnrichedEvent>,
    minute: i64,
}

impl Bench {
    fn new(who: &[&str]) -> Self {
        let mut shard = support::shard("", &rules());
        // Decisions made from here on are in force at the first event.
        shard.tick(&ClockRecord { time: Micros(start() - MINUTE), ..ClockRecord::default() });
        Self { shard, events: events(who).into_iter(), minute: 0 }
    }

    fn decide(&mut self, change: Change) {
        let record = ControlRecord::new(Micros(start()), change).expect("JSON");
        self.shard.control(&record);
    }

    fn settle(&mut self) -> Outputs {
        self.minute += 1;
        let time = Micros(start() + self.minute * MINUTE - 1);
        self.shard.tick(&ClockRecord { time, ..ClockRecord::default() })
    }

    /// The next event and the clock record after it.
    fn next(&mut self) -> Vec<Alert> {
        let event = self.events.next().expect("an event");
        assert!(self.shard.observe(&event));
        self.settle().alerts
    }
}

#[test]
fn a_suppression_holds_back_its_rule_and_entity_until_its_time_and_counts() {
    let mut bench = Bench::new(&["li", "li", "wang", "zhao", "li", "li"]);
    assert_eq!(bench.next().len(), 1);
    bench.decide(suppression("li", 4, 1));
    bench.decide(suppression("zhao", 100, 1));
    bench.settle();
    let outputs = (bench.next(), bench.shard.counts().suppressed);
    assert!(outputs.0.is_empty(), "a revision is no less suppressed");
    assert_eq!(outputs.1, 1);
    assert_eq!(bench.next().len(), 1, "another entity");
    assert!(bench.next().is_empty(), "zhao");
    bench.decide(suppression("zhao", 0, 5));
    let told = bench.next();
    assert_eq!(told.len(), 1, "over by the clock: the count goes on where it stood");
    assert_eq!((told[0].revision, told[0].event_count), (3, 3));
    assert_eq!(bench.shard.counts().suppressed, 2);
    let mut quiet = Bench::new(&["li"]);
    quiet.decide(Change::Suppress(Suppression {
        hospital: "h2".into(),
        ..match suppression("li", 100, 0) {
            Change::Suppress(s) => s,
            _ => unreachable!(),
        }
    }));
    quiet.settle();
    assert_eq!(quiet.next().len(), 1, "another hospital's");
}

#[test]
fn what_is_usual_is_no_match_and_never_hides_what_is_not() {
    // Both would be in one alert: the same host and account.
    let mut bench = Bench::new(&["li", "li", "wang", "li"]);
    bench.decide(allow("CommandLine", "PSEXEC -u li", 3));
    bench.settle();
    assert!(bench.next().is_empty());
    assert!(bench.next().is_empty());
    assert_eq!(bench.shard.counts().allowed, 2);
    assert_eq!(bench.next().len(), 1, "another value");
    let told = bench.next();
    assert_eq!((told.len(), told[0].event_count), (1, 1), "expired: counted from here");
    for (field, value) in
        [("account", "LI"), ("host", "pc-li"), ("ip", "10.9.9.9"), ("actor.user.name", "li")]
    {
        let mut bench = Bench::new(&["li"]);
        bench.decide(allow(field, value, 60));
        bench.settle();
        assert!(bench.next().is_empty(), "{field}");
    }
}

#[test]
fn an_authorised_test_is_labelled_and_scores_nothing() {
    for (targets, label) in
        [(&[][..], "t-1"), (&["h1"], "t-1"), (&["PC-LI"], "t-1"), (&["h2", "10.0.0.1"], "")]
    {
        let mut bench = Bench::new(&["li"]);
        bench.decide(test_window(targets));
        bench.settle();
        let event = bench.events.next().expect("one");
        bench.shard.observe(&event);
        let outputs = bench.settle();
        assert_eq!(outputs.alerts[0].authorised_test, label, "{targets:?}");
        let scored = outputs.states.iter().any(|s| matches!(s.state, State::Score(_)));
        assert_eq!(scored, label.is_empty());
    }
}

fn score_of(outputs: &Outputs, who: &str) -> Option<f64> {
    let entity = Entity { kind: "account".into(), value: who.into() };
    outputs.states.iter().find_map(|s| match &s.state {
        State::Score(score) if score.entity == entity => Some(score.score),
        _ => None,
    })
}

#[test]
fn a_verdict_of_nothing_wrong_takes_the_alert_from_its_entities_scores() {
    let mut bench = Bench::new(&["li"]);
    let event = bench.events.next().expect("one");
    bench.shard.observe(&event);
    let told = bench.settle();
    let alert = &told.alerts[0];
    assert_eq!(score_of(&told, "li"), Some(35.0));
    bench.decide(verdict(alert, Finding::FalsePositive));
    bench.decide(verdict(alert, Finding::Benign));
    bench.settle();
    assert_eq!(score_of(&bench.settle(), "li"), Some(0.0));
    bench.decide(verdict(alert, Finding::Undecided));
    bench.settle();
    let back = score_of(&bench.settle(), "li").expect("told again");
    assert!((34.0..=35.0).contains(&back), "{back}");
}

/// Changes by the minute they come in.
fn changes(minute: i64, alerts: &[Alert]) -> Vec<Change> {
    match minute {
        3 => vec![suppression("li", 9, 3), allow("account", "wang", 8)],
        5 => vec![test_window(&[])],
        7 => vec![suppression("li", 0, 7)],
        8 => alerts.iter().map(|a| verdict(a, Finding::Benign)).collect(),
        _ => Vec::new(),
    }
}

const WHO: [&str; 14] =
    ["li", "wang", "zhao", "li", "wang", "li", "sun", "wang", "li", "zhao", "wang", "li", "sun", "li"];

#[test]
fn decisions_are_part_of_the_snapshot() {
    let run = |restart: &dyn Fn(i64) -> bool| {
        let mut shard = support::shard("", &rules());
        let (mut told, mut text) = (Vec::new(), String::new());
        for (n, event) in (1..).zip(events(&WHO)) {
            for change in changes(n, &told) {
                shard.control(&ControlRecord::new(Micros(start()), change).expect("JSON"));
            }
            shard.observe(&event);
            if restart(n) {
                let bytes = shard.snapshot().expect("a snapshot");
                shard = Shard::restore(&bytes, Arc::new(RuleSet::load(&rules()).0), "").expect("restored");
                assert_eq!(shard.snapshot().expect("a snapshot"), bytes);
            }
            let time = Micros(start() + n * MINUTE);
            let outputs = shard.tick(&ClockRecord { time, ..ClockRecord::default() });
            for alert in &outputs.alerts {
                text += &serde_json::to_string(alert).expect("JSON");
                text.push('\n');
            }
            for state in &outputs.states {
                text += &serde_json::to_string(state).expect("JSON");
                text.push('\n');
            }
            told.extend(outputs.alerts);
        }
        let counts = shard.counts();
        assert!(counts.suppressed > 0 && counts.allowed > 0, "{counts:?}");
        (text, counts)
    };
    let straight = run(&|_| false);
    assert!(straight.0.contains("\"authorised_test\":\"t-1\""));
    for every in [1, 2, 5] {
        assert_eq!(run(&|n| n % every == 0), straight, "restarted at every {every}th clock record");
    }
}

#[tokio::test]
async fn a_replay_obeys_the_decisions_of_its_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let log = DiskLog::open(&dir.path().join("log"), DiskOptions::default()).expect("a log");
    let put = |topic: Topic, payload: Vec<u8>| Append { topic, payload: payload.into() };
    let no_geoip = || GeoIp::open(std::path::Path::new(""), std::path::Path::new("")).expect("none");
    let mut shard = support::shard("", &rules());
    let begin =
        Start { snapshot: shard.snapshot().expect("a snapshot"), rules: rules(), cursor: BTreeMap::new() };
    let enricher = Enricher::new(shard.register(), no_geoip());
    let (mut online, mut told, mut controls) = (String::new(), Vec::new(), 0);
    for (n, event) in (1..).zip(events(&WHO)) {
        let mut ends = BTreeMap::new();
        let mut batch = Vec::new();
        for change in changes(n, &told) {
            let record = ControlRecord::new(Micros(start()), change).expect("JSON");
            shard.control(&record);
            batch.push(put(Topic::CONTROL, serde_json::to_vec(&record).expect("JSON")));
            controls += 1;
        }
        let mut line = Vec::new();
        json::encode(&event.event, &mut line);
        batch.push(put(event.topic.clone(), line));
        ends.insert(event.topic.clone(), n as u64);
        ends.insert(Topic::CONTROL, controls);
        let clock = ClockRecord { time: Micros(start() + n * MINUTE), ends };
        batch.push(put(Topic::CLOCK, serde_json::to_vec(&clock).expect("JSON")));
        log.append(batch).await.expect("appended");
        let sender = event.topic.sender().expect("a sender");
        let (hospital, enrichment) = enricher.enrich(&sender, &event.event);
        assert_ne!(hospital, UnitId::default());
        shard.observe(&EnrichedEvent { hospital, enrichment, ..event });
        let outputs = shard.tick(&clock);
        for alert in &outputs.alerts {
            online += &serde_json::to_string(alert).expect("JSON");
            online.push('\n');
        }
        told.extend(outputs.alerts);
    }
    let counts = shard.counts();
    assert!(counts.allowed > 0, "{counts:?}");
    let to = dir.path().join("recording");
    record(&log, &begin, Micros(i64::MAX), &to).await.expect("recorded");
    let mut out = Vec::new();
    replay(Replay { dir: &to, geoip: no_geoip(), rules: None, allow_other: false }, &mut out)
        .expect("replayed");
    assert_eq!(String::from_utf8(out).expect("UTF-8"), online);
}
