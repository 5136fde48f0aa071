//! A map that is asked for every event and walked seldom: found by hash, walked in key order, so
//! that no hash order ever reaches an output or a snapshot.

use std::{borrow::Borrow, collections::HashMap, hash::Hash};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values by key, each at a place that stays the same while it lives. Places differ between a table
/// and its restored copy: nothing that is emitted may depend on them.
#[derive(Debug, Clone)]
pub(crate) struct Table<K, V> {
    index: HashMap<K, u32>,
    slots: Vec<Option<(K, V)>>,
    free: Vec<u32>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { index: HashMap::new(), slots: Vec::new(), free: Vec::new() }
    }
}

impl<K: Clone + Ord + Hash, V> Table<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    #[inline]
    pub(crate) fn find<Q>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.index.get(key).copied()
    }

    #[inline]
    pub(crate) fn at(&self, place: u32) -> Option<(&K, &V)> {
        self.slots.get(place as usize)?.as_ref().map(|(k, v)| (k, v))
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, place: u32) -> Option<(&K, &mut V)> {
        self.slots.get_mut(place as usize)?.as_mut().map(|(k, v)| (&*k, v))
    }

    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.at(self.find(key)?).map(|(_, v)| v)
    }

    pub(crate) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let place = self.find(key)?;
        self.at_mut(place).map(|(_, v)| v)
    }

    /// Puts a value in; one that was there under this key is replaced.
    pub(crate) fn insert(&mut self, key: K, value: V) -> u32 {
        let place = match (self.index.get(&key), self.free.last()) {
            (Some(&place), _) => place,
            (None, Some(&place)) => {
                self.free.pop();
                place
            }
            (None, None) => {
                self.slots.push(None);
                // 2^32 entries do not fit into memory; every user has a bound far below.
                (self.slots.len() - 1) as u32
            }
        };
        self.index.insert(key.clone(), place);
        self.slots[place as usize] = Some((key, value));
        place
    }

    pub(crate) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let place = self.index.remove(key)?;
        self.free.push(place);
        self.slots[place as usize].take().map(|(_, v)| v)
    }

    /// The places, in the order of their keys.
    pub(crate) fn order(&self) -> Vec<u32> {
        let mut keyed: Vec<(&K, u32)> =
            self.slots.iter().zip(0u32..).filter_map(|(s, i)| s.as_ref().map(|(k, _)| (k, i))).collect();
        keyed.sort_unstable_by_key(|(k, _)| *k);
        keyed.into_iter().map(|(_, i)| i).collect()
    }

    pub(crate) fn sorted(&self) -> impl Iterator<Item = (&K, &V)> {
        self.order().into_iter().filter_map(|i| self.at(i))
    }
}

impl<K: Serialize + Clone + Ord + Hash, V: Serialize> Serialize for Table<K, V> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.sorted())
    }
}

impl<'de, K, V> Deserialize<'de> for Table<K, V>
where
    K: Deserialize<'de> + Clone + Ord + Hash,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let mut table = Self::default();
        for (key, value) in Vec::<(K, V)>::deserialize(d)? {
            table.insert(key, value);
        }
        Ok(table)
    }
}

/// A sorted map as a sequence of pairs: JSON knows only text as keys.
pub(crate) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, K, V, D>(d: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(d)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_in_key_order_whatever_was_put_in_and_taken_out() {
        let mut table = Table::default();
        for key in ["c", "a", "d", "b"] {
            table.insert(key.to_owned(), key.len());
        }
        assert_eq!(table.remove("d"), Some(1));
        table.insert("0".to_owned(), 7);
        let keys: Vec<_> = table.sorted().map(|(k, _)| k.as_str()).collect();
        assert_eq!(keys, ["0", "a", "b", "c"]);
        let json = serde_json::to_string(&table).expect("JSON");
        let back: Table<String, usize> = serde_json::from_str(&json).expect("a table");
        assert_eq!(serde_json::to_string(&back).expect("JSON"), json);
        assert_eq!((back.len(), back.get("0")), (4, Some(&7)));
    }
}
