//! Whether any keyword of a partition can stand in an event: one pass over all its text by the vector
//! instructions of the processor, in front of the engine's slower one text by text.

use aho_corasick::{AhoCorasick, MatchKind};
use rsigma_parser::{Detection, DetectionItem, Modifier, SigmaRule, SigmaString, SigmaValue, StringPart};

/// Shorter words stand nearly everywhere: the pass would be for nothing.
const LITERAL_BYTES_MIN: usize = 3;

/// The literals of which one must stand in an event for a keyword to match, lower case.
pub(super) struct Gate(AhoCorasick);

impl Gate {
    /// None where some keyword has no literal that it needs.
    pub(super) fn new(literals: &[String]) -> Option<Self> {
        let builder = &mut AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostFirst).build(literals).ok().map(Self)
    }

    /// `text`: all the event's text in lower case.
    pub(super) fn lets_through(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// Adds a literal of every keyword of a rule. False where one has none.
pub(super) fn literals(rule: &SigmaRule, out: &mut Vec<String>) -> bool {
    rule.detection.named.values().all(|d| of_detection(d, out))
}

fn of_detection(detection: &Detection, out: &mut Vec<String>) -> bool {
    match detection {
        Detection::Keywords(values) => values.iter().all(|v| of_value(v, out)),
        Detection::AllOf(items) => items.iter().all(|item| of_item(item, out)),
        Detection::AnyOf(all) | Detection::And(all) => all.iter().all(|d| of_detection(d, out)),
        Detection::ArrayMatch { body, .. } => of_detection(body, out),
        Detection::Conditional { named, .. } => named.values().all(|d| of_detection(d, out)),
    }
}

fn of_item(item: &DetectionItem, out: &mut Vec<String>) -> bool {
    if item.field.name.is_some() {
        return true;
    }
    let plain =
        [Modifier::All, Modifier::Contains, Modifier::StartsWith, Modifier::EndsWith, Modifier::Cased];
    item.field.modifiers.iter().all(|m| plain.contains(m)) && item.values.iter().all(|v| of_value(v, out))
}

fn of_value(value: &SigmaValue, out: &mut Vec<String>) -> bool {
    let text = match value {
        SigmaValue::String(text) => longest(text),
        SigmaValue::Integer(n) => n.to_string(),
        _ => return false,
    };
    // Lower case is a matter of bytes for ASCII only.
    let good = text.len() >= LITERAL_BYTES_MIN && text.is_ascii();
    if good {
        out.push(text.to_ascii_lowercase());
    }
    good
}

fn longest(text: &SigmaString) -> String {
    let plain = text.parts.iter().filter_map(|p| match p {
        StringPart::Plain(text) => Some(text.as_str()),
        StringPart::Special(_) => None,
    });
    plain.max_by_key(|t| t.len()).unwrap_or_default().to_owned()
}
