//! Which rules an event is shown: the log sources it is of (`logsource.yml`), computed once an event.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use smallvec::SmallVec;
use ward_event::{Event, Field, Format};

use super::names::NameMap;

/// The table as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    windows: Windows,
    programs: BTreeMap<String, Vec<String>>,
    program_other: Vec<String>,
    eve: BTreeMap<String, Vec<String>>,
    zeek: BTreeMap<String, Vec<String>>,
    classes: BTreeMap<u32, Vec<String>>,
    makers: BTreeMap<String, Vec<String>>,
    formats: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Windows {
    services: BTreeMap<String, Vec<String>>,
    categories: BTreeMap<String, BTreeMap<String, Vec<u32>>>,
    channels: BTreeMap<String, Vec<String>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "part of the program, read by every test")]
    yaml_serde::from_str(include_str!("logsource.yml")).expect("logsource.yml")
});

/// A partition's number: the rules of one log source.
pub(super) type Partition = u16;
/// The partitions an event is shown to, sorted, each once.
pub(super) type Partitions = SmallVec<[Partition; 8]>;

/// A channel's partitions, by event id.
#[derive(Default)]
struct Channel {
    other: Box<[Partition]>,
    by_id: BTreeMap<u32, Box<[Partition]>>,
}

/// The table resolved against the rules that are loaded.
#[derive(Default)]
pub(super) struct Routes {
    channels: NameMap<Channel>,
    windows: Box<[Partition]>,
    programs: NameMap<Box<[Partition]>>,
    program_other: Box<[Partition]>,
    linux: Box<[Partition]>,
    eve: NameMap<Box<[Partition]>>,
    eve_other: Box<[Partition]>,
    zeek: NameMap<Box<[Partition]>>,
    zeek_other: Box<[Partition]>,
    classes: BTreeMap<u32, Box<[Partition]>>,
    makers: Vec<(Box<str>, Box<[Partition]>)>,
    formats: Vec<(Format, Box<[Partition]>)>,
    /// Rules of no log source at all see everything.
    everything: Box<[Partition]>,
}

/// `[product, category, service]`, lower case; None for any.
pub(super) type Triple = [Option<String>; 3];

pub(super) fn triple(text: &str) -> Triple {
    let mut parts = text.splitn(3, '/').map(|p| (p != "-").then(|| p.to_owned()));
    std::array::from_fn(|_| parts.next().flatten())
}

/// The partitions whose every named part is that of one of the triples.
fn matching(rules: &[Triple], sources: &[Triple]) -> Box<[Partition]> {
    let sees = |rule: &Triple| {
        rule.iter().any(Option::is_some)
            && sources.iter().any(|s| rule.iter().zip(s).all(|(r, s)| r.is_none() || r == s))
    };
    rules.iter().enumerate().filter(|(_, r)| sees(r)).map(|(i, _)| i as Partition).collect()
}

impl Routes {
    /// `rules`: the log source of each partition.
    pub(super) fn new(rules: &[Triple]) -> Self {
        let of = |texts: &[String]| matching(rules, &texts.iter().map(|t| triple(t)).collect::<Vec<_>>());
        let named = |map: &BTreeMap<String, Vec<String>>| {
            map.iter().map(|(k, v)| (k.as_str().into(), of(v))).collect::<NameMap<_>>()
        };
        let family = |product: &str, known: &BTreeMap<String, Vec<String>>| {
            let mut map = named(known);
            for rule in rules.iter().filter(|r| r[0].as_deref() == Some(product)) {
                if let Some(service) = &rule[2]
                    && !known.contains_key(service)
                {
                    map.insert(service.as_str().into(), of(&[format!("{product}/-/{service}")]));
                }
            }
            map
        };
        Self {
            channels: channels(rules),
            windows: of(&["windows/-/-".to_owned()]),
            programs: named(&TABLE.programs),
            program_other: of(&TABLE.program_other),
            linux: of(&["linux/-/-".to_owned()]),
            eve: family("suricata", &TABLE.eve),
            eve_other: of(&["suricata/-/-".to_owned()]),
            zeek: family("zeek", &TABLE.zeek),
            zeek_other: of(&["zeek/-/-".to_owned()]),
            classes: TABLE.classes.iter().map(|(k, v)| (*k, of(v))).collect(),
            makers: TABLE.makers.iter().map(|(k, v)| (k.as_str().into(), of(v))).collect(),
            formats: Format::ALL
                .into_iter()
                .filter_map(|f| TABLE.formats.get(f.name()).map(|v| (f, of(v))))
                .collect(),
            everything: rules
                .iter()
                .enumerate()
                .filter(|(_, r)| r.iter().all(Option::is_none))
                .map(|(i, _)| i as Partition)
                .collect(),
        }
    }

    /// The partitions that the lines of each known program are shown to, where no class adds any.
    pub(super) fn programs(&self) -> Vec<Partitions> {
        let set = |own: &[Partition]| {
            let mut all = Partitions::from_slice(&self.everything);
            all.extend_from_slice(own);
            all.extend_from_slice(&self.linux);
            all.sort_unstable();
            all.dedup();
            all
        };
        let mut sets: Vec<_> = self.programs.values().map(|p| set(p)).collect();
        sets.push(set(&self.program_other));
        // The map's order is the hash's.
        sets.sort_unstable();
        sets.dedup();
        sets
    }

    /// The partitions an event is shown to.
    pub(super) fn of(&self, event: &Event) -> Partitions {
        let mut found = Partitions::from_slice(&self.everything);
        if !self.windows(event, &mut found) {
            match event.format {
                Some(Format::Eve) => family(&self.eve, &self.eve_other, eve_type(event), &mut found),
                Some(Format::Zeek) => family(&self.zeek, &self.zeek_other, zeek_log(event), &mut found),
                format => self.others(format, event, &mut found),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Adds a Windows event's partitions. False when it is none.
    fn windows(&self, event: &Event, found: &mut Partitions) -> bool {
        let Some(channel) =
            text(event, Field::LogName, &["Channel", "winlog.channel", "Event.System.Channel"])
        else {
            if event.format == Some(Format::Windows) {
                found.extend_from_slice(&self.windows);
            }
            return event.format == Some(Format::Windows);
        };
        let Some(known) = self.channel(channel) else {
            if event.format == Some(Format::Windows) {
                found.extend_from_slice(&self.windows);
            }
            return event.format == Some(Format::Windows);
        };
        let id = text(event, Field::EventCode, &["EventID", "winlog.event_id", "Event.System.EventID"]);
        let of_id = id.and_then(|id| id.parse().ok()).and_then(|id: u32| known.by_id.get(&id));
        found.extend_from_slice(of_id.unwrap_or(&known.other));
        true
    }

    /// Channels are written in any case by some shippers.
    fn channel(&self, name: &str) -> Option<&Channel> {
        const CHANNEL_BYTES_MAX: usize = 128;
        if let Some(known) = self.channels.get(name) {
            return Some(known);
        }
        if name.len() > CHANNEL_BYTES_MAX {
            return None;
        }
        self.channels.get(name.to_ascii_lowercase().as_str())
    }

    fn others(&self, format: Option<Format>, event: &Event, found: &mut Partitions) {
        if let Some(partitions) = self.classes.get(&event.class_uid) {
            found.extend_from_slice(partitions);
        }
        if let Some((_, partitions)) = self.formats.iter().find(|(f, _)| Some(*f) == format) {
            found.extend_from_slice(partitions);
        }
        if self.of_maker(event, found) || format != Some(Format::Syslog) {
            return;
        }
        let program = text(event, Field::LogProvider, &["appname", "app_name", "program", "ident"]);
        let program = program.map(|p| p.rsplit('/').next().unwrap_or(p)).unwrap_or_default();
        let partitions = self.programs.get(program).or_else(|| {
            const PROGRAM_BYTES_MAX: usize = 48;
            let odd = program.len() <= PROGRAM_BYTES_MAX && program.bytes().any(|b| b.is_ascii_uppercase());
            if odd { self.programs.get(program.to_ascii_lowercase().as_str()) } else { None }
        });
        found.extend_from_slice(partitions.unwrap_or(&self.program_other));
        found.extend_from_slice(&self.linux);
    }

    /// By maker or product. False when none is known.
    fn of_maker(&self, event: &Event, found: &mut Partitions) -> bool {
        let mut known = false;
        for field in [Field::ProductVendor, Field::ProductName] {
            let Some(name) = event.text(field) else { continue };
            let name = name.to_lowercase();
            for (maker, partitions) in &self.makers {
                // Short names stand alone: `his` is no part of `history`.
                let hit = if maker.len() > 4 {
                    name.contains(maker.as_ref())
                } else {
                    name.as_str() == maker.as_ref()
                };
                if hit {
                    known = true;
                    found.extend_from_slice(partitions);
                }
            }
        }
        known
    }
}

/// Per channel, its partitions: known under its own spelling and in lower case.
fn channels(rules: &[Triple]) -> NameMap<Channel> {
    let mut channels = NameMap::<Channel>::default();
    let mut add = |name: &str, channel: &dyn Fn() -> Channel| {
        channels.insert(name.into(), channel());
        channels.insert(name.to_ascii_lowercase().into(), channel());
    };
    for (service, names) in &TABLE.windows.services {
        let base = triple(&format!("windows/-/{service}"));
        let mut by_id = BTreeMap::<u32, Vec<Triple>>::new();
        for (category, services) in &TABLE.windows.categories {
            for id in services.get(service).into_iter().flatten() {
                let sources = by_id.entry(*id).or_insert_with(|| vec![base.clone()]);
                sources.push(triple(&format!("windows/{category}/{service}")));
            }
        }
        for name in names {
            add(name, &|| Channel {
                other: matching(rules, std::slice::from_ref(&base)),
                by_id: by_id.iter().map(|(id, sources)| (*id, matching(rules, sources))).collect(),
            });
        }
    }
    for (name, sources) in &TABLE.windows.channels {
        let sources: Vec<_> = sources.iter().map(|t| triple(t)).collect();
        add(name, &|| Channel { other: matching(rules, &sources), by_id: BTreeMap::new() });
    }
    channels
}

/// A hot field's text, or else the first of some source fields.
fn text<'a>(event: &'a Event, field: Field, names: &[&str]) -> Option<&'a str> {
    event.text(field).or_else(|| names.iter().find_map(|n| event.source(n)).map(|f| f.value.as_str()))
}

fn family(map: &NameMap<Box<[Partition]>>, other: &[Partition], name: Option<&str>, found: &mut Partitions) {
    found.extend_from_slice(name.and_then(|n| map.get(n)).map_or(other, |p| p.as_ref()));
}

fn eve_type(event: &Event) -> Option<&str> {
    event.source("event_type").map(|f| f.value.as_str()).or_else(|| event.text(Field::LogName))
}

fn zeek_log(event: &Event) -> Option<&str> {
    text(event, Field::LogName, &["_path", "@stream"])
}
