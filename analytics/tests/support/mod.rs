//! A small synthetic region, for tuning and for tests of the shard: people with offices, shifts and
//! habits, servers round the clock, and the untidiness of every day. All of it from a seed.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

mod life;
pub mod plants;

use std::sync::Arc;

use ward_analytics::{
    rules::RuleSet,
    shard::{Outputs, Settings, Shard},
};
use ward_event::{
    EnrichedEvent, Enrichment, Event, Field, Format, Micros, Place, ProducerId, SenderId, UnitId,
    clock::ClockRecord,
    config::Config,
    control::RuleFile,
    ocsf,
    register::Register,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_SECOND},
    topic::Topic,
};

pub use life::Region;

pub const MINUTE: i64 = 60 * MICROS_PER_SECOND;

/// A Monday, so that day 8 is one too.
pub const FIRST_DAY: i32 = 20_003;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub fn chance(&mut self, p: f64) -> bool {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64 <= p
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// Log-normal around a median, with the deviation of its logarithm.
    pub fn around(&mut self, median: f64, sigma: f64) -> u64 {
        // The sum of twelve uniforms is near enough to a normal.
        let z: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        (median * (sigma * z).exp()) as u64
    }
}

/// The first instant of the day with that number, the first being 1.
pub fn day_start(day: i32) -> Micros {
    Calendar::shanghai().day_start(FIRST_DAY + day - 1)
}

/// A moment of a day: hours and minutes.
pub fn at(day: i32, hour: i64, minute: i64) -> Micros {
    Micros(day_start(day).0 + (hour * 60 + minute) * MINUTE)
}

pub fn place(country: &str, region: &str, asn: u32) -> Arc<Place> {
    Arc::new(Place { country: country.into(), region: region.into(), asn, ..Place::default() })
}

/// What an event is about, before it has an identity.
pub struct Draft {
    pub event: Event,
    pub src: Option<Arc<Place>>,
    pub dst: Option<Arc<Place>>,
}

impl Draft {
    pub fn new(class: u32, time: Micros) -> Self {
        let mut event = Event::new(class, 1);
        (event.time, event.received) = (time, Micros(time.0 + MICROS_PER_SECOND));
        Self { event, src: None, dst: None }
    }

    pub fn login(time: Micros, account: &str, src: &str, host: &str, success: bool) -> Self {
        let mut draft = Self::new(ocsf::AUTHENTICATION, time);
        draft.event.format = Some(Format::Windows);
        draft.event.set_text(Field::UserName, account);
        draft.event.set_text(Field::DeviceHostname, host);
        draft.event.set_ip_text(Field::SrcIp, src);
        draft.event.set_uint(Field::StatusId, if success { 1 } else { 2 });
        draft
    }

    pub fn process(time: Micros, account: &str, host: &str, program: &str) -> Self {
        let mut draft = Self::new(ocsf::PROCESS_ACTIVITY, time);
        draft.event.format = Some(Format::Windows);
        draft.event.set_text(Field::ActorUserName, account);
        draft.event.set_text(Field::DeviceHostname, host);
        draft.event.set_text(Field::ProcName, program);
        draft
    }

    pub fn query(time: Micros, account: &str, src: &str, program: &str, database: &str, rows: u64) -> Self {
        let mut draft = Self::new(ocsf::DATASTORE_ACTIVITY, time);
        draft.event.format = Some(Format::Syslog);
        draft.event.set_text(Field::ActorUserName, account);
        draft.event.set_text(Field::ActorAppName, program);
        draft.event.set_text(Field::DatabaseName, database);
        draft.event.set_ip_text(Field::SrcIp, src);
        draft.event.set_uint(Field::Rows, rows);
        draft
    }

    pub fn flow(time: Micros, src: &str, dst: &str, bytes: u64, dst_place: Option<Arc<Place>>) -> Self {
        let mut draft = Self::new(ocsf::NETWORK_ACTIVITY, time);
        draft.event.format = Some(Format::Netflow);
        draft.event.set_ip_text(Field::SrcIp, src);
        draft.event.set_ip_text(Field::DstIp, dst);
        draft.event.set_uint(Field::BytesOut, bytes);
        draft.dst = dst_place;
        draft
    }

    pub fn from(mut self, place: Arc<Place>) -> Self {
        self.src = Some(place);
        self
    }
}

/// Gives drafts an identity, in the order of their time.
pub fn number(mut drafts: Vec<Draft>, unit: &str) -> Vec<EnrichedEvent> {
    drafts.sort_by_key(|d| d.event.time);
    let sender = SenderId::new(unit).expect("an id");
    let topic = Topic::events(&sender);
    let producer = ProducerId::new(&format!("{unit}-1")).expect("an id");
    let hospital = UnitId::new(unit).expect("an id");
    let finish = |(mut draft, n): (Draft, u64)| {
        draft.event.sender = sender.clone();
        draft.event.producer = producer.clone();
        draft.event.seq = n;
        EnrichedEvent {
            event: draft.event,
            hospital: hospital.clone(),
            enrichment: Enrichment { src: draft.src, dst: draft.dst },
            topic: topic.clone(),
            partition: 0,
            offset: n,
        }
    };
    drafts.into_iter().zip(0..).map(finish).collect()
}

pub fn shard(register: &str, rules: &[RuleFile]) -> Shard {
    let (rules, refused) = RuleSet::load(rules);
    assert!(refused.is_empty(), "{refused:?}");
    Shard::new(
        Settings::from_config(&Config::default()),
        Register::parse(register).expect("a register"),
        Arc::new(rules),
        "",
        ProducerId::new("shard-1").expect("an id"),
    )
}

/// Runs events through a shard with a clock record every `step`, and hands on what each emits.
pub fn run(
    mut shard: Shard,
    events: &[EnrichedEvent],
    days: i32,
    step: i64,
    each: &mut dyn FnMut(Shard, Micros, Outputs) -> Shard,
) -> Shard {
    let mut rest = events.iter().peekable();
    let mut now = day_start(1).0;
    let end = day_start(days + 1).0 + 20 * MINUTE;
    while now < end {
        now += step;
        while let Some(event) = rest.next_if(|e| e.event.received.0 <= now) {
            shard.observe(event);
        }
        let outputs = shard.tick(&ClockRecord { time: Micros(now), ..ClockRecord::default() });
        shard = each(shard, Micros(now), outputs);
    }
    shard
}

pub fn day_of(time: Micros) -> i32 {
    ((time.0 - day_start(1).0).div_euclid(MICROS_PER_DAY)) as i32 + 1
}
