//! An analyst's decision on a running region: it reaches detection within seconds, once, through kills; and
//! every alert reaches triage once.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, Instant},
};

use support::{Ward, send_tcp};
use ward_desk::{
    Desk, Reach, Role, Viewer,
    triage::{Act, Edit, Filter, Group, NewException},
};
use ward_event::{
    Micros,
    clock::Clock,
    control::{ControlRecord, Finding},
    time::MICROS_PER_DAY,
    topic::Topic,
};
use ward_store::log::{
    Log, Topics,
    disk::{DiskLog, DiskOptions},
};

/// What a database audit says of `user` at an hour; each hour is an alert of its own.
fn query(user: &str, hour: u32) -> String {
    let text = format!(
        concat!(
            "<110>1 2026-11-20T{hour:02}:14:07+08:00 dbaudit-01 dbaudit - - - time=\"2026-11-20 {hour:02}:14:07\" session=88123 ",
            "client_ip=10.1.9.77 client_port=50122 client_host=PC-0977 os_user=admin program=\"PL/SQL Developer\" ",
            "db_user={user} instance=ORCL schema=HIS object=DRUG_PRESC_DETAIL op=SELECT ",
            "statement=\"SELECT ORDERED_BY, DRUG_NAME, SUM(QUANTITY) FROM DRUG_PRESC_DETAIL GROUP BY ORDERED_BY, DRUG_NAME\" ",
            "rows=1830 ret=0 duration_ms=941 risk=high"
        ),
        hour = hour,
        user = user,
    );
    format!("{} {text}", text.len())
}

fn analyst() -> Viewer {
    Viewer {
        account: None,
        name: "li".into(),
        role: Role::Analyst,
        reach: Reach::Region,
        within: None,
        may_write: true,
    }
}

async fn groups(desk: &Desk) -> Vec<Group> {
    desk.triage().page(&Filter::default(), &None, 0, 1_000).await.expect("a page").groups
}

/// The group about an account, once it is there.
async fn group_of(desk: &Desk, account: &str) -> Group {
    let begun = Instant::now();
    loop {
        let all = groups(desk).await;
        if let Some(group) = all.iter().find(|g| g.entity_value.eq_ignore_ascii_case(account)) {
            return group.clone();
        }
        assert!(begun.elapsed() < support::PATIENCE, "{account} does not come into triage: {all:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn published(desk: &Desk) {
    let begun = Instant::now();
    while !desk.triage().waiting(1).await.expect("read").is_empty() {
        assert!(begun.elapsed() < support::PATIENCE, "a decision is not published");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Hashes of the decisions on the log of a directory that is stopped.
async fn decisions(dir: &Path) -> Vec<String> {
    let log = DiskLog::open(&dir.join("log"), DiskOptions::default()).expect("the log");
    let end = log.ends().await.expect("ends")[&Topic::CONTROL];
    let mut reader = log.follow(Topics::Only(vec![Topic::CONTROL]), BTreeMap::new()).await.expect("a reader");
    let (mut found, mut next) = (Vec::new(), 0);
    while next < end {
        for record in reader.poll(64, Duration::from_millis(200)).await.expect("records") {
            next = record.offset + 1;
            let control: ControlRecord = serde_json::from_slice(&record.payload).expect("a record");
            if !["rules", "register"].contains(&control.change.kind()) {
                found.push(control.hash);
            }
        }
    }
    log.close().await.expect("closed");
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suppression_stops_the_next_alert_of_its_rule_and_entity_and_no_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut ward = Ward::up(dir.path());
    // The desk's own clock is the system's, as the running process has it.
    let desk = Desk::open(dir.path(), Clock::system()).await.expect("the desk of the running region");
    send_tcp(ward.endpoint("syslog-tcp"), query("HIS", 2).as_bytes());
    let group = group_of(&desk, "HIS").await;

    let new = NewException::Suppress {
        rule_id: group.rule_id.clone(),
        entity_type: group.entity_type.clone(),
        value: group.entity_value.clone(),
        hospital: group.hospital.clone(),
        until: Micros(Clock::system().now().0 + MICROS_PER_DAY),
    };
    desk.triage().except(&analyst(), "", &None, new, "the pharmacy's monthly report").await.expect("made");
    let decided = Instant::now();
    published(&desk).await;
    // In force at the next clock record but one; the region has two a second.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    send_tcp(ward.endpoint("syslog-tcp"), query("HIS", 4).as_bytes());
    send_tcp(ward.endpoint("syslog-tcp"), query("OTHER", 4).as_bytes());
    group_of(&desk, "OTHER").await;
    assert!(decided.elapsed() < Duration::from_secs(20), "within seconds: {:?}", decided.elapsed());
    let metrics = ward.get("metrics", "/metrics").1;
    let held = metrics.lines().find(|l| l.contains("cause=\"suppressed\"") && l.contains("stage=\"detect\""));
    assert!(held.is_some_and(|l| !l.ends_with(" 0")), "{held:?}: counted, not lost");
    ward.assert_balanced();

    // A verdict, and a kill right behind it.
    let edit = Edit { group: group.id.clone(), version: group.version, seen: group.last_no };
    let act = Act::Close { verdict: Finding::Benign, reason: "known".into() };
    let acted = desk.triage().act(&analyst(), "", &None, vec![edit], act).await.expect("written");
    assert!(acted[0].done.is_ok());
    ward.kill_and_restart();
    published(&desk).await;
    send_tcp(ward.endpoint("syslog-tcp"), query("THIRD", 5).as_bytes());
    send_tcp(ward.endpoint("syslog-tcp"), query("HIS", 6).as_bytes());
    // The wire has no acknowledgement: only what was taken in can outlive a kill.
    ward.sql_until("SELECT count() FROM ward.events WHERE device_hostname = 'dbaudit-01'", |n| n == "5");
    ward.kill_and_restart();
    group_of(&desk, "THIRD").await;
    // Other rules tell of the same statements; the suppression is of this one.
    let of_rule = format!("SELECT uniqExact(alert_id) FROM ward.alerts WHERE rule_id = '{}'", group.rule_id);
    let stored = ward.sql_until(&of_rule, |n| n == "3");
    let mine: Vec<_> = groups(&desk).await.into_iter().filter(|g| g.rule_id == group.rule_id).collect();
    let counted: i64 = mine.iter().map(|g| g.alerts).sum();
    assert_eq!(counted.to_string(), stored, "each once: {mine:?}");
    assert_eq!(
        mine.iter().find(|g| g.id == group.id).map(|g| g.alerts),
        Some(1),
        "suppressed after kills, too"
    );
    ward.stop();
    let told = decisions(dir.path()).await;
    let distinct: BTreeSet<_> = told.iter().collect();
    assert_eq!((told.len(), distinct.len()), (2, 2), "the suppression and the verdict, each once");

    // Built anew it is the same.
    let before = groups(&desk).await;
    desk.close().await;
    let (ok, out, err) =
        support::ward(&["admin", "rebuild", "triage", "--data", &dir.path().display().to_string()]);
    assert!(ok, "{out}{err}");
    let desk = Desk::open(dir.path(), Clock::system()).await.expect("the desk");
    let plain = |groups: Vec<Group>| -> BTreeMap<_, _> {
        let part = |g: Group| (g.id, (g.status, g.owner, g.verdict, g.reason, g.alerts, g.events));
        groups.into_iter().map(part).collect()
    };
    assert_eq!(plain(groups(&desk).await), plain(before));
}
