//! Under which class an alert is counted: a data file, so that a class can be moved without a release.

use serde::Deserialize;

use crate::ReportError;

const BUILT_IN: &str = include_str!("../../data/classes.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classes {
    pub version: String,
    #[serde(rename = "class")]
    pub classes: Vec<Class>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    pub id: String,
    pub zh: String,
    pub en: String,
    pub rules: Vec<String>,
}

impl Classes {
    /// Those that come with Ward.
    ///
    /// # Errors
    /// None but a broken build: the file is part of it.
    pub fn built_in() -> Result<Self, ReportError> {
        Self::parse(BUILT_IN)
    }

    /// # Errors
    /// A file that does not parse.
    pub fn parse(text: &str) -> Result<Self, ReportError> {
        toml::from_str(text).map_err(|e| ReportError::Refused(format!("classes: {e}")))
    }

    /// The class of a rule; None is "other".
    pub fn of(&self, rule: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.rules.iter().any(|r| r == rule))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_rule_that_comes_with_ward_has_one_class() {
        let classes = Classes::built_in().expect("classes");
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../rules"));
        let mut seen = 0;
        for group in fs::read_dir(folder).expect("rules").flatten().filter(|e| e.path().is_dir()) {
            for file in fs::read_dir(group.path()).expect("a group").flatten() {
                if file.path().extension().is_some_and(|e| e == "yml") {
                    let text = fs::read_to_string(file.path()).expect("a rule");
                    let id = text.lines().find_map(|l| l.strip_prefix("id: ")).expect("an id").trim();
                    assert!(classes.of(id).is_some(), "{} has no class", file.path().display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 30);
        let mut all: Vec<_> = classes.classes.iter().flat_map(|c| &c.rules).collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "a rule stands in two classes");
    }
}
