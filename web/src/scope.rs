//! Whose rows a viewer may read. Every query takes a scope; there is no way to build one without.

use std::collections::BTreeSet;

use ward_event::UnitId;

/// A set of units, or all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The commission: every unit, and what belongs to none (`unattributed`).
    All,
    /// One hospital, the members of a consortium, the units of a locality.
    Units(BTreeSet<UnitId>),
}

impl Scope {
    pub fn one(unit: UnitId) -> Self {
        Self::Units(BTreeSet::from([unit]))
    }

    /// Nothing: who is not signed in, and who sees no business data.
    pub const fn nothing() -> Self {
        Self::Units(BTreeSet::new())
    }

    /// As the desk asks for it; `None` stands for all.
    pub fn units(&self) -> Option<BTreeSet<UnitId>> {
        match self {
            Self::All => None,
            Self::Units(units) => Some(units.clone()),
        }
    }

    pub fn allows(&self, unit: &UnitId) -> bool {
        match self {
            Self::All => true,
            Self::Units(units) => units.contains(unit),
        }
    }

    /// The part of this scope that lies in these units.
    #[must_use]
    pub fn within(&self, units: impl IntoIterator<Item = UnitId>) -> Self {
        Self::Units(units.into_iter().filter(|unit| self.allows(unit)).collect())
    }

    /// The part of this scope that lies in one unit: nothing, where the unit is a foreign one.
    #[must_use]
    pub fn narrow(&self, unit: Option<&UnitId>) -> Self {
        match unit {
            None => self.clone(),
            Some(unit) if self.allows(unit) => Self::one(unit.clone()),
            Some(_) => Self::nothing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_never_widens() {
        let (a, b) = (UnitId::new("a").expect("an id"), UnitId::new("b").expect("an id"));
        let own = Scope::one(a.clone());
        assert!(own.allows(&a) && !own.allows(&b));
        assert_eq!(own.narrow(Some(&b)), Scope::Units(BTreeSet::new()));
        assert_eq!(own.narrow(None), own);
        assert_eq!(own.within([a.clone(), b.clone()]), own);
        assert_eq!(Scope::All.within([b.clone()]), Scope::one(b.clone()));
        assert_eq!(Scope::All.narrow(Some(&b)), Scope::one(b));
    }
}
