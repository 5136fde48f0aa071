//! Allow-lists: whom a rule, or every rule, shall not alert on, until a time.

use ward_event::{Micros, UnitId, alert::Entity, control::AllowEntry};

/// True when an entry covers the alert: an empty rule, unit or entity in it stands for any, a time of
/// zero for no end.
pub(crate) fn allowed(
    entries: &[AllowEntry],
    rule_id: &str,
    hospital: &UnitId,
    entities: &[Entity],
    now: Micros,
) -> bool {
    let any_or = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
    entries.iter().any(|entry| {
        let about = entry.entity_type.is_empty() && entry.value.is_empty()
            || entities.iter().any(|e| {
                any_or(&entry.entity_type, &e.kind)
                    && (entry.value.is_empty() || entry.value.eq_ignore_ascii_case(&e.value))
            });
        (entry.until.0 == 0 || now < entry.until)
            && any_or(&entry.rule_id, rule_id)
            && any_or(&entry.hospital, hospital.as_str())
            && about
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_covers_what_it_names_until_its_time() {
        let entry = AllowEntry {
            rule_id: "r".into(),
            hospital: String::new(),
            entity_type: "account".into(),
            value: "Scanner".into(),
            until: Micros(100),
            reason: "authorised test".into(),
        };
        let unit = UnitId::new("h1").expect("an id");
        let ask = |rule: &str, kind: &str, value: &str, now: i64| {
            let entity = Entity { kind: kind.into(), value: value.into() };
            allowed(std::slice::from_ref(&entry), rule, &unit, &[entity], Micros(now))
        };
        assert!(ask("r", "account", "scanner", 99));
        assert!(!ask("r", "account", "scanner", 100), "over");
        assert!(!ask("q", "account", "scanner", 99) && !ask("r", "host", "scanner", 99));
        assert!(!ask("r", "account", "other", 99));
        assert!(!allowed(&[], "r", &unit, &[], Micros(0)));
    }
}
