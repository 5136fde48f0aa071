//! What has been read from the log and not yet been judged: per topic, in offset order, up to a bound.
//! A clock record names how far each topic shall be processed; what lies behind that waits.

use std::collections::{BTreeMap, VecDeque};

use ward_event::{
    EnrichedEvent,
    clock::ClockRecord,
    control::ControlRecord,
    topic::{Topic, TopicKind},
};

/// Events read ahead of the clock, a topic. Above it the topic is paused: while catching up the log
/// would otherwise hand over hours of one hospital before the first second of the next.
const AHEAD_MAX: usize = 50_000;

/// One topic's part.
#[derive(Default)]
struct Lane {
    /// The next offset to be read.
    next: u64,
    events: VecDeque<Box<EnrichedEvent>>,
    paused: bool,
}

/// Everything read and not yet judged.
#[derive(Default)]
pub(super) struct Intake {
    lanes: BTreeMap<Topic, Lane>,
    controls: VecDeque<(u64, ControlRecord)>,
    clocks: VecDeque<(u64, ClockRecord)>,
}

/// What one clock record lets through, in the one order in which it is judged.
pub(super) struct Step {
    pub(super) clock: ClockRecord,
    pub(super) controls: Vec<ControlRecord>,
    #[expect(
        clippy::vec_box,
        reason = "it comes boxed from its lane; unboxing would copy a kilobyte an event"
    )]
    pub(super) events: Vec<Box<EnrichedEvent>>,
    /// The next offset to judge, of every topic this step moved.
    pub(super) cursor: BTreeMap<Topic, u64>,
}

impl Intake {
    /// Notes that a topic has been read up to `next`.
    pub(super) fn reached(&mut self, topic: &Topic, next: u64) {
        match self.lanes.get_mut(topic) {
            Some(lane) => lane.next = lane.next.max(next),
            None => {
                self.lanes.insert(topic.clone(), Lane { next, ..Lane::default() });
            }
        }
    }

    pub(super) fn event(&mut self, event: Box<EnrichedEvent>) {
        let lane = match self.lanes.get_mut(&event.topic) {
            Some(lane) => lane,
            None => self.lanes.entry(event.topic.clone()).or_default(),
        };
        lane.events.push_back(event);
    }

    pub(super) fn control(&mut self, offset: u64, record: ControlRecord) {
        self.controls.push_back((offset, record));
    }

    pub(super) fn clock(&mut self, offset: u64, record: ClockRecord) {
        self.clocks.push_back((offset, record));
    }

    /// The step of the oldest clock record, once every topic it names has been read up to its end.
    pub(super) fn step(&mut self) -> Option<Step> {
        let (_, clock) = self.clocks.front()?;
        let judged = |topic: &Topic| matches!(topic.kind(), TopicKind::Events | TopicKind::Control);
        let behind = |topic: &Topic, end: u64| self.lanes.get(topic).is_none_or(|lane| lane.next < end);
        if clock.ends.iter().any(|(topic, end)| judged(topic) && behind(topic, *end)) {
            return None;
        }
        let (offset, clock) = self.clocks.pop_front()?;
        let mut step = Step {
            controls: Vec::new(),
            events: Vec::new(),
            cursor: BTreeMap::new(),
            clock: ClockRecord::default(),
        };
        for (topic, end) in &clock.ends {
            match topic.kind() {
                TopicKind::Events => {
                    if let Some(lane) = self.lanes.get_mut(topic) {
                        let n = lane.events.partition_point(|e| e.offset < *end);
                        step.events.extend(lane.events.drain(..n));
                    }
                }
                TopicKind::Control => {
                    let n = self.controls.partition_point(|(offset, _)| offset < end);
                    step.controls.extend(self.controls.drain(..n).map(|(_, record)| record));
                }
                _ => continue,
            }
            step.cursor.insert(topic.clone(), *end);
        }
        step.cursor.insert(Topic::CLOCK, offset + 1);
        step.clock = clock;
        Some(step)
    }

    /// Takes back a step whose clock record does not count: its events go before those that wait.
    pub(super) fn put_back(&mut self, step: Step) {
        for event in step.events.into_iter().rev() {
            if let Some(lane) = self.lanes.get_mut(&event.topic) {
                lane.events.push_front(event);
            }
        }
        // A control record's offset no longer matters: it lies before every end that is still to come.
        for control in step.controls.into_iter().rev() {
            self.controls.push_front((0, control));
        }
    }

    /// Runs over everything that was enriched under an older register.
    pub(super) fn reattribute(&mut self, mut attribute: impl FnMut(&mut EnrichedEvent)) {
        self.lanes.values_mut().flat_map(|lane| &mut lane.events).for_each(|event| attribute(event));
    }

    /// Topics to stop or to go on reading, as they have changed: a topic too far ahead waits, unless the
    /// oldest clock record is waiting for it.
    pub(super) fn changed_pauses(&mut self) -> Vec<(Topic, bool)> {
        let wanted = self.clocks.front().map(|(_, clock)| &clock.ends);
        let mut changed = Vec::new();
        for (topic, lane) in &mut self.lanes {
            if topic.kind() != TopicKind::Events {
                continue;
            }
            let waited_for = wanted.and_then(|ends| ends.get(topic)).is_some_and(|end| lane.next < *end);
            let pause = !waited_for && lane.events.len() >= AHEAD_MAX;
            // Going on only when half is worked off keeps it from flapping.
            let resume = waited_for || lane.events.len() <= AHEAD_MAX / 2;
            if (pause && !lane.paused) || (resume && lane.paused) {
                lane.paused = pause;
                changed.push((topic.clone(), pause));
            }
        }
        changed
    }

    #[cfg(test)]
    fn waiting(&self) -> usize {
        self.lanes.values().map(|lane| lane.events.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ward_event::{Enrichment, Event, Micros, SenderId, UnitId};

    fn topic(sender: &str) -> Topic {
        Topic::events(&SenderId::new(sender).unwrap())
    }

    fn event(sender: &str, offset: u64) -> Box<EnrichedEvent> {
        Box::new(EnrichedEvent {
            event: Event::default(),
            hospital: UnitId::default(),
            enrichment: Enrichment::default(),
            topic: topic(sender),
            partition: 0,
            offset,
        })
    }

    fn take(intake: &mut Intake, sender: &str, offsets: std::ops::Range<u64>) {
        for offset in offsets {
            intake.event(event(sender, offset));
            intake.reached(&topic(sender), offset + 1);
        }
    }

    fn clock(time: i64, ends: &[(&str, u64)]) -> ClockRecord {
        ClockRecord { time: Micros(time), ends: ends.iter().map(|(s, e)| (topic(s), *e)).collect() }
    }

    #[test]
    fn a_step_waits_for_every_topic_and_orders_by_topic_then_offset() {
        let mut intake = Intake::default();
        intake.clock(0, clock(1, &[("a", 2), ("b", 1)]));
        take(&mut intake, "b", 0..3);
        take(&mut intake, "a", 0..1);
        assert!(intake.step().is_none(), "a is not there yet");
        take(&mut intake, "a", 1..4);
        let step = intake.step().expect("complete");
        let order: Vec<_> = step.events.iter().map(|e| (e.topic.to_string(), e.offset)).collect();
        assert_eq!(
            order,
            [("ward.events.a".into(), 0), ("ward.events.a".into(), 1), ("ward.events.b".into(), 0)]
        );
        assert_eq!(step.cursor[&Topic::CLOCK], 1);
        assert_eq!(intake.waiting(), 4);
        assert!(intake.step().is_none(), "no clock record");
    }

    #[test]
    fn a_topic_far_ahead_is_paused_unless_the_clock_waits_for_it() {
        let mut intake = Intake::default();
        take(&mut intake, "a", 0..AHEAD_MAX as u64);
        take(&mut intake, "b", 0..1);
        assert_eq!(intake.changed_pauses(), [(topic("a"), true)]);
        assert!(intake.changed_pauses().is_empty(), "said once");
        intake.clock(0, clock(1, &[("a", AHEAD_MAX as u64 + 5)]));
        assert_eq!(intake.changed_pauses(), [(topic("a"), false)]);
    }
}
