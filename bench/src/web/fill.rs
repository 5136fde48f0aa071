//! Events and alerts of an invented region, through the planned writer as everything that Ward stores:
//! the same rows for the same numbers.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use ward_event::{
    EnrichedEvent, Enrichment, Event, Field, Format, Micros, ProducerId, SenderId, UnitId,
    alert::{Alert, Entity, EventRef, Level, Reason, Versions, alert_id},
    books::Books,
    clock::Clock,
    ocsf,
    state::{Asset, AssetPeer, AssetService, Score, SourceState, State, StateRecord},
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
    topic::Topic,
};
use ward_store::{
    Store,
    writer::{Added, At, Row, Writer, WriterSettings},
};

use super::{DAYS, UNITS};

/// Rows of a batch.
const ROWS: usize = 100_000;

/// What analytics knows of each unit.
const ASSETS: u64 = 150;
const SCORES: u64 = 70;
const SOURCES: [&str; 4] = ["syslog", "netflow", "windows", "eve"];

pub(super) const STATES: u64 = UNITS as u64 * (SCORES + SOURCES.len() as u64 + ASSETS);

/// The region's register.
pub(super) fn register() -> String {
    let sources: String = SOURCES.map(|s| format!("[[unit.source]]\nformat = \"{s}\"\n")).concat();
    (0..UNITS).fold(String::new(), |out, n| {
        out + &format!("[[unit]]\nid = \"u{n:03}\"\nname = \"医院{n:03}\"\nname_en = \"Hospital {n:03}\"\nkind = \"hospital\"\nlocality = \"区{}\"\n{sources}", n % 12)
    })
}

/// Mixes a number; the same for the same.
const fn mixed(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

struct Unit {
    id: UnitId,
    sender: SenderId,
    producer: ProducerId,
    topic: Topic,
    next: u64,
}

fn units() -> Result<Vec<Unit>> {
    (0..UNITS)
        .map(|n| {
            let name = format!("u{n:03}");
            let sender = SenderId::new(&name)?;
            Ok(Unit {
                id: UnitId::new(&name)?,
                topic: Topic::events(&sender),
                sender,
                producer: ProducerId::new(&format!("{name}.1"))?,
                next: 0,
            })
        })
        .collect()
}

struct Filling<'a> {
    store: &'a Store,
    writer: Writer,
}

impl Filling<'_> {
    async fn add(&mut self, at: At<'_>, row: Row<'_>) -> Result<()> {
        if self.writer.add(at, row) != Added::Kept {
            bail!("a row of the generator was not taken");
        }
        if self.writer.is_full() { self.write().await } else { Ok(()) }
    }

    /// A generator that dies is started anew: its positions need not outlive it.
    async fn write(&mut self) -> Result<()> {
        if let Some(batch) = self.writer.seal() {
            Writer::insert(self.store, &batch).await?;
            self.writer.done(&batch);
        }
        Ok(())
    }
}

/// Fills the store with `events` and `alerts` of the days up to `now`, day by day.
pub(super) async fn fill(store: &Store, now: Micros, events: u64, alerts: u64) -> Result<()> {
    let clock = Clock::driven(Micros(now.0 - DAYS * MICROS_PER_DAY));
    let settings = WriterSettings { rows_max: ROWS, delay_max: std::time::Duration::from_secs(1) };
    let (writer, _) = Writer::recover(&BTreeMap::new(), clock.clone(), settings, &Books::new()?)?;
    let mut filling = Filling { store, writer };
    let mut units = units()?;
    let days = DAYS.unsigned_abs();
    let alert_topic = Topic::ALERTS;
    let mut alert_seq = 0;
    for day in 0..days {
        let from = now.0 - i64::try_from(days - day)? * MICROS_PER_DAY;
        let (first, last) = (events * day / days, events * (day + 1) / days);
        for n in first..last {
            let time = from + at(n - first, last - first);
            clock.advance(Micros(time));
            // Some units are many times as large as others.
            let unit = &mut units[(mixed(n) % UNITS as u64 * (mixed(n ^ 1) % 97) / 97) as usize % UNITS];
            let offset = unit.next;
            unit.next += 1;
            let event = event(unit, n, offset, Micros(time));
            let place = At { topic: &event.topic, partition: 0, offset };
            filling.add(place, Row::Event(&event)).await?;
        }
        let (first, last) = (alerts * day / days, alerts * (day + 1) / days);
        for n in first..last {
            let alert = alert(&units, n, alert_seq, Micros(from + at(n - first, last - first)))?;
            let place = At { topic: &alert_topic, partition: 0, offset: alert_seq };
            alert_seq += 1;
            filling.add(place, Row::Alert(&alert)).await?;
        }
        filling.write().await?;
    }
    let producer = ProducerId::new("shard.1")?;
    for (seq, state) in (0..).zip(states(&units, now)) {
        let record = StateRecord { time: now, producer: producer.clone(), seq, state };
        filling.add(At { topic: &Topic::STATE, partition: 0, offset: seq }, Row::State(&record)).await?;
    }
    filling.write().await
}

/// How entities, sources and assets of all units stand at the end.
fn states(units: &[Unit], now: Micros) -> Vec<State> {
    let mut states = Vec::new();
    for (u, unit) in (0..).zip(units) {
        let r = |k: u64, of: u64| mixed((u << 32) ^ k) % of;
        let seen = |k: u64| Micros(now.0 - i64::try_from(r(k, 24)).unwrap_or(0) * MICROS_PER_HOUR);
        states.extend((0..SCORES).map(|n| {
            let (kind, value) =
                if n < 20 { ("host", format!("srv-{n}")) } else { ("account", format!("user{n}")) };
            let points = f64::from(u32::try_from(r(n, 90)).unwrap_or(0)) + 1.0;
            let reason = Reason { points: Some(points), ..reason() };
            let entity = Entity { kind: kind.into(), value };
            State::Score(Score { hospital: unit.id.clone(), entity, score: points, reasons: vec![reason] })
        }));
        states.extend((0..).zip(SOURCES).map(|(n, source)| {
            let is_silent = r(1_000 + n, 17) == 0;
            State::Source(SourceState {
                hospital: unit.id.clone(),
                sender: unit.sender.to_string(),
                source: source.into(),
                status: if is_silent { "silent" } else { "ok" }.into(),
                last_seen: if is_silent { seen(n) } else { now },
                events: r(n, 10_000),
            })
        }));
        states.extend((0..ASSETS).map(|n| {
            let port = [22, 80, 443, 1521, 3389, 104][usize::try_from(r(2_000 + n, 6)).unwrap_or(0)];
            State::Asset(Asset {
                hospital: unit.id.clone(),
                by: "address".into(),
                name: format!("10.{}.{}.{}", u % 256, n / 250, n % 250),
                host: format!("srv-{n}"),
                role: ["database", "imaging", "web", ""][usize::try_from(r(3_000 + n, 4)).unwrap_or(0)]
                    .into(),
                zone: String::new(),
                services: vec![AssetService {
                    protocol: "tcp".into(),
                    port,
                    bytes: r(n, 1 << 30),
                    first_seen: Micros(now.0 - DAYS * MICROS_PER_DAY),
                    last_seen: seen(n),
                }],
                peers: (0..5)
                    .map(|p| AssetPeer { address: format!("10.0.0.{p}"), flows: r(p, 900) })
                    .collect(),
                sources: vec!["flow".into()],
                bytes: r(n, 1 << 30),
                first_seen: Micros(now.0 - DAYS * MICROS_PER_DAY),
                last_seen: seen(n),
                ..Asset::default()
            })
        }));
    }
    states
}

fn reason() -> Reason {
    Reason {
        field: "status".into(),
        value: "Failure".into(),
        zh: "短时间内多次失败".into(),
        en: "many failures in a short time".into(),
        points: Some(20.0),
    }
}

/// Where in its day the n-th of so many lies, µs.
fn at(n: u64, of: u64) -> i64 {
    let day = u128::from(MICROS_PER_DAY.unsigned_abs());
    i64::try_from(day * u128::from(n) / u128::from(of.max(1))).unwrap_or(0)
}

fn event(unit: &Unit, n: u64, seq: u64, time: Micros) -> EnrichedEvent {
    let r = |k: u64, of: u64| mixed(n ^ (k << 40)) % of;
    let net = r(1, 256);
    let src = std::net::IpAddr::from([10, u8::try_from(net).unwrap_or(0), r(2, 8) as u8, r(3, 250) as u8]);
    let (user, host) = (format!("user{}", r(4, 500)), format!("srv-{}", r(5, 60)));
    let port = 20_000 + r(6, 40_000);
    let (class, format) = match r(7, 10) {
        0..4 => (ocsf::NETWORK_ACTIVITY, Format::Netflow),
        4..7 => (ocsf::AUTHENTICATION, Format::Syslog),
        7..9 => (ocsf::AUTHENTICATION, Format::Windows),
        _ => (ocsf::DNS_ACTIVITY, Format::Eve),
    };
    let mut event = Event::new(class, 1);
    event.hospital = unit.id.clone();
    event.sender = unit.sender.clone();
    event.producer = unit.producer.clone();
    event.seq = seq;
    event.time = time;
    event.received = time;
    event.severity_id = 1 + (r(8, 40) / 36) as u8;
    event.format = Some(format);
    event.parser = format.name().into();
    event.parser_version = 1;
    event.mask_policy = "m1".into();
    event.set_ip(Field::SrcIp, src);
    if format == Format::Netflow {
        event.set_ip(Field::DstIp, std::net::IpAddr::from([10, 0, r(9, 4) as u8, r(10, 250) as u8]));
        event.set_uint(Field::SrcPort, port);
        event.set_uint(Field::DstPort, [80, 443, 445, 1521, 3389, 104, 11_112, 53][r(11, 8) as usize]);
        event.set_text(Field::ProtocolName, "tcp");
        event.set_uint(Field::Bytes, r(12, 1 << 20));
        event.set_uint(Field::Packets, 1 + r(12, 900));
    } else {
        let outcome = if r(13, 9) == 0 { "Failed" } else { "Accepted" };
        let odd = if r(14, 1_000_000) == 0 { " mimikatz" } else { "" };
        event.message = format!("{outcome} password for {user} from {src} port {port} ssh2{odd}");
        event.raw = format!("<38>1 2026-01-01T00:00:00Z {host} sshd {} - - {}", r(15, 60_000), event.message);
        event.set_text(Field::UserName, user.as_str());
        event.set_text(Field::DeviceHostname, host.as_str());
        event.set_text(Field::Status, if outcome == "Failed" { "Failure" } else { "Success" });
        if format == Format::Windows {
            event.set_text(Field::EventCode, if outcome == "Failed" { "4625" } else { "4624" });
            event.push_unmapped("LogonType", ["2", "3", "5", "10"][r(16, 4) as usize]);
            event.push_unmapped("TargetUserName", user.as_str());
            event.push_unmapped("WorkstationName", host.as_str());
        }
    }
    let (topic, hospital) = (unit.topic.clone(), unit.id.clone());
    EnrichedEvent { event, hospital, enrichment: Enrichment::default(), topic, partition: 0, offset: seq }
}

fn alert(units: &[Unit], n: u64, seq: u64, time: Micros) -> Result<Alert> {
    let pick = |k: u64, of: u64| usize::try_from(mixed((n << 8) ^ k) % of).unwrap_or(0);
    let unit = &units[pick(1, UNITS as u64)];
    let rule = format!("bench-rule-{:02}", pick(2, 40));
    let entity = if pick(3, 2) == 0 {
        Entity { kind: "host".into(), value: format!("srv-{}", pick(4, 60)) }
    } else {
        Entity { kind: "account".into(), value: format!("user{}", pick(4, 500)) }
    };
    let producer = ProducerId::new("shard.1")?;
    let first = EventRef { producer: unit.producer.clone(), seq: n % unit.next.max(1) };
    Ok(Alert {
        alert_id: alert_id(&rule, &unit.id, &n.to_string(), time, &first),
        revision: 0,
        title: format!("Benchmark {rule}"),
        title_zh: format!("基准规则 {rule}"),
        rule_id: rule,
        level: Level::ALL[pick(5, 5)],
        techniques: vec!["T1110".into()],
        time,
        first_time: Micros(time.0 - 60_000_000),
        last_time: time,
        hospital: unit.id.clone(),
        entities: vec![entity],
        reasons: vec![reason()],
        events: vec![first],
        event_count: 5,
        score: 20.0,
        authorised_test: String::new(),
        versions: Versions::default(),
        producer,
        seq,
    })
}
