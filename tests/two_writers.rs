//! Two writers on one log and one store: the first is frozen in the middle of its work, a second takes
//! its place from the same folder, the first wakes up. What is stored is stored once all the same.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod support;

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use support::{
    PATIENCE, Ward,
    oracle::{Oracle, Rng, env},
    signal, ward,
};
use ward_store::{
    engine::{Engine, EngineOptions, KEY_HEADER},
    testing::KafkaBroker,
};

/// A ClickHouse server as the stages know one: the embedded engine behind a relay that shows its key.
struct Server {
    url: String,
    /// Kept for its process.
    _engine: Engine,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    fn start(dir: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let options = EngineOptions { dir: dir.into(), ..EngineOptions::default() };
        let engine =
            runtime.block_on(Engine::spawn(&support::binary(), &["engine"], options)).expect("an engine");
        let to = engine.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
        let key = engine.keys().writer.clone();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (to, key) = (to.clone(), key.clone());
                std::thread::spawn(move || relay(client, &to, &key));
            }
        });
        Self { url, _engine: engine, _runtime: runtime }
    }
}

/// One request: its head with the key in place of the client's name, then bytes both ways until the
/// engine closes.
fn relay(mut client: TcpStream, to: &str, key: &str) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let dropped = ["x-clickhouse-user", "x-clickhouse-key", "authorization", "connection"];
    let kept = head.trim_end().lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !dropped.contains(&name.as_str())
    });
    let mut request = kept.collect::<Vec<_>>().join("\r\n");
    request += &format!("\r\n{KEY_HEADER}: {key}\r\nConnection: close\r\n\r\n");
    let mut engine = TcpStream::connect(to).ok()?;
    engine.write_all(request.as_bytes()).ok()?;
    let (mut up, mut into) = (client.try_clone().ok()?, engine.try_clone().ok()?);
    let body = std::thread::spawn(move || std::io::copy(&mut up, &mut into));
    // Either side may go away at any time.
    let _ = std::io::copy(&mut engine, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    let _ = body.join();
    Some(())
}

fn configure(dir: &Path, kafka: &str, store: &str) -> String {
    let any = "127.0.0.1:0";
    fs::write(
        dir.join("register.toml"),
        "[[unit]]\nid = 'h01'\nname = '市一院'\nkind = 'hospital'\n[[sender]]\nid = 'h01'\nunits = ['h01']\n",
    )
    .expect("written");
    let config = dir.join("ward.toml");
    fs::write(
        &config,
        format!(
            "register = 'register.toml'\n[log]\nbackend = 'kafka'\nbrokers = '{kafka}'\n\
             [store]\nbackend = 'server'\nurl = '{store}'\n[metrics]\nlisten = '{any}'\n\
             [analyze]\nsnapshot_secs = 2\ndedup_minutes = 1\n\
             [[collect]]\nsender = 'h01'\nhospital = 'h01'\nsyslog_tcp = '{any}'\nhttp = '{any}'\n"
        ),
    )
    .expect("written");
    config.display().to_string()
}

/// Database audit lines that each alert, of an account of its own, until told to stop.
fn attack(address: String, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<u64> {
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).expect("connected");
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            writeln!(
                stream,
                "<110>1 - audit dbaudit - - - client_ip=10.1.9.77 program=\"PL/SQL Developer\" db_user=U{n} instance=ORCL \
                 statement=\"SELECT ORDERED_BY, DRUG_NAME, SUM(QUANTITY) FROM DRUG_PRESC_DETAIL GROUP BY ORDERED_BY, DRUG_NAME\" rows=18"
            )
            .expect("written");
            n += 1;
            std::thread::sleep(Duration::from_millis(200));
        }
        n
    })
}

#[test]
fn a_writer_that_was_frozen_and_replaced_doubles_nothing_when_it_wakes() {
    let mut rng = Rng(env("WARD_SEED", 5));
    let root = tempfile::tempdir().expect("a folder");
    let kafka = KafkaBroker::start().expect("a broker; `make setup` fetches it");
    let server = Server::start(&root.path().join("engine"));
    let config = configure(root.path(), &kafka.bootstrap, &server.url);
    let stage = |name: &str| {
        let data = root.path().join(name);
        Ward::start(&[name, "--config", &config, "--data", &data.display().to_string()], &data)
    };
    let sql = |query: &str| {
        let (ok, out, err) = ward(&["sql", "--config", &config, "--format", "TSV", query]);
        assert!(ok, "{query}: {err}");
        out.trim_end().to_owned()
    };
    let until = |what: &str, wanted: &dyn Fn() -> bool| {
        let deadline = Instant::now() + 2 * PATIENCE;
        while !wanted() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    let mut first = stage("analyze");
    let mut collect = stage("collect");
    let oracle = Oracle::start(&collect.dir);
    let stop = Arc::<AtomicBool>::default();
    let attacker = attack(collect.endpoint("syslog-tcp").to_owned(), stop.clone());
    oracle.wait_for_more(1_000 + rng.below(1_000));
    std::thread::sleep(Duration::from_millis(rng.below(600)));

    signal(first.child.id(), Signal::SIGSTOP);
    fs::remove_file(first.dir.join("endpoints.json")).expect("written by the first");
    let mut second = stage("analyze");
    let before: u64 = sql("SELECT count() FROM ward.events").parse().expect("a number");
    oracle.wait_for_more(1_000);
    until("the second stores", &|| {
        sql("SELECT count() FROM ward.events").parse::<u64>().is_ok_and(|n| n > before + 500)
    });
    signal(first.child.id(), Signal::SIGCONT);
    let deadline = Instant::now() + PATIENCE;
    let ended = loop {
        if let Some(status) = first.child.try_wait().expect("waits") {
            break status;
        }
        assert!(Instant::now() < deadline, "the first goes on beside the second\n{}", first.log());
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(!ended.success(), "it must say that it was replaced");
    oracle.wait_for_more(500);
    stop.store(true, Ordering::Relaxed);
    let attacks = attacker.join().expect("the attacker");
    let (acknowledged, _) = oracle.finish();

    const MINE: &str = "FROM ward.events WHERE mapContains(unmapped, 'oracle')";
    until("all is stored", &|| sql(&format!("SELECT count() >= {acknowledged} {MINE}")) == "1");
    let rule = "57b87e8b-126e-4aab-bad1-2fa6c5c8c3bd";
    let alerts = format!("FROM ward.alerts WHERE rule_id = '{rule}' AND revision = 1");
    until("all is alerted", &|| sql(&format!("SELECT count() >= {attacks} {alerts}")) == "1");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(
        sql(&format!("SELECT count(), uniqExact(toUInt64(unmapped['oracle'])) {MINE}")),
        format!("{acknowledged}\t{acknowledged}"),
        "rows, distinct\n{}",
        second.log()
    );
    assert_eq!(
        sql(&format!("SELECT count(), uniqExact(alert_id) {alerts}")),
        format!("{attacks}\t{attacks}")
    );
    for table in ["events", "alerts", "rollups", "score", "source"] {
        assert_eq!(
            sql(&format!("SELECT count() = uniqExact(producer, seq) FROM ward.{table}")),
            "1",
            "{table}"
        );
    }
    second.assert_balanced();
    eprintln!("{acknowledged} events, {attacks} alerts, once each");
    collect.stop();
    second.stop();
}
