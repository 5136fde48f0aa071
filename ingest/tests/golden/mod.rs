//! What golden tests share: where the public data is, and the one file of differences.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder of the public data, if it is there. A test that goes without says so.
pub fn shared(below: &str) -> Option<PathBuf> {
    let base = std::env::var_os("WARD_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = base.join("data").join(below);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("note: {} is not there; only the project's own samples are tested", path.display());
    None
}

/// The differences of one golden set against `tests/golden/differences.csv` (set,case,field,reason).
pub struct Differences {
    set: &'static str,
    found: BTreeMap<(String, String), String>,
}

impl Differences {
    pub fn new(set: &'static str) -> Self {
        Self { set, found: BTreeMap::new() }
    }

    /// Notes that a field of a case is not as the golden set has it.
    pub fn note(&mut self, case: &str, field: &str, what: &str) {
        self.found.insert((case.replace(',', ";"), field.replace(',', ";")), what.to_owned());
    }

    /// Fails on a difference without a row, and on a row without a difference.
    pub fn check(self) {
        let path = root().join("tests/golden/differences.csv");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut rows: BTreeMap<(String, String), String> = text
            .lines()
            .skip(1)
            .filter_map(|line| {
                let mut parts = line.splitn(4, ',');
                let (set, case, field, reason) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
                (set == self.set).then(|| ((case.to_owned(), field.to_owned()), reason.to_owned()))
            })
            .collect();
        let fresh: Vec<_> = self
            .found
            .into_iter()
            .filter(|(key, _)| rows.remove(key).is_none())
            .map(|((case, field), what)| format!("{},{case},{field},  # {what}", self.set))
            .collect();
        let stale: Vec<_> = rows.keys().map(|(case, field)| format!("{},{case},{field}", self.set)).collect();
        assert!(
            fresh.is_empty() && stale.is_empty(),
            "differences without a row in {}:\n{}\nrows without a difference:\n{}",
            path.display(),
            fresh.join("\n"),
            stale.join("\n")
        );
    }
}
