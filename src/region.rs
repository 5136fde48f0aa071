//! A whole region in one process and one data directory: the engine as a child, the disk log as both
//! spool and log, and every stage on it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use tokio::task::JoinHandle;
use ward_analytics::run::Analytics;
use ward_desk::Desk;
use ward_event::{books::Books, clock::Clock, config::Config};
use ward_ingest::collector::Collector;
use ward_store::{
    EngineCommand, Store,
    log::{Log, disk::DiskLog, ticker::Ticker},
};
use ward_web::WebServer;

use crate::{control, delivery, desk, driven, endpoints, incidents, ops, stages, triage};

/// One clock record a second (half of it keeps an alert's way short without more work a second).
pub(crate) const CLOCK_PERIOD: Duration = Duration::from_millis(500);

pub(crate) struct Region {
    pub(crate) config: Config,
    pub(crate) endpoints: BTreeMap<String, String>,
    pub(crate) ticker: Arc<Ticker>,
    pub(crate) log: Arc<dyn Log>,
    disk: Arc<DiskLog>,
    store: Arc<Store>,
    pub(crate) desk: Desk,
    collector: Collector,
    analytics: Analytics,
    web: WebServer,
    sending: Option<delivery::Sending>,
    ops: ops::Ops,
    ready: ops::Ready,
    tasks: Vec<JoinHandle<()>>,
}

impl Region {
    /// Starts from the back: what receives is there before what sends. `demo` signs visitors in unasked.
    pub(crate) async fn start(config: Config, clock: Clock, demo: bool) -> Result<Self> {
        let books = Books::new()?;
        let desk = desk::open(&config, clock.clone()).await?;
        let disk = stages::disk_log(&config, "log")?;
        let log: Arc<dyn Log> = disk.clone();
        let store = Arc::new(Store::open(&config, &EngineCommand::this_binary()?).await.context("store")?);
        store.migrate().await.context("migrations")?;
        let publisher = control::Publisher::start(log.clone(), clock.clone(), config.clone()).await?;
        let analytics = Analytics::start(&config, log.clone(), store.clone(), books.clone(), clock.clone())
            .await
            .context("analytics")?;
        let ticker = Arc::new(Ticker::start(log.clone(), clock.clone(), CLOCK_PERIOD).await?);
        let collector = Collector::start(&config, log.clone(), &config.data, books.clone(), clock.clone())
            .await
            .context("collector")?;
        let register = publisher.register();
        let checks = stages::check_claims(&config, register.clone(), &store, desk.clone())?;
        let sending = delivery::start(&config, &desk, register.clone(), &books)?;
        let web = stages::web(&config, register, &store, desk.clone(), &books, clock.clone(), demo).await?;
        let ready = ops::Ready::when(collector.readiness());
        let ops = ops::Ops::start(config.metrics.listen, books.clone(), ready.clone())?;

        let mut tasks = vec![publisher.watch(), stages::retention(store.clone(), clock.clone())];
        tasks.extend(desk::publish_anchors(&desk, log.clone()));
        tasks.extend(triage::start(&log, &desk, &store));
        tasks.extend([desk::draft_supervision(&desk), checks]);
        tasks.push(incidents::start(log.clone(), desk.clone()));
        if clock.is_driven() {
            tasks.push(driven::serve(&config.data, clock.clone(), ticker.clone())?);
        }
        let mut endpoints = collector.endpoints();
        endpoints.insert("web".into(), web.address().to_string());
        endpoints.insert("metrics".into(), ops.address.to_string());
        endpoints::write(&config.data, &endpoints)?;
        ready.set(true);
        Ok(Self {
            config,
            endpoints,
            ticker,
            log,
            disk,
            store,
            desk,
            collector,
            analytics,
            web,
            sending,
            ops,
            ready,
            tasks,
        })
    }

    /// The page to open.
    pub(crate) fn page(&self) -> String {
        self.config.web.page(&self.web.address().to_string())
    }

    /// Waits for a part to give up; returns why.
    pub(crate) async fn failed(&self) -> String {
        self.analytics.failed().await
    }

    /// Stops from the front: nothing new comes in, what is in is written out.
    pub(crate) async fn stop(self) -> Result<()> {
        endpoints::remove(&self.config.data);
        self.ready.set(false);
        self.collector.stop().await;
        for task in self.tasks {
            task.abort();
        }
        self.ticker.stop().await;
        let analytics = self.analytics.stop().await;
        self.web.stop().await;
        if let Some(sending) = self.sending {
            sending.stop().await;
        }
        self.ops.stop().await;
        desk::publish_last(&self.desk, &self.log).await;
        self.desk.close().await;
        self.store.close().await;
        self.disk.close().await?;
        analytics.context("analytics")
    }
}
