//! What changes detection, as records of `ward.control`, kept for ever.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{Micros, UnitId, alert::Entity};

/// One file of a rule set: its path below the set's root, and its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFile {
    pub path: String,
    pub text: String,
}

/// A change. Rules and register stand for the whole of what they name: the newest one counts. The others
/// are single decisions: the newest of an `id` counts, and one whose end is not after its `at` is lifted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The rules in force, every file.
    Rules {
        files: Vec<RuleFile>,
    },
    /// The register of units, TOML.
    Register {
        text: String,
    },
    Suppress(Suppression),
    Allow(AllowEntry),
    TestWindow(TestWindow),
    Verdict(Verdict),
}

impl Change {
    /// As it stands in the record's JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Rules { .. } => "rules",
            Self::Register { .. } => "register",
            Self::Suppress(_) => "suppress",
            Self::Allow(_) => "allow",
            Self::TestWindow(_) => "test_window",
            Self::Verdict(_) => "verdict",
        }
    }
}

/// A rule shall give no alerts about an entity, until a time. They are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    pub id: String,
    pub rule_id: String,
    pub entity_type: String,
    pub value: String,
    /// Empty for every unit.
    #[serde(default)]
    pub hospital: String,
    /// By the clock's time.
    pub until: Micros,
    pub reason: String,
    /// Whose decision, and when it was taken.
    pub by: String,
    pub at: Micros,
}

/// What is usual: events with this value in this field are no match of a rule, until a time. They are
/// counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowEntry {
    pub id: String,
    /// Empty for every rule.
    #[serde(default)]
    pub rule_id: String,
    /// Empty for every unit.
    #[serde(default)]
    pub hospital: String,
    /// A type of entity (`account`, `host`, `ip`) or a field by the source's name or OCSF path.
    pub field: String,
    /// Case is no difference.
    pub value: String,
    /// By the clock's time.
    pub until: Micros,
    pub reason: String,
    pub by: String,
    pub at: Micros,
}

/// An authorised test: alerts about what testers do to targets in its time carry its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestWindow {
    pub id: String,
    /// By the time of events.
    pub from: Micros,
    pub until: Micros,
    /// Addresses or networks (`10.1.2.0/24`).
    pub testers: Vec<String>,
    /// Addresses, networks, host names or units; empty for everything.
    #[serde(default)]
    pub targets: Vec<String>,
    pub reason: String,
    pub by: String,
    pub at: Micros,
}

/// What an analyst found an alert to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    #[default]
    Undecided,
    TruePositive,
    FalsePositive,
    /// It happened, and nothing is wrong with it.
    Benign,
    AuthorisedTest,
}

impl Finding {
    pub const ALL: [Self; 5] =
        [Self::Undecided, Self::TruePositive, Self::FalsePositive, Self::Benign, Self::AuthorisedTest];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Undecided => "undecided",
            Self::TruePositive => "true_positive",
            Self::FalsePositive => "false_positive",
            Self::Benign => "benign",
            Self::AuthorisedTest => "authorised_test",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    /// True where nothing bad was behind the alert.
    pub const fn acquits(self) -> bool {
        matches!(self, Self::FalsePositive | Self::Benign | Self::AuthorisedTest)
    }
}

/// A verdict on one alert, with what of the alert is needed to take its share of scores away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub alert_id: String,
    pub rule_id: String,
    pub hospital: UnitId,
    pub entities: Vec<Entity>,
    pub score: f64,
    /// When the alert was first given.
    pub given: Micros,
    pub verdict: Finding,
    #[serde(default)]
    pub reason: String,
    pub by: String,
    pub at: Micros,
}

/// True when `text` is an address that `pattern` names: the same, or one in its network.
pub fn address_in(pattern: &str, address: IpAddr) -> bool {
    let (net, bits) = match pattern.split_once('/') {
        None => (pattern, None),
        Some((net, bits)) => match bits.parse::<u32>() {
            Ok(bits) => (net, Some(bits)),
            Err(_) => return false,
        },
    };
    match (net.parse::<IpAddr>().map(|ip| ip.to_canonical()), address.to_canonical()) {
        (Ok(IpAddr::V4(net)), IpAddr::V4(address)) => {
            same_bits(net.to_bits().into(), address.to_bits().into(), 32, bits)
        }
        (Ok(IpAddr::V6(net)), IpAddr::V6(address)) => same_bits(net.to_bits(), address.to_bits(), 128, bits),
        _ => false,
    }
}

/// The first `bits` of `width` are equal; all of them where none is named.
fn same_bits(net: u128, address: u128, width: u32, bits: Option<u32>) -> bool {
    match bits.unwrap_or(width) {
        0 => true,
        bits if bits <= width => (net ^ address) >> (width - bits) == 0,
        _ => false,
    }
}

/// A record of `ward.control`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlRecord {
    pub time: Micros,
    /// `alert::content_hash` of the change's JSON.
    pub hash: String,
    #[serde(flatten)]
    pub change: Change,
}

impl ControlRecord {
    /// # Errors
    /// None in practice: a change always serialises.
    pub fn new(time: Micros, change: Change) -> Result<Self, serde_json::Error> {
        let hash = crate::alert::content_hash(&serde_json::to_vec(&change)?);
        Ok(Self { time, hash, change })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_its_network_and_in_no_other() {
        let ask = |pattern: &str, address: &str| address_in(pattern, address.parse().expect("an address"));
        assert!(
            ask("10.1.2.3", "10.1.2.3") && ask("10.1.2.0/24", "10.1.2.255") && ask("0.0.0.0/0", "1.1.1.1")
        );
        assert!(ask("10.1.2.3", "::ffff:10.1.2.3") && ask("fd00::/8", "fd12::1"));
        assert!(!ask("10.1.2.0/24", "10.1.3.0") && !ask("10.1.2.3", "10.1.2.4"));
        assert!(!ask("10.1.2.0/33", "10.1.2.0") && !ask("fd00::/8", "10.0.0.1") && !ask("x/8", "10.0.0.1"));
        assert!(!ask("10.0.0.0/x", "10.0.0.1"));
    }

    #[test]
    fn a_decision_is_one_flat_record_that_reads_back() {
        let entry = AllowEntry {
            id: "a-1".into(),
            rule_id: String::new(),
            hospital: String::new(),
            field: "account".into(),
            value: "scanner".into(),
            until: Micros(9),
            reason: "patching".into(),
            by: "li".into(),
            at: Micros(3),
        };
        let record = ControlRecord::new(Micros(4), Change::Allow(entry)).expect("JSON");
        let json = serde_json::to_string(&record).expect("JSON");
        assert!(json.contains(r#""kind":"allow","id":"a-1""#), "{json}");
        assert_eq!(serde_json::from_str::<ControlRecord>(&json).expect("reads back"), record);
    }
}
