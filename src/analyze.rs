//! `ward analyze`: from Kafka to alerts and ClickHouse. The one member of its group, and the writer of
//! `ward.clock`.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use ward_analytics::run::Analytics;
use ward_event::books::Books;
use ward_store::{EngineCommand, Store, log::ticker::Ticker};

use crate::{control, driven, endpoints, ops, region::CLOCK_PERIOD, stages};

pub(crate) fn run(args: stages::Args) -> Result<()> {
    let config = args.place.load()?;
    stages::block_on(async move {
        let signals = stages::Signals::listen()?;
        let books = Books::new()?;
        let clock = stages::clock(&config);
        let register = stages::register(&config)?;
        let kafka = stages::kafka_log(&config, "ward-analyze")?;
        kafka.create_topics(&stages::topics(&register)).await.context("topics")?;
        let log = stages::as_log(&kafka);
        let store = Arc::new(Store::open(&config, &EngineCommand::this_binary()?).await.context("store")?);
        store.migrate().await.context("migrations")?;
        let publisher = control::Publisher::start(log.clone(), clock.clone(), config.clone()).await?;
        let analytics = Analytics::start(&config, log.clone(), store.clone(), books.clone(), clock.clone())
            .await
            .context("analytics")?;
        let ticker = Arc::new(Ticker::start(log, clock.clone(), CLOCK_PERIOD).await?);
        let ready = ops::Ready::default();
        let ops = ops::Ops::start(config.metrics.listen, books, ready.clone())?;
        let mut tasks = vec![publisher.watch(), stages::retention(store.clone(), clock.clone())];
        if clock.is_driven() {
            tasks.push(driven::serve(&config.data, clock, ticker.clone())?);
        }
        endpoints::write(&config.data, &BTreeMap::from([("metrics".into(), ops.address.to_string())]))?;
        ready.set(true);

        let ended = signals.or(analytics.failed()).await;
        endpoints::remove(&config.data);
        ready.set(false);
        for task in tasks {
            task.abort();
        }
        ticker.stop().await;
        let stopped = analytics.stop().await.context("analytics");
        ops.stop().await;
        store.close().await;
        ended.and(stopped)
    })
}
