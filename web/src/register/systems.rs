//! Critical systems and their live state.

use std::collections::{BTreeMap, BTreeSet};

use ward_desk::{
    assets::{Criticality, DeclaredRow},
    compliance::is_same,
};
use ward_event::{Micros, register::Register, time::MICROS_PER_HOUR};

use crate::scope::Scope;

/// A system with the machines it is known to run on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub unit: String,
    pub name: String,
    pub mlps_level: u8,
    pub cii: bool,
    /// Host names in lower case and addresses, by register and declaration.
    pub machines: BTreeSet<String>,
    /// Who answers for it, and by which telephone, as declared.
    pub responsible: String,
    pub phone: String,
}

/// What is known of a system now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Evidence {
    /// The unit's own data flows; None where nobody knows.
    pub unit_heard: Option<bool>,
    /// When one of its machines was last seen, µs; None for never.
    pub heard: Option<i64>,
    /// The gravest alert of 24 hours on one of its machines: 1 informational … 5 critical, 0 for none.
    pub worst: u64,
    /// The highest score of one of its machines, 0–100.
    pub score: f64,
}

/// A system's state. The order is that of attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Wrong,
    Attention,
    /// Grey: nothing can be said.
    Unknown,
    Ok,
}

impl State {
    pub(crate) const ALL: [Self; 4] = [Self::Wrong, Self::Attention, Self::Unknown, Self::Ok];

    /// In addresses and as a class of the style sheet.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Attention => "partial",
            Self::Unknown => "unknown",
            Self::Ok => "ok",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// Why a state is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    SevereAlert,
    HighScore,
    UnitSilent,
    /// No machine of it has ever been seen, or none is named.
    NeverSeen,
    /// Its machines were seen, and not since [`HEARD`].
    NotHeard,
    MediumAlert,
    RaisedScore,
    /// Seen, and nothing against it.
    Nothing,
}

/// A machine is told of every six hours at the least while it is seen; an hour more for the way.
pub(crate) const HEARD: i64 = 7 * MICROS_PER_HOUR;
/// Scores at which an analyst would raise an alert by hand; as the console's ramp has them.
const SCORE_WRONG: f64 = 60.0;
const SCORE_ATTENTION: f64 = 30.0;

/// The rule, first that holds:
///
/// | state | when |
/// |---|---|
/// | wrong | a high or critical alert within 24 hours on one of its machines, or a score from 60 |
/// | unknown | its unit is silent; or no machine of it was ever seen; or none for 7 hours |
/// | attention | a medium alert within 24 hours, or a score from 30 |
/// | ok | a machine of it was seen, and nothing of the above |
///
/// Known trouble stands above silence: a system that was attacked and then falls silent stays wrong.
/// Silence stands above everything milder: what is not heard cannot be called good.
pub(crate) fn judge(evidence: &Evidence, now: Micros) -> (State, Why) {
    if evidence.worst >= 4 {
        return (State::Wrong, Why::SevereAlert);
    }
    if evidence.score >= SCORE_WRONG {
        return (State::Wrong, Why::HighScore);
    }
    if evidence.unit_heard != Some(true) {
        return (State::Unknown, Why::UnitSilent);
    }
    match evidence.heard {
        None => return (State::Unknown, Why::NeverSeen),
        Some(at) if now.0 - at > HEARD => return (State::Unknown, Why::NotHeard),
        Some(_) => {}
    }
    if evidence.worst == 3 {
        return (State::Attention, Why::MediumAlert);
    }
    if evidence.score >= SCORE_ATTENTION {
        return (State::Attention, Why::RaisedScore);
    }
    (State::Ok, Why::Nothing)
}

/// The systems of a scope: those of the register, with the machines that declarations add to them, and
/// those of which a declaration says that they are core or critical infrastructure.
pub(crate) fn systems(register: &Register, scope: &Scope, declared: &[DeclaredRow]) -> Vec<Named> {
    let mut all: BTreeMap<(String, String), Named> = BTreeMap::new();
    for unit in register.units.iter().filter(|u| scope.allows(&u.id)) {
        for system in &unit.systems {
            let named = Named {
                unit: unit.id.to_string(),
                name: system.name.clone(),
                mlps_level: system.mlps_level,
                cii: system.critical,
                machines: system.hosts.iter().map(|h| h.to_lowercase()).collect(),
                ..Named::default()
            };
            all.insert((unit.id.to_string(), system.name.clone()), named);
        }
    }
    for row in declared.iter().map(|r| &r.declared).filter(|d| !d.system.is_empty()) {
        let unit = row.hospital.to_string();
        let known = all.keys().find(|(u, name)| *u == unit && is_same(name, &row.system)).cloned();
        let core = row.criticality == Criticality::Core || row.cii;
        let Some(key) = known.or_else(|| core.then(|| (unit.clone(), row.system.clone()))) else { continue };
        let named = all.entry(key.clone()).or_insert_with(|| Named { unit, name: key.1, ..Named::default() });
        named.machines.extend(row.addresses.iter().cloned());
        named.machines.insert(row.name.to_lowercase());
        named.mlps_level = named.mlps_level.max(row.mlps_level);
        named.cii |= row.cii;
        if named.responsible.is_empty() {
            (named.responsible, named.phone) = (row.responsible.clone(), row.phone.clone());
        }
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use ward_event::UnitId;

    use super::*;

    const NOW: Micros = Micros(1_000 * MICROS_PER_HOUR);

    #[test]
    fn the_first_rule_that_holds_decides() {
        let good = Evidence { unit_heard: Some(true), heard: Some(NOW.0 - 1), worst: 0, score: 0.0 };
        let of = |change: &dyn Fn(&mut Evidence)| {
            let mut evidence = good;
            change(&mut evidence);
            judge(&evidence, NOW)
        };
        assert_eq!(of(&|_| {}), (State::Ok, Why::Nothing));
        assert_eq!(of(&|e| e.worst = 2), (State::Ok, Why::Nothing));
        assert_eq!(of(&|e| e.worst = 3), (State::Attention, Why::MediumAlert));
        assert_eq!(of(&|e| e.score = 30.0), (State::Attention, Why::RaisedScore));
        assert_eq!(of(&|e| e.worst = 4), (State::Wrong, Why::SevereAlert));
        assert_eq!(of(&|e| e.score = 60.0), (State::Wrong, Why::HighScore));
        assert_eq!(of(&|e| e.heard = None), (State::Unknown, Why::NeverSeen));
        assert_eq!(of(&|e| e.heard = Some(NOW.0 - HEARD - 1)), (State::Unknown, Why::NotHeard));
        assert_eq!(of(&|e| e.unit_heard = Some(false)), (State::Unknown, Why::UnitSilent));
        assert_eq!(of(&|e| e.unit_heard = None), (State::Unknown, Why::UnitSilent));
        // Silence hides what is mild and never what is grave.
        let silent = |worst| judge(&Evidence { unit_heard: Some(false), worst, ..good }, NOW).0;
        assert_eq!((silent(3), silent(5)), (State::Unknown, State::Wrong));
    }

    #[test]
    fn a_declaration_adds_to_the_registers_system_and_makes_core_ones_of_its_own() {
        use ward_desk::assets::Declared;
        let register = Register::parse(
            "[[unit]]\nid = \"h1\"\nname = \"甲\"\nkind = \"hospital\"\n\
             [[unit.system]]\nname = \"医院信息系统（HIS）\"\nhosts = [\"H1-HISDB01\"]\n\
             [[unit]]\nid = \"h2\"\nname = \"乙\"\nkind = \"hospital\"\n[[unit.system]]\nname = \"HIS\"\n",
        )
        .expect("a register");
        let h1 = UnitId::new("h1").expect("an id");
        let row = |name: &str, system: &str, criticality| DeclaredRow {
            id: 1,
            declared: Declared {
                hospital: h1.clone(),
                name: name.into(),
                system: system.into(),
                criticality,
                mlps_level: 3,
                addresses: vec!["10.1.0.1".into()],
                responsible: "张三".into(),
                ..Declared::default()
            },
            since: Micros(0),
            since_by: String::new(),
        };
        let declared = [
            row("HIS数据库", "HIS", Criticality::Unknown),
            row("输血", "输血管理", Criticality::Core),
            row("打印机", "办公", Criticality::Normal),
        ];
        let all = systems(&register, &Scope::one(h1.clone()), &declared);
        let names: Vec<_> = all.iter().map(|s| (s.name.as_str(), s.mlps_level, s.machines.len())).collect();
        assert_eq!(names, [("医院信息系统（HIS）", 3, 3), ("输血管理", 3, 2)], "nothing of the other unit");
        assert_eq!(all[0].responsible, "张三");
    }
}
