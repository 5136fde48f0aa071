//! The disk log as a state machine: no thread, no clock, no disk of its own, so that a simulation can
//! drive it by seed. [`super::DiskLog`] runs it on a thread.

use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

use ward_event::{SenderId, topic::Topic};

use super::{
    DiskOptions,
    batch::{Builder, RECORD_BYTES_MAX},
    clean,
    cursor::Cursor,
    files::{Disk, Failure},
    groups::Groups,
    reserve::Reserve,
    segment::Segment,
    stream::{SharedStream, Stream},
};
use crate::log::{Append, LogError, Position, Topics};

/// Streams by index: what is kept for ever does not hold back the deletion of the rest.
const CONTROL: usize = 0;
const DATA: usize = 1;

fn stream_of(topic: &Topic) -> usize {
    if *topic == Topic::CONTROL { CONTROL } else { DATA }
}

/// What readers share with the writer.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) streams: [Arc<SharedStream>; 2],
    pub(super) groups: Groups,
}

impl Shared {
    pub(super) fn ends(&self) -> BTreeMap<Topic, u64> {
        self.streams.iter().flat_map(|s| s.read(|d| d.ends.clone())).filter(|(_, end)| *end > 0).collect()
    }
}

/// Who may commit for a group.
#[derive(Debug, Clone)]
pub struct Membership {
    pub group: String,
    pub generation: u64,
    /// The group's newest generation.
    pub(super) newest: Arc<AtomicU64>,
}

/// The log's only writer.
pub struct Core {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    options: DiskOptions,
    streams: [Stream; 2],
    groups: Groups,
    reserve: Reserve,
    poisoned: Option<String>,
    _lock: Box<dyn Any + Send>,
}

impl Core {
    /// Opens or makes the log in `dir`: cuts a torn tail, refuses what is broken elsewhere.
    ///
    /// # Errors
    /// `Fatal` if another process has it open, `Corrupt` for a broken byte, `Unavailable` if the disk
    /// does not answer.
    pub fn open(disk: Arc<dyn Disk>, dir: &Path, options: DiskOptions) -> Result<Self, LogError> {
        let unavailable = |e: std::io::Error| LogError::Unavailable(format!("{}: {e}", dir.display()));
        disk.create_dir(dir).map_err(unavailable)?;
        let lock = disk.lock(&dir.join("lock")).map_err(|e| match e.kind() {
            std::io::ErrorKind::WouldBlock => LogError::Fatal(format!("{}: {e}", dir.display())),
            _ => unavailable(e),
        })?;
        let clean = clean::read(disk.as_ref(), dir)?;
        let open =
            |name: &str, tail| Stream::open(Arc::clone(&disk), &dir.join(name), options.segment_bytes, tail);
        let streams = [open("control", clean.map(|c| c[CONTROL]))?, open("data", clean.map(|c| c[DATA]))?];
        let groups = Groups::open(Arc::clone(&disk), &dir.join("groups"))?;
        let mut core = Self {
            reserve: Reserve::new(Arc::clone(&disk), dir, options.segment_bytes),
            dir: dir.into(),
            disk,
            options,
            streams,
            groups,
            poisoned: None,
            _lock: lock,
        };
        core.check_positions()?;
        clean::remove(core.disk.as_ref(), dir)?;
        match core.reserve.restore() {
            Err(Failure::Sync(e)) => return Err(Failure::Sync(e).into()),
            Err(e) => tracing::warn!(error = %e, "no room for the disk log's reserve"),
            Ok(()) => {}
        }
        Ok(core)
    }

    /// A position behind the end would pass over records to come: the log's files were taken away.
    fn check_positions(&self) -> Result<(), LogError> {
        self.groups.read(|groups| {
            for (name, group) in groups {
                self.check_ends(&group.positions)
                    .map_err(|e| LogError::Corrupt(format!("positions of group {name}: {e}")))?;
            }
            Ok(())
        })
    }

    fn check_ends(&self, positions: &BTreeMap<Topic, Position>) -> Result<(), LogError> {
        for (topic, position) in positions {
            let end = self.streams[stream_of(topic)].end(topic);
            if position.next > end {
                return Err(LogError::Fatal(format!("{topic} ends at {end}, before {}", position.next)));
            }
        }
        Ok(())
    }

    pub(super) fn shared(&self) -> Shared {
        Shared {
            streams: [Arc::clone(&self.streams[CONTROL].shared), Arc::clone(&self.streams[DATA].shared)],
            groups: self.groups.clone(),
        }
    }

    /// Why the process must end: a sync failed. Everything is refused from then on.
    pub fn poisoned(&self) -> Option<&str> {
        self.poisoned.as_deref()
    }

    /// Appends the calls gathered, as few batches as the bounds allow, each with one write and one
    /// sync. Answers in the order of the calls.
    pub fn append(&mut self, calls: Vec<Vec<Append>>) -> Vec<Result<Vec<u64>, LogError>> {
        let mut gather = Gather::default();
        let mut room = HashMap::new();
        for call in calls {
            let admitted = match (&gather.failed, &self.poisoned) {
                (Some(failed), _) => Err(failed.clone()),
                (None, Some(why)) => Err(LogError::Fatal(why.clone())),
                (None, None) => self.admit(&call, &mut room),
            };
            gather.answers.push(admitted.map(|()| Vec::with_capacity(call.len())));
            if gather.answers.last().is_none_or(Result::is_err) {
                continue;
            }
            for record in call {
                let which = stream_of(&record.topic);
                if gather.batches[which].is_full() && !self.flush(which, &mut gather) {
                    break;
                }
                let end = |topic: &Topic| self.streams[which].end(topic);
                let offset = gather.batches[which].push(record.topic, record.payload, end);
                if let Some(Ok(offsets)) = gather.answers.last_mut() {
                    offsets.push(offset);
                }
            }
        }
        for which in [CONTROL, DATA] {
            if gather.failed.is_none() && !gather.batches[which].is_empty() {
                self.flush(which, &mut gather);
            }
        }
        gather.answers
    }

    /// Writes a batch. On failure every call of the gather that is not answered by an error is, also
    /// one whose records are there: the caller sends again, readers know (producer, seq).
    fn flush(&mut self, which: usize, gather: &mut Gather) -> bool {
        let batch = std::mem::take(&mut gather.batches[which]);
        let written = self.write(which, &batch);
        if let Err(failure) = written {
            let error = self.note(failure);
            gather.answers.iter_mut().filter(|a| a.is_ok()).for_each(|a| *a = Err(error.clone()));
            gather.failed = Some(error);
        }
        gather.failed.is_none()
    }

    fn write(&mut self, which: usize, batch: &Builder) -> Result<(), Failure> {
        if !self.reserve.is_whole() {
            self.make_room()?;
        }
        match self.streams[which].write(batch) {
            Err(failure) if failure.is_full() => {
                self.make_room()?;
                self.streams[which].write(batch)
            }
            written => written,
        }
    }

    /// On a full disk: gives up what is read and only kept, then takes its reserve back. Fails where
    /// nothing could be given up.
    fn make_room(&mut self) -> Result<(), Failure> {
        self.reserve.release();
        let passed = self.streams[DATA].shared.read(|d| {
            d.segments
                .back()
                .is_some_and(|s| s.spans.values().any(|span| span.first < span.end) && self.passed(s))
        });
        if passed && let Err(Failure::Sync(e)) = self.streams[DATA].roll() {
            return Err(Failure::Sync(e));
        }
        self.reclaim(0)?;
        self.reserve.restore()
    }

    /// Remembers a failed sync.
    fn note(&mut self, failure: Failure) -> LogError {
        let is_sync = matches!(failure, Failure::Sync(_));
        let error = LogError::from(failure);
        if is_sync {
            self.poisoned = Some(error.to_string());
        }
        error
    }

    /// Refuses a call that would bring a sender above its quota. `room` is what each may still append
    /// in this gather.
    fn admit(&self, call: &[Append], room: &mut HashMap<SenderId, u64>) -> Result<(), LogError> {
        let mut wanted: Vec<(&Topic, u64)> = Vec::new();
        for record in call {
            if record.payload.len() > RECORD_BYTES_MAX {
                return Err(LogError::Fatal(format!("a record of {} has more than 16 MiB", record.topic)));
            }
            match wanted.last_mut() {
                Some((topic, bytes)) if **topic == record.topic => *bytes += record.payload.len() as u64,
                _ => wanted.push((&record.topic, record.payload.len() as u64)),
            }
        }
        let mut left: Vec<(SenderId, u64)> = Vec::new();
        for (topic, bytes) in wanted {
            let Some(sender) = topic.sender() else { continue };
            let at = left.iter().position(|(s, _)| *s == sender).unwrap_or_else(|| {
                let room = room.entry(sender.clone()).or_insert_with(|| self.room_of(&sender));
                left.push((sender, *room));
                left.len() - 1
            });
            left[at].1 =
                left[at].1.checked_sub(bytes).ok_or_else(|| LogError::QuotaFull { topic: topic.clone() })?;
        }
        room.extend(left);
        Ok(())
    }

    fn room_of(&self, sender: &SenderId) -> u64 {
        let unread = [Topic::events(sender), Topic::dead(sender)].iter().map(|t| self.unread_bytes(t)).sum();
        self.options.quota_bytes.saturating_sub(unread)
    }

    /// Payload bytes of a topic that some group has still to read: exact at the borders of segments,
    /// in proportion within. 0 where no group follows it.
    fn unread_bytes(&self, topic: &Topic) -> u64 {
        let Some(floor) = self.floor(topic) else { return 0 };
        self.streams[stream_of(topic)].shared.read(|durable| {
            let mut unread = 0;
            for span in durable.segments.iter().rev().filter_map(|s| s.spans.get(topic)) {
                if span.end <= floor {
                    break;
                }
                let records = span.end - span.first;
                let left = span.end - floor.max(span.first);
                unread += (u128::from(span.bytes) * u128::from(left) / u128::from(records.max(1))) as u64;
            }
            unread
        })
    }

    /// The lowest position of the groups that follow a topic.
    fn floor(&self, topic: &Topic) -> Option<u64> {
        self.groups.read(|groups| groups.values().filter(|g| g.follows(topic)).map(|g| g.next(topic)).min())
    }

    /// Whether nobody needs a segment any more.
    fn passed(&self, segment: &Segment) -> bool {
        segment.spans.iter().all(|(topic, span)| match self.floor(topic) {
            Some(floor) => floor >= span.end,
            None => span.first == span.end || !self.options.keep_ungrouped,
        })
    }

    fn reclaim(&mut self, keep: u64) -> Result<(), Failure> {
        let [_, data] = &self.streams;
        let candidates: Vec<u64> = data
            .shared
            .read(|d| d.segments.iter().take_while(|s| self.passed(s)).map(|s| s.number).collect());
        self.streams[DATA].reclaim(keep, |segment| candidates.contains(&segment.number))
    }

    /// Deletes what all have passed, beyond `keep_bytes`. What cannot be deleted now is the next time.
    pub fn tidy(&mut self) {
        if self.poisoned.is_none()
            && let Err(failure) = self.reclaim(self.options.keep_bytes)
        {
            tracing::warn!(error = %self.note(failure), "a segment could not be deleted");
        }
    }

    /// Makes or finds a group and fences its reader so far.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn register(&mut self, group: &str, topics: &Topics) -> Result<Membership, LogError> {
        let (generation, newest) = self.with_reserve(|groups| groups.register(group, topics))?;
        Ok(Membership { group: group.to_owned(), generation, newest })
    }

    /// Moves positions durably, all or none.
    ///
    /// # Errors
    /// `Fatal` when fenced, for metadata too long, and for a position behind a topic's end.
    pub fn commit(
        &mut self,
        member: &Membership,
        positions: &BTreeMap<Topic, Position>,
    ) -> Result<(), LogError> {
        self.check_ends(positions)?;
        self.with_reserve(|groups| groups.commit(&member.group, member.generation, positions))
    }

    /// Forgets a group, so that it holds nothing back.
    ///
    /// # Errors
    /// See [`LogError`].
    pub fn forget_group(&mut self, group: &str) -> Result<(), LogError> {
        let forgotten = self.groups.forget(group);
        forgotten.map_err(|failure| self.note(failure))
    }

    /// Positions can be written on a full disk too: else nothing could ever be given up.
    fn with_reserve<T>(&mut self, act: impl Fn(&Groups) -> Result<T, Failure>) -> Result<T, LogError> {
        if let Some(why) = &self.poisoned {
            return Err(LogError::Fatal(why.clone()));
        }
        let mut done = act(&self.groups);
        if done.as_ref().is_err_and(Failure::is_full) && self.reserve.is_whole() {
            self.reserve.release();
            done = act(&self.groups);
        }
        done.map_err(|failure| self.note(failure))
    }

    /// A reader at a group's positions.
    pub fn cursor(&self, topics: Topics, from: BTreeMap<Topic, u64>) -> Cursor {
        Cursor::new(self.shared(), topics, from)
    }

    /// The offset behind the last durable record of each topic.
    pub fn ends(&self) -> BTreeMap<Topic, u64> {
        self.shared().ends()
    }

    /// The group's positions as last committed.
    pub fn committed(&self, group: &str) -> BTreeMap<Topic, Position> {
        self.groups.positions(group).unwrap_or_default()
    }

    /// Notes that nothing is torn, so that at the next open whatever is broken is corruption.
    ///
    /// # Errors
    /// See [`LogError`]; the log is whole even then.
    pub fn close(self) -> Result<(), LogError> {
        if let Some(why) = self.poisoned {
            return Err(LogError::Fatal(why));
        }
        let tails = self.streams.each_ref().map(Stream::tail);
        Ok(clean::write(self.disk.as_ref(), &self.dir, tails)?)
    }
}

/// Calls on their way to the disk.
#[derive(Default)]
struct Gather {
    batches: [Builder; 2],
    answers: Vec<Result<Vec<u64>, LogError>>,
    failed: Option<LogError>,
}
