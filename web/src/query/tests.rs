//! Isolation: structurally (what is sent) and on the real engine (what comes back).

use std::{collections::BTreeSet, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Mutex,
};
use ward_event::{Micros, UnitId, clock::Clock};

use super::*;
use crate::{common, scope::Scope};

/// Scope cannot be forgotten if no other file names a table.
#[test]
fn only_the_builder_writes_from() {
    let mut files = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).expect("a folder").map(|e| e.expect("an entry").path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source file");
        seen += 1;
        let builder = path.ends_with("query/sql.rs") || path.ends_with("tests.rs");
        assert!(builder || !text.contains("FROM "), "{} writes SQL of its own", path.display());
    }
    assert!(seen > 30, "the sources were found");
}

fn unit(id: &str) -> UnitId {
    UnitId::new(id).expect("an id")
}

/// Asks everything the reader can be asked. Errors are of no interest here.
async fn ask_everything(reader: &Reader, scope: &Scope, now: Micros) {
    let from = Micros(now.0 - 86_400_000_000);
    let key = EntityKey { kind: "ip".into(), value: "10.12.3.77".into(), unit: None };
    let filter = AlertFilter {
        from,
        to: Some(now),
        levels: vec![ward_event::alert::Level::High],
        rule: Some("r".into()),
        entities: vec![("ip".into(), "10.0.0.1".into())],
        text: Some("x".into()),
        ..AlertFilter::default()
    };
    for sort in SortKey::ALL {
        let page = AlertPage { after: Some((1.0, "a".into())), limit: 5 };
        let _ = reader.alerts(scope, &filter, AlertSort { key: sort, ascending: true }, page).await;
    }
    let _ = reader.alert_levels(scope, &filter).await;
    let _ = reader.alert_rules(scope, &filter, 5).await;
    let _ = reader.alert(scope, "a").await;
    let _ = reader.minutes(scope, from).await;
    let _ = reader.trend(scope, from).await;
    let _ = reader.alert_trend(scope, from).await;
    let _ = reader.alerts_by_unit(scope, from, from).await;
    let _ = reader.newest(scope, from).await;
    let _ = reader.riskiest(scope, None, Some("ip"), now, 5).await;
    let _ = reader.scores(scope, &key, now).await;
    let _ = reader.score_history(scope, &key, from).await;
    let _ = reader.sources(scope, None, from).await;
    let span = Span { from, to: now, ingested_until: now };
    let _ = reader.report_rules(scope, span).await;
    let _ = reader.report_hours(scope, span).await;
    let _ = reader.report_events(scope, span).await;
    let _ = reader.report_sources(scope, span).await;
    let _ = reader.report_assets(scope, span).await;
    for kind in ["ip", "account", "host", "source", "hospital", "other"] {
        let entity = Some((kind.to_owned(), "10.0.0.1".to_owned()));
        let filter = EventFilter { from, entity, limit: 5, ..EventFilter::default() };
        let _ = reader.events(scope, &filter).await;
    }
    let _ = reader.events_by_id(scope, vec![("p".into(), 1)], from, now).await;
    let ear = EarRow { sender: "s".into(), source: "eve".into(), device: "d".into() };
    let _ = reader.fired(scope, vec!["r".into()], from).await;
    let _ = reader.ears(scope, vec![("p".into(), 1)], from, now).await;
    let _ = reader.told_of(scope, &ear, from).await;
    let _ = reader.heard_of(scope, &ear, from).await;
    let _ = reader.answers(scope, (std::net::Ipv4Addr::LOCALHOST.into(), 22), from, now).await;
    ask_hunts(reader, scope, from, now).await;
}

/// A query that tries to widen itself.
async fn ask_hunts(reader: &Reader, scope: &Scope, from: Micros, now: Micros) {
    let node = crate::hunt::parse("* OR unit:h01 OR NOT exists:unmapped.x").expect("a query");
    let register = common::seed::register();
    let zone = crate::show::Zone::new(ward_event::time::Calendar::shanghai());
    let query = HuntQuery::new(&node, &Terms { register: &register, zone }, from, now).expect("meant");
    let target = crate::hunt::fields::resolve("user").expect("a field");
    let known: Vec<_> = crate::hunt::fields::all().iter().filter(|f| f.is_countable()).collect();
    let parts = Parts { base: from.0, step: 60_000_000 };
    let _ = reader.hunt_summary(scope, &query, parts, &known).await;
    let _ = reader.hunt_values(scope, &query, &target, "x", 5).await;
    let _ = reader.hunt_tail(scope, &query, std::slice::from_ref(&target), from, 5).await;
    let after = Some(Place { at: now.0, producer: "p".into(), seq: 1 });
    let mut walk = Walk::new(reader.clone(), scope.clone(), query, vec![target], after, 5);
    while let Some(Ok(_)) = walk.next().await {}
}

/// A server that keeps what it is asked, and answers nothing.
async fn recorder() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                let mut buffer = [0; 16_384];
                loop {
                    let n = socket.read(&mut buffer).await.unwrap_or(0);
                    bytes.extend_from_slice(&buffer[..n]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length = head
                        .to_lowercase()
                        .lines()
                        .find_map(|l| l.strip_prefix("content-length: ")?.parse().ok());
                    if n == 0 || body.len() >= length.unwrap_or(0) {
                        kept.lock().await.push(body.to_owned());
                        break;
                    }
                }
                let _ = socket
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .await;
            });
        }
    });
    (url, asked)
}

#[tokio::test]
async fn every_statement_carries_its_scope() {
    let (url, asked) = recorder().await;
    let reader = Reader::new(clickhouse::Client::default().with_url(url));
    let now = Micros::from_secs(1_800_000_000);
    ask_everything(&reader, &Scope::one(unit("h02")), now).await;
    let statements = asked.lock().await.split_off(0);
    assert!(statements.len() >= 20, "{} statements", statements.len());
    for sql in &statements {
        let tables = sql.matches(" AS t WHERE ").count();
        assert!(tables >= 1, "{sql}");
        assert_eq!(tables, sql.matches(" AS t WHERE t.hospital IN ['h02']").count(), "{sql}");
    }
    ask_everything(&reader, &Scope::Units(BTreeSet::new()), now).await;
    for sql in asked.lock().await.iter() {
        assert_eq!(sql.matches(" AS t WHERE ").count(), sql.matches(" AS t WHERE 0").count(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_units_ids_give_nothing() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let now = Clock::system().now();
    common::seed::day(&store, now, 200).await;
    let reader = Reader::new(store.reader().clone());
    let all = reader
        .alerts(
            &Scope::All,
            &AlertFilter::default(),
            AlertSort::default(),
            AlertPage { after: None, limit: 200 },
        )
        .await
        .expect("alerts");
    assert_eq!(all.len(), 90, "one line an alert");
    let (own, foreign) = (Scope::one(unit("h02")), unit("h01"));
    let foreign_alerts: Vec<_> = all.iter().filter(|a| a.hospital == "h01").collect();
    assert!(!foreign_alerts.is_empty() && all.iter().any(|a| a.hospital == "h02"));
    for alert in &foreign_alerts {
        assert!(!reader.alert(&Scope::All, &alert.alert_id).await.expect("asked").is_empty());
        assert!(reader.alert(&own, &alert.alert_id).await.expect("asked").is_empty());
    }
    let filter = AlertFilter { unit: Some(foreign.clone()), ..AlertFilter::default() };
    let page = AlertPage { after: None, limit: 200 };
    assert!(reader.alerts(&own, &filter, AlertSort::default(), page).await.expect("asked").is_empty());
    let from = Micros(now.0 - 86_400_000_000);
    let events = EventFilter { from, unit: Some(foreign.clone()), limit: 10, ..EventFilter::default() };
    let theirs = reader.events(&Scope::All, &events).await.expect("asked");
    assert_eq!(theirs.len(), 10);
    assert!(reader.events(&own, &events).await.expect("asked").is_empty());
    let refs: Vec<_> = theirs.iter().map(|e| (e.producer.clone(), e.seq)).collect();
    assert_eq!(reader.events_by_id(&Scope::All, refs.clone(), from, now).await.expect("asked").len(), 10);
    assert!(reader.events_by_id(&own, refs, from, now).await.expect("asked").is_empty());
    assert!(reader.riskiest(&own, Some(&foreign), None, now, 9).await.expect("asked").is_empty());
    let key = EntityKey { kind: "host".into(), value: "HIS-DB-01".into(), unit: Some(foreign.clone()) };
    assert_eq!(reader.scores(&Scope::All, &key, now).await.expect("asked").len(), 1);
    assert!(reader.scores(&own, &key, now).await.expect("asked").is_empty());
    assert!(reader.score_history(&own, &key, from).await.expect("asked").is_empty());
    assert!(reader.sources(&own, Some(&foreign), from).await.expect("asked").is_empty());
    assert!(reader.minutes(&own, from).await.expect("asked").iter().all(|r| r.hospital == "h02"));
    assert!(
        reader.alerts_by_unit(&own, from, from).await.expect("asked").iter().all(|r| r.hospital == "h02")
    );
    keyset_gives_each_line_once(&reader, all.len()).await;
    store.close().await;
}

async fn keyset_gives_each_line_once(reader: &Reader, expected: usize) {
    for key in SortKey::ALL {
        for ascending in [false, true] {
            let (sort, mut after, mut seen) = (AlertSort { key, ascending }, None, Vec::new());
            loop {
                let page = AlertPage { after, limit: 7 };
                let rows =
                    reader.alerts(&Scope::All, &AlertFilter::default(), sort, page).await.expect("a page");
                let Some(last) = rows.last() else { break };
                after = Some((last.sort_key, last.alert_id.clone()));
                seen.extend(rows.into_iter().map(|r| (r.sort_key, r.alert_id)));
            }
            let ordered = seen.windows(2).all(|p| if ascending { p[0] < p[1] } else { p[0] > p[1] });
            assert!(ordered && seen.len() == expected, "{key:?} {ascending}: {} lines", seen.len());
        }
    }
}
