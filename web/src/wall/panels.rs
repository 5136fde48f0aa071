//! Rankings, feeds and figures of the walls, from what was asked.

use std::collections::{BTreeMap, BTreeSet};

use ward_event::{Micros, alert::Level};

use super::{
    ask::Asked,
    section::{Arc, Both, Figure, Figures, Live, Row, Shown, Trend},
    tactics,
    units::{Names, is_key, severe},
};
use crate::{
    live::{Snapshot, Status, Unit},
    query::{AlertCell, EdgeRow, RecentAlert, ScoreRow, SourceRow},
    show::{grouped, link},
};

/// Steps of ten minutes in a day.
const DAY_STEPS: i64 = 144;
/// Alerts that slide in.
const FEED_MAX: usize = 8;
/// From here on a unit is at high risk, as the console draws it.
const RISKY: f64 = 60.0;
const DAY_ALERTS: &str = "/alerts?range=24h";

/// Steps of ten minutes since the epoch.
const fn step(now: Micros) -> i64 {
    now.0.div_euclid(600_000_000)
}

/// The last 24 hours of the cells, and the 24 before.
pub(super) struct Days<'a> {
    pub day: Vec<&'a AlertCell>,
    before: Vec<&'a AlertCell>,
}

impl<'a> Days<'a> {
    pub(super) fn new(cells: &'a [AlertCell], now: Micros) -> Self {
        let first = step(now) - DAY_STEPS + 1;
        let (day, before) = cells.iter().partition(|c| c.step >= first);
        Self { day, before }
    }

    /// How many now, and how many more than the day before.
    fn figure(&self, wanted: impl Fn(&AlertCell) -> bool, known: bool) -> Figure {
        let count = |cells: &[&AlertCell]| cells.iter().filter(|c| wanted(c)).map(|c| c.count).sum::<u64>();
        let (now, before) = (count(&self.day), count(&self.before));
        if !known {
            return Figure::default();
        }
        // A first day has nothing to be compared with.
        let change = (!self.before.is_empty()).then_some(now as i64 - before as i64);
        Figure { change, ..Figure::of(now) }
    }
}

pub(super) fn is_data(c: &AlertCell) -> bool {
    tactics::is_about_data(&c.rule_id, &c.title_zh, &c.techniques)
}

fn is_severe(level: &str) -> bool {
    matches!(level, "high" | "critical")
}

fn level(name: &str) -> Level {
    Level::from_name(name).unwrap_or(Level::Informational)
}

/// Alerts of data security by unit, in the last day.
pub(super) fn data_by_unit<'a>(days: &Days<'a>) -> BTreeMap<&'a str, u64> {
    let mut units = BTreeMap::new();
    for cell in days.day.iter().filter(|c| is_data(c)) {
        *units.entry(cell.hospital.as_str()).or_default() += cell.count;
    }
    units
}

pub(super) fn data_units(by_unit: &BTreeMap<&str, u64>, names: &Names<'_>, rows: usize) -> Vec<Row> {
    let mut units: Vec<_> = by_unit.iter().collect();
    units.sort_by_key(|(id, count)| (std::cmp::Reverse(**count), **id));
    let row = |(id, count): &(&&str, &u64)| Row {
        name: names.unit(id),
        value: **count,
        href: names.unit_href(id),
        ..Row::default()
    };
    units.iter().take(rows).map(row).collect()
}

/// Alerts by stage, in the order of an attack; the stages with most.
pub(super) fn stages(days: &Days<'_>, names: &Names<'_>, rows: usize) -> Vec<Row> {
    let mut counts = [(0_u64, Level::Informational); tactics::COUNT];
    for cell in &days.day {
        if let Some(tactic) = tactics::tactic(&cell.techniques) {
            counts[tactic].0 += cell.count;
            counts[tactic].1 = counts[tactic].1.max(level(&cell.level));
        }
    }
    let mut found: Vec<usize> = (0..tactics::COUNT).filter(|i| counts[*i].0 > 0).collect();
    found.sort_by_key(|i| std::cmp::Reverse(counts[*i].0));
    found.truncate(rows);
    found.sort_unstable();
    let row = |i: &usize| Row {
        name: tactics::name(*i),
        value: counts[*i].0,
        mark: counts[*i].1.name(),
        href: names.href(|| DAY_ALERTS.to_owned()),
        ..Row::default()
    };
    found.iter().map(row).collect()
}

/// Rules by alerts.
pub(super) fn rules(
    days: &Days<'_>,
    names: &Names<'_>,
    rows: usize,
    wanted: impl Fn(&AlertCell) -> bool,
) -> Vec<Row> {
    let mut rules: BTreeMap<&str, (&AlertCell, u64, BTreeSet<&str>)> = BTreeMap::new();
    for cell in days.day.iter().filter(|c| wanted(c)) {
        let rule = rules.entry(&cell.rule_id).or_insert((cell, 0, BTreeSet::new()));
        rule.1 += cell.count;
        rule.2.insert(&cell.hospital);
        if level(&cell.level) > level(&rule.0.level) {
            rule.0 = cell;
        }
    }
    let mut rules: Vec<_> = rules.into_values().collect();
    rules.sort_by_key(|(cell, count, _)| (std::cmp::Reverse(*count), cell.rule_id.as_str()));
    let row = |(cell, count, units): &(&AlertCell, u64, BTreeSet<&str>)| Row {
        name: title(&cell.title_zh, &cell.title),
        note: Some(Both::fill(|t| t.of_units, &[&units.len()])),
        value: *count,
        mark: level(&cell.level).name(),
        href: names.href(|| format!("{}&range=24h", link::rule(&cell.rule_id))),
        ..Row::default()
    };
    rules.iter().take(rows).map(row).collect()
}

fn title(zh: &str, en: &str) -> Both {
    if zh.is_empty() { Both::plain(en) } else { Both::new(zh, en) }
}

/// Places that alerts come from, by their number.
pub(super) fn origins(arcs: &[Arc], names: &Names<'_>, rows: usize) -> Vec<Row> {
    let mut places: BTreeMap<(&str, bool), (u64, Level, BTreeSet<&str>)> = BTreeMap::new();
    for arc in arcs {
        let place = places.entry((&arc.from, arc.home)).or_insert((0, Level::Informational, BTreeSet::new()));
        place.0 += arc.count;
        place.1 = place.1.max(level(arc.level));
        place.2.insert(&arc.to);
    }
    let mut places: Vec<_> = places.into_iter().collect();
    places.sort_by_key(|(place, (count, ..))| (std::cmp::Reverse(*count), *place));
    let row = |((from, home), (count, worst, _)): &((&str, bool), (u64, Level, BTreeSet<&str>))| Row {
        name: Both::plain(*from),
        country: !home || *from == "CN",
        note: home.then(|| Both::of(|t| t.home)),
        value: *count,
        mark: worst.name(),
        href: names.href(|| DAY_ALERTS.to_owned()),
        ..Row::default()
    };
    places.iter().take(rows).map(row).collect()
}

/// An account is a person's: a wall shows its first letter only.
fn entity(kind: &str, value: &str, names: &Names<'_>) -> String {
    if names.visitors {
        return String::new();
    }
    match kind {
        "account" | "user" => value.chars().next().map_or_else(String::new, |c| format!("{c}***")),
        "hospital" | "source" => String::new(),
        _ => value.to_owned(),
    }
}

pub(super) fn feed(
    recent: &[RecentAlert],
    names: &Names<'_>,
    salt: &str,
    wanted: impl Fn(&RecentAlert) -> bool,
) -> Vec<Live> {
    let live = |a: &RecentAlert| {
        let kind = a.entity_types.first().map_or("", String::as_str);
        let value = a.entity_values.first().map_or("", String::as_str);
        let masked = || ward_event::alert::content_hash(format!("{salt}{}", a.alert_id).as_bytes());
        Live {
            id: if names.visitors { masked() } else { a.alert_id.clone() },
            title: title(&a.title_zh, &a.title),
            level: level(&a.level).name(),
            time: a.time / 1_000,
            unit: names.unit(&a.hospital),
            entity: entity(kind, value, names),
            href: names.href(|| link::alert(&a.alert_id)),
        }
    };
    recent.iter().filter(|a| wanted(a)).take(FEED_MAX).map(live).collect()
}

pub(super) fn is_severe_alert(a: &RecentAlert) -> bool {
    is_severe(&a.level)
}

pub(super) fn is_data_alert(a: &RecentAlert) -> bool {
    tactics::is_about_data(&a.rule_id, &a.title_zh, &a.techniques)
}

pub(super) fn is_edge(c: &AlertCell) -> bool {
    tactics::is_at_the_edge(&c.techniques)
}

/// Hosts by risk.
pub(super) fn risk(rows: &[ScoreRow], names: &Names<'_>, max: usize) -> Vec<Row> {
    let row = |r: &ScoreRow| Row {
        name: if names.visitors { names.unit(&r.hospital) } else { Both::plain(r.entity.as_str()) },
        note: (!names.visitors).then(|| names.unit(&r.hospital)),
        value: r.current.round() as u64,
        mark: match r.current {
            80.0.. => "critical",
            RISKY.. => "high",
            _ => "medium",
        },
        href: names.href(|| link::entity(&r.entity_type, &r.entity, &r.hospital)),
        ..Row::default()
    };
    rows.iter().take(max).map(row).collect()
}

/// Sources by format: sending, silent, never heard.
pub(super) fn sources(base: &Snapshot, names: &Names<'_>, rows: &[SourceRow], max: usize) -> Vec<Row> {
    let mut formats: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for row in rows {
        let slot = match row.status.as_str() {
            "ok" => 0,
            "silent" => 1,
            _ => 2,
        };
        formats.entry(&row.source).or_default()[slot] += 1;
    }
    // Expected by the register and never told of: as unknown as can be.
    for unit in &base.units {
        for expected in names.registered(&unit.id).map_or(&[][..], |u| u.sources.as_slice()) {
            let told = rows.iter().any(|r| r.hospital == unit.id && r.source == expected.format);
            formats.entry(&expected.format).or_default()[2] += u64::from(!told);
        }
    }
    let mut formats: Vec<_> = formats.into_iter().collect();
    formats.sort_by_key(|(name, split)| (std::cmp::Reverse(split.iter().sum::<u64>()), *name));
    let row = |(name, split): &(&str, [u64; 3])| {
        let [ok, silent, unknown] = *split;
        Row {
            name: Both::plain(*name),
            value: ok,
            shown: Some(Shown::Of(ok + silent + unknown)),
            split: Some([ok, 0, silent + unknown]),
            href: names.href(|| "/hospitals".to_owned()),
            ..Row::default()
        }
    };
    formats.iter().take(max).map(row).collect()
}

fn port_name(port: u32) -> Both {
    let word = |port: u32| {
        let number = port.to_string();
        let name: Option<Both> = match port {
            80 | 443 | 8080 | 8443 => Some(Both::of(|t| t.port_web)),
            3389 => Some(Both::of(|t| t.port_rdp)),
            22 => Some(Both::of(|t| t.port_ssh)),
            1433 | 1521 | 3306 | 5236 | 5432 | 6379 => Some(Both::of(|t| t.port_database)),
            139 | 445 => Some(Both::of(|t| t.port_files)),
            104 | 11112 | 2761 | 2762 => Some(Both::of(|t| t.port_imaging)),
            2575 | 6661 => Some(Both::of(|t| t.port_hl7)),
            25 | 110 | 143 | 465 | 587 | 993 => Some(Both::of(|t| t.port_mail)),
            53 => Some(Both::of(|t| t.port_dns)),
            500 | 1194 | 1701 | 4500 => Some(Both::of(|t| t.port_vpn)),
            _ => None,
        };
        (name, number)
    };
    match word(port) {
        (Some(name), number) => Both::new(format!("{} {number}", name.zh), format!("{} {number}", name.en)),
        (None, number) => Both::fill(|t| t.port, &[&number]),
    }
}

/// Ports that should not be reached from outside at all.
const fn is_sensitive(port: u32) -> bool {
    matches!(
        port,
        104 | 139 | 445 | 1433 | 1521 | 2575 | 2761 | 2762 | 3306 | 3389 | 5236 | 5432 | 6379 | 11112
    )
}

pub(super) fn ports(rows: &[EdgeRow], names: &Names<'_>, max: usize) -> Vec<Row> {
    let row = |r: &EdgeRow| {
        let port = r.key.parse().unwrap_or(0);
        Row {
            name: port_name(port),
            note: Some(Both::fill(|t| t.hosts_n, &[&grouped(r.hosts)])),
            value: r.count,
            mark: if is_sensitive(port) { "high" } else { "" },
            href: names.href(|| hunt(&format!("src_country:* AND dst_port:{port}"))),
            ..Row::default()
        }
    };
    rows.iter().take(max).map(row).collect()
}

/// The last hour's events by a query.
fn hunt(query: &str) -> String {
    link::with_query("/hunt", [("q", query), ("range", "1h")])
}

/// Countries, by connections or by bytes.
pub(super) fn countries(rows: &[EdgeRow], names: &Names<'_>, by_bytes: bool, max: usize) -> Vec<Row> {
    let row = |r: &EdgeRow| Row {
        name: Both::plain(r.key.as_str()),
        country: true,
        note: Some(Both::fill(|t| t.hosts_n, &[&grouped(r.hosts)])),
        value: if by_bytes { r.bytes } else { r.count },
        shown: by_bytes.then_some(Shown::Bytes(r.bytes)),
        href: names.href(|| {
            hunt(&format!("{}:\"{}\"", if by_bytes { "dst_country" } else { "src_country" }, r.key))
        }),
        ..Row::default()
    };
    rows.iter().take(max).map(row).collect()
}

pub(super) fn databases(asked: &Asked, names: &Names<'_>, max: usize) -> Vec<Row> {
    let row = |r: &crate::query::DatabaseRow| Row {
        name: names.unit(&r.hospital),
        note: (r.rows > 0).then(|| Both::fill(|t| t.rows_n, &[&grouped(r.rows)])),
        value: r.count,
        href: names.href(|| hunt(&format!("class:6005 AND hospital:\"{}\"", r.hospital))),
        ..Row::default()
    };
    asked.databases.value.units.iter().take(max).map(row).collect()
}

/// Database statements and alerts about data in the steps of the overview's trend.
pub(super) fn data_trend(base: &Snapshot, asked: &Asked, days: &Days<'_>) -> Trend {
    let shape = &base.trend;
    let mut trend = Trend {
        from: shape.from,
        step: shape.step,
        events: vec![0; shape.events.len()],
        severe: vec![0; shape.events.len()],
    };
    let place = |secs: i64| usize::try_from((secs - shape.from / 1_000).div_euclid(shape.step.max(1))).ok();
    for row in &asked.databases.value.trend {
        if let Some(slot) = place(i64::from(row.start)).and_then(|i| trend.events.get_mut(i)) {
            *slot += row.count;
        }
    }
    for cell in days.day.iter().filter(|c| is_data(c)) {
        if let Some(slot) = place(cell.step * 600).and_then(|i| trend.severe.get_mut(i)) {
            *slot += cell.count;
        }
    }
    trend
}

/// All the large figures, by name.
pub(super) fn figures(
    base: &Snapshot,
    asked: &Asked,
    days: &Days<'_>,
    arcs: &[Arc],
    names: &Names<'_>,
) -> Figures {
    let kpi = &base.kpi;
    let heard = !base.parts.rates.never();
    let cells = !asked.cells.part.never();
    let (edge, databases) = (!asked.edge.part.never(), !asked.databases.part.never());
    let of = |known: bool, value: u64| Figure::known(known.then_some(value));
    let units = |wanted: &dyn Fn(&&Unit) -> bool| base.units.iter().filter(wanted).count() as u64;
    let grey = |u: &&Unit| matches!(u.status, Status::Silent | Status::Unknown);
    let key = |u: &&Unit| is_key(names, &u.id);
    let day_units = |wanted: &dyn Fn(&AlertCell) -> bool| {
        days.day.iter().filter(|c| wanted(c)).map(|c| c.hospital.as_str()).collect::<BTreeSet<_>>().len()
            as u64
    };
    let registered = || base.units.iter().filter_map(|u| names.registered(&u.id)).flat_map(|u| &u.systems);
    let sum = |f: fn(&EdgeRow) -> u64, rows: &[EdgeRow]| rows.iter().map(f).sum::<u64>();
    let foreign: BTreeSet<&str> = arcs.iter().filter(|a| !a.home).map(|a| a.from.as_str()).collect();
    let hour_first = step(Micros::from_millis(base.at)) - 5;
    let sources = base.units.iter().map(|u| u.sources as u64).sum::<u64>();
    let quiet = base.units.iter().map(|u| u.sources_quiet as u64).sum::<u64>();
    let stages =
        days.day.iter().filter_map(|c| tactics::tactic(&c.techniques)).collect::<BTreeSet<_>>().len();
    let db = &asked.databases.value.units;
    let placed = asked.recent.part.at > 0 && asked.attacks.error.is_none();
    let mut figures = BTreeMap::from([
        ("units", Figure { of: Some(kpi.total as u64), ..of(heard, kpi.connected as u64) }),
        ("grey", of(heard, (kpi.silent + kpi.unknown) as u64)),
        ("events", of(heard && !base.parts.trend.never(), kpi.events_today)),
        ("severe", days.figure(|c| is_severe(&c.level), cells)),
        ("alerts", of(!base.parts.alerts.never(), kpi.today.iter().sum())),
        ("rate", Figure { value: kpi.per_second, ..Figure::default() }),
        ("risky", of(!base.parts.scores.never(), units(&|u| u.risk.is_some_and(|r| r >= RISKY)))),
        ("critical", days.figure(|c| c.level == "critical", cells)),
        ("outside", of(placed, arcs.iter().map(|a| a.count).sum())),
        ("origins", of(placed, foreign.len() as u64)),
        ("hit", of(cells, day_units(&|c| is_severe(&c.level)))),
        ("tactics", Figure { of: Some(tactics::COUNT as u64), ..of(cells, stages as u64) }),
        ("hosts", of(!asked.hosts.part.never(), asked.hosts.value.iter().map(|(_, n)| n).sum())),
        ("systems", Figure::of(registered().count() as u64)),
        ("key_systems", Figure::of(registered().filter(|s| s.critical).count() as u64)),
        ("reached", of(edge, sum(|r| r.hosts, &asked.edge.value.ports))),
        ("sources", Figure { of: Some(sources), ..of(!base.parts.sources.never(), sources - quiet) }),
        ("tongfang", days.figure(|c| tactics::is_tongfang(&c.rule_id, &c.title_zh), cells)),
        ("data", days.figure(is_data, cells)),
        ("data_units", of(cells, day_units(&is_data))),
        ("statements", of(databases, db.iter().map(|r| r.count).sum())),
        ("rows", of(databases, db.iter().map(|r| r.rows).sum())),
        ("db_users", of(databases, db.iter().map(|r| r.users).sum())),
        ("inbound", of(edge, sum(|r| r.count, &asked.edge.value.inbound))),
        ("ports", of(edge, asked.edge.value.ports.len() as u64)),
        ("outbound", of(edge, sum(|r| r.bytes, &asked.edge.value.outbound))),
        ("edge", days.figure(is_edge, cells)),
        (
            "key_ok",
            Figure { of: Some(units(&key)), ..of(heard, units(&|u| key(u) && u.status == Status::Ok)) },
        ),
        ("key_grey", of(heard, units(&|u| key(u) && grey(u)))),
        ("key_severe", of(heard, base.units.iter().filter(key).map(severe).sum())),
        (
            "hour",
            of(
                cells,
                days.day
                    .iter()
                    .filter(|c| c.step >= hour_first && is_severe(&c.level))
                    .map(|c| c.count)
                    .sum(),
            ),
        ),
    ]);
    figures.extend(asked.handling.value.figures(!asked.handling.part.never()));
    figures
}
