//! The planned writer simulated by seed against a model of log and store: crashes at any step, lost
//! answers, repeated calls of senders, frozen writers that insert late. Every record must be stored
//! exactly once, in its table, and every insert of a plan must hold the same rows.
//!
//! `WARD_SEEDS` says how many seeds; a failure names its seed.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ward_event::{
    EnrichedEvent, Enrichment, Event, Format, Micros, ProducerId, SenderId, UnitId,
    alert::Entity,
    books::{Books, Cause},
    clock::Clock,
    dead::DeadLetter,
    rollup::Rollup,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_SECOND},
    topic::Topic,
};
use ward_store::{
    log::Position,
    writer::{Added, At, Batch, Row, Writer, WriterSettings},
};

const SENDERS: usize = 3;
const ROWS_MAX: usize = 12;
const STEPS: usize = 300;

/// xorshift64*.
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A record of the model's log.
#[derive(Clone)]
enum Rec {
    Event(Box<EnrichedEvent>),
    Dead(Box<DeadLetter>),
    Rollup(Box<Rollup>),
    Clock,
}

impl Rec {
    fn row<'a>(&'a self, unit: &'a UnitId) -> Row<'a> {
        match self {
            Self::Event(e) => Row::Event(e),
            Self::Dead(l) => Row::Dead(l, unit),
            Self::Rollup(r) => Row::Rollup(r),
            Self::Clock => Row::Skip,
        }
    }

    fn identity(&self) -> Option<Identity> {
        let (table, producer, seq) = match self {
            Self::Event(e) => ("events", &e.event.producer, e.event.seq),
            Self::Dead(l) => ("dead", &l.producer, l.seq),
            Self::Rollup(r) => ("rollups", &r.producer, r.seq),
            Self::Clock => return None,
        };
        Some((table, producer.to_string(), seq))
    }
}

type Identity = (&'static str, String, u64);

fn producer(name: &str) -> ProducerId {
    ProducerId::new(name).expect("an id")
}

fn event(producer: &ProducerId, seq: u64) -> Rec {
    let mut event = Event::new(0, 1);
    (event.producer, event.seq, event.message) = (producer.clone(), seq, format!("{producer} {seq}"));
    let topic = Topic::ALERTS; // not looked at: the place on the log comes with the row
    Rec::Event(Box::new(EnrichedEvent {
        event,
        hospital: UnitId::unattributed(),
        enrichment: Enrichment::default(),
        topic,
        partition: 0,
        offset: 0,
    }))
}

fn dead(sender: &SenderId, producer: &ProducerId, seq: u64) -> Rec {
    Rec::Dead(Box::new(DeadLetter {
        sender: sender.clone(),
        producer: producer.clone(),
        seq,
        received: Micros(0),
        hospital: UnitId::default(),
        format: Format::Syslog,
        cause: "syntax".into(),
        detail: String::new(),
        peer: String::new(),
        bytes: format!("{seq}"),
    }))
}

fn rollup(seq: u64) -> Rec {
    Rec::Rollup(Box::new(Rollup {
        hospital: UnitId::unattributed(),
        entity: Entity { kind: "account".into(), value: "x".into() },
        metric: "events".into(),
        hour: Micros(0),
        value: seq,
        producer: producer("shard.1"),
        seq,
    }))
}

/// What the store holds: deduplicates by (table, token) like ClickHouse, and remembers the rows.
#[derive(Default)]
struct ModelStore {
    tokens: HashMap<(&'static str, String), BTreeSet<Identity>>,
    rows: HashMap<Identity, usize>,
    days: HashMap<String, HashSet<i32>>,
    /// Forgets its tokens, to show that the simulation notices.
    forgetful: bool,
}

struct Sealed {
    batch: Batch,
    rows: Vec<Identity>,
}

impl ModelStore {
    fn insert(&mut self, sealed: &Sealed, block: usize) {
        let plan = &sealed.batch.plan;
        let block = &sealed.batch.blocks[block];
        self.days.entry(plan.id.clone()).or_default().insert(Calendar::shanghai().day(plan.ingested_at));
        let key = (block.table, plan.token(block.table));
        let mine: BTreeSet<_> =
            sealed.rows.iter().filter(|(table, ..)| *table == block.table).cloned().collect();
        assert_eq!(mine.len(), block.rows);
        if let Some(before) = self.tokens.get(&key).filter(|_| !self.forgetful) {
            assert_eq!(before, &mine, "the same plan must hold the same rows");
            return;
        }
        for identity in &mine {
            *self.rows.entry(identity.clone()).or_default() += 1;
        }
        self.tokens.insert(key, mine);
    }
}

/// The whole world but the writer.
struct World {
    rng: Rng,
    clock: Clock,
    log: BTreeMap<Topic, Vec<Rec>>,
    expected: BTreeSet<Identity>,
    lives: [(u64, u64); SENDERS],
    rollups: u64,
    committed: BTreeMap<Topic, Position>,
    store: ModelStore,
    /// Batches of frozen writers that were committed and may still insert.
    frozen: Vec<Sealed>,
    unit: UnitId,
}

/// One life of the writer.
struct Life {
    writer: Writer,
    books: Books,
    at: BTreeMap<Topic, u64>,
    kept: Vec<Identity>,
    /// The batch in flight, and how many of its blocks are in.
    flight: Option<(Sealed, usize)>,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            rng: Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            clock: Clock::driven(Micros::from_secs(1_795_233_600)),
            log: BTreeMap::new(),
            expected: BTreeSet::new(),
            lives: [(1, 0); SENDERS],
            rollups: 0,
            committed: BTreeMap::new(),
            store: ModelStore::default(),
            frozen: Vec::new(),
            unit: UnitId::unattributed(),
        }
    }

    fn push(&mut self, topic: &Topic, record: Rec) {
        self.expected.extend(record.identity());
        self.log.entry(topic.clone()).or_default().push(record);
    }

    /// A call of a sender: a few records over its two topics, sometimes repeated after a part of it
    /// got through, sometimes by a new life of the sender.
    fn append(&mut self) {
        let n = self.rng.below(SENDERS);
        let sender = SenderId::new(&format!("s{n}")).expect("an id");
        if self.rng.chance(3) {
            self.lives[n] = (self.lives[n].0 + 1, 0);
        }
        let producer = producer(&format!("s{n}.{}", self.lives[n].0));
        let mut topics = [(Topic::events(&sender), Vec::new()), (Topic::dead(&sender), Vec::new())];
        for _ in 0..=self.rng.below(6) {
            let seq = self.lives[n].1;
            self.lives[n].1 += 1;
            if self.rng.chance(80) {
                topics[0].1.push(event(&producer, seq));
            } else {
                topics[1].1.push(dead(&sender, &producer, seq));
            }
        }
        if self.rng.chance(20) {
            for (topic, records) in &topics {
                let through = self.rng.below(records.len() + 1);
                records[..through].iter().for_each(|r| self.push(topic, r.clone()));
            }
        }
        for (topic, records) in topics {
            records.into_iter().for_each(|r| self.push(&topic, r));
        }
        if self.rng.chance(30) {
            // The shard emits again what it emitted before its last snapshot.
            let from = self.rollups - (self.rng.below(3) as u64).min(self.rollups);
            let to = self.rollups + self.rng.below(3) as u64;
            (from..to).for_each(|seq| self.push(&Topic::ROLLUPS, rollup(seq)));
            self.rollups = self.rollups.max(to);
        }
        if self.rng.chance(30) {
            self.push(&Topic::CLOCK, Rec::Clock);
        }
    }

    fn start(&mut self) -> Life {
        let books = Books::new().expect("books");
        let settings =
            WriterSettings { rows_max: ROWS_MAX, delay_max: std::time::Duration::from_millis(500) };
        let (writer, plan) =
            Writer::recover(&self.committed, self.clock.clone(), settings, &books).expect("own positions");
        let mut at: BTreeMap<Topic, u64> = self.committed.iter().map(|(t, p)| (t.clone(), p.next)).collect();
        // Detection may have to read from before the writer's positions.
        for next in at.values_mut().filter(|_| plan.is_none()) {
            *next -= (self.rng.below(3) as u64).min(*next);
        }
        Life { writer, books, at, kept: Vec::new(), flight: None }
    }

    /// Gives the writer the next record of some topic.
    fn give(&mut self, life: &mut Life) {
        let pick = self.rng.below(self.log.len().max(1));
        let Some((topic, records)) = self.log.iter().nth(pick) else { return };
        let next = life.at.entry(topic.clone()).or_default();
        let Some(record) = records.get(*next as usize) else { return };
        let at = At { topic, partition: 0, offset: *next };
        let added = life.writer.add(at, record.row(&self.unit));
        match added {
            Added::Kept => life.kept.extend(record.identity()),
            Added::Stored | Added::Resent => {}
            Added::Later => {
                assert!(life.writer.replaying().is_some());
                return;
            }
        }
        *next += 1;
    }

    fn seal(&mut self, life: &mut Life) {
        let replaying = life.writer.replaying().cloned();
        let Some(batch) = life.writer.seal() else { return };
        let rows = std::mem::take(&mut life.kept);
        if let Some(plan) = replaying {
            assert_eq!(batch.plan, plan);
            assert!(batch.positions.is_empty());
            // From here on it reads everything.
            for topic in self.log.keys() {
                life.at.insert(topic.clone(), life.writer.next(topic));
            }
        }
        assert_eq!(batch.rows(), rows.len());
        self.committed.extend(batch.positions.clone());
        life.flight = Some((Sealed { batch, rows }, 0));
    }

    /// One step of the insert in flight; its answer may be lost, and then it is tried again.
    fn insert(&mut self, life: &mut Life) {
        let Some((sealed, block)) = &mut life.flight else { return };
        if self.rng.chance(10) {
            return; // not to be had
        }
        self.store.insert(sealed, *block);
        if self.rng.chance(10) {
            return; // stored, but the answer was lost
        }
        *block += 1;
        if *block == sealed.batch.blocks.len() {
            life.writer.done(&sealed.batch);
            life.flight = None;
            if self.rng.chance(20) {
                self.committed.extend(life.writer.settle());
            }
        }
    }

    /// Kills the writer, or freezes it between commit and insert.
    fn crash(&mut self, life: Life) -> Life {
        if let Some((sealed, _)) = life.flight
            && self.rng.chance(50)
        {
            self.frozen.push(sealed);
        }
        if self.rng.chance(20) {
            self.clock.advance(Micros(self.clock.now().0 + MICROS_PER_DAY));
        }
        self.start()
    }

    fn thaw(&mut self) {
        if !self.frozen.is_empty() {
            let pick = self.rng.below(self.frozen.len());
            let sealed = self.frozen.swap_remove(pick);
            (0..sealed.batch.blocks.len()).for_each(|block| self.store.insert(&sealed, block));
        }
    }

    fn finish(&mut self, mut life: Life) {
        for _ in 0..100_000 {
            self.give(&mut life);
            self.seal(&mut life);
            self.insert(&mut life);
            let end = |(t, r): (&Topic, &Vec<Rec>)| life.writer.next(t) == r.len() as u64;
            if self.log.iter().all(end) && life.flight.is_none() && life.writer.waiting() == 0 {
                break;
            }
        }
        while !self.frozen.is_empty() {
            self.thaw();
        }
        self.committed.extend(life.writer.settle());
        for (topic, records) in &self.log {
            assert_eq!(self.committed.get(topic).map_or(0, |p| p.next), records.len() as u64, "{topic}");
        }
        for identity in &self.expected {
            assert_eq!(self.store.rows.get(identity), Some(&1), "{identity:?}");
        }
        assert_eq!(self.store.rows.len(), self.expected.len());
        assert!(self.store.days.values().all(|days| days.len() == 1), "a plan has one day");
        for table in ["events", "dead", "rollups"] {
            let book = life.books.book("store", table);
            assert_eq!((book.residual(), book.held.get()), (0, 0), "{table}");
        }
    }
}

/// How many records the writers of a run dropped as repetitions.
fn resent(life: &Life) -> u64 {
    ["events", "dead", "rollups"].map(|table| life.books.book("store", table).dropped_total()).iter().sum()
}

fn run(seed: u64, forgetful: bool) -> (u64, usize) {
    let mut world = World::new(seed);
    world.store.forgetful = forgetful;
    let mut life = world.start();
    let mut crashes = 0;
    let mut dropped = 0;
    for _ in 0..STEPS {
        match world.rng.below(20) {
            0..=3 => world.append(),
            4..=11 => world.give(&mut life),
            12..=13 => {
                let ahead = world.rng.below(2 * MICROS_PER_SECOND as usize) as i64;
                world.clock.advance(Micros(world.clock.now().0 + ahead));
                if life.writer.due(world.clock.now()) {
                    world.seal(&mut life);
                }
            }
            14..=17 => world.insert(&mut life),
            18 => world.thaw(),
            _ => {
                dropped += resent(&life);
                life = world.crash(life);
                crashes += 1;
            }
        }
    }
    dropped += resent(&life);
    world.finish(life);
    (dropped, crashes)
}

#[test]
fn writer_sim_every_record_is_stored_exactly_once() {
    let seeds = std::env::var("WARD_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let (mut resent, mut crashes) = (0, 0);
    for seed in 0..seeds {
        let result = std::panic::catch_unwind(|| run(seed, false));
        let (r, c) = result.unwrap_or_else(|_| panic!("seed {seed}"));
        resent += r;
        crashes += c;
    }
    println!("{seeds} seeds, {crashes} crashes, {resent} records dropped as resent");
    assert!(crashes > seeds as usize && resent > seeds, "the simulation must meet what it is about");
}

#[test]
fn writer_sim_notices_a_store_that_forgets_its_tokens() {
    let failed = (0..20).filter(|seed| std::panic::catch_unwind(|| run(*seed, true)).is_err()).count();
    assert!(failed > 10, "only {failed} of 20 seeds noticed");
}

#[test]
fn a_record_sent_again_is_counted_by_its_cause() {
    let books = Books::new().expect("books");
    let settings = WriterSettings { rows_max: 10, delay_max: std::time::Duration::from_millis(500) };
    let clock = Clock::driven(Micros::from_secs(1_795_233_600));
    let (mut writer, _) = Writer::recover(&BTreeMap::new(), clock, settings, &books).expect("new");
    let topic = Topic::events(&SenderId::new("s").expect("an id"));
    let unit = UnitId::unattributed();
    let p = producer("s.1");
    let given: Vec<Added> = [(0, 0), (1, 1), (2, 1), (3, 0), (4, 2), (4, 2)]
        .into_iter()
        .map(|(offset, seq)| {
            writer.add(At { topic: &topic, partition: 0, offset }, event(&p, seq).row(&unit))
        })
        .collect();
    assert_eq!(given, [Added::Kept, Added::Kept, Added::Resent, Added::Resent, Added::Kept, Added::Stored]);
    let book = books.book("store", "events");
    assert_eq!((book.r#in.get(), book.held.get(), book.dropped_total()), (5, 3, 2));
    assert_eq!(book.residual(), 0);
    let text = books.text().expect("text");
    let line = format!(
        "ward_dropped_total{{cause=\"{}\",source=\"events\",stage=\"store\"}} 2",
        Cause::Resent.name()
    );
    assert!(text.contains(&line), "{text}");
}
