//! What the log asks of a disk, so that a simulated one can drive it by seed (lost and torn writes,
//! full disk, failing fsync), and the real one.

use std::{
    any::Any,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

use crate::log::LogError;

/// A file system as POSIX promises it: nothing is there after a power loss that was not synced, and a
/// name only after its folder was.
pub trait Disk: Send + Sync + 'static {
    /// Creates the folder and its parents if they are not there.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Names of the files in a folder, sorted.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// A new, empty file; one of that name is emptied.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;
    /// Puts one file in the place of another, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the folder's names durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Holds the folder for this process as long as the value lives.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send>>;
}

/// An open file. One writer; any number of readers below what was synced.
pub trait DiskFile: Send + Sync + 'static {
    fn size(&self) -> io::Result<u64>;
    /// Fails with `UnexpectedEof` where the file is shorter.
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<()>;
    /// After an error any part of the bytes may be there.
    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()>;
    fn truncate(&self, len: u64) -> io::Result<()>;
    /// Says that the page cache need not keep what was synced. Reading it costs the disk then, and nothing else.
    fn uncache(&self) {}
    /// fdatasync. After an error nobody knows what is on the disk: the page cache forgets the failed
    /// pages, and a second call would answer Ok for nothing.
    fn sync(&self) -> io::Result<()>;
}

/// The machine's file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        let missing: Vec<PathBuf> = dir
            .ancestors()
            .take_while(|d| !d.as_os_str().is_empty() && !d.exists())
            .map(Into::into)
            .collect();
        fs::create_dir_all(dir)?;
        // Each new folder's name stands in its parent.
        for made in missing {
            if let Some(parent) = made.parent().filter(|p| !p.as_os_str().is_empty()) {
                self.sync_dir(parent)?;
            }
        }
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(Arc::new(RealFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(RealFile(OpenOptions::new().read(true).write(true).open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(TryLockError::WouldBlock) => {
                Err(io::Error::new(io::ErrorKind::WouldBlock, "another process has it open"))
            }
            Err(TryLockError::Error(e)) => Err(e),
        }
    }
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(into, position)
    }

    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, position)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn uncache(&self) {
        // A hint: a file system that does not take it keeps the pages.
        let _ = posix_fadvise(&self.0, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// Why an operation on the log's files did not happen.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Healed by trying again, when there is room.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A failed sync: the process must end, and with it everything it believes to be on the disk.
    #[error("sync failed: {0}")]
    Sync(io::Error),
    /// A stored byte is broken.
    #[error("{0}")]
    Corrupt(String),
    /// The disk was not even asked.
    #[error("{0}")]
    Refused(LogError),
}

impl Failure {
    pub(super) fn is_full(&self) -> bool {
        matches!(self, Self::Io(e) if matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }
}

impl From<Failure> for LogError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Io(e) => Self::Unavailable(e.to_string()),
            Failure::Sync(e) => Self::Fatal(format!("sync failed, the process must end: {e}")),
            Failure::Corrupt(what) => Self::Corrupt(what),
            Failure::Refused(why) => why,
        }
    }
}

/// Makes `path` hold exactly `body`, or leaves it as it was: written beside, synced, renamed, the
/// folder synced. A checksum stands before the body.
pub(super) fn replace(disk: &dyn Disk, path: &Path, body: &[u8]) -> Result<(), Failure> {
    let beside = path.with_extension("tmp");
    let mut bytes = Vec::with_capacity(body.len() + SEAL_BYTES);
    bytes.extend_from_slice(SEAL_MAGIC);
    bytes.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    bytes.extend_from_slice(body);
    let written = disk.create(&beside).and_then(|file| file.write_at(0, &bytes).map(|()| file));
    let file = match written {
        Ok(file) => file,
        Err(e) => {
            // What is left is overwritten the next time and removed at open.
            let _ = disk.remove(&beside);
            return Err(e.into());
        }
    };
    file.sync().map_err(Failure::Sync)?;
    disk.rename(&beside, path)?;
    disk.sync_dir(path.parent().unwrap_or(Path::new("."))).map_err(Failure::Sync)
}

/// The body of a file that [`replace`] wrote.
pub(super) fn read_sealed(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, Failure> {
    let broken = || Failure::Corrupt(format!("{}: checksum does not match", path.display()));
    let file = disk.open(path)?;
    let len = usize::try_from(file.size()?).unwrap_or(usize::MAX);
    if !(SEAL_BYTES..=SEALED_BYTES_MAX).contains(&len) {
        return Err(broken());
    }
    let mut bytes = vec![0; len];
    file.read_at(0, &mut bytes)?;
    let body = bytes.split_off(SEAL_BYTES);
    let (magic, crc) = bytes.split_at(SEAL_MAGIC.len());
    if magic != SEAL_MAGIC || crc != crc32c::crc32c(&body).to_le_bytes() {
        return Err(broken());
    }
    Ok(body)
}

const SEAL_MAGIC: &[u8; 4] = b"WLP1";
const SEAL_BYTES: usize = 8;
/// Far above what a thousand topics with full metadata take (4 MB); a longer file is not ours.
const SEALED_BYTES_MAX: usize = 256 << 20;
