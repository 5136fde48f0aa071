//! `ward rules replay`: rules that came later over what is stored already.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::fs;

use support::{Ward, send_tcp, ward};

const RULE: &str = "title: Port closed\nid: 11111111-1111-4111-8111-111111111111\nlevel: low\nlogsource:\n    definition: any\ndetection:\n    s:\n        message|contains: 'port 7'\n    condition: s\n";

#[test]
fn rules_run_over_the_stored_events_of_a_stretch_of_time() {
    let dir = tempfile::tempdir().expect("a folder");
    let ward_up = Ward::up(dir.path());
    let lines: String = (0..20)
        .map(|n| {
            let hour = 8 + n / 10;
            format!("<13>1 2026-11-20T{hour:02}:00:{n:02}+08:00 sw1 switch - - - port {} closed\n", n % 10)
        })
        .collect();
    send_tcp(ward_up.endpoint("syslog-tcp"), lines.as_bytes());
    ward_up.sql_until("SELECT count() FROM ward.events", |n| n == "20");

    let rules = dir.path().join("rules");
    fs::create_dir(&rules).expect("a folder");
    fs::write(rules.join("port.yml"), RULE).expect("written");
    let (data, rules) = (dir.path().display().to_string(), rules.display().to_string());
    let replay = |from: &str, to: &str, more: &[&str]| {
        let mut args = vec!["rules", "replay", "--data", &data, "--from", from, "--to", to];
        args.extend(more);
        let (ok, out, err) = ward(&args);
        assert!(ok, "{err}");
        (out, err)
    };
    let json = ["--rules", &rules, "--json"];
    let (out, err) = replay("2026-11-20", "2026-11-21", &json);
    let table: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (table[0]["rule_id"].as_str(), table[0]["count"].as_u64(), table[1].is_null()),
        (Some("11111111-1111-4111-8111-111111111111"), Some(2), true),
        "{out}"
    );
    assert!(err.contains("20 events"), "{err}");
    // Half of the time, as a table; and a stretch in which nothing was.
    let (out, err) = replay("2026-11-20T08:30", "2026-11-20T02:00:00Z", &["--rules", &rules]);
    assert!(out.contains("Port closed") && out.contains("  1  ") && err.contains("10 events"), "{out}{err}");
    let (out, _) = replay("2026-11-19", "2026-11-20", &json);
    assert_eq!(out.trim(), "[]");
    // Without other rules those that are configured run.
    let (_, err) = replay("2026-11-20", "2026-11-21", &[]);
    assert!(err.contains("20 events") && !err.contains(" 0 rules"), "{err}");
    let (ok, _, err) =
        ward(&["rules", "replay", "--data", &data, "--from", "2026-11-21", "--to", "2026-11-20"]);
    assert!(!ok && err.contains("before"), "{err}");
}
