//! A file of batches, what is known of it in memory, and its side file.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use ward_event::topic::Topic;

use super::{
    batch::Section,
    files::{Disk, DiskFile, Failure, read_sealed, replace},
    window::{AHEAD_BYTES, SKIM_BYTES, Window},
};

/// Entries a topic has in a segment's index: each stands for this part of the segment (64 KB of 64 MB),
/// which is what a reader that seeks may have to pass over.
const INDEX_ENTRIES_MAX: u64 = 1_024;

/// What a segment holds of a topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span {
    pub(super) first: u64,
    pub(super) end: u64,
    /// Of payload.
    pub(super) bytes: u64,
}

/// (first offset of a batch, where it begins in the file), ascending, by topic.
pub(super) type Index = BTreeMap<Topic, Vec<(u64, u64)>>;

/// One segment. `len` bytes of it are durable and whole.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// Of its first batch; it is the file's name.
    pub(super) number: u64,
    pub(super) next_number: u64,
    pub(super) path: PathBuf,
    pub(super) len: u64,
    /// Where its last batch begins.
    pub(super) last_at: u64,
    /// Only of topics that it names.
    pub(super) spans: BTreeMap<Topic, Span>,
    /// Empty when sealed: then it is in the side file.
    pub(super) index: Index,
    stride: u64,
}

#[derive(Serialize, Deserialize)]
struct SideFile {
    len: u64,
    next_number: u64,
    spans: BTreeMap<Topic, Span>,
    index: Index,
}

pub(super) fn file_name(number: u64) -> String {
    format!("{number:020}.log")
}

/// The first batch's number of a segment file's name.
pub(super) fn number_of(name: &str) -> Option<u64> {
    name.strip_suffix(".log").filter(|n| n.len() == 20)?.parse().ok()
}

impl Segment {
    pub(super) fn new(dir: &Path, number: u64, segment_bytes: u64) -> Self {
        Self {
            number,
            next_number: number,
            path: dir.join(file_name(number)),
            len: 0,
            last_at: 0,
            spans: BTreeMap::new(),
            index: Index::new(),
            stride: segment_bytes / INDEX_ENTRIES_MAX,
        }
    }

    /// Takes note of a durable batch at the end.
    pub(super) fn extend<'a>(&mut self, sections: impl Iterator<Item = &'a Section>, total_bytes: u64) {
        for section in sections {
            let span = self.spans.entry(section.topic.clone()).or_insert(Span {
                first: section.first,
                end: section.first,
                bytes: 0,
            });
            span.end = section.end();
            span.bytes += u64::from(section.bytes);
            if section.records > 0 {
                let entries = self.index.entry(section.topic.clone()).or_default();
                if entries.last().is_none_or(|(_, at)| self.len - at >= self.stride) {
                    entries.push((section.first, self.len));
                }
            }
        }
        self.last_at = self.len;
        self.len += total_bytes;
        self.next_number += 1;
    }

    /// Where to begin reading for `offset` of a topic: at or before its batch.
    pub(super) fn locate(index: &Index, topic: &Topic, offset: u64) -> u64 {
        index.get(topic).map_or(0, |entries| {
            let behind = entries.partition_point(|(first, _)| *first <= offset);
            behind.checked_sub(1).map_or(0, |i| entries[i].1)
        })
    }

    /// Reads all batches. `Ok(None)` beside the segment if everything is whole; else what broke, and
    /// the segment ends before it.
    pub(super) fn scan(mut self, file: &dyn DiskFile) -> Result<(Self, Option<Break>), Failure> {
        let limit = file.size()?;
        let mut window = Window::default();
        while self.len < limit {
            let found = window.batch(file, self.len, limit, AHEAD_BYTES)?;
            let whole = match &found {
                Some(found) if found.head.number == self.next_number && self.continues(&found.sections) => {
                    window.payloads(file, found, limit, AHEAD_BYTES)?.is_some()
                }
                _ => false,
            };
            match found {
                Some(found) if whole => {
                    self.extend(found.sections.iter(), found.head.total_bytes() as u64);
                }
                _ => {
                    let later = later_batch(file, self.len + 1, limit, self.next_number)?;
                    return Ok((self, Some(Break { followed: later })));
                }
            }
        }
        Ok((self, None))
    }

    fn continues(&self, sections: &[Section]) -> bool {
        sections.iter().all(|s| self.spans.get(&s.topic).is_none_or(|span| span.end == s.first))
    }

    /// Writes the side file and forgets the index.
    pub(super) fn seal(&self, disk: &dyn Disk) -> Result<(), Failure> {
        let side = SideFile {
            len: self.len,
            next_number: self.next_number,
            spans: self.spans.clone(),
            index: self.index.clone(),
        };
        let body = serde_json::to_vec(&side).map_err(std::io::Error::other)?;
        replace(disk, &self.side_path(), &body)
    }

    pub(super) fn side_path(&self) -> PathBuf {
        self.path.with_extension("idx")
    }

    /// The index of a sealed segment, from its side file or, where that is broken, from the segment.
    pub(super) fn load_index(&self, disk: &dyn Disk, segment_bytes: u64) -> Result<Index, Failure> {
        match self.read_side(disk) {
            Some(side) => Ok(side.index),
            None => Ok(self.rescan(disk, segment_bytes)?.index),
        }
    }

    /// A sealed segment as it stands on the disk. Its bytes were all synced: whatever is broken is
    /// corruption.
    pub(super) fn load(
        disk: &dyn Disk,
        dir: &Path,
        number: u64,
        segment_bytes: u64,
    ) -> Result<Self, Failure> {
        let mut segment = Self::new(dir, number, segment_bytes);
        let len = disk.open(&segment.path)?.size()?;
        match segment.read_side(disk).filter(|side| side.len == len) {
            Some(side) => {
                segment.len = side.len;
                segment.next_number = side.next_number;
                segment.spans = side.spans;
            }
            None => {
                segment = segment.rescan(disk, segment_bytes)?;
                segment.seal(disk)?;
                segment.index.clear();
            }
        }
        segment.spans.retain(|_, span| span.first < span.end);
        Ok(segment)
    }

    fn read_side(&self, disk: &dyn Disk) -> Option<SideFile> {
        serde_json::from_slice(&read_sealed(disk, &self.side_path()).ok()?).ok()
    }

    fn rescan(&self, disk: &dyn Disk, segment_bytes: u64) -> Result<Self, Failure> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let file = disk.open(&self.path)?;
        match Self::new(dir, self.number, segment_bytes).scan(file.as_ref())? {
            (segment, None) => Ok(segment),
            (segment, Some(_)) => Err(broken(&segment.path, segment.len)),
        }
    }
}

/// A batch that is not whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Break {
    /// A whole head of a later batch stands behind it: then it had been synced, and is no torn tail.
    pub(super) followed: bool,
}

pub(super) fn broken(path: &Path, at: u64) -> Failure {
    Failure::Corrupt(format!("{}: batch at byte {at} does not match its checksum", path.display()))
}

/// Whether a head numbered after `number` stands anywhere from `at` on.
fn later_batch(file: &dyn DiskFile, mut at: u64, limit: u64, number: u64) -> Result<bool, Failure> {
    const STEP: usize = 1 << 20;
    const OVERLAP: u64 = 3;
    let mut window = Window::default();
    while at < limit {
        let len = usize::try_from(limit - at).unwrap_or(STEP).min(STEP);
        let mut bytes = vec![0; len];
        file.read_at(at, &mut bytes)?;
        for start in magics(&bytes) {
            let start = at + start as u64;
            if window.batch(file, start, limit, SKIM_BYTES)?.is_some_and(|f| f.head.number > number) {
                return Ok(true);
            }
        }
        if len < STEP {
            break;
        }
        at += len as u64 - OVERLAP;
    }
    Ok(false)
}

/// Where the magic of a batch stands.
fn magics(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.windows(4).enumerate().filter(|(_, w)| *w == b"WLB1").map(|(at, _)| at)
}
