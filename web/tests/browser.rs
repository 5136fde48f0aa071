//! The pages in Chromium: starts a server on the real engine with a seeded region, and runs every
//! `browser/*.test.mjs` against it.

#![allow(clippy::expect_used, reason = "a test")]

mod common;

use std::{net::SocketAddr, path::Path, process::Stdio, sync::Arc};

use common::{cases::Office, compliance, control::Control, deliveries, findings, seed};
use ward_desk::Role;
use ward_event::clock::Clock;
use ward_store::engine::EngineDir;
use ward_web::ROUTES;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A program of the machine; its absence is a failure, since nothing would be tested without it.
fn program(names: &[&str]) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = names.iter().flat_map(|name| std::env::split_paths(&path).map(move |p| p.join(name)));
    let found = found.into_iter().find(|p| p.is_file());
    found.unwrap_or_else(|| panic!("{names:?} is not installed; run `make setup`")).display().to_string()
}

/// The route table, as scripts read it.
fn routes() -> String {
    let entry = |r: &ward_web::RouteEntry| {
        let roles: Vec<_> = r.who.roles().iter().map(|role| format!("{role:?}")).collect();
        serde_json::json!({ "method": r.method.to_string(), "path": r.path, "name": r.name, "roles": roles })
    };
    serde_json::Value::from_iter(ROUTES.iter().map(entry)).to_string()
}

/// What the seeded region holds in Chinese only.
fn values() -> String {
    let units = seed::register().units;
    let mut values: Vec<String> = units.iter().map(|u| u.locality.clone()).collect();
    for unit in &units {
        values.extend(unit.systems.iter().map(|s| s.name.clone()));
        values.extend(unit.zones.iter().map(|z| z.name.clone()));
        values.extend(unit.contacts.iter().flat_map(|c| [c.name.clone(), c.role.clone()]));
    }
    values.extend(["云州", "省", "互联网医院"].map(str::to_owned));
    // The longest first: a shorter one may be a part of it.
    values.sort_by_key(|v| (std::cmp::Reverse(v.len()), v.clone()));
    values.dedup();
    serde_json::json!(values).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_in_chromium() {
    let (node, chromium) = (program(&["node"]), program(&["chromium", "chromium-browser", "google-chrome"]));
    let modules = std::env::var("WARD_NODE_MODULES").unwrap_or(format!("{ROOT}/../.setup/node_modules"));
    let puppeteer = Path::new(&modules).join("puppeteer-core");
    assert!(puppeteer.is_dir(), "{} is missing; run `make setup`", puppeteer.display());

    let data = tempfile::tempdir().expect("a folder");
    let store = common::store(data.path()).await.expect("the engine's library; run `make setup`");
    let clock = Clock::system();
    seed::day(&store, clock.now(), 300).await;
    seed::wall(&store, clock.now()).await;
    let engine = EngineDir::below(data.path()).access().expect("the engine's address");
    let reader = store.reader().clone();
    let cases = Arc::new(common::serve_closed(seed::register(), clock.clone(), reader).await);
    let engine = SocketAddr::from(([127, 0, 0, 1], engine.port));
    let control = Control::start(store.clone(), engine, cases.clone()).await;
    let server = common::serve(seed::register(), clock.clone(), store.reader().clone()).await;
    let frail = store.reader().clone().with_url(format!("http://{}", control.store));
    let frail = common::serve(seed::register(), clock.clone(), frail).await;
    let both = [findings::SMB, findings::TLS].concat();
    let report = findings::nessus(clock.now().secs(), 30, &both);
    findings::import(&server.desk, &seed::register(), "h01", &report).await;

    compliance::import(&server.desk, &seed::register(), &compliance::table(&server.desk)).await;

    common::take_alerts(&store, &server.desk).await;
    common::take_alerts(&store, &frail.desk).await;
    let following = common::follow_alerts(&store, &server.desk);
    deliveries::connect(&server.desk, deliveries::config(25));
    let office = Office::of(&server).await;
    office.on_duty().await;
    let notice = office.sent("h01", "关于核心业务系统弱口令的整改通知").await;
    let receipt = office.link(notice, "h01").await;
    deliveries::try_all(&server.desk).await;
    for (id, unit) in [("a1", "h01"), ("a2", "h05")] {
        office.alert(id, unit, "删除卷影副本", "HIS-DB-01", server.desk_clock.now()).await;
    }
    office.draft("h05", "关于互联网暴露面的整改通知").await;
    let mut sessions = serde_json::Map::new();
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Wall) {
        sessions.insert(format!("{role:?}"), server.as_role(role).await.cookie.into());
    }
    let sessions = serde_json::Value::Object(sessions).to_string();

    let status = tokio::process::Command::new(node)
        .arg(format!("{ROOT}/browser/run.mjs"))
        .env("WARD_NODE_MODULES", modules)
        .env("WARD_CHROMIUM", chromium)
        .env("WARD_URL", format!("http://{}", server.address()))
        .env("WARD_URL_FRAIL", format!("http://{}", frail.address()))
        .env("WARD_URL_CASES", format!("http://{}", cases.address()))
        .env("WARD_CONTROL", control.address.to_string())
        .env("WARD_ROUTES", routes())
        .env("WARD_SESSIONS", sessions)
        .env("WARD_VALUES", values())
        .env("WARD_RECEIPT", format!("/receipt?link={receipt}"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .expect("node runs");
    following.abort();
    server.stop().await;
    frail.stop().await;
    cases.desk.close().await;
    store.close().await;
    assert!(status.success(), "browser tests failed; what failed is said above");
}
