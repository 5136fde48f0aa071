//! Alerts in the words of people who are no analysts: a dozen sorts, by ATT&CK technique.

/// The sorts; what costs a hospital most stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Threat {
    Ransom,
    Data,
    Web,
    Spread,
    Account,
    Password,
    Remote,
    Mining,
    Malware,
    Evasion,
    Silence,
    Other,
}

/// Technique → sort, by its first five characters.
const BY_TECHNIQUE: &[(&str, Threat)] = &[
    ("T1486", Threat::Ransom),
    ("T1489", Threat::Ransom),
    ("T1490", Threat::Ransom),
    ("T1005", Threat::Data),
    ("T1041", Threat::Data),
    ("T1048", Threat::Data),
    ("T1213", Threat::Data),
    ("T1567", Threat::Data),
    ("T1190", Threat::Web),
    ("T1491", Threat::Web),
    ("T1505", Threat::Web),
    ("T1018", Threat::Spread),
    ("T1021", Threat::Spread),
    ("T1046", Threat::Spread),
    ("T1543", Threat::Spread),
    ("T1569", Threat::Spread),
    ("T1570", Threat::Spread),
    ("T1003", Threat::Account),
    ("T1078", Threat::Account),
    ("T1098", Threat::Account),
    ("T1110", Threat::Password),
    ("T1133", Threat::Remote),
    ("T1219", Threat::Remote),
    ("T1572", Threat::Remote),
    ("T1496", Threat::Mining),
    ("T1059", Threat::Malware),
    ("T1071", Threat::Malware),
    ("T1105", Threat::Malware),
    ("T1218", Threat::Malware),
    ("T1070", Threat::Evasion),
    ("T1562", Threat::Evasion),
];

/// Rules about what people did with data and rights: 统方, bulk reading and export, unapproved tools,
/// tampering with the audit.
pub(crate) const DATA_RULES: [&str; 7] = [
    "57b87e8b-126e-4aab-bad1-2fa6c5c8c3bd",
    "0ee33209-42a1-4d77-964c-37088848e5a0",
    "58531555-9ede-48b7-8985-2b9214a117bc",
    "f91c69af-da7c-4d55-beac-bd3c9e005bcf",
    "499db5f8-e364-4bd6-bf9c-990f81afa133",
    "61729bce-123a-490c-98c0-0244f06b07b7",
    "ward-ueba-bulk-read",
];

/// How a reason stands in an alert that behaviour at odd hours has part in.
pub(crate) const OFF_HOURS: &str = "\"field\":\"unusual_hour\"";

impl Threat {
    pub(crate) const ALL: [Self; 12] = [
        Self::Ransom,
        Self::Data,
        Self::Web,
        Self::Spread,
        Self::Account,
        Self::Password,
        Self::Remote,
        Self::Mining,
        Self::Malware,
        Self::Evasion,
        Self::Silence,
        Self::Other,
    ];

    /// By the rule and its techniques, the first that is known counts.
    pub(crate) fn of<'a>(rule: &str, techniques: impl IntoIterator<Item = &'a str>) -> Self {
        if matches!(rule, "ward-source-silent" | "ward-unit-silent") {
            return Self::Silence;
        }
        let known = |t: &str| {
            let parent = t.get(..5).unwrap_or(t);
            BY_TECHNIQUE.iter().find(|(id, _)| id.eq_ignore_ascii_case(parent)).map(|(_, threat)| *threat)
        };
        techniques.into_iter().find_map(known).unwrap_or(Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_has_one_sort() {
        assert_eq!(Threat::of("x", ["T1486"]), Threat::Ransom);
        assert_eq!(Threat::of("x", ["T9999", "T1110.003"]), Threat::Password);
        assert_eq!(Threat::of("x", ["t1213.006"]), Threat::Data);
        assert_eq!(Threat::of("ward-unit-silent", []), Threat::Silence);
        assert_eq!(Threat::of("x", []), Threat::Other);
    }

    /// The rules that are named here are in the pack, or in UEBA.
    #[test]
    fn rules_about_data_exist() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../rules/hospital");
        let files = std::fs::read_dir(folder)
            .expect("rules")
            .filter_map(|e| std::fs::read_to_string(e.ok()?.path()).ok());
        let mut pack = files.collect::<String>();
        let ueba = concat!(env!("CARGO_MANIFEST_DIR"), "/../analytics/src/ueba/");
        pack += &std::fs::read_to_string(format!("{ueba}raise.rs")).expect("UEBA");
        assert!(DATA_RULES.iter().all(|rule| pack.contains(rule)));
        let hours = std::fs::read_to_string(format!("{ueba}hours.rs")).expect("UEBA");
        let field = OFF_HOURS.split('"').nth(3).expect("a name");
        assert!(hours.contains(&format!("\"{field}\"")), "{field}");
    }
}
