//! The event in memory: a handful of typed core fields, the hot fields that are set, the source's
//! own fields in their order, and the masked raw text.

use std::net::IpAddr;

use compact_str::CompactString;
use smallvec::SmallVec;

use crate::{
    Field, Format, Kind, Micros, ProducerId, SenderId, UnitId, Value,
    ocsf::{self, severity},
};

/// What is known of the source's time. `time` itself is never altered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum TimeQuality {
    #[default]
    Ok = 0,
    /// More than five minutes from the time of receipt.
    Skewed = 1,
    /// The source gave none; `time` is the time of receipt.
    Missing = 2,
}

impl TimeQuality {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skewed => "skewed",
            Self::Missing => "missing",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ok, Self::Skewed, Self::Missing].into_iter().find(|q| q.name() == name)
    }
}

/// A field under the source's own name. `name` is the path in the source's record: nested names
/// joined by `.`, a literal dot as `\.`, a repeated name suffixed `#2`, `#3` …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceField {
    pub name: CompactString,
    pub value: CompactString,
    /// `value` is JSON text (a number, true, false, null, an array) and not a string.
    pub is_json: bool,
}

/// One event. `Default` is an event of the base class with everything unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    pub class_uid: u32,
    pub activity_id: u8,
    pub severity_id: u8,
    /// The source's time, or the time of receipt where there is none.
    pub time: Micros,
    pub time_quality: TimeQuality,
    /// When the collector received it.
    pub received: Micros,
    /// The unit that the sender says it belongs to; the store's `hospital` is what the register allows.
    pub hospital: UnitId,
    pub sender: SenderId,
    pub producer: ProducerId,
    pub seq: u64,
    pub format: Option<Format>,
    /// Which parser made it, `name`, and its version.
    pub parser: CompactString,
    pub parser_version: u16,
    /// The masking policy that was applied; empty before masking.
    pub mask_policy: CompactString,
    /// The source's character set where it was not UTF-8: `gb18030`, or `escaped` where bytes that
    /// belong to no character set were written as `\xNN`.
    pub encoding: CompactString,
    /// The syslog MSG or the source's own message.
    pub message: String,
    /// The masked raw text. Empty where the record is binary and the fields hold all of it.
    pub raw: String,
    /// Sorted by field, each at most once.
    pub(crate) fields: SmallVec<[(Field, Value); 16]>,
    pub unmapped: Vec<SourceField>,
}

impl Event {
    pub fn new(class_uid: u32, activity_id: u8) -> Self {
        Self { class_uid, activity_id, severity_id: severity::INFORMATIONAL, ..Self::default() }
    }

    /// As [`Event::default`], in place: the room of its texts and lists stays for the next event, but
    /// for that of giants.
    pub fn clear(&mut self) {
        /// Octets of a text, and source fields, that are kept room for.
        const TEXT_ROOM: usize = 4_096;
        const FIELDS_ROOM: usize = 256;
        let empty = |text: &mut String| {
            text.clear();
            text.shrink_to(TEXT_ROOM);
        };
        let Self {
            class_uid,
            activity_id,
            severity_id,
            time,
            time_quality,
            received,
            hospital,
            sender,
            producer,
            seq,
            format,
            parser,
            parser_version,
            mask_policy,
            encoding,
            message,
            raw,
            fields,
            unmapped,
        } = self;
        (*class_uid, *activity_id, *severity_id, *seq, *parser_version) = Default::default();
        (*time, *received, *time_quality, *format) = Default::default();
        (*hospital, *sender, *producer) = Default::default();
        (*parser, *mask_policy, *encoding) = Default::default();
        empty(message);
        empty(raw);
        fields.clear();
        unmapped.clear();
        unmapped.shrink_to(FIELDS_ROOM);
    }

    pub fn type_uid(&self) -> u64 {
        ocsf::type_uid(self.class_uid, self.activity_id)
    }

    /// The hot fields that are set, in the table's order.
    #[inline]
    pub fn fields(&self) -> &[(Field, Value)] {
        &self.fields
    }

    /// For the masker, which rewrites texts in place.
    pub fn fields_mut(&mut self) -> impl Iterator<Item = (Field, &mut Value)> {
        self.fields.iter_mut().map(|(f, v)| (*f, v))
    }

    #[inline]
    pub fn get(&self, field: Field) -> Option<&Value> {
        // Few are set, and most are asked for once: a scan beats a search.
        self.fields.iter().find(|(f, _)| *f == field).map(|(_, v)| v)
    }

    #[inline]
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.get(field)? {
            Value::Text(t) => Some(t.as_str()),
            _ => None,
        }
    }

    #[inline]
    pub fn uint(&self, field: Field) -> Option<u64> {
        match self.get(field)? {
            Value::Uint(n) => Some(*n),
            _ => None,
        }
    }

    #[inline]
    pub fn ip(&self, field: Field) -> Option<IpAddr> {
        match self.get(field)? {
            Value::Ip(ip) => Some(*ip),
            _ => None,
        }
    }

    /// Sets a text field; an empty text leaves it unset.
    pub fn set_text(&mut self, field: Field, text: impl Into<CompactString>) {
        debug_assert_eq!(field.kind(), Kind::Text, "{field:?}");
        let text = text.into();
        if !text.is_empty() {
            self.set(field, Value::Text(text));
        }
    }

    pub fn set_uint(&mut self, field: Field, n: u64) {
        debug_assert!(matches!(field.kind(), Kind::Uint | Kind::Time), "{field:?}");
        if n != 0 || !field.zero_is_absent() {
            self.set(field, Value::Uint(n));
        }
    }

    pub fn set_ip(&mut self, field: Field, ip: IpAddr) {
        debug_assert_eq!(field.kind(), Kind::Ip, "{field:?}");
        self.set(field, Value::Ip(ip));
    }

    /// Sets an address from text. Returns false, and sets nothing, when it is none.
    pub fn set_ip_text(&mut self, field: Field, text: &str) -> bool {
        match text.parse() {
            Ok(ip) => {
                self.set_ip(field, ip);
                true
            }
            Err(_) => false,
        }
    }

    fn set(&mut self, field: Field, value: Value) {
        match self.fields.last() {
            Some((last, _)) if *last < field => self.fields.push((field, value)),
            None => self.fields.push((field, value)),
            Some(_) => match self.fields.binary_search_by_key(&field, |(f, _)| *f) {
                Ok(i) => self.fields[i].1 = value,
                Err(i) => self.fields.insert(i, (field, value)),
            },
        }
    }

    pub fn unset(&mut self, field: Field) {
        self.fields.retain(|(f, _)| *f != field);
    }

    /// Adds a source field whose value is text.
    pub fn push_unmapped(&mut self, name: impl Into<CompactString>, value: impl Into<CompactString>) {
        self.unmapped.push(SourceField { name: name.into(), value: value.into(), is_json: false });
    }

    /// Adds a source field whose value is JSON text: a number, `true`, `null`, an array.
    pub fn push_unmapped_json(&mut self, name: impl Into<CompactString>, json: impl Into<CompactString>) {
        self.unmapped.push(SourceField { name: name.into(), value: json.into(), is_json: true });
    }

    /// The first source field of that name.
    pub fn source(&self, name: &str) -> Option<&SourceField> {
        self.unmapped.iter().find(|f| f.name == name)
    }
}
