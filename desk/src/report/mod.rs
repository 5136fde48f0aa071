//! Reports as they were issued: their models with hashes, kept for ever and never changed. And the posture scores
//! of each day.

mod posture;
mod store;
#[cfg(test)]
mod tests;

use ward_event::{Micros, UnitId};

pub use self::{
    posture::{Posture, PostureRow},
    store::Reports,
};

/// A report that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// `weekly`
    pub kind: String,
    /// `2026-W47`
    pub period: String,
    /// `leader`, `superior`, `unit-h01`
    pub edition: String,
    /// Whose own edition it is.
    pub hospital: Option<UnitId>,
    pub title: String,
    pub issue: String,
    /// Its first page's word.
    pub verdict: String,
    pub as_of: Micros,
    /// JSON
    pub model: String,
    /// SHA-256 of the model, the templates and the fonts, in hexadecimal.
    pub model_hash: String,
    pub templates_hash: String,
    pub fonts_hash: String,
}

/// One that is kept, without its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    pub id: i64,
    pub kind: String,
    pub period: String,
    pub edition: String,
    /// From 1; issued again is one more.
    pub version: i64,
    pub hospital: Option<UnitId>,
    pub title: String,
    pub issue: String,
    pub verdict: String,
    pub as_of: Micros,
    pub made_at: Micros,
    pub made_by: String,
    pub model_hash: String,
    pub templates_hash: String,
    pub fonts_hash: String,
}

/// And with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub row: ReportRow,
    pub model: String,
}

/// Which reports somebody may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readable {
    /// The commission: all.
    All,
    /// A hospital, a county: the editions of these units alone.
    Units(std::collections::BTreeSet<UnitId>),
}

impl Readable {
    pub fn allows(&self, row: &ReportRow) -> bool {
        match self {
            Self::All => true,
            Self::Units(units) => row.hospital.as_ref().is_some_and(|unit| units.contains(unit)),
        }
    }
}
