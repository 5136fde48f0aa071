//! What a rule costs an event: all of SigmaHQ's Windows rules over recorded attacks, ours beside
//! rsigma's own way, in one run.

use std::time::Instant;

use rsigma_eval::{Engine, JsonEvent, LogSourceExtractor};
use rsigma_parser::{LogSource, parse_sigma_yaml};
use serde_json::Value;
use ward_analytics::rules::{Match, RuleSet, pack};
use ward_event::{Event, Format, Micros, control::RuleFile};
use ward_ingest::parse::{Input, parser};

use crate::data;

/// The best of some runs: other work on the machine only ever slows.
fn best(runs: usize, mut run: impl FnMut() -> u64) -> (f64, u64) {
    let mut once = || {
        let start = Instant::now();
        let found = run();
        (start.elapsed().as_secs_f64(), found)
    };
    (0..runs).map(|_| once()).min_by(|a, b| a.0.total_cmp(&b.0)).expect("a run")
}

fn parsed(format: Format, lines: &[&[u8]]) -> Vec<Event> {
    let mut parser = parser(format).expect("a parser");
    let mut events = Vec::new();
    for bytes in lines {
        parser.parse(&Input { bytes, peer: None, received: Micros(0) }, &mut events).expect("an event");
    }
    events
}

fn count(rules: &RuleSet, events: &[Event]) -> u64 {
    let (mut found, mut matches) = (0, Vec::<Match>::new());
    for event in events {
        rules.evaluate(event, &mut matches);
        found += matches.drain(..).count() as u64;
    }
    found
}

#[test]
#[ignore = "a measure; `ward bench sigma` is the table"]
fn golden_speed_of_all_windows_rules() {
    let Some(files) = data::sigma(&data::LIVE) else { return };
    let files: Vec<RuleFile> = files.into_iter().filter(|f| f.text.contains("product: windows")).collect();
    let folder = data::path("windows-attacks").expect("recordings");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("read").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths.retain(|p| {
        p.to_string_lossy().ends_with(".jsonl.zst") && !p.to_string_lossy().contains("log4shell__")
    });
    let texts: Vec<_> = paths.iter().map(|p| data::unpacked(p)).collect();
    let lines: Vec<&[u8]> =
        texts.iter().flat_map(|t| t.split(|b| *b == b'\n')).filter(|l| !l.is_empty()).collect();

    let start = Instant::now();
    let (rules, _) = RuleSet::load(&files);
    let loaded = start.elapsed();
    let events = parsed(Format::Windows, &lines);
    let (ours, found) = best(3, || count(&rules, &events));
    let rate = |seconds: f64| events.len() as f64 / seconds;
    println!(
        "{} rules loaded in {loaded:?}; {} events: {:.0} events/s, {found} matches",
        rules.infos().len(),
        events.len(),
        rate(ours)
    );

    let values: Vec<Value> = lines.iter().map(|l| serde_json::from_slice(l).expect("JSON")).collect();
    let collections: Vec<_> = files.iter().map(|f| parse_sigma_yaml(&f.text).expect("rules")).collect();
    let mut engine = Engine::new();
    let errors = engine.add_rules(collections.iter().flat_map(|c| &c.rules));
    assert!(errors.is_empty());
    let windows = LogSource { product: Some("windows".to_owned()), ..LogSource::default() };
    engine.set_logsource_extractor(Some(LogSourceExtractor::new().with_defaults(windows)));
    for bloom in [false, true] {
        engine.set_bloom_prefilter(bloom);
        let evaluate = || values.iter().map(|v| engine.evaluate(&JsonEvent::borrow(v)).len() as u64).sum();
        let (theirs, found) = best(3, evaluate);
        println!(
            "rsigma alone, bloom {bloom}: {:.0} events/s, {found} matches; ours {:.2} times",
            rate(theirs),
            theirs / ours
        );
        assert!(ours < theirs, "{ours} s, theirs {theirs} s");
    }
}

/// What the shipped pack costs an event that no rule is about.
#[test]
#[ignore = "a measure; `ward bench sigma` is the table"]
fn golden_speed_of_the_pack_on_a_login() {
    let line: &[u8] = b"<38>1 2026-08-03T02:11:07.123456+08:00 his-web01 sshd 2231 - - Accepted publickey for zhang from 10.20.9.14 port 51514 ssh2: RSA SHA256:abc";
    let (rules, _) = RuleSet::load(&pack());
    // Few enough to stay in the processor's cache, as an event does that has just been decoded.
    let events = parsed(Format::Syslog, &vec![line; 100]);
    let (seconds, found) = best(500, || count(&rules, &events));
    let nanos = seconds * 1e9 / events.len() as f64;
    println!("pack of {} rules on an sshd line: {nanos:.0} ns", rules.infos().len());
    assert_eq!(found, 0);
    // Under one microsecond where the machine does nothing else.
    assert!(nanos < 3_000.0, "{nanos} ns");
}
