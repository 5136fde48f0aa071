//! Where a rotated file went.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A file that was rotated away from `path`, not compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rotated {
    pub(super) path: PathBuf,
    pub(super) inode: u64,
    /// Last written, nanoseconds; orders the files by age.
    written: i128,
}

/// The rotated files of `path` from the one with that inode on, oldest first; empty where it is
/// not there (any more).
pub(super) fn since(path: &Path, inode: u64) -> Vec<Rotated> {
    let mut found = all(path);
    found.sort_by_key(|r| r.written);
    match found.iter().position(|r| r.inode == inode) {
        Some(at) => found.split_off(at),
        None => Vec::new(),
    }
}

fn all(path: &Path) -> Vec<Rotated> {
    let Some(name) = path.file_name().and_then(|n| n.to_str()) else { return Vec::new() };
    let dir = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let rotated = |entry: fs::DirEntry| {
        let other = entry.file_name();
        is_suffix(other.to_str()?.strip_prefix(name)?).then_some(())?;
        let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        let written = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
        Some(Rotated { path: entry.path(), inode: meta.ino(), written })
    };
    entries.filter_map(|e| rotated(e.ok()?)).collect()
}

/// `.1`, `-20260131`, `.2026-01-31_10`, `.old`: what logrotate and its kin append.
fn is_suffix(suffix: &str) -> bool {
    let Some(rest) = suffix.strip_prefix(['.', '-']) else { return false };
    let dated = rest.bytes().all(|b| b.is_ascii_digit() || b"-_.:T".contains(&b));
    !rest.is_empty() && (dated || rest == "old")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_rotation_makes_is_a_rotated_file() {
        for good in [".1", "-20260131", ".2026-01-31-10:00", ".old"] {
            assert!(is_suffix(good), "{good}");
        }
        for bad in ["", ".", ".1.gz", ".bak", "x", ".1~"] {
            assert!(!is_suffix(bad), "{bad}");
        }
    }
}
