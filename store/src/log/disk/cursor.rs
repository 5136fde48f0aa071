//! Reads a stream from front to back once for all topics followed: a batch is read and checked once,
//! however many topics share it, and passed over by its head where it holds nothing wanted.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use ward_event::topic::Topic;

use super::{
    core::Shared,
    files::{DiskFile, Failure},
    segment::{Segment, broken},
    stream::{Durable, SharedStream},
    window::{AHEAD_BYTES, SKIM_BYTES, Window},
};
use crate::log::{LogError, Record, Topics};

/// Bytes looked at in one call: reading is done on the caller's task, which must get on.
const READ_BYTES_MAX: u64 = 8 << 20;
/// Batches looked at in one call.
const READ_BATCHES_MAX: usize = 1_000;

/// A place in the log, by topic.
pub struct Cursor {
    streams: [StreamCursor; 2],
    topics: Topics,
    /// What comes next of each topic that is not at its beginning.
    next: HashMap<Topic, u64>,
    /// Read, and more than was asked for.
    pending: VecDeque<Record>,
}

struct StreamCursor {
    shared: Arc<SharedStream>,
    segment: u64,
    at: u64,
    file: Option<(u64, Arc<dyn DiskFile>)>,
    window: Window,
    ahead: usize,
}

/// Whether there may be more to read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Everything durable has been looked at.
    End,
    More,
}

impl Cursor {
    pub(super) fn new(shared: Shared, topics: Topics, from: BTreeMap<Topic, u64>) -> Self {
        let streams = shared.streams.map(|shared| StreamCursor {
            shared,
            segment: 0,
            at: 0,
            file: None,
            window: Window::default(),
            ahead: AHEAD_BYTES,
        });
        let mut cursor = Self { streams, topics, next: from.into_iter().collect(), pending: VecDeque::new() };
        cursor.place();
        cursor
    }

    /// Reads of what is durable now until `out` has `max` records.
    ///
    /// # Errors
    /// `Corrupt` at a broken batch, as often as asked; `Unavailable` if the disk does not answer.
    pub fn read(&mut self, max: usize, out: &mut Vec<Record>) -> Result<Progress, LogError> {
        let held = self.pending.len().min(max.saturating_sub(out.len()));
        out.extend(self.pending.drain(..held));
        let mut progress = Progress::End;
        for index in 0..self.streams.len() {
            if out.len() >= max {
                progress = Progress::More;
                break;
            }
            if self.read_stream(index, max, out)? == Progress::More {
                progress = Progress::More;
            }
        }
        if out.len() > max {
            self.pending.extend(out.drain(max..));
        }
        Ok(progress)
    }

    /// The next record of this topic is that of `offset`.
    pub fn seek(&mut self, topic: &Topic, offset: u64) {
        while let Some(record) = self.pending.pop_back() {
            self.next.insert(record.topic, record.offset);
        }
        self.next.insert(topic.clone(), offset);
        self.place();
    }

    /// Goes to the first batch that any topic needs.
    fn place(&mut self) {
        for stream in &mut self.streams {
            stream.place(&self.topics, &self.next);
        }
    }

    fn read_stream(&mut self, index: usize, max: usize, out: &mut Vec<Record>) -> Result<Progress, LogError> {
        let stream = &mut self.streams[index];
        let (mut bytes, mut batches) = (0, 0);
        while out.len() < max {
            if bytes >= READ_BYTES_MAX || batches >= READ_BATCHES_MAX {
                return Ok(Progress::More);
            }
            let Some(limit) = stream.durable()? else { return Ok(Progress::End) };
            let before = stream.at;
            stream.batch(limit, &self.topics, &mut self.next, out)?;
            bytes += stream.at - before;
            batches += 1;
        }
        Ok(Progress::More)
    }
}

impl StreamCursor {
    fn place(&mut self, topics: &Topics, next: &HashMap<Topic, u64>) {
        let place = self.shared.read(|durable| {
            let behind = durable.segments.back().map_or((0, 0), |s| (s.number, s.len));
            let needed =
                durable.ends.iter().filter(|(topic, _)| topics.contain(topic)).filter_map(|(topic, end)| {
                    let from = next.get(topic).copied().unwrap_or(0);
                    (from < *end).then(|| durable.locate(&self.shared, topic, from)).flatten()
                });
            needed.fold(behind, Ord::min)
        });
        (self.segment, self.at) = place;
        self.file = None;
        self.window.forget();
    }

    /// Bytes of the current segment that count; None where everything has been read. Goes on to the
    /// next segment at the end of one.
    fn durable(&mut self) -> Result<Option<u64>, Failure> {
        let (number, len, last) = self.shared.read(|durable| {
            let mut at = durable.segments.partition_point(|s| s.number < self.segment);
            let is_read = |s: &Segment| s.number == self.segment && self.at >= s.len;
            if durable.segments.get(at).is_some_and(is_read) && at + 1 < durable.segments.len() {
                at += 1;
            }
            durable
                .segments
                .get(at)
                .map_or((self.segment, 0, true), |s| (s.number, s.len, at + 1 == durable.segments.len()))
        });
        if number != self.segment {
            // The next one, or the one now read was deleted: then nobody's group needed the rest.
            (self.segment, self.at) = (number, 0);
            self.window.forget();
        }
        if self.at >= len {
            debug_assert!(last || len == 0, "a segment that is read is left");
            return Ok(None);
        }
        if self.file.as_ref().is_none_or(|(of, _)| *of != number) {
            let path =
                self.shared.read(|d| d.segments.iter().find(|s| s.number == number).map(|s| s.path.clone()));
            let path =
                path.ok_or_else(|| std::io::Error::other("a segment was deleted before it was opened"))?;
            self.file = Some((number, self.shared.disk.open(&path)?));
        }
        Ok(Some(len))
    }

    /// Takes what is wanted of the batch here, and goes behind it.
    fn batch(
        &mut self,
        limit: u64,
        topics: &Topics,
        next: &mut HashMap<Topic, u64>,
        out: &mut Vec<Record>,
    ) -> Result<(), Failure> {
        let Some((_, file)) = &self.file else { return Ok(()) };
        let torn = || broken(&std::path::PathBuf::from(super::segment::file_name(self.segment)), self.at);
        let found = self.window.batch(file.as_ref(), self.at, limit, self.ahead)?.ok_or_else(torn)?;
        let wanted = |section: &super::batch::Section| {
            let from = next.get(&section.topic).copied().unwrap_or(0);
            (section.end() > from && topics.contain(&section.topic)).then_some(from)
        };
        if found.sections.iter().any(|s| wanted(s).is_some()) {
            self.ahead = AHEAD_BYTES;
            let payloads =
                self.window.payloads(file.as_ref(), &found, limit, self.ahead)?.ok_or_else(torn)?;
            let before = out.len();
            let whole = payloads.visit(wanted, |section, offset, payload| {
                out.push(Record { topic: section.topic.clone(), offset, payload });
            });
            if whole.is_none() {
                out.truncate(before);
                return Err(torn());
            }
            for section in &found.sections {
                if topics.contain(&section.topic) {
                    let next = next.entry(section.topic.clone()).or_insert(0);
                    *next = section.end().max(*next);
                }
            }
        } else {
            self.ahead = SKIM_BYTES;
        }
        self.at = found.end();
        Ok(())
    }
}

impl Durable {
    /// (segment, byte) at or before the batch of this record; of the oldest kept where it is gone.
    fn locate(&self, shared: &SharedStream, topic: &Topic, offset: u64) -> Option<(u64, u64)> {
        let holds =
            |s: &&Segment| s.spans.get(topic).is_some_and(|span| span.first < span.end && span.end > offset);
        let segment = self.segments.iter().find(holds)?;
        let sealed = self.segments.back().is_some_and(|last| last.number != segment.number);
        let at = if sealed {
            // Without its index the whole segment is read, and its checksums say what is wrong.
            let index = segment.load_index(shared.disk.as_ref(), shared.segment_bytes);
            index.map_or(0, |index| Segment::locate(&index, topic, offset))
        } else {
            Segment::locate(&segment.index, topic, offset)
        };
        Some((segment.number, at))
    }
}
