//! Drives the disk log and a model of it side by side over a simulated disk. The model holds what was
//! acknowledged; after every fault and restart the log must hold exactly that, in order, once, then at
//! most what was on its way, in order.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use bytes::Bytes;
use ward_event::{SenderId, topic::Topic};
use ward_store::{
    log::{
        Append, LogError, Position, Record, Topics,
        disk::{Core, Cursor, DiskOptions, Membership, Progress},
    },
    testing::{Rng, SimDisk},
};

const DIR: &str = "/log";
const GROUP: &str = "analyze";

/// What may happen. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// One gather: calls of (topic, size of the payload).
    Append(Vec<Vec<(u8, u16)>>),
    /// The group's reader takes up to so many records.
    Read(u16),
    /// The group commits what it has read, with metadata.
    Commit,
    /// The group's reader goes back by so many records of a topic.
    SeekBack(u8, u16),
    /// A clean stop and start.
    Reopen,
    Kill,
    PowerLoss,
    /// The machine stops in the n-th call of the disk from now.
    StopIn(u16),
    /// Only so much room is left.
    LeaveRoom(u16),
    RoomAgain,
    FailWrites(bool),
    FailSync,
}

struct Running {
    core: Core,
    member: Membership,
    reader: Cursor,
}

/// The log, the disk, and what must be true.
pub(crate) struct Harness {
    disk: SimDisk,
    options: DiskOptions,
    running: Option<Running>,
    topics: Vec<Topic>,
    /// Acknowledged, by topic and offset.
    kept: BTreeMap<Topic, Vec<Bytes>>,
    /// By topic, what each gather since the last sync of its stream sent without success: until then
    /// even what was cut away again may be back after a power loss.
    doubtful: BTreeMap<Topic, Vec<Vec<Bytes>>>,
    committed: BTreeMap<Topic, Position>,
    /// A commit on its way when the machine stopped.
    committing: Option<BTreeMap<Topic, Position>>,
    /// What the group's reader must see next.
    next: BTreeMap<Topic, u64>,
    sent: u64,
    commits: u64,
    pub(crate) refused_by_quota: u64,
    pub(crate) deleted: bool,
}

impl Harness {
    pub(crate) fn new(seed: u64, options: DiskOptions) -> Self {
        let sender = |name| SenderId::new(name).expect("an id");
        let topics = vec![
            Topic::events(&sender("a")),
            Topic::dead(&sender("a")),
            Topic::events(&sender("b-longer-than-is-stored-inline")),
            Topic::CONTROL,
            Topic::CLOCK,
        ];
        let mut harness = Self {
            disk: SimDisk::new(seed),
            options,
            running: None,
            topics,
            kept: BTreeMap::new(),
            doubtful: BTreeMap::new(),
            committed: BTreeMap::new(),
            committing: None,
            next: BTreeMap::new(),
            sent: 0,
            commits: 0,
            refused_by_quota: 0,
            deleted: false,
        };
        harness.start();
        harness
    }

    pub(crate) fn apply(&mut self, op: &Op) {
        match op {
            Op::Append(calls) => self.append(calls),
            Op::Read(max) => self.read(usize::from(*max) + 1),
            Op::Commit => self.commit(),
            Op::SeekBack(topic, by) => self.seek_back(*topic, *by),
            Op::Reopen => self.reopen(),
            Op::Kill => self.crash(false),
            Op::PowerLoss => self.crash(true),
            Op::StopIn(calls) => self.disk.stop_in(u64::from(*calls) + 1),
            Op::LeaveRoom(bytes) => self.disk.leave_room(usize::from(*bytes)),
            Op::RoomAgain => self.disk.unlimited(),
            Op::FailWrites(fail) => self.disk.fail_writes(if *fail { 300 } else { 0 }),
            Op::FailSync => self.disk.fail_sync(),
        }
        let poisoned = self.running.as_ref().is_some_and(|r| r.core.poisoned().is_some());
        if self.disk.is_stopped() || poisoned {
            // A process aborts after a failed sync; sometimes the machine goes with it.
            self.crash(self.sent.is_multiple_of(2));
        }
    }

    /// The end of a run: everything is read, and a flipped bit is never served.
    pub(crate) fn finish(mut self) {
        self.disk.unlimited();
        self.disk.fail_writes(0);
        self.crash(true);
        self.read(usize::MAX);
        self.reopen();
        let Some(running) = self.running.take() else { panic!("not running") };
        let mut whole = Vec::new();
        read_all(&mut running.core.cursor(Topics::All, BTreeMap::new()), &mut whole).expect("read");
        running.core.close().expect("a clean stop");
        let Some(flipped) = self.disk.flip_bit(|path| path.extension().is_some_and(|e| e == "log")) else {
            return;
        };
        let core = match self.open() {
            Err(LogError::Corrupt(_)) => return,
            Err(other) => panic!("{flipped:?}: {other}"),
            Ok(core) => core,
        };
        let mut cursor = core.cursor(Topics::All, BTreeMap::new());
        let mut records = Vec::new();
        let failed = loop {
            match cursor.read(records.len() + 100, &mut records) {
                Ok(Progress::End) => break None,
                Ok(Progress::More) => {}
                Err(e) => break Some(e),
            }
        };
        records.iter().for_each(|record| self.check(record));
        match failed {
            Some(LogError::Corrupt(_)) => {}
            // A segment's first batch, which says where its topics stand, is not read where another
            // source says so too.
            None => assert_eq!(records, whole, "{flipped:?} was not noticed"),
            Some(other) => panic!("{flipped:?}: {other}"),
        }
    }

    fn open(&self) -> Result<Core, LogError> {
        Core::open(Arc::new(self.disk.clone()), Path::new(DIR), self.options)
    }

    /// Opens the log; where a fault hits just then, the next try without it must do.
    fn start(&mut self) {
        if let Err(e) = self.try_start() {
            assert!(!matches!(e, LogError::Corrupt(_)), "{e}");
            self.disk.restart(!self.sent.is_multiple_of(2));
            self.disk.unlimited();
            self.try_start().unwrap_or_else(|e| panic!("does not open: {e}"));
        }
        self.settle();
        // A torn tail has been cut for good.
        self.doubtful.clear();
    }

    fn try_start(&mut self) -> Result<(), LogError> {
        let mut core = self.open()?;
        let found = core.committed(GROUP);
        if let Some(committing) = self.committing.take()
            && found == committing
        {
            self.committed = committing;
        }
        assert_eq!(found, self.committed, "positions moved in part, or were lost");
        let member = core.register(GROUP, &Topics::All)?;
        self.next = found.iter().map(|(topic, p)| (topic.clone(), p.next)).collect();
        let reader = core.cursor(Topics::All, self.next.clone());
        self.running = Some(Running { core, member, reader });
        Ok(())
    }

    fn reopen(&mut self) {
        let Some(running) = self.running.take() else { return };
        match running.core.close() {
            Ok(()) => self.start(),
            // No room for the note, or a fault: as a crash.
            Err(_) => self.crash(false),
        }
    }

    fn crash(&mut self, power_loss: bool) {
        self.running = None;
        self.disk.restart(power_loss);
        self.disk.unlimited();
        self.start();
    }

    fn append(&mut self, calls: &[Vec<(u8, u16)>]) {
        let Some(running) = &mut self.running else { return };
        let mut all = Vec::new();
        for call in calls {
            let records = call.iter().map(|(topic, size)| {
                self.sent += 1;
                let topic = self.topics[usize::from(*topic) % self.topics.len()].clone();
                Append { topic, payload: payload(self.sent, usize::from(*size) % 700) }
            });
            all.push(records.collect::<Vec<_>>());
        }
        let answers = running.core.append(all.clone());
        assert_eq!(answers.len(), all.len());
        let mut failed: BTreeMap<Topic, Vec<Bytes>> = BTreeMap::new();
        let mut is_failed = false;
        for (call, answer) in all.into_iter().zip(answers) {
            match answer {
                Ok(offsets) => {
                    assert!(!is_failed, "a call was answered after one that failed");
                    assert_eq!(offsets.len(), call.len());
                    for (record, offset) in call.into_iter().zip(offsets) {
                        let kept = self.kept.entry(record.topic.clone()).or_default();
                        assert_eq!(offset, kept.len() as u64, "offsets of {} have a gap", record.topic);
                        kept.push(record.payload);
                        let is_control = record.topic == Topic::CONTROL;
                        self.doubtful.retain(|topic, _| (*topic == Topic::CONTROL) != is_control);
                    }
                }
                Err(LogError::QuotaFull { .. }) => self.refused_by_quota += 1,
                Err(_) => {
                    is_failed = true;
                    for record in call {
                        failed.entry(record.topic).or_default().push(record.payload);
                    }
                }
            }
        }
        for (topic, payloads) in failed {
            self.doubtful.entry(topic).or_default().push(payloads);
        }
        let runs = self.running.as_ref().is_some_and(|r| r.core.poisoned().is_none());
        if is_failed && runs && !self.disk.is_stopped() {
            self.settle();
        }
    }

    /// Looks what became of what was on its way: in order, nothing else, and the rest is not there.
    fn settle(&mut self) {
        let Some(running) = &self.running else { return };
        let from =
            self.topics.iter().map(|t| (t.clone(), self.kept.get(t).map_or(0, Vec::len) as u64)).collect();
        let mut cursor = running.core.cursor(Topics::All, from);
        let mut records = Vec::new();
        if read_all(&mut cursor, &mut records).is_err() {
            return;
        }
        let mut found: BTreeMap<Topic, Vec<Bytes>> = BTreeMap::new();
        for record in records {
            let found = found.entry(record.topic.clone()).or_default();
            let expected = self.kept.get(&record.topic).map_or(0, Vec::len) + found.len();
            assert_eq!(record.offset, expected as u64, "offset in {}", record.topic);
            found.push(record.payload);
        }
        for (topic, payloads) in found {
            let sent = self.doubtful.remove(&topic).unwrap_or_default();
            let gather = sent.into_iter().find(|gather| gather.starts_with(&payloads));
            let rest =
                gather.unwrap_or_else(|| panic!("{topic} has what nobody sent")).split_off(payloads.len());
            self.doubtful.insert(topic.clone(), vec![rest]);
            self.kept.entry(topic).or_default().extend(payloads);
        }
        let Some(running) = &self.running else { return };
        let ends: BTreeMap<_, _> = self
            .kept
            .iter()
            .filter(|(_, k)| !k.is_empty())
            .map(|(t, k)| (t.clone(), k.len() as u64))
            .collect();
        assert_eq!(running.core.ends(), ends, "acknowledged records are missing");
        self.check_oldest();
    }

    /// Reading from the beginning gives every topic from somewhere at or before the group's position,
    /// to its end, without gap.
    fn check_oldest(&mut self) {
        let Some(running) = &self.running else { return };
        let mut records = Vec::new();
        let mut cursor = running.core.cursor(Topics::All, BTreeMap::new());
        if read_all(&mut cursor, &mut records).is_err() {
            return;
        }
        let mut seen: BTreeMap<&Topic, (u64, u64)> = BTreeMap::new();
        for record in &records {
            self.check(record);
            let (_, end) = seen.entry(&record.topic).or_insert((record.offset, record.offset));
            assert_eq!(record.offset, *end, "{} has a gap", record.topic);
            *end += 1;
        }
        for (topic, kept) in &self.kept {
            let position = self.committed.get(topic).map_or(0, |p| p.next);
            let end = kept.len() as u64;
            let (first, seen_end) = seen.get(topic).copied().unwrap_or((end, end));
            assert_eq!(seen_end, end, "{topic} ends early");
            assert!(first <= position, "unread records of {topic} were deleted");
            assert!(first == 0 || *topic != Topic::CONTROL, "control records were deleted");
            self.deleted |= first > 0;
        }
    }

    fn check(&self, record: &Record) {
        let kept = self.kept.get(&record.topic).and_then(|k| k.get(record.offset as usize));
        assert_eq!(kept, Some(&record.payload), "{} at {}", record.topic, record.offset);
    }

    fn read(&mut self, max: usize) {
        let Some(running) = &mut self.running else { return };
        let mut records = Vec::new();
        while records.len() < max {
            match running.reader.read(max, &mut records) {
                Ok(Progress::More) => {}
                Ok(Progress::End) => break,
                Err(LogError::Unavailable(_)) => break,
                Err(e) => panic!("reading: {e}"),
            }
        }
        for record in &records {
            let next = self.next.entry(record.topic.clone()).or_insert(0);
            assert_eq!(record.offset, *next, "the reader of {} passed over or repeated", record.topic);
            *next += 1;
            self.check(record);
        }
        if max == usize::MAX {
            for (topic, kept) in &self.kept {
                assert_eq!(self.next.get(topic).copied().unwrap_or(0), kept.len() as u64, "{topic}");
            }
        }
    }

    fn seek_back(&mut self, topic: u8, by: u16) {
        let Some(running) = &mut self.running else { return };
        let topic = &self.topics[usize::from(topic) % self.topics.len()];
        let floor = self.committed.get(topic).map_or(0, |p| p.next);
        let next = self.next.entry(topic.clone()).or_insert(0);
        *next = next.saturating_sub(u64::from(by)).max(floor.min(*next));
        running.reader.seek(topic, *next);
    }

    fn commit(&mut self) {
        let Some(running) = &mut self.running else { return };
        self.commits += 1;
        let metadata = format!("plan {}", self.commits);
        let positions: BTreeMap<_, _> = self
            .next
            .iter()
            .map(|(t, next)| (t.clone(), Position { next: *next, metadata: metadata.clone() }))
            .collect();
        let mut after = self.committed.clone();
        after.extend(positions.clone());
        match running.core.commit(&running.member, &positions) {
            Ok(()) => self.committed = after,
            Err(_) => self.committing = Some(after),
        }
        running.core.tidy();
        if running.core.poisoned().is_none() && !self.disk.is_stopped() {
            // A commit refused by a running log has not happened.
            assert_eq!(running.core.committed(GROUP), self.committed);
            self.committing = None;
        }
    }
}

fn read_all(cursor: &mut Cursor, records: &mut Vec<Record>) -> Result<(), LogError> {
    loop {
        match cursor.read(records.len() + 64, records) {
            Ok(Progress::End) => return Ok(()),
            Ok(Progress::More) => {}
            // Where the machine stops while it is read, the next start looks again.
            Err(LogError::Unavailable(e)) => return Err(LogError::Unavailable(e)),
            Err(e) => panic!("reading: {e}"),
        }
    }
}

/// Bytes that tell which record they are.
fn payload(number: u64, size: usize) -> Bytes {
    let mut bytes = format!("record {number} ").into_bytes();
    let mut rng = Rng::new(number);
    bytes.extend((0..size).map(|_| rng.draw() as u8));
    bytes.into()
}
