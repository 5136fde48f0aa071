//! Who looks: role and reach.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use ward_event::{UnitId, register::Register};

/// An account's number. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub i64);

/// What a person (or a wall) is to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Commission leader (分管领导).
    Leader,
    /// Commission analyst (监测人员).
    Analyst,
    /// County bureau (区县卫健局): its locality.
    County,
    /// Hospital security officer (信息科): one or more units.
    Officer,
    /// A dated account that reads audit and cases (检查人员).
    Inspector,
    /// 系统管理员: sees no audit and no business data.
    SystemAdmin,
    /// 安全管理员: accounts and their rights.
    SecurityAdmin,
    /// 审计管理员: the audit, and nothing else.
    AuditAdmin,
    /// No person: a wall's token.
    Wall,
}

impl Role {
    pub const ALL: [Self; 9] = [
        Self::Leader,
        Self::Analyst,
        Self::County,
        Self::Officer,
        Self::Inspector,
        Self::SystemAdmin,
        Self::SecurityAdmin,
        Self::AuditAdmin,
        Self::Wall,
    ];

    /// The name in the database, in the audit and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Analyst => "analyst",
            Self::County => "county",
            Self::Officer => "officer",
            Self::Inspector => "inspector",
            Self::SystemAdmin => "system_admin",
            Self::SecurityAdmin => "security_admin",
            Self::AuditAdmin => "audit_admin",
            Self::Wall => "wall",
        }
    }

    /// One of the three whose powers are kept apart (三员分立).
    pub const fn is_administrator(self) -> bool {
        matches!(self, Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or_else(|| format!("no role {text:?}"))
    }
}

/// Whose rows somebody may read, before the register says which units that are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The commission: every unit, and what belongs to none.
    Region,
    /// A county or district, by the register's name for it.
    Locality(String),
    /// These units; the lead of a consortium reaches its members, too.
    Units(BTreeSet<UnitId>),
}

impl Reach {
    /// The units, as the register has them now. `None` stands for all, and for what belongs to none.
    pub fn units(&self, register: &Register) -> Option<BTreeSet<UnitId>> {
        let ids = |wanted: &dyn Fn(&ward_event::register::Unit) -> bool| {
            register.units.iter().filter(|u| wanted(u)).map(|u| u.id.clone()).collect()
        };
        match self {
            Self::Region => None,
            // A unit without a locality is nobody's.
            Self::Locality(name) => Some(ids(&|u| !name.is_empty() && u.locality == *name)),
            Self::Units(own) => {
                let led: BTreeSet<&str> = register
                    .units
                    .iter()
                    .filter(|u| u.consortium_lead && !u.consortium.is_empty() && own.contains(&u.id))
                    .map(|u| u.consortium.as_str())
                    .collect();
                Some(ids(&|u| own.contains(&u.id) || led.contains(u.consortium.as_str())))
            }
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// None for a wall.
    pub account: Option<AccountId>,
    /// The account's or the wall's name.
    pub name: String,
    pub role: Role,
    pub reach: Reach,
    /// A token's narrower reach: what it may read lies in both.
    pub within: Option<Reach>,
    /// False for a token that may only read.
    pub may_write: bool,
}

impl Viewer {
    /// The units this viewer may read, by the register in force; `None` stands for all. Ask this, not
    /// `reach` alone: a token may be narrower than its owner.
    pub fn units(&self, register: &Register) -> Option<BTreeSet<UnitId>> {
        let own = self.reach.units(register);
        let Some(within) = self.within.as_ref().and_then(|reach| reach.units(register)) else { return own };
        Some(match own {
            None => within,
            Some(own) => own.intersection(&within).cloned().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTER: &str = r#"
        unit = [
          { id = "lead", name = "甲", kind = "hospital", locality = "东县", consortium = "东县医共体", consortium_lead = true },
          { id = "member", name = "乙", kind = "township", locality = "东县", consortium = "东县医共体" },
          { id = "other", name = "丙", kind = "hospital", locality = "西县" },
          { id = "nowhere", name = "丁", kind = "hospital" },
        ]
    "#;

    fn ids(names: &[&str]) -> BTreeSet<UnitId> {
        names.iter().map(|n| UnitId::new(n).expect("an id")).collect()
    }

    fn viewer(reach: Reach, within: Option<Reach>) -> Viewer {
        Viewer { account: None, name: "x".into(), role: Role::Officer, reach, within, may_write: true }
    }

    #[test]
    fn the_register_says_which_units_a_reach_means() {
        let register = Register::parse(REGISTER).expect("a register");
        let units = |reach: Reach| reach.units(&register);
        assert_eq!(units(Reach::Region), None);
        assert_eq!(units(Reach::Locality("东县".into())), Some(ids(&["lead", "member"])));
        assert_eq!(units(Reach::Locality(String::new())), Some(ids(&[])));
        assert_eq!(units(Reach::Units(ids(&["lead"]))), Some(ids(&["lead", "member"])));
        assert_eq!(units(Reach::Units(ids(&["member"]))), Some(ids(&["member"])));
        assert_eq!(units(Reach::Units(ids(&["gone"]))), Some(ids(&[])));
    }

    #[test]
    fn a_token_reaches_what_lies_in_both() {
        let register = Register::parse(REGISTER).expect("a register");
        let east = || Reach::Locality("东县".into());
        let both = viewer(east(), Some(Reach::Units(ids(&["member", "other"]))));
        assert_eq!(both.units(&register), Some(ids(&["member"])));
        assert_eq!(viewer(Reach::Region, Some(east())).units(&register), Some(ids(&["lead", "member"])));
        assert_eq!(viewer(east(), Some(Reach::Region)).units(&register), Some(ids(&["lead", "member"])));
        assert_eq!(viewer(Reach::Region, None).units(&register), None);
    }

    #[test]
    fn a_role_is_read_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }
}
