//! The loop: read, write, judge.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use serde::de::DeserializeOwned;
use tokio::{sync::watch, task::JoinHandle};
use ward_event::{
    EnrichedEvent, Micros, SenderId, UnitId,
    alert::Alert,
    books::{Book, Books, Cause},
    clock::{Clock, ClockRecord},
    config::Config,
    control::ControlRecord,
    dead::DeadLetter,
    rollup::Rollup,
    state::StateRecord,
    topic::{Topic, TopicKind},
};
use ward_store::{
    Store,
    log::{Append, Log, Reader, Record, Topics},
    writer::{At, Plan, Row, WriterSettings},
};

use super::{
    RunError,
    decode::{Decoded, DecodedEvent, decode},
    follow,
    hold::Hold,
    intake::{Intake, Step},
    metrics::Metrics,
    poison,
    saved::{Head, Saved, new_producer},
    sink::Sink,
};
use crate::{
    enrich::{Enricher, GeoIp},
    rules::RuleSet,
    shard::{Outputs, Settings, Shard},
};

/// The group whose positions are the store's.
const GROUP: &str = "ward-analyze";

/// Records of one poll.
const POLL_RECORDS_MAX: usize = 8_192;

/// How long a poll waits for a record, and so how late a due insert may be seen.
const POLL_WAIT: Duration = Duration::from_millis(20);

/// Records from which it is worth to decode them on another core, while those before are stored and judged.
const APART_MIN: usize = 512;

/// Events kept to be filled again: what a second of a large region brings, for so many wait for their clock record.
const SPARE_MAX: usize = 65_536;

pub(super) struct Work {
    log: Arc<dyn Log>,
    reader: Box<dyn Reader>,
    /// Events and dead letters: in blocks as large as their rate is worth.
    bulk: Sink,
    /// What was found in them, which must not wait for a large block.
    found: Sink,
    clock: Clock,
    enricher: Enricher,
    shard: Shard,
    saved: Saved,
    hold: Hold,
    snapshot_every: i64,
    head: Head,
    intake: Intake,
    metrics: Metrics,
    /// Alerts and matches that detection told or held back.
    told: Book,
    /// The next offset to look at, of each topic: what lies before has been taken.
    taken: HashMap<Topic, u64>,
    /// Judged events, to be filled again: allocating one costs as much as a third of reading it.
    #[expect(clippy::vec_box, reason = "they go on boxed; unboxing would copy a kilobyte an event")]
    spare: Vec<Box<EnrichedEvent>>,
    /// Records that have been polled and are being decoded. They count as read once they are taken.
    ahead: Option<JoinHandle<Vec<Decoded>>>,
    /// Of the record before: records come in runs of a topic.
    source: Option<Source>,
}

/// What a topic's name says.
struct Source {
    topic: Topic,
    kind: TopicKind,
    sender: SenderId,
}

impl Source {
    fn of(topic: &Topic) -> Self {
        Self { topic: topic.clone(), kind: topic.kind(), sender: topic.sender().unwrap_or_default() }
    }
}

impl Work {
    pub(super) async fn open(
        config: &Config,
        log: Arc<dyn Log>,
        store: Arc<Store>,
        books: &Books,
        clock: Clock,
    ) -> Result<Self, RunError> {
        let geoip = GeoIp::open(&config.analyze.geoip_city, &config.analyze.geoip_asn)?;
        let saved = Saved::new(&config.data.join("analyze"))?;
        let settings = Settings::from_config(config);
        let (head, shard) = match saved.read()? {
            Some((head, bytes)) if !bytes.is_empty() => {
                let judged = head.cursor.get(&Topic::CONTROL).copied().unwrap_or(0);
                let rules = RuleSet::load(&follow::control(&log, Some(judged)).await?.rules).0;
                let shard =
                    Shard::restore(&bytes, Arc::new(rules), geoip.version()).map_err(|e| saved.error(&e))?;
                (head, shard)
            }
            fresh => {
                // The identity is durable before anything is emitted under it.
                let head = match fresh {
                    Some((head, _)) => head,
                    None => Head { producer: new_producer()?, time: Micros(0), cursor: BTreeMap::new() },
                };
                saved.write(&head, &[])?;
                let rules = Arc::new(RuleSet::load(&[]).0);
                let register = follow::control(&log, None).await?.register;
                let shard = Shard::new(settings, register, rules, geoip.version(), head.producer.clone());
                (head, shard)
            }
        };
        let enricher = Enricher::new(shard.register(), geoip);
        let hold = Hold::open(config, &log).await?;
        let mut reader = log.reader(GROUP, Topics::All).await?;
        let positions = reader.committed().await?;
        let (of_bulk, of_found) = positions.into_iter().partition(|(topic, _)| is_bulk(topic.kind()));
        let sink = |positions: BTreeMap<_, _>| {
            let settings = WriterSettings::from(&config.store);
            Sink::recover(&positions, store.clone(), clock.clone(), settings, books)
        };
        let ((bulk, bulk_pending), (found, found_pending)) = (sink(of_bulk)?, sink(of_found)?);
        let mut work = Self {
            log,
            reader,
            bulk,
            found,
            clock,
            enricher,
            shard,
            saved,
            hold,
            snapshot_every: i64::from(config.analyze.snapshot_secs) * ward_event::time::MICROS_PER_SECOND,
            head,
            intake: Intake::default(),
            metrics: Metrics::new(books)?,
            told: books.book("detect", "alerts"),
            taken: HashMap::new(),
            spare: Vec::new(),
            ahead: None,
            source: None,
        };
        for plan in [bulk_pending, found_pending].into_iter().flatten() {
            work.replay(&plan).await?;
        }
        work.bulk.replayed().await?;
        work.found.replayed().await?;
        work.seek().await?;
        work.metrics.show(&work.shard);
        Ok(work)
    }

    const fn sink(&mut self, kind: TopicKind) -> &mut Sink {
        if is_bulk(kind) { &mut self.bulk } else { &mut self.found }
    }

    /// Gives a plan that an earlier life left, exactly as it was.
    async fn replay(&mut self, plan: &Plan) -> Result<(), RunError> {
        let topics = plan.slices.keys().cloned().collect();
        let mut reader = self.log.follow(Topics::Only(topics), plan.firsts()).await?;
        let done = |work: &mut Self| {
            plan.slices.iter().all(|(topic, slice)| work.sink(topic.kind()).writer.next(topic) > slice.last)
        };
        while !done(self) {
            let mut records = reader.poll(POLL_RECORDS_MAX, POLL_WAIT).await?;
            records.retain(|r| plan.slices.get(&r.topic).is_some_and(|slice| r.offset <= slice.last));
            for Decoded { record, event } in decode(records, &mut self.spare) {
                self.row(&record, event)?;
            }
        }
        Ok(())
    }

    /// Begins each topic where the less advanced of store and judgement stands.
    async fn seek(&mut self) -> Result<(), RunError> {
        let known: Vec<Topic> = self.log.ends().await?.into_keys().collect();
        for topic in known {
            let stored = self.sink(topic.kind()).writer.next(&topic);
            let next = match topic.kind() {
                TopicKind::Events | TopicKind::Control | TopicKind::Clock => {
                    stored.min(self.head.cursor.get(&topic).copied().unwrap_or(0))
                }
                _ => stored,
            };
            self.reader.seek(&topic, next).await?;
            // What lies before has been read in an earlier life: a clock record may name an end there.
            self.intake.reached(&topic, next);
        }
        Ok(())
    }

    pub(super) async fn run(&mut self, stop: watch::Receiver<bool>) -> Result<(), RunError> {
        while !*stop.borrow() {
            if self.bulk.writer.is_full() || self.found.writer.is_full() {
                // Nothing more is taken in until the store has taken what there is.
                self.write().await?;
                tokio::time::sleep(POLL_WAIT).await;
            } else {
                self.read().await?;
            }
            while let Some(step) = self.intake.step() {
                self.judge(step).await?;
                // A long way to catch up must not keep the store waiting.
                self.write().await?;
            }
            for (topic, pause) in self.intake.changed_pauses() {
                self.reader.pause(&topic, pause).await?;
            }
            self.write().await?;
        }
        self.finish().await
    }

    /// Takes what was decoded meanwhile, and has what came since decoded.
    async fn read(&mut self) -> Result<(), RunError> {
        let wait = if self.ahead.is_some() { Duration::ZERO } else { POLL_WAIT };
        let mut records = self.reader.poll(POLL_RECORDS_MAX, wait).await?;
        let next = (records.len() >= APART_MIN).then(|| {
            let mut spare = self.spare.split_off(self.spare.len().saturating_sub(records.len()));
            let records = std::mem::take(&mut records);
            tokio::task::spawn_blocking(move || decode(records, &mut spare))
        });
        if let Some(ahead) = std::mem::replace(&mut self.ahead, next) {
            for decoded in ahead.await.map_err(|_| RunError::Panicked)? {
                self.take(decoded)?;
            }
        }
        for decoded in decode(records, &mut self.spare) {
            self.take(decoded)?;
        }
        Ok(())
    }

    /// A record is taken once, whatever a rebalance or a seek brings again.
    fn take(&mut self, Decoded { record, event }: Decoded) -> Result<(), RunError> {
        match self.taken.get_mut(&record.topic) {
            Some(next) if record.offset < *next => return Ok(()),
            Some(next) => *next = record.offset + 1,
            None => {
                self.taken.insert(record.topic.clone(), record.offset + 1);
            }
        }
        self.row(&record, event)?;
        self.intake.reached(&record.topic, record.offset + 1);
        Ok(())
    }

    /// Gives a record's row to the writer, and what is to be judged to the intake.
    fn row(&mut self, record: &Record, event: Option<DecodedEvent>) -> Result<(), RunError> {
        let at = At { topic: &record.topic, partition: 0, offset: record.offset };
        let judged = self.head.cursor.get(&record.topic).copied().unwrap_or(0);
        if self.source.as_ref().is_none_or(|source| source.topic != record.topic) {
            self.source = Some(Source::of(&record.topic));
        }
        let Some(source) = &self.source else { return Ok(()) };
        match source.kind {
            TopicKind::Events => {
                let mut event = match event {
                    Some(Ok(event)) => event,
                    Some(Err(error)) => {
                        self.poisoned(record, &error.to_string());
                        return Ok(());
                    }
                    None => return Ok(()),
                };
                (event.hospital, event.enrichment) = self.enricher.enrich(&source.sender, &event.event);
                event.topic.clone_from(&record.topic);
                (event.partition, event.offset) = (0, record.offset);
                self.bulk.writer.add(at, Row::Event(&event));
                // A plan inserted again at the start is judged when it is read for judgement.
                if record.offset >= judged && self.bulk.writer.replaying().is_none() {
                    self.intake.event(event);
                }
            }
            TopicKind::Dead => match serde_json::from_slice::<DeadLetter>(&record.payload) {
                Ok(letter) => {
                    let unit = self.enricher.unit(&source.sender, &letter.hospital);
                    self.bulk.writer.add(at, Row::Dead(&letter, &unit));
                }
                Err(error) => self.poisoned(record, &error.to_string()),
            },
            TopicKind::Alerts => {
                self.found.writer.add(at, Row::Alert(&own::<Alert>(record)?));
            }
            TopicKind::Rollups => {
                self.found.writer.add(at, Row::Rollup(&own::<Rollup>(record)?));
            }
            TopicKind::State => {
                self.found.writer.add(at, Row::State(&own::<StateRecord>(record)?));
            }
            TopicKind::Control => {
                self.found.writer.add(at, Row::Skip);
                if record.offset >= judged {
                    self.intake.control(record.offset, own::<ControlRecord>(record)?);
                }
            }
            TopicKind::Clock => {
                self.found.writer.add(at, Row::Skip);
                let clock = own::<ClockRecord>(record)?;
                if record.offset >= judged {
                    self.intake.clock(record.offset, clock);
                }
            }
            TopicKind::Audit => {
                self.found.writer.add(at, Row::Skip);
            }
        }
        Ok(())
    }

    fn poisoned(&mut self, record: &Record, reason: &str) {
        tracing::warn!(topic = %record.topic, offset = record.offset, reason, "a record that cannot be read is kept as a dead letter");
        let letter = poison::letter(record, reason, self.clock.now());
        let at = At { topic: &record.topic, partition: 0, offset: record.offset };
        self.bulk.writer.add(at, Row::Dead(&letter, &UnitId::unattributed()));
    }

    /// One clock record: controls, events in the one order, what joins them, and out.
    async fn judge(&mut self, mut step: Step) -> Result<(), RunError> {
        self.head.cursor.append(&mut step.cursor);
        if step.clock.time <= self.head.time {
            // It does not advance: what it lets through is judged with the next.
            self.intake.put_back(step);
            return Ok(());
        }
        for control in &step.controls {
            self.shard.control(control);
        }
        for event in step.events {
            self.shard.observe(&event);
            if self.spare.len() < SPARE_MAX {
                self.spare.push(event);
            }
        }
        let outputs = self.shard.tick(&step.clock);
        for refused in &outputs.refused {
            tracing::error!(
                file = refused.file,
                line = refused.line,
                reason = refused.reason,
                "rule refused; the others run"
            );
        }
        for reason in &outputs.rejected {
            tracing::error!(reason, "change refused; what was in force stays");
        }
        if outputs.register_changed {
            self.enricher.set_register(self.shard.register());
            let enricher = &self.enricher;
            self.intake.reattribute(|event| {
                let sender = event.topic.sender().unwrap_or_default();
                event.hospital = enricher.enrich(&sender, &event.event).0;
            });
        }
        self.emit(outputs).await?;
        self.metrics.show(&self.shard);
        let last = self.head.time;
        self.head.time = step.clock.time;
        if self.head.time.0.div_euclid(self.snapshot_every) != last.0.div_euclid(self.snapshot_every) {
            // A disk without room is no reason to stop: the last snapshot is whole, and the log holds what
            // came after it.
            if let Err(error) = self.snapshot().await {
                self.metrics.snapshot_failed(&error);
            }
        }
        Ok(())
    }

    async fn emit(&mut self, outputs: Outputs) -> Result<(), RunError> {
        let Outputs { alerts, rollups, states, held_back, .. } = outputs;
        let told = alerts.len() as u64;
        self.told.r#in.inc_by(held_back.suppressed + held_back.allowed);
        self.told.dropped(Cause::Suppressed, held_back.suppressed);
        self.told.dropped(Cause::Allowed, held_back.allowed);
        let mut records = Vec::with_capacity(alerts.len() + rollups.len() + states.len());
        let mut push = |topic: &Topic, payload: serde_json::Result<Vec<u8>>| match payload {
            Ok(payload) => {
                records.push(Append { topic: topic.clone(), payload: payload.into() });
                Ok(())
            }
            Err(e) => Err(RunError::Record { topic: topic.to_string(), offset: 0, reason: e.to_string() }),
        };
        alerts.iter().try_for_each(|a| push(&Topic::ALERTS, serde_json::to_vec(a)))?;
        rollups.iter().try_for_each(|r| push(&Topic::ROLLUPS, serde_json::to_vec(r)))?;
        states.iter().try_for_each(|s| push(&Topic::STATE, serde_json::to_vec(s)))?;
        if records.is_empty() {
            return Ok(());
        }
        let mut wait = Duration::from_millis(50);
        loop {
            match self.log.append(records.clone()).await {
                Ok(_) => {
                    self.told.r#in.inc_by(told);
                    self.told.out.inc_by(told);
                    return Ok(());
                }
                // The same again: readers drop by (producer, seq) what was there already.
                Err(
                    error @ (ward_store::log::LogError::Unavailable(_)
                    | ward_store::log::LogError::QuotaFull { .. }),
                ) => {
                    tracing::warn!(%error, again_in = ?wait, "what was found cannot be appended yet");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(5));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn snapshot(&mut self) -> Result<(), RunError> {
        let shard = self.shard.snapshot().map_err(|e| self.saved.error(&e))?;
        self.saved.write(&self.head, &shard)?;
        Ok(self.hold.move_to(&self.head.cursor, &self.log).await?)
    }

    async fn write(&mut self) -> Result<(), RunError> {
        self.found.write(&mut *self.reader).await?;
        self.bulk.write(&mut *self.reader).await
    }

    /// A clean end: all that was read is stored, and judgement is where the snapshot says.
    async fn finish(&mut self) -> Result<(), RunError> {
        self.bulk.finish(&mut *self.reader).await?;
        self.found.finish(&mut *self.reader).await?;
        self.snapshot().await
    }
}

const fn is_bulk(kind: TopicKind) -> bool {
    matches!(kind, TopicKind::Events | TopicKind::Dead)
}

/// A record of a topic that only Ward's centre writes: one that cannot be read is a fault of the centre.
fn own<T: DeserializeOwned>(record: &Record) -> Result<T, RunError> {
    serde_json::from_slice(&record.payload).map_err(|e| RunError::Record {
        topic: record.topic.to_string(),
        offset: record.offset,
        reason: e.to_string(),
    })
}
