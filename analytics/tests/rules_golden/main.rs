//! The public Sigma rules over public recordings, against what an independent engine found.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may fail by it, and says what it skips"
)]

mod data;
mod recordings;
mod speed;

use ward_analytics::rules::RuleSet;

#[test]
fn golden_every_live_rule_loads() {
    let Some(files) = data::sigma(&data::LIVE) else { return };
    let documents = data::LIVE_DOCUMENTS;
    let (rules, refused) = RuleSet::load(&files);
    println!("sigma: {} files, {} rules loaded, {} refused", files.len(), rules.infos().len(), refused.len());
    assert_eq!((refused.as_slice(), rules.infos().len()), ([].as_slice(), documents));
    assert_eq!(rules.version(), RuleSet::load(&files.into_iter().rev().collect::<Vec<_>>()).0.version());
}

/// Of the rules that SigmaHQ itself has given up, those with the old aggregation do not run, and each
/// says so at its line.
#[test]
fn golden_old_rules_are_loaded_or_refused_with_the_reason() {
    let Some(files) = data::sigma(&["deprecated", "unsupported"]) else { return };
    let (rules, refused) = RuleSet::load(&files);
    println!(
        "sigma deprecated, unsupported: {} files, {} rules, {} refused",
        files.len(),
        rules.infos().len(),
        refused.len()
    );
    assert_eq!(refused.len(), 59);
    for r in &refused {
        let file = files.iter().find(|f| f.path == r.file).expect("a file that was given");
        let line = file.text.lines().nth(r.line as usize - 1).unwrap_or_default();
        assert!(line.contains("condition"), "{}:{} {line}", r.file, r.line);
        assert!(r.reason.contains("aggregation") || r.reason.contains("Condition"), "{}", r.reason);
    }
    assert_eq!(refused.iter().filter(|r| r.reason.contains("was dropped from Sigma")).count(), 55);
}
