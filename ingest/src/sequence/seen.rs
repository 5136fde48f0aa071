//! The bulk `_id`s of a sender: 128-bit hashes, kept for 24 hours or the last two million.
//!
//! Hashes live in generations, dropped as a whole when they are too old or too many. Each has a file
//! of (hash, time) pairs that grows at checkpoints; what came after the last checkpoint is read again
//! from the records themselves.

use std::{
    collections::{HashSet, VecDeque},
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use ward_event::{
    Micros,
    limits::BULK_IDS_MAX,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::SpoolError;

/// What a hash table of 2^18 slots holds before it grows: 4.5 MB a generation, 45 MB for all.
const GENERATION_IDS_MAX: usize = (1 << 18) / 8 * 7;

/// 128 bits of hash and the time in microseconds, little endian.
const ENTRY_BYTES: usize = 24;

/// How far the files go that a checkpoint stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Saved {
    pub(super) file: u64,
    pub(super) entries: u64,
}

#[derive(Default)]
struct Generation {
    number: u64,
    first: Micros,
    last: Micros,
    ids: HashSet<u128>,
    saved_entries: u64,
    unsaved: Vec<u8>,
}

/// See the module.
pub(super) struct Seen {
    dir: PathBuf,
    /// Oldest first.
    generations: VecDeque<Generation>,
    next_number: u64,
    /// Hashes forgotten before their 24 hours were over.
    evicted_early: u64,
}

impl Seen {
    /// Takes up what was saved; files behind the checkpoint are cut to it.
    pub(super) fn load(dir: &Path, saved: Option<Saved>) -> Result<Self, SpoolError> {
        let mut seen =
            Self { dir: dir.join("ids"), generations: VecDeque::new(), next_number: 1, evicted_early: 0 };
        fs::create_dir_all(&seen.dir).map_err(SpoolError::file(&seen.dir))?;
        for number in seen.numbers()? {
            let path = seen.path(number);
            match saved {
                Some(saved) if number <= saved.file => {
                    if number == saved.file {
                        cut(&path, saved.entries).map_err(SpoolError::file(&path))?;
                    }
                    let bytes = fs::read(&path).map_err(SpoolError::file(&path))?;
                    seen.generations.push_back(Generation::read(number, &bytes));
                    seen.next_number = number + 1;
                }
                _ => fs::remove_file(&path).map_err(SpoolError::file(&path))?,
            }
        }
        Ok(seen)
    }

    fn numbers(&self) -> Result<Vec<u64>, SpoolError> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(SpoolError::file(&self.dir))? {
            let name = entry.map_err(SpoolError::file(&self.dir))?.file_name();
            let number: Option<u64> = name.to_str().and_then(|n| n.strip_suffix(".ids")?.parse().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{number:08}.ids"))
    }

    pub(super) fn contains(&self, id: u128) -> bool {
        self.generations.iter().rev().any(|g| g.ids.contains(&id))
    }

    /// Remembers ids whose records are durable.
    pub(super) fn insert(&mut self, ids: impl IntoIterator<Item = u128>, now: Micros) {
        for id in ids {
            if self.contains(id) {
                continue;
            }
            let full =
                |g: &Generation| g.ids.len() >= GENERATION_IDS_MAX || now.0 - g.first.0 >= MICROS_PER_HOUR;
            if self.generations.back().is_none_or(full) {
                let number = self.next_number;
                self.next_number += 1;
                self.generations.push_back(Generation { number, first: now, ..Generation::default() });
            }
            if let Some(generation) = self.generations.back_mut() {
                generation.insert(id, now);
                generation.unsaved.extend_from_slice(&id.to_le_bytes());
                generation.unsaved.extend_from_slice(&now.0.to_le_bytes());
            }
        }
    }

    /// Forgets what is too old or too many.
    fn expire(&mut self, now: Micros) -> Result<(), SpoolError> {
        let mut total: usize = self.generations.iter().map(|g| g.ids.len()).sum();
        while let Some(oldest) = self.generations.front() {
            let old = now.0 - oldest.last.0 > MICROS_PER_DAY;
            if !old && total - oldest.ids.len() < BULK_IDS_MAX {
                break;
            }
            if !old {
                self.evicted_early += oldest.ids.len() as u64;
            }
            total -= oldest.ids.len();
            let path = self.path(oldest.number);
            if path.exists() {
                fs::remove_file(&path).map_err(SpoolError::file(&path))?;
            }
            self.generations.pop_front();
        }
        Ok(())
    }

    /// Hashes forgotten early since the last call.
    pub(super) fn take_evicted(&mut self) -> u64 {
        std::mem::take(&mut self.evicted_early)
    }

    /// Forgets, and makes the rest durable; what the checkpoint has to say of it.
    pub(super) fn save(&mut self, now: Micros) -> Result<Option<Saved>, SpoolError> {
        self.expire(now)?;
        let dir = self.dir.clone();
        let mut created = false;
        for generation in &mut self.generations {
            if generation.unsaved.is_empty() {
                continue;
            }
            let path = dir.join(format!("{:08}.ids", generation.number));
            created |= !path.exists();
            append(&path, &generation.unsaved, generation.saved_entries).map_err(SpoolError::file(&path))?;
            generation.saved_entries += (generation.unsaved.len() / ENTRY_BYTES) as u64;
            generation.unsaved = Vec::new();
        }
        if created {
            File::open(&dir).and_then(|d| d.sync_all()).map_err(SpoolError::file(&dir))?;
        }
        Ok(self.generations.back().map(|g| Saved { file: g.number, entries: g.saved_entries }))
    }
}

impl Generation {
    fn read(number: u64, bytes: &[u8]) -> Self {
        let mut generation = Self { number, ..Self::default() };
        let (entries, _) = bytes.as_chunks::<ENTRY_BYTES>();
        for entry in entries {
            let (id, time) = entry.split_at(16);
            // The halves have these lengths.
            let id = u128::from_le_bytes(id.try_into().unwrap_or_default());
            let time = Micros(i64::from_le_bytes(time.try_into().unwrap_or_default()));
            if generation.ids.is_empty() {
                generation.first = time;
            }
            generation.insert(id, time);
        }
        generation.saved_entries = entries.len() as u64;
        generation
    }

    fn insert(&mut self, id: u128, now: Micros) {
        self.last = self.last.max(now);
        self.ids.insert(id);
    }
}

/// Appends behind the entries that are known to be there, whatever an earlier try left behind them.
fn append(path: &Path, bytes: &[u8], entries: u64) -> std::io::Result<()> {
    cut(path, entries)?;
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// Cuts a file to so many entries; a file that is not there has none.
fn cut(path: &Path, entries: u64) -> std::io::Result<()> {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => {
            let len = entries * ENTRY_BYTES as u64;
            if file.metadata()?.len() > len {
                file.set_len(len)?;
            }
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(n: i64) -> Micros {
        Micros(n * MICROS_PER_HOUR)
    }

    #[test]
    fn ids_outlive_a_restart_up_to_the_checkpoint_and_are_forgotten_after_a_day() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut seen = Seen::load(dir.path(), None).expect("loads");
        seen.insert([1, 2, 3], hour(0));
        let saved = seen.save(hour(0)).expect("saved");
        seen.insert([4], hour(0));
        drop(seen);

        let mut seen = Seen::load(dir.path(), saved).expect("loads");
        assert!([1, 2, 3].iter().all(|id| seen.contains(*id)));
        assert!(!seen.contains(4), "behind the checkpoint: told by its record");
        seen.insert([4, 5], hour(2));
        let saved = seen.save(hour(25)).expect("saved");
        assert!(!seen.contains(1) && seen.contains(4));
        let seen = Seen::load(dir.path(), saved).expect("loads");
        assert!(!seen.contains(1) && seen.contains(4) && seen.contains(5));
    }

    #[test]
    fn an_early_eviction_is_counted_and_leaves_two_million() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut seen = Seen::load(dir.path(), None).expect("loads");
        let many = BULK_IDS_MAX as u128 + GENERATION_IDS_MAX as u128;
        seen.insert(0..many, hour(0));
        seen.save(hour(0)).expect("saved");
        assert_eq!(seen.take_evicted(), GENERATION_IDS_MAX as u64);
        assert!(!seen.contains(0) && seen.contains(GENERATION_IDS_MAX as u128) && seen.contains(many - 1));
    }

    #[test]
    fn a_torn_file_is_cut_to_its_checkpoint() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut seen = Seen::load(dir.path(), None).expect("loads");
        seen.insert([1, 2], hour(0));
        let saved = seen.save(hour(0)).expect("saved");
        let path = seen.path(1);
        let mut file = OpenOptions::new().append(true).open(&path).expect("opens");
        file.write_all(&[0; 31]).expect("written");
        let seen = Seen::load(dir.path(), saved).expect("loads");
        assert!(seen.contains(2) && !seen.contains(0));
        assert_eq!(fs::metadata(&path).expect("there").len(), 48);
    }
}
