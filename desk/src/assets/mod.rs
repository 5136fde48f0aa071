//! Declared assets: what a unit says it has. They come by CSV: a file is read whole, shown, and taken
//! over only when its sender confirms it; one bad row and nothing of it is taken.

mod check;
mod columns;
mod file;
mod store;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use ward_event::{Micros, UnitId};

pub use self::{
    columns::Column,
    file::{FileFlaw, Flaw, RowFlaw, Sheet, read},
    store::{Assets, Imported, Preview},
};

/// How much depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// Nobody has said.
    #[default]
    Unknown,
    Normal,
    Important,
    Core,
}

impl Criticality {
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Normal, Self::Important, Self::Core];

    /// The name in the database and in addresses; empty for unknown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Normal => "normal",
            Self::Important => "important",
            Self::Core => "core",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == name)
    }
}

/// What a unit declares of one asset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    pub hospital: UnitId,
    pub name: String,
    pub system: String,
    pub zone: String,
    pub owner: String,
    pub operator: String,
    pub responsible: String,
    pub phone: String,
    pub criticality: Criticality,
    /// 等保 level, 0 for none.
    pub mlps_level: u8,
    pub filing: String,
    /// 关键信息基础设施.
    pub cii: bool,
    /// Canonical, sorted, each once.
    pub addresses: Vec<String>,
    pub vendor: String,
    pub product: String,
    pub version: String,
}

/// A declaration in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredRow {
    pub id: i64,
    pub declared: Declared,
    pub since: Micros,
    pub since_by: String,
}
