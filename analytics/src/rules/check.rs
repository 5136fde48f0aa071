//! `ward rules check`: what loads and what is refused.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use ward_event::control::RuleFile;

use super::{Idle, Refused, RuleSet};

/// Folders are read this deep: SigmaHQ's deepest is 6. A link back to its parent ends here.
const DEPTH_MAX: usize = 16;

/// Why rules cannot be read or a result not be written.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("{path}: {source}")]
    Read { path: String, source: io::Error },
    #[error("output: {0}")]
    Write(#[from] io::Error),
    #[error("result: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Samples(String),
}

#[derive(Serialize)]
struct Report<'a> {
    loaded: usize,
    refused: &'a [Refused],
    idle: &'a [Idle],
}

/// The rule files below some files and folders, sorted by path. A file given by name is read
/// whatever its ending; of folders, `.yml` and `.yaml`. Text that is no UTF-8 is read with marks in
/// its place, for the loader to refuse by line.
///
/// # Errors
/// A path that cannot be read.
pub fn read_paths(paths: &[PathBuf]) -> Result<Vec<RuleFile>, CheckError> {
    let mut files = Vec::new();
    for path in paths {
        walk(path, true, 0, &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

fn walk(path: &Path, named: bool, depth: usize, files: &mut Vec<RuleFile>) -> Result<(), CheckError> {
    let failed = |source| CheckError::Read { path: path.display().to_string(), source };
    if path.is_dir() {
        if depth == DEPTH_MAX {
            return Ok(());
        }
        for entry in std::fs::read_dir(path).map_err(failed)? {
            walk(&entry.map_err(failed)?.path(), false, depth + 1, files)?;
        }
    } else if named || path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
        let bytes = std::fs::read(path).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        files.push(RuleFile { path: path.display().to_string(), text });
    }
    Ok(())
}

/// Loads the rules below `paths` and says how it went. True when none is refused.
///
/// # Errors
/// A path that cannot be read, or an output that cannot be written.
pub fn check_command(paths: &[PathBuf], json: bool, out: &mut dyn Write) -> Result<bool, CheckError> {
    let (rules, refused) = RuleSet::load(&read_paths(paths)?);
    let loaded = rules.infos().len();
    if json {
        serde_json::to_writer(&mut *out, &Report { loaded, refused: &refused, idle: rules.idle() })?;
        writeln!(out)?;
    } else {
        for Refused { file, line, reason } in &refused {
            writeln!(out, "{file}:{line}: {reason}")?;
        }
        for Idle { file, lists, .. } in rules.idle() {
            writeln!(out, "{file}: idle until {} is defined in placeholders.yml", lists.join(", "))?;
        }
        writeln!(out, "loaded {loaded}, idle {}, refused {}", rules.idle().len(), refused.len())?;
    }
    Ok(refused.is_empty())
}
