//! The note of a clean stop: where each stream ended. After a crash a broken last batch is a torn write
//! that nobody was told of; after a clean stop it is corruption.

use std::path::Path;

use super::files::{Disk, Failure, read_sealed, replace};

const NAME: &str = "clean";

/// (segment, good bytes) of each stream; None after a crash.
pub(super) fn read(disk: &dyn Disk, dir: &Path) -> Result<Option<[(u64, u64); 2]>, Failure> {
    if !disk.list(dir)?.iter().any(|name| name == NAME) {
        return Ok(None);
    }
    let path = dir.join(NAME);
    let body = read_sealed(disk, &path)?;
    let tails =
        serde_json::from_slice(&body).map_err(|e| Failure::Corrupt(format!("{}: {e}", path.display())))?;
    Ok(Some(tails))
}

/// Before anything is written again.
pub(super) fn remove(disk: &dyn Disk, dir: &Path) -> Result<(), Failure> {
    match disk.remove(&dir.join(NAME)) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e.into()),
        Ok(()) => disk.sync_dir(dir).map_err(Failure::Sync),
    }
}

pub(super) fn write(disk: &dyn Disk, dir: &Path, tails: [(u64, u64); 2]) -> Result<(), Failure> {
    let body = serde_json::to_vec(&tails).map_err(std::io::Error::other)?;
    replace(disk, &dir.join(NAME), &body)
}
