//! Small partitions that an event is always shown together, as one: half of what a login costs is
//! the engine's own beginning and a second pass over the message.

use std::collections::BTreeMap;

use rsigma_eval::CompiledRule;

use super::{
    Partition, new_engine,
    route::{self, Partitions},
};

/// Above this many rules the engines' beginning is a small part of the cost, and rules kept twice a
/// large one.
const RULES_MAX: usize = 64;

/// By the partitions together, the one that stands for them.
pub(super) type Merged = BTreeMap<Partitions, route::Partition>;

/// Adds a partition for each of the sets that can be merged.
pub(super) fn merge(sets: Vec<Partitions>, partitions: &mut Vec<Partition>) -> Merged {
    let mut merged = Merged::new();
    for set in sets {
        if set.len() > 1
            && !merged.contains_key(&set)
            && let Some(one) = together(&set, partitions)
        {
            merged.insert(set, partitions.len() as route::Partition);
            partitions.push(one);
        }
    }
    merged
}

/// None where they are many rules, or look for a field of one name in different places.
fn together(set: &[route::Partition], partitions: &[Partition]) -> Option<Partition> {
    let parts: Vec<&Partition> = set.iter().map(|p| &partitions[usize::from(*p)]).collect();
    let rules: Vec<CompiledRule> = parts.iter().flat_map(|p| p.engine.rules()).cloned().collect();
    if rules.len() > RULES_MAX {
        return None;
    }
    let mut scopes = parts.iter().map(|p| &p.scope);
    let first = scopes.next()?.clone_without_gate()?;
    let scope = scopes.try_fold(first, |all, scope| all.with(scope))?;
    Some(Partition { scope, engine: new_engine(rules) })
}
