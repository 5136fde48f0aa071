//! The audit in its database: what is refused, found, taken out, and given out.

use serde_json::json;
use sqlx::AssertSqlSafe;
use ward_desk::{
    AccountId, Desk, DeskError, Reach, Role, Viewer,
    audit::{Action, ChainKey, Entry, Flaw, Outcome, Search, follow_anchors, read_anchors, verify_export},
};
use ward_event::{Micros, UnitId};

use crate::common::{self, Place, units};

fn analyst() -> Viewer {
    Viewer {
        account: Some(AccountId(7)),
        name: "li.lei".into(),
        role: Role::Analyst,
        reach: Reach::Region,
        within: None,
        may_write: true,
    }
}

fn looked_at(n: usize) -> Entry {
    let unit = UnitId::new(["h01", "h02"][n % 2]).expect("an id");
    let entry = Entry::new(&analyst(), "10.0.0.1", Action::View).unit(&unit).object("alert", n);
    if n.is_multiple_of(5) {
        entry.document("卫网安〔2026〕12号").detail(json!({ "n": n }))
    } else {
        entry
    }
}

async fn append(place: &Place, count: usize) {
    for n in 1..=count {
        place.desk.audit().append(looked_at(n)).await.expect("appended");
    }
}

/// What somebody with the database's file can do.
async fn tamper(desk: &Desk, sql: &'static str) {
    let done = desk.write(move |c| {
        Box::pin(async move {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *c).await?;
            Ok(())
        })
    });
    done.await.expect("tampered with");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_dense_whatever_is_undone_beside_them() {
    let place = Place::new().await;
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let desk = place.desk.clone();
            tokio::spawn(async move {
                let ledger = desk.ledger();
                desk.write(move |c| {
                    Box::pin(async move {
                        let number = ledger.append(c, looked_at(n)).await?;
                        // One in seven thinks better of it after its entry was appended.
                        if n % 7 == 0 { Err(DeskError::Broken("undone".into())) } else { Ok(number) }
                    })
                })
                .await
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for (n, task) in tasks.into_iter().enumerate() {
        match task.await.expect("a task") {
            Ok(number) => numbers.push(number),
            Err(error) => assert!(n % 7 == 0, "{error}"),
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=171).collect::<Vec<_>>());
    let sound = place.desk.audit().verify(&[]).await.expect("verified").expect("sound");
    assert_eq!((sound.entries, sound.last), (171, 171));
}

#[tokio::test]
async fn what_is_done_to_the_table_is_found_and_named() {
    for (sql, flaw) in [
        ("UPDATE audit SET account = 'han.mei' WHERE number = 4", Flaw::Altered(4)),
        ("UPDATE audit SET account_id = 8 WHERE number = 9", Flaw::Altered(9)),
        ("UPDATE audit SET time = time + 1 WHERE number = 1", Flaw::Altered(1)),
        ("UPDATE audit SET detail = '{\"n\": 5}' WHERE number = 5", Flaw::Altered(5)),
        // One digit of it, whichever it was: one hash in sixty has no digit that a fixed replacement would find.
        (
            "UPDATE audit SET hash = CASE substr(hash, 1, 1) WHEN '0' THEN '1' ELSE '0' END || substr(hash, 2) WHERE number = 12",
            Flaw::Altered(12),
        ),
        ("DELETE FROM audit WHERE number = 6", Flaw::Missing(6)),
        ("DELETE FROM audit WHERE number < 3", Flaw::Missing(1)),
        (
            "INSERT INTO audit SELECT 0, time, account_id, account, role, address, action, unit, object_kind, \
             object_id, document, outcome, detail, hash FROM audit WHERE number = 1",
            Flaw::Altered(0),
        ),
        ("UPDATE audit SET hash = 'x' || hash WHERE number = 2", Flaw::Altered(2)),
        ("UPDATE audit SET hash = '' WHERE number = 10", Flaw::Altered(10)),
        ("UPDATE audit SET account = account || '7:analyst', role = '' WHERE number = 11", Flaw::Altered(11)),
        ("UPDATE audit SET number = 9000000000000000000 WHERE number = 12", Flaw::Missing(12)),
        (
            "DELETE FROM audit WHERE number = 6; UPDATE audit SET number = 6 WHERE number = 7",
            Flaw::Altered(6),
        ),
        (
            "UPDATE audit SET number = 99 WHERE number = 3; UPDATE audit SET number = 3 WHERE number = 8; \
             UPDATE audit SET number = 8 WHERE number = 99",
            Flaw::Altered(3),
        ),
        (
            "INSERT INTO audit SELECT 13, time, account_id, account, role, address, action, unit, object_kind, \
          object_id, document, outcome, detail, hash FROM audit WHERE number = 12",
            Flaw::Altered(13),
        ),
    ] {
        let place = Place::new().await;
        append(&place, 12).await;
        assert_eq!(place.desk.audit().verify(&[]).await.expect("verified").map(|s| s.entries), Ok(12));
        tamper(&place.desk, sql).await;
        assert_eq!(place.desk.audit().verify(&[]).await.expect("verified"), Err(flaw), "{sql}");
    }
}

#[tokio::test]
async fn a_long_chain_is_verified_block_by_block_and_its_flaw_is_named() {
    let place = Place::new().await;
    let ledger = place.desk.ledger();
    let long = place.desk.write(move |c| {
        Box::pin(async move {
            for n in 1..=2_345 {
                ledger.append(c, looked_at(n).detail(json!({ "text": "查询;:1:".repeat(n % 7) }))).await?;
            }
            Ok(())
        })
    });
    long.await.expect("appended");
    let head = place.desk.audit().head().await.expect("asked").expect("an entry");
    let verify = async |anchors: &[_]| place.desk.audit().verify(anchors).await.expect("verified");
    let sound = verify(std::slice::from_ref(&head)).await.expect("sound");
    assert_eq!((sound.entries, sound.last, sound.anchors), (2_345, 2_345, 1));
    tamper(&place.desk, "UPDATE audit SET detail = replace(detail, ';', ',') WHERE number = 2003").await;
    assert_eq!(verify(&[]).await, Err(Flaw::Altered(2_003)));
    tamper(&place.desk, "DELETE FROM audit WHERE number BETWEEN 1000 AND 1001").await;
    assert_eq!(verify(&[]).await, Err(Flaw::Missing(1_000)));
}

#[tokio::test]
async fn an_anchor_tells_what_the_chain_cannot() {
    let place = Place::new().await;
    append(&place, 5).await;
    let early = place.desk.audit().head().await.expect("asked").expect("an entry");
    append(&place, 5).await;
    let late = place.desk.audit().head().await.expect("asked").expect("an entry");
    let verify = async |anchors: &[_]| place.desk.audit().verify(anchors).await.expect("verified");
    assert_eq!(verify(&[late.clone(), early.clone()]).await.map(|s| s.anchors), Ok(2));
    tamper(&place.desk, "DELETE FROM audit WHERE number > 7").await;
    assert_eq!(verify(&[]).await.map(|s| s.last), Ok(7), "the chain alone cannot know");
    let anchors = [early, late];
    assert_eq!(verify(&anchors).await, Err(Flaw::Truncated { from: 8, to: 10 }));
    // Whoever has the key goes on from there, as Ward itself does: the same numbers, other entries.
    append(&place, 5).await;
    assert_eq!(verify(&[]).await.map(|s| s.last), Ok(12));
    assert_eq!(verify(&anchors).await, Err(Flaw::Rewritten { from: 6, to: 10 }));
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_and_it_goes_on_when_it_can() {
    let mut place = Place::new().await;
    append(&place, 3).await;
    // SQLite's own "disk full", and a table that takes nothing.
    let broken = [
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"),
        (
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(FAIL, 'no'); END",
            "DROP TRIGGER full",
        ),
    ];
    let long = || looked_at(1).detail(json!({ "long": "x".repeat(16_000) }));
    let mut appended = 3;
    for (breaks, mends) in broken {
        tamper(&place.desk, breaks).await;
        let mut refused = 0;
        for _ in 0..100 {
            match place.desk.audit().append(long()).await {
                Ok(_) => appended += 1,
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 90, "{breaks}: {refused}");
        // What hangs on it is not done either.
        let ledger = place.desk.ledger();
        let done = place.desk.write(move |c| {
            Box::pin(async move {
                sqlx::query("UPDATE audit SET account = 'x' WHERE number = 1").execute(&mut *c).await?;
                ledger.append(c, long()).await
            })
        });
        assert!(done.await.is_err(), "{breaks}");
        tamper(&place.desk, mends).await;
        append(&place, 1).await;
        appended += 1;
        let sound = place.desk.audit().verify(&[]).await.expect("verified").expect("sound");
        assert_eq!(sound.entries, appended, "{breaks}");
    }
    // A file that cannot be written: no transaction begins.
    tamper(&place.desk, "PRAGMA query_only = 1").await;
    let refused = place.desk.audit().append(looked_at(1)).await;
    assert!(matches!(refused, Err(DeskError::NotWritten(_))), "{refused:?}");
    place.reopen().await;
    append(&place, 1).await;
    let sound = place.desk.audit().verify(&[]).await.expect("verified").expect("sound");
    assert_eq!(sound.entries, appended + 1);
    place.desk.close().await;
    assert!(matches!(place.desk.audit().append(looked_at(1)).await, Err(DeskError::Closed)));
}

#[tokio::test]
async fn entries_are_found_by_person_unit_document_time_and_page() {
    let place = Place::new().await;
    for n in 1..=30 {
        place.pass(1);
        place.desk.audit().append(looked_at(n)).await.expect("appended");
    }
    let other = Entry::nobody("", "10.0.0.9", Action::SignInFailed).outcome(Outcome::Refused);
    place.desk.audit().append(other).await.expect("appended");
    let find = async |search: Search| {
        let found = place.desk.audit().search(&search).await.expect("found");
        found.iter().map(|r| r.number).collect::<Vec<_>>()
    };
    let all = Search::default;
    assert_eq!(find(Search { account: Some("li.lei".into()), limit: Some(2), ..all() }).await, [30, 29]);
    let unit = units(&["h02"]).first().cloned();
    assert_eq!(find(Search { unit: unit.clone(), before: Some(6), ..all() }).await, [5, 3, 1]);
    let document = Some("卫网安〔2026〕12号".to_owned());
    assert_eq!(find(Search { document: document.clone(), ..all() }).await, [30, 25, 20, 15, 10, 5]);
    assert_eq!(find(Search { document, unit, ..all() }).await, [25, 15, 5]);
    assert_eq!(find(Search { action: Some(Action::SignInFailed), ..all() }).await, [31]);
    assert_eq!(find(Search { object: Some(("alert".into(), "12".into())), ..all() }).await, [12]);
    let at = |seconds: i64| Some(Micros(common::START.0 + seconds * 1_000_000));
    assert_eq!(find(Search { from: at(10), to: at(13), ..all() }).await, [12, 11, 10]);
    assert_eq!(find(Search { account: Some("' OR 1=1 --".into()), ..all() }).await, [0; 0]);
    assert_eq!(find(Search { limit: Some(-5), ..all() }).await.len(), 1);
}

#[tokio::test]
async fn an_export_can_be_verified_apart_from_the_database() {
    let place = Place::new().await;
    append(&place, 20).await;
    let head = place.desk.audit().head().await.expect("asked").expect("an entry");
    let export = async |search: Search| {
        let mut out = Vec::new();
        let count = place.desk.audit().export(&search, &mut out).await.expect("exported");
        (count, String::from_utf8(out).expect("text"))
    };
    let key = ChainKey::read(&place.dir.path().join("audit.key")).expect("the key");
    let check =
        |text: &str| verify_export(text.as_bytes(), &key, std::slice::from_ref(&head)).expect("readable");
    let (count, all) = export(Search::default()).await;
    assert_eq!((count, check(&all).map(|s| (s.entries, s.anchors))), (20, Ok((20, 1))));
    let (count, some) =
        export(Search { document: Some("卫网安〔2026〕12号".into()), ..Search::default() }).await;
    assert_eq!((count, check(&some).map(|s| s.entries)), (4, Ok(4)));
    assert_eq!(check(&some.replace("卫网安〔2026〕12号", "卫网安〔2026〕13号")), Err(Flaw::Altered(5)));
    let without: Vec<_> = all.lines().filter(|l| !l.contains("\"number\":7,")).collect();
    assert_eq!(without.len(), 19);
    assert_eq!(check(&without.join("\n")).map(|s| s.entries), Ok(19), "a gap is not a flaw of an export");
}

#[tokio::test]
async fn anchors_are_given_out_and_kept() {
    let place = Place::new().await;
    append(&place, 3).await;
    let (out, mut given) = tokio::sync::mpsc::channel(4);
    let task = follow_anchors(place.desk.clone(), out);
    let first = given.recv().await.expect("one at once");
    assert_eq!(first.number, 3);
    append(&place, 2).await;
    place.pass(600);
    let second = given.recv().await.expect("one after ten minutes");
    assert_eq!(second.number, 5);
    let kept = read_anchors(&place.dir.path().join("audit-anchors.jsonl")).expect("kept");
    assert_eq!(kept, [first, second]);
    assert!(place.desk.audit().verify(&kept).await.expect("verified").is_ok());
    place.desk.close().await;
    task.await.expect("it ends with the desk");
}

#[tokio::test]
async fn hostile_text_is_kept_bounded_and_verifies() {
    let place = Place::new().await;
    let hostile =
        ["a\0b", "\u{202e}gnp.exe", "<script>", "=cmd|' /C'!A0", "line\r\nbreak", &"长".repeat(9_999)];
    for text in hostile {
        let mut entry = Entry::nobody(text, text, Action::Search).object(text, text).document(text);
        entry.role = text.into();
        place.desk.audit().append(entry.detail(json!({ "q": text }))).await.expect("appended");
    }
    let sound = place.desk.audit().verify(&[]).await.expect("verified").expect("sound");
    assert_eq!(sound.entries, hostile.len() as u64);
    for record in place.desk.audit().search(&Search::default()).await.expect("found") {
        assert!(
            record.account.len() <= 512 && record.detail.len() <= 16 << 10 && !record.account.contains('\0')
        );
    }
    let mut out = Vec::new();
    place.desk.audit().export(&Search::default(), &mut out).await.expect("exported");
    let lines = String::from_utf8(out).expect("text");
    assert_eq!(lines.lines().count(), hostile.len(), "one line an entry");
}
