//! Rule files → rules, each refusal with its file, line and reason.

use rsigma_parser::{CorrelationRule, FilterRule, SigmaRule, parse_sigma_yaml};
use serde::Serialize;
use ward_event::control::RuleFile;

/// A rule or file that does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub file: String,
    /// Counted from 1; where the reason lies, as near as it is known.
    pub line: u32,
    pub reason: String,
}

/// SigmaHQ's longest, a list of vulnerable drivers' hashes, has 295 KB; a much larger file is no rule.
const FILE_BYTES_MAX: usize = 1 << 20;

/// A parsed document and where it came from.
pub(super) struct Parsed<T> {
    pub(super) path: String,
    /// Of the title.
    pub(super) line: u32,
    /// Of the condition.
    pub(super) condition: u32,
    pub(super) rule: T,
}

impl<T> Parsed<T> {
    fn new(file: &RuleFile, title: &str, rule: T) -> Self {
        let line = line_with(&file.text, title);
        let below: String = file.text.lines().skip(line as usize).map(|l| format!("{l}\n")).collect();
        let condition =
            if below.contains("condition:") { line + line_with(&below, "condition:") } else { line };
        Self { path: file.path.clone(), line, condition, rule }
    }
}

/// What some files hold.
#[derive(Default)]
pub(super) struct Documents {
    pub(super) rules: Vec<Parsed<SigmaRule>>,
    pub(super) correlations: Vec<Parsed<CorrelationRule>>,
    pub(super) filters: Vec<Parsed<FilterRule>>,
    pub(super) refused: Vec<Refused>,
}

impl Documents {
    pub(super) fn read(files: &[RuleFile]) -> Self {
        let mut all = Self::default();
        for file in files {
            all.file(file);
        }
        all
    }

    fn file(&mut self, file: &RuleFile) {
        if file.text.len() > FILE_BYTES_MAX {
            let reason = format!("{} bytes; at most {FILE_BYTES_MAX} are read", file.text.len());
            return self.refuse(file, 1, reason);
        }
        let parsed = match parse_sigma_yaml(&file.text) {
            Ok(parsed) => parsed,
            Err(e) => return self.refuse(file, line_of(&file.text, &e.to_string()), e.to_string()),
        };
        for error in &parsed.errors {
            if is_remark(error) {
                tracing::debug!(file = file.path, "{error}");
                continue;
            }
            let line = line_of(&file.text, error);
            let reason = old_aggregation(&file.text, line).unwrap_or_else(|| error.clone());
            self.refuse(file, line, reason);
        }
        let empty = parsed.errors.is_empty()
            && parsed.rules.is_empty()
            && parsed.correlations.is_empty()
            && parsed.filters.is_empty();
        if empty {
            return self.refuse(file, 1, "holds no rule".to_owned());
        }
        self.rules.extend(parsed.rules.into_iter().map(|r| Parsed::new(file, &r.title.clone(), r)));
        let correlations = parsed.correlations.into_iter();
        self.correlations.extend(correlations.map(|r| Parsed::new(file, &r.title.clone(), r)));
        self.filters.extend(parsed.filters.into_iter().map(|r| Parsed::new(file, &r.title.clone(), r)));
    }

    fn refuse(&mut self, file: &RuleFile, line: u32, reason: String) {
        self.refused.push(Refused { file: file.path.clone(), line, reason });
    }
}

/// The parser reports a bad status or relation beside errors, though the rule itself is good.
fn is_remark(error: &str) -> bool {
    ["invalid status", "invalid level", "invalid sigma-version", "related[", "'related'"]
        .iter()
        .any(|p| error.starts_with(p))
}

/// The pipe aggregation (`| count() by …`) that Sigma 2 replaced by correlation rules.
fn old_aggregation(text: &str, line: u32) -> Option<String> {
    let condition = text.lines().nth(line as usize - 1)?;
    let (_, aggregation) = condition.split_once('|')?;
    let function = aggregation.trim_start();
    ["count", "near", "min", "max", "avg", "sum"].iter().any(|f| function.starts_with(f)).then(|| {
        format!(
            "aggregation in the condition (`| {}`) was dropped from Sigma; write a correlation rule",
            function.trim()
        )
    })
}

/// The line a parser's message is about: the one it names, else that of what it quotes.
fn line_of(text: &str, message: &str) -> u32 {
    if let Some((_, rest)) = message.split_once("at line ") {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(line) = digits.parse() {
            return line;
        }
    }
    if message.starts_with("Condition") {
        return line_with(text, "condition:");
    }
    match message.split(['\'', '`', '"']).nth(1) {
        Some(quoted) if !quoted.is_empty() => line_with(text, quoted),
        _ => 1,
    }
}

/// The first line that holds `part`, or 1.
fn line_with(text: &str, part: &str) -> u32 {
    text.lines().position(|l| l.contains(part)).map_or(1, |i| i as u32 + 1)
}
