//! Where the rules of one log source find their fields: the candidates of `fields.yml`, resolved to
//! numbers once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use ward_event::Field;

use super::{
    gate::Gate,
    names::{NameId, Names},
};

/// The mapping as it stands in the file: log source → field → candidates.
type Mapping = BTreeMap<String, BTreeMap<String, Vec<String>>>;

static MAPPING: LazyLock<Mapping> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "part of the program, read by every test")]
    yaml_serde::from_str(include_str!("fields.yml")).expect("fields.yml")
});

/// A place to look for a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Name(NameId),
    Hot(Field),
    Message,
    ClassUid,
    ActivityId,
    SeverityId,
}

/// The names that the rules of one log source use, and where else each may stand.
#[derive(Default)]
pub(super) struct Scope {
    /// By name number: whether a rule here asks for it.
    used: Vec<bool>,
    /// Sorted by name; only names that have candidates.
    chains: Vec<(NameId, Box<[Source]>)>,
    /// What must stand in an event for a keyword to match.
    pub(super) gate: Option<Gate>,
}

impl Scope {
    /// `keys`: the sections of the mapping that hold here, the most special first.
    /// `fields`: what the rules ask for; `more`: what is asked of their matches afterwards.
    /// A name beyond the most a set may have is looked up the slow way, without candidates.
    pub(super) fn new(
        keys: &[String],
        fields: &BTreeSet<String>,
        more: &[String],
        names: &mut Names,
    ) -> Self {
        let mut scope = Self::default();
        let all: BTreeSet<&String> = fields.iter().chain(more).collect();
        let mut ids: Vec<_> = all.into_iter().filter_map(|f| Some((names.intern(f)?, f))).collect();
        ids.sort_unstable();
        for (id, field) in ids {
            if scope.used.len() <= usize::from(id) {
                scope.used.resize(usize::from(id) + 1, false);
            }
            scope.used[usize::from(id)] = fields.contains(field);
            let mut chain = Vec::new();
            chain.extend(special(field));
            for section in keys.iter().map(String::as_str).chain(["all"]) {
                for candidate in MAPPING.get(section).and_then(|m| m.get(field)).into_iter().flatten() {
                    // A word may be both a source's own name and an attribute: the source's first.
                    chain.extend(names.intern(candidate).map(Source::Name));
                    chain.extend(special(candidate));
                }
            }
            if !chain.is_empty() {
                scope.chains.push((id, chain.into()));
            }
        }
        scope
    }

    /// None where it has a gate: the keywords of another partition would not pass it.
    pub(super) fn clone_without_gate(&self) -> Option<Self> {
        let none = self.gate.is_none();
        none.then(|| Self { used: self.used.clone(), chains: self.chains.clone(), gate: None })
    }

    /// Both as one. None where they differ about a name that both have, or one has a gate.
    pub(super) fn with(mut self, other: &Self) -> Option<Self> {
        if other.gate.is_some() {
            return None;
        }
        self.used.resize(self.used.len().max(other.used.len()), false);
        for (mine, theirs) in self.used.iter_mut().zip(&other.used) {
            *mine |= theirs;
        }
        for (id, chain) in &other.chains {
            match self.chains.binary_search_by_key(id, |(id, _)| *id) {
                Ok(i) if self.chains[i].1 != *chain => return None,
                Ok(_) => {}
                Err(i) => self.chains.insert(i, (*id, chain.clone())),
            }
        }
        Some(self)
    }

    #[inline]
    pub(super) fn uses(&self, id: NameId) -> bool {
        self.used.get(usize::from(id)).copied().unwrap_or(false)
    }

    #[inline]
    pub(super) fn chain(&self, id: NameId) -> &[Source] {
        match self.chains.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(i) => &self.chains[i].1,
            Err(_) => &[],
        }
    }

    /// Names that rules ask for and whose value may come from elsewhere than a field of that name.
    pub(super) fn chained(&self) -> impl Iterator<Item = (NameId, &[Source])> {
        self.chains.iter().filter(|(id, _)| self.uses(*id)).map(|(id, chain)| (*id, chain.as_ref()))
    }
}

/// What of the event itself a name means.
fn special(name: &str) -> Option<Source> {
    match name {
        "message" => Some(Source::Message),
        "class_uid" => Some(Source::ClassUid),
        "activity_id" => Some(Source::ActivityId),
        "severity_id" => Some(Source::SeverityId),
        _ => Field::from_path(name).map(Source::Hot),
    }
}
