//! A file that holds a little room on the disk: on a full one it is given up, so that positions can be
//! committed and a segment be begun, after which what everybody has read can be deleted. Records never
//! get this room.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::files::{Disk, Failure};

/// A segment's side file and first batch, which grow with it, and the positions of some groups with
/// their metadata: 4 MiB where segments have 64.
const SEGMENTS_PART: u64 = 16;
const RESERVE_BYTES_MIN: u64 = 64 << 10;

pub(super) struct Reserve {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    bytes: u64,
    whole: bool,
}

impl Reserve {
    pub(super) fn new(disk: Arc<dyn Disk>, dir: &Path, segment_bytes: u64) -> Self {
        let bytes = (segment_bytes / SEGMENTS_PART).max(RESERVE_BYTES_MIN);
        Self { disk, path: dir.join("reserve"), bytes, whole: false }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    pub(super) fn release(&mut self) {
        self.whole = false;
        // Where it cannot be removed, it is not there or the next write says what is wrong.
        let _ = self.disk.remove(&self.path);
    }

    /// Takes the room; fails where there is none.
    pub(super) fn restore(&mut self) -> Result<(), Failure> {
        if self.whole {
            return Ok(());
        }
        let zeros = vec![0; usize::try_from(self.bytes).unwrap_or(usize::MAX)];
        let taken = self.disk.create(&self.path).and_then(|f| f.write_at(0, &zeros).map(|()| f));
        match taken {
            Ok(file) => file.sync().map_err(Failure::Sync)?,
            Err(e) => {
                self.release();
                return Err(e.into());
            }
        }
        self.whole = true;
        Ok(())
    }
}
