//! What the tests against the real engine share, and the development server with them: an invented
//! region, and rows written straight into the store. Nothing of this is part of Ward.

#![allow(dead_code, clippy::expect_used, reason = "each user takes its part; a test")]

pub(crate) mod control;
pub(crate) mod http;
pub(crate) mod seed;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use tokio::sync::watch;
use ward_event::{
    books::Books,
    clock::Clock,
    config::{Config, Region, StoreConfig},
    register::Register,
    time::Calendar,
};
use ward_store::{EngineCommand, Store, engine};
use ward_web::{WebOptions, WebServer};

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

pub(crate) fn options(listen: &str, register: Register, clock: Clock) -> WebOptions {
    let (keep, register) = watch::channel(Arc::new(register));
    // The sender must outlive the server.
    std::mem::forget(keep);
    WebOptions {
        listen: listen.parse::<SocketAddr>().expect("an address"),
        region: Region { name: "云州市".into(), name_en: "Yunzhou".into(), ..Region::default() },
        calendar: Calendar::shanghai(),
        register,
        clock,
    }
}

pub(crate) fn serve(register: Register, clock: Clock, reader: clickhouse::Client) -> WebServer {
    let books = Books::new().expect("fresh books");
    ward_web::serve(options("127.0.0.1:0", register, clock), reader, books).expect("the server starts")
}
