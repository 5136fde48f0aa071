//! `ward report weekly` as a command, on a small store and a small desk.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use support::{Ward, ward};
use ward_desk::Desk;
use ward_event::{
    Micros,
    clock::Clock,
    config::Config,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_HOUR},
};
use ward_report::weekly::{Cutoff, Period, Week, Weekly};
use ward_store::Store;

/// As `ward up` is configured where nobody says otherwise.
const CUTOFF: Cutoff = Cutoff { weekday: 4, hour: 24 };

fn micros(at: Micros) -> String {
    format!("fromUnixTimestamp64Micro(toInt64({}))", at.0)
}

/// An incident that was found within the week and one after it.
async fn incidents(dir: &Path, period: Period) {
    let alert = |id: &str, at: Micros| {
        let alert = serde_json::json!({
            "alert_id": id, "revision": 0, "rule_id": "r", "title": "ransom", "title_zh": "勒索前兆", "level": "critical",
            "techniques": ["T1490"], "time": at, "first_time": at, "last_time": at, "hospital": "local",
            "entities": [{ "type": "host", "value": id }], "reasons": [], "events": [], "event_count": 1, "score": 90.0,
            "producer": "s.1", "seq": 1,
            "versions": { "rules": "", "baseline": "", "intel": "", "register": "", "geoip": "" },
        });
        serde_json::from_value(alert).expect("an alert")
    };
    let within = Micros(period.from.0 + MICROS_PER_DAY);
    let clock = Clock::driven(within);
    let desk = Desk::open(dir, clock.clone()).await.expect("a desk");
    desk.incidents().take(vec![alert("a", within)], 0).await.expect("taken");
    clock.advance(Micros(period.to.0 + MICROS_PER_HOUR));
    desk.incidents().take(vec![alert("b", clock.now())], 0).await.expect("taken");
    desk.close().await;
}

async fn alert(dir: &Path, at: Micros) {
    let mut config = Config::load(&dir.join("ward.toml")).expect("a configuration");
    config.data = dir.to_owned();
    let store = Store::attach(&config).expect("the store");
    let sql = format!(
        "INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, time, first_time, last_time, hospital,
             reasons, event_count, score, versions, producer, seq, ingested_at)
         VALUES ('{id:032x}', 0, 'r', 'ransom', '勒索前兆', 'critical', {at}, {at}, {at}, 'local', '[]', 1, 90, '', 'x.1', 1,
             toDateTime64({ms}, 3))",
        id = 7,
        at = micros(at),
        ms = at.0 / 1_000_000,
    );
    store.writer().query_raw(&sql).execute().await.expect("inserted");
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).expect("a folder").flatten();
    entries
        .map(|e| (e.file_name().to_string_lossy().into_owned(), fs::read(e.path()).expect("a file")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_is_written_as_files_that_stay_the_same() {
    let dir = tempfile::tempdir().expect("a folder");
    let (shanghai, now) = (Calendar::shanghai(), Clock::system().now());
    let week = Week::last_closed(shanghai, CUTOFF, now).expect("a week");
    let period = Period::of(week, CUTOFF, shanghai);
    incidents(dir.path(), period).await;
    let mut up = Ward::up(dir.path());
    alert(dir.path(), Micros(period.from.0 + MICROS_PER_DAY)).await;

    let data = dir.path().display().to_string();
    let week = week.to_string();
    let weekly = |out: &str, more: &[&str]| {
        let out = dir.path().join(out).display().to_string();
        ward(&[&["report", "weekly", "--data", &data, "--week", &week, "--out", &out], more].concat())
    };
    let (ok, out, err) = weekly("first", &[]);
    assert!(ok && out.lines().count() == 4, "{out}{err}");
    let first = files(&dir.path().join("first"));
    let name = |kind: &str| format!("ward-weekly-{week}-leader.{kind}");
    assert_eq!(first.len(), 4);
    let report: Weekly = serde_json::from_slice(&first[&name("json")]).expect("the model");
    let figure = |id: &str| report.figures.iter().find(|f| f.id == id).expect("the figure");
    assert_eq!(figure("alerts.severe").value, Some(1));
    assert_eq!(figure("incidents.found").value, Some(1), "the one after the cut-off is the next week's");
    assert_eq!(figure("notices.sent").value, Some(0));
    assert_eq!(figure("findings.severe").value, None, "nobody has looked");
    assert!(
        report.figures.iter().all(|f| !f.query.counted.is_empty()),
        "every figure says how it is counted"
    );
    assert_eq!(report.head.history[1], 1, "one line of the incidents' history lies before the cut-off");

    let text = Command::new("pdftotext").arg(dir.path().join("first").join(name("pdf"))).arg("-").output();
    let text = String::from_utf8(text.expect("pdftotext").stdout).expect("UTF-8");
    let text: String = text.split_whitespace().collect();
    assert!(text.contains("医疗卫生行业网络安全态势周报") && text.contains("本期新增事件1起"), "{text}");
    assert!(String::from_utf8_lossy(&first[&name("html")]).contains("指标与统计口径"));

    // What is issued stays, whatever came since; another version is asked for by name.
    alert(dir.path(), Micros(period.from.0 + 2 * MICROS_PER_DAY)).await;
    assert!(weekly("second", &[]).0);
    assert_eq!(files(&dir.path().join("second")), first, "other bytes");
    let (ok, _, err) = weekly("own", &["--hospital", "local"]);
    assert!(ok && files(&dir.path().join("own")).keys().any(|n| n.ends_with("unit-local.pdf")), "{err}");
    let (ok, _, err) = weekly("none", &["--hospital", "nobody"]);
    assert!(!ok && err.contains("nobody is not in the register"), "{err}");
    let (ok, _, err) = ward(&["report", "weekly", "--data", &data, "--week", "2099-W01", "--out", &data]);
    assert!(!ok && err.contains("is not over"), "{err}");
    up.stop();
}
