//! The field names that rules ask for, each a small number, so that an event's fields are matched
//! to names once an event and not once a rule.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// A name's number.
pub(super) type NameId = u16;

/// Names a rule set may ask for. All of SigmaHQ asks for some 1,700.
const NAMES_MAX: usize = 16_384;

/// Multiply and rotate, eight bytes at a time. The table holds rules' names only and events merely
/// look up, so a hostile event cannot make chains grow.
#[derive(Default)]
pub(super) struct NameHasher(u64);

impl NameHasher {
    const SEED: u64 = 0x517c_c1b7_2722_0a95;

    #[inline]
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(Self::SEED);
    }
}

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.add(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.add(u64::from(n));
    }

    #[inline]
    fn finish(&self) -> u64 {
        // The map takes its buckets from the low bits, which a multiplication mixes least.
        self.0 ^ (self.0 >> 32)
    }
}

/// A map by name whose look-up costs a few nanoseconds.
pub(super) type NameMap<V> = HashMap<Box<str>, V, BuildHasherDefault<NameHasher>>;

/// The names of one rule set.
#[derive(Default)]
pub(super) struct Names {
    ids: NameMap<NameId>,
    names: Vec<Box<str>>,
}

impl Names {
    /// The number of a name, a new one where it has none yet. None when there are too many.
    pub(super) fn intern(&mut self, name: &str) -> Option<NameId> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        if self.names.len() == NAMES_MAX {
            return None;
        }
        let id = self.names.len() as NameId;
        self.ids.insert(name.into(), id);
        self.names.push(name.into());
        Some(id)
    }

    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<NameId> {
        self.ids.get(name).copied()
    }

    #[inline]
    pub(super) fn name(&self, id: NameId) -> &str {
        &self.names[usize::from(id)]
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (NameId, &str)> {
        self.names.iter().enumerate().map(|(i, n)| (i as NameId, n.as_ref()))
    }
}
