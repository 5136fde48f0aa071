//! The register of units: one versioned TOML file that detection, scope, notices and reports read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{SenderId, UnitId, alert::content_hash};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    #[serde(default, rename = "unit")]
    pub units: Vec<Unit>,
    #[serde(default, rename = "sender")]
    pub senders: Vec<Sender>,
    /// `content_hash` of the text it was read from.
    #[serde(skip)]
    pub version: String,
}

/// A hospital, a centre, a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub id: UnitId,
    pub name: String,
    #[serde(default)]
    pub name_en: String,
    /// `hospital`, `community`, `township`, `cdc`, `maternal`, `internet-hospital`, `commission`, `tenant`.
    pub kind: String,
    /// `三级甲等` … `一级`, `未定级`; peers of one grade are compared with each other.
    #[serde(default)]
    pub grade: String,
    /// County or district.
    #[serde(default)]
    pub locality: String,
    #[serde(default)]
    pub consortium: String,
    /// The lead of its consortium (医共体牵头医院): sees and acts for the members.
    #[serde(default)]
    pub consortium_lead: bool,
    /// `own-datacentre`, `hosted`, `cloud-his`, `imaging-cloud`: decides what a bypass is.
    #[serde(default)]
    pub topology: String,
    /// Tenant or organisation codes under which a shared sender reports it.
    #[serde(default)]
    pub tenant_codes: Vec<String>,
    /// The formats that must be heard of, each with the longest silence that is normal.
    #[serde(default, rename = "source")]
    pub sources: Vec<ExpectedSource>,
    #[serde(default)]
    pub zones: Vec<Zone>,
    #[serde(default, rename = "system")]
    pub systems: Vec<System>,
    #[serde(default, rename = "contact")]
    pub contacts: Vec<Contact>,
    /// Where its mark stands on the map: longitude, latitude (or the invented map's own grid).
    #[serde(default)]
    pub position: Option<[f64; 2]>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedSource {
    /// A format's name.
    pub format: String,
    /// Minutes without an event after which it is silent.
    #[serde(default = "silence_minutes")]
    pub silent_after_min: u32,
}

const fn silence_minutes() -> u32 {
    15
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    pub name: String,
    /// CIDR.
    pub networks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    pub name: String,
    /// 等保 level, 0 for not filed.
    #[serde(default)]
    pub mlps_level: u8,
    /// 关键信息基础设施.
    #[serde(default)]
    pub critical: bool,
    #[serde(default)]
    pub hosts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub role: String,
    pub name: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub email: String,
    /// Date last confirmed, `YYYY-MM-DD`.
    #[serde(default)]
    pub confirmed: String,
    /// Names of the systems that they answer for; empty for the unit as a whole.
    #[serde(default)]
    pub systems: Vec<String>,
}

/// A collector and the units it may speak for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    pub id: SenderId,
    pub units: Vec<UnitId>,
}

/// Why a register is refused.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("register: {0}")]
    Syntax(#[from] toml::de::Error),
    #[error("register: {0}")]
    Content(String),
}

impl Register {
    /// Reads and checks a register.
    ///
    /// # Errors
    /// TOML that does not parse, an unknown key, an id twice, a sender that names a unit that is not there,
    /// a tenant code that two units of one sender share.
    pub fn parse(text: &str) -> Result<Self, RegisterError> {
        let mut register: Self = toml::from_str(text)?;
        register.version = content_hash(text.as_bytes());
        let mut seen = BTreeMap::new();
        for unit in &register.units {
            if unit.id.is_unset() {
                return Err(RegisterError::Content("a unit has no id".into()));
            }
            if seen.insert(unit.id.clone(), ()).is_some() {
                return Err(RegisterError::Content(format!("unit {} stands twice", unit.id)));
            }
        }
        let mut senders = BTreeMap::new();
        for sender in &register.senders {
            if sender.id.is_unset() {
                return Err(RegisterError::Content("a sender has no id".into()));
            }
            if senders.insert(sender.id.clone(), ()).is_some() {
                return Err(RegisterError::Content(format!("sender {} stands twice", sender.id)));
            }
            let mut codes = BTreeMap::new();
            for id in &sender.units {
                let Some(unit) = register.unit(id) else {
                    return Err(RegisterError::Content(format!(
                        "sender {} names unit {id}, which is not there",
                        sender.id
                    )));
                };
                for code in &unit.tenant_codes {
                    if let Some(other) = codes.insert(code.clone(), id.clone()) {
                        return Err(RegisterError::Content(format!(
                            "tenant code {code} of sender {} belongs to both {other} and {id}",
                            sender.id
                        )));
                    }
                }
            }
        }
        Ok(register)
    }

    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.iter().find(|u| u.id == *id)
    }

    /// The unit that a person calls so: by its id or one of its names.
    pub fn named(&self, text: &str) -> Option<&Unit> {
        self.units.iter().find(|u| u.id.as_str() == text || u.name == text || u.name_en == text)
    }

    pub fn sender(&self, id: &SenderId) -> Option<&Sender> {
        self.senders.iter().find(|s| s.id == *id)
    }
}

/// Tells whose an event is: built once from a register, asked for each event.
#[derive(Debug, Default)]
pub struct Attribution {
    senders: std::collections::HashMap<SenderId, SenderUnits>,
}

#[derive(Debug, Default)]
struct SenderUnits {
    allowed: Vec<UnitId>,
    by_code: std::collections::HashMap<String, UnitId>,
}

impl Attribution {
    pub fn new(register: &Register) -> Self {
        let senders = register.senders.iter().map(|sender| {
            let by_code = sender
                .units
                .iter()
                .filter_map(|id| register.unit(id))
                .flat_map(|unit| unit.tenant_codes.iter().map(|code| (code.clone(), unit.id.clone())))
                .collect();
            (sender.id.clone(), SenderUnits { allowed: sender.units.clone(), by_code })
        });
        Self { senders: senders.collect() }
    }

    /// The unit an event of `sender` (known from the topic, never from the event) belongs to.
    /// A tenant code decides where there is one; else the unit that the sender names, if it may speak
    /// for it; else the sender's only unit, when no tenant codes are in play. Otherwise `unattributed`.
    pub fn unit(&self, sender: &SenderId, claimed: &UnitId, tenant: Option<&str>) -> UnitId {
        let Some(units) = self.senders.get(sender) else { return UnitId::unattributed() };
        if let Some(code) = tenant
            && !units.by_code.is_empty()
        {
            return units.by_code.get(code).cloned().unwrap_or_else(UnitId::unattributed);
        }
        if !claimed.is_unset() {
            return if units.allowed.contains(claimed) { claimed.clone() } else { UnitId::unattributed() };
        }
        match units.allowed.as_slice() {
            [only] => only.clone(),
            _ => UnitId::unattributed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        [[unit]]
        id = "a"
        name = "甲"
        kind = "hospital"
        tenant_codes = ["T1"]
        [[unit]]
        id = "b"
        name = "乙"
        kind = "hospital"
        tenant_codes = ["T2"]
        [[unit]]
        id = "c"
        name = "丙"
        kind = "hospital"
        [[sender]]
        id = "cloud"
        units = ["a", "b"]
        [[sender]]
        id = "c"
        units = ["c"]
    "#;

    #[test]
    fn a_sender_speaks_only_for_its_units() {
        let attribution = Attribution::new(&Register::parse(TEXT).expect("a register"));
        let ask = |sender: &str, claimed: &str, tenant: Option<&str>| {
            let claimed = UnitId::new(claimed).unwrap_or_default();
            attribution.unit(&SenderId::new(sender).expect("an id"), &claimed, tenant).to_string()
        };
        assert_eq!(ask("cloud", "", Some("T2")), "b");
        assert_eq!(ask("cloud", "a", Some("T9")), "unattributed");
        assert_eq!(ask("cloud", "a", None), "a");
        assert_eq!(ask("cloud", "c", None), "unattributed");
        assert_eq!(ask("cloud", "", None), "unattributed");
        assert_eq!(ask("c", "", Some("anything")), "c");
        assert_eq!(ask("nobody", "a", None), "unattributed");
    }

    #[test]
    fn a_broken_register_is_refused_with_its_reason() {
        for (text, reason) in [
            ("[[unit]]\nid='a'\nname='x'\nkind='h'\ncolour=1", "unknown field"),
            ("[[unit]]\nid='a'\nname='x'\nkind='h'\n[[unit]]\nid='a'\nname='y'\nkind='h'", "stands twice"),
            ("[[sender]]\nid='s'\nunits=['a']", "not there"),
        ] {
            let error = Register::parse(text).expect_err("refused").to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
