//! The store's folder: what lies where, who may open it, and with which keys.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};

use super::{EngineError, at};

/// The folder of one embedded store (mode 0700).
#[derive(Debug, Clone)]
pub struct EngineDir(PathBuf);

/// The secrets of the HTTP interface.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keys {
    /// Opens everything.
    pub writer: String,
    /// Opens the reader's rule; with `reader_password` the limited user.
    pub reader: String,
    pub reader_password: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

/// Where a running engine listens (`engine.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    pub port: u16,
    /// The engine's process.
    pub pid: u32,
}

impl Access {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl EngineDir {
    /// The store below a data directory.
    pub fn below(data: &Path) -> Self {
        Self(data.join("store"))
    }

    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// # Errors
    /// A folder that cannot be made.
    pub fn create(&self) -> Result<(), EngineError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(at(&self.0))
    }

    /// Takes the folder for this process until the guard is dropped or the process ends.
    ///
    /// # Errors
    /// [`EngineError::InUse`] when another process has it.
    pub(super) fn lock(&self) -> Result<Flock<File>, EngineError> {
        let path = self.file("lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(at(&path))?;
        let mut holder = String::new();
        // Only for the message: an unreadable note leaves it without a process number.
        let _ = (&mut file).take(32).read_to_string(&mut holder);
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(mut lock) => {
                let note = lock.set_len(0).and_then(|()| {
                    use std::io::Seek;
                    lock.rewind()?;
                    write!(lock, "{}", std::process::id())
                });
                note.map_err(at(&path))?;
                Ok(lock)
            }
            Err(_) => Err(EngineError::InUse {
                dir: self.0.clone(),
                holder: if holder.is_empty() { holder } else { format!(" ({holder})") },
            }),
        }
    }

    /// Makes new keys, replacing those of an engine that no longer runs.
    ///
    /// # Errors
    /// Files that cannot be read or written.
    pub(super) fn make_keys(&self) -> Result<Keys, EngineError> {
        let keys = Keys { writer: secret()?, reader: secret()?, reader_password: secret()? };
        write_private(&self.file("keys.json"), &json(&keys)?)?;
        Ok(keys)
    }

    /// # Errors
    /// [`EngineError::NotRunning`] when there are none.
    pub fn keys(&self) -> Result<Keys, EngineError> {
        self.read("keys.json")
    }

    /// # Errors
    /// [`EngineError::NotRunning`] when no engine has said that it is ready.
    pub fn access(&self) -> Result<Access, EngineError> {
        self.read("engine.json")
    }

    pub(super) fn publish(&self, access: &Access) -> Result<(), EngineError> {
        write_private(&self.file("engine.json"), &json(access)?)
    }

    /// Says that no engine runs any more.
    pub(super) fn unpublish(&self) {
        // A file that is not there says the same.
        let _ = fs::remove_file(self.file("engine.json"));
    }

    fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, EngineError> {
        let path = self.file(name);
        let text = match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(EngineError::NotRunning(self.0.clone()));
            }
            other => other.map_err(at(&path))?,
        };
        serde_json::from_slice(&text).map_err(|e| EngineError::File { path, source: e.into() })
    }
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, EngineError> {
    serde_json::to_vec(value).map_err(|e| EngineError::Options(e.to_string()))
}

/// Writes a file that only the owner may read, whole or not at all.
pub(super) fn write_private(path: &Path, content: &[u8]) -> Result<(), EngineError> {
    // Parent and child both write here: each file has its own new name.
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    // A leftover might carry another mode.
    let _ = fs::remove_file(&new);
    let write = || {
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().map_err(at(path))
}

/// 32 random bytes from the kernel, as hex.
fn secret() -> Result<String, EngineError> {
    Ok(ward_event::alert::hex(&random::<32>()?))
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], EngineError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0; N];
    File::open(path).and_then(|mut f| f.read_exact(&mut bytes)).map_err(at(path))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_new_each_time_and_for_the_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = EngineDir::below(folder.path());
        dir.create().expect("made");
        assert!(matches!(dir.keys(), Err(EngineError::NotRunning(_))));
        let first = dir.make_keys().expect("keys");
        let second = dir.make_keys().expect("keys");
        assert_ne!(first.writer, second.writer);
        assert_ne!(second.writer, second.reader);
        assert_eq!(dir.keys().expect("keys").reader, second.reader);
        let mode = fs::metadata(dir.file("keys.json")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = EngineDir::new(folder.path());
        let held = dir.lock().expect("free");
        let error = dir.lock().expect_err("held").to_string();
        assert!(error.contains("open in another process"), "{error}");
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        drop(held);
        dir.lock().expect("free again");
    }
}
