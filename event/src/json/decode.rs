//! JSON → Event, in one pass over serde's visitor, no tree.

use std::{fmt, sync::LazyLock};

use compact_str::CompactString;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Event, Field, Format, Kind, Micros, ProducerId, SenderId, SourceField, TimeQuality, UnitId};

/// Why a record of the log is no event.
#[derive(Debug, thiserror::Error)]
#[error("no event: {0}")]
pub struct DecodeError(#[from] serde_json::Error);

/// Reads one event.
///
/// # Errors
/// The text is no JSON object, or a member that Ward knows has another type than it should.
/// Members that Ward does not know are skipped.
pub fn decode(json: &[u8]) -> Result<Event, DecodeError> {
    let mut event = Event::default();
    let mut de = serde_json::Deserializer::from_slice(json);
    Root(&mut event).deserialize(&mut de)?;
    de.end()?;
    Ok(event)
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

#[derive(Clone, Copy)]
enum Core {
    ClassUid,
    ActivityId,
    SeverityId,
    Time,
    Message,
    RawData,
    Unmapped,
    Ward,
}

enum Key {
    Core(Core),
    Node(&'static Node),
    Unknown,
}

/// Looks a member's name up while it is still in the input buffer.
struct KeySeed<'n>(&'n Node, bool);

impl<'de> DeserializeSeed<'de> for KeySeed<'static> {
    type Value = Key;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Key, D::Error> {
        d.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed<'static> {
    type Value = Key;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }
    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        if self.1 {
            let core = match name {
                "class_uid" => Some(Core::ClassUid),
                "activity_id" => Some(Core::ActivityId),
                "severity_id" => Some(Core::SeverityId),
                "time" => Some(Core::Time),
                "message" => Some(Core::Message),
                "raw_data" => Some(Core::RawData),
                "unmapped" => Some(Core::Unmapped),
                "ward" => Some(Core::Ward),
                _ => None,
            };
            if let Some(core) = core {
                return Ok(Key::Core(core));
            }
        }
        Ok(self.0.children.iter().find(|(n, _)| *n == name).map_or(Key::Unknown, |(_, n)| Key::Node(n)))
    }
}

struct Root<'e>(&'e mut Event);

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let event = self.0;
        let mut sub_milli = 0;
        while let Some(key) = map.next_key_seed(KeySeed(&TREE, true))? {
            match key {
                Key::Core(Core::ClassUid) => event.class_uid = map.next_value()?,
                Key::Core(Core::ActivityId) => event.activity_id = map.next_value()?,
                Key::Core(Core::SeverityId) => event.severity_id = map.next_value()?,
                Key::Core(Core::Time) => event.time = Micros::from_millis(map.next_value()?),
                Key::Core(Core::Message) => event.message = map.next_value()?,
                Key::Core(Core::RawData) => event.raw = map.next_value()?,
                Key::Core(Core::Unmapped) => map.next_value_seed(Unmapped(event))?,
                Key::Core(Core::Ward) => sub_milli = map.next_value_seed(Ward(event))?,
                Key::Node(node) => map.next_value_seed(Object { node, event })?,
                Key::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        event.time.0 = event.time.0.saturating_add(sub_milli);
        Ok(())
    }
}

/// A member that leads to hot fields: the value of one, or an object further down.
struct Object<'e> {
    node: &'static Node,
    event: &'e mut Event,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        match self.node.field {
            Some(field) => read_field(field, self.event, d),
            None => d.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an OCSF object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(KeySeed(self.node, false))? {
            match key {
                Key::Node(node) => map.next_value_seed(Object { node, event: &mut *self.event })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn read_field<'de, D: Deserializer<'de>>(field: Field, event: &mut Event, d: D) -> Result<(), D::Error> {
    use serde::{Deserialize, de::Error};
    match field.kind() {
        Kind::Text => {
            let text = CompactString::deserialize(d)?;
            // What the writer puts where OCSF requires a product and the event has none.
            if field != Field::ProductName || text != "unknown" {
                event.set_text(field, text);
            }
        }
        Kind::Uint | Kind::Time => event.set_uint(field, u64::deserialize(d)?),
        Kind::Ip => {
            let text = CompactString::deserialize(d)?;
            if !event.set_ip_text(field, &text) {
                return Err(D::Error::custom(format_args!("{}: no address: {text:?}", field.path())));
            }
        }
    }
    Ok(())
}

struct Unmapped<'e>(&'e mut Event);

impl<'de> DeserializeSeed<'de> for Unmapped<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Unmapped<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source's fields")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        use serde::de::Error;
        while let Some(name) = map.next_key::<CompactString>()? {
            let raw: &'de RawValue = map.next_value()?;
            let text = raw.get();
            let field = if text.starts_with('"') {
                let value = serde_json::from_str(text).map_err(A::Error::custom)?;
                SourceField { name, value, is_json: false }
            } else {
                SourceField { name, value: CompactString::new(text), is_json: true }
            };
            self.0.unmapped.push(field);
        }
        Ok(())
    }
}

struct Ward<'e>(&'e mut Event);

impl<'de> DeserializeSeed<'de> for Ward<'_> {
    type Value = i64;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<i64, D::Error> {
        d.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Ward<'_> {
    type Value = i64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ward's own members")
    }
    /// Returns the microseconds below the millisecond of `time`.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<i64, A::Error> {
        use serde::de::Error;
        let event = self.0;
        let mut sub_milli = 0;
        while let Some(name) = map.next_key::<CompactString>()? {
            match name.as_str() {
                "hospital" => event.hospital = map.next_value::<UnitId>()?,
                "sender" => event.sender = map.next_value::<SenderId>()?,
                "producer" => event.producer = map.next_value::<ProducerId>()?,
                "seq" => event.seq = map.next_value()?,
                "received" => event.received = map.next_value()?,
                "time_us" => sub_milli = map.next_value()?,
                "parser" => event.parser = map.next_value()?,
                "parser_version" => event.parser_version = map.next_value()?,
                "mask_policy" => event.mask_policy = map.next_value()?,
                "encoding" => event.encoding = map.next_value()?,
                "rows" => event.set_uint(Field::Rows, map.next_value()?),
                "format" => {
                    let name = map.next_value::<CompactString>()?;
                    event.format = Format::from_name(&name);
                }
                "time_quality" => {
                    let name = map.next_value::<CompactString>()?;
                    event.time_quality = TimeQuality::from_name(&name)
                        .ok_or_else(|| A::Error::custom(format_args!("time_quality {name:?}")))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(sub_milli)
    }
}
