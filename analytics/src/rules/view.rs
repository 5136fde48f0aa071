//! An event as the engine sees it: fields by the names that rules use, without JSON in between.

use std::{borrow::Cow, cell::OnceCell};

use rsigma_eval::{Event as RuleEvent, EventValue};
use smallvec::SmallVec;
use ward_event::{Event, SourceField, Value};

use super::{
    names::{NameId, Names},
    scope::{Scope, Source},
    value,
};

/// Where the common shippers put the source's own fields. `*` stands for one segment.
/// A field below one of these is known by the rest of its path too.
const PREFIXES: &[&str] = &[
    "winlog.event_data.",
    "winlog.user_data.",
    "winlog.",
    "Event.EventData.",
    "Event.UserData.*.",
    "Event.System.",
    "EventData.",
    "UserData.*.",
    "System.",
    "Data.",
    "event_data.",
];

/// No field of that name.
const ABSENT: u16 = u16::MAX;
/// The low bits number a source field; an event has at most `SOURCE_FIELDS_MAX` (512).
const INDEX: u16 = 0x0fff;
/// The name stands more than once (`name#2`): all values count.
const REPEATED: u16 = 0x1000;
/// Found below a known prefix: a field of the very name goes before it.
const PREFIXED: u16 = 0x2000;

/// One event's fields by name number.
pub(super) struct View<'a> {
    pub(super) event: &'a Event,
    names: &'a Names,
    slots: SmallVec<[u16; 256]>,
    /// The numbers whose slot is set.
    present: SmallVec<[NameId; 48]>,
    /// Some field is a JSON array, whose objects a dotted name may reach into.
    arrays: bool,
    /// All text in lower case, made when it is first asked for; None where it is not all ASCII.
    text: OnceCell<Option<String>>,
}

impl<'a> View<'a> {
    pub(super) fn new(event: &'a Event, names: &'a Names) -> Self {
        let mut view = Self {
            event,
            names,
            slots: SmallVec::from_elem(ABSENT, names.len()),
            present: SmallVec::new(),
            arrays: false,
            text: OnceCell::new(),
        };
        for (index, field) in event.unmapped.iter().enumerate().take(usize::from(INDEX)) {
            view.place(index as u16, field);
        }
        view
    }

    fn place(&mut self, index: u16, field: &SourceField) {
        self.arrays |= field.is_json && field.value.starts_with('[');
        let name = field.name.as_str();
        if let Some(id) = self.names.get(name) {
            self.set(id, index);
        }
        let Some(odd) = memchr_any(name.as_bytes()) else { return };
        let unescaped =
            if name.contains('\\') { Cow::Owned(name.replace("\\.", ".")) } else { Cow::Borrowed(name) };
        let mut name = unescaped.as_ref();
        let mut flags = 0;
        if let Some((base, n)) = name.rsplit_once('#')
            && !n.is_empty()
            && n.bytes().all(|b| b.is_ascii_digit())
        {
            name = base;
            flags = REPEATED;
        }
        if let Some(id) = self.names.get(name) {
            self.set(id, index | flags);
        }
        if name.as_bytes().get(odd) == Some(&b'.')
            && let Some(rest) = strip(name)
            && let Some(id) = self.names.get(rest)
        {
            self.set(id, index | flags | PREFIXED);
        }
    }

    fn set(&mut self, id: NameId, found: u16) {
        let slot = &mut self.slots[usize::from(id)];
        if *slot == ABSENT {
            *slot = found & !REPEATED;
            self.present.push(id);
        } else if found & REPEATED != 0 {
            *slot |= REPEATED;
        } else if *slot & PREFIXED != 0 && found & PREFIXED == 0 {
            *slot = found;
        }
    }

    #[inline]
    fn named(&self, id: NameId) -> Option<EventValue<'a>> {
        let slot = self.slots[usize::from(id)];
        if slot == ABSENT {
            return None;
        }
        let field = self.event.unmapped.get(usize::from(slot & INDEX))?;
        if slot & REPEATED == 0 { Some(value::of(field)) } else { Some(self.repeated(id)) }
    }

    /// Every value of a name that stands more than once.
    #[cold]
    fn repeated(&self, id: NameId) -> EventValue<'a> {
        let name = self.names.name(id);
        let same = |field: &&SourceField| {
            let full = field.name.replace("\\.", ".");
            let base = full.rsplit_once('#').filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit()));
            let base = base.map_or(full.as_str(), |(base, _)| base);
            base == name || strip(base) == Some(name)
        };
        EventValue::Array(self.event.unmapped.iter().filter(same).map(value::of).collect())
    }

    #[inline]
    fn source(&self, source: Source) -> Option<EventValue<'a>> {
        match source {
            Source::Name(id) => self.named(id),
            Source::Hot(field) => self.event.get(field).map(hot),
            Source::Message if self.event.message.is_empty() => None,
            Source::Message => Some(EventValue::Str(Cow::Borrowed(value::bounded(&self.event.message)))),
            Source::ClassUid => Some(EventValue::Int(i64::from(self.event.class_uid))),
            Source::ActivityId => Some(EventValue::Int(i64::from(self.event.activity_id))),
            Source::SeverityId => Some(EventValue::Int(i64::from(self.event.severity_id))),
        }
    }

    fn text(&self) -> Option<&str> {
        let join = || {
            let mut all = String::with_capacity(self.event.raw.len() + self.event.message.len());
            for text in value::texts(self.event) {
                all.push_str(text);
                all.push('\n');
            }
            all.make_ascii_lowercase();
            all.is_ascii().then_some(all)
        };
        self.text.get_or_init(join).as_deref()
    }

    /// A dotted name whose head is an array of objects: the rest of the path in each of them.
    #[cold]
    fn within_array(&self, path: &str) -> Option<EventValue<'a>> {
        path.match_indices('.').find_map(|(at, _)| {
            let field = self.event.source(&path[..at]).filter(|f| f.is_json)?;
            value::below(field, &path[at + 1..])
        })
    }
}

/// The view by the rules of one log source.
pub(super) struct Scoped<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) scope: &'a Scope,
}

impl RuleEvent for Scoped<'_> {
    #[inline]
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        let view = self.view;
        let Some(id) = view.names.get(path) else {
            return view.event.source(path).map(value::of);
        };
        if let Some(value) = view.named(id) {
            return Some(value);
        }
        if let Some(value) = self.scope.chain(id).iter().find_map(|s| view.source(*s)) {
            return Some(value);
        }
        if view.arrays && path.contains('.') { view.within_array(path) } else { None }
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        value::texts(self.view.event).any(pred)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        value::texts(self.view.event).map(Cow::Borrowed).collect()
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        if let (Some(gate), Some(text)) = (&self.scope.gate, self.view.text())
            && !gate.lets_through(text)
        {
            return;
        }
        value::texts(self.view.event).for_each(visit);
    }

    fn to_json(&self) -> serde_json::Value {
        let fields = self.view.event.unmapped.iter();
        serde_json::Value::Object(fields.map(|f| (f.name.to_string(), value::of(f).to_json())).collect())
    }

    /// Only the names that some rule here asks for and that the event can answer.
    fn visit_top_level_keys(&self, visit: &mut dyn FnMut(&str)) -> bool {
        let view = self.view;
        for id in &view.present {
            if self.scope.uses(*id) {
                visit(view.names.name(*id));
            }
        }
        for (id, chain) in self.scope.chained() {
            if view.slots[usize::from(id)] == ABSENT && chain.iter().any(|s| view.source(*s).is_some()) {
                visit(view.names.name(id));
            }
        }
        if view.arrays {
            for (id, name) in view.names.iter() {
                if self.scope.uses(id) && name.contains('.') && view.slots[usize::from(id)] == ABSENT {
                    visit(name);
                }
            }
        }
        true
    }
}

/// The first byte that makes a name more than a plain one.
fn memchr_any(name: &[u8]) -> Option<usize> {
    name.iter().position(|b| matches!(b, b'.' | b'#' | b'\\'))
}

/// What follows a known prefix.
fn strip(name: &str) -> Option<&str> {
    PREFIXES.iter().find_map(|prefix| match prefix.split_once('*') {
        None => name.strip_prefix(prefix),
        Some((head, _)) => name.strip_prefix(head)?.split_once('.').map(|(_, rest)| rest),
    })
}

fn hot(value: &Value) -> EventValue<'_> {
    match value {
        Value::Text(t) => EventValue::Str(Cow::Borrowed(value::bounded(t))),
        Value::Uint(n) => i64::try_from(*n).map_or(EventValue::Float(*n as f64), EventValue::Int),
        Value::Ip(ip) => EventValue::Str(Cow::Owned(ip.to_string())),
    }
}
