//! The database itself: from empty to now, keys, one writer, group commit.

use std::os::unix::fs::PermissionsExt;

use sqlx::Row;
use ward_desk::{Desk, DeskError};
use ward_event::clock::Clock;

use crate::common::{Place, START};

async fn one(desk: &Desk, sql: &'static str) -> i64 {
    sqlx::query(sql).fetch_one(desk.readers()).await.expect("read").get(0)
}

async fn run(desk: &Desk, sql: &'static str) -> Result<(), DeskError> {
    desk.write(move |c| {
        Box::pin(async move {
            sqlx::raw_sql(sql).execute(&mut *c).await?;
            Ok(())
        })
    })
    .await
}

#[tokio::test]
async fn a_new_desk_is_private_durable_and_opens_again() {
    let mut place = Place::new().await;
    for name in ["desk.sqlite", "desk.sqlite-wal", "desk.key", "audit.key"] {
        let mode = std::fs::metadata(place.dir.path().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let applied = one(&place.desk, "SELECT COUNT(*) FROM migration").await;
    assert!(applied >= 2);
    place.reopen().await;
    assert_eq!(one(&place.desk, "SELECT COUNT(*) FROM migration").await, applied);
    assert_eq!(one(&place.desk, "PRAGMA foreign_keys").await, 1);
    let done = place.desk.write(|c| {
        Box::pin(async move {
            let mode: String = sqlx::query("PRAGMA journal_mode").fetch_one(&mut *c).await?.get(0);
            let synchronous: i64 = sqlx::query("PRAGMA synchronous").fetch_one(&mut *c).await?.get(0);
            Ok((mode, synchronous))
        })
    });
    assert_eq!(done.await.expect("asked"), ("wal".to_owned(), 2));
    // Readers only read.
    assert!(sqlx::query("DELETE FROM migration").execute(place.desk.readers()).await.is_err());
}

#[tokio::test]
async fn a_database_without_its_keys_or_of_another_version_is_refused() {
    let place = Place::new().await;
    run(&place.desk, "INSERT INTO migration VALUES (999, '999_later', '', 0)").await.expect("written");
    place.desk.close().await;
    let open = || Desk::open(place.dir.path(), Clock::driven(START));
    let refused = open().await.err().expect("refused").to_string();
    assert!(refused.contains("999_later") && refused.contains("newer"), "{refused}");
    for key in ["audit.key", "desk.key"] {
        let dir = tempfile::tempdir().expect("a directory");
        let desk = Desk::open(dir.path(), Clock::driven(START)).await.expect("a desk");
        desk.close().await;
        std::fs::remove_file(dir.path().join(key)).expect("removed");
        let refused = Desk::open(dir.path(), Clock::driven(START)).await.err().expect("refused").to_string();
        assert!(refused.contains(key), "{refused}");
    }
}

#[tokio::test]
async fn a_migration_that_was_changed_is_refused() {
    let place = Place::new().await;
    run(&place.desk, "UPDATE migration SET hash = 'x' WHERE number = 1").await.expect("written");
    place.desk.close().await;
    let refused =
        Desk::open(place.dir.path(), Clock::driven(START)).await.err().expect("refused").to_string();
    assert!(refused.contains("001_accounts") && refused.contains("changed"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_run_one_after_the_other_and_fail_alone() {
    let place = Place::new().await;
    run(
        &place.desk,
        "CREATE TABLE n (id BIGINT PRIMARY KEY, value BIGINT NOT NULL); INSERT INTO n VALUES (1, 0)",
    )
    .await
    .expect("made");
    let tasks: Vec<_> = (0..300)
        .map(|n| {
            let desk = place.desk.clone();
            tokio::spawn(async move {
                desk.write(move |c| {
                    Box::pin(async move {
                        // Read, then write what was read: lost where two ran at once.
                        let value: i64 =
                            sqlx::query("SELECT value FROM n WHERE id = 1").fetch_one(&mut *c).await?.get(0);
                        sqlx::query("UPDATE n SET value = $1 WHERE id = 1")
                            .bind(value + 1)
                            .execute(&mut *c)
                            .await?;
                        match n % 10 {
                            0 => Err(DeskError::Broken("on purpose".into())),
                            1 => panic!("on purpose"),
                            _ => Ok(value),
                        }
                    })
                })
                .await
            })
        })
        .collect();
    let mut seen = Vec::new();
    for task in tasks {
        seen.extend(task.await.expect("a task"));
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..240).collect::<Vec<_>>());
    assert_eq!(one(&place.desk, "SELECT value FROM n").await, 240);
}
