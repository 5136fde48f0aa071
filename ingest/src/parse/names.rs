//! A small map from names to something, made once from a table: the parsers look every source field
//! up, most in vain.

/// Open addressing over a power of two slots, at most half of them taken.
pub(crate) struct Names<T> {
    slots: Vec<Option<(&'static str, T)>>,
}

impl<T: Copy> Names<T> {
    /// A name that stands twice keeps its first entry.
    pub(crate) fn new(entries: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let entries: Vec<_> = entries.into_iter().collect();
        let mut slots = vec![None; (entries.len() * 2).next_power_of_two().max(2)];
        let mask = slots.len() - 1;
        for (name, value) in entries {
            let mut at = hash(name.as_bytes()) as usize & mask;
            while slots[at].is_some_and(|(n, _)| n != name) {
                at = (at + 1) & mask;
            }
            slots[at].get_or_insert((name, value));
        }
        Self { slots }
    }

    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<T> {
        let mask = self.slots.len() - 1;
        let mut at = hash(name.as_bytes()) as usize & mask;
        while let Some((known, value)) = self.slots[at] {
            if known == name {
                return Some(value);
            }
            at = (at + 1) & mask;
        }
        None
    }
}

/// Mixes the length, the first and the last eight bytes: enough to tell the names of a table apart,
/// and of the same cost for any length.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let word = |part: &[u8]| {
        let mut word = [0; 8];
        word[..part.len()].copy_from_slice(part);
        u64::from_le_bytes(word)
    };
    let n = bytes.len();
    let (head, tail) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
        _ => (word(bytes), 0),
    };
    let mixed = (head ^ tail.rotate_left(23) ^ n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29) ^ (mixed >> 47)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let names = Names::new([("a", 1), ("source.ip", 2), ("source.port", 3), ("a", 4), ("", 5)]);
        assert_eq!(names.get("a"), Some(1));
        assert_eq!(names.get("source.ip"), Some(2));
        assert_eq!(names.get("source.port"), Some(3));
        assert_eq!(names.get(""), Some(5));
        assert_eq!(names.get("source.por"), None);
    }
}
