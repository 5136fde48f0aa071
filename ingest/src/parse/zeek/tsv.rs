//! Zeek's ASCII writer: `#` headers, then one row a line.

use compact_str::CompactString;
use ward_event::{SourceField, limits::SOURCE_FIELDS_MAX};

use crate::parse::ParseError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    /// Written as a JSON number.
    Number,
    Bool,
    Texts,
    Numbers,
}

/// The header of a table.
#[derive(Debug)]
pub(super) struct Table {
    separator: u8,
    set_separator: CompactString,
    empty: CompactString,
    unset: CompactString,
    pub(super) path: CompactString,
    /// Source field names, literal dots escaped.
    names: Vec<CompactString>,
    types: Vec<Type>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            separator: b'\t',
            set_separator: ",".into(),
            empty: "(empty)".into(),
            unset: "-".into(),
            path: CompactString::default(),
            names: Vec::new(),
            types: Vec::new(),
        }
    }
}

impl Table {
    /// Takes a header line in. A `#separator` begins a new table.
    ///
    /// # Errors
    /// More columns than an event may have fields.
    pub(super) fn header(&mut self, line: &str) -> Result<(), ParseError> {
        if let Some(word) = line.strip_prefix("#separator ") {
            let byte = word.strip_prefix("\\x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
            *self = Self { separator: byte.unwrap_or(b'\t'), ..Self::default() };
            return Ok(());
        }
        let separator = char::from(self.separator);
        let (name, value) = line.split_once(separator).unwrap_or((line, ""));
        match name {
            "#set_separator" => self.set_separator = value.into(),
            "#empty_field" => self.empty = value.into(),
            "#unset_field" => self.unset = value.into(),
            "#path" => self.path = value.into(),
            "#fields" => {
                if value.split(separator).count() > SOURCE_FIELDS_MAX {
                    return Err(ParseError::new("too_long", "more columns than an event may have fields"));
                }
                self.names = value.split(separator).map(|n| n.replace('.', "\\.").into()).collect();
            }
            "#types" => self.types = value.split(separator).take(SOURCE_FIELDS_MAX).map(kind).collect(),
            _ => {} // #open, #close, comments
        }
        Ok(())
    }

    /// Appends the row's fields; an unset column is none.
    ///
    /// # Errors
    /// No header yet, or another number of columns than it has.
    pub(super) fn row(&self, line: &str, out: &mut Vec<SourceField>) -> Result<(), ParseError> {
        if self.names.is_empty() {
            return Err(ParseError::new("no_header", "a row before #fields"));
        }
        let separator = char::from(self.separator);
        let columns = line.split(separator).count();
        if columns != self.names.len() {
            let detail = format!("{columns} columns, the header has {}", self.names.len());
            return Err(ParseError::new("syntax", detail));
        }
        out.reserve(columns);
        for (i, value) in line.split(separator).enumerate() {
            if value == self.unset {
                continue;
            }
            let kind = self.types.get(i).copied().unwrap_or(Type::Text);
            let (value, is_json) = self.value(kind, value);
            out.push(SourceField { name: self.names[i].clone(), value, is_json });
        }
        Ok(())
    }

    fn value(&self, kind: Type, text: &str) -> (CompactString, bool) {
        let empty = text == self.empty;
        match kind {
            Type::Number if is_number(text) => (text.into(), true),
            Type::Bool if text == "T" => (CompactString::const_new("true"), true),
            Type::Bool if text == "F" => (CompactString::const_new("false"), true),
            Type::Texts | Type::Numbers if empty => (CompactString::const_new("[]"), true),
            Type::Texts | Type::Numbers => (self.list(kind, text), true),
            _ if empty => (CompactString::default(), false),
            _ => (text.into(), false),
        }
    }

    fn list(&self, kind: Type, text: &str) -> CompactString {
        let mut json = vec![b'['];
        for (i, element) in text.split(self.set_separator.as_str()).enumerate() {
            if i > 0 {
                json.push(b',');
            }
            if element == self.unset {
                json.extend_from_slice(b"null");
            } else if kind == Type::Numbers && is_number(element) {
                json.extend_from_slice(element.as_bytes());
            } else {
                ward_event::json::write_string(element, &mut json);
            }
        }
        json.push(b']');
        CompactString::from_utf8_lossy(&json)
    }
}

fn kind(name: &str) -> Type {
    let number = |n: &str| matches!(n, "count" | "int" | "double" | "port" | "interval" | "time");
    match name {
        "bool" => Type::Bool,
        n if number(n) => Type::Number,
        n => match n.split_once('[') {
            Some(("set" | "vector", element)) if number(element.trim_end_matches(']')) => Type::Numbers,
            Some(("set" | "vector", _)) => Type::Texts,
            _ => Type::Text,
        },
    }
}

/// A JSON number without exponent.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |t: &str| !t.is_empty() && t.len() < 100 && t.bytes().all(|b| b.is_ascii_digit());
    all(whole) && all(fraction) && (whole == "0" || !whole.starts_with('0'))
}
