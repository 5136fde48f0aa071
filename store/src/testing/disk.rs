//! A disk in memory that does the worst POSIX allows, by seed: what was not synced is lost, kept or
//! torn by sectors at a power loss; names are there only after their folder was synced; a failed write
//! leaves any part; a failed sync keeps any part and forgets the rest.

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Rng;
use crate::log::disk::{Disk, DiskFile};

const SECTOR_BYTES: usize = 512;

/// Cheap to clone; clones are the same disk.
#[derive(Clone)]
pub struct SimDisk(Arc<Mutex<State>>);

struct State {
    rng: Rng,
    files: Vec<Contents>,
    /// As the process sees them, and as a power loss leaves them.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// Changes of names not yet synced, by folder.
    renames: BTreeMap<PathBuf, Vec<NameChange>>,
    locks: BTreeSet<PathBuf>,
    capacity: usize,
    write_fails_per_mille: u64,
    sync_fails: bool,
    /// Calls until the machine stops in the middle of one.
    stops_in: Option<u64>,
    stopped: bool,
}

#[derive(Default)]
struct Contents {
    seen: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone)]
enum NameChange {
    Link(PathBuf, usize),
    Unlink(PathBuf),
    Rename(PathBuf, PathBuf, usize),
}

impl SimDisk {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            rng: Rng::new(seed),
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            renames: BTreeMap::new(),
            locks: BTreeSet::new(),
            capacity: usize::MAX,
            write_fails_per_mille: 0,
            sync_fails: false,
            stops_in: None,
            stopped: false,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that fit beside what is there now.
    pub fn leave_room(&self, bytes: usize) {
        let mut state = self.state();
        state.capacity = state.used() + bytes;
    }

    pub fn unlimited(&self) {
        self.state().capacity = usize::MAX;
    }

    /// So many of a thousand writes fail.
    pub fn fail_writes(&self, per_mille: u64) {
        self.state().write_fails_per_mille = per_mille;
    }

    /// The next sync fails.
    pub fn fail_sync(&self) {
        self.state().sync_fails = true;
    }

    /// The machine stops in the `calls`-th call from now.
    pub fn stop_in(&self, calls: u64) {
        self.state().stops_in = Some(calls);
    }

    pub fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// The machine is on again, after kill -9 of the process (everything written is there) or after a
    /// power loss. Faults are over.
    pub fn restart(&self, power_loss: bool) {
        let mut state = self.state();
        if power_loss {
            state.lose_power();
        }
        state.locks.clear();
        state.stops_in = None;
        state.stopped = false;
        state.sync_fails = false;
        state.write_fails_per_mille = 0;
    }

    /// Flips one bit of a file whose name `of` accepts; which, by seed. False if there is none.
    pub fn flip_bit(&self, of: impl Fn(&Path) -> bool) -> Option<(PathBuf, usize)> {
        let mut state = self.state();
        let files: Vec<_> = state
            .names
            .iter()
            .filter(|(path, file)| of(path) && !state.files[**file].seen.is_empty())
            .map(|(path, file)| (path.clone(), *file))
            .collect();
        let (path, file) = files.get(state.rng.below(files.len() as u64) as usize)?.clone();
        let bits = state.files[file].seen.len() * 8;
        let bit = state.rng.below(bits as u64) as usize;
        let contents = &mut state.files[file];
        contents.seen[bit / 8] ^= 1 << (bit % 8);
        contents.durable = contents.seen.clone();
        Some((path, bit / 8))
    }
}

impl State {
    fn used(&self) -> usize {
        self.names.values().map(|file| self.files[*file].seen.len()).sum()
    }

    /// Before each call: whether the machine stops in it.
    fn begin(&mut self) -> io::Result<()> {
        if self.stopped {
            return Err(io::Error::other("the machine has stopped"));
        }
        if let Some(left) = &mut self.stops_in {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.stopped = true;
                return Err(io::Error::other("the machine stops"));
            }
        }
        Ok(())
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn rename_in(&mut self, path: &Path, change: NameChange) {
        change.apply(&mut self.names);
        self.renames.entry(path.parent().map(Into::into).unwrap_or_default()).or_default().push(change);
    }

    fn write(&mut self, file: usize, at: usize, bytes: &[u8]) {
        let change = Change::Write { at, bytes: bytes.to_vec() };
        let contents = &mut self.files[file];
        change.apply(&mut contents.seen, |_| true);
        contents.unsynced.push(change);
    }

    /// Any of the unsynced changes reach the disk, in part.
    fn tear(&mut self, file: usize) {
        let chance = [0, 500, 1_000][self.rng.below(3) as usize];
        let rng = &mut self.rng;
        let contents = &mut self.files[file];
        for change in std::mem::take(&mut contents.unsynced) {
            change.apply(&mut contents.durable, |_| rng.per_mille(chance));
        }
    }

    fn lose_power(&mut self) {
        for changes in std::mem::take(&mut self.renames).into_values() {
            for change in changes {
                if self.rng.per_mille(500) {
                    change.apply(&mut self.durable_names);
                }
            }
        }
        for file in 0..self.files.len() {
            self.tear(file);
            let contents = &mut self.files[file];
            contents.seen = contents.durable.clone();
        }
        self.names = self.durable_names.clone();
    }
}

impl Change {
    /// Applies the sectors that `keep` names.
    fn apply(&self, to: &mut Vec<u8>, mut keep: impl FnMut(usize) -> bool) {
        match self {
            Self::Truncate(len) => {
                if keep(0) {
                    to.resize(*len, 0);
                }
            }
            Self::Write { at, bytes } => {
                let mut done = 0;
                while done < bytes.len() {
                    let position = at + done;
                    let left = SECTOR_BYTES - position % SECTOR_BYTES;
                    let len = left.min(bytes.len() - done);
                    if keep(position / SECTOR_BYTES) {
                        to.resize(to.len().max(position + len), 0);
                        to[position..position + len].copy_from_slice(&bytes[done..done + len]);
                    }
                    done += len;
                }
            }
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Link(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Unlink(path) => {
                names.remove(path);
            }
            Self::Rename(from, to, file) => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
        }
    }
}

impl Disk for SimDisk {
    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        self.state().begin()
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut state = self.state();
        state.begin()?;
        let in_dir = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(in_dir.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.begin()?;
        let file = match state.names.get(path) {
            Some(&file) => file,
            None => {
                state.files.push(Contents::default());
                let file = state.files.len() - 1;
                state.rename_in(path, NameChange::Link(path.into(), file));
                file
            }
        };
        state.files[file].seen.clear();
        state.files[file].unsynced.push(Change::Truncate(0));
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.begin()?;
        let file = state.file(path)?;
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        let file = state.file(from)?;
        state.rename_in(to, NameChange::Rename(from.into(), to.into(), file));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        state.file(path)?;
        state.rename_in(path, NameChange::Unlink(path.into()));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        for change in state.renames.remove(dir).unwrap_or_default() {
            change.apply(&mut state.durable_names);
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send>> {
        if !self.state().locks.insert(path.into()) {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "another process has it open"));
        }
        Ok(Box::new(Lock(self.clone(), path.into())))
    }
}

struct Lock(SimDisk, PathBuf);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.state().locks.remove(&self.1);
    }
}

struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl DiskFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        let mut state = self.disk.state();
        state.begin()?;
        Ok(state.files[self.file].seen.len() as u64)
    }

    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        state.begin()?;
        let at = position as usize;
        let bytes = state.files[self.file].seen.get(at..at + into.len());
        into.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let at = position as usize;
        let stopped = state.stopped;
        let begun = state.begin();
        let (room, per_mille) = (state.capacity.saturating_sub(state.used()), state.write_fails_per_mille);
        let grows = (at + bytes.len()).saturating_sub(state.files[self.file].seen.len());
        let failure = match begun {
            Err(e) if stopped => return Err(e),
            Err(e) => Some((e, bytes.len())),
            Ok(()) if grows > room => Some((io::ErrorKind::StorageFull.into(), bytes.len() - (grows - room))),
            Ok(()) if state.rng.per_mille(per_mille) => Some((io::Error::other("write failed"), bytes.len())),
            Ok(()) => None,
        };
        let Some((failure, at_most)) = failure else {
            state.write(self.file, at, bytes);
            return Ok(());
        };
        let part = state.rng.below(at_most as u64 + 1) as usize;
        state.write(self.file, at, &bytes[..part]);
        Err(failure)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.begin()?;
        let change = Change::Truncate(len as usize);
        let contents = &mut state.files[self.file];
        change.apply(&mut contents.seen, |_| true);
        contents.unsynced.push(change);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.begin()?;
        if std::mem::take(&mut state.sync_fails) {
            state.tear(self.file);
            return Err(io::Error::other("sync failed"));
        }
        let contents = &mut state.files[self.file];
        contents.unsynced.clear();
        contents.durable = contents.seen.clone();
        Ok(())
    }
}
