//! What the stages share: their arguments, the runtime, the wait for the end.

use std::{future::Future, path::PathBuf, sync::Arc};

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};
use ward_event::{
    Micros, SenderId,
    clock::Clock,
    config::{ClockSource, Config, LogBackend},
    register::Register,
    topic::Topic,
};
use ward_store::log::{
    Log,
    disk::{DiskLog, DiskOptions},
    kafka::KafkaLog,
};

use crate::data_dir::Place;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Runs a stage to its end on a runtime of its own.
pub(crate) fn block_on<T>(stage: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // actix-web's servers want a local set around them.
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, stage)
}

/// What ends a stage from outside. Listened for from its start: once it says that it is ready, SIGTERM must
/// end it cleanly however soon it comes.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Must be called inside the stage's runtime.
    pub(crate) fn listen() -> Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Returns at SIGTERM or SIGINT, or with the reason when a part gave up.
    pub(crate) async fn or(mut self, failed: impl Future<Output = String>) -> Result<()> {
        tokio::select! {
            _ = self.terminate.recv() => Ok(()),
            _ = self.interrupt.recv() => Ok(()),
            reason = failed => bail!(reason),
        }
    }
}

pub(crate) fn clock(config: &Config) -> Clock {
    match config.clock.source {
        ClockSource::System => Clock::system(),
        ClockSource::Driven => Clock::driven(Micros(0)),
    }
}

/// The disk log below the data directory: the log of `up`, the spool of `collect`.
pub(crate) fn disk_log(config: &Config, name: &str) -> Result<Arc<DiskLog>> {
    let dir: PathBuf = config.data.join(name);
    let options = DiskOptions {
        keep_bytes: config.log.keep_bytes,
        quota_bytes: config.log.quota_bytes,
        ..DiskOptions::default()
    };
    Ok(Arc::new(DiskLog::open(&dir, options).with_context(|| format!("log {}", dir.display()))?))
}

/// The cluster's log. A stage that runs apart needs one.
pub(crate) fn kafka_log(config: &Config, client: &str) -> Result<Arc<KafkaLog>> {
    if config.log.backend != LogBackend::Kafka {
        bail!(
            "a stage that runs apart needs `[log] backend = \"kafka\"`; `ward up` runs all of them on the disk log"
        );
    }
    Ok(Arc::new(KafkaLog::new(&config.log, client)?))
}

/// Every topic the register calls for.
pub(crate) fn topics(register: &Register) -> Vec<Topic> {
    let fixed = [Topic::ALERTS, Topic::ROLLUPS, Topic::STATE, Topic::CONTROL, Topic::CLOCK, Topic::AUDIT];
    let senders = register.senders.iter().map(|s| &s.id);
    let of = |sender: &SenderId| [Topic::events(sender), Topic::dead(sender)];
    fixed.into_iter().chain(senders.flat_map(of)).collect()
}

pub(crate) fn register(config: &Config) -> Result<Register> {
    let path = &config.register;
    let text = std::fs::read_to_string(path).with_context(|| format!("register {}", path.display()))?;
    Ok(Register::parse(&text)?)
}

/// Keeps the log's trait object and the concrete type apart where only the trait is wanted.
pub(crate) fn as_log<L: Log>(log: &Arc<L>) -> Arc<dyn Log> {
    log.clone()
}

/// How often whole ingest days are looked at for their end.
const RETENTION_EVERY: std::time::Duration = std::time::Duration::from_secs(600);

/// Drops ingest days that have outlived the law's and the configuration's time, for ever.
pub(crate) fn retention(store: Arc<ward_store::Store>, clock: Clock) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(RETENTION_EVERY);
        loop {
            beat.tick().await;
            if let Err(error) = store.retain(clock.now()).await {
                tracing::warn!(%error, "retention is tried again later");
            }
        }
    })
}

/// What the rules in force at the start say of themselves.
fn rule_texts(config: &Config) -> Result<ward_web::RuleTexts> {
    let (rules, _) = ward_analytics::rules::RuleSet::load(&crate::control::read_rules(config)?);
    let text = |rule: &Arc<ward_analytics::rules::RuleInfo>| ward_web::RuleText {
        description: rule.description.clone(),
        advice_zh: rule.advice_zh.clone(),
        advice_en: rule.advice_en.clone(),
        false_positives: rule.false_positives.clone(),
    };
    // What is code has nothing to say beyond its title.
    let code =
        ward_analytics::builtin::built_in().map(|b| (b.rule_id.to_owned(), ward_web::RuleText::default()));
    Ok(Arc::new(rules.infos().iter().map(|r| (r.id.clone(), text(r))).chain(code).collect()))
}

/// Holds what units say is put right against what machines saw, for ever; a watch that ended while nothing ran is
/// looked at at the start.
pub(crate) fn check_claims(
    config: &Config,
    register: tokio::sync::watch::Receiver<Arc<Register>>,
    store: &ward_store::Store,
    desk: ward_desk::Desk,
) -> Result<tokio::task::JoinHandle<()>> {
    let parts = ward_web::verify::VerifyParts {
        reader: store.reader().clone(),
        desk,
        register,
        rules: rule_texts(config)?,
    };
    Ok(tokio::spawn(ward_web::verify::follow(ward_web::verify::Verifier::new(parts))))
}

/// The command view, on the store's limited reader. In the demo a visitor is its analyst without being
/// asked.
pub(crate) async fn web(
    config: &Config,
    register: tokio::sync::watch::Receiver<Arc<Register>>,
    store: &ward_store::Store,
    desk: ward_desk::Desk,
    books: &ward_event::books::Books,
    clock: Clock,
    demo: bool,
) -> Result<ward_web::WebServer> {
    let web = &config.web;
    let has_tls = !web.tls_cert.as_os_str().is_empty();
    let options = ward_web::WebOptions {
        listen: web.listen,
        names: web.names.clone(),
        tls: has_tls.then(|| ward_web::Tls { cert: web.tls_cert.clone(), key: web.tls_key.clone() }),
        behind_proxy: web.behind_proxy,
        demo: if demo { Some(desk.accounts().demo().await?) } else { None },
        region: config.region.clone(),
        calendar: config.calendar(),
        register,
        clock,
        rules: rule_texts(config)?,
        desk,
        map: config.web.map.clone(),
        reports: crate::press::settings(config)?,
        press: Some(crate::press::press(config)),
    };
    ward_web::serve(options, store.reader().clone(), books.clone()).context("web")
}
