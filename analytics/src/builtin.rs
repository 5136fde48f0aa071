//! The detections that are code and not Sigma, for pages and reports that list rules.

use crate::{silence, ueba};

/// A rule that Ward brings as code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    pub rule_id: &'static str,
    pub title: &'static str,
    pub title_zh: &'static str,
    /// ATT&CK technique ids.
    pub techniques: &'static [&'static str],
}

/// All of them: UEBA's, then those about silence.
pub fn built_in() -> impl Iterator<Item = &'static BuiltIn> {
    ueba::PATTERNS.iter().chain(silence::PATTERNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_distinct_and_titles_stand_in_both_languages() {
        let mut ids: Vec<_> = built_in().map(|b| b.rule_id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!((ids.len(), count >= 10), (count, true));
        assert!(built_in().all(|b| b.title.is_ascii() && !b.title_zh.is_ascii()));
    }
}
