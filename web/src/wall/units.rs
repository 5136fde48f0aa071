//! Units and counties: marks on the map, who needs attention, who is silent. Before visitors a unit has no
//! name and no place: only what kind it is.

use std::collections::BTreeMap;

use ward_event::register::{Register, Unit as Registered};

use super::section::{Both, County, Mark, Row, Shown};
use crate::{
    live::{Snapshot, Status, Unit},
    show::{link, words},
    text::{EN, ZH},
};

/// Units as a wall may call them.
pub(super) struct Names<'a> {
    units: BTreeMap<&'a str, &'a Registered>,
    pub visitors: bool,
}

/// 3 for 三级 and what ranks with it, then 2 and 1.
fn rank(unit: Option<&Registered>) -> u8 {
    let Some(unit) = unit else { return 1 };
    let grade = unit.grade.as_str();
    match unit.kind.as_str() {
        "cdc" | "commission" => 2,
        _ if grade.starts_with('三') => 3,
        _ if grade.starts_with('二') => 2,
        _ => 1,
    }
}

impl<'a> Names<'a> {
    pub(super) fn new(register: &'a Register, visitors: bool) -> Self {
        Self { units: register.units.iter().map(|u| (u.id.as_str(), u)).collect(), visitors }
    }

    pub(super) fn registered(&self, id: &str) -> Option<&'a Registered> {
        self.units.get(id).copied()
    }

    pub(super) fn unit(&self, id: &str) -> Both {
        match self.registered(id) {
            None if id == "unattributed" => Both::new(ZH.unattributed, EN.unattributed),
            None if self.visitors => Both::new(ZH.unit_hospital, EN.unit_hospital),
            None => Both::plain(id),
            Some(unit) if self.visitors => self.kind(unit),
            Some(unit) => Both::new(unit.name.as_str(), unit.name_en.as_str()),
        }
    }

    /// What kind of unit: one of many.
    fn kind(&self, unit: &Registered) -> Both {
        if !matches!(unit.kind.as_str(), "hospital" | "maternal") {
            return Both::new(words::unit_kind(&ZH, &unit.kind), words::unit_kind(&EN, &unit.kind));
        }
        match rank(Some(unit)) {
            3 => Both::of(|t| t.grade_3),
            2 => Both::of(|t| t.grade_2),
            _ => Both::of(|t| t.grade_1),
        }
    }

    pub(super) fn county(&self, id: &str) -> &'a str {
        self.registered(id).map_or("", |u| u.locality.as_str())
    }

    pub(super) fn unit_href(&self, id: &str) -> String {
        self.href(|| link::unit(id))
    }

    /// An address in the console, which visitors are not given: it names what it leads to.
    pub(super) fn href(&self, make: impl FnOnce() -> String) -> String {
        if self.visitors { String::new() } else { make() }
    }
}

const LEVELS: [&str; 5] = ["critical", "high", "medium", "low", "informational"];

fn worst(unit: &Unit) -> &'static str {
    LEVELS.into_iter().zip(unit.alerts).find(|(_, n)| *n > 0).map_or("", |(level, _)| level)
}

pub(super) fn severe(unit: &Unit) -> u64 {
    unit.alerts[0] + unit.alerts[1]
}

const fn is_grey(unit: &Unit) -> bool {
    matches!(unit.status, Status::Silent | Status::Unknown)
}

/// Those with a place in the register; none before visitors, who would know it by its place.
pub(super) fn marks(base: &Snapshot, names: &Names<'_>, data: &BTreeMap<&str, u64>) -> Vec<Mark> {
    if names.visitors {
        return Vec::new();
    }
    let placed = base.units.iter().filter_map(|u| Some((u, names.registered(&u.id)?)));
    placed
        .filter_map(|(unit, registered)| {
            Some(Mark {
                id: unit.id.clone(),
                name: names.unit(&unit.id),
                county: registered.locality.clone(),
                at: registered.position?,
                state: unit.status,
                rank: rank(Some(registered)),
                level: worst(unit),
                severe: severe(unit),
                data: data.get(unit.id.as_str()).copied().unwrap_or(0),
            })
        })
        .collect()
}

pub(super) fn counties(base: &Snapshot, names: &Names<'_>, data: &BTreeMap<&str, u64>) -> Vec<County> {
    let mut counties: BTreeMap<&str, County> = BTreeMap::new();
    for unit in &base.units {
        let name = names.county(&unit.id);
        if name.is_empty() {
            continue;
        }
        let county =
            counties.entry(name).or_insert_with(|| County { name: name.to_owned(), ..County::default() });
        county.total += 1;
        match unit.status {
            Status::Ok => county.ok += 1,
            Status::Wrong | Status::Partial => county.wrong += 1,
            Status::Silent | Status::Unknown => county.grey += 1,
        }
        county.severe += severe(unit);
        county.data += data.get(unit.id.as_str()).copied().unwrap_or(0);
    }
    counties.into_values().collect()
}

/// Units with severe alerts, the most first.
pub(super) fn weak(base: &Snapshot, names: &Names<'_>, rows: usize) -> Vec<Row> {
    let mut units: Vec<&Unit> = base.units.iter().filter(|u| severe(u) > 0).collect();
    units.sort_by_key(|u| (std::cmp::Reverse((severe(u), u.alerts[0])), &u.id));
    let row = |u: &&Unit| Row {
        name: names.unit(&u.id),
        note: is_grey(u).then(|| Both::new(ZH.status_silent_short, EN.status_silent_short)),
        value: severe(u),
        mark: worst(u),
        href: names.unit_href(&u.id),
        ..Row::default()
    };
    units.iter().take(rows).map(row).collect()
}

/// Units that are not heard, the longest silent first; those never heard last.
pub(super) fn silent(base: &Snapshot, names: &Names<'_>, rows: usize) -> Vec<Row> {
    let mut units: Vec<&Unit> = base.units.iter().filter(|u| is_grey(u)).collect();
    units.sort_by_key(|u| (u.last_seen == 0, u.last_seen, &u.id));
    let row = |u: &&Unit| Row {
        name: names.unit(&u.id),
        value: 0,
        shown: Some(Shown::Age(u.last_seen)),
        mark: u.status.name(),
        href: names.unit_href(&u.id),
        ..Row::default()
    };
    units.iter().take(rows).map(row).collect()
}

/// Is it one of those that must not fail: 三级 hospitals, the centre for disease control, the commission.
pub(super) fn is_key(names: &Names<'_>, id: &str) -> bool {
    let unit = names.registered(id);
    rank(unit) == 3 || unit.is_some_and(|u| matches!(u.kind.as_str(), "cdc" | "commission"))
}

pub(super) fn key_units(base: &Snapshot, names: &Names<'_>, rows: usize) -> Vec<Row> {
    let mut units: Vec<&Unit> = base.units.iter().filter(|u| is_key(names, &u.id)).collect();
    units.sort_by_key(|u| (u.status, std::cmp::Reverse(severe(u)), &u.id));
    let row = |u: &&Unit| Row {
        name: names.unit(&u.id),
        value: severe(u),
        mark: u.status.name(),
        href: names.unit_href(&u.id),
        ..Row::default()
    };
    units.iter().take(rows).map(row).collect()
}

/// Critical systems with the state of the unit they run in: of the system itself nothing is known here.
pub(super) fn key_systems(base: &Snapshot, names: &Names<'_>, rows: usize) -> Vec<Row> {
    let mut found: Vec<(&Unit, &ward_event::register::System)> = Vec::new();
    for unit in &base.units {
        let systems = names.registered(&unit.id).map_or(&[][..], |u| u.systems.as_slice());
        found.extend(systems.iter().filter(|s| s.critical || s.mlps_level >= 3).map(|s| (unit, s)));
    }
    found.sort_by_key(|(u, s)| (u.status, std::cmp::Reverse((s.critical, s.mlps_level)), &u.id));
    let row = |(u, s): &(&Unit, &ward_event::register::System)| Row {
        name: Both::plain(s.name.as_str()),
        note: Some(names.unit(&u.id)),
        value: severe(u),
        mark: u.status.name(),
        href: names.unit_href(&u.id),
        ..Row::default()
    };
    found.iter().take(rows).map(row).collect()
}

/// Registered systems by the level of protection they are filed at (等保).
pub(super) fn systems(base: &Snapshot, names: &Names<'_>) -> Vec<Row> {
    let mut levels: BTreeMap<u8, (u64, u64)> = BTreeMap::new();
    for unit in &base.units {
        for system in names.registered(&unit.id).map_or(&[][..], |u| u.systems.as_slice()) {
            let level = levels.entry(system.mlps_level).or_default();
            level.0 += 1;
            level.1 += u64::from(system.critical);
        }
    }
    let row = |(level, (count, critical)): (u8, (u64, u64))| Row {
        name: Both::of(|t| match level {
            0 => t.mlps_none,
            1 => t.mlps_1,
            2 => t.mlps_2,
            3 => t.mlps_3,
            _ => t.mlps_4,
        }),
        note: (critical > 0).then(|| Both::fill(|t| t.critical_n, &[&critical])),
        value: count,
        href: names.href(|| "/hospitals".to_owned()),
        ..Row::default()
    };
    levels.into_iter().rev().map(row).collect()
}

/// Each county's units by state, or their severe alerts.
pub(super) fn by_county(counties: &[County], names: &Names<'_>, load: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = counties
        .iter()
        .map(|c| Row {
            name: Both::plain(c.name.as_str()),
            value: if load { c.severe } else { c.ok + c.wrong },
            shown: (!load).then_some(Shown::Of(c.total)),
            split: (!load).then_some([c.ok, c.wrong, c.grey]),
            mark: if load && c.severe > 0 { "high" } else { "" },
            href: names.href(|| "/hospitals".to_owned()),
            ..Row::default()
        })
        .collect();
    rows.sort_by(|a, b| b.value.cmp(&a.value).then_with(|| a.name.zh.cmp(&b.name.zh)));
    rows
}
