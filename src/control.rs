//! What a person may change while it runs — the register and the rules — onto `ward.control`, and again
//! whenever the files change.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use tokio::{sync::watch, task::JoinHandle};
use ward_event::{
    clock::Clock,
    config::Config,
    control::{Change, ControlRecord, RuleFile},
    register::Register,
    topic::Topic,
};
use ward_store::log::{Append, Log, Topics};

/// How often files are looked at for a change. An analyst who saves a rule expects it "now".
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Publishes what is in force and differs from what the log says last.
pub(crate) struct Publisher {
    log: Arc<dyn Log>,
    clock: Clock,
    config: Config,
    /// The newest hash on the log, by kind of change.
    published: BTreeMap<&'static str, String>,
    refused: String,
    register: watch::Sender<Arc<Register>>,
}

impl Publisher {
    /// Reads what the log holds and brings it up to date with the files.
    ///
    /// # Errors
    /// A register that is refused: without one nothing can be attributed.
    pub(crate) async fn start(log: Arc<dyn Log>, clock: Clock, config: Config) -> Result<Self> {
        let published = last_hashes(&log).await?;
        let (register, _) = watch::channel(Arc::default());
        let mut publisher = Self { log, clock, config, published, refused: String::new(), register };
        publisher.publish().await?;
        Ok(publisher)
    }

    /// The register in force, as it changes.
    pub(crate) fn register(&self) -> watch::Receiver<Arc<Register>> {
        self.register.subscribe()
    }

    /// Looks at the files for ever. A file that is refused is said once, and the old one stays in force.
    pub(crate) fn watch(mut self) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut beat = tokio::time::interval(LOOK_EVERY);
            loop {
                beat.tick().await;
                if let Err(error) = self.publish().await {
                    let text = format!("{error:#}");
                    if text != self.refused {
                        tracing::error!(error = %text, "not taken; what was in force stays");
                        self.refused = text;
                    }
                }
            }
        })
    }

    async fn publish(&mut self) -> Result<()> {
        let (register, parsed) = read_register(&self.config)?;
        self.register.send_if_modified(|old| {
            let changed = old.version != parsed.version;
            if changed {
                *old = Arc::new(parsed);
            }
            changed
        });
        let rules = read_rules(&self.config)?;
        for (kind, change) in
            [("register", Change::Register { text: register }), ("rules", Change::Rules { files: rules })]
        {
            let record = ControlRecord::new(self.clock.now(), change)?;
            if self.published.get(kind) == Some(&record.hash) {
                continue;
            }
            let payload = serde_json::to_vec(&record)?.into();
            self.log.append(vec![Append { topic: Topic::CONTROL, payload }]).await?;
            tracing::info!(kind, hash = record.hash, "published");
            self.published.insert(kind, record.hash);
        }
        Ok(())
    }
}

async fn last_hashes(log: &Arc<dyn Log>) -> Result<BTreeMap<&'static str, String>> {
    let mut hashes = BTreeMap::new();
    let Some(end) = log.ends().await?.get(&Topic::CONTROL).copied().filter(|end| *end > 0) else {
        return Ok(hashes);
    };
    let mut reader = log.follow(Topics::Only(vec![Topic::CONTROL]), BTreeMap::new()).await?;
    let mut next = 0;
    while next < end {
        for record in reader.poll(256, Duration::from_millis(500)).await? {
            next = record.offset + 1;
            let control: ControlRecord =
                serde_json::from_slice(&record.payload).context("a record of ward.control")?;
            match control.change {
                Change::Register { .. } => hashes.insert("register", control.hash),
                Change::Rules { .. } => hashes.insert("rules", control.hash),
                // Decisions are not files: they come by the outbox of the web stage.
                _ => None,
            };
        }
    }
    Ok(hashes)
}

/// The register's text and what it says.
fn read_register(config: &Config) -> Result<(String, Register)> {
    let path = &config.register;
    let text = std::fs::read_to_string(path).with_context(|| format!("register {}", path.display()))?;
    let register = Register::parse(&text).with_context(|| path.display().to_string())?;
    Ok((text, register))
}

/// The register's file alone, for a stage that does not write the log.
pub(crate) fn follow_register(config: &Config) -> Result<(watch::Receiver<Arc<Register>>, JoinHandle<()>)> {
    let (_, register) = read_register(config)?;
    let (sender, receiver) = watch::channel(Arc::new(register));
    let config = config.clone();
    let task = tokio::spawn(async move {
        let mut beat = tokio::time::interval(LOOK_EVERY);
        loop {
            beat.tick().await;
            if let Ok((_, register)) = read_register(&config)
                && sender.borrow().version != register.version
            {
                sender.send_replace(Arc::new(register));
            }
        }
    });
    Ok((receiver, task))
}

/// The configured files and folders, or the pack that comes with Ward, and what their placeholders
/// stand for.
pub(crate) fn read_rules(config: &Config) -> Result<Vec<RuleFile>> {
    let mut files = if config.analyze.rules.is_empty() {
        ward_analytics::rules::pack()
    } else {
        ward_analytics::rules::read_paths(&config.analyze.rules)?
    };
    let lists = &config.analyze.placeholders;
    if !lists.as_os_str().is_empty() {
        let text =
            std::fs::read_to_string(lists).with_context(|| format!("placeholders {}", lists.display()))?;
        files.push(RuleFile { path: ward_analytics::rules::PLACEHOLDERS.into(), text });
    }
    Ok(files)
}
