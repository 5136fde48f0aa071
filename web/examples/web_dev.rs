//! For looking at the pages while they are made: an engine in a folder, an invented region, and a
//! little traffic. `cargo run --profile fast -p ward-web --example web_dev -- [ADDRESS]`.
//! Not part of Ward.

#![allow(clippy::expect_used, clippy::print_stderr, reason = "a tool for looking at pages")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Duration;

use ward_event::{Micros, books::Books, clock::Clock};
use ward_store::engine::{self, EngineOptions};

fn main() {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("engine") => {
            let options = EngineOptions::from_args(args).expect("options");
            engine::run(options).expect("the engine runs");
        }
        listen => {
            let listen = listen.unwrap_or("127.0.0.1:8600").to_owned();
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(dev(&listen));
        }
    }
}

async fn dev(listen: &str) {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let clock = Clock::system();
    let now = clock.now();
    common::seed::day(&store, now, 20_000).await;
    common::seed::wall(&store, now).await;
    let (_dir, _, desk) = common::desk(&clock).await;
    let following = common::follow_alerts(&store, &desk);
    let demo = Some(desk.accounts().demo().await.expect("the demo's analyst"));
    let register = common::seed::register();
    let options = ward_web::WebOptions { demo, ..common::options(listen, register, clock.clone(), desk) };
    let books = Books::new().expect("fresh books");
    let server = ward_web::serve(options, store.reader().clone(), books).expect("the server starts");
    eprintln!("http://{}/", server.address());
    let mut seq = 10_000_000;
    for n in 90.. {
        let stop = tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => false,
            _ = tokio::signal::ctrl_c() => true,
        };
        if stop {
            break;
        }
        let now = clock.now();
        let count = 20 + seq % 17;
        common::seed::events(&store, Micros(now.0 - 1_000_000), now, count, seq, false).await;
        seq += count;
        if n % 20 == 0 {
            common::seed::alert(&store, n, now).await;
        }
    }
    following.abort();
    server.stop().await;
    store.close().await;
}
