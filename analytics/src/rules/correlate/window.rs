//! One group's window: what has been seen in it, and whether the condition holds.

use std::collections::{BTreeSet, VecDeque};

use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationType, Quantifier, SelectorPattern, WindowMode,
};
use serde::{Deserialize, Serialize};
use ward_event::{Micros, alert::EventRef};

use super::{Correlated, ENTRIES_MAX, compile::Correlation, newest_refs};

/// One match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) time: Micros,
    /// Which of the correlation's rules.
    pub(super) rule: u16,
    /// What is counted or summed; empty otherwise.
    pub(super) value: String,
    pub(super) event: EventRef,
}

/// Sorted by time; entries of the same time in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    entries: VecDeque<Entry>,
    /// The values of the group, for the alert.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    group: Vec<String>,
}

impl Window {
    pub(super) fn of(group: &[String]) -> Self {
        Self { entries: VecDeque::new(), group: group.to_vec() }
    }

    pub(super) fn last(&self) -> Micros {
        self.entries.back().map_or(Micros(i64::MIN), |e| e.time)
    }

    /// Adds an entry where its time belongs, and drops what has left the window.
    pub(super) fn push(&mut self, entry: Entry, rule: &Correlation) {
        let at = self.entries.iter().rposition(|e| e.time <= entry.time).map_or(0, |i| i + 1);
        self.entries.insert(at, entry);
        let newest = self.last().0;
        match rule.mode {
            WindowMode::Sliding => self.keep_from(newest.saturating_sub(rule.span)),
            WindowMode::Tumbling => self.keep_from(newest.div_euclid(rule.span.max(1)) * rule.span.max(1)),
            WindowMode::Session => self.keep_session(rule),
        }
        while self.entries.len() > ENTRIES_MAX {
            self.entries.pop_front();
        }
    }

    fn keep_from(&mut self, first: i64) {
        while self.entries.front().is_some_and(|e| e.time.0 < first) {
            self.entries.pop_front();
        }
    }

    /// A session ends where a gap is too long, or the whole would be.
    fn keep_session(&mut self, rule: &Correlation) {
        let times: Vec<i64> = self.entries.iter().map(|e| e.time.0).collect();
        let mut start = 0;
        for i in 1..times.len() {
            if times[i] - times[i - 1] > rule.gap || times[i] - times[start] > rule.span {
                start = i;
            }
        }
        self.entries.drain(..start);
    }

    /// Whether nothing that comes at `now` or later can meet it.
    pub(super) fn is_over(&self, rule: &Correlation, now: Micros) -> bool {
        self.last().0.saturating_add(rule.span.max(rule.gap)) < now.0
    }

    /// The value that meets the condition.
    pub(super) fn judge(&self, rule: &Correlation) -> Option<f64> {
        match rule.kind {
            CorrelationType::Temporal | CorrelationType::TemporalOrdered => self.temporal(rule),
            _ => {
                let value = self.value(rule)?;
                rule.predicates.iter().all(|(op, n)| holds(*op, value, *n as f64)).then_some(value)
            }
        }
    }

    fn value(&self, rule: &Correlation) -> Option<f64> {
        let numbers = || self.entries.iter().filter_map(|e| e.value.parse::<f64>().ok());
        let count = self.entries.len() as f64;
        match rule.kind {
            CorrelationType::EventCount => Some(count),
            CorrelationType::ValueCount => {
                Some(self.entries.iter().map(|e| e.value.as_str()).collect::<BTreeSet<_>>().len() as f64)
            }
            CorrelationType::ValueSum => Some(numbers().sum()),
            CorrelationType::ValueAvg => Some(numbers().sum::<f64>() / count),
            CorrelationType::ValueMedian => percentile(numbers().collect(), 50.0),
            CorrelationType::ValuePercentile => percentile(numbers().collect(), rule.percentile),
            CorrelationType::Temporal | CorrelationType::TemporalOrdered => None,
        }
    }

    fn temporal(&self, rule: &Correlation) -> Option<f64> {
        let seen: BTreeSet<u16> = self.entries.iter().map(|e| e.rule).collect();
        let ordered = rule.kind == CorrelationType::TemporalOrdered;
        let met = match &rule.expression {
            Some(expression) => expression_holds(expression, rule, &seen),
            None if rule.predicates.is_empty() => seen.len() == rule.rules.len(),
            None => rule.predicates.iter().all(|(op, n)| holds(*op, seen.len() as f64, *n as f64)),
        };
        (met && (!ordered || self.in_order(rule.rules.len()))).then_some(seen.len() as f64)
    }

    /// Whether the rules were seen one after the other in the order they are named. At the same time is
    /// after: many sources count in whole seconds.
    fn in_order(&self, rules: usize) -> bool {
        let mut after = i64::MIN;
        (0..rules).all(|rule| {
            let next = self.entries.iter().find(|e| usize::from(e.rule) == rule && e.time.0 >= after);
            after = next.map_or(after, |e| e.time.0);
            next.is_some()
        })
    }

    pub(super) fn fired(&self, rule: &Correlation, value: f64) -> Correlated {
        Correlated {
            rule: rule.info.clone(),
            group: rule.group_by.iter().cloned().zip(self.group.iter().cloned()).collect(),
            value,
            first_time: self.entries.front().map_or(Micros(0), |e| e.time),
            last_time: self.last(),
            events: newest_refs(self.entries.iter()),
            event_count: self.entries.len() as u64,
        }
    }
}

fn holds(op: ConditionOperator, value: f64, n: f64) -> bool {
    match op {
        ConditionOperator::Lt => value < n,
        ConditionOperator::Lte => value <= n,
        ConditionOperator::Gt => value > n,
        ConditionOperator::Gte => value >= n,
        ConditionOperator::Eq => value == n,
        ConditionOperator::Neq => value != n,
    }
}

/// By linear interpolation between the two nearest ranks.
fn percentile(mut values: Vec<f64>, rank: f64) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = (rank.clamp(0.0, 100.0) / 100.0) * last as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    Some(low + (high - low) * at.fract())
}

fn expression_holds(expression: &ConditionExpr, rule: &Correlation, seen: &BTreeSet<u16>) -> bool {
    let named = |name: &str| rule.rules.iter().position(|r| r == name);
    match expression {
        ConditionExpr::And(all) => all.iter().all(|e| expression_holds(e, rule, seen)),
        ConditionExpr::Or(any) => any.iter().any(|e| expression_holds(e, rule, seen)),
        ConditionExpr::Not(inner) => !expression_holds(inner, rule, seen),
        ConditionExpr::Identifier(name) => named(name).is_some_and(|i| seen.contains(&(i as u16))),
        ConditionExpr::Selector { quantifier, pattern } => {
            let of: Vec<usize> =
                (0..rule.rules.len()).filter(|i| selects(pattern, &rule.rules[*i])).collect();
            let hit = of.iter().filter(|i| seen.contains(&(**i as u16))).count();
            match quantifier {
                Quantifier::Any => hit > 0,
                Quantifier::All => hit == of.len(),
                Quantifier::Count(n) => hit as u64 >= *n,
            }
        }
    }
}

fn selects(pattern: &SelectorPattern, name: &str) -> bool {
    pattern.matches_detection_name(name)
}
