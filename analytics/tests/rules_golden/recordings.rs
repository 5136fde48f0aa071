//! Recorded Windows attacks and SigmaHQ's own regression cases, through `ward detect`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::LazyLock,
};

use serde_json::Value;
use ward_analytics::{
    detect::{DetectArgs, command, summarise},
    rules::RuleSet,
};
use ward_event::Format;

use crate::data;

/// `tests/golden/differences.csv`: what differs from a golden result, and why.
fn differences(set: &str) -> BTreeMap<(String, String), String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/differences.csv");
    let text = std::fs::read_to_string(path).expect("differences.csv");
    let rows = text.lines().skip(1).filter_map(|row| {
        let (this, rest) = row.split_once(',')?;
        let (case, rest) = rest.split_once(',')?;
        let (field, reason) = rest.split_once(',')?;
        (this == set).then(|| ((case.to_owned(), field.to_owned()), reason.to_owned()))
    });
    rows.collect()
}

static RULES: LazyLock<RuleSet> =
    LazyLock::new(|| RuleSet::load(&data::sigma(&data::LIVE).expect("rules")).0);

/// Rule → count.
fn detect(bytes: &[u8]) -> BTreeMap<String, u64> {
    let (rows, done) = summarise(&RULES, Some(Format::Windows), &[bytes]);
    assert!(done.failed.is_empty(), "{:?}", done.failed);
    rows.into_iter().map(|r| (r.rule_id, r.count)).collect()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON")
}

#[test]
fn golden_recorded_attacks_match_the_rules_that_another_engine_found() {
    let Some(oracle) = data::path("windows-attacks/sigma-oracle.json") else { return };
    let explained = differences("sigma-windows-attacks");
    let (mut exact, mut total, mut unexplained, mut used) = (0, 0, Vec::new(), BTreeSet::new());
    for (file, want) in json(&oracle)["files"].as_object().expect("files") {
        let path = data::path(&format!("windows-attacks/{file}")).expect("a recording");
        let mut got = detect(&data::unpacked(&path));
        for rule in want["rules"].as_array().expect("rules") {
            total += 1;
            let id = rule["id"].as_str().expect("an id");
            let (want, count) = (rule["count"].as_u64().expect("a count"), got.remove(id).unwrap_or(0));
            if count == want {
                exact += 1;
            } else {
                got.insert(id.to_owned(), count);
            }
        }
        for (id, count) in got {
            let key = (file.clone(), id);
            if explained.contains_key(&key) {
                used.insert(key);
            } else {
                unexplained.push((key, count));
            }
        }
    }
    println!("sigma-windows-attacks: {exact} of {total} pairs exact, {} explained differences", used.len());
    assert_eq!(unexplained, []);
    assert_eq!(used.len(), explained.len(), "a difference that is explained is no longer there");
    assert_eq!((exact, total), (191, 191));
}

#[test]
fn golden_every_regression_rule_fires_on_its_own_event() {
    let Some(expected) = data::path("sigma/regression-expected.json") else { return };
    let archive = data::unpacked(&data::path("sigma/regression.tar.zst").expect("the archive"));
    let files: BTreeMap<_, _> =
        data::untar(&archive).into_iter().map(|(n, b)| (n.trim_start_matches("./").to_owned(), b)).collect();
    let explained = differences("sigma-regression");
    let (mut exact, mut failed) = (0, Vec::new());
    let cases = json(&expected);
    let cases = cases.as_array().expect("cases");
    for case in cases {
        let id = case["rule_id"].as_str().expect("an id");
        let count = detect(&files[case["json"].as_str().expect("a path")]).get(id).copied().unwrap_or(0);
        let want = case["match_count"].as_u64();
        let more = explained.contains_key(&(id.to_owned(), "match_count".to_owned()));
        match want {
            Some(want) if count == want => exact += 1,
            None if count >= 1 => exact += 1,
            Some(want) if more && count > want => {}
            _ => failed.push((id.to_owned(), want, count)),
        }
    }
    println!("sigma-regression: {exact} of {} cases exact, {} explained", cases.len(), explained.len());
    assert_eq!(failed, []);
    assert_eq!((exact, cases.len()), (126, 129));
}

/// The command as it is called, with rules and events in files.
#[test]
fn golden_detect_command_gives_a_summary_as_json_and_alerts_as_lines() {
    let Some(recording) =
        data::path("windows-attacks/credential_access__psh_lsass_memory_dump_comsvcs.jsonl.zst")
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let files = data::sigma(&["rules"]).expect("rules");
    let rule = files
        .iter()
        .find(|f| f.text.contains("646ea171-dded-4578-8a4d-65e9822892e3"))
        .expect("the comsvcs rule");
    let (rules, events) = (folder.path().join("rule.yml"), folder.path().join("events.jsonl"));
    std::fs::write(&rules, &rule.text).expect("written");
    std::fs::write(&events, data::unpacked(&recording)).expect("written");
    let mut args = DetectArgs {
        rules: vec![rules],
        format: Some(Format::Windows),
        summary: true,
        json: true,
        files: vec![events],
    };
    let mut out = Vec::new();
    let done = command(&args, &mut out).expect("detected");
    assert_eq!((done.events, done.matches, done.refused), (184, 1, 0));
    let rows: Value = serde_json::from_slice(&out).expect("JSON");
    let want = serde_json::json!([{"rule_id": "646ea171-dded-4578-8a4d-65e9822892e3", "title": "Process Memory Dump Via Comsvcs.DLL", "level": "high", "count": 1}]);
    assert_eq!(rows, want);
    args.summary = false;
    let mut out = Vec::new();
    command(&args, &mut out).expect("detected");
    let alert: ward_event::alert::Alert = serde_json::from_slice(&out).expect("one alert");
    assert_eq!(
        (alert.techniques.as_slice(), alert.event_count),
        (["T1003.001".to_owned(), "T1036".to_owned()].as_slice(), 1)
    );
    assert!(alert.reasons.iter().any(|r| r.field == "CommandLine" && r.value.contains("comsvcs")));
    let mut again = Vec::new();
    command(&args, &mut again).expect("detected");
    assert_eq!(out, again);
}
