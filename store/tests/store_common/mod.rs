//! What the tests against the real engine share.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::PathBuf;

use ward_event::{
    EnrichedEvent, Enrichment, Event, Field, Format, Micros, ProducerId, SenderId, UnitId,
    config::{Config, StoreConfig},
    topic::Topic,
};
use ward_store::{EngineCommand, Store, engine};

/// The engine's child process: the example of this crate, which cargo builds with its tests.
pub(crate) fn command() -> EngineCommand {
    let mut exe = std::env::current_exe().expect("the test's path");
    exe.pop();
    if exe.ends_with("deps") {
        exe.pop();
    }
    let exe = exe.join("examples/engine");
    assert!(exe.is_file(), "{} is missing; `cargo test -p ward-store` builds it", exe.display());
    engine::find_library(&PathBuf::new()).expect("the engine's library; `make setup` fetches it");
    EngineCommand { exe, before: Vec::new() }
}

/// Engines are large and the machine is small: tests that start one take turns.
pub(crate) async fn turn() -> tokio::sync::MutexGuard<'static, ()> {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    TURN.lock().await
}

/// A configuration with its data in a fresh folder.
pub(crate) fn config(data: &tempfile::TempDir) -> Config {
    let store = StoreConfig { engine_memory_bytes: 2 << 30, ..StoreConfig::default() };
    Config { data: data.path().into(), store, ..Config::default() }
}

/// An open, migrated store.
pub(crate) async fn store(config: &Config) -> Store {
    let store = Store::open(config, &command()).await.expect("the engine starts");
    store.migrate().await.expect("migrated");
    store
}

pub(crate) fn sender(name: &str) -> SenderId {
    SenderId::new(name).expect("an id")
}

pub(crate) fn producer(name: &str) -> ProducerId {
    ProducerId::new(name).expect("an id")
}

/// 2026-11-21 12:00 in Shanghai.
pub(crate) const NOON: Micros = Micros(1_795_233_600_000_000);

/// The n-th event of a hospital's syslog: 250 bytes of RFC 5424, as its parser would leave it.
pub(crate) fn syslog(hospital: &str, n: u64) -> EnrichedEvent {
    let unit = UnitId::new(hospital).expect("an id");
    let time = Micros(NOON.0 + n as i64 * 1_234);
    let user = ["root", "oracle", "hisapp", "backup", "wangfang"][n as usize % 5];
    let (pid, port) = (1_000 + n * 7 % 30_000, 1_024 + n * 31 % 60_000);
    let ip = std::net::Ipv4Addr::new(10, (n % 7) as u8, (n * 13 % 251) as u8, (n * 17 % 253) as u8);
    let host = format!("{hospital}-srv{:02}", n % 40);
    let message = format!(
        "Failed password for invalid user {user} from {ip} port {port} ssh2: session {:08x} closed by policy {} of pam_unix after {} tries",
        n.wrapping_mul(2_654_435_761) as u32,
        n % 9,
        n % 5
    );
    let mut raw =
        format!("<38>1 {} {host} sshd {pid} ID47 [meta sequenceId=\"{n}\"] {message}", time.rfc3339());
    while raw.len() < 250 {
        raw.push('.');
    }
    let mut event = Event::new(3002, 1);
    event.severity_id = 2;
    event.time = time;
    event.received = Micros(time.0 + 2_000);
    event.hospital = unit.clone();
    event.sender = sender(hospital);
    event.producer = producer(&format!("{hospital}.1"));
    event.seq = n;
    event.format = Some(Format::Syslog);
    event.parser = "syslog".into();
    event.parser_version = 1;
    event.mask_policy = "m1".into();
    event.message = message;
    event.raw = raw;
    event.set_text(Field::DeviceHostname, host);
    event.set_text(Field::ServiceName, "sshd");
    event.set_text(Field::ActorProcName, "sshd");
    event.set_uint(Field::ActorProcPid, pid);
    event.set_uint(Field::StatusId, 2);
    event.set_text(Field::UserName, user);
    event.set_ip(Field::SrcIp, ip.into());
    event.set_uint(Field::SrcPort, port);
    event.push_unmapped("facility", "4");
    event.push_unmapped("priority", "38");
    event.push_unmapped("meta.sequenceId", n.to_string());
    EnrichedEvent {
        event,
        hospital: unit,
        enrichment: Enrichment::default(),
        topic: Topic::events(&sender(hospital)),
        partition: 0,
        offset: n,
    }
}

/// One number from the store.
pub(crate) async fn number(store: &Store, sql: &str) -> u64 {
    store.writer().query_raw(sql).fetch_one().await.expect(sql)
}
