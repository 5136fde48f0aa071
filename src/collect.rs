//! `ward collect`: listeners to spool, spool to Kafka.

use anyhow::{Context, Result};
use ward_event::books::Books;
use ward_ingest::collector::Collector;
use ward_store::log::publish::Publisher;

use crate::{endpoints, ops, stages};

pub(crate) fn run(args: stages::Args) -> Result<()> {
    let config = args.place.load()?;
    stages::block_on(async move {
        let signals = stages::Signals::listen()?;
        let books = Books::new()?;
        let clock = stages::clock(&config);
        let spool = stages::disk_log(&config, "spool")?;
        let remote = stages::kafka_log(&config, "ward-collect")?;
        let publisher = Publisher::start(stages::as_log(&spool), stages::as_log(&remote), &books);
        let collector = Collector::start(&config, stages::as_log(&spool), &config.data, books.clone(), clock)
            .await
            .context("collector")?;
        let ready = ops::Ready::when(collector.readiness());
        let ops = ops::Ops::start(config.metrics.listen, books, ready.clone())?;
        let mut listening = collector.endpoints();
        listening.insert("metrics".into(), ops.address.to_string());
        endpoints::write(&config.data, &listening)?;
        ready.set(true);

        signals.or(std::future::pending()).await?;
        endpoints::remove(&config.data);
        ready.set(false);
        collector.stop().await;
        publisher.stop().await;
        ops.stop().await;
        spool.close().await?;
        Ok(())
    })
}
