//! The embedded engine: who is let in, that it ends with its parent and is restarted, migrations,
//! retention, `ward sql`.

#![allow(clippy::expect_used, reason = "a test")]

mod store_common;

use std::{fs, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use store_common::{NOON, command, config, number, store, syslog, turn};
use ward_event::{Micros, clock::Clock, config::Config};
use ward_store::{
    Store, StoreError,
    clickhouse::MIGRATIONS,
    engine::{EngineDir, EngineError, KEY_HEADER},
    writer::{At, Row, Writer, WriterSettings},
};

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_key_opens_the_engine_and_the_reader_may_only_read() {
    let _turn = turn().await;
    let data = temp();
    let config = config(&data);
    let store = store(&config).await;
    let dir = EngineDir::below(&config.data);
    let (access, keys) = (dir.access().expect("ready"), dir.keys().expect("keys"));
    let client = clickhouse::Client::default().with_url(access.url());
    let ask = async |client: &clickhouse::Client, sql: &str| {
        client
            .query_raw(sql)
            .fetch_bytes("TSV")
            .expect("a request")
            .collect()
            .await
            .map_err(|e| e.to_string())
    };
    let no_handler = "There is no handle";
    assert!(ask(&client, "SELECT 1").await.expect_err("no key").contains(no_handler));
    let wrong = client.clone().with_header(KEY_HEADER, "00");
    assert!(ask(&wrong, "SELECT 1").await.expect_err("wrong key").contains(no_handler));
    let default = client.clone().with_header(KEY_HEADER, &keys.reader).with_user("default");
    assert!(ask(&default, "SELECT 1").await.expect_err("reader's key").contains(no_handler));
    let nobody = client.clone().with_header(KEY_HEADER, &keys.reader);
    assert!(ask(&nobody, "SELECT 1").await.expect_err("no user").contains(no_handler));
    let guess = client.clone().with_header(KEY_HEADER, &keys.reader).with_user("reader").with_password("x");
    assert!(ask(&guess, "SELECT 1").await.expect_err("wrong password").contains("AUTHENTICATION_FAILED"));

    let reader = store.reader();
    assert_eq!(ask(reader, "SELECT count() FROM events").await.expect("may read"), "0\n");
    for (sql, reason) in [
        ("INSERT INTO migrations (name) VALUES ('x')", "ACCESS_DENIED"),
        ("DROP TABLE events", "ACCESS_DENIED"),
        ("CREATE TABLE t (a Int8) ENGINE = Memory", "ACCESS_DENIED"),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", "ACCESS_DENIED"),
        ("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", "ACCESS_DENIED"),
        ("SELECT * FROM executable('id', 'TSV', 'a String')", "ACCESS_DENIED"),
        ("SELECT name FROM system.users", "ACCESS_DENIED"),
        ("SET max_execution_time = 0", "SETTING_CONSTRAINT_VIOLATION"),
        ("SELECT 1 SETTINGS max_memory_usage = 0", "SETTING_CONSTRAINT_VIOLATION"),
        ("SELECT 1 SETTINGS readonly = 0", "READONLY"),
        ("SELECT number FROM numbers(2000000)", "TOO_MANY_ROWS"),
        ("SELECT uniqExact(number) FROM numbers(200000000)", "MEMORY_LIMIT_EXCEEDED"),
    ] {
        let error = ask(reader, sql).await.expect_err(sql);
        assert!(error.contains(reason), "{sql}: {error}");
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_open_once_and_a_dead_engine_is_started_again() {
    let _turn = turn().await;
    let data = temp();
    let config = config(&data);
    let store = store(&config).await;
    let first = store.engine_pid().await.expect("runs");
    let second = Store::open(&config, &command()).await;
    assert!(
        matches!(second, Err(StoreError::Engine(EngineError::InUse { .. }))),
        "a second engine is refused: {:?}",
        second.err().map(|e| e.to_string())
    );

    kill(Pid::from_raw(first as i32), Signal::SIGKILL).expect("killed");
    for _ in 0..1200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if store.engine_restarts().await == 1 && store.is_ready().await {
            break;
        }
    }
    assert!(store.is_ready().await, "the engine came back at the same address");
    assert_ne!(store.engine_pid().await, Some(first));
    assert_eq!(number(&store, "SELECT count() FROM migrations").await, MIGRATIONS.len() as u64);

    let pid = store.engine_pid().await.expect("runs");
    let begin = std::time::Instant::now();
    store.close().await;
    assert!(begin.elapsed() < Duration::from_secs(15), "a clean stop: {:?}", begin.elapsed());
    assert!(!fs::exists(format!("/proc/{pid}")).expect("proc"), "the process is gone");
    assert!(!fs::exists(config.data.join("store/engine.json")).expect("the folder"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_library_is_named() {
    let _turn = turn().await;
    let data = temp();
    let mut config = config(&data);
    config.store.engine_library = "/nowhere/libchdb.so".into();
    let error = Store::open(&config, &command()).await.err().expect("refused").to_string();
    assert!(error.contains("/nowhere/libchdb.so") && error.contains("make setup"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_apply_once_and_a_changed_one_is_refused() {
    let _turn = turn().await;
    let data = temp();
    let config = config(&data);
    let store = Store::open(&config, &command()).await.expect("starts");
    assert_eq!(store.migrate().await.expect("first").applied.len(), MIGRATIONS.len());
    assert!(store.migrate().await.expect("second").applied.is_empty());
    store
        .writer()
        .query_raw("ALTER TABLE migrations UPDATE hash = 'x' WHERE number = 2 SETTINGS mutations_sync = 1")
        .execute()
        .await
        .expect("changed");
    let error = store.migrate().await.expect_err("refused").to_string();
    assert!(error.contains("002_dead") && error.contains("append-only"), "{error}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn minutes_counted_before_are_kept_in_their_new_order() {
    let _turn = turn().await;
    let data = temp();
    let store = store(&config(&data)).await;
    let run = async |sql: &str| store.writer().query_raw(sql).execute().await.expect(sql);
    // As a store of the version before had it.
    let old = MIGRATIONS.iter().find(|m| m.name == "005_events_minute").expect("there");
    let sql = old.sql.replace("{timezone}", "Asia/Shanghai");
    for statement in sql.split(";\n").filter(|s| !s.trim().is_empty()) {
        run(statement).await;
    }
    run("INSERT INTO events_minute SELECT 'h01', toDateTime('2026-01-01 00:00:00', 'UTC') + number * 3600, 'syslog', \
         3002, 1, toDate('2026-01-01') + intDiv(number, 24), 2 FROM numbers(200 * 24) \
         SETTINGS max_partitions_per_insert_block = 0")
    .await;
    run("ALTER TABLE migrations DELETE WHERE number >= 10 SETTINGS mutations_sync = 1").await;
    let applied = store.migrate().await.expect("moved").applied;
    assert!(applied.contains(&"010_events_by_minute") && applied.contains(&"011_events_minute_gone"));
    assert_eq!(number(&store, "SELECT sum(count) FROM events_by_minute").await, 9_600);
    let left = "SELECT count() FROM system.tables WHERE database = 'ward' AND name LIKE 'events_minute%'";
    assert_eq!(number(&store, left).await, 0);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_is_in_its_table_with_its_type_and_every_table_deduplicates() {
    let _turn = turn().await;
    let data = temp();
    let store = store(&config(&data)).await;
    for (table, columns) in ward_store::writer::columns::layout() {
        for (name, kind) in columns {
            let sql = format!(
                "SELECT type FROM system.columns WHERE database = 'ward' AND table = '{table}' AND name = '{name}'"
            );
            let found: Option<String> =
                store.writer().query_raw(&sql).fetch_optional().await.expect("a query");
            assert_eq!(found.as_deref(), Some(kind), "{table}.{name}");
        }
    }
    let without = "SELECT count() FROM system.tables WHERE database = 'ward' AND engine LIKE '%MergeTree' \
                   AND name != 'migrations' AND NOT (create_table_query LIKE '%non_replicated_deduplication_window = 10000%' \
                   AND create_table_query LIKE '%fsync_after_insert = 1%')";
    assert_eq!(number(&store, without).await, 0);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retention_drops_whole_days_by_the_given_clock() {
    let _turn = turn().await;
    let data = temp();
    let config = config(&data);
    let store = store(&config).await;
    let clock = Clock::driven(NOON);
    let settings = WriterSettings::from(&config.store);
    let books = ward_event::books::Books::new().expect("books");
    let (mut writer, _) = Writer::recover(&Default::default(), clock.clone(), settings, &books).expect("new");
    for day in 0..4 {
        // An event of long ago that comes in today is kept by the day it came in.
        let mut event = syslog("h01", day);
        event.event.time = Micros::from_secs(1_000_000_000);
        let at = At { topic: &event.topic, partition: 0, offset: day };
        writer.add(at, Row::Event(&event));
        let batch = writer.seal().expect("a batch");
        Writer::insert(&store, &batch).await.expect("inserted");
        writer.done(&batch);
        clock.advance(Micros(clock.now().0 + ward_event::time::MICROS_PER_DAY));
    }
    let last = Micros(NOON.0 + 3 * ward_event::time::MICROS_PER_DAY);
    assert!(store.retain(last).await.expect("nothing to do").is_empty());
    let dropped = store.retain_within(last, 2, u64::MAX).await.expect("dropped");
    let days: Vec<_> = dropped.iter().map(|d| (d.table.as_str(), d.day.as_str())).collect();
    assert_eq!(
        days,
        [
            ("events", "20261122"),
            ("events_by_minute", "20261122"),
            ("events", "20261121"),
            ("events_by_minute", "20261121")
        ]
    );
    assert_eq!(number(&store, "SELECT count() FROM events").await, 2);
    assert_eq!(number(&store, "SELECT sum(count) FROM events_by_minute").await, 2);
    assert_eq!(store.retain_within(last, 184, 1).await.expect("too large").len(), 2);
    assert_eq!(number(&store, "SELECT count() FROM events").await, 1, "today stays");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_by_hand_reads_beside_the_running_engine_and_is_audited() {
    let _turn = turn().await;
    let data = temp();
    let config = config(&data);
    let mut out = Vec::new();
    let absent = ward_store::clickhouse::sql_command(&config, "TSV", "SELECT 1", &mut out).await;
    assert!(absent.expect_err("nothing runs").to_string().contains("ward up"));
    let store = store(&config).await;
    ward_store::clickhouse::sql_command(&config, "TSV", "SELECT '?', count() FROM events", &mut out)
        .await
        .expect("answered");
    assert_eq!(String::from_utf8_lossy(&out), "?\t0\n");
    let refused = ward_store::clickhouse::sql_command(&config, "TSV", "DROP TABLE events", &mut out).await;
    assert!(refused.expect_err("refused").to_string().contains("ACCESS_DENIED"));
    let log = fs::read_to_string(config.data.join("audit/sql.log")).expect("the audit file");
    let queries: Vec<String> = log
        .lines()
        .map(|l| serde_json::from_str::<ward_store::clickhouse::AuditEntry>(l).expect("a line").query)
        .collect();
    assert_eq!(queries, ["SELECT '?', count() FROM events", "DROP TABLE events"], "asked before it ran");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_ends_when_its_parent_is_killed() {
    // The parent is a second run of this test's own binary, which opens a store and waits.
    if let Ok(dir) = std::env::var("WARD_TEST_PARENT_DIR") {
        let data = Config { data: dir.into(), ..Config::default() };
        let _store = Store::open(&data, &command()).await.expect("starts");
        tokio::time::sleep(Duration::from_secs(60)).await;
        return;
    }
    let _turn = turn().await;
    let data = temp();
    let mut parent = std::process::Command::new(std::env::current_exe().expect("the test"))
        .args(["--exact", "the_engine_ends_when_its_parent_is_killed", "--nocapture"])
        .env("WARD_TEST_PARENT_DIR", data.path())
        .spawn()
        .expect("a parent");
    let dir = EngineDir::below(data.path());
    let mut pid = None;
    for _ in 0..1200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        pid = dir.access().ok().map(|a| a.pid);
        if pid.is_some_and(|pid| fs::exists(format!("/proc/{pid}")).expect("proc")) {
            break;
        }
    }
    let pid = pid.expect("the engine runs");
    tokio::time::sleep(Duration::from_millis(500)).await;
    parent.kill().expect("killed");
    parent.wait().expect("reaped");
    for _ in 0..100 {
        // An orphan that nobody reaps stays in the table of processes without memory.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the engine {pid} outlived its parent");
}
