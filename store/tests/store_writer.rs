//! The planned writer against the real engine: a kill -9 in the middle of inserts, a retry on the next
//! day, a frozen writer that inserts late, and that an event is the same when read back from its row.

#![allow(clippy::expect_used, reason = "a test")]

mod store_common;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use store_common::{NOON, config, number, producer, sender, store, syslog, turn};
use ward_event::{
    EnrichedEvent, Enrichment, Event, Field, Format, Kind, Micros, Place, TimeQuality, UnitId,
    alert::{Alert, Entity, EventRef, Level, Reason, Versions},
    books::Books,
    clock::Clock,
    dead::DeadLetter,
    rollup::Rollup,
    state::{Asset, AssetPeer, AssetService, Baseline, Score, SourceState, State, StateRecord},
    time::MICROS_PER_DAY,
    topic::Topic,
};
use ward_store::{
    Store,
    log::Position,
    writer::{At, Batch, Row, Writer, WriterSettings},
};

const SETTINGS: WriterSettings = WriterSettings { rows_max: 500_000, delay_max: Duration::from_millis(500) };

fn writer(positions: &BTreeMap<Topic, Position>, clock: &Clock) -> Writer {
    let books = Books::new().expect("books");
    Writer::recover(positions, clock.clone(), SETTINGS, &books).expect("own positions").0
}

fn give(writer: &mut Writer, events: std::ops::Range<u64>) {
    for n in events {
        let event = syslog("h01", n);
        writer.add(At { topic: &event.topic, partition: 0, offset: n }, Row::Event(&event));
    }
}

/// Everything of `h01`'s producer, as the proof of completeness asks: (rows, distinct, first, last).
async fn complete(store: &Store) -> (u64, u64, u64, u64) {
    store
        .writer()
        .query("SELECT count(), uniqExact(seq), min(seq), max(seq) FROM events WHERE producer = 'h01.1'")
        .fetch_one()
        .await
        .expect("a row")
}

/// Rounds of chaos: few by default, `WARD_ROUNDS` for more.
fn rounds() -> u64 {
    std::env::var("WARD_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chaos_an_engine_killed_in_the_middle_of_inserts_loses_and_doubles_nothing() {
    let _turn = turn().await;
    let data = tempfile::tempdir().expect("a folder");
    let store = store(&config(&data)).await;
    let clock = Clock::driven(NOON);
    let mut writer = writer(&BTreeMap::new(), &clock);
    let (rounds, per) = (rounds(), 20_000);
    for round in 0..rounds {
        give(&mut writer, round * per..(round + 1) * per);
        clock.advance(Micros(clock.now().0 + 700_000));
        let batch = writer.seal().expect("a batch");
        let insert = {
            let (store, batch) = (store.clone(), batch.clone());
            tokio::spawn(async move { Writer::insert(&store, &batch).await })
        };
        // Anywhere between the first byte and long after the answer.
        tokio::time::sleep(Duration::from_millis(round * 37 % 200)).await;
        let pid = store.engine_pid().await;
        if let Some(pid) = pid {
            // It may just be restarting.
            let _ = kill(Pid::from_raw(pid as i32), Signal::SIGKILL);
        }
        insert.await.expect("no panic").expect("inserted in the end");
        writer.done(&batch);
        while !store.is_ready().await {
            // The kill came after the answer.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(complete(&store).await, ((round + 1) * per, (round + 1) * per, 0, (round + 1) * per - 1));
    }
    assert!(store.engine_restarts().await >= 1);
    assert_eq!(number(&store, "SELECT sum(count) FROM events_by_minute").await, rounds * per, "views too");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_inserted_again_on_the_next_day_and_by_a_frozen_writer_without_a_second_row() {
    let _turn = turn().await;
    let data = tempfile::tempdir().expect("a folder");
    let store = store(&config(&data)).await;
    let clock = Clock::driven(NOON);
    let mut first = writer(&BTreeMap::new(), &clock);
    give(&mut first, 0..1_000);
    let planned = first.seal().expect("a batch");
    // Committed, inserted, and then the process dies before it knows.
    Writer::insert(&store, &planned).await.expect("inserted");
    let mut positions = planned.positions.clone();

    clock.advance(Micros(NOON.0 + MICROS_PER_DAY));
    let mut second = writer(&positions, &clock);
    assert_eq!(second.replaying(), Some(&planned.plan));
    give(&mut second, 0..1_300);
    assert!(second.due(clock.now()));
    let again = second.seal().expect("the pending plan");
    assert_eq!(again.plan, planned.plan);
    Writer::insert(&store, &again).await.expect("deduplicated");
    second.done(&again);
    assert_eq!(complete(&store).await, (1_000, 1_000, 0, 999));

    // It goes on with many more batches, and only then the first writer thaws and inserts its own.
    for n in 0..30 {
        give(&mut second, 1_000 + n * 10..1_010 + n * 10);
        let batch = second.seal().expect("a batch");
        positions.extend(batch.positions.clone());
        Writer::insert(&store, &batch).await.expect("inserted");
        second.done(&batch);
    }
    Writer::insert(&store, &planned).await.expect("deduplicated");
    assert_eq!(complete(&store).await, (1_300, 1_300, 0, 1_299));
    assert_eq!(number(&store, "SELECT sum(count) FROM events_by_minute").await, 1_300);
    assert_eq!(
        number(&store, "SELECT uniqExact(toYYYYMMDD(ingested_at, 'Asia/Shanghai')) FROM events").await,
        2
    );
    positions.extend(second.settle());
    assert!(writer(&positions, &clock).replaying().is_none(), "nothing pending after a clean stop");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_block_stays_one_part() {
    let _turn = turn().await;
    let data = tempfile::tempdir().expect("a folder");
    let store = store(&config(&data)).await;
    let mut writer = writer(&BTreeMap::new(), &Clock::driven(NOON));
    let template = syslog("h01", 0);
    let mut event = EnrichedEvent { event: Event::new(0, 1), ..template.clone() };
    event.event.producer = producer("h01.1");
    for n in 0..ward_event::limits::INSERT_ROWS_MAX as u64 {
        event.event.seq = n;
        writer.add(At { topic: &template.topic, partition: 0, offset: n }, Row::Event(&event));
    }
    let batch = writer.seal().expect("a batch");
    Writer::insert(&store, &batch).await.expect("inserted");
    let parts: Vec<u64> = store
        .writer()
        .query("SELECT rows FROM system.parts WHERE table = 'events' AND active")
        .fetch_all()
        .await
        .expect("parts");
    assert_eq!(parts, [ward_event::limits::INSERT_ROWS_MAX as u64]);
    store.close().await;
}

/// One of each of the rows that are no events.
fn others() -> (DeadLetter, Alert, Rollup, Vec<StateRecord>) {
    let unit = UnitId::new("h01").expect("an id");
    let entity = Entity { kind: "account".into(), value: "王芳".into() };
    let reason = Reason {
        field: "f".into(),
        value: "v".into(),
        zh: "异常".into(),
        en: "odd".into(),
        points: Some(1.5),
    };
    let letter = DeadLetter {
        sender: sender("h01"),
        producer: producer("h01.1"),
        seq: 7,
        received: NOON,
        hospital: UnitId::default(),
        format: Format::Eve,
        cause: "syntax".into(),
        detail: "expected value".into(),
        peer: "10.0.0.1".into(),
        bytes: "{".into(),
    };
    let alert = Alert {
        alert_id: "a".repeat(32),
        revision: 2,
        rule_id: "r1".into(),
        title: "Title".into(),
        title_zh: "标题".into(),
        level: Level::High,
        techniques: vec!["T1110".into(), "T1078".into()],
        time: NOON,
        first_time: NOON,
        last_time: NOON,
        hospital: unit.clone(),
        entities: vec![entity.clone(), Entity { kind: "host".into(), value: "pacs-1".into() }],
        reasons: vec![reason.clone()],
        events: vec![
            EventRef { producer: producer("h01.1"), seq: 3 },
            EventRef { producer: producer("h01.2"), seq: 4 },
        ],
        event_count: 2,
        score: 61.25,
        authorised_test: "test-1".into(),
        versions: Versions { rules: "0123".into(), ..Versions::default() },
        producer: producer("shard.1"),
        seq: 1,
    };
    let rollup = Rollup {
        hospital: unit.clone(),
        entity: entity.clone(),
        metric: "rows".into(),
        hour: NOON,
        value: 12,
        producer: producer("shard.1"),
        seq: 2,
    };
    let record = |seq, state| StateRecord { time: NOON, producer: producer("shard.1"), seq, state };
    let states = vec![
        record(
            3,
            State::Score(Score { hospital: unit.clone(), entity, score: 61.25, reasons: vec![reason] }),
        ),
        record(
            4,
            State::Source(SourceState {
                hospital: unit.clone(),
                sender: "h01".into(),
                source: "syslog".into(),
                status: "silent".into(),
                last_seen: Micros(0),
                events: 9,
            }),
        ),
        record(
            5,
            State::Baseline(Baseline {
                hospital: unit,
                day: 20_778,
                hash: "ff".into(),
                content: "内容".into(),
            }),
        ),
        record(6, State::Asset(asset(1_000))),
    ];
    (letter, alert, rollup, states)
}

fn asset(bytes: u64) -> Asset {
    let service = |protocol: &str, port| AssetService {
        protocol: protocol.into(),
        port,
        bytes,
        first_seen: Micros(1),
        last_seen: Micros(2),
    };
    Asset {
        hospital: UnitId::new("h02").expect("an id"),
        by: "address".into(),
        name: "10.1.0.1".into(),
        host: "his-db".into(),
        role: "database".into(),
        zone: "内网核心业务区".into(),
        services: vec![service("tcp", 1_521), service("udp", 53)],
        peers: vec![AssetPeer { address: "10.1.0.9".into(), flows: 7 }],
        peers_more: true,
        sources: vec!["flow".into(), "dhcp".into()],
        bytes,
        first_seen: Micros(NOON.0 - 1),
        last_seen: NOON,
        ..Asset::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_row_reaches_its_table() {
    let _turn = turn().await;
    let data = tempfile::tempdir().expect("a folder");
    let store = store(&config(&data)).await;
    let mut writer = writer(&BTreeMap::new(), &Clock::driven(NOON));
    let (letter, alert, rollup, states) = others();
    let unit = UnitId::new("h02").expect("an id");
    let at = |topic, offset| At { topic, partition: 0, offset };
    let (dead, alerts, rollups, state, clock) =
        (Topic::dead(&sender("h01")), Topic::ALERTS, Topic::ROLLUPS, Topic::STATE, Topic::CLOCK);
    writer.add(at(&dead, 0), Row::Dead(&letter, &unit));
    writer.add(at(&alerts, 0), Row::Alert(&alert));
    writer.add(at(&rollups, 0), Row::Rollup(&rollup));
    for (offset, record) in states.iter().enumerate() {
        writer.add(at(&state, offset as u64), Row::State(record));
    }
    writer.add(at(&clock, 0), Row::Skip);
    let batch = writer.seal().expect("a batch");
    assert_eq!((batch.rows(), batch.positions.len()), (7, 5));
    Writer::insert(&store, &batch).await.expect("inserted");
    for (sql, row) in [
        (
            "hospital, sender, producer, seq, received, format, cause, detail, peer, bytes FROM dead",
            "h02\th01\th01.1\t7\t2026-11-21 04:00:00.000000\teve\tsyntax\texpected value\t10.0.0.1\t{\n",
        ),
        (
            "revision, title_zh, level, techniques, entities.type, entities.value, events.producer, events.seq, event_count, score, versions FROM alerts",
            "2\t标题\thigh\t['T1110','T1078']\t['account','host']\t['王芳','pacs-1']\t['h01.1','h01.2']\t[3,4]\t2\t61.25\t\
          {\"rules\":\"0123\",\"baseline\":\"\",\"intel\":\"\",\"register\":\"\",\"geoip\":\"\"}\n",
        ),
        (
            "reasons FROM alerts",
            "[{\"field\":\"f\",\"value\":\"v\",\"zh\":\"异常\",\"en\":\"odd\",\"points\":1.5}]\n",
        ),
        ("entity, metric, value FROM rollups", "王芳\trows\t12\n"),
        ("entity_type, entity, score FROM score", "account\t王芳\t61.25\n"),
        ("source, status, toUnixTimestamp(last_seen), events FROM source", "syslog\tsilent\t0\t9\n"),
        (
            "asset_type, asset, host, kind, zone, `services.protocol`, `services.port`, `services.last_seen`, `peers.address`, `peers.flows`, peers_more, sources, bytes, same_as FROM asset",
            "address\t10.1.0.1\this-db\tdatabase\t内网核心业务区\t['tcp','udp']\t[1521,53]\t[2,2]\t['10.1.0.9']\t[7]\t1\t['flow','dhcp']\t1000\t\n",
        ),
        (
            "hospital, asset, `services.port`, sources, bytes, first_seen FROM asset_now FINAL",
            "h02\t10.1.0.1\t[1521,53]\t['flow','dhcp']\t1000\t2026-11-21 03:59:59.999999\n",
        ),
        ("day, hash, content, ingested_at FROM baselines", "20778\tff\t内容\t2026-11-21 04:00:00.000\n"),
    ] {
        let out =
            store.reader().query_raw(&format!("SELECT {sql}")).fetch_bytes("TSVRaw").expect("a request");
        let out = {
            let mut out = out;
            out.collect().await.expect(sql)
        };
        assert_eq!(String::from_utf8_lossy(&out), row, "{sql}");
    }
    store.close().await;
}

/// Any event that a parser could make of hostile input.
fn any_event() -> impl Strategy<Value = EnrichedEvent> {
    let text = || "[ -~\u{4e00}-\u{4e20}\n\t\u{0}'\\\\]{0,24}";
    let unit = || prop_oneof![Just(String::new()), "[a-z][a-z0-9]{0,5}"];
    let field = (0..Field::ALL.len(), any::<u64>(), any::<[u8; 16]>(), text(), 0..6u8);
    let source = proptest::collection::btree_map("[a-zA-Z.#2 ]{1,8}", (text(), any::<bool>()), 0..8);
    let place = proptest::option::of(("[A-Z]{0,2}", text(), any::<u32>()));
    (
        (
            any::<u32>(),
            any::<u8>(),
            any::<u8>(),
            any::<i64>(),
            any::<i64>(),
            0..3usize,
            0..7usize,
            any::<u16>(),
        ),
        (unit(), unit(), text(), text(), text(), any::<u64>()),
        proptest::collection::vec(field, 0..20),
        source,
        (place.clone(), place),
    )
        .prop_map(|(numbers, texts, fields, source, places)| {
            let mut event = Event::new(numbers.0, numbers.1);
            event.severity_id = numbers.2;
            (event.time, event.received) = (Micros(numbers.3), Micros(numbers.4));
            event.time_quality = [TimeQuality::Ok, TimeQuality::Skewed, TimeQuality::Missing][numbers.5];
            event.format = Format::ALL.get(numbers.6).copied();
            event.parser_version = numbers.7;
            let unit = |text: &str| {
                if text.is_empty() { UnitId::default() } else { UnitId::new(text).expect("an id") }
            };
            event.hospital = unit(&texts.0);
            (event.sender, event.producer, event.seq) = (sender("s"), producer("s.1"), texts.5);
            (event.parser, event.encoding) = ("p".into(), texts.2.as_str().into());
            (event.message, event.raw) = (texts.3, texts.4);
            for (index, n, ip, text, special) in fields {
                set(&mut event, Field::ALL[index], n, ip, &text, special);
            }
            for (name, (value, is_json)) in source {
                if is_json { event.push_unmapped_json(name, value) } else { event.push_unmapped(name, value) }
            }
            let place = |p: Option<(String, String, u32)>| {
                let p = p.map(|(country, city, asn)| Place {
                    country: country.into(),
                    city: city.into(),
                    asn,
                    ..Place::default()
                });
                p.filter(|p| *p != Place::default()).map(Arc::new)
            };
            let enrichment = Enrichment { src: place(places.0), dst: place(places.1) };
            let topic = Topic::events(&event.sender);
            EnrichedEvent { hospital: unit(&texts.1), event, enrichment, topic, partition: -3, offset: 0 }
        })
}

fn set(event: &mut Event, field: Field, n: u64, ip: [u8; 16], text: &str, special: u8) {
    match field.kind() {
        Kind::Text => event.set_text(field, text),
        Kind::Uint | Kind::Time => {
            event.set_uint(field, [n, 0, 1, u64::MAX, n % 70_000, n][special as usize])
        }
        Kind::Ip => {
            let v6 = std::net::Ipv6Addr::from(ip);
            let v4 = std::net::Ipv4Addr::new(ip[0], ip[1], ip[2], ip[3]);
            let zero = std::net::Ipv4Addr::UNSPECIFIED;
            event.set_ip(
                field,
                match special {
                    0 => v6.into(),
                    1 => std::net::Ipv6Addr::UNSPECIFIED.into(),
                    2 => v4.to_ipv6_mapped().into(),
                    3 => zero.into(),
                    4 => zero.to_ipv6_mapped().into(),
                    _ => v4.into(),
                },
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_read_back_from_its_row_is_the_same() {
    let _turn = turn().await;
    let data = tempfile::tempdir().expect("a folder");
    let store = store(&config(&data)).await;
    let mut writer = writer(&BTreeMap::new(), &Clock::driven(NOON));
    let mut runner = TestRunner::default();
    let mut events: Vec<EnrichedEvent> =
        (0..2_000).map(|_| any_event().new_tree(&mut runner).expect("an event").current()).collect();
    events.extend((0..200).map(|n| syslog("h01", n)));
    for (n, event) in (0u64..).zip(&mut events) {
        // Identity and order are the log's.
        (event.event.seq, event.offset, event.topic) = (n, n, Topic::events(&sender("s")));
        event.event.producer = producer("s.1");
        writer.add(At { topic: &event.topic, partition: event.partition, offset: n }, Row::Event(event));
    }
    let batch: Batch = writer.seal().expect("a batch");
    assert_eq!(batch.rows(), events.len());
    Writer::insert(&store, &batch).await.expect("inserted");
    let mut read = Vec::new();
    store.events_between(Micros(i64::MIN), Micros(i64::MAX), |event| read.push(event)).await.expect("read");
    read.sort_by_key(|e| e.event.seq);
    for (wrote, read) in events.iter().filter(|e| e.event.time < Micros(i64::MAX)).zip(&read) {
        assert_eq!(wrote, read);
    }
    assert_eq!(read.len(), events.len());
    store.close().await;
}
