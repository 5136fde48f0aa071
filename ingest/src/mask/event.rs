//! Masks an event in place.

use compact_str::CompactString;
use ward_event::{Event, SourceField, Value};

use super::{Masker, scan};

impl Masker {
    /// Blanks identifiers in the message, the raw text, every text field, every source field (name
    /// and value), and notes the policy.
    pub fn mask_event(&mut self, event: &mut Event) {
        for text in [&mut event.message, &mut event.raw] {
            if let Some(masked) = self.masked(text) {
                *text = masked;
            }
        }
        for (_, value) in event.fields_mut() {
            if let Value::Text(text) = value {
                self.compact(text);
            }
        }
        for field in &mut event.unmapped {
            self.compact(&mut field.name);
            if field.is_json {
                self.json(field);
            } else {
                self.compact(&mut field.value);
            }
        }
        event.mask_policy = CompactString::const_new(self.policy);
    }

    fn compact(&mut self, text: &mut CompactString) {
        if let Some(masked) = self.masked(text) {
            *text = masked.into();
        }
    }

    /// JSON text stays JSON: inside a string the stars stand in place, a number becomes a string of
    /// stars, and a value that is nothing but a number becomes text.
    fn json(&mut self, field: &mut SourceField) {
        let text = field.value.as_str();
        if text.len() > super::TEXT_BYTES_MAX {
            field.value = super::replacement(text.as_bytes()).into();
            field.is_json = false;
            return;
        }
        let spans = self.scan.spans(text.as_bytes(), scan::Charset::Utf8);
        if spans.is_empty() {
            return;
        }
        if !text.starts_with(['[', '{', '"']) {
            field.value = "*".repeat(text.len()).into();
            field.is_json = false;
            return;
        }
        field.value = mask_json(text, spans).into();
    }
}

/// Walks the JSON text once, beside its spans.
fn mask_json(text: &str, spans: &[(usize, usize)]) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 8);
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    for &(from, to) in spans {
        if to <= copied {
            continue; // in a number that was replaced as a whole
        }
        while at < from {
            match bytes[at] {
                b'"' => in_string = !in_string,
                b'\\' if in_string => at += 1,
                _ => {}
            }
            at += 1;
        }
        let part = |b: &u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let (from, to) = if in_string {
            (from, to)
        } else {
            let before = bytes[copied..from].iter().rev().take_while(|b| part(b)).count();
            (from - before, to + bytes[to..].iter().take_while(|b| part(b)).count())
        };
        out.push_str(&text[copied..from]);
        let quote = if in_string { "" } else { "\"" };
        out.push_str(quote);
        out.extend(std::iter::repeat_n('*', to - from));
        out.push_str(quote);
        copied = to;
        at = at.max(to);
    }
    out.push_str(&text[copied..]);
    out
}
