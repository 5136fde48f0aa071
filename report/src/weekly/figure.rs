//! One figure: what it is, what it was, why it changed, and where its rows are.

use serde::{Deserialize, Serialize};

use super::Query;
use crate::text::grouped;

/// What a figure is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// As the last report said it; None where there was none.
    pub published: Option<u64>,
    /// The same period counted again today; None where it cannot be.
    pub recounted: Option<u64>,
}

impl Previous {
    /// The published value counts: a reader compares two reports.
    pub fn value(self) -> Option<u64> {
        self.published.or(self.recounted)
    }

    /// The published value is not what is counted today.
    pub fn is_restated(self) -> bool {
        matches!((self.published, self.recounted), (Some(a), Some(b)) if a != b)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Stable over all issues.
    pub id: String,
    pub name: String,
    pub unit: String,
    /// None is not visible, which is not zero.
    pub value: Option<u64>,
    pub previous: Previous,
    /// As it is printed: `12,345`, or a dash.
    pub shown: String,
    /// `较上期增加 12（+8.3%）`
    pub change: String,
    /// Why it changed, or why it is not visible.
    pub reason: String,
    /// How it is counted and where its rows are.
    pub query: Query,
    /// Stands on page one; the others stand in the annex alone.
    #[serde(default = "yes")]
    pub front: bool,
}

/// Reports that were issued before had all of them there.
const fn yes() -> bool {
    true
}

/// What a figure is begun with.
pub(super) struct Asked<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub unit: &'a str,
    pub value: Option<u64>,
    pub recounted: Option<u64>,
    pub query: Query,
    pub front: bool,
}

impl Figure {
    pub(super) fn new(asked: Asked<'_>, last: Option<&super::Weekly>, reason: String) -> Self {
        let published = last.and_then(|w| w.figures.iter().find(|f| f.id == asked.id)).and_then(|f| f.value);
        let previous = Previous { published, recounted: asked.recounted };
        Self {
            id: asked.id.to_owned(),
            name: asked.name.to_owned(),
            unit: asked.unit.to_owned(),
            value: asked.value,
            previous,
            shown: asked.value.map_or_else(|| "—".to_owned(), grouped),
            change: change(asked.value, previous.value()),
            reason,
            query: asked.query,
            front: asked.front,
        }
    }
}

/// A change in words; a share only where it can be formed and says something.
pub(super) fn change(now: Option<u64>, before: Option<u64>) -> String {
    let (Some(now), Some(before)) = (now, before) else {
        return (if now.is_some() { "无上期数据" } else { "不可见" }).to_owned();
    };
    let share = |by: u64| {
        if before < 10 {
            return String::new();
        }
        let tenths = (by * 1_000 + before / 2) / before;
        format!("（{}.{}%）", tenths / 10, tenths % 10)
    };
    match now.cmp(&before) {
        std::cmp::Ordering::Equal => "与上期持平".to_owned(),
        std::cmp::Ordering::Greater => format!("较上期增加{}{}", grouped(now - before), share(now - before)),
        std::cmp::Ordering::Less => format!("较上期减少{}{}", grouped(before - now), share(before - now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_said_and_shares_only_where_they_mean_something() {
        assert_eq!(change(Some(112), Some(100)), "较上期增加12（12.0%）");
        assert_eq!(change(Some(2), Some(3)), "较上期减少1");
        assert_eq!(change(Some(3), Some(3)), "与上期持平");
        assert_eq!(change(Some(3), None), "无上期数据");
        assert_eq!(change(None, Some(3)), "不可见");
    }
}
