//! The systems of a unit: those of the register, and those that its declared assets name.

use ward_event::register::Unit;

use crate::assets::DeclaredRow;

/// A system as register and declarations have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct System {
    pub name: String,
    /// 等保 level, 0 where nobody says.
    pub level: u8,
    pub filing: String,
    /// 关键信息基础设施.
    pub cii: bool,
}

/// `declared` are the unit's own rows; `recorded` the names of which the ledger speaks.
pub(super) fn systems<'a>(
    unit: &Unit,
    declared: &[DeclaredRow],
    recorded: impl Iterator<Item = &'a str>,
) -> Vec<System> {
    let mut all: Vec<System> = Vec::new();
    for system in &unit.systems {
        if !all.iter().any(|s| s.name == system.name) {
            all.push(System {
                name: system.name.clone(),
                level: system.mlps_level,
                cii: system.critical,
                ..System::default()
            });
        }
    }
    for row in declared.iter().map(|r| &r.declared).filter(|d| !d.system.is_empty()) {
        let at = find(&all, &row.system).unwrap_or_else(|| {
            all.push(System { name: row.system.clone(), ..System::default() });
            all.len() - 1
        });
        let system = &mut all[at];
        system.level = system.level.max(row.mlps_level);
        system.cii |= row.cii;
        if system.filing.is_empty() {
            system.filing.clone_from(&row.filing);
        }
    }
    // What was said of a system that is no longer on the register is not forgotten.
    for name in recorded.filter(|name| !name.is_empty()) {
        if !all.iter().any(|s| s.name == name) {
            all.push(System { name: name.to_owned(), ..System::default() });
        }
    }
    all
}

/// The one of this name, else one that means the same.
pub(super) fn find(all: &[System], name: &str) -> Option<usize> {
    let exact = all.iter().position(|s| s.name == name);
    exact.or_else(|| all.iter().position(|s| is_same(&s.name, name)))
}

/// `HIS` and `医院信息系统（HIS）` are one.
pub fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    a == b || (b.chars().count() > 2 && a.contains(&b)) || (a.chars().count() > 2 && b.contains(&a))
}
