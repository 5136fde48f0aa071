//! The risk of an entity, 0 to 100: what alerts and UEBA say of it, halving every 24 hours.
//!
//! Each reason holds its own points and they sum to the score, always. A new reason takes its share
//! of what is left below 100, so the sum can never pass it; time takes from all of them alike.

use serde::{Deserialize, Serialize};
use ward_event::{
    Micros, UnitId,
    alert::{Entity, Reason},
    state,
    time::MICROS_PER_DAY,
};

use crate::table::Table;

/// Entities with a score; the lowest are forgotten first. 2 KB each with their reasons.
const SCORED_MAX: usize = 20_000;
const FORGET_SHARE: usize = 16;
/// Reasons of an entity; the smallest gives way.
const REASONS_MAX: usize = 12;
/// Points are told in quarters: halves and quarters are exact in binary, so the sum is too.
const QUARTERS: f64 = 4.0;
/// A change that is told at once, in quarters: one point.
const TOLD_QUARTERS: i64 = 4;
/// Points are kept in millionths, whole, so that a snapshot holds them exactly.
const MILLIONTHS: f64 = 1e6;
const QUARTER_MILLIONTHS: i64 = 250_000;
/// What the rounding of a product may have taken from a quarter; 12 reasons of it are no quarter.
const GRACE: i64 = 1_000;
/// An alert of the same rule again adds at least this share of its points.
const AGAIN_SHARE: f64 = 0.1;

type Key = (UnitId, Entity);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    key: String,
    /// Points as of the entity's `at`, in millionths.
    points: i64,
    /// The strongest this key has been, before saturation, in millionths.
    raw: i64,
    reason: Reason,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Scored {
    at: Micros,
    kept: Vec<Kept>,
    /// Quarters told last.
    told: i64,
}

/// All scores.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Scores {
    entities: Table<Key, Scored>,
    touched: std::collections::BTreeSet<Key>,
    /// Forgotten for want of room and not yet told.
    gone: Vec<Key>,
}

/// What remains of a point after this long.
fn remaining(from: Micros, to: Micros) -> f64 {
    let days = (to.0.saturating_sub(from.0)).max(0) as f64 / MICROS_PER_DAY as f64;
    (-days).exp2()
}

impl Scored {
    /// Points of each reason at `now`, in quarters, rounded down so that their sum never passes 100.
    fn quarters(&self, now: Micros) -> Vec<i64> {
        let rest = remaining(self.at, now);
        let quarter = |k: &Kept| ((k.points as f64 * rest).round() as i64 + GRACE) / QUARTER_MILLIONTHS;
        self.kept.iter().map(quarter).collect()
    }

    fn settle(&mut self, now: Micros) {
        let rest = remaining(self.at, now);
        for kept in &mut self.kept {
            kept.points = (kept.points as f64 * rest).round() as i64;
        }
        self.kept.retain(|k| k.points > 0);
        self.at = self.at.max(now);
    }

    /// Adds to a reason `more` points before saturation.
    fn add(&mut self, key: &str, raw: f64, more: f64, reason: Reason) {
        let sum: i64 = self.kept.iter().map(|k| k.points).sum();
        let room = (1.0 - sum as f64 / (100.0 * MILLIONTHS)).max(0.0);
        let points = (more.clamp(0.0, 100.0) * room * MILLIONTHS).floor() as i64;
        let raw = (raw * MILLIONTHS).round() as i64;
        match self.kept.iter_mut().find(|k| k.key == key) {
            Some(kept) => {
                kept.points += points;
                kept.raw = kept.raw.max(raw);
                kept.reason = reason;
            }
            None => self.kept.push(Kept { key: key.into(), points, raw, reason }),
        }
        if self.kept.len() > REASONS_MAX {
            let least = self.kept.iter().zip(0..).min_by_key(|(k, _)| k.points).map_or(0, |(_, i)| i);
            self.kept.remove(least);
        }
    }

    fn find(&self, key: &str) -> Option<&Kept> {
        self.kept.iter().find(|k| k.key == key)
    }
}

impl Scores {
    fn scored(&mut self, unit: &UnitId, entity: &Entity, now: Micros) -> Option<&mut Scored> {
        let key = (unit.clone(), entity.clone());
        if self.entities.find(&key).is_none() {
            if self.entities.len() >= SCORED_MAX {
                self.make_room(now);
            }
            self.entities.insert(key.clone(), Scored { at: now, ..Scored::default() });
        }
        self.touched.insert(key.clone());
        let scored = self.entities.get_mut(&key)?;
        scored.settle(now);
        Some(scored)
    }

    /// Evidence of one day: told again it counts only as far as it has become stronger.
    pub(crate) fn evidence(
        &mut self,
        unit: &UnitId,
        entity: &Entity,
        day: i32,
        reason: &Reason,
        now: Micros,
    ) {
        let raw = reason.points.unwrap_or(0.0);
        let key = format!("{day}/{}", reason.field);
        let known = self.entities.get(&(unit.clone(), entity.clone())).and_then(|s| s.find(&key));
        let before = known.map_or(0.0, |k| k.raw as f64 / MILLIONTHS);
        if raw > before
            && let Some(scored) = self.scored(unit, entity, now)
        {
            scored.add(&key, raw, raw - before, reason.clone());
        }
    }

    /// An alert: the same rule again restores its points and adds a little.
    pub(crate) fn alert(
        &mut self,
        unit: &UnitId,
        entity: &Entity,
        rule_id: &str,
        points: f64,
        reason: Reason,
        now: Micros,
    ) {
        let Some(scored) = self.scored(unit, entity, now) else { return };
        let held = scored.find(rule_id).map_or(0.0, |k| k.points as f64 / MILLIONTHS);
        let more = if held > 0.0 { (points - held).max(AGAIN_SHARE * points) } else { points };
        scored.add(rule_id, points, more, reason);
    }

    /// Takes away what an alert of `points` given at `given` still adds.
    pub(crate) fn take_away(
        &mut self,
        unit: &UnitId,
        entity: &Entity,
        rule_id: &str,
        points: f64,
        given: Micros,
        now: Micros,
    ) {
        if self.entities.find(&(unit.clone(), entity.clone())).is_none() {
            return;
        }
        let Some(scored) = self.scored(unit, entity, now) else { return };
        let less = (points * remaining(given, now) * MILLIONTHS).round() as i64;
        if let Some(kept) = scored.kept.iter_mut().find(|k| k.key == rule_id) {
            kept.points = (kept.points - less).max(0);
        }
        scored.kept.retain(|k| k.points > 0);
    }

    /// The contrary of [`Scores::take_away`]: adds what time has left of the alert's points.
    pub(crate) fn give_back(
        &mut self,
        unit: &UnitId,
        entity: &Entity,
        rule_id: &str,
        points: f64,
        given: Micros,
        now: Micros,
    ) {
        let reason = Reason {
            field: "alert".into(),
            value: rule_id.into(),
            zh: format!("触发告警：{rule_id}"),
            en: format!("alert: {rule_id}"),
            points: None,
        };
        self.alert(unit, entity, rule_id, points * remaining(given, now), reason, now);
    }

    fn make_room(&mut self, now: Micros) {
        let sum = |s: &Scored| s.quarters(now).iter().sum::<i64>();
        let mut ranked: Vec<(i64, Key)> = self.entities.sorted().map(|(k, s)| (sum(s), k.clone())).collect();
        ranked.sort_unstable();
        ranked.truncate(SCORED_MAX / FORGET_SHARE);
        for (_, key) in ranked {
            let told = self.entities.remove(&key).is_some_and(|s| s.told > 0);
            self.touched.remove(&key);
            if told {
                self.gone.push(key);
            }
        }
    }

    /// What is to be told: what moved by a point since it was told, and on the hour what has decayed.
    pub(crate) fn tell(&mut self, now: Micros, hour_turned: bool) -> Vec<state::Score> {
        let nothing =
            |(hospital, entity): Key| state::Score { hospital, entity, score: 0.0, reasons: Vec::new() };
        let mut told: Vec<_> = std::mem::take(&mut self.gone).into_iter().map(nothing).collect();
        let touched = std::mem::take(&mut self.touched);
        let keys: Vec<Key> = if hour_turned {
            self.entities.sorted().map(|(k, _)| k.clone()).collect()
        } else {
            touched.into_iter().collect()
        };
        for key in keys {
            let Some(scored) = self.entities.get_mut(&key) else { continue };
            let quarters = scored.quarters(now);
            let sum: i64 = quarters.iter().sum();
            let moved = (sum - scored.told).abs();
            if moved >= TOLD_QUARTERS || (hour_turned && moved > 0) {
                scored.told = sum;
                told.push(record(&key, scored, &quarters));
            }
            if sum == 0 {
                self.entities.remove(&key);
            }
        }
        told
    }
}

/// The largest reason first; among equals the older.
fn record(key: &Key, scored: &Scored, quarters: &[i64]) -> state::Score {
    let mut reasons: Vec<(i64, &Kept)> =
        quarters.iter().copied().zip(&scored.kept).filter(|(q, _)| *q > 0).collect();
    reasons.sort_by_key(|(q, _)| std::cmp::Reverse(*q));
    let points = |q: i64| q as f64 / QUARTERS;
    state::Score {
        hospital: key.0.clone(),
        entity: key.1.clone(),
        score: points(quarters.iter().sum()),
        reasons: reasons
            .into_iter()
            .map(|(q, k)| Reason { points: Some(points(q)), ..k.reason.clone() })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entity(n: u8) -> Entity {
        Entity { kind: "account".into(), value: format!("a{n}") }
    }

    fn reason(field: &str, points: f64) -> Reason {
        Reason {
            field: field.into(),
            value: String::new(),
            zh: String::new(),
            en: String::new(),
            points: Some(points),
        }
    }

    const HOUR: i64 = MICROS_PER_DAY / 24;

    #[test]
    fn a_score_halves_in_a_day_and_its_reasons_with_it() {
        let unit = UnitId::new("h1").expect("an id");
        let mut scores = Scores::default();
        scores.alert(&unit, &entity(1), "r", 40.0, reason("r", 40.0), Micros(0));
        scores.evidence(&unit, &entity(1), 1, &reason("new_place", 20.0), Micros(0));
        let first = scores.tell(Micros(0), true);
        assert_eq!(first[0].score, 52.0, "40 and 20 of the 60 that are left");
        let later = scores.tell(Micros(MICROS_PER_DAY), true);
        assert_eq!(later[0].score, 26.0);
        assert_eq!(later[0].reasons.iter().map(|r| r.points).collect::<Vec<_>>(), [Some(20.0), Some(6.0)]);
    }

    #[test]
    fn the_same_evidence_again_adds_nothing_and_stronger_evidence_only_the_rest() {
        let unit = UnitId::new("h1").expect("an id");
        let mut scores = Scores::default();
        for points in [10.0, 10.0, 8.0] {
            scores.evidence(&unit, &entity(1), 1, &reason("rows", points), Micros(0));
        }
        assert_eq!(scores.tell(Micros(0), false)[0].score, 10.0);
        assert!(scores.tell(Micros(1), false).is_empty(), "nothing moved");
        scores.evidence(&unit, &entity(1), 1, &reason("rows", 20.0), Micros(2));
        assert_eq!(scores.tell(Micros(2), false)[0].score, 19.0);
    }

    #[test]
    fn what_has_decayed_to_nothing_is_told_as_nothing_and_forgotten() {
        let unit = UnitId::new("h1").expect("an id");
        let mut scores = Scores::default();
        scores.alert(&unit, &entity(1), "r", 5.0, reason("r", 5.0), Micros(0));
        assert_eq!(scores.tell(Micros(0), true).len(), 1);
        let end = scores.tell(Micros(9 * MICROS_PER_DAY), true);
        assert_eq!((end[0].score, end[0].reasons.len()), (0.0, 0));
        assert!(scores.tell(Micros(10 * MICROS_PER_DAY), true).is_empty());
    }

    proptest! {
        #[test]
        fn reasons_sum_exactly_to_a_score_within_bounds_that_never_rises_by_itself(
            adds in prop::collection::vec((0u8..3, 0u8..20, 0.0f64..120.0, 0i64..50, any::<bool>()), 1..60),
        ) {
            let unit = UnitId::new("h1").expect("an id");
            let mut scores = Scores::default();
            let mut now = 0;
            for (who, key, points, hours, as_alert) in adds {
                now += hours * HOUR;
                let (field, at) = (format!("k{key}"), Micros(now));
                if as_alert {
                    scores.alert(&unit, &entity(who), &field, points, reason(&field, points), at);
                } else {
                    scores.evidence(&unit, &entity(who), 1, &reason(&field, points), at);
                }
                for told in scores.tell(at, true) {
                    let sum: f64 = told.reasons.iter().filter_map(|r| r.points).sum();
                    prop_assert_eq!(sum, told.score);
                    prop_assert!((0.0..=100.0).contains(&told.score), "{}", told.score);
                }
                let copy: Scores = serde_json::from_slice(&serde_json::to_vec(&scores).expect("JSON")).expect("scores");
                let (mut a, mut b) = (scores.clone(), copy);
                let (a, b) = (a.tell(Micros(now + HOUR), true), b.tell(Micros(now + HOUR), true));
                prop_assert_eq!(&a, &b);
            }
        }
    }
}
