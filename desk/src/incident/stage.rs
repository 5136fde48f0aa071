//! How far an attack has come: by the ATT&CK techniques that its alerts carry.

use crate::case::names::named;

named! {
    /// Stages in the order in which an attack goes on. The farthest that was seen is an incident's.
    Stage {
        /// Nothing says.
        Unknown "unknown",
        /// 侦察探测.
        Discovery "discovery",
        /// 初始入侵.
        Access "access",
        /// 凭据窃取.
        Credentials "credentials",
        /// 执行与驻留.
        Execution "execution",
        /// 横向移动.
        Lateral "lateral",
        /// 数据收集与外传.
        Exfiltration "exfiltration",
        /// 破坏影响.
        Impact "impact",
    }
}

/// The techniques that hospitals meet, by their main tactic in ATT&CK for Enterprise. A sub-technique is where
/// its technique is.
const TECHNIQUES: &[(&str, Stage)] = &[
    ("T1595", Stage::Discovery),
    ("T1046", Stage::Discovery),
    ("T1018", Stage::Discovery),
    ("T1087", Stage::Discovery),
    ("T1135", Stage::Discovery),
    ("T1190", Stage::Access),
    ("T1133", Stage::Access),
    ("T1078", Stage::Access),
    ("T1566", Stage::Access),
    ("T1189", Stage::Access),
    ("T1195", Stage::Access),
    ("T1110", Stage::Credentials),
    ("T1003", Stage::Credentials),
    ("T1552", Stage::Credentials),
    ("T1555", Stage::Credentials),
    ("T1047", Stage::Execution),
    ("T1053", Stage::Execution),
    ("T1059", Stage::Execution),
    ("T1204", Stage::Execution),
    ("T1505", Stage::Execution),
    ("T1543", Stage::Execution),
    ("T1547", Stage::Execution),
    ("T1562", Stage::Execution),
    ("T1070", Stage::Execution),
    ("T1071", Stage::Execution),
    ("T1105", Stage::Execution),
    ("T1021", Stage::Lateral),
    ("T1570", Stage::Lateral),
    ("T1210", Stage::Lateral),
    ("T1005", Stage::Exfiltration),
    ("T1039", Stage::Exfiltration),
    ("T1213", Stage::Exfiltration),
    ("T1041", Stage::Exfiltration),
    ("T1048", Stage::Exfiltration),
    ("T1567", Stage::Exfiltration),
    ("T1486", Stage::Impact),
    ("T1489", Stage::Impact),
    ("T1490", Stage::Impact),
    ("T1491", Stage::Impact),
    ("T1496", Stage::Impact),
    ("T1485", Stage::Impact),
    ("T1498", Stage::Impact),
];

/// The farthest stage that techniques speak of.
pub fn stage_of(techniques: &[String]) -> Stage {
    let of = |id: &String| {
        let technique = id.split('.').next().unwrap_or(id);
        TECHNIQUES.iter().find(|(t, _)| *t == technique).map(|(_, stage)| *stage)
    };
    techniques.iter().filter_map(of).max().unwrap_or(Stage::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farthest_stage_counts() {
        let of = |ids: &[&str]| stage_of(&ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["T1110", "T1021.001"]), Stage::Lateral);
        assert_eq!(of(&["T1486", "T1190"]), Stage::Impact);
        assert_eq!(of(&["T9999"]), Stage::Unknown);
        assert_eq!(of(&[]), Stage::Unknown);
    }
}
