//! Recorded Windows events through all of SigmaHQ's Windows rules, on one core: Ward's engines beside
//! rsigma's own on the same rules and events, in the same run.

use std::{io::Read, path::Path, time::Instant};

use anyhow::{Context, Result};
use rsigma_eval::{Engine, JsonEvent, LogSourceExtractor};
use rsigma_parser::{LogSource, parse_sigma_yaml};
use ruzstd::decoding::StreamingDecoder;
use serde_json::Value;
use ward_analytics::rules::{Match, RuleSet};
use ward_event::{Event, Format, Micros, control::RuleFile};
use ward_ingest::parse::{Input, parser};

use crate::{Options, Row, median};

pub(crate) fn run(options: &Options) -> Result<Vec<Row>> {
    let Some(shared) = &options.shared else {
        eprintln!("sigma: the public data are not there; nothing to measure");
        return Ok(Vec::new());
    };
    let files = windows_rules(shared)?;
    let lines = windows_lines(shared);
    let (rules, _) = RuleSet::load(&files);
    let mut events: Vec<Event> = Vec::new();
    let mut parser = parser(Format::Windows).context("a parser")?;
    for bytes in &lines {
        parser.parse(&Input { bytes, peer: None, received: Micros(0) }, &mut events)?;
    }
    let mut matches: Vec<Match> = Vec::new();
    let ours = median(options.runs, || {
        rate(events.len(), || {
            for event in &events {
                rules.evaluate(event, &mut matches);
                matches.clear();
            }
        })
    })?;
    let values: Vec<Value> = lines.iter().map(|l| serde_json::from_slice(l)).collect::<Result<_, _>>()?;
    let theirs = median(options.runs.min(3), || {
        let engine = rsigma(&files)?;
        rate(values.len(), || {
            for value in &values {
                engine.evaluate(&JsonEvent::borrow(value));
            }
        })
    })?;
    let what = format!("{} rules, {} events", rules.infos().len(), events.len());
    Ok(vec![
        Row::new("sigma", format!("rsigma alone: {what}"), theirs, "events/s"),
        Row::new("sigma", format!("Ward: {what}"), ours, "events/s")
            .gate(format!("≥ rsigma; {:.2} ×", ours / theirs), ours >= theirs),
    ])
}

fn rsigma(files: &[RuleFile]) -> Result<Engine> {
    let collections = files.iter().map(|f| parse_sigma_yaml(&f.text)).collect::<Result<Vec<_>, _>>()?;
    let mut engine = Engine::new();
    engine.add_rules(collections.iter().flat_map(|c| &c.rules));
    let windows = LogSource { product: Some("windows".to_owned()), ..LogSource::default() };
    engine.set_logsource_extractor(Some(LogSourceExtractor::new().with_defaults(windows)));
    Ok(engine)
}

#[expect(clippy::cast_precision_loss, reason = "a few ten thousand")]
fn rate(n: usize, run: impl FnOnce()) -> Result<f64> {
    let start = Instant::now();
    run();
    Ok(n as f64 / start.elapsed().as_secs_f64())
}

fn unpacked(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    let mut out = Vec::new();
    StreamingDecoder::new(file)?.read_to_end(&mut out)?;
    Ok(out)
}

fn windows_rules(shared: &Path) -> Result<Vec<RuleFile>> {
    let archive = unpacked(&shared.join("sigma/sigma-rules.tar.zst"))?;
    let mut files = Vec::new();
    for entry in tar::Archive::new(archive.as_slice()).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.display().to_string();
        if !path.trim_start_matches("./").starts_with("rules") || !path.ends_with(".yml") {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        if text.contains("product: windows") {
            files.push(RuleFile { path, text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The recorded Windows events, one JSON object each; none where they are not there.
pub(crate) fn windows_lines(shared: &Path) -> Vec<Vec<u8>> {
    let Ok(folder) = std::fs::read_dir(shared.join("windows-attacks")) else { return Vec::new() };
    let mut paths: Vec<_> = folder.flatten().map(|e| e.path()).collect();
    paths.sort();
    paths.retain(|p| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".jsonl.zst") && !name.starts_with("log4shell")
    });
    let texts = paths.iter().filter_map(|p| unpacked(p).ok());
    texts
        .flat_map(|t| {
            t.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec).collect::<Vec<_>>()
        })
        .collect()
}
