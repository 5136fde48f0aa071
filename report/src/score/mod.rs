//! The posture score: 0 to 100 per unit and region, in five parts, by a formula that is a data file.
//!
//! A unit begins with 100 points and loses some by items (open vulnerabilities, alerts, silent sources …); every lost
//! point names its item, and through it its rows. What nothing is known of costs the item's whole cap, so that
//! silence can never help. Scores are computed in tenths, in whole numbers, and are a pure function of what was
//! observed; what is shown follows with a little inertia, so that it does not flap.

mod formula;
mod rank;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::{
    formula::{Formula, Item, Part},
    rank::{Place, rank, region},
};

/// What was seen of one item in one unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub count: u64,
    /// The page of Ward that shows the rows; empty where none does.
    pub link: String,
}

/// What was seen of a unit, by item. An item that is not here is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    pub unit: String,
    /// Peers are units of one grade.
    pub grade: String,
    pub locality: String,
    pub seen: BTreeMap<String, Seen>,
}

/// Points that were lost by one item, in tenths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    pub item: String,
    pub part: Part,
    pub points: u32,
    /// Of so many at most.
    pub cap: u32,
    /// None is unknown.
    pub seen: Option<Seen>,
}

/// Something to do and what it brings, in tenths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub item: String,
    pub gain: u32,
}

/// One unit's score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub unit: String,
    pub formula: String,
    /// Computed, in tenths: 0 to 1000.
    pub points: u32,
    /// As it is shown: follows `points` with inertia.
    pub shown: u32,
    /// Every item, also those by which nothing was lost.
    pub items: Vec<Lost>,
}

/// 100 points.
pub const FULL: u32 = 1_000;

/// Computes a score. `before` is what was shown last.
pub fn score(formula: &Formula, inputs: &Inputs, before: Option<u32>) -> Score {
    let items: Vec<Lost> = formula
        .items
        .iter()
        .map(|item| {
            let seen = inputs.seen.get(&item.id).cloned();
            let points = seen.as_ref().map_or(item.cap, |s| item.lost(s.count));
            Lost { item: item.id.clone(), part: item.part, points, cap: item.cap, seen }
        })
        .collect();
    let points = FULL.saturating_sub(items.iter().map(|l| l.points).sum());
    Score {
        unit: inputs.unit.clone(),
        formula: formula.version.clone(),
        points,
        shown: settle(before, points, formula.hysteresis),
        items,
    }
}

/// What is shown: the old value, until the computed one is `hysteresis` away from it.
pub fn settle(before: Option<u32>, points: u32, hysteresis: u32) -> u32 {
    match before {
        Some(before) if before.abs_diff(points) < hysteresis => before,
        _ => points,
    }
}

impl Score {
    /// What is left of a part, and of how much, in tenths.
    pub fn part(&self, part: Part) -> (u32, u32) {
        let of = self.items.iter().filter(|l| l.part == part);
        let (cap, lost) = of.fold((0, 0), |(cap, lost), l| (cap + l.cap, lost + l.points));
        (cap - lost, cap)
    }

    /// How much of the score is lost for want of data, in tenths.
    pub fn unknown(&self) -> u32 {
        self.items.iter().filter(|l| l.seen.is_none()).map(|l| l.points).sum()
    }

    /// The three things that bring most for their effort, and together exactly the sum of their gains.
    pub fn steps(&self, formula: &Formula) -> Vec<Step> {
        let mut steps: Vec<_> = self
            .items
            .iter()
            .filter(|l| l.points > 0)
            .filter_map(|l| formula.item(&l.item).map(|item| (l, item.effort.max(1))))
            .collect();
        // Gain by effort, compared without a division; then the larger gain; then a fixed order.
        steps.sort_by(|(a, ea), (b, eb)| {
            (b.points * ea, b.points, &a.item).cmp(&(a.points * eb, a.points, &b.item))
        });
        steps.into_iter().take(3).map(|(l, _)| Step { item: l.item.clone(), gain: l.points }).collect()
    }
}
