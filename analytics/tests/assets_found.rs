//! Assets found in a day of the simulator's wire traffic, held against the machines it really has, and
//! the same bytes when the shard is restored on the way.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use ward_analytics::{
    enrich::{Enricher, GeoIp},
    rules::RuleSet,
    shard::{Settings, Shard},
};
use ward_event::{
    EnrichedEvent, Micros, ProducerId, SenderId, UnitId,
    clock::ClockRecord,
    config::Config,
    register::Register,
    state::{Asset, State},
    topic::Topic,
};
use ward_ingest::parse::{Input, Parser, parser};
use ward_simulator::{
    Region,
    attacks::Attacks,
    background::Inside,
    model::HostKind,
    offline::{Offline, Piece, offline},
};

const MINUTE: i64 = 60_000_000;
/// A Monday.
const FIRST_DAY: i32 = 20_003;

struct Stages {
    parsers: HashMap<(String, &'static str), Box<dyn Parser>>,
    seqs: HashMap<String, u64>,
    enricher: Enricher,
    shard: Shard,
    rules: Arc<RuleSet>,
    now: i64,
    /// Restored from a snapshot after so many clock records.
    restore_every: usize,
    ticks: usize,
    told: Vec<String>,
    newest: BTreeMap<(UnitId, String, String), Asset>,
}

impl Stages {
    fn new(register: &str, restore_every: usize) -> Self {
        let register = Register::parse(register).expect("a register");
        let rules = Arc::new(RuleSet::load(&[]).0);
        let geoip = GeoIp::open(Path::new(""), Path::new("")).expect("none");
        let enricher = Enricher::new(&register, geoip);
        let settings = Settings::from_config(&Config::default());
        let producer = ProducerId::new("shard-1").expect("an id");
        let shard = Shard::new(settings, register, Arc::clone(&rules), enricher.geoip_version(), producer);
        let now = ward_event::time::Calendar::shanghai().day_start(FIRST_DAY).0;
        Self {
            parsers: HashMap::new(),
            seqs: HashMap::new(),
            enricher,
            shard,
            rules,
            now,
            restore_every,
            ticks: 0,
            told: Vec::new(),
            newest: BTreeMap::new(),
        }
    }

    fn take(&mut self, piece: &Piece<'_>) {
        while piece.received.0 > self.now + MINUTE {
            self.tick();
        }
        let key = (piece.sender.to_owned(), piece.format.name());
        let parser = self.parsers.entry(key).or_insert_with(|| parser(piece.format).expect("a parser"));
        let mut events = Vec::new();
        let input = Input { bytes: piece.bytes, peer: None, received: piece.received };
        parser.parse(&input, &mut events).expect("parsed");
        let sender = SenderId::new(piece.sender).expect("an id");
        let seq = self.seqs.entry(piece.sender.to_owned()).or_default();
        for mut event in events {
            event.hospital = UnitId::new(piece.hospital).unwrap_or_default();
            event.producer = ProducerId::new(&format!("{sender}-1")).expect("an id");
            (event.seq, *seq) = (*seq, *seq + 1);
            let (hospital, enrichment) = self.enricher.enrich(&sender, &event);
            let topic = Topic::events(&sender);
            let offset = event.seq;
            self.shard.observe(&EnrichedEvent { event, hospital, enrichment, topic, partition: 0, offset });
        }
    }

    fn tick(&mut self) {
        self.now += MINUTE;
        self.ticks += 1;
        let outputs = self.shard.tick(&ClockRecord { time: Micros(self.now), ..ClockRecord::default() });
        for record in outputs.states {
            let text = serde_json::to_string(&record).expect("JSON");
            if let State::Asset(asset) = record.state {
                self.told.push(text);
                self.newest.insert((asset.hospital.clone(), asset.by.clone(), asset.name.clone()), asset);
            }
        }
        if self.restore_every > 0 && self.ticks.is_multiple_of(self.restore_every) {
            let bytes = self.shard.snapshot().expect("a snapshot");
            self.shard = Shard::restore(&bytes, Arc::clone(&self.rules), self.enricher.geoip_version())
                .expect("restored");
        }
    }
}

fn day(region: &Arc<Region>, restore_every: usize) -> Stages {
    let mut stages = Stages::new(&region.register_toml().expect("a register"), restore_every);
    let what = Offline {
        first_day: FIRST_DAY,
        days: 1,
        events_per_day: 60_000.0,
        seed: 7,
        inside: Inside::All,
        attacks: Attacks::None,
    };
    offline(region, &what, |piece| stages.take(&piece));
    stages.tick();
    stages
}

#[test]
fn a_day_of_traffic_shows_the_machines_there_are_and_no_others() {
    let region = Arc::new(Region::demo());
    let stages = day(&region, 0);
    let mut wrong = Vec::new();
    let mut real: BTreeMap<(&str, String), HostKind> = BTreeMap::new();
    for unit in &region.units {
        for host in &unit.hosts {
            real.insert((unit.spec.id, host.ip.to_string()), host.kind);
            real.insert((unit.spec.id, host.name.to_lowercase()), host.kind);
        }
    }
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for ((unit, by, name), asset) in &stages.newest {
        if by == "database" {
            continue;
        }
        match real.get(&(unit.as_str(), name.clone())) {
            Some(kind) => *found.entry(kind.label()).or_default() += 1,
            None => wrong.push(format!("{unit} {by} {name} {:?}", asset.sources)),
        }
        if by == "address" {
            assert!(!asset.zone.is_empty(), "{unit} {name} lies in a declared zone");
            assert!(asset.first_seen <= asset.last_seen && asset.last_seen.0 <= stages.now);
        }
    }
    println!("{} records of {} assets: {found:?}", stages.told.len(), stages.newest.len());
    assert!(wrong.is_empty(), "no machine of the unit: {wrong:?}");
    // Every database server of a unit that exports flows has answered somebody within the day.
    let role = |kind: HostKind, role: &str| {
        let of = |(u, ip): &(&str, String)| {
            stages.newest.get(&(UnitId::new(u).ok()?, "address".into(), ip.clone()))
        };
        let all: Vec<&str> = real
            .iter()
            .filter(|(_, k)| **k == kind)
            .filter_map(|(key, _)| of(key))
            .map(|a| a.role.as_str())
            .collect();
        println!("{}: {all:?}", kind.label());
        !all.is_empty() && all.iter().all(|r| *r == role)
    };
    assert!(role(HostKind::HisDb, "database"));
    assert!(role(HostKind::Pacs, "imaging"));
    assert!(role(HostKind::DomainController, "domain-controller"));
    assert_eq!(stages.shard.counts().assets_refused, 0);
}

#[test]
fn a_restart_on_the_way_tells_the_same_bytes() {
    let region = Arc::new(Region::demo());
    let (straight, restored) = (day(&region, 0), day(&region, 41));
    assert!(straight.told.len() > 500, "{}", straight.told.len());
    assert_eq!(straight.told.len(), restored.told.len());
    for (a, b) in straight.told.iter().zip(&restored.told) {
        assert_eq!(a, b);
    }
}
