//! Public recordings: every record becomes an event of the class it should have.

use std::{collections::BTreeMap, fs, io::Read, path::Path};

use ward_event::{Event, Field, Format};

use super::pairs;
use crate::golden::{Differences, shared};

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("a table");
    text.lines().skip(1).map(|l| l.split(',').map(str::to_owned).collect()).collect()
}

fn parse(format: Format, text: &[u8]) -> Vec<Event> {
    let results = pairs::events(format, text);
    results.into_iter().flat_map(|r| r.expect("every record is an event")).collect()
}

fn unpack(path: &Path) -> Vec<u8> {
    let file = fs::File::open(path).expect("a file");
    let mut text = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(file).expect("zstd").read_to_end(&mut text).expect("unpacked");
    text
}

#[test]
fn eve_counts_hold() {
    let Some(base) = shared("eve") else { return };
    for row in rows(&base.join("expected-counts.csv")) {
        let events = parse(Format::Eve, &fs::read(base.join(&row[0])).expect("a file"));
        assert_eq!(events.len().to_string(), row[1], "{}", row[0]);
        assert!(events.iter().all(|e| e.class_uid == 2004), "{}", row[0]);
        let ids: std::collections::BTreeSet<_> = events.iter().map(|e| e.text(Field::FindingUid)).collect();
        assert_eq!(ids.len().to_string(), row[3], "{}", row[0]);
        let mut severities: BTreeMap<u8, usize> = BTreeMap::new();
        for event in &events {
            *severities.entry(5 - event.severity_id).or_default() += 1;
        }
        let severities: Vec<_> = severities.iter().map(|(s, n)| format!("sev{s}={n}")).collect();
        assert_eq!(severities.join("; "), row[4], "{}", row[0]);
    }
    let single = |name: &str| {
        let text = fs::read_to_string(base.join("telegraf").join(name)).expect("a file").replace('\n', " ");
        parse(Format::Eve, text.as_bytes()).remove(0)
    };
    for (name, class, activity) in [
        ("alert.json", 2004, 1),
        ("dns.json", 4003, 1),
        ("drop.json", 4001, 5),
        ("flow.json", 4001, 6),
        ("http.json", 4002, 6),
        ("status.json", 0, 0),
    ] {
        let event = single(name);
        assert_eq!((event.class_uid, event.activity_id), (class, activity), "{name}");
    }
}

#[test]
fn zeek_counts_hold() {
    let Some(base) = shared("zeek") else { return };
    let mut total = 0;
    for row in rows(&base.join("expected-counts.csv")) {
        let events = parse(Format::Zeek, &fs::read(base.join(&row[0])).expect("a file"));
        assert_eq!(events.len().to_string(), row[2], "{}", row[0]);
        for event in &events {
            assert_eq!(event.text(Field::LogName), Some(row[3].as_str()), "{}", row[0]);
            assert_ne!(event.time_quality.name(), "missing", "{}", row[0]);
            assert!(event.unmapped.iter().all(|f| f.value != "-"), "{}", row[0]);
            if row[3] == "conn" {
                assert_eq!(event.class_uid, 4001);
                assert!(event.ip(Field::SrcIp).is_some() && event.uint(Field::DstPort).is_some());
            }
        }
        total += events.len();
    }
    assert_eq!(total, 2_706);
}

#[test]
fn windows_counts_hold() {
    let Some(base) = shared("windows-attacks") else { return };
    let text = fs::read(base.join("manifest.json")).expect("a manifest");
    let manifest: Vec<serde_json::Value> = serde_json::from_slice(&text).expect("JSON");
    let mut differences = Differences::new("windows-attacks");
    let mut total = 0;
    for entry in &manifest {
        let file = entry["file"].as_str().expect("a name");
        let Some(events_expected) = entry["event_ids"].as_object() else { continue };
        let results = pairs::events(Format::Windows, &unpack(&base.join(file)));
        let dead = results.iter().filter(|r| r.is_err()).count();
        let events: Vec<_> = results.into_iter().flatten().flatten().collect();
        total += events.len();
        let count =
            |found: usize, expected: &serde_json::Value, what: &str, differences: &mut Differences| {
                if expected.as_u64() != Some(found as u64) {
                    differences.note(file, what, &format!("theirs {expected}, ours {found}"));
                }
            };
        count(events.len() + dead, &entry["events"], "events", &mut differences);
        for (key, expected) in events_expected {
            let (channel, id) = key.rsplit_once('/').expect("channel/id");
            let same =
                |e: &&Event| e.text(Field::EventCode) == Some(id) && e.text(Field::LogName) == Some(channel);
            count(events.iter().filter(same).count(), expected, key, &mut differences);
        }
        classes(file, &events);
    }
    assert_eq!(total, 35_749);
    differences.check();
}

/// An event Ward has a class for has it: with all that the class requires.
fn classes(file: &str, events: &[Event]) {
    for event in events {
        let log = event.text(Field::LogName).unwrap_or("").to_ascii_lowercase();
        let id = event.text(Field::EventCode).unwrap_or("");
        let class = match (log.as_str(), id) {
            ("security", "4624" | "4625" | "4634" | "4648" | "4768" | "4769" | "4776") => 3002,
            ("security", "4688") => 1007,
            ("security", "5156") => 4001,
            ("microsoft-windows-sysmon/operational", id) => match id {
                "1" | "5" | "10" => 1007,
                "3" => 4001,
                "7" => 1005,
                "11" | "23" => 1001,
                "12" => 201_001,
                "13" => 201_002,
                "22" => 4003,
                _ => continue,
            },
            _ => continue,
        };
        // Without a user, a value's name or a host the class's required attributes are not there.
        assert!(event.class_uid == class || event.class_uid == 0, "{file} {log}/{id}: {}", event.class_uid);
        let rare = event.class_uid == 0;
        assert!(!rare || lacks(event, class), "{file} {log}/{id} is no {class}: {}", event.raw);
    }
}

fn lacks(event: &Event, class: u32) -> bool {
    match class {
        3002 => event.text(Field::UserName).is_none() && event.text(Field::UserUid).is_none(),
        201_002 => event.text(Field::RegValueName).is_none(),
        _ => event.text(Field::DeviceHostname).is_none(),
    }
}
