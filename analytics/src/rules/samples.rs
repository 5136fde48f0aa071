//! `ward rules test`: each rule against the samples beside it, through the real parsers.
//!
//! `<rule>.samples.jsonl` beside `<rule>.yml`, a sample a line:
//! `{"format": "syslog", "match": true, "input": "…"}`. `input` is the line as the source sends it, or
//! a JSON object; a correlation has `inputs`, which must together make it true.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;
use ward_event::{Event, Format, UnitId, control::RuleFile};

use super::{CheckError, Correlations, PLACEHOLDERS, RuleSet, pack, read_paths};
use crate::detect::parse_bytes;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    format: Format,
    #[serde(rename = "match")]
    matches: bool,
    #[serde(default)]
    input: Option<Value>,
    #[serde(default)]
    inputs: Vec<Value>,
    /// What the rule's placeholders stand for in this sample.
    #[serde(default)]
    placeholders: BTreeMap<String, Vec<String>>,
    /// What it shows, for the reader.
    #[serde(default)]
    #[expect(dead_code, reason = "for the reader of the file")]
    note: String,
}

/// Runs the samples of every rule below `paths`, or of the shipped pack where there are none. True
/// when each rule has a sample that matches and one that does not, and all do as they say.
///
/// # Errors
/// A path that cannot be read, or an output that cannot be written.
pub fn test_command(paths: &[PathBuf], out: &mut dyn Write) -> Result<bool, CheckError> {
    let tested: Vec<_> = if paths.is_empty() {
        pack::with_samples().map(|(file, samples)| (test_file(&file, samples), file)).collect()
    } else {
        let mut files = read_paths(paths)?;
        files.retain(|f| Path::new(&f.path).file_name() != Some(PLACEHOLDERS.as_ref()));
        files.into_iter().map(|file| (test_beside(&file), file)).collect()
    };
    let (mut good, mut samples) = (true, 0);
    for (result, file) in &tested {
        match result {
            Ok(n) => samples += n,
            Err(reason) => {
                good = false;
                writeln!(out, "{}: {reason}", file.path)?;
            }
        }
    }
    let verdict = if good { ", all as they say" } else { "" };
    writeln!(out, "{} rule files, {samples} samples{verdict}", tested.len())?;
    Ok(good)
}

/// With the samples in the file beside it.
fn test_beside(file: &RuleFile) -> Result<usize, String> {
    let path = Path::new(&file.path).with_extension("samples.jsonl");
    let samples = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    test_file(file, &samples)
}

/// The samples of one file. The reason of the first that fails.
fn test_file(file: &RuleFile, samples: &str) -> Result<usize, String> {
    let plain = load(file, &BTreeMap::new())?;
    let (mut count, mut kinds) = (0, [false; 2]);
    for (n, line) in samples.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let said = |e: String| format!("sample {}: {e}", n + 1);
        let sample: Sample = serde_json::from_str(line).map_err(|e| said(e.to_string()))?;
        let special =
            if sample.placeholders.is_empty() { None } else { Some(load(file, &sample.placeholders)?) };
        if run(special.as_ref().unwrap_or(&plain), &sample).map_err(said)? != sample.matches {
            let word = if sample.matches { "does not match" } else { "matches" };
            return Err(said(word.to_owned()));
        }
        kinds[usize::from(sample.matches)] = true;
        count += 1;
    }
    if kinds == [true; 2] {
        Ok(count)
    } else {
        Err("needs a sample that matches and one that does not".to_owned())
    }
}

fn load(file: &RuleFile, placeholders: &BTreeMap<String, Vec<String>>) -> Result<RuleSet, String> {
    let mut files = vec![file.clone()];
    if !placeholders.is_empty() {
        let text = serde_json::to_string(placeholders).map_err(|e| e.to_string())?;
        files.push(RuleFile { path: PLACEHOLDERS.to_owned(), text });
    }
    let (rules, refused) = RuleSet::load(&files);
    match refused.first() {
        Some(refused) => Err(format!("line {}: {}", refused.line, refused.reason)),
        None => Ok(rules),
    }
}

/// Whether a rule that alerts fires on the sample.
fn run(rules: &RuleSet, sample: &Sample) -> Result<bool, String> {
    let mut state = Correlations::default();
    let (mut matches, mut correlated, mut fired) = (Vec::new(), Vec::new(), false);
    for input in sample.input.iter().chain(&sample.inputs) {
        for event in events(sample.format, input)? {
            matches.clear();
            rules.evaluate(&event, &mut matches);
            state.observe(rules, &UnitId::unattributed(), &event, &mut matches, &mut correlated);
            fired |= matches.iter().any(|m| m.rule.alerts);
        }
    }
    Ok(fired || !correlated.is_empty())
}

fn events(format: Format, input: &Value) -> Result<Vec<Event>, String> {
    let text = match input {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    };
    let mut events = Vec::new();
    let mut failed = None;
    parse_bytes(format, text.as_bytes(), &mut |event| events.push(event), &mut |e| failed = Some(e));
    match failed {
        Some(e) => Err(e.to_string()),
        None if events.is_empty() => Err("is no event".to_owned()),
        None => Ok(events),
    }
}
