//! Many units: places among peers, and the region's own score.

use super::{Inputs, Score};

/// A unit's place among the units of its grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub unit: String,
    /// From 1, the best; units of one score share a place.
    pub place: usize,
    pub of: usize,
}

/// Places by what is shown, each among the units of its own grade; in the order of `units`.
pub fn rank(units: &[(Inputs, Score)]) -> Vec<Place> {
    let place = |(inputs, score): &(Inputs, Score)| {
        let peers = || units.iter().filter(|(other, _)| other.grade == inputs.grade);
        Place {
            unit: inputs.unit.clone(),
            place: peers().filter(|(_, other)| other.shown > score.shown).count() + 1,
            of: peers().count(),
        }
    };
    units.iter().map(place).collect()
}

/// The region's score in tenths: the mean of its units', rounded down. None without units.
pub fn region<'a>(scores: impl IntoIterator<Item = &'a Score>) -> Option<u32> {
    let (sum, count) =
        scores.into_iter().fold((0u64, 0u64), |(s, n), score| (s + u64::from(score.shown), n + 1));
    sum.checked_div(count).and_then(|mean| u32::try_from(mean).ok())
}
