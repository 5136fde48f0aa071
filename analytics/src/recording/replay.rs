//! Replaying a recording by its own clock.

use std::{collections::BTreeMap, io::Write, path::Path, sync::Arc};

use ward_event::{
    EnrichedEvent, Micros,
    clock::ClockRecord,
    control::{ControlRecord, RuleFile},
    json,
    topic::{Topic, TopicKind},
};

use super::{Manifest, RULES, RecordingError, SNAPSHOT, file_name, read};
use crate::{
    enrich::{Enricher, GeoIp},
    rules::RuleSet,
    shard::{Outputs, Shard},
};

/// How to replay.
pub struct Replay<'a> {
    pub dir: &'a Path,
    /// The databases the addresses are looked up in; they must be those of the recording.
    pub geoip: GeoIp,
    /// Rules to use in place of the recording's. Changes of rules in the recording are then left out.
    pub rules: Option<Vec<RuleFile>>,
    /// Replay although databases or rules are others than when it was made.
    pub allow_other: bool,
}

/// What a replay came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    pub clocks: u64,
    pub events: u64,
    pub alerts: u64,
    /// Records that are no events.
    pub poisoned: u64,
    pub to: Micros,
}

/// Writes every alert as one line of JSON, in the order it was given online, to `out`.
///
/// # Errors
/// A recording whose files are not what its manifest says; other rules or databases than it was made
/// with, unless allowed.
pub fn replay(args: Replay<'_>, out: &mut dyn Write) -> Result<Replayed, RecordingError> {
    replay_each(args, &mut |outputs| {
        for alert in &outputs.alerts {
            serde_json::to_writer(&mut *out, alert).map_err(|e| RecordingError::Output(e.into()))?;
            out.write_all(b"\n").map_err(RecordingError::Output)?;
        }
        Ok(())
    })
}

/// As [`replay`], handing on all that each clock record brings about.
///
/// # Errors
/// As [`replay`].
pub fn replay_each(
    args: Replay<'_>,
    each: &mut dyn FnMut(&Outputs) -> Result<(), RecordingError>,
) -> Result<Replayed, RecordingError> {
    let manifest = read::manifest(args.dir)?;
    let own_rules = args.rules.is_some();
    let shard = open(&args, &manifest)?;
    let enricher = Enricher::new(shard.register(), args.geoip);
    let lines = read::Lines::open(args.dir, &manifest)?;
    let mut run = Run { dir: args.dir, shard, enricher, lines, own_rules, done: Replayed::default() };
    while let Some(clock) = run.clock()? {
        for (topic, end) in &clock.ends {
            run.topic(topic, *end)?;
        }
        let outputs = run.shard.tick(&clock);
        if outputs.register_changed {
            run.enricher.set_register(run.shard.register());
        }
        run.done.clocks += 1;
        run.done.alerts += outputs.alerts.len() as u64;
        run.done.to = clock.time;
        each(&outputs)?;
    }
    Ok(run.done)
}

fn open(args: &Replay<'_>, manifest: &Manifest) -> Result<Shard, RecordingError> {
    let path = args.dir.join(RULES);
    let files: Vec<RuleFile> = match &args.rules {
        Some(files) => files.clone(),
        None => serde_json::from_slice(&read::bytes(args.dir, RULES)?)
            .map_err(|e| RecordingError::content(&path, e))?,
    };
    let rules = Arc::new(RuleSet::load(&files).0);
    let geoip = args.geoip.version().to_owned();
    if !args.allow_other {
        let same = |what, wanted: &str, given: &str| {
            if wanted == given {
                return Ok(());
            }
            Err(RecordingError::Other { what, wanted: wanted.to_owned(), given: given.to_owned() })
        };
        same("rules", &manifest.rules_version, rules.version())?;
        same("GeoIP databases", &manifest.geoip_version, &geoip)?;
    }
    Ok(Shard::restore_with(&read::bytes(args.dir, SNAPSHOT)?, rules, &geoip)?)
}

struct Run<'a> {
    dir: &'a Path,
    shard: Shard,
    enricher: Enricher,
    lines: BTreeMap<Topic, read::Lines>,
    own_rules: bool,
    done: Replayed,
}

impl Run<'_> {
    fn clock(&mut self) -> Result<Option<ClockRecord>, RecordingError> {
        let Some((_, payload)) = self.next(&Topic::CLOCK, u64::MAX)? else { return Ok(None) };
        let path = self.dir.join(file_name(&Topic::CLOCK));
        serde_json::from_slice(&payload).map(Some).map_err(|e| RecordingError::content(&path, e))
    }

    fn next(&mut self, topic: &Topic, end: u64) -> Result<Option<(u64, Vec<u8>)>, RecordingError> {
        match self.lines.get_mut(topic) {
            Some(lines) => lines.next_before(end),
            None => Ok(None),
        }
    }

    /// Brings one topic up to the end that a clock record names.
    fn topic(&mut self, topic: &Topic, end: u64) -> Result<(), RecordingError> {
        if !matches!(topic.kind(), TopicKind::Events | TopicKind::Control) {
            return Ok(());
        }
        while let Some((offset, payload)) = self.next(topic, end)? {
            if topic.kind() == TopicKind::Control {
                self.control(&payload);
            } else {
                self.event(topic, offset, &payload);
            }
        }
        Ok(())
    }

    fn control(&mut self, payload: &[u8]) {
        match serde_json::from_slice::<ControlRecord>(payload) {
            Ok(record)
                if self.own_rules && matches!(record.change, ward_event::control::Change::Rules { .. }) => {}
            Ok(record) => self.shard.control(&record),
            // Online it was set aside as well.
            Err(_) => self.done.poisoned += 1,
        }
    }

    fn event(&mut self, topic: &Topic, offset: u64, payload: &[u8]) {
        let Ok(event) = json::decode(payload) else {
            self.done.poisoned += 1;
            return;
        };
        let sender = topic.sender().unwrap_or_default();
        let (hospital, enrichment) = self.enricher.enrich(&sender, &event);
        let enriched =
            EnrichedEvent { event, hospital, enrichment, topic: topic.clone(), partition: 0, offset };
        self.done.events += u64::from(self.shard.observe(&enriched));
    }
}
