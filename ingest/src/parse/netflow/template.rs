//! Templates: what the records of a set look like, as each exporter said. Bounded in every dimension.

use std::{collections::HashMap, net::IpAddr};

use compact_str::CompactString;
use ward_event::Field;

use super::{
    ParseError,
    element::{self, REVERSE, Type},
};

/// Fields a template may have. The widest seen (nProbe with all it knows) has some 110.
const FIELDS_MAX: usize = 256;

/// Templates one exporter and domain may have; further ones replace the oldest.
const TEMPLATES_MAX: usize = 256;

/// Exporters (peer and domain) remembered; further ones replace the longest unheard.
const EXPORTERS_MAX: usize = 1_024;

/// Fields of all templates together: 12 octets each keep a listener's templates below 16 MB, whatever
/// is sent.
const FIELDS_TOTAL_MAX: usize = 1 << 20;

/// The length in a template of a field that says its own length in each record.
const VARIABLE: u16 = 0xffff;

/// Whose templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Scope {
    pub(super) peer: Option<IpAddr>,
    pub(super) version: u16,
    pub(super) domain: u32,
}

/// One field of a record.
#[derive(Debug, Clone)]
pub(super) struct TemplateField {
    /// Octets; `None` for a field of variable length.
    pub(super) length: Option<u16>,
    pub(super) name: CompactString,
    pub(super) kind: Type,
    /// The hot field its value stands in, if it has one.
    pub(super) field: Option<Field>,
}

#[derive(Debug, Default)]
pub(super) struct Template {
    pub(super) fields: Vec<TemplateField>,
    pub(super) is_options: bool,
    /// The least octets a record can have.
    pub(super) length_min: usize,
    learned: u64,
}

/// One exporter's templates.
#[derive(Debug, Default)]
pub(super) struct Templates {
    by_id: HashMap<u16, Template>,
    learned: u64,
    fields: usize,
    heard: u64,
}

/// All exporters of a listener.
#[derive(Debug, Default)]
pub(super) struct Exporters {
    by_scope: HashMap<Scope, Templates>,
    heard: u64,
}

impl Exporters {
    /// The templates of one exporter, made when it is first heard.
    pub(super) fn of(&mut self, scope: Scope) -> &mut Templates {
        self.heard += 1;
        if !self.by_scope.contains_key(&scope) {
            let fields: usize = self.by_scope.values().map(|t| t.fields).sum();
            if self.by_scope.len() >= EXPORTERS_MAX || fields >= FIELDS_TOTAL_MAX {
                self.forget_one();
            }
        }
        let templates = self.by_scope.entry(scope).or_default();
        templates.heard = self.heard;
        templates
    }

    fn forget_one(&mut self) {
        // Ties cannot be: each hearing has its own number.
        if let Some(scope) = self.by_scope.iter().min_by_key(|(_, t)| t.heard).map(|(s, _)| *s) {
            self.by_scope.remove(&scope);
        }
    }
}

/// Reads big-endian numbers off the front of a set.
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_be_bytes([b[0], b[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
    }
}

impl Templates {
    pub(super) fn get(&self, id: u16) -> Option<&Template> {
        self.by_id.get(&id)
    }

    /// Takes the templates of a set. `ipfix` has enterprise numbers and counts scopes in fields, v9
    /// counts them in octets.
    pub(super) fn learn(&mut self, set: &[u8], ipfix: bool, options: bool) -> Result<(), ParseError> {
        let mut cursor = Cursor(set);
        // What is left may be padding: a template's id is at least 256.
        while cursor.0.len() >= 4 {
            let cut = || ParseError::new("truncated", "a template ends before its fields");
            let id = cursor.u16().ok_or_else(cut)?;
            if id < 256 {
                break;
            }
            let (scopes, count) = if !options {
                (0, usize::from(cursor.u16().ok_or_else(cut)?))
            } else if ipfix {
                let all = usize::from(cursor.u16().ok_or_else(cut)?);
                if all == 0 {
                    self.forget(id);
                    continue;
                }
                (usize::from(cursor.u16().ok_or_else(cut)?), all)
            } else {
                let scopes = usize::from(cursor.u16().ok_or_else(cut)?) / 4;
                (scopes, scopes + usize::from(cursor.u16().ok_or_else(cut)?) / 4)
            };
            if count == 0 {
                self.forget(id);
                continue;
            }
            if count > FIELDS_MAX {
                return Err(ParseError::new(
                    "syntax",
                    format!("template {id} has {count} fields, {FIELDS_MAX} are the most"),
                ));
            }
            let mut template = Template { is_options: options, ..Template::default() };
            for at in 0..count {
                let field = read_field(&mut cursor, ipfix, !ipfix && at < scopes).ok_or_else(cut)?;
                template.length_min += field.length.map_or(1, usize::from);
                template.fields.push(field);
            }
            if template.length_min == 0 {
                // Records without octets would never end.
                return Err(ParseError::new(
                    "syntax",
                    format!("the records of template {id} have no octets"),
                ));
            }
            self.keep(id, template);
        }
        Ok(())
    }

    fn keep(&mut self, id: u16, mut template: Template) {
        self.learned += 1;
        template.learned = self.learned;
        self.fields += template.fields.len();
        if let Some(old) = self.by_id.insert(id, template) {
            self.fields -= old.fields.len();
        }
        if self.by_id.len() > TEMPLATES_MAX
            && let Some(oldest) = self.by_id.iter().min_by_key(|(_, t)| t.learned).map(|(id, _)| *id)
        {
            self.forget(oldest);
        }
    }

    /// A template withdrawn (RFC 7011, 8.1).
    fn forget(&mut self, id: u16) {
        if let Some(old) = self.by_id.remove(&id) {
            self.fields -= old.fields.len();
        }
    }
}

fn read_field(cursor: &mut Cursor<'_>, ipfix: bool, is_scope: bool) -> Option<TemplateField> {
    let id = cursor.u16()?;
    let length = cursor.u16()?;
    let (enterprise, id) = if ipfix && id & 0x8000 != 0 { (cursor.u32()?, id & 0x7fff) } else { (0, id) };
    let length = (!(ipfix && length == VARIABLE)).then_some(length);
    if is_scope {
        // v9 numbers the scopes of options apart (RFC 3954, 6.1).
        const SCOPES: [&str; 6] =
            ["scopeUnknown", "scopeSystem", "scopeInterface", "scopeLineCard", "scopeCache", "scopeTemplate"];
        let name = CompactString::const_new(SCOPES.get(usize::from(id)).copied().unwrap_or(SCOPES[0]));
        return Some(TemplateField { length, name, kind: Type::Unsigned, field: None });
    }
    if !ipfix && let Some(own) = element::V9_CUSTOM.iter().find(|e| e.id == id) {
        return Some(TemplateField {
            length,
            name: CompactString::const_new(own.name),
            kind: own.kind,
            field: own.field,
        });
    }
    let direct = element::find(enterprise, id);
    let known = direct.or_else(|| if enterprise == REVERSE { element::find(0, id) } else { None });
    let field = match (direct.and_then(|e| e.field), enterprise, id) {
        (None, REVERSE, 1 | 85) => Some(Field::BytesIn),
        (None, REVERSE, 2 | 86) => Some(Field::PacketsIn),
        (field, ..) => field,
    };
    let kind = known.map_or(Type::Octets, |e| e.kind);
    Some(TemplateField { length, name: element::name(enterprise, id), kind, field })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template_set(first: u16, n: u16, fields: u16) -> Vec<u8> {
        let mut set = Vec::new();
        for id in first..first + n {
            set.extend_from_slice(&id.to_be_bytes());
            set.extend_from_slice(&fields.to_be_bytes());
            for _ in 0..fields {
                set.extend_from_slice(&[0, 8, 0, 4]);
            }
        }
        set
    }

    #[test]
    fn templates_and_exporters_are_bounded_whatever_is_sent() {
        let mut exporters = Exporters::default();
        for domain in 0..3_000 {
            let scope = Scope { peer: None, version: 9, domain };
            for round in 0..3 {
                exporters
                    .of(scope)
                    .learn(&template_set(256 + round * 200, 200, 4), false, false)
                    .expect("templates");
            }
            assert!(exporters.of(scope).by_id.len() <= TEMPLATES_MAX);
        }
        assert!(exporters.by_scope.len() <= EXPORTERS_MAX);
        let fields: usize = exporters.by_scope.values().map(|t| t.fields).sum();
        assert!(fields <= FIELDS_TOTAL_MAX + TEMPLATES_MAX * FIELDS_MAX);
        let kept: usize =
            exporters.by_scope.values().flat_map(|t| t.by_id.values()).map(|t| t.fields.len()).sum();
        assert_eq!(fields, kept, "the count of fields is true");
    }

    #[test]
    fn an_empty_record_and_a_template_cut_off_are_refused() {
        let mut templates = Templates::default();
        assert!(templates.learn(&[1, 0, 0, 1, 0, 8, 0, 0], false, false).is_err());
        assert!(templates.learn(&[1, 0, 0, 2, 0, 8, 0, 4], false, false).is_err());
        assert!(templates.learn(&template_set(256, 1, 300), false, false).is_err());
        assert!(templates.by_id.is_empty());
    }
}
