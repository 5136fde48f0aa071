//! Same log, same alerts: a simulated hour over midnight through a whole `ward up`, detected live, live
//! with a kill -9 in the middle, again from its beginning with kills, and offline from its recording.
//! What a reader of `ward.alerts` keeps is the same to the byte.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{fs, path::Path, sync::Arc};

use support::{
    Ward,
    driven::{Traffic, configure, deduplicated, geoip, records, wait_judged},
    oracle::{Rng, env},
    ward,
};
use ward_event::{Micros, time::Calendar, topic::Topic};
use ward_simulator::{
    Kind, Region,
    attacks::{Attacks, Order},
};

/// 2026-11-19, from half an hour before midnight to half an hour after.
const DAY: i32 = 20_776;
const MINUTES: i64 = 60;
const MINUTE: i64 = 60 * 1_000_000;

fn from() -> Micros {
    Micros(Calendar::shanghai().day_start(DAY).0 + (24 * 60 - 30) * MINUTE)
}

fn to() -> Micros {
    Micros(from().0 + MINUTES * MINUTE)
}

/// An attack every four minutes, each kind in a unit that has what it takes.
fn traffic() -> Traffic {
    let region = Arc::new(Region::demo());
    let kinds = Kind::ALL.iter().filter(|k| **k != Kind::Silence);
    let orders = kinds.enumerate().map(|(n, kind)| {
        let suited: Vec<usize> = (0..region.units.len()).filter(|u| kind.suits(&region.units[*u])).collect();
        let start = Micros(from().0 + (3 + 4 * n as i64) * MINUTE);
        Order { kind: *kind, unit: suited[(7 * n) % suited.len()], start, seed: n as u64 }
    });
    let attacks = Attacks::Planned(orders.collect());
    Traffic { region, volume: 4.0, attacks, seed: env("WARD_SEED", 11) }
}

fn up(dir: &Path, config: &Path) -> Ward {
    let text = |p: &Path| p.display().to_string();
    Ward::start(&["up", "--config", &text(config), "--data", &text(dir), "--ports", "auto"], dir)
}

/// The alerts that a recording of the stopped directory replays to.
fn offline(dir: &Path, config: &Path) -> Vec<u8> {
    let text = |p: &Path| p.display().to_string();
    let recording = dir.join("recording");
    let (ok, _, err) = ward(&[
        "admin",
        "record",
        "--config",
        &text(config),
        "--data",
        &text(dir),
        "--out",
        &text(&recording),
    ]);
    assert!(ok, "{err}");
    let [city, asn] = geoip().map(|p| text(&p));
    let (ok, out, err) =
        ward(&["detect", "--recording", &text(&recording), "--geoip-city", &city, "--geoip-asn", &asn]);
    assert!(ok, "{err}");
    eprintln!("offline: {}", err.lines().last().unwrap_or_default());
    out.into_bytes()
}

fn assert_same(one: &[u8], other: &[u8], what: &str) {
    let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (lines(one), lines(other));
    for (n, (a, b)) in a.iter().zip(&b).enumerate() {
        assert_eq!(a, b, "{what}: alert {n}");
    }
    assert_eq!(a.len(), b.len(), "{what}: alerts");
}

fn rules_of(alerts: &[u8]) -> std::collections::BTreeMap<String, u32> {
    let mut rules = std::collections::BTreeMap::new();
    for line in alerts.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let alert: serde_json::Value = serde_json::from_slice(line).expect("JSON");
        *rules.entry(alert["title"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    rules
}

#[test]
fn live_offline_and_again_with_kills_the_alerts_are_the_same() {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("a");
    let traffic = traffic();
    let config = configure(&dir, &traffic.region, |_| {});
    let mut first = up(&dir, &config);
    // Who the shard is, before it has judged anything.
    let identity = fs::read(dir.join("analyze/snapshot")).expect("written at the start");
    traffic.send(&first, from(), to(), None);
    wait_judged(&first, to());
    first.assert_balanced();
    first.assert_complete();
    first.stop();
    let (live, again) = deduplicated(records(&dir, &Topic::ALERTS));
    assert_eq!(again, 0, "nothing is emitted twice in one life");
    let rules = rules_of(&live);
    eprintln!("{rules:#?}");
    assert!(rules.len() >= 8, "too few rules have fired for a comparison: {rules:?}");
    assert_same(&live, &offline(&dir, &config), "offline");

    // The same log once more, judged from its beginning by the same shard, killed on the way.
    let copy = root.path().join("b");
    fs::create_dir_all(copy.join("analyze")).expect("a folder");
    support::copy_dir(&dir.join("log"), &copy.join("log"));
    support::copy_dir(&dir.join("collect"), &copy.join("collect"));
    fs::write(copy.join("analyze/snapshot"), identity).expect("written");
    let mut rng = Rng(env("WARD_SEED", 11));
    let mut second = up(&copy, &config);
    let (mut reached, mut kills) = (from(), 0);
    while kills < 3 {
        let next = Micros(reached.0 + (5 + rng.below(10)) as i64 * MINUTE);
        reached = snapshot_after(&copy, next);
        if reached >= to() {
            break;
        }
        second.kill_and_restart();
        kills += 1;
    }
    eprintln!("killed {kills} times, last with a snapshot of minute {}", (reached.0 - from().0) / MINUTE);
    assert!(kills > 0, "it was through before it could be killed");
    wait_judged(&second, to());
    second.assert_balanced();
    second.stop();
    let all = records(&copy, &Topic::ALERTS);
    let judged_again = all.len() - live.split(|b| *b == b'\n').count() + 1;
    let (kept, again) = deduplicated(all);
    assert_same(&live, &kept, "judged again with kills");
    assert!(again >= rules.values().sum::<u32>() as usize, "{again} of {judged_again} judged again");
}

/// Waits for a snapshot taken at or after a time; returns its time.
fn snapshot_after(dir: &Path, at: Micros) -> Micros {
    let deadline = std::time::Instant::now() + support::PATIENCE;
    loop {
        let bytes = fs::read(dir.join("analyze/snapshot")).unwrap_or_default();
        let head = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
        let head: serde_json::Value = serde_json::from_slice(head).unwrap_or_default();
        let time = Micros(head["time"].as_i64().unwrap_or(0));
        if time >= at {
            return time;
        }
        assert!(std::time::Instant::now() < deadline, "no snapshot at {}", at.0);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
fn killed_under_load_the_alerts_are_those_of_its_recording() {
    let root = tempfile::tempdir().expect("a folder");
    let dir = root.path().join("c");
    let traffic = traffic();
    let config = configure(&dir, &traffic.region, |_| {});
    let mut ward = up(&dir, &config);
    let mut at = from();
    // Half a minute after the first alerts of an attack, before the snapshot that would hold them.
    for minutes in [12, 36] {
        let kill_at = Micros(from().0 + minutes * MINUTE);
        at = traffic.send(&ward, at, to(), Some(kill_at));
        assert_eq!(at, kill_at);
        ward.kill_and_restart();
    }
    traffic.send(&ward, at, to(), None);
    wait_judged(&ward, to());
    ward.assert_complete();
    ward.stop();
    let (live, again) = deduplicated(records(&dir, &Topic::ALERTS));
    eprintln!("{again} alerts were emitted again");
    assert!(again > 0, "no alert was emitted again: the kills have tried nothing");
    assert!(rules_of(&live).len() >= 8);
    assert_same(&live, &offline(&dir, &config), "offline");
}
