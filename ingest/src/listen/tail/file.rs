//! Reads a followed file line by line, through rotations.
//!
//! The only state is which file is open and the offset behind its last whole line: half a line is
//! read again when it has grown.

use std::{
    collections::VecDeque,
    fs::{File, Metadata},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use ward_event::{Format, Micros, clock::Clock, limits::MESSAGE_BYTES_MAX};

use super::rotation;
use crate::{
    collector::CollectError,
    listen::{
        framing::trim,
        source::Source,
        worker::{Message, Worker},
    },
    parse::ParseError,
    sequence::{Draft, Drafts, Note, Patience, TailPosition},
};

/// Read at a time.
const STEP_BYTES: usize = 256 << 10;
/// So many first bytes tell one file from another.
const HEAD_BYTES: usize = 64;
/// A writer may go on with a file that was renamed for so long, until it opens the new one.
const ROTATED_QUIET: Duration = Duration::from_secs(1);
/// A table's header lines are looked for in so many first bytes.
const HEADER_BYTES_MAX: usize = 64 << 10;

struct Open {
    file: File,
    inode: u64,
    /// See [`TailPosition::head`].
    head: u32,
    /// Behind the last whole line.
    offset: u64,
    /// Of a line that is too long: how far its end has been looked for.
    looked: u64,
    /// The length up to which there is no whole line more.
    barren: u64,
    /// Since when it stands still and is not at its path any more.
    rotated: Option<Instant>,
}

pub(super) struct Follower {
    path: PathBuf,
    key: u64,
    format: Format,
    worker: Worker,
    drafts: Drafts,
    clock: Clock,
    /// Where it was left before this process.
    left: Option<TailPosition>,
    open: Option<Open>,
    /// Rotated files to be read before the one at the path.
    queue: VecDeque<PathBuf>,
    buffer: Vec<u8>,
}

impl Follower {
    pub(super) fn new(
        path: PathBuf,
        key: u64,
        format: Format,
        source: &Source,
        left: Option<TailPosition>,
    ) -> Result<Self, CollectError> {
        Ok(Self {
            path,
            key,
            format,
            worker: source.worker(format)?,
            drafts: Drafts::new(&source.book, Patience::Wait),
            clock: source.clock.clone(),
            left,
            open: None,
            queue: VecDeque::new(),
            buffer: Vec::new(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn take(&mut self) -> Vec<Draft> {
        self.drafts.take()
    }

    /// Reads the next lines; false where there are none now.
    pub(super) fn step(&mut self) -> io::Result<bool> {
        let Some(mut open) = self.open.take() else { return self.open_next() };
        let meta = open.file.metadata()?;
        let now = self.clock.now();
        if meta.len() < open.offset || !open.is_same() {
            // Cut and written anew (copytruncate).
            open = Open::new(open.file, &meta, 0);
        }
        open.learn_head(&meta);
        let moved = meta.len() > open.barren && self.lines(&mut open, meta.len(), now)?;
        if moved {
            open.rotated = None;
        } else {
            open.barren = meta.len();
            if self.is_over(&mut open) {
                self.rest(&mut open, now)?;
                return Ok(true);
            }
        }
        self.open = Some(open);
        Ok(moved)
    }

    /// Opens what comes next; false where there is nothing.
    fn open_next(&mut self) -> io::Result<bool> {
        if let Some(left) = self.left.take() {
            return self.open_left(left);
        }
        let path = self.queue.pop_front().unwrap_or_else(|| self.path.clone());
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        self.open = Some(Open::new(file.try_clone()?, &file.metadata()?, 0));
        Ok(true)
    }

    /// Opens the file that was being read when the process ended, wherever it is now.
    fn open_left(&mut self, left: TailPosition) -> io::Result<bool> {
        let here = File::open(&self.path).ok().and_then(|f| Some((f.metadata().ok()?, f)));
        let is_left = |open: &Open, meta: &Metadata| {
            open.inode == left.inode && meta.len() >= left.offset && open.is_same()
        };
        if let Some((meta, file)) = here {
            let open = Open { head: left.head, ..Open::new(file, &meta, left.offset) };
            if is_left(&open, &meta) {
                self.resume(open);
                return Ok(true);
            }
        }
        let mut rotated: VecDeque<_> = rotation::since(&self.path, left.inode).into();
        if let Some(first) = rotated.pop_front() {
            let file = File::open(&first.path)?;
            let meta = file.metadata()?;
            let open = Open { head: left.head, ..Open::new(file, &meta, left.offset) };
            if is_left(&open, &meta) {
                self.queue = rotated.into_iter().map(|r| r.path).collect();
                self.resume(open);
                return Ok(true);
            }
        }
        tracing::warn!(path = %self.path.display(), "the file that was being read is gone; its rest is lost");
        Ok(true)
    }

    /// Goes on in the middle of a file: a table's columns stand at its beginning.
    fn resume(&mut self, open: Open) {
        if self.format == Format::Zeek {
            let mut header = vec![0; HEADER_BYTES_MAX];
            let read = open.file.read_at(&mut header, 0).unwrap_or(0);
            let header = &header[..read.min(usize::try_from(open.offset).unwrap_or(usize::MAX))];
            let lines = header.split_inclusive(|b| *b == b'\n');
            for line in lines.take_while(|l| l.starts_with(b"#") && l.ends_with(b"\n")) {
                self.worker.remember(trim(line), self.clock.now());
            }
        }
        self.open = Some(open);
    }

    /// Whether the open file is done with: another is at its path, and nothing more has come.
    fn is_over(&mut self, open: &mut Open) -> bool {
        let elsewhere = match std::fs::metadata(&self.path) {
            Ok(meta) => meta.ino() != open.inode,
            Err(_) => false,
        };
        if !elsewhere && self.queue.is_empty() {
            open.rotated = None;
            return false;
        }
        let since = *open.rotated.get_or_insert_with(Instant::now);
        if since.elapsed() < ROTATED_QUIET {
            return false;
        }
        if self.queue.is_empty() {
            // Rotated more than once since we looked: the ones between come first.
            let at_path = std::fs::metadata(&self.path).map(|m| m.ino()).unwrap_or_default();
            let between = rotation::since(&self.path, open.inode).into_iter().skip(1);
            self.queue = between.filter(|r| r.inode != at_path).map(|r| r.path).collect();
        }
        true
    }

    /// Takes the whole lines from the offset on; false where there is none.
    fn lines(&mut self, open: &mut Open, len: u64, now: Micros) -> io::Result<bool> {
        let mut want = STEP_BYTES;
        loop {
            self.buffer.resize(want, 0);
            let read = read_full(&open.file, &mut self.buffer, open.offset)?;
            if let Some(last) = memchr::memrchr(b'\n', &self.buffer[..read]) {
                let buffer = std::mem::take(&mut self.buffer);
                for line in buffer[..=last].split_inclusive(|b| *b == b'\n') {
                    open.offset += line.len() as u64;
                    self.line(open, trim(line), now);
                }
                if want == STEP_BYTES {
                    self.buffer = buffer;
                }
                return Ok(true);
            }
            if read < want {
                return Ok(false);
            }
            if want > MESSAGE_BYTES_MAX {
                return self.too_long(open, len, now);
            }
            want = MESSAGE_BYTES_MAX + 1;
        }
    }

    fn line(&mut self, open: &Open, bytes: &[u8], now: Micros) {
        let message = Message { bytes, peer: None, received: now, note: self.note(open) };
        self.worker.take(&message, &mut self.drafts);
    }

    /// The line at the offset begins with a bufferful without an end: looks for it further on.
    fn too_long(&mut self, open: &mut Open, len: u64, now: Micros) -> io::Result<bool> {
        let mut at = open.looked.max(open.offset + self.buffer.len() as u64);
        let mut step = vec![0; STEP_BYTES];
        while at < len {
            let read = open.file.read_at(&mut step, at)?;
            if read == 0 {
                break;
            }
            if let Some(end) = memchr::memchr(b'\n', &step[..read]) {
                let cut = std::mem::take(&mut self.buffer);
                open.offset = at + end as u64 + 1;
                open.looked = 0;
                let bytes = &cut[..MESSAGE_BYTES_MAX];
                let message = Message { bytes, peer: None, received: now, note: self.note(open) };
                let error = ParseError::new("too_long", format!("cut at {MESSAGE_BYTES_MAX} bytes"));
                self.worker.dead(&message, &error, &mut self.drafts);
                return Ok(true);
            }
            at += read as u64;
        }
        open.looked = at;
        self.buffer = Vec::new();
        Ok(false)
    }

    /// A file that is over may end without a line feed.
    fn rest(&mut self, open: &mut Open, now: Micros) -> io::Result<()> {
        let mut rest = vec![0; MESSAGE_BYTES_MAX];
        let read = read_full(&open.file, &mut rest, open.offset)?;
        if read > 0 {
            open.offset += read as u64;
            self.line(open, trim(&rest[..read]), now);
        }
        Ok(())
    }

    fn note(&self, open: &Open) -> Note {
        let (inode, head, offset) = (open.inode, open.head, open.offset);
        Note::Tail(TailPosition { file: self.key, inode, head, offset })
    }
}

impl Open {
    fn new(file: File, meta: &Metadata, offset: u64) -> Self {
        let mut open =
            Self { file, inode: meta.ino(), head: 0, offset, looked: 0, barren: offset, rotated: None };
        open.learn_head(meta);
        open
    }

    fn learn_head(&mut self, meta: &Metadata) {
        if self.head == 0 && meta.len() >= HEAD_BYTES as u64 {
            self.head = head(&self.file).unwrap_or(0);
        }
    }

    /// False where its first bytes have become others.
    fn is_same(&self) -> bool {
        self.head == 0 || head(&self.file).is_none_or(|now| now == self.head)
    }
}

/// A hash of the first bytes; None where there are too few.
fn head(file: &File) -> Option<u32> {
    let mut bytes = [0; HEAD_BYTES];
    file.read_exact_at(&mut bytes, 0).ok()?;
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let (first, _) = digest.as_chunks::<4>();
    // 0 means "not known".
    Some(u32::from_be_bytes(first[0]).max(1))
}

fn read_full(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], offset + read as u64)? {
            0 => break,
            n => read += n,
        }
    }
    Ok(read)
}
