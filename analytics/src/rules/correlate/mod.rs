//! Sigma correlation rules over event time: counts, sums and orders of matches within a window, a
//! group of field values at a time.
//!
//! `rsigma-eval` has such an engine; its state is hashed by a random seed and evicted in that order,
//! so a replay would differ. This one is judged against it in the tests.

mod compile;
mod window;

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use ward_event::{
    Event, Field, Micros, UnitId, alert::EventRef, limits::ALERT_EVENTS_MAX, time::MICROS_PER_DAY,
};

use super::{Match, RuleInfo, RuleSet};

pub(super) use compile::{Compiled, compile, fields};
use window::{Entry, Window};

/// Groups a unit may have open over all correlations. Above it those longest untouched are closed
/// and counted: a scan over addresses must not take the region's memory.
const GROUPS_PER_UNIT_MAX: usize = 8_192;

/// Hosts of a unit remembered as running Sysmon.
const HOSTS_PER_UNIT_MAX: usize = 20_000;

/// Entries of one group's window; a rule whose threshold is larger is refused.
const ENTRIES_MAX: usize = 10_000;

/// A correlation that came true.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlated {
    pub rule: Arc<RuleInfo>,
    /// The values it is grouped by, in the rule's order.
    pub group: Vec<(String, String)>,
    /// The count, sum … that met the condition; for a temporal rule how many of its rules were seen.
    pub value: f64,
    pub first_time: Micros,
    pub last_time: Micros,
    /// The newest, at most `ALERT_EVENTS_MAX`, oldest first.
    pub events: Vec<EventRef>,
    pub event_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Group {
    /// The correlation's id: a set loaded anew finds its windows again.
    rule: String,
    values: Vec<String>,
}

/// The open windows of all units. Part of the shard's snapshot; the same events give the same state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Correlations {
    #[serde(with = "pairs")]
    units: BTreeMap<UnitId, Unit>,
    evicted: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Unit {
    #[serde(with = "pairs")]
    groups: BTreeMap<Group, Window>,
    /// Hosts that run Sysmon, lower case, and when it was last heard.
    sysmon: BTreeMap<CompactString, Micros>,
}

fn is_sysmon(event: &Event) -> bool {
    const CHANNEL: &str = "Microsoft-Windows-Sysmon/Operational";
    let channel = event.text(Field::LogName).or_else(|| event.source("Channel").map(|f| f.value.as_str()));
    channel.is_some_and(|c| c.eq_ignore_ascii_case(CHANNEL))
}

fn host(event: &Event) -> Option<CompactString> {
    let names = ["Computer", "Hostname", "winlog.computer_name", "Event.System.Computer"];
    let source = || names.iter().find_map(|n| event.source(n)).map(|f| f.value.as_str());
    event.text(Field::DeviceHostname).or_else(source).map(|h| h.to_lowercase().into())
}

impl Correlations {
    /// Takes the matches of one event, in the order of the unit's topic. Removes those that only
    /// repeat what the host's Sysmon reports, so that one process is counted once.
    pub fn observe(
        &mut self,
        rules: &RuleSet,
        unit: &UnitId,
        event: &Event,
        matches: &mut Vec<Match>,
        out: &mut Vec<Correlated>,
    ) {
        self.note_sysmon(unit, event);
        if !matches.is_empty() && self.has_sysmon(unit, event) {
            matches.retain(|m| !rules.is_echoed(m.index));
        }
        for matched in matches.iter() {
            for (correlation, place) in rules.correlations.fed_by(matched.index) {
                let value_of = |field: &str| rules.field(event, matched.index, field);
                let Some(values) = correlation.group_of(*place, &value_of) else { continue };
                let Some(entry) = correlation.entry(*place, event, &value_of) else { continue };
                let window = self.window(unit, Group { rule: correlation.info.id.clone(), values });
                window.push(entry, correlation);
                if let Some(value) = window.judge(correlation) {
                    out.push(window.fired(correlation, value));
                }
            }
        }
    }

    /// Remembers that the event's host runs Sysmon.
    pub(crate) fn note_sysmon(&mut self, unit: &UnitId, event: &Event) {
        let Some(host) = host(event).filter(|_| is_sysmon(event)) else { return };
        let hosts = &mut self.units.entry(unit.clone()).or_default().sysmon;
        if let Some(last) = hosts.get_mut(&host) {
            *last = event.time.max(*last);
        } else if hosts.len() < HOSTS_PER_UNIT_MAX {
            // Beyond, processes are counted twice: more alerts, none lost.
            hosts.insert(host, event.time);
        }
    }

    /// Whether the host reported through Sysmon lately, and this event is not from there.
    fn has_sysmon(&self, unit: &UnitId, event: &Event) -> bool {
        let Some(hosts) = self.units.get(unit).map(|u| &u.sysmon).filter(|h| !h.is_empty()) else {
            return false;
        };
        if is_sysmon(event) {
            return false;
        }
        let last = host(event).and_then(|h| hosts.get(&h).copied());
        last.is_some_and(|last| event.time.0.saturating_sub(last.0) <= MICROS_PER_DAY)
    }

    fn window(&mut self, unit: &UnitId, group: Group) -> &mut Window {
        let groups = &mut self.units.entry(unit.clone()).or_default().groups;
        if groups.len() >= GROUPS_PER_UNIT_MAX && !groups.contains_key(&group) {
            self.evicted += evict(groups);
        }
        groups.entry(group).or_insert_with_key(|g| Window::of(&g.values))
    }

    /// Drops windows that no event can add to any more. For a clock record: `now` is its time.
    pub fn sweep(&mut self, rules: &RuleSet, now: Micros) {
        for unit in self.units.values_mut() {
            unit.groups.retain(|group, window| {
                rules.correlations.by_id(&group.rule).is_some_and(|c| !window.is_over(c, now))
            });
            unit.sysmon.retain(|_, last| now.0.saturating_sub(last.0) <= MICROS_PER_DAY);
        }
        self.units.retain(|_, unit| !unit.groups.is_empty() || !unit.sysmon.is_empty());
    }

    /// Windows closed early for want of room, since the state began.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }
}

/// Closes the eighth of the groups that have been untouched longest.
fn evict(groups: &mut BTreeMap<Group, Window>) -> u64 {
    let mut ages: Vec<_> = groups.iter().map(|(g, w)| (w.last(), g.clone())).collect();
    ages.sort_unstable();
    ages.truncate(groups.len() / 8 + 1);
    for (_, group) in &ages {
        groups.remove(group);
    }
    ages.len() as u64
}

/// A map as a list of pairs: JSON has no other keys than text.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

fn newest_refs<'a>(entries: impl DoubleEndedIterator<Item = &'a Entry>) -> Vec<EventRef> {
    let mut refs: Vec<_> = entries.rev().take(ALERT_EVENTS_MAX).map(|e| e.event.clone()).collect();
    refs.reverse();
    refs
}
