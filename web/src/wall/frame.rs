//! One second of the walls: sections by name, each written once, and which of them changed.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use serde::Serialize;
use ward_event::{Micros, register::Register};

use super::{
    ask::Asked,
    attacks::Attacks,
    panels::{self, Days},
    scene::Wall,
    section::Trend,
    units::{self, Names},
};
use crate::live::{Part, Snapshot};

/// Rows of a panel.
const ROWS: usize = 7;

pub(super) struct Frame {
    pub seq: u64,
    at: i64,
    data_at: i64,
    sections: BTreeMap<&'static str, Arc<str>>,
    /// Against the frame before.
    changed: Vec<&'static str>,
}

/// Everything the walls tell, of one scope.
pub(super) fn sections(
    base: &Snapshot,
    asked: &Asked,
    register: &Register,
    visitors: bool,
    salt: &str,
) -> BTreeMap<&'static str, Arc<str>> {
    let names = Names::new(register, visitors);
    let now = Micros::from_millis(base.at);
    let days = Days::new(&asked.cells.value, now);
    let handling = &asked.handling.value;
    let recent = &asked.recent.value;
    let by_unit = panels::data_by_unit(&days);
    let arcs = asked.attacks.arcs(recent, |a| {
        let to = if visitors { names.county(&a.hospital) } else { a.hospital.as_str() };
        (!to.is_empty()).then(|| to.to_owned())
    });
    let counties = units::counties(base, &names, &by_unit);
    let trend = Trend {
        from: base.trend.from,
        step: base.trend.step,
        events: base.trend.events.clone(),
        severe: base.trend.severe.clone(),
    };
    let edge = &asked.edge.value;
    let key = |hospital: &str| units::is_key(&names, hospital);
    BTreeMap::from([
        ("parts", json(&parts(base, asked))),
        ("kpi", json(&panels::figures(base, asked, &days, &arcs, &names))),
        ("units", json(&units::marks(base, &names, &by_unit))),
        ("weak", json(&units::weak(base, &names, ROWS))),
        ("silent", json(&units::silent(base, &names, ROWS))),
        ("key_units", json(&units::key_units(base, &names, ROWS))),
        ("key_systems", json(&units::key_systems(base, &names, ROWS))),
        ("systems", json(&units::systems(base, &names))),
        ("coverage", json(&units::by_county(&counties, &names, false))),
        ("load", json(&units::by_county(&counties, &names, true))),
        ("counties", json(&counties)),
        ("origins", json(&panels::origins(&arcs, &names, ROWS))),
        ("arcs", json(&Attacks::cap(arcs))),
        ("tactics", json(&panels::stages(&days, &names, ROWS))),
        ("rules", json(&panels::rules(&days, &names, ROWS, |_| true))),
        ("data_rules", json(&panels::rules(&days, &names, ROWS, panels::is_data))),
        ("edge_rules", json(&panels::rules(&days, &names, ROWS, panels::is_edge))),
        ("data_units", json(&panels::data_units(&by_unit, &names, ROWS))),
        ("databases", json(&panels::databases(asked, &names, ROWS))),
        ("risk", json(&panels::risk(&asked.risk.value, &names, ROWS))),
        ("sources", json(&panels::sources(base, &names, &asked.sources.value, ROWS))),
        ("ports", json(&panels::ports(&edge.ports, &names, ROWS))),
        ("inbound", json(&panels::countries(&edge.inbound, &names, false, ROWS))),
        ("outbound", json(&panels::countries(&edge.outbound, &names, true, ROWS))),
        ("feed", json(&panels::feed(recent, &names, salt, |_| true))),
        ("feed_severe", json(&panels::feed(recent, &names, salt, panels::is_severe_alert))),
        ("feed_data", json(&panels::feed(recent, &names, salt, panels::is_data_alert))),
        ("feed_key", json(&panels::feed(recent, &names, salt, |a| key(&a.hospital)))),
        ("trend_data", json(&panels::data_trend(base, asked, &days))),
        ("progress", json(&handling.stages(&names, now))),
        ("notices", json(&handling.chase(&names))),
        ("vulnerable", json(&handling.weaknesses(&names))),
        ("trend", json(&trend)),
    ])
}

/// What could be asked, and when it last was.
fn parts(base: &Snapshot, asked: &Asked) -> BTreeMap<&'static str, Part> {
    let places = Part {
        at: asked.recent.part.at,
        error: if asked.attacks.error.is_some() { "unreachable" } else { asked.recent.part.error },
    };
    BTreeMap::from([
        ("rates", base.parts.rates),
        ("alerts", base.parts.alerts),
        ("trend", base.parts.trend),
        ("scores", asked.risk.part),
        ("sources", asked.sources.part),
        ("recent", asked.recent.part),
        ("places", places),
        ("cells", asked.cells.part),
        ("edge", asked.edge.part),
        ("databases", asked.databases.part),
        ("hosts", asked.hosts.part),
        ("handling", asked.handling.part),
    ])
}

fn json<T: Serialize>(value: &T) -> Arc<str> {
    // Plain data with text keys: cannot fail.
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()).into()
}

impl Frame {
    pub(super) fn new(
        seq: u64,
        base: &Snapshot,
        mut sections: BTreeMap<&'static str, Arc<str>>,
        before: Option<&Self>,
    ) -> Self {
        let mut changed = Vec::new();
        for (name, text) in &mut sections {
            match before.and_then(|b| b.sections.get(name)) {
                // The same text is kept once, however many frames hold it.
                Some(old) if old == text => *text = old.clone(),
                _ => changed.push(*name),
            }
        }
        Self { seq, at: base.at, data_at: base.data_at, sections, changed }
    }

    /// Whole, for who is new or has missed something.
    pub(super) fn full(&self, life: i64, wall: Wall) -> Bytes {
        self.event(life, "full", self.sections.keys().filter(|s| wall.shows(s)))
    }

    /// What changed since the frame before.
    pub(super) fn tick(&self, life: i64, wall: Wall) -> Bytes {
        self.event(life, "tick", self.changed.iter().filter(|s| wall.shows(s)))
    }

    fn event<'a>(&self, life: i64, kind: &str, names: impl Iterator<Item = &'a &'static str>) -> Bytes {
        let mut text = format!(
            "id: {life:x}-{}\nevent: {kind}\ndata: {{\"at\":{},\"data_at\":{}",
            self.seq, self.at, self.data_at
        );
        for name in names {
            if let Some(json) = self.sections.get(name) {
                text.push_str(&format!(",\"{name}\":{json}"));
            }
        }
        text.push_str("}\n\n");
        Bytes::from(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(bytes: &Bytes) -> serde_json::Value {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        let line = text.lines().find_map(|l| l.strip_prefix("data: ")).expect("data");
        serde_json::from_str(line).expect("JSON")
    }

    #[test]
    fn a_wall_is_told_what_changed_and_what_is_its_own() {
        let base = Snapshot { at: 1_000, ..Snapshot::default() };
        let made = || sections(&base, &Asked::default(), &Register::default(), false, "");
        let first = Frame::new(1, &base, made(), None);
        let mut more = made();
        more.insert("feed", "[1]".into());
        more.insert("inbound", "[2]".into());
        let second = Frame::new(2, &base, more, Some(&first));
        let full = data(&first.full(9, Wall::Overview));
        assert!(full.get("tactics").is_some() && full.get("inbound").is_none(), "not its own");
        let tick = data(&second.tick(9, Wall::Overview));
        assert_eq!(tick.as_object().map(|o| o.len()), Some(3), "{tick}");
        assert_eq!(tick["feed"][0], 1);
        assert_eq!(data(&second.tick(9, Wall::Rotation))["inbound"][0], 2);
        for wall in Wall::SCENES {
            let sent = data(&first.full(9, wall));
            let missing: Vec<_> = wall.sections().filter(|s| sent.get(s).is_none()).collect();
            assert!(missing.is_empty(), "{} is promised {missing:?}", wall.name());
        }
    }
}
