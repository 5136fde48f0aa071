//! `ward serve`: the command view, on a ClickHouse server.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use ward_event::books::Books;
use ward_store::{Store, log::Log};

use crate::{control, delivery, desk, endpoints, incidents, ops, stages, triage};

pub(crate) fn run(args: stages::Args) -> Result<()> {
    let config = args.place.load()?;
    stages::block_on(async move {
        let signals = stages::Signals::listen()?;
        let store = Arc::new(Store::attach(&config).context("store")?);
        let books = Books::new()?;
        let clock = stages::clock(&config);
        let desk = desk::open(&config, clock.clone()).await?;
        let log: Arc<dyn Log> = stages::kafka_log(&config, "ward-serve")?;
        let anchors = desk::publish_anchors(&desk, log.clone());
        let triage = triage::start(&log, &desk, &store);
        let (register, watch) = control::follow_register(&config)?;
        let cases = [
            desk::draft_supervision(&desk),
            incidents::start(log.clone(), desk.clone()),
            stages::check_claims(&config, register.clone(), &store, desk.clone())?,
        ];
        let sending = delivery::start(&config, &desk, register.clone(), &books)?;
        let web = stages::web(&config, register, &store, desk.clone(), &books, clock, false).await?;
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
        let page = config.web.page(&web.address().to_string());
        eprintln!("ward serves {page}");
        desk::print_first_link(&desk, config.calendar(), &page).await?;
        signals.or(std::future::pending()).await?;
        endpoints::remove(&config.data);
        watch.abort();
        web.stop().await;
        for task in anchors.into_iter().chain(triage).chain(cases) {
            task.abort();
        }
        if let Some(sending) = sending {
            sending.stop().await;
        }
        desk::publish_last(&desk, &log).await;
        desk.close().await;
        ops.stop().await;
        Ok(())
    })
}
