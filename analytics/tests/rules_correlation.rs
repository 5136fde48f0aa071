//! Correlation rules: against rsigma's own engine where both can run, and what only ours promises.

#![expect(clippy::expect_used, reason = "a test may fail by it")]

use rsigma_eval::{CorrelationConfig, CorrelationEngine, JsonEvent};
use rsigma_parser::parse_sigma_yaml;
use serde_json::{Value, json};
use ward_analytics::rules::{Correlated, Correlations, RuleSet};
use ward_event::{Event, Format, Micros, ProducerId, UnitId, control::RuleFile};

const BASE: &str = "
title: Failed
id: 11111111-1111-4111-8111-111111111111
name: failed
logsource: {product: windows}
detection: {s: {kind: failed}, condition: s}
---
title: Succeeded
id: 22222222-2222-4222-8222-222222222222
name: succeeded
logsource: {product: windows}
detection: {s: {kind: succeeded}, condition: s}
---
";

fn rule(kind: &str, rules: &str, rest: &str) -> String {
    format!(
        "{BASE}title: Together\nid: 33333333-3333-4333-8333-333333333333\ncorrelation:\n    type: {kind}\n    rules: {rules}\n    group-by: [user]\n    timespan: 60s\n{rest}level: high\n"
    )
}

fn load(text: &str) -> RuleSet {
    let (rules, refused) = RuleSet::load(&[RuleFile { path: "c.yml".into(), text: text.into() }]);
    assert_eq!(refused, []);
    rules
}

fn event(value: &Value, seq: u64, seconds: i64) -> Event {
    let mut event = Event::new(3002, 1);
    (event.time, event.seq) = (Micros::from_secs(seconds), seq);
    event.format = Some(Format::Windows);
    event.producer = ProducerId::new("p1").expect("an id");
    for (name, value) in value.as_object().expect("an object") {
        match value {
            Value::String(text) => event.push_unmapped(name.as_str(), text.as_str()),
            other => event.push_unmapped_json(name.as_str(), other.to_string()),
        }
    }
    event
}

fn observe(rules: &RuleSet, state: &mut Correlations, unit: &str, event: &Event) -> Vec<Correlated> {
    let (mut matches, mut out) = (Vec::new(), Vec::new());
    rules.evaluate(event, &mut matches);
    state.observe(rules, &UnitId::new(unit).expect("an id"), event, &mut matches, &mut out);
    out
}

/// The same pseudo-random events, in order of time, through both.
#[test]
fn both_engines_fire_at_the_same_events() {
    let cases = [
        rule("event_count", "[failed]", "    condition: {gte: 4}\n"),
        rule("event_count", "[failed]", "    condition: {gt: 2, lte: 5}\n"),
        rule("value_count", "[failed]", "    condition: {field: host, gte: 3}\n"),
        rule("value_sum", "[failed]", "    condition: {field: size, gte: 150}\n"),
        rule("value_avg", "[failed]", "    condition: {field: size, gte: 60}\n"),
        // Not value_percentile: theirs fires at every event, without comparing.
        rule("value_median", "[failed]", "    condition: {field: size, gte: 60}\n"),
        rule("temporal", "[failed, succeeded]", ""),
        rule("temporal_ordered", "[failed, succeeded]", ""),
        rule("temporal", "[failed, succeeded]", "    condition: failed and not succeeded\n"),
    ];
    for text in cases {
        let rules = load(&text);
        let mut theirs = CorrelationEngine::new(CorrelationConfig::default());
        theirs.add_collection(&parse_sigma_yaml(&text).expect("rules")).expect("added");
        let (mut state, mut random, mut now, mut fired) = (Correlations::default(), 7_u64, 1_000_000_i64, 0);
        for seq in 0..3_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let roll = |n: u64, shift: u32| (random >> shift) % n;
            now += roll(25, 20) as i64;
            let kind = ["failed", "failed", "succeeded", "other"][roll(4, 30) as usize];
            let value = json!({"kind": kind, "user": format!("u{}", roll(4, 40)), "host": format!("h{}", roll(5, 45)), "size": roll(100, 50)});
            let ours = observe(&rules, &mut state, "h01", &event(&value, seq, now));
            let want: Vec<_> = theirs
                .process_event_at(&JsonEvent::borrow(&value), now)
                .into_iter()
                .filter_map(|r| r.as_correlation().map(|c| (c.group_key.clone(), c.aggregated_value)))
                .collect();
            let got: Vec<_> = ours.into_iter().map(|c| (c.group, c.value)).collect();
            assert_eq!(got, want, "event {seq} of\n{text}");
            fired += got.len();
        }
        println!(
            "{fired} times: {}",
            text.split("type: ").nth(1).and_then(|t| t.lines().next()).unwrap_or_default()
        );
        assert!(fired > 10, "{text}");
    }
}

#[test]
fn a_snapshot_goes_on_where_the_state_was() {
    let rules = load(&rule("event_count", "[failed]", "    condition: {gte: 3}\n"));
    let value = json!({"kind": "failed", "user": "a"});
    let mut state = Correlations::default();
    for n in 0..2 {
        assert_eq!(observe(&rules, &mut state, "h01", &event(&value, n, 100 + n as i64)), []);
    }
    let bytes = serde_json::to_vec(&state).expect("a snapshot");
    let mut again: Correlations = serde_json::from_slice(&bytes).expect("a state");
    assert_eq!(again, state);
    assert_eq!(serde_json::to_vec(&again).expect("a snapshot"), bytes);
    let fired = observe(&rules, &mut again, "h01", &event(&value, 2, 130));
    assert_eq!(fired, observe(&rules, &mut state, "h01", &event(&value, 2, 130)));
    assert_eq!(fired.len(), 1);
    assert_eq!(
        (fired[0].event_count, fired[0].first_time, fired[0].last_time),
        (3, Micros::from_secs(100), Micros::from_secs(130))
    );
    assert_eq!(fired[0].events.iter().map(|e| e.seq).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn units_do_not_mix_and_late_events_stand_where_their_time_is() {
    let rules = load(&rule("event_count", "[failed]", "    condition: {gte: 3}\n"));
    let value = json!({"kind": "failed", "user": "a"});
    let mut state = Correlations::default();
    for (n, unit) in ["h01", "h02", "h01", "h02"].iter().enumerate() {
        assert_eq!(observe(&rules, &mut state, unit, &event(&value, n as u64, 100)), []);
    }
    // Two minutes older than the newest: outside its window.
    assert_eq!(observe(&rules, &mut state, "h01", &event(&value, 8, -20)), []);
    assert_eq!(observe(&rules, &mut state, "h01", &event(&value, 9, 90)).len(), 1);
}

#[test]
fn a_scan_over_a_million_names_does_not_grow_the_state() {
    let rules = load(&rule("event_count", "[failed]", "    condition: {gte: 3}\n"));
    let mut state = Correlations::default();
    for n in 0..40_000_u64 {
        let value = json!({"kind": "failed", "user": format!("u{n}")});
        observe(&rules, &mut state, "h01", &event(&value, n, 100 + n as i64 / 1_000));
    }
    assert!(state.evicted() >= 30_000, "{}", state.evicted());
    assert!(serde_json::to_vec(&state).expect("a snapshot").len() < 4 << 20);
    state.sweep(&rules, Micros::from_secs(10_000));
    assert!(serde_json::to_vec(&state).expect("a snapshot").len() < 100);
}

#[test]
fn a_rule_that_only_feeds_does_not_alert_and_a_bad_reference_is_refused() {
    let rules = load(&rule("event_count", "[failed]", "    condition: {gte: 3}\n"));
    let alerts = |title: &str| rules.infos().iter().find(|i| i.title == title).expect("a rule").alerts;
    assert!(!alerts("Failed") && alerts("Succeeded") && alerts("Together"));
    let text = rule("event_count", "[nobody]", "    condition: {gte: 3}\n");
    let (rules, refused) = RuleSet::load(&[RuleFile { path: "c.yml".into(), text }]);
    assert_eq!(rules.infos().len(), 2);
    assert!(refused[0].reason.contains("nobody"), "{}", refused[0].reason);
    let text = rule("event_count", "[failed]", "    condition: {gte: 3000000}\n");
    let (_, refused) = RuleSet::load(&[RuleFile { path: "c.yml".into(), text }]);
    assert!(refused[0].reason.contains("10000"), "{}", refused[0].reason);
}

/// Where Sysmon runs, Windows' own report of the same process start is not counted again.
#[test]
fn a_process_is_counted_once() {
    let text = "title: T\nid: 44444444-4444-4444-8444-444444444444\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {CommandLine|contains: whoami}, condition: s}\n";
    let rules = load(text);
    let sysmon = |host: &str| json!({"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1, "Computer": host, "CommandLine": "whoami"});
    let audit = |host: &str| json!({"Channel": "Security", "EventID": 4688, "Computer": host, "CommandLine": "whoami", "NewProcessName": "x"});
    let mut state = Correlations::default();
    let mut count = |value: Value| {
        let (event, mut matches, mut out) = (event(&value, 1, 100), Vec::new(), Vec::new());
        rules.evaluate(&event, &mut matches);
        state.observe(&rules, &UnitId::unattributed(), &event, &mut matches, &mut out);
        matches.len()
    };
    assert_eq!(count(audit("A")), 1);
    assert_eq!(count(sysmon("a")), 1);
    assert_eq!(count(audit("A")), 0);
    assert_eq!(count(audit("B")), 1);
}
