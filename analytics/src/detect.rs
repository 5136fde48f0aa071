//! `ward detect` over bare files: which rules match which events, offline.
//!
//! Rules only, without a shard: no clock, no grouping, no suppression. A recording goes through the
//! shard instead.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    path::PathBuf,
};

use serde::Serialize;
use ward_event::{
    Event, Format, Micros, ProducerId, UnitId,
    alert::{Alert, EventRef, Level, Reason, Versions, alert_id},
    json,
};
use ward_ingest::parse::{Input, ParseError, parser};

use crate::rules::{CheckError, Correlated, Correlations, Match, RuleInfo, RuleSet, pack, read_paths};

/// What to do.
#[derive(Debug, Clone, Default)]
pub struct DetectArgs {
    /// Files and folders; empty for the shipped pack.
    pub rules: Vec<PathBuf>,
    /// None for Ward's own events, one JSON a line, as `ward parse` writes them.
    pub format: Option<Format>,
    pub summary: bool,
    pub json: bool,
    /// Empty for standard input.
    pub files: Vec<PathBuf>,
}

/// How it went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detected {
    pub events: u64,
    pub matches: u64,
    /// Inputs that are no event, by cause.
    pub failed: BTreeMap<String, u64>,
    /// Rules that did not load.
    pub refused: usize,
}

/// A line of the summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub rule_id: String,
    pub title: String,
    pub level: Level,
    /// Matching events; for a correlation how often it came true.
    pub count: u64,
}

/// Judges files of events.
///
/// # Errors
/// A rule path or file that cannot be read, an output that cannot be written.
pub fn command(args: &DetectArgs, out: &mut dyn Write) -> Result<Detected, CheckError> {
    let files = if args.rules.is_empty() { pack() } else { read_paths(&args.rules)? };
    let (rules, refused) = RuleSet::load(&files);
    for r in &refused {
        tracing::warn!(file = r.file, line = r.line, "rule refused: {}", r.reason);
    }
    let mut run = Run::new(&rules, !args.summary);
    run.done.refused = refused.len();
    if args.files.is_empty() {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        run.input(args.format, &bytes, out)?;
    }
    for path in &args.files {
        let failed = |source| CheckError::Read { path: path.display().to_string(), source };
        run.input(args.format, &std::fs::read(path).map_err(failed)?, out)?;
    }
    if args.summary {
        write_summary(&run.rows(), args.json, out)?;
    }
    Ok(run.done)
}

/// Counts the matches of whole inputs, a file each, by rules that are loaded.
pub fn summarise(rules: &RuleSet, format: Option<Format>, inputs: &[&[u8]]) -> (Vec<Row>, Detected) {
    let mut run = Run::new(rules, false);
    for input in inputs {
        // Nothing is written, so nothing can fail.
        let _ = run.input(format, input, &mut io::sink());
    }
    (run.rows(), run.done)
}

/// Matches of events that are handed over one by one: what is stored, through other rules.
pub struct Tally<'a>(Run<'a>);

impl<'a> Tally<'a> {
    pub fn new(rules: &'a RuleSet) -> Self {
        Self(Run::new(rules, false))
    }

    /// Judges the next event, in the order of time; `event.hospital` is the unit it is of.
    pub fn take(&mut self, event: &Event) {
        self.0.correlations.note_sysmon(&event.hospital, event);
        self.0.done.events += 1;
        // Nothing is written, so nothing can fail.
        let _ = self.0.event(event, &mut io::sink());
    }

    /// Writes the table of `ward detect --summary`, or its JSON.
    ///
    /// # Errors
    /// An output that cannot be written.
    pub fn write(&self, json: bool, out: &mut dyn Write) -> Result<(), CheckError> {
        write_summary(&self.0.rows(), json, out)
    }
}

/// Counts of one run over a rule set.
struct Run<'a> {
    rules: &'a RuleSet,
    alerts: bool,
    /// By the rule's id, whom it is and how often.
    counts: BTreeMap<String, Row>,
    correlations: Correlations,
    seq: u64,
    done: Detected,
}

impl<'a> Run<'a> {
    fn new(rules: &'a RuleSet, alerts: bool) -> Self {
        Self {
            rules,
            alerts,
            counts: BTreeMap::new(),
            correlations: Correlations::default(),
            seq: 0,
            done: Detected::default(),
        }
    }

    fn input(&mut self, format: Option<Format>, bytes: &[u8], out: &mut dyn Write) -> Result<(), CheckError> {
        let mut events = Vec::new();
        let failed = &mut self.done.failed;
        let mut count = |cause: &str| *failed.entry(cause.to_owned()).or_default() += 1;
        match format {
            Some(format) => parse_bytes(format, bytes, &mut |e| events.push(e), &mut |e| count(e.cause)),
            None => {
                for line in bytes.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()) {
                    match json::decode(line) {
                        Ok(event) => events.push(event),
                        Err(_) => count("syntax"),
                    }
                }
            }
        }
        // A file is there as a whole: which hosts run Sysmon is known before the first event.
        for event in &mut events {
            if event.hospital.is_unset() {
                event.hospital = UnitId::unattributed();
            }
            self.correlations.note_sysmon(&event.hospital, event);
        }
        for mut event in events {
            self.done.events += 1;
            if event.producer.is_unset() {
                // A file has no producer: its events are numbered as they are read.
                event.producer = ProducerId::new("file").unwrap_or_default();
                event.seq = self.done.events;
            }
            self.event(&event, out)?;
        }
        Ok(())
    }

    fn event(&mut self, event: &Event, out: &mut dyn Write) -> Result<(), CheckError> {
        let (mut matches, mut correlated) = (Vec::new(), Vec::new());
        self.rules.evaluate(event, &mut matches);
        self.correlations.observe(self.rules, &event.hospital, event, &mut matches, &mut correlated);
        for rule in matches.iter().map(|m| &m.rule).chain(correlated.iter().map(|c| &c.rule)) {
            self.done.matches += 1;
            let row =
                || Row { rule_id: rule.id.clone(), title: rule.title.clone(), level: rule.level, count: 0 };
            self.counts.entry(rule.id.clone()).or_insert_with(row).count += 1;
        }
        if !self.alerts {
            return Ok(());
        }
        let simple = matches.into_iter().filter(|m| m.rule.alerts).map(|m| simple(event, m));
        let together = correlated.into_iter().map(|c| together(event, c));
        for mut alert in simple.chain(together) {
            self.seq += 1;
            alert.versions.rules = self.rules.version().to_owned();
            alert.producer = ProducerId::new("detect").unwrap_or_default();
            alert.seq = self.seq;
            serde_json::to_writer(&mut *out, &alert)?;
            writeln!(out)?;
        }
        Ok(())
    }

    /// The most severe first, then the most frequent.
    fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<_> = self.counts.values().cloned().collect();
        rows.sort_by(|a, b| (b.level, b.count, &a.rule_id).cmp(&(a.level, a.count, &b.rule_id)));
        rows
    }
}

fn write_summary(rows: &[Row], json: bool, out: &mut dyn Write) -> Result<(), CheckError> {
    if json {
        serde_json::to_writer(&mut *out, rows)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(out, "{:<36}  {:<13}  {:>8}  title", "rule id", "level", "count")?;
    for row in rows {
        writeln!(out, "{:<36}  {:<13}  {:>8}  {}", row.rule_id, row.level.name(), row.count, row.title)?;
    }
    Ok(())
}

/// Bytes of a format → events and failures. JSON formats may be lines, one document over many lines or
/// an array; NetFlow is one datagram; all else is lines.
pub(crate) fn parse_bytes(
    format: Format,
    bytes: &[u8],
    event: &mut dyn FnMut(Event),
    failed: &mut dyn FnMut(ParseError),
) {
    let Some(mut parser) = parser(format) else {
        return failed(ParseError::new("format", format!("no parser for {}", format.name())));
    };
    let mut events = Vec::new();
    let mut one = |bytes: &[u8]| {
        // Bare files have no time of receipt; a missing time stays missing.
        let input = Input { bytes, peer: None, received: Micros(0) };
        match parser.parse(&input, &mut events) {
            Ok(()) => events.drain(..).for_each(&mut *event),
            Err(e) => failed(e),
        }
    };
    match format {
        Format::Netflow => one(bytes),
        Format::Windows | Format::Eve | Format::Jsonl | Format::Zeek => match documents(bytes) {
            Some(documents) => documents.iter().for_each(|d| one(d.get().as_bytes())),
            None => lines(bytes).for_each(one),
        },
        Format::Syslog => lines(bytes).for_each(one),
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    lines.filter(|l| !l.trim_ascii().is_empty())
}

/// The documents of a file that is JSON as a whole; None where it is not.
fn documents(bytes: &[u8]) -> Option<Vec<&serde_json::value::RawValue>> {
    use serde_json::value::RawValue;
    match bytes.trim_ascii_start().first()? {
        b'[' => serde_json::from_slice::<Vec<&RawValue>>(bytes).ok(),
        b'{' => serde_json::Deserializer::from_slice(bytes).into_iter().collect::<Result<Vec<_>, _>>().ok(),
        _ => None,
    }
}

fn simple(event: &Event, matched: Match) -> Alert {
    let reasons = matched.fields.iter().map(|(field, value)| reason(field, value)).collect();
    let this = EventRef { producer: event.producer.clone(), seq: event.seq };
    alert(&matched.rule, &event.hospital, reasons, [event.time; 2], vec![this], 1)
}

fn together(event: &Event, found: Correlated) -> Alert {
    let mut reasons: Vec<_> = found.group.iter().map(|(field, value)| reason(field, value)).collect();
    reasons.push(reason("value", &found.value.to_string()));
    let times = [found.first_time, found.last_time];
    alert(&found.rule, &event.hospital, reasons, times, found.events, found.event_count)
}

fn reason(field: &str, value: &str) -> Reason {
    let (zh, en) = (format!("{field} 为 {value}"), format!("{field} is {value}"));
    Reason { field: field.to_owned(), value: value.to_owned(), zh, en, points: None }
}

fn alert(
    rule: &RuleInfo,
    hospital: &UnitId,
    reasons: Vec<Reason>,
    [first, last]: [Micros; 2],
    events: Vec<EventRef>,
    event_count: u64,
) -> Alert {
    let none = EventRef { producer: ProducerId::default(), seq: 0 };
    Alert {
        alert_id: alert_id(&rule.id, hospital, "", first, events.first().unwrap_or(&none)),
        revision: 1,
        rule_id: rule.id.clone(),
        title: rule.title.clone(),
        title_zh: rule.title_zh.clone(),
        level: rule.level,
        techniques: rule.techniques.clone(),
        time: last,
        first_time: first,
        last_time: last,
        hospital: hospital.clone(),
        entities: Vec::new(),
        reasons,
        events,
        event_count,
        score: 0.0,
        authorised_test: String::new(),
        versions: Versions::default(),
        producer: ProducerId::default(),
        seq: 0,
    }
}
