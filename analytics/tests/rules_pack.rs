//! The pack that comes with Ward: every rule with its samples, through the real parsers.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use ward_analytics::rules::{RuleSet, check_command, pack, read_paths, test_command};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules")
}

#[test]
fn every_rule_does_as_its_samples_say() {
    let mut out = Vec::new();
    let good = test_command(&[folder()], &mut out).expect("read");
    let out = String::from_utf8(out).expect("UTF-8");
    println!("{out}");
    assert!(good, "{out}");
    // What the program carries is the same.
    let mut carried = Vec::new();
    assert!(test_command(&[], &mut carried).expect("run"));
    assert_eq!(String::from_utf8(carried).expect("UTF-8"), out);
}

#[test]
fn the_program_carries_every_file_below_rules() {
    let root = folder();
    let on_disk: Vec<_> = read_paths(std::slice::from_ref(&root))
        .expect("read")
        .into_iter()
        .map(|f| {
            (
                f.path
                    .strip_prefix(root.to_str().expect("UTF-8"))
                    .expect("below")
                    .trim_start_matches('/')
                    .to_owned(),
                f.text,
            )
        })
        .collect();
    let carried: Vec<_> = pack().into_iter().map(|f| (f.path, f.text)).collect();
    assert_eq!(on_disk, carried);
}

#[test]
fn every_rule_says_what_it_is_in_both_languages() {
    let (rules, refused) = RuleSet::load(&pack());
    assert!(refused.is_empty(), "{refused:?}");
    let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let mut ids = BTreeSet::new();
    let alerting: Vec<_> = rules.infos().iter().filter(|i| i.alerts).collect();
    println!("{} rules that alert", alerting.len());
    assert!(alerting.len() >= 30);
    for rule in alerting {
        assert!(ids.insert(&rule.id) && rule.id.len() == 36, "{}: {}", rule.path, rule.id);
        assert!(han(&rule.title_zh) && han(&rule.advice_zh), "{}", rule.path);
        assert!(
            !rule.description.is_empty() && !rule.advice_en.is_empty() && !han(&rule.advice_en),
            "{}",
            rule.path
        );
        assert!(!rule.techniques.is_empty(), "{}", rule.path);
    }
}

/// ATT&CK v18.1, where the table is there.
#[test]
fn every_technique_exists() {
    let shared = std::env::var("WARD_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
    let Ok(table) = std::fs::read_to_string(Path::new(&shared).join("data/attack/techniques.csv")) else {
        println!("skipped: no attack/techniques.csv");
        return;
    };
    let known: BTreeSet<_> = table.lines().filter_map(|l| l.split(',').nth(1)).collect();
    for rule in RuleSet::load(&pack()).0.infos() {
        for technique in &rule.techniques {
            assert!(known.contains(technique.as_str()), "{}: {technique}", rule.path);
        }
    }
}

#[test]
fn check_names_file_line_and_reason_and_runs_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = "title: Good\nlogsource:\n    product: windows\ndetection:\n    s:\n        EventID: 1\n    condition: s\n";
    for (name, text) in [
        ("good.yml", good.to_owned()),
        ("yaml.yml", "title: x\n  bad: [".to_owned()),
        ("condition.yml", good.replace("condition: s", "condition: s | count() > 5")),
        ("unknown.yml", good.replace("EventID:", "EventID|nonsense:")),
        ("nothing.yml", "# empty\n".to_owned()),
        ("missing.yml", good.replace("condition: s", "condition: t")),
    ] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let mut out = Vec::new();
    assert!(!check_command(&[folder.path().to_owned()], true, &mut out).expect("checked"));
    let report: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    println!("{report:#}");
    assert_eq!(report["loaded"], 1);
    let refused: Vec<_> = report["refused"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|r| {
            let file = r["file"].as_str().expect("a file").rsplit('/').next().expect("a name").to_owned();
            (file, r["line"].as_u64().expect("a line"))
        })
        .collect();
    let want =
        [("condition.yml", 7), ("missing.yml", 7), ("nothing.yml", 1), ("unknown.yml", 6), ("yaml.yml", 2)];
    assert_eq!(refused, want.map(|(f, l)| (f.to_owned(), l)));
}
