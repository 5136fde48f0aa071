//! What the tests against the real engine share, and the development server with them: an invented
//! region, and rows written straight into the store. Nothing of this is part of Ward.

#![allow(dead_code, clippy::expect_used, reason = "each user takes its part; a test")]

pub(crate) mod cases;
pub(crate) mod compliance;
pub(crate) mod control;
pub(crate) mod deliveries;
pub(crate) mod findings;
pub(crate) mod http;
pub(crate) mod people;
pub(crate) mod seed;
pub(crate) mod sensors;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use tokio::sync::watch;
use ward_desk::Desk;
use ward_event::{
    books::Books,
    clock::Clock,
    config::{Config, Region, StoreConfig},
    register::Register,
    time::Calendar,
};
use ward_report::render::Typeset;
use ward_store::{EngineCommand, Store, engine};
use ward_web::WebOptions;

pub(crate) use self::people::Served;

/// The program that is the engine's child process: `examples/web_dev`, built with the tests.
/// `None`, with a note, where the engine's library was not set up.
pub(crate) fn command() -> Option<EngineCommand> {
    if let Err(error) = engine::find_library(&PathBuf::new()) {
        eprintln!("skipped: {error}");
        return None;
    }
    let mut exe = std::env::current_exe().expect("this program's path");
    if !exe.ends_with("examples/web_dev") {
        exe.pop();
        if exe.ends_with("deps") {
            exe.pop();
        }
        exe = exe.join("examples/web_dev");
    }
    assert!(exe.is_file(), "{} is missing; `cargo test -p ward-web` builds it", exe.display());
    Some(EngineCommand { exe, before: vec!["engine".into()] })
}

/// An open, migrated store in a folder.
pub(crate) async fn store(data: &std::path::Path) -> Option<Store> {
    let command = command()?;
    let store = StoreConfig { engine_memory_bytes: 2 << 30, ..StoreConfig::default() };
    let config = Config { data: data.into(), store, ..Config::default() };
    let store = Store::open(&config, &command).await.expect("the engine starts");
    store.migrate().await.expect("migrated");
    Some(store)
}

/// What a server is started with; visitors have to sign in.
pub(crate) fn options(listen: &str, register: Register, clock: Clock, desk: Desk) -> WebOptions {
    let (keep, register) = watch::channel(Arc::new(register));
    // The sender must outlive the server.
    std::mem::forget(keep);
    WebOptions {
        listen: listen.parse::<SocketAddr>().expect("an address"),
        names: Vec::new(),
        tls: None,
        behind_proxy: false,
        demo: None,
        region: Region { name: "云州市".into(), name_en: "Yunzhou".into(), ..Region::default() },
        calendar: Calendar::shanghai(),
        register,
        clock,
        rules: seed::rule_texts(),
        desk,
        map: seed::map(),
        reports: report_settings(),
        press: None,
    }
}

/// Weeks end on Thursday at 24:00; nothing is issued by itself.
pub(crate) fn report_settings() -> ward_web::report::ReportSettings {
    let first = ward_report::weekly::Week { year: 2026, week: 1 };
    ward_web::report::ReportSettings {
        letterhead: ward_report::weekly::Letterhead {
            issuer: "云州市卫生健康委员会".into(),
            marking: String::new(),
            to: "委领导".into(),
            drafted: "李明".into(),
            checked: "王芳".into(),
            signed: String::new(),
            first,
        },
        first: Some(first),
        cutoff: ward_report::weekly::Cutoff { weekday: 4, hour: 24 },
        issue_after_hours: -1,
        kinds: vec!["weekly".into()],
    }
}

/// A desk in a folder of its own.
pub(crate) async fn desk(clock: &Clock) -> (tempfile::TempDir, Clock, Desk) {
    let dir = tempfile::tempdir().expect("a folder");
    let desk_clock = Clock::driven(clock.now());
    let desk = Desk::open(dir.path(), desk_clock.clone()).await.expect("a desk");
    (dir, desk_clock, desk)
}

/// Brings the store's alerts into triage, again every second, as the follower of the log does.
pub(crate) fn follow_alerts(store: &Store, desk: &Desk) -> tokio::task::JoinHandle<()> {
    let (store, desk) = (store.clone(), desk.clone());
    tokio::spawn(async move {
        loop {
            take_alerts(&store, &desk).await;
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    })
}

/// Brings the store's alerts into triage, once.
pub(crate) async fn take_alerts(store: &Store, desk: &Desk) {
    let mut place = Some(ward_store::AlertPlace::default());
    while let Some(after) = place {
        let (alerts, next) = match store.alerts_after(&after, 1_000).await {
            Ok(found) => found,
            // A store that is closed at the end of a test has no more.
            Err(error) => return eprintln!("alerts for triage: {error}"),
        };
        if let Err(error) = desk.triage().take(alerts, 0).await {
            return eprintln!("triage: {error}");
        }
        place = next;
    }
}

/// A server on which every visitor is the demo's analyst, as in `make demo`.
pub(crate) async fn serve(register: Register, clock: Clock, reader: clickhouse::Client) -> Served {
    serve_with(register, clock, reader, true, None).await
}

/// A server where everybody signs in: `served.as_role(Role::Officer).await.get("/")`.
pub(crate) async fn serve_closed(register: Register, clock: Clock, reader: clickhouse::Client) -> Served {
    serve_with(register, clock, reader, false, None).await
}

/// The same, and it sets documents in type.
pub(crate) async fn serve_pressed(
    register: Register,
    clock: Clock,
    reader: clickhouse::Client,
    press: Arc<dyn Typeset>,
) -> Served {
    serve_with(register, clock, reader, false, Some(press)).await
}

async fn serve_with(
    register: Register,
    clock: Clock,
    reader: clickhouse::Client,
    demo: bool,
    press: Option<Arc<dyn Typeset>>,
) -> Served {
    let (dir, desk_clock, desk) = desk(&clock).await;
    let demo = if demo { Some(desk.accounts().demo().await.expect("the demo's analyst")) } else { None };
    let options = WebOptions { demo, press, ..options("127.0.0.1:0", register, clock, desk.clone()) };
    let books = Books::new().expect("fresh books");
    let server = ward_web::serve(options, reader, books).expect("the server starts");
    Served::new(server, (dir, desk_clock, desk)).await
}
