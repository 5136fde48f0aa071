//! A snapshot as it goes over the stream: whole for who is new or has missed something, and as what
//! changed since the one before. Written once, sent to all.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use super::snapshot::Snapshot;

/// One snapshot with its two forms, as server-sent events.
pub(crate) struct Frame {
    pub seq: u64,
    pub snapshot: Snapshot,
    /// When it was made, on the machine's own monotonic clock.
    pub made: tokio::time::Instant,
    pub full: Bytes,
    /// Against the frame before it.
    pub tick: Bytes,
    sections: BTreeMap<&'static str, String>,
    units: BTreeMap<String, String>,
}

impl Frame {
    /// `life` tells this process's event ids from another's.
    pub(crate) fn new(life: i64, seq: u64, snapshot: Snapshot, before: Option<&Self>) -> Self {
        let sections = sections(&snapshot);
        let units: BTreeMap<_, _> = snapshot.units.iter().map(|u| (u.id.clone(), json(u))).collect();
        let head = format!("\"at\":{},\"data_at\":{}", snapshot.at, snapshot.data_at);
        let full = event(life, seq, "full", &head, sections.iter(), units.values());
        let tick = before.map_or_else(Bytes::new, |b| {
            let changed = sections.iter().filter(|(name, text)| b.sections.get(*name) != Some(*text));
            let moved =
                units.iter().filter(|(id, text)| b.units.get(*id) != Some(*text)).map(|(_, text)| text);
            event(life, seq, "tick", &head, changed, moved)
        });
        Self { seq, snapshot, made: tokio::time::Instant::now(), full, tick, sections, units }
    }
}

fn json<T: Serialize>(value: &T) -> String {
    // Plain data with text keys: cannot fail.
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

fn sections(s: &Snapshot) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("parts", json(&s.parts)),
        ("kpi", json(&s.kpi)),
        ("feed", json(&s.feed)),
        ("minutes", json(&s.minutes)),
        ("trend", json(&s.trend)),
        ("rules", json(&s.rules)),
        ("entities", json(&s.entities)),
    ])
}

/// `id`, `event`, `data` and an empty line (WHATWG HTML, server-sent events). JSON text has no line
/// feed of its own, so one `data` line holds it.
fn event<'a>(
    life: i64,
    seq: u64,
    name: &str,
    head: &str,
    sections: impl Iterator<Item = (&'a &'static str, &'a String)>,
    units: impl Iterator<Item = &'a String>,
) -> Bytes {
    let mut text = format!("id: {life:x}-{seq}\nevent: {name}\ndata: {{{head}");
    for (section, json) in sections {
        text.push_str(&format!(",\"{section}\":{json}"));
    }
    text.push_str(",\"units\":[");
    for (i, unit) in units.enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(unit);
    }
    text.push_str("]}\n\n");
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{Status, Unit};

    fn unit(id: &str, per_minute: u64) -> Unit {
        Unit {
            id: id.into(),
            status: Status::Ok,
            last_seen: 1,
            per_minute,
            spark: vec![],
            alerts: [0; 5],
            risk: None,
            sources: 0,
            sources_quiet: 0,
        }
    }

    fn data(bytes: &Bytes) -> serde_json::Value {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        assert!(text.ends_with("\n\n") && text.matches('\n').count() == 4, "one event: {text}");
        let line = text.lines().find_map(|l| l.strip_prefix("data: ")).expect("data");
        serde_json::from_str(line).expect("JSON")
    }

    #[test]
    fn a_tick_holds_only_what_changed() {
        let first = Snapshot { at: 1, units: vec![unit("a", 1), unit("b", 1)], ..Snapshot::default() };
        let mut second = first.clone();
        second.at = 2;
        second.units[1].per_minute = 5;
        second.kpi.severe = 3;
        let first = Frame::new(9, 1, first, None);
        let second = Frame::new(9, 2, second, Some(&first));
        assert_eq!(data(&first.full)["units"].as_array().map(Vec::len), Some(2));
        let tick = data(&second.tick);
        assert_eq!(tick["units"].as_array().map(Vec::len), Some(1));
        assert_eq!(tick["units"][0]["id"], "b");
        assert_eq!(tick["kpi"]["severe"], 3);
        assert!(tick.get("trend").is_none() && tick.get("feed").is_none());
        assert_eq!(tick["at"], 2);
    }
}
