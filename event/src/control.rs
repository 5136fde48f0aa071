//! What changes detection, as records of `ward.control`, kept for ever.

use serde::{Deserialize, Serialize};

use crate::Micros;

/// One file of a rule set: its path below the set's root, and its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFile {
    pub path: String,
    pub text: String,
}

/// A change. Each stands for the whole of what it names: the newest one counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The rules in force, every file.
    Rules { files: Vec<RuleFile> },
    /// The register of units, TOML.
    Register { text: String },
    /// Who judges whom as usual: allow-lists for UEBA and rules (entity type, value, until).
    AllowList { entries: Vec<AllowEntry> },
}

/// An entity that a rule (or every rule, where empty) shall not alert on, until a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowEntry {
    pub rule_id: String,
    pub hospital: String,
    pub entity_type: String,
    pub value: String,
    pub until: Micros,
    pub reason: String,
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
