//! Reports as they were issued: their models with hashes, kept for ever and never changed; the words that people write
//! for them, until they are checked, signed and out. And the posture scores of each day.

mod act;
mod dispute;
mod paper;
mod posture;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use ward_event::{Micros, UnitId};

pub use self::{
    dispute::{NewScoreDispute, ScoreDispute},
    paper::{PAPER, Paper, PaperAct, PaperState, PaperStep, Replaced},
    posture::{Posture, PostureRow},
    store::Reports,
};

/// A report that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// `weekly`, `monthly`, `quarterly`, `special`, `incident`
    pub kind: String,
    /// `2026-W47`, `2026-11`, `2026Q4`, `2026-11-01..2026-11-07`, an incident's number
    pub period: String,
    /// `leader`, `superior`, `unit-h01`, `county-东县`
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
    pub paper: Paper,
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
    /// A hospital, a county: what is out of the editions of these units, and of the county's own.
    Published { units: BTreeSet<UnitId>, locality: Option<String> },
}

impl Readable {
    pub fn allows(&self, row: &ReportRow) -> bool {
        match self {
            Self::All => true,
            Self::Published { units, locality } => {
                let is_own = match (&row.hospital, locality) {
                    (Some(unit), _) => units.contains(unit),
                    (None, Some(name)) => row.edition.strip_prefix(COUNTY) == Some(name),
                    (None, None) => false,
                };
                is_own && row.paper.state == PaperState::Published
            }
        }
    }
}

/// What the edition of a county begins with; its name follows.
pub const COUNTY: &str = "county-";
