//! One stream of segments, as its only writer sees it. All topics of a stream share its files: a file
//! a topic would cost an fsync a topic.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use ward_event::topic::Topic;

use super::{
    batch::Builder,
    files::{Disk, DiskFile, Failure},
    segment::{Segment, broken, number_of},
};

/// Sealed segments that the page cache keeps for readers who are a little behind. All the others would fill the
/// machine's memory with bytes that nobody reads again, and every new one would have to be given pages anew.
const CACHED_SEGMENTS: usize = 4;

/// What readers may see of a stream: only what is durable.
#[derive(Debug, Default)]
pub(super) struct Durable {
    /// Oldest first; the last is written to. Never empty once opened.
    pub(super) segments: VecDeque<Segment>,
    pub(super) ends: BTreeMap<Topic, u64>,
}

/// A stream's durable state, shared with the readers.
pub(super) struct SharedStream {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) segment_bytes: u64,
    state: RwLock<Durable>,
}

impl SharedStream {
    pub(super) fn read<T>(&self, look: impl FnOnce(&Durable) -> T) -> T {
        // A poisoned lock only says that another thread panicked; the state is changed in one step.
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Durable) -> T) -> T {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The writer's side of a stream.
pub(super) struct Stream {
    pub(super) shared: Arc<SharedStream>,
    dir: PathBuf,
    file: Arc<dyn DiskFile>,
    /// The newest sealed ones, oldest first.
    cached: VecDeque<Arc<dyn DiskFile>>,
    /// Good bytes of the segment written to.
    len: u64,
    /// Its good bytes when it was begun: a segment without records is not rolled.
    begun: u64,
    number: u64,
    /// Bytes of a failed write may stand behind `len`.
    dirty: bool,
    /// A segment that could not be begun, and not be removed.
    stale: Option<PathBuf>,
    buffer: Vec<u8>,
}

impl Stream {
    /// Opens or makes the stream in `dir`. `clean` is where a clean stop left it: (segment, bytes).
    pub(super) fn open(
        disk: Arc<dyn Disk>,
        dir: &Path,
        segment_bytes: u64,
        clean: Option<(u64, u64)>,
    ) -> Result<Self, Failure> {
        disk.create_dir(dir)?;
        let (mut numbers, orphans) = list(disk.as_ref(), dir)?;
        for orphan in orphans {
            disk.remove(&orphan)?;
        }
        let active = loop {
            let Some(&number) = numbers.last() else { break None };
            let segment = Segment::new(dir, number, segment_bytes);
            let file = disk.open(&segment.path)?;
            let (segment, cut) = segment.scan(file.as_ref())?;
            let lost = clean.is_some_and(|tail| tail != (number, segment.len));
            if lost || cut.is_some_and(|cut| cut.followed) {
                return Err(broken(&segment.path, segment.len));
            }
            if segment.len == 0 && number > 0 {
                // It was being begun when the machine stopped, and the one before is still the last:
                // segments are deleted only after this step.
                if numbers.len() == 1 {
                    return Err(broken(&segment.path, 0));
                }
                disk.remove(&segment.path)?;
                disk.sync_dir(dir).map_err(Failure::Sync)?;
                numbers.pop();
                continue;
            }
            if file.size()? > segment.len {
                tracing::warn!(file = %segment.path.display(), at = segment.len, "cut a torn tail");
                file.truncate(segment.len)?;
            }
            if clean.is_none() {
                settle(file.as_ref(), &segment)?;
            }
            break Some((segment, file));
        };
        numbers.pop();
        let mut durable = Durable::default();
        for &number in &numbers {
            durable.segments.push_back(Segment::load(disk.as_ref(), dir, number, segment_bytes)?);
        }
        let (segment, file) = match active {
            Some(found) => found,
            None if clean.is_some_and(|tail| tail != (0, 0)) => {
                return Err(Failure::Corrupt(format!("{}: its segments are missing", dir.display())));
            }
            None => {
                let segment = Segment::new(dir, 0, segment_bytes);
                let file = disk.create(&segment.path)?;
                (segment, file)
            }
        };
        disk.sync_dir(dir).map_err(Failure::Sync)?;
        durable.segments.push_back(segment);
        durable.check()?;
        let (len, number) = durable.segments.back().map_or((0, 0), |s| (s.len, s.next_number));
        let shared = Arc::new(SharedStream { disk, segment_bytes, state: RwLock::new(durable) });
        Ok(Self {
            shared,
            dir: dir.into(),
            file,
            cached: VecDeque::new(),
            len,
            begun: 0,
            number,
            dirty: false,
            stale: None,
            buffer: Vec::new(),
        })
    }

    /// Where the next record of a topic comes.
    pub(super) fn end(&self, topic: &Topic) -> u64 {
        self.shared.read(|d| d.ends.get(topic).copied().unwrap_or(0))
    }

    /// Writes one batch and syncs it; then readers see it. After an error that is not `Sync` the
    /// stream is as before.
    pub(super) fn write(&mut self, batch: &Builder) -> Result<(), Failure> {
        self.cut()?;
        batch.encode(self.number, &mut self.buffer);
        if self.len > self.begun && self.len + self.buffer.len() as u64 > self.shared.segment_bytes {
            match self.roll() {
                Err(Failure::Sync(e)) => return Err(Failure::Sync(e)),
                // Without a new segment the old one grows on.
                Err(e) => tracing::warn!(error = %e, "no new segment could be begun"),
                Ok(()) => batch.encode(self.number, &mut self.buffer),
            }
        }
        if let Err(e) = self.file.write_at(self.len, &self.buffer) {
            self.dirty = true;
            let _ = self.cut();
            return Err(e.into());
        }
        self.file.sync().map_err(Failure::Sync)?;
        let total = self.buffer.len() as u64;
        self.len += total;
        self.number += 1;
        self.shared.change(|durable| {
            for section in batch.sections() {
                durable.ends.insert(section.topic.clone(), section.end());
            }
            if let Some(segment) = durable.segments.back_mut() {
                segment.extend(batch.sections(), total);
            }
        });
        Ok(())
    }

    /// Takes away what a failed write left.
    fn cut(&mut self) -> Result<(), Failure> {
        if self.dirty {
            self.file.truncate(self.len)?;
            self.dirty = false;
        }
        Ok(())
    }

    /// Seals the segment and begins the next with where every topic stands.
    pub(super) fn roll(&mut self) -> Result<(), Failure> {
        let disk = Arc::clone(&self.shared.disk);
        if let Some(stale) = &self.stale {
            disk.remove(stale)?;
            self.stale = None;
        }
        // What was cut off it must not come back once another is the last.
        self.file.sync().map_err(Failure::Sync)?;
        self.shared.read(|d| d.segments.back().map_or(Ok(()), |s| s.seal(disk.as_ref())))?;
        let mut next = Segment::new(&self.dir, self.number, self.shared.segment_bytes);
        let mut state = Builder::default();
        self.shared.read(|d| d.ends.iter().for_each(|(topic, end)| state.state(topic.clone(), *end)));
        let mut bytes = Vec::new();
        state.encode(self.number, &mut bytes);
        let begun = disk.create(&next.path).and_then(|f| f.write_at(0, &bytes).map(|()| f));
        let file = match begun {
            Ok(file) => file,
            Err(e) => {
                if disk.remove(&next.path).is_err_and(|e| e.kind() != io::ErrorKind::NotFound) {
                    self.stale = Some(next.path);
                }
                return Err(e.into());
            }
        };
        file.sync().map_err(Failure::Sync)?;
        disk.sync_dir(&self.dir).map_err(Failure::Sync)?;
        next.extend(state.sections(), bytes.len() as u64);
        self.cached.push_back(std::mem::replace(&mut self.file, file));
        if self.cached.len() > CACHED_SEGMENTS
            && let Some(oldest) = self.cached.pop_front()
        {
            oldest.uncache();
        }
        self.len = next.len;
        self.begun = next.len;
        self.number = next.next_number;
        self.shared.change(|durable| {
            if let Some(sealed) = durable.segments.back_mut() {
                sealed.index.clear();
                sealed.spans.retain(|_, span| span.first < span.end);
            }
            durable.segments.push_back(next);
        });
        Ok(())
    }

    /// Deletes the oldest segments while more than `keep` bytes are there and `passed` says that
    /// nobody needs them. The folder is synced after each: they go in order, whatever happens.
    pub(super) fn reclaim(&mut self, keep: u64, passed: impl Fn(&Segment) -> bool) -> Result<(), Failure> {
        loop {
            let oldest = self.shared.read(|d| {
                let total: u64 = d.segments.iter().map(|s| s.len).sum();
                let oldest =
                    d.segments.front().filter(|s| d.segments.len() > 1 && total > keep && passed(s))?;
                Some((oldest.path.clone(), oldest.side_path()))
            });
            let Some((path, side)) = oldest else { return Ok(()) };
            let disk = &self.shared.disk;
            disk.remove(&path)?;
            disk.sync_dir(&self.dir).map_err(Failure::Sync)?;
            self.shared.change(|d| d.segments.pop_front());
            // One that stays is removed at open.
            let _ = disk.remove(&side);
        }
    }

    /// (segment, good bytes): what a clean stop leaves.
    pub(super) fn tail(&self) -> (u64, u64) {
        (self.shared.read(|d| d.segments.back().map_or(0, |s| s.number)), self.len)
    }
}

impl Durable {
    /// Segments follow one another, and so do the offsets of every topic.
    fn check(&mut self) -> Result<(), Failure> {
        for segment in &self.segments {
            for (topic, span) in &segment.spans {
                let end = self.ends.insert(topic.clone(), span.end);
                if end.is_some_and(|end| end != span.first) {
                    return Err(Failure::Corrupt(format!(
                        "{}: {topic} begins at {} after {}",
                        segment.path.display(),
                        span.first,
                        end.unwrap_or(0)
                    )));
                }
            }
        }
        for (before, after) in self.segments.iter().zip(self.segments.iter().skip(1)) {
            if before.next_number != after.number {
                return Err(Failure::Corrupt(format!(
                    "{}: the segment before is missing",
                    after.path.display()
                )));
            }
        }
        Ok(())
    }
}

/// Writes the last batch again and syncs. If the process before ended because its sync failed, the
/// batch may be in the page cache and nowhere else, and marked as written: it would be read now, and
/// gone after the next power loss. Every batch before it was synced.
fn settle(file: &dyn DiskFile, segment: &Segment) -> Result<(), Failure> {
    let len = usize::try_from(segment.len - segment.last_at).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    file.read_at(segment.last_at, &mut bytes)?;
    file.write_at(segment.last_at, &bytes)?;
    file.sync().map_err(Failure::Sync)
}

/// Numbers of the segments, ascending; side files without a segment and files half written.
fn list(disk: &dyn Disk, dir: &Path) -> Result<(Vec<u64>, Vec<PathBuf>), Failure> {
    let names = disk.list(dir)?;
    let numbers: Vec<u64> = names.iter().filter_map(|name| number_of(name)).collect();
    let orphans = names.iter().filter(|name| match name.strip_suffix(".idx") {
        Some(stem) => !numbers.iter().any(|n| format!("{n:020}") == stem),
        None => name.ends_with(".tmp"),
    });
    Ok((numbers.clone(), orphans.map(|name| dir.join(name)).collect()))
}
