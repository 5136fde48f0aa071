//! The shard: all of detection as one state machine. What it emits is a function of the sequence of
//! calls alone: no clock of its own, no randomness, no I/O.
//!
//! Between two clock records it takes events in topic order and control records; at a clock record
//! it emits, in one fixed order, everything that joins topics or is about time, numbered without a gap
//! in its producer's life. The numbers are part of the snapshot: after a restart the same records have
//! the same (producer, seq) and the same bytes.

mod kept;
mod producers;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ward_event::{
    EnrichedEvent, Format, Micros, ProducerId,
    alert::Alert,
    clock::ClockRecord,
    config::Config,
    control::{Change, ControlRecord},
    register::Register,
    rollup::Rollup,
    state::{State, StateRecord},
    time::{Calendar, MICROS_PER_HOUR},
};

use self::producers::Producers;
use crate::{
    assets::Assets,
    decisions::{Decisions, is},
    dedup::{Dedup, Hit, MINUTE},
    rules::{Correlated, Correlations, Match, Refused, RuleSet},
    score::Scores,
    silence::Silence,
    ueba::{self, Ref, Ueba},
};

/// What of the configuration decides what is emitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The region's fixed offset from UTC, in seconds.
    pub offset_secs: i64,
    pub dedup_minutes: u32,
    pub baseline_days: u32,
    /// ISO country whose addresses are no foreign ones.
    pub home_country: String,
}

impl Settings {
    pub fn from_config(config: &Config) -> Self {
        Self {
            offset_secs: config.calendar().offset_secs(),
            dedup_minutes: config.analyze.dedup_minutes.max(1),
            baseline_days: config.analyze.baseline_days.clamp(1, 28),
            home_country: "CN".into(),
        }
    }

    pub fn calendar(&self) -> Calendar {
        Calendar::fixed(self.offset_secs)
    }

    fn rules(&self) -> ueba::Rules<'_> {
        ueba::Rules { calendar: self.calendar(), keep_days: self.baseline_days, home: &self.home_country }
    }
}

/// What a clock record brings about, in the order of its numbers: alerts, rollups, states.
#[derive(Debug, Default, PartialEq)]
pub struct Outputs {
    pub alerts: Vec<Alert>,
    pub rollups: Vec<Rollup>,
    pub states: Vec<StateRecord>,
    /// Rules of a control record that could not be loaded; the others are in force.
    pub refused: Vec<Refused>,
    /// Control records that were refused as a whole, and why; what was in force stays.
    pub rejected: Vec<String>,
    /// The register is another one: whoever attributes events must read it anew.
    pub register_changed: bool,
    /// Held back since the clock record before.
    pub held_back: HeldBack,
}

/// What was found and not told, because a person said so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBack {
    /// Alerts, revisions among them.
    pub suppressed: u64,
    /// Matches of rules, and findings of UEBA.
    pub allowed: u64,
}

/// What has been counted since the shard began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub events: u64,
    /// Seen before of that producer.
    pub resent: u64,
    /// Matches of rules, correlations among them.
    pub matches: u64,
    /// Matches that went into an alert made before.
    pub folded: u64,
    /// Matches and findings held back by an allow-list.
    pub allowed: u64,
    /// Alerts held back by a suppression, revisions among them.
    #[serde(default)]
    pub suppressed: u64,
    /// Alerts not told because more than the bound came between two clock records.
    pub overflown: u64,
    /// Entities forgotten for want of room.
    pub evicted: u64,
    /// Sights of assets not taken in for want of room.
    #[serde(default)]
    pub assets_refused: u64,
    /// Producers beyond the bound, whose events cannot be checked for repeats and are left out.
    pub strangers: u64,
}

/// Everything a snapshot holds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) settings: Settings,
    pub(crate) producer: ProducerId,
    pub(crate) next_seq: u64,
    /// The last clock record.
    pub(crate) now: Micros,
    producers: Producers,
    pub(crate) rules_version: String,
    pub(crate) geoip_version: String,
    pub(crate) register: Register,
    pub(crate) register_version: String,
    #[serde(default)]
    decisions: Decisions,
    #[serde(default)]
    held_back: HeldBack,
    /// Control records since the last clock record.
    waiting: Vec<ControlRecord>,
    correlations: Correlations,
    dedup: Dedup,
    ueba: Ueba,
    scores: Scores,
    silence: Silence,
    #[serde(default)]
    assets: Assets,
    counts: Counts,
}

/// See the module.
#[derive(Debug)]
pub struct Shard {
    pub(crate) kept: Kept,
    pub(crate) rules: Arc<RuleSet>,
    matches: Vec<Match>,
    correlated: Vec<Correlated>,
}

impl Shard {
    /// A shard that has seen nothing. `geoip_version` names the databases that enrich its events.
    pub fn new(
        settings: Settings,
        register: Register,
        rules: Arc<RuleSet>,
        geoip_version: &str,
        producer: ProducerId,
    ) -> Self {
        let mut silence = Silence::default();
        silence.expect(&register);
        let mut assets = Assets::default();
        assets.expect(&register);
        let kept = Kept {
            settings,
            producer,
            next_seq: 0,
            now: Micros::default(),
            producers: Producers::default(),
            rules_version: rules.version().to_owned(),
            geoip_version: geoip_version.to_owned(),
            register_version: register.version.clone(),
            register,
            decisions: Decisions::default(),
            held_back: HeldBack::default(),
            waiting: Vec::new(),
            correlations: Correlations::default(),
            dedup: Dedup::default(),
            ueba: Ueba::default(),
            scores: Scores::default(),
            silence,
            assets,
            counts: Counts::default(),
        };
        Self::of(kept, rules)
    }

    pub(crate) fn of(mut kept: Kept, rules: Arc<RuleSet>) -> Self {
        kept.register.version.clone_from(&kept.register_version);
        kept.producers.rebuild();
        kept.dedup.rebuild();
        kept.ueba.rebuild();
        kept.assets.rebuild(&kept.register);
        Self { kept, rules, matches: Vec::new(), correlated: Vec::new() }
    }

    /// Takes one event, in the order of its topic. False for one of a producer that was seen before.
    pub fn observe(&mut self, enriched: &EnrichedEvent) -> bool {
        let event = &enriched.event;
        let kept = &mut self.kept;
        let at = match kept.producers.admit(&event.producer, event.seq) {
            producers::Admitted::New(place) => Ref(place, event.seq),
            producers::Admitted::Seen => {
                kept.counts.resent += 1;
                return false;
            }
            producers::Admitted::Stranger => {
                kept.counts.strangers += 1;
                return false;
            }
        };
        kept.counts.events += 1;
        kept.silence.observe(enriched, at);
        kept.ueba.observe(enriched, at, &kept.settings.rules());
        kept.assets.observe(enriched);
        self.rules.evaluate(event, &mut self.matches);
        if !self.matches.is_empty() {
            self.matched(enriched);
        } else if event.format == Some(Format::Windows) {
            kept.correlations.note_sysmon(&enriched.hospital, event);
        }
        true
    }

    fn matched(&mut self, enriched: &EnrichedEvent) {
        let (event, hospital) = (&enriched.event, &enriched.hospital);
        let kept = &mut self.kept;
        let window = i64::from(kept.settings.dedup_minutes) * MINUTE;
        // Before the first clock record there is no better time than that of receipt.
        let now = if kept.now == Micros::default() { event.received } else { kept.now };
        kept.leave_out_usual(&mut self.matches, event, hospital, now);
        kept.correlations.observe(&self.rules, hospital, event, &mut self.matches, &mut self.correlated);
        kept.counts.matches += (self.matches.len() + self.correlated.len()) as u64;
        let test = kept.decisions.test_of(event, hospital);
        for found in self.matches.drain(..).filter(|m| m.rule.alerts) {
            let hit = Hit { authorised_test: test.clone(), ..Hit::of_match(&found, event, hospital) };
            kept.dedup.take(hit, window, now);
        }
        for found in self.correlated.drain(..) {
            let hit = Hit { authorised_test: test.clone(), ..Hit::of_correlated(&found, event, hospital) };
            let has = |field: &str, value: &str| {
                hit.entities.iter().any(|e| is(e, field, value))
                    || hit.reasons.iter().any(|r| r.field == field && r.value.eq_ignore_ascii_case(value))
            };
            if kept.decisions.allowed(&hit.rule.id, hospital, now, &has) {
                kept.held_back.allowed += 1;
            } else {
                kept.dedup.take(hit, window, now);
            }
        }
    }

    /// Takes one control record. It is in force from the next clock record on.
    pub fn control(&mut self, record: &ControlRecord) {
        self.kept.waiting.push(record.clone());
    }

    /// Takes a clock record and emits. One that does not advance is ignored.
    pub fn tick(&mut self, clock: &ClockRecord) -> Outputs {
        let kept = &mut self.kept;
        let now = clock.time;
        if now <= kept.now {
            return Outputs::default();
        }
        let turned = |unit: i64| now.0.div_euclid(unit) != kept.now.0.div_euclid(unit);
        let (minute, hour) = (turned(MINUTE), turned(MICROS_PER_HOUR));
        kept.now = now;
        let mut outputs = Outputs::default();
        let mut states = Vec::new();
        let alerts = kept.dedup.tick(now, minute);
        kept.tell_all(alerts, &mut outputs);
        if minute {
            kept.turn_minute(&mut outputs, &mut states);
            kept.correlations.sweep(&self.rules, now);
            kept.decisions.sweep(now);
        }
        outputs.rollups = kept.ueba.rollups(now, kept.settings.calendar());
        if minute {
            states.extend(kept.scores.tell(now, hour).into_iter().map(State::Score));
            states.extend(kept.assets.tell(now, hour).into_iter().map(State::Asset));
        }
        kept.number(&mut outputs, states);
        outputs.held_back = std::mem::take(&mut kept.held_back);
        kept.counts.allowed += outputs.held_back.allowed;
        kept.counts.suppressed += outputs.held_back.suppressed;
        for record in std::mem::take(&mut kept.waiting) {
            self.apply(record.change, &mut outputs);
        }
        outputs
    }

    fn apply(&mut self, change: Change, outputs: &mut Outputs) {
        let kept = &mut self.kept;
        let taken = match change {
            Change::Rules { files } => {
                let (rules, refused) = RuleSet::load(&files);
                outputs.refused.extend(refused);
                rules.version().clone_into(&mut kept.rules_version);
                self.rules = Arc::new(rules);
                Ok(())
            }
            Change::Register { text } => match Register::parse(&text) {
                Ok(register) => {
                    kept.silence.expect(&register);
                    kept.assets.expect(&register);
                    kept.register_version.clone_from(&register.version);
                    kept.register = register;
                    outputs.register_changed = true;
                    Ok(())
                }
                Err(error) => Err(error.to_string()),
            },
            Change::Suppress(suppression) => kept.decisions.suppress(suppression),
            Change::Allow(entry) => kept.decisions.allow(entry),
            Change::TestWindow(window) => kept.decisions.test(window),
            Change::Verdict(verdict) => {
                kept.take_verdict(&verdict);
                Ok(())
            }
        };
        outputs.rejected.extend(taken.err());
    }

    /// The last clock record.
    pub fn now(&self) -> Micros {
        self.kept.now
    }

    pub fn register(&self) -> &Register {
        &self.kept.register
    }

    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    pub fn counts(&self) -> Counts {
        let kept = &self.kept;
        Counts {
            folded: kept.dedup.folded,
            overflown: kept.dedup.overflown,
            evicted: kept.ueba.evicted,
            assets_refused: kept.assets.refused(),
            ..kept.counts
        }
    }

    /// Assets held.
    pub fn assets(&self) -> usize {
        self.kept.assets.len()
    }

    /// Accounts, hosts and units held.
    pub fn entities(&self) -> usize {
        self.kept.ueba.len()
    }
}
