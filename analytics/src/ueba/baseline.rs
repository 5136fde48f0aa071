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

/// A part of a baseline's content: half of what Kafka takes as one message without being told to take
/// more. An entity after four weeks is 1 KB, a hospital of three thousand 3 MB.
const PART_BYTES: usize = 512 << 10;

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

    /// Compact JSON in parts that a log takes, each a baseline of some of the entities, and the hash
    /// of all of them. The groups stand in the first.
    pub(crate) fn content(&self) -> Result<(Vec<String>, String), serde_json::Error> {
        let mut chunks = vec![String::new()];
        for entity in &self.entities {
            let text = serde_json::to_string(&entity)?;
            match chunks.last_mut() {
                Some(chunk) if chunk.is_empty() => *chunk = text,
                Some(chunk) if chunk.len() + text.len() < PART_BYTES => {
                    chunk.push(',');
                    chunk.push_str(&text);
                }
                _ => chunks.push(text),
            }
        }
        let parts = chunks.len();
        let mut groups = serde_json::to_string(&self.groups.iter().collect::<Vec<_>>())?;
        let mut texts = Vec::with_capacity(parts);
        for (part, entities) in chunks.into_iter().enumerate() {
            let groups = std::mem::replace(&mut groups, "[]".into());
            texts.push(format!(
                "{{\"day\":{},\"days\":{},\"part\":{part},\"parts\":{parts},\"groups\":{groups},\"entities\":[{entities}]}}",
                self.day, self.days
            ));
        }
        let hash = content_hash(texts.concat().as_bytes());
        Ok((texts, hash))
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
        assert_eq!(joined(&content), run(false));
        assert_eq!((run(false).entities.len(), content.len()), (2, 1));
    }

    fn joined(parts: &[String]) -> Baseline {
        let read = |part: &String| serde_json::from_str::<Baseline>(part).expect("a baseline");
        parts.iter().map(read).fold(Baseline::default(), |mut whole, part| {
            whole.entities.extend(part.entities);
            whole.groups.extend(part.groups);
            Baseline { day: part.day, days: part.days, ..whole }
        })
    }

    #[test]
    fn a_large_baseline_comes_in_parts_that_a_log_takes() {
        let today: Vec<_> = (0..4_000)
            .map(|n| ((EntityKind::Account, format!("account-{n}").into()), day_with(1, 9, "10.0.0.1", 1)))
            .collect();
        let baseline = Baseline::close_day(&Baseline::default(), 1, today.iter().map(|(k, d)| (k, d)), 28);
        let (parts, _) = baseline.content().expect("JSON");
        assert!(
            parts.len() > 1 && parts.iter().all(|p| p.len() < PART_BYTES + (64 << 10)),
            "{}",
            parts.len()
        );
        assert_eq!(joined(&parts), baseline);
    }
}
