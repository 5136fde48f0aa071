//! Silence: a source, or a whole unit, that is no longer heard. "No data" is never shown as "safe".
//!
//! Each unit's sources are followed by the clock, a minute at a time: those the register expects, and
//! those that have been heard regularly. One that stays silent for longer than is normal for it is an
//! alert; all of a unit's at once are one alert of the unit.

mod alarm;
mod track;

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use ward_event::{
    EnrichedEvent, Format, Micros, UnitId,
    alert::{Alert, EventRef},
    register::Register,
    state::SourceState,
    time::MICROS_PER_SECOND,
    topic::Topic,
};

use self::{
    alarm::{Alarm, Subject},
    track::Track,
};
use crate::{
    table::{Table, pairs},
    ueba::Ref,
};

const MINUTE: i64 = 60 * MICROS_PER_SECOND;

/// Clock records further apart than this: Ward itself was away, and nobody's silence is counted.
const ABSENCE: i64 = 15 * MINUTE;

/// Where one source may as well be all of the unit, its alert waits so long for the others.
const HOLD: i64 = 10 * MINUTE;

/// Others heard so much later than this one show that the unit itself is alive.
const ALIVE_MARGIN: i64 = 2 * MINUTE;

/// Sources followed. A region of 500 units with six formats and two senders each has 6,000.
const TRACKS_MAX: usize = 50_000;

pub(crate) use self::alarm::PATTERNS;

/// Unit, sender, source.
pub(crate) type Key = (UnitId, CompactString, CompactString);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Silence {
    tracks: Table<Key, Track>,
    /// Minutes of silence that are normal, by the register.
    #[serde(with = "pairs")]
    expected: BTreeMap<(UnitId, CompactString), u32>,
    /// Open alerts of whole units.
    #[serde(with = "pairs")]
    units: BTreeMap<UnitId, Alarm>,
    last_tick: Micros,
    /// Where the last event went: a topic brings long runs of the same.
    #[serde(skip)]
    last: Option<(Topic, UnitId, Format, u32)>,
}

/// What a minute has brought.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) alerts: Vec<Alert>,
    pub(crate) sources: Vec<SourceState>,
}

impl Silence {
    #[inline]
    pub(crate) fn observe(&mut self, enriched: &EnrichedEvent, at: Ref) {
        let Some(format) = enriched.event.format else { return };
        let place = match &self.last {
            Some((topic, unit, last, place))
                if *last == format && *unit == enriched.hospital && *topic == enriched.topic =>
            {
                *place
            }
            _ => {
                let Some(place) = self.place(enriched, format) else { return };
                self.last = Some((enriched.topic.clone(), enriched.hospital.clone(), format, place));
                place
            }
        };
        if let Some((_, track)) = self.tracks.at_mut(place) {
            track.heard(enriched.event.received, at);
        }
    }

    fn place(&mut self, enriched: &EnrichedEvent, format: Format) -> Option<u32> {
        // Nobody answers for what belongs to no unit.
        if enriched.hospital == UnitId::unattributed() {
            return None;
        }
        let sender = enriched.topic.sender()?;
        let key: Key = (enriched.hospital.clone(), sender.as_str().into(), format.name().into());
        match self.tracks.find(&key) {
            Some(place) => Some(place),
            None if self.tracks.len() < TRACKS_MAX => Some(self.tracks.insert(key, Track::default())),
            None => None,
        }
    }

    /// Takes over what a register expects. Sources expected and never heard become `unknown`.
    pub(crate) fn expect(&mut self, register: &Register) {
        self.expected.clear();
        let known: BTreeSet<_> = self.tracks.sorted().map(|(k, _)| (k.0.clone(), k.2.clone())).collect();
        for unit in &register.units {
            let speaks = |s: &&ward_event::register::Sender| s.units.contains(&unit.id);
            let sender = register.senders.iter().find(speaks).map_or("", |s| s.id.as_str());
            for source in &unit.sources {
                let name = CompactString::new(&source.format);
                self.expected.insert((unit.id.clone(), name.clone()), source.silent_after_min);
                if !known.contains(&(unit.id.clone(), name.clone())) && self.tracks.len() < TRACKS_MAX {
                    self.tracks.insert((unit.id.clone(), sender.into(), name), Track::expected());
                }
            }
        }
        self.last = None;
    }

    /// Looks at every source once a minute. `events` resolves a reference.
    pub(crate) fn tick(&mut self, now: Micros, events: &dyn Fn(Ref) -> Option<EventRef>) -> Heard {
        let step = now.0 - self.last_tick.0;
        let away = if self.last_tick.0 != 0 && step > ABSENCE { step } else { 0 };
        self.last_tick = now;
        let mut heard = Heard::default();
        let order = self.tracks.order();
        for place in &order {
            if let Some(((unit, _, source), track)) = self.tracks.at_mut(*place) {
                let minutes = self.expected.get(&(unit.clone(), source.clone())).copied();
                track.turn(now, away, minutes);
            }
        }
        self.drop_answered();
        let mut units: BTreeMap<UnitId, Vec<u32>> = BTreeMap::new();
        for place in self.tracks.order() {
            if let Some((key, _)) = self.tracks.at(place) {
                units.entry(key.0.clone()).or_default().push(place);
            }
        }
        for (unit, places) in units {
            self.unit(&unit, &places, now, events, &mut heard.alerts);
        }
        for place in self.tracks.order() {
            if let Some((key, track)) = self.tracks.at_mut(place) {
                heard.sources.extend(track.tell(key));
            }
        }
        heard
    }

    /// A source that was expected of one sender and is heard of another is no longer waited for.
    fn drop_answered(&mut self) {
        let unanswered = |t: &Track| t.is_unheard() && !t.is_answered();
        if !self.tracks.sorted().any(|(_, t)| unanswered(t)) {
            return;
        }
        let heard = self.tracks.sorted().filter(|(_, t)| !t.is_unheard());
        let heard: BTreeMap<_, _> = heard.map(|(k, t)| ((k.0.clone(), k.2.clone()), t.heard_at())).collect();
        for place in self.tracks.order() {
            if let Some((key, track)) = self.tracks.at_mut(place)
                && unanswered(track)
                && let Some(at) = heard.get(&(key.0.clone(), key.2.clone()))
            {
                track.answered(*at);
            }
        }
    }

    /// The alerts of one unit's sources.
    fn unit(
        &mut self,
        unit: &UnitId,
        places: &[u32],
        now: Micros,
        events: &dyn Fn(Ref) -> Option<EventRef>,
        alerts: &mut Vec<Alert>,
    ) {
        let watched: Vec<(Micros, bool, Ref)> = places
            .iter()
            .filter_map(|p| self.tracks.at(*p))
            .filter(|(_, t)| t.is_watched())
            .map(|(_, t)| (t.heard_at(), t.is_overdue(now), t.last()))
            .collect();
        let newest = watched.iter().max_by_key(|w| w.0).copied();
        let all_silent = !watched.is_empty() && watched.iter().all(|w| w.1);
        if let (true, Some((at, _, last)), None) = (all_silent, newest, self.units.get(unit)) {
            let subject = Subject::Unit { unit, sources: watched.len() };
            if let Some(alarm) = events(last).map(|e| Alarm::raise(&subject, at, now, e, true)) {
                alerts.push(alarm.alert.clone());
                self.units.insert(unit.clone(), alarm);
            }
        }
        if !all_silent && let Some(alarm) = self.units.remove(unit) {
            alerts.push(alarm.over(now));
        }
        let unit_alarmed = self.units.contains_key(unit);
        let newest = newest.map_or(Micros(0), |w| w.0);
        for place in places {
            let Some((key, track)) = self.tracks.at_mut(*place) else { continue };
            if !track.is_watched() {
                continue;
            }
            let overdue = track.is_overdue(now);
            let alone = newest.0 > track.heard_at().0 + ALIVE_MARGIN || track.overdue_for(now) >= HOLD;
            match (overdue, track.alarm.take()) {
                (false, Some(alarm)) => alerts.push(alarm.over(now)),
                (true, None) if alone && !unit_alarmed => {
                    let subject = Subject::Source { key };
                    let event = events(track.last());
                    let raised =
                        event.map(|e| Alarm::raise(&subject, track.heard_at(), now, e, track.is_expected()));
                    alerts.extend(raised.as_ref().map(|a| a.alert.clone()));
                    track.alarm = raised;
                }
                (_, alarm) => track.alarm = alarm,
            }
        }
    }

    #[cfg(test)]
    fn status(&self, key: &Key) -> Option<track::Status> {
        self.tracks.get(key).map(Track::status)
    }
}

#[cfg(test)]
mod tests;
