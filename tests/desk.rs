//! Accounts and audit from the command line: what is wrong is named, and the exit code says so. And what
//! `ward up` does with both.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use support::{PATIENCE, Ward, ward};
use ward_desk::{
    Desk,
    account::Enrolment,
    audit::{Action, Entry, Search},
};
use ward_event::{clock::Clock, topic::Topic};
use ward_store::log::{
    Log, Topics,
    disk::{DiskLog, DiskOptions},
};

async fn desk(dir: &Path) -> Desk {
    Desk::open(dir, Clock::system()).await.expect("a desk")
}

async fn append(desk: &Desk, count: usize) {
    for n in 0..count {
        let entry = Entry::nobody("x", "10.0.0.1", Action::View).object("alert", n);
        desk.audit().append(entry).await.expect("appended");
    }
}

async fn tamper(desk: &Desk, sql: &'static str) {
    let done = desk.write(move |c| {
        Box::pin(async move {
            sqlx::query(sql).execute(&mut *c).await?;
            Ok(())
        })
    });
    done.await.expect("tampered with");
}

/// What stands on `ward.audit` of a stopped process.
async fn given_out(dir: &Path) -> Vec<String> {
    let log = DiskLog::open(dir, DiskOptions::default()).expect("the log");
    let end = log.ends().await.expect("its ends").get(&Topic::AUDIT).copied().unwrap_or(0);
    let audit = Topics::Only(vec![Topic::AUDIT]);
    let mut reader = log.follow(audit, BTreeMap::new()).await.expect("a reader");
    let (mut next, mut given) = (0, Vec::new());
    while next < end {
        for record in reader.poll(100, Duration::from_millis(100)).await.expect("records") {
            next = record.offset + 1;
            given.push(String::from_utf8(record.payload.to_vec()).expect("text"));
        }
    }
    given
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_the_first_bad_entry_and_exits_with_an_error() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().display().to_string();
    let verify = |more: &[&str]| ward(&[&["admin", "audit", "verify", "--data", &data], more].concat());
    let (ok, _, err) = verify(&[]);
    assert!(!ok && err.contains("audit.key"), "nothing there is no sound audit: {err}");
    assert!(fs::read_dir(dir.path()).expect("a folder").next().is_none(), "and none is made");

    let desk = desk(dir.path()).await;
    append(&desk, 30).await;
    // Beside a process that writes.
    let (ok, out, err) = verify(&[]);
    assert!(ok && out.starts_with("30 entries are as they were written"), "{out}{err}");

    let anchor = desk.audit().head().await.expect("asked").expect("an entry");
    let anchors = dir.path().join("elsewhere.jsonl");
    fs::write(&anchors, serde_json::to_string(&anchor).expect("JSON")).expect("written");
    let anchors = anchors.display().to_string();
    let (ok, out, _) = verify(&["--anchor", &anchors]);
    assert!(ok && out.contains("1 of 1 anchors met"), "{out}");

    let export = dir.path().join("export.jsonl").display().to_string();
    let (ok, _, err) = ward(&["admin", "audit", "export", "--data", &data, "--out", &export]);
    assert!(ok && err.contains("31 entries"), "{err}");
    let (ok, out, err) = verify(&["--export", &export, "--anchor", &anchors]);
    assert!(ok && out.starts_with("31 entries"), "{out}{err}");
    let (ok, out, _) = ward(&["admin", "audit", "export", "--data", &data, "--account", "ward"]);
    assert!(ok && out.lines().count() == 2 && out.contains("console"), "exports are audited: {out}");
    let text = fs::read_to_string(&export).expect("the export");
    fs::write(&export, text.replace("\"object_id\":\"7\"", "\"object_id\":\"8\"")).expect("written");
    let (ok, _, err) = verify(&["--export", &export]);
    assert!(!ok && err.contains("entry 8 is not as it was written"), "{err}");

    tamper(&desk, "DELETE FROM audit WHERE number > 20").await;
    let (ok, ..) = verify(&[]);
    assert!(ok, "without an anchor nobody knows");
    let (ok, out, err) = verify(&["--anchor", &anchors]);
    assert!(!ok && out.is_empty() && err.contains("entries 21 to 30 are missing at the end"), "{err}");
    tamper(&desk, "UPDATE audit SET account = 'y' WHERE number = 12").await;
    let (ok, _, err) = verify(&[]);
    assert!(!ok && err.contains("entry 12 is not as it was written"), "{err}");
    tamper(&desk, "DELETE FROM audit WHERE number = 11").await;
    let (ok, _, err) = verify(&[]);
    assert!(!ok && err.contains("entry 11 is missing"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_link_is_printed_and_audited() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().display().to_string();
    let account = |args: &[&str]| ward(&[&["admin", "account"], args, &["--data", &data]].concat());
    let (ok, _, err) = account(&["relink", "secadmin"]);
    assert!(!ok && err.contains("no accounts"), "{err}");
    let desk = desk(dir.path()).await;
    let first: Enrolment = desk.enrolment_link().await.expect("asked").expect("a link");
    let (ok, _, err) = account(&["relink", "nobody"]);
    assert!(!ok && err.contains("no such thing"), "{err}");
    let (ok, out, err) = account(&["relink", "secadmin"]);
    assert!(ok && err.contains("works once"), "{err}");
    let link = out.trim().rsplit_once("link=").expect("a link").1;
    let shown = desk.accounts().enrolling(link).await.expect("a good one");
    assert_eq!(shown.name, "secadmin");
    assert!(desk.accounts().enrolling(&first.secret).await.is_err(), "the one before is withdrawn");
    let (ok, out, _) = account(&["list"]);
    assert!(ok && out == "secadmin\tsecurity_admin\tnot enrolled\t安全管理员\n", "{out}");
    let told = desk.audit().search(&Search::default()).await.expect("found");
    assert!(told.iter().any(|r| r.address == "console" && r.detail.contains("emergency")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn up_prints_the_first_link_and_gives_anchors_out() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut up = Ward::up(dir.path());
    let begun = Instant::now();
    let link = loop {
        // Printed after the endpoints are written.
        if let Some((_, link)) = up.log().split_once("/enrol?link=") {
            break link.split_whitespace().next().expect("a secret").to_owned();
        }
        assert!(begun.elapsed() < PATIENCE, "no link:\n{}", up.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let anchors = dir.path().join("audit-anchors.jsonl");
    while !anchors.is_file() {
        assert!(begun.elapsed() < PATIENCE, "no anchor:\n{}", up.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    up.stop();
    let desk = desk(dir.path()).await;
    assert_eq!(desk.accounts().enrolling(&link).await.expect("a good link").name, "secadmin");
    desk.close().await;
    // What stands on the log is what lies beside the audit.
    let given = given_out(&dir.path().join("log")).await;
    let kept = fs::read_to_string(&anchors).expect("anchors");
    assert!(!given.is_empty());
    assert_eq!(given, kept.lines().map(str::to_owned).collect::<Vec<_>>());
    let (ok, out, err) = ward(&["admin", "audit", "verify", "--data", &dir.path().display().to_string()]);
    assert!(ok && out.contains("anchors met"), "{out}{err}");
}
