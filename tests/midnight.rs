//! A batch that was planned before midnight and stored after it: the same ingest day, and no row twice.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{fs, path::Path, time::Duration};

use nix::sys::signal::Signal;
use support::{Ward, driven::ClockSocket, engine_pid, send_tcp, signal};
use ward_event::{Micros, time::Calendar};

/// 2026-11-20.
const DAY: i32 = 20_777;

fn up(dir: &Path) -> Ward {
    let any = "127.0.0.1:0";
    fs::write(
        dir.join("register.toml"),
        "[[unit]]\nid='u'\nname='u'\nkind='hospital'\n[[sender]]\nid='s'\nunits=['u']\n",
    )
    .expect("written");
    let config = dir.join("ward.toml");
    fs::write(
        &config,
        format!(
            "register='register.toml'\n[clock]\nsource='driven'\n[web]\nlisten='{any}'\n[metrics]\nlisten='{any}'\n\
             [[collect]]\nsender='s'\nhospital='u'\nsyslog_tcp='{any}'\n"
        ),
    )
    .expect("written");
    let text = |p: &Path| p.display().to_string();
    Ward::start(&["up", "--config", &text(&config), "--data", &text(dir)], dir)
}

fn at(day: i32, seconds: i64) -> Micros {
    Micros(Calendar::shanghai().day_start(day).0 + seconds * 1_000_000)
}

/// Numbered lines.
fn send(ward: &Ward, numbers: std::ops::Range<u32>) {
    let lines: String = numbers.map(|n| format!("<13>1 - h app - - - line {n}\n")).collect();
    send_tcp(ward.endpoint("syslog-tcp"), lines.as_bytes());
}

/// Rows by the local day of their ingestion, and how many of them are distinct.
fn by_day(ward: &Ward) -> String {
    ward.sql(
        "SELECT toYYYYMMDD(ingested_at, 'Asia/Shanghai') AS day, count(), uniqExact(producer, seq) \
         FROM ward.events GROUP BY day ORDER BY day",
    )
}

#[test]
fn a_retry_over_midnight_keeps_its_day_and_doubles_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut ward = up(dir.path());
    let mut clock = ClockSocket::open(dir.path());
    clock.advance(at(DAY, 86_400 - 30)).expect("moved");
    send(&ward, 0..100);
    ward.sql_until("SELECT count() FROM ward.events", |n| n == "100");

    // The engine stands still, the plan is made, midnight passes, the engine is killed before it has
    // stored anything; its successor gets the same plan.
    let freeze = |ward: &Ward| {
        let engine = engine_pid(ward.child.id()).expect("the engine");
        signal(engine, Signal::SIGSTOP);
        engine
    };
    let engine = freeze(&ward);
    send(&ward, 100..200);
    planned(&ward);
    clock.advance(at(DAY + 1, 10)).expect("moved");
    signal(engine, Signal::SIGKILL);
    ward.sql_until("SELECT count() FROM ward.events", |n| n == "200");
    send(&ward, 200..300);
    ward.sql_until("SELECT count() FROM ward.events", |n| n == "300");
    assert_eq!(by_day(&ward), "20261120\t200\t200\n20261121\t100\t100");

    // The same with the whole process killed: the plan is found on the log by the next life.
    clock.advance(at(DAY + 1, 86_400 - 30)).expect("moved");
    let engine = freeze(&ward);
    send(&ward, 300..400);
    planned(&ward);
    clock.advance(at(DAY + 2, 10)).expect("moved");
    ward.kill();
    signal(engine, Signal::SIGKILL);
    ward.restart();
    ward.sql_until("SELECT count() FROM ward.events", |n| n == "400");
    send(&ward, 400..500);
    ward.sql_until("SELECT count() FROM ward.events", |n| n == "500");
    assert_eq!(by_day(&ward), "20261120\t200\t200\n20261121\t200\t200\n20261122\t100\t100");
    ward.assert_complete();
    ward.assert_balanced();
}

/// Waits until what was sent has been planned: it was read, and has waited longer than a batch may.
fn planned(ward: &Ward) {
    let deadline = std::time::Instant::now() + support::PATIENCE;
    let held = || {
        support::driven::metric(ward.endpoint("metrics"), |name| {
            name.starts_with("ward_held") && name.contains("stage=\"store\"")
        })
    };
    while held() < 100.0 {
        assert!(std::time::Instant::now() < deadline, "{} rows held\n{}", held(), ward.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(1_500));
}
