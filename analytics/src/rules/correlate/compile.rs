//! Correlation rules made ready: what they refer to resolved, what cannot run refused with its reason.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, WindowMode,
};
use ward_event::{Event, alert::EventRef, time::MICROS_PER_SECOND};

use super::{ENTRIES_MAX, window::Entry};
use crate::rules::{
    RuleInfo,
    info::{custom, level, techniques},
    load::{Parsed, Refused},
};

/// The correlations of a rule set.
#[derive(Default)]
pub(in crate::rules) struct Compiled {
    all: Vec<Arc<Correlation>>,
    /// By the place of a rule in the set: whom its matches feed, and as which of their rules.
    feeds: HashMap<usize, Vec<(Arc<Correlation>, usize)>>,
}

impl Compiled {
    pub(super) fn fed_by(&self, rule: usize) -> &[(Arc<Correlation>, usize)] {
        self.feeds.get(&rule).map_or(&[], Vec::as_slice)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Correlation> {
        self.all.iter().find(|c| c.info.id == id).map(AsRef::as_ref)
    }
}

pub(super) struct Correlation {
    pub(super) info: Arc<RuleInfo>,
    pub(super) kind: CorrelationType,
    pub(super) mode: WindowMode,
    pub(super) span: i64,
    /// Of a session window, else 0.
    pub(super) gap: i64,
    /// Empty for a temporal rule: then all its rules must be seen, or `expression` hold.
    pub(super) predicates: Vec<(ConditionOperator, u64)>,
    pub(super) percentile: f64,
    pub(super) expression: Option<ConditionExpr>,
    /// The references as the rule writes them.
    pub(super) rules: Vec<String>,
    pub(super) group_by: Vec<String>,
    /// By rule, the field of each `group_by`.
    group_fields: Vec<Vec<String>>,
    /// What is counted or summed.
    values: Vec<String>,
}

impl Correlation {
    /// The group an event belongs to. None when it lacks one of the fields.
    pub(super) fn group_of(
        &self,
        rule: usize,
        field: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Vec<String>> {
        self.group_fields.get(rule)?.iter().map(|f| field(f)).collect()
    }

    /// What an event adds to a window. None when it lacks the value that is counted.
    pub(super) fn entry(
        &self,
        rule: usize,
        event: &Event,
        field: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Entry> {
        let value = self.values.iter().map(|f| field(f)).collect::<Option<Vec<_>>>()?.join("\u{1f}");
        let number = matches!(
            self.kind,
            CorrelationType::ValueSum
                | CorrelationType::ValueAvg
                | CorrelationType::ValuePercentile
                | CorrelationType::ValueMedian
        );
        if number && !value.parse::<f64>().is_ok_and(f64::is_finite) {
            return None;
        }
        let event_ref = EventRef { producer: event.producer.clone(), seq: event.seq };
        Some(Entry { time: event.time, rule: rule as u16, value, event: event_ref })
    }
}

/// Every field that some correlation reads, so that the view knows it.
pub(in crate::rules) fn fields(rules: &[Parsed<CorrelationRule>]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for Parsed { rule, .. } in rules {
        found.extend(rule.group_by.iter().cloned());
        found.extend(rule.aliases.iter().flat_map(|a| a.mapping.values().cloned()));
        if let CorrelationCondition::Threshold { field: Some(names), .. } = &rule.condition {
            found.extend(names.iter().cloned());
        }
    }
    found.into_iter().collect()
}

/// Resolves the correlations against the rules of the set. A rule that only feeds correlations does
/// not alert by itself (Sigma: `generate` is false unless said).
pub(in crate::rules) fn compile(
    correlations: Vec<Parsed<CorrelationRule>>,
    names: &HashMap<String, usize>,
    infos: &mut Vec<Arc<RuleInfo>>,
    refused: &mut Vec<Refused>,
) -> Compiled {
    let mut compiled = Compiled::default();
    for Parsed { path, line, rule, .. } in correlations {
        let generate = rule.generate;
        match one(rule, &path, names) {
            Err(reason) => refused.push(Refused { file: path, line, reason }),
            Ok((correlation, places)) => {
                let correlation = Arc::new(correlation);
                infos.push(correlation.info.clone());
                for (n, place) in places.into_iter().enumerate() {
                    compiled.feeds.entry(place).or_default().push((correlation.clone(), n));
                    if !generate && let Some(info) = infos.get_mut(place) {
                        Arc::make_mut(info).alerts = false;
                    }
                }
                compiled.all.push(correlation);
            }
        }
    }
    compiled
}

fn one(
    rule: CorrelationRule,
    path: &str,
    names: &HashMap<String, usize>,
) -> Result<(Correlation, Vec<usize>), String> {
    if rule.rules.is_empty() {
        return Err("names no rule to correlate".to_owned());
    }
    let place = |name: &String| {
        let reason = || {
            format!(
                "refers to {name}, which is no rule that is loaded (correlations of correlations are not supported)"
            )
        };
        names.get(name).copied().ok_or_else(reason)
    };
    let places = rule.rules.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let (predicates, values, percentile, expression) = match rule.condition.clone() {
        CorrelationCondition::Threshold { predicates, field, percentile } => {
            (predicates, field.unwrap_or_default(), percentile.unwrap_or(50) as f64, None)
        }
        CorrelationCondition::Extended(expression) => (Vec::new(), Vec::new(), 50.0, Some(expression)),
    };
    let counted = matches!(rule.correlation_type, CorrelationType::EventCount | CorrelationType::ValueCount);
    if counted && predicates.iter().any(|(_, n)| *n as usize >= ENTRIES_MAX) {
        return Err(format!("counts beyond {ENTRIES_MAX}, the most a window holds"));
    }
    let field_in = |reference: &String, group: &String| {
        let alias = rule.aliases.iter().find(|a| a.alias == *group);
        alias.and_then(|a| a.mapping.get(reference)).unwrap_or(group).clone()
    };
    let group_fields =
        rule.rules.iter().map(|r| rule.group_by.iter().map(|g| field_in(r, g)).collect()).collect();
    let micros = |s: u64| i64::try_from(s).unwrap_or(i64::MAX).saturating_mul(MICROS_PER_SECOND);
    let info = Arc::new(info(&rule, path));
    let correlation = Correlation {
        info,
        kind: rule.correlation_type,
        mode: rule.window,
        span: micros(rule.timespan.seconds),
        gap: rule.gap.as_ref().map_or(0, |g| micros(g.seconds)),
        predicates,
        percentile,
        expression,
        rules: rule.rules,
        group_by: rule.group_by,
        group_fields,
        values,
    };
    Ok((correlation, places))
}

fn info(rule: &CorrelationRule, path: &str) -> RuleInfo {
    RuleInfo {
        id: rule.id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| path.to_owned()),
        title: rule.title.clone(),
        title_zh: custom(&rule.custom_attributes, "title_zh"),
        level: level(rule.level),
        techniques: techniques(&rule.tags),
        description: rule.description.clone().unwrap_or_default(),
        advice_zh: custom(&rule.custom_attributes, "advice_zh"),
        advice_en: custom(&rule.custom_attributes, "advice_en"),
        false_positives: rule.falsepositives.clone(),
        author: rule.author.clone().unwrap_or_default(),
        logsource: format!("correlation/{}/-", rule.correlation_type.as_str()),
        path: path.to_owned(),
        alerts: true,
    }
}
