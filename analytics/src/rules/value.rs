//! A source field's value as the engine compares it.

use std::borrow::Cow;

use rsigma_eval::EventValue;
use ward_event::{Event, SourceField};

/// How much of a text is compared. Script blocks end at 32 KiB; beyond this a thousand rules over
/// one hostile megabyte would take seconds.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// JSON longer than this is compared as the text it is: each look-up parses it anew.
const JSON_BYTES_MAX: usize = 16 << 10;

/// The part of a text that is compared.
#[inline]
pub(super) fn bounded(text: &str) -> &str {
    if text.len() <= TEXT_BYTES_MAX { text } else { &text[..text.floor_char_boundary(TEXT_BYTES_MAX)] }
}

/// The value of a source field: text, or what its JSON text says.
#[inline]
pub(super) fn of(field: &SourceField) -> EventValue<'_> {
    if field.is_json { json(&field.value) } else { EventValue::Str(Cow::Borrowed(bounded(&field.value))) }
}

fn json(text: &str) -> EventValue<'_> {
    match text {
        "true" => return EventValue::Bool(true),
        "false" => return EventValue::Bool(false),
        "null" => return EventValue::Null,
        _ => {}
    }
    if let Ok(n) = text.parse::<i64>() {
        return EventValue::Int(n);
    }
    match tree(text) {
        Some(value) => owned(value),
        None => EventValue::Str(Cow::Borrowed(bounded(text))),
    }
}

fn tree(text: &str) -> Option<serde_json::Value> {
    if text.len() > JSON_BYTES_MAX { None } else { serde_json::from_str(text).ok() }
}

fn owned(value: serde_json::Value) -> EventValue<'static> {
    use serde_json::Value as Json;
    match value {
        Json::Null => EventValue::Null,
        Json::Bool(b) => EventValue::Bool(b),
        Json::Number(n) => {
            n.as_i64().map_or_else(|| EventValue::Float(n.as_f64().unwrap_or(f64::NAN)), EventValue::Int)
        }
        Json::String(s) => EventValue::Str(Cow::Owned(s)),
        Json::Array(items) => EventValue::Array(items.into_iter().map(owned).collect()),
        Json::Object(map) => {
            EventValue::Map(map.into_iter().map(|(k, v)| (Cow::Owned(k), owned(v))).collect())
        }
    }
}

/// The values at `path` in each object of a field that is an array.
pub(super) fn below(field: &SourceField, path: &str) -> Option<EventValue<'static>> {
    let mut level = vec![tree(&field.value)?];
    for segment in path.split('.') {
        level = level
            .into_iter()
            .flat_map(members)
            .filter_map(|mut v| v.get_mut(segment).map(std::mem::take))
            .collect();
    }
    let found: Vec<_> = level.into_iter().map(owned).collect();
    if found.is_empty() { None } else { Some(EventValue::Array(found)) }
}

fn members(value: serde_json::Value) -> Vec<serde_json::Value> {
    match value {
        serde_json::Value::Array(items) => items,
        other => vec![other],
    }
}

/// Every text of an event that a keyword may stand in: the message and the source's own values; the
/// raw text where there is nothing else.
pub(super) fn texts(event: &Event) -> impl Iterator<Item = &str> {
    // A parser that takes the message from a source field leaves it there as well.
    let copied = |m: &&str| event.unmapped.iter().any(|f| f.value.len() == m.len() && f.value == **m);
    let message = Some(event.message.as_str()).filter(|m| !m.is_empty() && !copied(m));
    let raw = if message.is_none() && event.unmapped.is_empty() { Some(event.raw.as_str()) } else { None };
    // A keyword in an array is found in its JSON text; numbers and truth values hold no words.
    let worth = |f: &&SourceField| !f.is_json || f.value.starts_with(['[', '{']);
    let values = event.unmapped.iter().filter(worth).map(|f| f.value.as_str());
    message.into_iter().chain(values).chain(raw).map(bounded)
}
