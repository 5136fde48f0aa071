//! `ward serve`: the command view, on a ClickHouse server.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use ward_event::books::Books;
use ward_store::Store;

use crate::{control, endpoints, ops, stages};

pub(crate) fn run(args: stages::Args) -> Result<()> {
    let config = args.place.load()?;
    stages::block_on(async move {
        let store = Store::attach(&config).context("store")?;
        let books = Books::new()?;
        let (register, watch) = control::follow_register(&config)?;
        let web = stages::web(&config, register, &store, &books, stages::clock(&config))?;
        let ready = ops::Ready::default();
        let ops = ops::Ops::start(config.metrics.listen, books, ready.clone())?;
        endpoints::write(
            &config.data,
            &BTreeMap::from([
                ("web".into(), web.address().to_string()),
                ("metrics".into(), ops.address.to_string()),
            ]),
        )?;
        ready.set(true);
        eprintln!("ward serves http://{}/", web.address());
        stages::until_stopped(std::future::pending()).await?;
        endpoints::remove(&config.data);
        watch.abort();
        web.stop().await;
        ops.stop().await;
        Ok(())
    })
}
