//! The house style that a machine can check. What fails here says where and why.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file longer than this is perhaps two things in one.
const FILE_LINES_MAX: usize = 600;

/// Half of the source files are at most this long.
const FILE_LINES_MEDIAN_MAX: usize = 220;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if path.is_dir() {
            if !matches!(name.as_ref(), "target" | ".git" | ".setup" | "data" | "node_modules" | "testdata") {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

fn files(endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found.sort();
    found
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| endings.contains(&e.to_string_lossy().as_ref())))
        .filter_map(|p| fs::read_to_string(&p).ok().map(|text| (p, text)))
        .collect()
}

fn sources() -> Vec<(PathBuf, String)> {
    files(&["rs"])
}

/// The non-test part of a file.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn is_test(path: &Path) -> bool {
    path.components().any(|c| matches!(c.as_os_str().to_str(), Some("tests" | "examples" | "testing")))
        || path.file_name().is_some_and(|n| n == "tests.rs" || n == "testing.rs" || n == "build.rs")
}

#[test]
fn files_are_short() {
    let mut lengths = Vec::new();
    let mut long = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        lengths.push(lines);
        if lines > FILE_LINES_MAX {
            long.push(format!("{}: {lines} lines", path.display()));
        }
    }
    lengths.sort_unstable();
    assert!(long.is_empty(), "perhaps two things in one:\n{}", long.join("\n"));
    assert!(
        lengths[lengths.len() / 2] <= FILE_LINES_MEDIAN_MAX,
        "median file {}",
        lengths[lengths.len() / 2]
    );
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| {
            !text.trim().is_empty()
                && !text.starts_with("//!")
                && !path.ends_with("tests.rs")
                && !is_test(path)
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "without a first line that says what they are for:\n{}", silent.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    // Written in halves, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    let mut left = Vec::new();
    for (path, text) in files(&["rs", "sh", "html", "css", "js", "sql", "yml", "toml"]) {
        for (n, line) in text.lines().enumerate() {
            if words.iter().any(|w| line.contains(w)) {
                left.push(format!("{}:{}: {}", path.display(), n + 1, line.trim()));
            }
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}

#[test]
fn analytics_knows_no_wall_clock_and_no_randomness() {
    // What is judged must be judged the same way again. `run/` is its edge to the log and the store.
    let banned =
        ["SystemTime::now", "Instant::now", "Timestamp::now", "HashMap::iter", "rand::", "thread_rng"];
    let mut found = Vec::new();
    for (path, text) in sources() {
        let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        if !name.starts_with("analytics/src/") || name.starts_with("analytics/src/run") || is_test(&path) {
            continue;
        }
        for (n, line) in code(&text).lines().enumerate() {
            if banned.iter().any(|b| line.contains(b)) {
                found.push(format!("{name}:{}: {}", n + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn unsafe_lives_in_the_engine_binding_alone() {
    let found: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| {
            let name = path.strip_prefix(root()).unwrap_or(path);
            let keyword = concat!("unsa", "fe {");
            let attribute = concat!("allow(unsa", "fe_code)");
            !name.starts_with("store/src/engine") && (text.contains(keyword) || text.contains(attribute))
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn migrations_are_numbered_without_a_gap() {
    let mut names: Vec<_> = fs::read_dir(root().join("sql/clickhouse"))
        .expect("sql/clickhouse")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| n.ends_with(".sql"))
        .collect();
    names.sort();
    assert!(!names.is_empty());
    for (i, name) in names.iter().enumerate() {
        assert!(name.starts_with(&format!("{:03}_", i + 1)), "{name} should be number {}", i + 1);
    }
}
