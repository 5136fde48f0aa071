//! The formula: items with what each costs, read from a versioned file.

use serde::{Deserialize, Serialize};

use super::FULL;
use crate::ReportError;

const BUILT_IN: &str = include_str!("../../data/score.toml");

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Exposure,
    Threat,
    Response,
    Coverage,
    Compliance,
}

impl Part {
    pub const ALL: [Self; 5] =
        [Self::Exposure, Self::Threat, Self::Response, Self::Coverage, Self::Compliance];
}

/// Something points are lost by. Points in tenths.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: String,
    pub part: Part,
    pub zh: String,
    pub en: String,
    /// What one of them costs.
    pub each: u32,
    /// What all of them cost at most, and what not knowing costs.
    pub cap: u32,
    /// 1 a matter of hours, 2 of days, 3 of months.
    pub effort: u32,
    pub zh_do: String,
    pub en_do: String,
}

impl Item {
    pub(super) fn lost(&self, count: u64) -> u32 {
        let lost = count.saturating_mul(u64::from(self.each)).min(u64::from(self.cap));
        u32::try_from(lost).unwrap_or(self.cap)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formula {
    pub version: String,
    pub hysteresis: u32,
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

impl Formula {
    /// The one that comes with Ward.
    ///
    /// # Errors
    /// None but a broken build: the file is part of it.
    pub fn built_in() -> Result<Self, ReportError> {
        Self::parse(BUILT_IN)
    }

    /// # Errors
    /// A file that does not parse, an item twice, caps that do not sum to 100 points.
    pub fn parse(text: &str) -> Result<Self, ReportError> {
        let refused = |reason: String| ReportError::Refused(format!("score formula: {reason}"));
        let formula: Self = toml::from_str(text).map_err(|e| refused(e.to_string()))?;
        let mut ids: Vec<_> = formula.items.iter().map(|i| &i.id).collect();
        ids.sort();
        if let Some(pair) = ids.windows(2).find(|p| p[0] == p[1]) {
            return Err(refused(format!("{} stands twice", pair[0])));
        }
        let caps: u64 = formula.items.iter().map(|i| u64::from(i.cap)).sum();
        if caps != u64::from(FULL) {
            return Err(refused(format!("the caps sum to {caps} tenths and not to {FULL}")));
        }
        Ok(formula)
    }

    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }
}
