//! JSON → Event, in one pass, no tree.

use std::{borrow::Cow, sync::LazyLock};

use compact_str::CompactString;

use super::read::Reader;
use crate::{Event, Field, Format, Kind, Micros, ProducerId, SenderId, SourceField, TimeQuality, UnitId};

/// Why a record of the log is no event.
#[derive(Debug, thiserror::Error)]
#[error("no event: {reason}, at octet {at}")]
pub struct DecodeError {
    /// Where in the input, in octets.
    pub at: usize,
    pub reason: Cow<'static, str>,
}

type Result<T> = std::result::Result<T, DecodeError>;

/// Reads one event.
///
/// # Errors
/// The text is no JSON object, or a member that Ward knows has another type than it should.
/// Members that Ward does not know are skipped.
pub fn decode(json: &[u8]) -> Result<Event> {
    let mut event = Event::default();
    decode_into(json, &mut event)?;
    Ok(event)
}

/// Reads one event in place of another, whose room it uses: an event is a kilobyte to move.
///
/// # Errors
/// As [`decode`]; `event` then holds what stood before the fault.
pub fn decode_into(json: &[u8], event: &mut Event) -> Result<()> {
    event.clear();
    let mut reader = Reader::new(json)?;
    let mut sub_milli = 0;
    let mut hint = 0;
    reader.object(|r, name| {
        match name {
            "class_uid" => event.class_uid = r.integer()?,
            "activity_id" => event.activity_id = r.integer()?,
            "severity_id" => event.severity_id = r.integer()?,
            "time" => event.time = Micros::from_millis(r.integer()?),
            "message" => set(&mut event.message, &r.string()?),
            "raw_data" => set(&mut event.raw, &r.string()?),
            "unmapped" => unmapped(r, event)?,
            "ward" => sub_milli = ward(r, event)?,
            _ => member(r, &TREE, &mut hint, name, event)?,
        }
        Ok(())
    })?;
    reader.end()?;
    event.time.0 = event.time.0.saturating_add(sub_milli);
    Ok(())
}

fn set(to: &mut String, text: &str) {
    to.clear();
    to.push_str(text);
}

/// The table of fields as a tree of path segments.
#[derive(Default)]
struct Node {
    children: Vec<(&'static str, Node)>,
    field: Option<Field>,
}

static TREE: LazyLock<Node> = LazyLock::new(|| {
    let mut root = Node::default();
    for &field in Field::ALL {
        let mut node = &mut root;
        for segment in field.path().split('.') {
            let at = match node.children.iter().position(|(name, _)| *name == segment) {
                Some(at) => at,
                None => {
                    node.children.push((segment, Node::default()));
                    node.children.len() - 1
                }
            };
            node = &mut node.children[at].1;
        }
        node.field = Some(field);
    }
    root
});

/// A member that may lead to hot fields. They are written in the table's order, so the search begins
/// behind the member found last.
fn member(r: &mut Reader<'_>, node: &Node, hint: &mut usize, name: &str, event: &mut Event) -> Result<()> {
    let (before, behind) = node.children.split_at((*hint).min(node.children.len()));
    let found = behind.iter().position(|(n, _)| *n == name).map(|i| i + before.len());
    let Some(at) = found.or_else(|| before.iter().position(|(n, _)| *n == name)) else { return r.skip() };
    *hint = at + 1;
    let child = &node.children[at].1;
    match child.field {
        Some(field) => read_field(r, field, event),
        None => {
            let mut hint = 0;
            r.object(|r, name| member(r, child, &mut hint, name, event))
        }
    }
}

fn read_field(r: &mut Reader<'_>, field: Field, event: &mut Event) -> Result<()> {
    match field.kind() {
        Kind::Text => {
            let text = r.string()?;
            // What the writer puts where OCSF requires a product and the event has none.
            if field != Field::ProductName || text != "unknown" {
                event.set_text(field, CompactString::new(text));
            }
        }
        Kind::Uint | Kind::Time => event.set_uint(field, r.integer()?),
        Kind::Ip => {
            let text = r.string()?;
            if !event.set_ip_text(field, &text) {
                return Err(r.error(format!("{}: no address: {text:?}", field.path())));
            }
        }
    }
    Ok(())
}

fn unmapped(r: &mut Reader<'_>, event: &mut Event) -> Result<()> {
    r.object(|r, name| {
        let (value, is_json) = match r.peek() {
            Some(b'"') => (CompactString::new(r.string()?), false),
            _ => (CompactString::new(r.raw()?), true),
        };
        event.unmapped.push(SourceField { name: CompactString::new(name), value, is_json });
        Ok(())
    })
}

/// Returns the microseconds below the millisecond of `time`.
fn ward(r: &mut Reader<'_>, event: &mut Event) -> Result<i64> {
    let mut sub_milli = 0;
    r.object(|r, name| {
        match name {
            "hospital" => event.hospital = id(r, UnitId::new)?,
            "sender" => event.sender = id(r, SenderId::new)?,
            "producer" => event.producer = id(r, ProducerId::new)?,
            "seq" => event.seq = r.integer()?,
            "received" => event.received = Micros(r.integer()?),
            "time_us" => sub_milli = r.integer()?,
            "parser" => event.parser = CompactString::new(r.string()?),
            "parser_version" => event.parser_version = r.integer()?,
            "mask_policy" => event.mask_policy = CompactString::new(r.string()?),
            "encoding" => event.encoding = CompactString::new(r.string()?),
            "rows" => event.set_uint(Field::Rows, r.integer()?),
            "format" => event.format = Format::from_name(&r.string()?),
            "time_quality" => {
                let name = r.string()?;
                event.time_quality =
                    TimeQuality::from_name(&name).ok_or_else(|| r.error(format!("time_quality {name:?}")))?;
            }
            _ => r.skip()?,
        }
        Ok(())
    })?;
    Ok(sub_milli)
}

/// An empty text is an identifier that is not known yet.
fn id<T: Default, E: std::fmt::Display>(
    r: &mut Reader<'_>,
    new: impl Fn(&str) -> std::result::Result<T, E>,
) -> Result<T> {
    let text = r.string()?;
    if text.is_empty() {
        return Ok(T::default());
    }
    new(&text).map_err(|e| r.error(e.to_string()))
}
