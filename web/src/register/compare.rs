//! Discovered and declared, side by side.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use ward_desk::assets::DeclaredRow;
use ward_event::{Micros, time::MICROS_PER_DAY};

use crate::query::{AssetRow, HeardRow};

/// Not seen for so long: an asset is told of at least every six hours while it is seen.
pub(crate) const QUIET: i64 = 7 * MICROS_PER_DAY;

/// How what was found and what was declared differ; what needs a person comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// It answers on the network and nobody has declared it.
    Undeclared,
    /// Both, but not as declared.
    Changed,
    /// It was seen, and not since [`QUIET`].
    Quiet,
    /// Declared, never seen: perhaps no source looks there.
    Unseen,
    Same,
}

impl Difference {
    pub(crate) const ALL: [Self; 5] =
        [Self::Undeclared, Self::Changed, Self::Quiet, Self::Unseen, Self::Same];

    /// The name in addresses.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Undeclared => "undeclared",
            Self::Changed => "changed",
            Self::Quiet => "quiet",
            Self::Unseen => "unseen",
            Self::Same => "same",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }
}

/// What is not as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Declared there, found here.
    Zone(String, String),
    /// It answers on a port since after it was declared.
    Port(String, u64),
}

/// One thing.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub declared: Option<&'a DeclaredRow>,
    /// One for each of its addresses and names that was seen.
    pub found: Vec<&'a AssetRow>,
    pub difference: Difference,
    pub changes: Vec<Change>,
}

impl Entry<'_> {
    /// µs; none for never.
    pub(crate) fn last_seen(&self) -> Option<i64> {
        self.found.iter().map(|f| f.last_seen).max()
    }

    pub(crate) fn hospital(&self) -> &str {
        match (self.declared, self.found.first()) {
            (Some(row), _) => row.declared.hospital.as_str(),
            (None, Some(found)) => &found.hospital,
            (None, None) => "",
        }
    }
}

/// Pairs what was found with what was declared: by address within a unit, else by host name. What needs
/// a person comes first, then by unit and name.
pub(crate) fn compare<'a>(declared: &'a [DeclaredRow], found: &'a [AssetRow], now: Micros) -> Vec<Entry<'a>> {
    let mut by_name: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    for (i, row) in found.iter().enumerate() {
        let names = [row.name.to_lowercase(), short(&row.host), row.host.to_lowercase()];
        let names: BTreeSet<String> = names.into_iter().filter(|n| !n.is_empty()).collect();
        for name in names {
            by_name.entry((row.hospital.as_str(), name)).or_default().push(i);
        }
    }
    let mut paired = vec![false; found.len()];
    let mut entries = Vec::with_capacity(declared.len());
    for row in declared {
        let unit = row.declared.hospital.as_str();
        let mut keys: Vec<String> = row.declared.addresses.clone();
        keys.push(row.declared.name.to_lowercase());
        let mut own: Vec<usize> =
            keys.into_iter().filter_map(|key| by_name.get(&(unit, key))).flatten().copied().collect();
        own.sort_unstable();
        own.dedup();
        own.iter().for_each(|i| paired[*i] = true);
        let own: Vec<&AssetRow> = own.into_iter().map(|i| &found[i]).collect();
        let changes = changes(row, &own);
        let last = own.iter().map(|f| f.last_seen).max();
        let difference = match last {
            None => Difference::Unseen,
            Some(last) if now.0 - last > QUIET => Difference::Quiet,
            Some(_) if !changes.is_empty() => Difference::Changed,
            Some(_) => Difference::Same,
        };
        entries.push(Entry { declared: Some(row), found: own, difference, changes });
    }
    for (row, _) in found.iter().zip(paired).filter(|(_, paired)| !paired) {
        // Terminals come and go with their leases; what answers must be declared.
        let difference = if now.0 - row.last_seen > QUIET {
            Difference::Quiet
        } else if row.ports.is_empty() && row.form != "database" {
            Difference::Same
        } else {
            Difference::Undeclared
        };
        entries.push(Entry { declared: None, found: vec![row], difference, changes: Vec::new() });
    }
    entries.sort_by(|a, b| key(a).cmp(&key(b)));
    entries
}

/// What answers and nobody has declared, paired as by [`compare`]; `answering` is of the last [`QUIET`].
pub(crate) fn undeclared<'a>(
    declared: &'a [DeclaredRow],
    answering: &'a [HeardRow],
) -> impl Iterator<Item = &'a HeardRow> {
    let mut known: BTreeSet<(&str, Cow<'_, str>)> = BTreeSet::new();
    for DeclaredRow { declared: d, .. } in declared {
        let names = d.addresses.iter().map(|a| a.as_str().into()).chain([d.name.to_lowercase().into()]);
        known.extend(names.map(|name| (d.hospital.as_str(), name)));
    }
    answering.iter().filter(move |found| {
        let host = found.host.as_str();
        let names = [found.name.as_str(), host.split('.').next().unwrap_or(""), host];
        !names.iter().any(|n| !n.is_empty() && known.contains(&(found.hospital.as_str(), Cow::Borrowed(n))))
    })
}

fn key<'a>(entry: &Entry<'a>) -> (Difference, String, &'a str) {
    let name = match (entry.declared, entry.found.first()) {
        (Some(row), _) => row.declared.name.as_str(),
        (None, Some(found)) => found.name.as_str(),
        (None, None) => "",
    };
    (entry.difference, entry.hospital().to_owned(), name)
}

fn short(host: &str) -> String {
    host.split('.').next().unwrap_or("").to_lowercase()
}

fn changes(row: &DeclaredRow, found: &[&AssetRow]) -> Vec<Change> {
    let mut changes = Vec::new();
    let zone = &row.declared.zone;
    for f in found {
        if !zone.is_empty() && !f.zone.is_empty() && *zone != f.zone {
            changes.push(Change::Zone(zone.clone(), f.zone.clone()));
        }
        for ((protocol, port), first) in f.protocols.iter().zip(&f.ports).zip(&f.service_first) {
            if i64::try_from(*first).is_ok_and(|first| first > row.since.0) {
                changes.push(Change::Port(protocol.clone(), *port));
            }
        }
    }
    changes.dedup();
    changes
}

#[cfg(test)]
mod tests {
    use ward_desk::assets::Declared;
    use ward_event::UnitId;

    use super::*;

    const DAY: i64 = MICROS_PER_DAY;

    pub(crate) fn found(unit: &str, name: &str, host: &str, ports: &[u64], last: i64) -> AssetRow {
        AssetRow {
            hospital: unit.into(),
            form: "address".into(),
            name: name.into(),
            host: host.into(),
            mac: String::new(),
            kind: "server".into(),
            zone: "内网核心业务区".into(),
            protocols: ports.iter().map(|_| "tcp".to_owned()).collect(),
            ports: ports.to_vec(),
            service_bytes: vec![0; ports.len()],
            service_first: vec![(10 * DAY).unsigned_abs(); ports.len()],
            sources: vec!["flow".into()],
            first_seen: 0,
            last_seen: last,
        }
    }

    fn declared(unit: &str, name: &str, zone: &str, addresses: &[&str], since: i64) -> DeclaredRow {
        let declared = Declared {
            hospital: UnitId::new(unit).expect("an id"),
            name: name.into(),
            zone: zone.into(),
            addresses: addresses.iter().map(|a| (*a).to_owned()).collect(),
            ..Declared::default()
        };
        DeclaredRow { id: 1, declared, since: Micros(since), since_by: "x".into() }
    }

    #[test]
    fn each_difference_is_found_and_units_are_kept_apart() {
        let now = Micros(40 * DAY);
        let rows = [
            declared("h1", "HIS数据库", "内网核心业务区", &["10.1.0.1"], 20 * DAY),
            declared("h1", "PACS-GW-2", "", &[], 20 * DAY),
            declared("h1", "网站", "互联网区", &["10.1.0.3"], 20 * DAY),
            declared("h1", "旧服务器", "", &["10.1.0.4"], 20 * DAY),
            declared("h1", "新服务器", "", &["10.1.0.5"], 20 * DAY),
            declared("h1", "接口机", "", &["10.1.0.6"], 5 * DAY),
        ];
        let seen = [
            found("h1", "10.1.0.1", "", &[1521], 40 * DAY),
            found("h1", "10.1.0.2", "pacs-gw-2.hosp.local", &[104], 40 * DAY),
            found("h1", "10.1.0.3", "", &[443], 40 * DAY),
            found("h1", "10.1.0.4", "", &[22], 30 * DAY),
            found("h1", "10.1.0.6", "", &[2575], 40 * DAY),
            found("h1", "10.1.0.9", "", &[3389], 40 * DAY),
            found("h1", "10.1.4.9", "", &[], 40 * DAY),
            found("h2", "10.1.0.5", "", &[80], 40 * DAY),
        ];
        let told: Vec<(Difference, String, usize)> = compare(&rows, &seen, now)
            .iter()
            .map(|e| {
                let name = e.declared.map_or_else(|| e.found[0].name.clone(), |d| d.declared.name.clone());
                (e.difference, name, e.found.len())
            })
            .collect();
        let wanted = [
            (Difference::Undeclared, "10.1.0.9", 1),
            (Difference::Undeclared, "10.1.0.5", 1),
            (Difference::Changed, "接口机", 1),
            (Difference::Changed, "网站", 1),
            (Difference::Quiet, "旧服务器", 1),
            (Difference::Unseen, "新服务器", 0),
            (Difference::Same, "10.1.4.9", 1),
            (Difference::Same, "HIS数据库", 1),
            (Difference::Same, "PACS-GW-2", 1),
        ];
        assert_eq!(told, wanted.map(|(d, n, c)| (d, n.to_owned(), c)));
        let entries = compare(&rows, &seen, now);
        let answering = seen.iter().filter(|f| !f.ports.is_empty() && now.0 - f.last_seen <= QUIET);
        let answering: Vec<HeardRow> = answering
            .map(|f| HeardRow {
                hospital: f.hospital.clone(),
                name: f.name.clone(),
                host: f.host.clone(),
                last_seen: f.last_seen,
            })
            .collect();
        let counted: Vec<&str> = undeclared(&rows, &answering).map(|f| f.name.as_str()).collect();
        assert_eq!(counted, ["10.1.0.9", "10.1.0.5"], "counted as it is listed");
        assert_eq!(entries[2].changes, [Change::Port("tcp".into(), 2575)]);
        assert_eq!(entries[3].changes, [Change::Zone("互联网区".into(), "内网核心业务区".into())]);
    }
}
