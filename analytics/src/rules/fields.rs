//! The field names a rule asks for, and the placeholders it leaves open.

use std::collections::{BTreeMap, BTreeSet};

use rsigma_parser::{Detection, DetectionItem, FilterRule, Modifier, SigmaRule, SigmaString, SigmaValue};

/// What `%Name%` stands for, from a file `placeholders.yml`.
pub(super) type Placeholders = BTreeMap<String, Vec<String>>;

/// Calls `visit` for every field of a rule.
pub(super) fn of_rule<'a>(rule: &'a SigmaRule, visit: &mut dyn FnMut(&'a str)) {
    rule.detection.named.values().for_each(|d| of_detection(d, visit));
}

/// Calls `visit` for every field of a filter.
pub(super) fn of_filter<'a>(filter: &'a FilterRule, visit: &mut dyn FnMut(&'a str)) {
    filter.detection.named.values().for_each(|d| of_detection(d, visit));
}

fn of_detection<'a>(detection: &'a Detection, visit: &mut dyn FnMut(&'a str)) {
    match detection {
        Detection::AllOf(items) => items.iter().for_each(|item| of_item(item, visit)),
        Detection::AnyOf(all) | Detection::And(all) => all.iter().for_each(|d| of_detection(d, visit)),
        Detection::ArrayMatch { field, body, .. } => {
            visit(field);
            of_detection(body, visit);
        }
        Detection::Conditional { named, .. } => named.values().for_each(|d| of_detection(d, visit)),
        Detection::Keywords(_) => {}
    }
}

fn of_item<'a>(item: &'a DetectionItem, visit: &mut dyn FnMut(&'a str)) {
    if let Some(name) = &item.field.name {
        visit(name);
    }
    if item.field.modifiers.contains(&Modifier::FieldRef) {
        for value in &item.values {
            if let SigmaValue::String(s) = value {
                visit(&s.original);
            }
        }
    }
}

/// The placeholders a rule needs and nobody has defined, sorted. Without them it cannot be judged: an
/// item that stands for nothing never matches, and a rule that excludes by it would alert on all the rest.
pub(super) fn undefined(rule: &SigmaRule, placeholders: &Placeholders) -> Vec<String> {
    let mut found = BTreeSet::new();
    rule.detection.named.values().for_each(|d| undefined_in(d, placeholders, &mut found));
    found.into_iter().collect()
}

fn undefined_in(detection: &Detection, placeholders: &Placeholders, found: &mut BTreeSet<String>) {
    match detection {
        Detection::AllOf(items) => {
            for item in items.iter().filter(|i| i.field.modifiers.contains(&Modifier::Expand)) {
                let names = item.values.iter().filter_map(name);
                found.extend(names.filter(|n| !placeholders.contains_key(*n)).map(str::to_owned));
            }
        }
        Detection::AnyOf(all) | Detection::And(all) => {
            all.iter().for_each(|d| undefined_in(d, placeholders, found));
        }
        Detection::ArrayMatch { body, .. } => undefined_in(body, placeholders, found),
        Detection::Conditional { named, .. } => {
            named.values().for_each(|d| undefined_in(d, placeholders, found));
        }
        Detection::Keywords(_) => {}
    }
}

/// `%Name%` → `Name`.
fn name(value: &SigmaValue) -> Option<&str> {
    match value {
        SigmaValue::String(s) => s.original.strip_prefix('%')?.strip_suffix('%'),
        _ => None,
    }
}

/// Puts the defined placeholders' values in. An empty list stands for nothing: its item never matches.
pub(super) fn fill(rule: &mut SigmaRule, placeholders: &Placeholders) {
    if !placeholders.is_empty() {
        rule.detection.named.values_mut().for_each(|d| fill_detection(d, placeholders));
    }
}

fn fill_detection(detection: &mut Detection, placeholders: &Placeholders) {
    match detection {
        Detection::AllOf(items) => items.iter_mut().for_each(|item| fill_item(item, placeholders)),
        Detection::AnyOf(all) | Detection::And(all) => {
            all.iter_mut().for_each(|d| fill_detection(d, placeholders));
        }
        Detection::ArrayMatch { body, .. } => fill_detection(body, placeholders),
        Detection::Conditional { named, .. } => {
            named.values_mut().for_each(|d| fill_detection(d, placeholders));
        }
        Detection::Keywords(_) => {}
    }
}

fn fill_item(item: &mut DetectionItem, placeholders: &Placeholders) {
    if !item.field.modifiers.contains(&Modifier::Expand) {
        return;
    }
    let defined = |value: &SigmaValue| name(value).and_then(|n| placeholders.get(n));
    if item.values.is_empty() || !item.values.iter().all(|v| defined(v).is_some()) {
        return;
    }
    let values = item.values.iter().filter_map(defined).flatten();
    let values: Vec<_> = values.map(|v| SigmaValue::String(SigmaString::new(v))).collect();
    if values.is_empty() {
        return;
    }
    item.values = values;
    item.field.modifiers.retain(|m| *m != Modifier::Expand);
}
