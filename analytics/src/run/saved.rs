//! The snapshot file: where judgement stands on the log, and the shard's state there. Replaced in one
//! step, so that a kill leaves the old one or the new one.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use ward_event::{Micros, ProducerId, topic::Topic};

use super::RunError;

/// What stands before the shard's own bytes, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The shard's identity, for as long as this file lives.
    pub(super) producer: ProducerId,
    /// The clock record it was taken at; 0 before the first.
    pub(super) time: Micros,
    /// The next offset to judge, by topic.
    pub(super) cursor: BTreeMap<Topic, u64>,
}

pub(super) struct Saved {
    path: PathBuf,
}

impl Saved {
    pub(super) fn new(dir: &Path) -> Result<Self, RunError> {
        let saved = Self { path: dir.join("snapshot") };
        fs::create_dir_all(dir).map_err(|e| saved.error(&e))?;
        Ok(saved)
    }

    pub(super) fn error(&self, reason: &dyn std::fmt::Display) -> RunError {
        RunError::Snapshot { path: self.path.clone(), reason: reason.to_string() }
    }

    /// The last snapshot; none in a fresh directory. The shard's bytes are empty before its first.
    pub(super) fn read(&self) -> Result<Option<(Head, Vec<u8>)>, RunError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(self.error(&e)),
        };
        let end = bytes.iter().position(|b| *b == b'\n').ok_or_else(|| self.error(&"has no first line"))?;
        let head = serde_json::from_slice(&bytes[..end]).map_err(|e| self.error(&e))?;
        Ok(Some((head, bytes[end + 1..].to_vec())))
    }

    pub(super) fn write(&self, head: &Head, shard: &[u8]) -> Result<(), RunError> {
        let temporary = self.path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            serde_json::to_writer(&mut file, head)?;
            file.write_all(b"\n")?;
            file.write_all(shard)?;
            file.sync_data()?;
            fs::rename(&temporary, &self.path)?;
            // The new name is durable only with its directory.
            File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|e| {
            // What is half written only takes room.
            let _ = fs::remove_file(&temporary);
            self.error(&e)
        })
    }
}

/// A new shard's identity: 48 bits of the kernel's randomness, and the first epoch.
pub(super) fn new_producer() -> Result<ProducerId, RunError> {
    let fail = |reason: String| RunError::Snapshot { path: "/dev/urandom".into(), reason };
    let mut random = [0_u8; 6];
    File::open("/dev/urandom")
        .and_then(|mut f| std::io::Read::read_exact(&mut f, &mut random))
        .map_err(|e| fail(e.to_string()))?;
    ProducerId::new(&format!("a{}-1", ward_event::alert::hex(&random))).map_err(|e| fail(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_a_broken_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let saved = Saved::new(dir.path()).unwrap();
        assert!(saved.read().unwrap().is_none());
        let head = Head {
            producer: new_producer().unwrap(),
            time: Micros(5),
            cursor: BTreeMap::from([(Topic::CLOCK, 7)]),
        };
        saved.write(&head, b"state\nwith lines").unwrap();
        assert_eq!(saved.read().unwrap(), Some((head, b"state\nwith lines".to_vec())));
        fs::write(dir.path().join("snapshot"), b"{").unwrap();
        assert!(saved.read().is_err());
    }
}
