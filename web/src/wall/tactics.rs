//! What an alert is about: the ATT&CK tactic of its first technique, and whether it is about data.

use super::section::Both;

/// Tactics in the order of an attack: Chinese, English.
const TACTICS: [(&str, &str); 12] = [
    ("初始访问", "Initial access"),
    ("执行", "Execution"),
    ("持久化", "Persistence"),
    ("权限提升", "Privilege escalation"),
    ("防御规避", "Defence evasion"),
    ("凭据窃取", "Credential access"),
    ("内部侦察", "Discovery"),
    ("横向移动", "Lateral movement"),
    ("数据收集", "Collection"),
    ("命令与控制", "Command and control"),
    ("数据外传", "Exfiltration"),
    ("破坏与勒索", "Impact"),
];

pub(super) const COUNT: usize = TACTICS.len();

/// Techniques that the rules name, each with the tactic it mostly serves (MITRE ATT&CK v16).
const OF_TECHNIQUE: [(u16, u8); 50] = [
    (1003, 5),
    (1005, 8),
    (1016, 6),
    (1018, 6),
    (1021, 7),
    (1027, 4),
    (1033, 6),
    (1036, 4),
    (1041, 10),
    (1046, 6),
    (1047, 1),
    (1048, 10),
    (1053, 2),
    (1055, 3),
    (1059, 1),
    (1068, 3),
    (1070, 4),
    (1071, 9),
    (1078, 0),
    (1087, 6),
    (1090, 9),
    (1095, 9),
    (1098, 2),
    (1105, 9),
    (1110, 5),
    (1112, 4),
    (1133, 0),
    (1136, 2),
    (1190, 0),
    (1204, 1),
    (1213, 8),
    (1218, 4),
    (1219, 9),
    (1486, 11),
    (1489, 11),
    (1490, 11),
    (1491, 11),
    (1496, 11),
    (1505, 2),
    (1543, 2),
    (1547, 2),
    (1550, 7),
    (1562, 4),
    (1565, 11),
    (1566, 0),
    (1567, 10),
    (1568, 9),
    (1569, 1),
    (1570, 7),
    (1572, 9),
];

fn number(technique: &str) -> Option<u16> {
    technique.trim_start_matches(['T', 't']).split('.').next()?.parse().ok()
}

/// The place of the first known technique's tactic in the order of an attack.
pub(super) fn tactic(techniques: &[String]) -> Option<usize> {
    techniques.iter().find_map(|t| {
        let n = number(t)?;
        OF_TECHNIQUE
            .binary_search_by_key(&n, |(known, _)| *known)
            .ok()
            .map(|i| usize::from(OF_TECHNIQUE[i].1))
    })
}

pub(super) fn name(tactic: usize) -> Both {
    let (zh, en) = TACTICS[tactic];
    Both::new(zh, en)
}

/// Alerts about data: reading it in bulk, taking it out, 统方.
pub(super) fn is_about_data(rule: &str, title_zh: &str, techniques: &[String]) -> bool {
    let takes = |t: &String| matches!(number(t), Some(1005 | 1041 | 1048 | 1213 | 1567));
    techniques.iter().any(takes) || is_tongfang(rule, title_zh)
}

/// 统方: prescriptions counted by doctor.
pub(super) fn is_tongfang(rule: &str, title_zh: &str) -> bool {
    title_zh.contains("统方") || rule.contains("tongfang")
}

/// Alerts at the region's border: public services attacked, remote access, what calls out.
pub(super) fn is_at_the_edge(techniques: &[String]) -> bool {
    techniques.iter().any(|t| matches!(number(t), Some(1133 | 1190 | 1219 | 1505 | 1566)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_sorted_and_lead_to_tactics() {
        assert!(OF_TECHNIQUE.windows(2).all(|p| p[0].0 < p[1].0));
        assert!(OF_TECHNIQUE.iter().all(|(_, t)| usize::from(*t) < COUNT));
        let of = |t: &str| tactic(&[t.to_owned()]).map(|i| name(i).zh);
        assert_eq!(of("T1021.001").as_deref(), Some("横向移动"));
        assert_eq!(of("T1490").as_deref(), Some("破坏与勒索"));
        assert_eq!(of("T9999"), None);
        assert!(is_about_data("x", "", &["T1213.006".into()]) && !is_about_data("x", "", &["T1110".into()]));
    }
}
