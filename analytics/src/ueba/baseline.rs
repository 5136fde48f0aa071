//! The baseline of one unit as of the end of one local day: a pure function of the baseline before
//! and of what the day brought. Day D is judged by the baseline of D − 1.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use ward_event::alert::content_hash;

use super::{
    day::DayState,
    history::History,
    peers::{EntityKind, Group, MEMBERS_MIN, Role},
};
use crate::table::pairs;

pub(crate) type EntityKey = (EntityKind, CompactString);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    /// The day it closed, since 1970-01-01, local.
    pub(crate) day: i32,
    /// How many days with any activity went into it.
    pub(crate) days: u32,
    #[serde(with = "pairs")]
    pub(crate) entities: BTreeMap<EntityKey, History>,
    #[serde(with = "pairs")]
    pub(crate) groups: BTreeMap<(EntityKind, Role), Group>,
}

impl Baseline {
    /// The baseline of `day`. The order in which the day is given does not matter.
    pub(crate) fn close_day<'d>(
        previous: &Self,
        day: i32,
        today: impl Iterator<Item = (&'d EntityKey, &'d DayState)>,
        keep_days: u32,
    ) -> Self {
        let today: BTreeMap<&EntityKey, &DayState> = today.collect();
        let mut entities = BTreeMap::new();
        let keys = previous.entities.keys().chain(today.keys().copied());
        for key in keys {
            if entities.contains_key(key) {
                continue;
            }
            let brought = today.get(key).copied();
            let past = previous.entities.get(key);
            let peers = previous.group(key.0, past.map_or(Role::Any, Role::of));
            if let Some(history) = History::close(past, day, brought, keep_days, peers) {
                entities.insert(key.clone(), history);
            }
        }
        let groups = groups(&entities, day);
        let days = previous.days.saturating_add(u32::from(!today.is_empty()));
        Self { day, days, entities, groups }
    }

    /// The closest group that is large enough to compare with.
    pub(crate) fn group(&self, kind: EntityKind, role: Role) -> Option<&Group> {
        [role, Role::Any]
            .into_iter()
            .filter_map(|role| self.groups.get(&(kind, role)))
            .find(|group| group.members >= MEMBERS_MIN)
    }

    /// Compact JSON, and its hash.
    pub(crate) fn content(&self) -> Result<(String, String), serde_json::Error> {
        let content = serde_json::to_string(self)?;
        let hash = content_hash(content.as_bytes());
        Ok((content, hash))
    }
}

fn groups(entities: &BTreeMap<EntityKey, History>, day: i32) -> BTreeMap<(EntityKind, Role), Group> {
    let mut members: BTreeMap<(EntityKind, Role), Vec<&History>> = BTreeMap::new();
    for ((kind, _), history) in entities {
        for role in [Role::Any, Role::of(history)] {
            members.entry((*kind, role)).or_default().push(history);
        }
    }
    members.into_iter().map(|(key, histories)| (key, Group::of(&histories, day))).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::day::tests::day_with, *};

    #[test]
    fn the_same_days_make_the_same_bytes_and_content_is_read_back_whole() {
        let key = |name: &str| (EntityKind::Account, CompactString::new(name));
        let days: Vec<_> = (0..3)
            .map(|d| [(key("b"), day_with(d, 9, "x", 3)), (key("a"), day_with(d, 10, "y", 4))])
            .collect();
        let run = |reverse: bool| {
            days.iter().zip(0..).fold(Baseline::default(), |previous, (today, day)| {
                let mut today: Vec<_> = today.iter().map(|(k, d)| (k, d)).collect();
                if reverse {
                    today.reverse();
                }
                Baseline::close_day(&previous, day, today.into_iter(), 28)
            })
        };
        let (content, hash) = run(false).content().expect("JSON");
        assert_eq!(run(true).content().expect("JSON"), (content.clone(), hash));
        assert_eq!(serde_json::from_str::<Baseline>(&content).expect("a baseline"), run(false));
        assert_eq!(run(false).entities.len(), 2);
    }
}
