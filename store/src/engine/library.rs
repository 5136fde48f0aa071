//! Where libchdb.so is.

use std::path::{Path, PathBuf};

use super::EngineError;

const NAME: &str = "libchdb.so";
const SET_UP: &str = ".setup/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so";
const INSTALLED: &str = "/usr/lib/ward/libchdb.so";

/// The configured path if there is one, else the first that exists: beside the binary, in `.setup/`
/// of the working directory or the binary's or of a folder above either, in `/usr/lib/ward`.
///
/// # Errors
/// [`EngineError::NoLibrary`] with every path that was tried.
pub fn find(configured: &Path) -> Result<PathBuf, EngineError> {
    let binary = std::env::current_exe().ok();
    let cwd = std::env::current_dir().ok();
    let looked = candidates(configured, binary.as_deref(), cwd.as_deref());
    match looked.iter().find(|path| path.is_file()) {
        Some(path) => Ok(path.clone()),
        None => Err(EngineError::NoLibrary { looked }),
    }
}

fn candidates(configured: &Path, binary: Option<&Path>, cwd: Option<&Path>) -> Vec<PathBuf> {
    if !configured.as_os_str().is_empty() {
        return vec![configured.into()];
    }
    let mut paths: Vec<PathBuf> =
        binary.and_then(Path::parent).map(|dir| dir.join(NAME)).into_iter().collect();
    for start in [cwd, binary.and_then(Path::parent)].into_iter().flatten() {
        for dir in start.ancestors() {
            let path = dir.join(SET_UP);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths.push(INSTALLED.into());
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_library_is_the_only_candidate_and_a_missing_one_is_named() {
        let error = find(Path::new("/nowhere/libchdb.so")).expect_err("not there");
        assert!(error.to_string().contains("/nowhere/libchdb.so"), "{error}");
    }

    #[test]
    fn folders_above_the_binary_and_the_working_directory_are_searched() {
        let paths =
            candidates(Path::new(""), Some(Path::new("/w/target/fast/ward")), Some(Path::new("/w/x")));
        assert_eq!(paths[0], Path::new("/w/target/fast/libchdb.so"));
        assert!(paths.contains(&Path::new("/w").join(SET_UP)));
        assert_eq!(paths.iter().filter(|p| **p == Path::new("/w").join(SET_UP)).count(), 1);
        assert_eq!(paths.last().map(PathBuf::as_path), Some(Path::new(INSTALLED)));
    }
}
