//! Evidence in bits: −log₂ of how likely it is that the entity's own past and its peers bring this
//! about by themselves. Independent pieces add up; one weak piece alone never makes an alert.

use ward_event::Micros;

use super::{
    day::{DayState, Ref},
    first_seen,
    history::History,
    hours,
    peers::{EntityKind, Group},
    volume,
};

/// Which question a piece of evidence answers. Pieces of one family are not independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// Something never used before.
    Novelty,
    /// An hour it does not keep.
    Hours,
    /// More than ever.
    Volume,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) family: Family,
    /// Stable name: the reason's `field`, and its key in the score.
    pub(crate) name: &'static str,
    pub(crate) bits: f64,
    pub(crate) value: String,
    pub(crate) zh: String,
    pub(crate) en: String,
    pub(crate) refs: Vec<Ref>,
    /// Event times of what it rests on, first and last.
    pub(crate) span: (Micros, Micros),
}

/// All that a detector may look at.
pub(crate) struct Case<'a> {
    pub(crate) kind: EntityKind,
    pub(crate) today: &'a DayState,
    /// The entity's own past; empty while it is new.
    pub(crate) history: &'a History,
    /// The baseline's day, which the history's masks count back from.
    pub(crate) baseline_day: i32,
    /// How many days went into the unit's baseline.
    pub(crate) unit_days: u32,
    /// Empty where no group is large enough.
    pub(crate) peers: &'a Group,
    /// ISO country whose addresses are no foreign ones.
    pub(crate) home: &'a str,
}

/// Days an entity must have been active before its own past says anything. Peers help it out: shift
/// workers are on duty four days a week.
const LEARNING_DAYS: u32 = 3;
/// Days a unit must have been watched before anything is said of any of its entities.
const UNIT_LEARNING_DAYS: u32 = 5;

impl Case<'_> {
    /// Whether its own past, and its peers' habits, say anything.
    pub(crate) const fn is_learnt(&self) -> bool {
        self.history.active_days() >= LEARNING_DAYS && self.unit_is_learnt()
    }

    /// Whether the peers at least say something.
    pub(crate) const fn unit_is_learnt(&self) -> bool {
        self.unit_days >= UNIT_LEARNING_DAYS
    }
}

/// A detector adds what it finds. One file each.
type Detector = fn(&Case<'_>, &mut Vec<Evidence>);

const DETECTORS: &[Detector] = &[
    first_seen::source,
    first_seen::place,
    first_seen::program,
    first_seen::resource,
    hours::detect,
    volume::detect,
];

/// Less than this is everyday.
const BITS_MIN: f64 = 2.0;

/// What all detectors say, strongest first.
pub(crate) fn examine(case: &Case<'_>) -> Vec<Evidence> {
    let mut found = Vec::new();
    for detector in DETECTORS {
        detector(case, &mut found);
    }
    found.retain(|e| e.bits >= BITS_MIN);
    for evidence in &mut found {
        evidence.bits = (evidence.bits * 10.0).round() / 10.0;
    }
    // Stable: equals stay in the table's order.
    found.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    found
}

/// Sum over all evidence of a day that makes an alert. About one entity day in 6,000 by chance, if
/// the model held exactly; measured on quiet regions (`tests/ueba_region.rs`).
const ALERT_BITS: f64 = 12.5;
/// A second family must say at least so much to count as another witness.
const WITNESS_BITS: f64 = 3.0;
/// A new place, or a volume, so strange needs no other witness.
const PLACE_ALONE_BITS: f64 = 8.5;
const VOLUME_ALONE_BITS: f64 = 13.0;
/// What new addresses, programs and resources together may say: a replaced workstation is all of them.
const INSIDE_NOVELTY_MAX: f64 = 12.0;

/// What the evidence of a day amounts to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) bits: f64,
    pub(crate) alert: bool,
}

pub(crate) fn weigh(found: &[Evidence]) -> Verdict {
    let sum = |family| found.iter().filter(|e| e.family == family).map(|e| e.bits).sum::<f64>();
    let named = |name| found.iter().find(|e| e.name == name).map_or(0.0, |e| e.bits);
    let place = named(first_seen::PLACE);
    let novelty = (sum(Family::Novelty) - place).min(INSIDE_NOVELTY_MAX) + place;
    let (hours, volume) = (sum(Family::Hours), sum(Family::Volume));
    let bits = novelty + hours + volume;
    let witnesses = [novelty, hours, volume].into_iter().filter(|b| *b >= WITNESS_BITS).count();
    let enough = witnesses >= 2 || place >= PLACE_ALONE_BITS || volume >= VOLUME_ALONE_BITS;
    Verdict { bits, alert: bits >= ALERT_BITS && enough }
}

/// How surprising a chance is. Chances of 0 are capped by what the detectors add as a prior.
pub(crate) fn surprise(chance: f64) -> f64 {
    -chance.clamp(1e-9, 1.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(family: Family, name: &'static str, bits: f64) -> Evidence {
        let text = String::new;
        Evidence {
            family,
            name,
            bits,
            value: text(),
            zh: text(),
            en: text(),
            refs: Vec::new(),
            span: Default::default(),
        }
    }

    #[test]
    fn a_replaced_workstation_is_no_alert_and_two_witnesses_are() {
        let moved = [piece(Family::Novelty, "source", 5.0), piece(Family::Novelty, "program", 6.0)];
        assert!(!weigh(&moved).alert);
        let many = [moved[0].clone(), moved[1].clone(), piece(Family::Novelty, "resource", 8.0)];
        assert!(!weigh(&many).alert, "one family only");
        let at_night = [moved[0].clone(), moved[1].clone(), piece(Family::Hours, "hours", 6.0)];
        assert!(weigh(&at_night).alert);
        assert!(weigh(&[piece(Family::Novelty, first_seen::PLACE, 14.0)]).alert);
        assert!(weigh(&[piece(Family::Volume, "rows", 15.0)]).alert);
        assert!(!weigh(&[piece(Family::Hours, "hours", 7.0)]).alert);
    }
}
