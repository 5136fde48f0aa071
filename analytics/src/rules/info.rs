//! What is known of a rule besides its conditions.

use std::collections::HashMap;

use rsigma_parser::{LogSource, SigmaRule};
use ward_event::alert::Level;

/// A rule, as alerts and pages name it.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleInfo {
    /// The rule's UUID; its path where it has none.
    pub id: String,
    pub title: String,
    /// Empty where the rule has none.
    pub title_zh: String,
    pub level: Level,
    /// ATT&CK technique ids, upper case, sorted, as the rule gives them.
    pub techniques: Vec<String>,
    pub description: String,
    /// What to do about it, for the person on duty.
    pub advice_zh: String,
    pub advice_en: String,
    pub false_positives: Vec<String>,
    pub author: String,
    /// `product/category/service`, `-` for none.
    pub logsource: String,
    /// The file it came from.
    pub path: String,
    /// Whether a match alerts by itself. False for a rule that only feeds a correlation.
    pub alerts: bool,
}

/// A rule that is loaded and does not run, because a `%Name%` in it stands for nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Idle {
    pub id: String,
    pub title: String,
    pub file: String,
    /// The names to define in `placeholders.yml`.
    pub lists: Vec<String>,
}

impl RuleInfo {
    pub(super) fn of_rule(rule: &SigmaRule, path: &str) -> Self {
        Self {
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
            logsource: logsource_text(&rule.logsource),
            path: path.to_owned(),
            alerts: true,
        }
    }
}

/// A key of the rule's `x_ward` mapping. Sigma leaves other top-level keys to the tool.
pub(super) fn custom(attributes: &HashMap<String, yaml_serde::Value>, key: &str) -> String {
    let text = attributes.get("x_ward").and_then(|m| m.get(key)).and_then(yaml_serde::Value::as_str);
    text.unwrap_or_default().trim().to_owned()
}

/// Medium where the rule gives none: Sigma makes the level optional and an alert needs one.
pub(super) fn level(level: Option<rsigma_parser::Level>) -> Level {
    level.and_then(|l| Level::from_name(l.as_str())).unwrap_or(Level::Medium)
}

/// `attack.t1059.001` → `T1059.001`. Tactics, groups and other namespaces are left out.
pub(super) fn techniques(tags: &[String]) -> Vec<String> {
    let technique = |tag: &String| {
        let id = tag.to_ascii_uppercase();
        let id = id.strip_prefix("ATTACK.")?;
        let digits = id.strip_prefix('T')?;
        digits.starts_with(|c: char| c.is_ascii_digit()).then(|| id.to_owned())
    };
    let mut found: Vec<_> = tags.iter().filter_map(technique).collect();
    found.sort_unstable();
    found.dedup();
    found
}

pub(super) fn logsource_text(source: &LogSource) -> String {
    let part = |p: &Option<String>| p.as_deref().unwrap_or("-").to_ascii_lowercase();
    format!("{}/{}/{}", part(&source.product), part(&source.category), part(&source.service))
}
