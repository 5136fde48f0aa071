//! The columns of the list as a commission keeps it (整改台账): what each shows, what it is called. Data, not code.

use std::path::Path;

use serde::Deserialize;

use super::names::named;
use crate::DeskError;

const SHIPPED: &str = include_str!("../../../deploy/case/columns.toml");

named! {
    /// What a column shows.
    Shows {
        /// The problem and its revision: by it a filled row is found again.
        Key "key",
        Number "number",
        Title "title",
        Unit "unit",
        System "system",
        Address "address",
        Problem "problem",
        Kind "kind",
        Level "level",
        State "state",
        Due "due",
        Sent "sent",
        Cause "cause",
        Measures "measures",
        Claimed "claimed",
        Returned "returned",
        Verdict "verdict",
        /// What is to be done with it: empty in the list, filled in by a person.
        Act "act",
        /// And why.
        Opinion "opinion",
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListColumn {
    pub shows: Shows,
    pub name: String,
    /// In characters.
    pub width: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: String,
    column: Vec<ListColumn>,
}

/// The file of a folder, or what comes with Ward.
///
/// # Errors
/// A file that cannot be read, is wrong, or lacks a column that a filled sheet needs.
pub(crate) fn load(folder: &Path) -> Result<Vec<ListColumn>, DeskError> {
    let path = folder.join("columns.toml");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => SHIPPED.to_owned(),
        Err(source) => return Err(DeskError::File { path, source }),
    };
    let wrong = |why: &str| DeskError::Broken(format!("case/columns.toml: {why}"));
    let file: File = toml::from_str(&text).map_err(|e| wrong(&e.to_string()))?;
    for needed in [Shows::Key, Shows::Act, Shows::Opinion] {
        if file.column.iter().filter(|c| c.shows == needed).count() != 1 {
            return Err(wrong(&format!("it needs one column that shows {:?}", needed.as_str())));
        }
    }
    let mut names: Vec<&str> = file.column.iter().map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|w| w[0] == w[1]) || names.first().is_some_and(|n| n.is_empty()) {
        return Err(wrong("two columns have one name, or one has none"));
    }
    Ok(file.column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_that_come_with_ward_are_good_and_a_file_may_replace_them() {
        let dir = tempfile::tempdir().expect("a folder");
        assert!(load(dir.path()).expect("those of Ward").len() > 10);
        let put = |text: &str| std::fs::write(dir.path().join("columns.toml"), text).expect("written");
        let column = |shows: &str, name: &str| {
            format!("[[column]]\nshows = \"{shows}\"\nname = \"{name}\"\nwidth = 9\n")
        };
        let three =
            format!("{}{}{}", column("key", "编号"), column("act", "办理"), column("opinion", "意见"));
        put(&format!("version = \"1\"\n{three}"));
        assert_eq!(load(dir.path()).expect("its own").len(), 3);
        for wrong in [
            column("key", "编号"),
            format!("{three}{}", column("unit", "办理")),
            format!("{three}{}", column("x", "乙")),
        ] {
            put(&format!("version = \"1\"\n{wrong}"));
            assert!(load(dir.path()).is_err(), "{wrong}");
        }
    }
}
