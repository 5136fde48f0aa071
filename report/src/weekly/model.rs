//! The report as it is stored: everything that is printed, and nothing that would have to be asked again.

use serde::{Deserialize, Serialize};
use ward_event::Micros;
#[cfg(feature = "typeset")]
use ward_event::time::Calendar;

use super::{Figure, Issue, Period};
use crate::render::sha256;

/// For whom a report is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Edition {
    /// The commission's own: units by name.
    Leader,
    /// One hospital's: itself by name, others without.
    Unit { id: String, name: String },
    /// The superior authority's: localities, no units.
    Superior,
    /// A county's (区县卫健局): the units on its ground by name, and no others.
    Locality { name: String },
}

impl Edition {
    /// In file names and in the store: `leader`, `unit-h01`, `superior`, `county-东县`.
    pub fn key(&self) -> String {
        match self {
            Self::Leader => "leader".to_owned(),
            Self::Unit { id, .. } => format!("unit-{id}"),
            Self::Superior => "superior".to_owned(),
            Self::Locality { name } => format!("county-{name}"),
        }
    }
}

/// How something is counted, and the page of Ward that shows its rows; empty where no page does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    pub link: String,
    pub counted: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub title: String,
    pub region: String,
    pub issuer: String,
    pub issue: Issue,
    /// `第38期（总第38期）`
    pub issue_text: String,
    pub period: Period,
    /// `2026年11月13日0时至2026年11月19日24时`
    pub period_text: String,
    pub marking: String,
    pub to: String,
    pub drafted: String,
    pub checked: String,
    pub signed: String,
    pub as_of: Micros,
    pub as_of_text: String,
    pub ingested_until: Micros,
    /// What the reader must know of the paper itself: that it is no more than a draft, what it replaces. Never stored.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The last lines of the histories of notices and of incidents that were counted.
    #[serde(default)]
    pub history: [i64; 2],
}

/// Page one's sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `calm`, `attention`, `serious`, `unclear`.
    pub grade: String,
    pub word: String,
    pub sentence: String,
    pub change: String,
}

/// One of the units that need a leader's eye.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worst {
    pub name: String,
    pub reason: String,
    pub handler: String,
    pub link: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    pub label: String,
    pub value: u64,
    pub shown: String,
}

/// Bars from zero, each with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// Says the finding.
    pub title: String,
    pub unit: String,
    /// Columns over time, or bars side by side by name.
    pub upright: bool,
    pub bars: Vec<Bar>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub title: String,
    pub head: Vec<String>,
    /// Hundredths of the width.
    pub widths: Vec<u8>,
    /// Columns of numbers are set to the right.
    pub numbers: Vec<bool>,
    pub rows: Vec<Vec<String>>,
    /// How it is counted.
    pub query: Query,
}

/// A part of the report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub title: String,
    pub paragraphs: Vec<String>,
    pub charts: Vec<Chart>,
    pub tables: Vec<Table>,
}

/// A report: of a week, a month, a quarter, special days, or one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weekly {
    /// Of this model; a later Ward reads older ones.
    pub schema: u32,
    pub edition: Edition,
    pub head: Head,
    pub verdict: Verdict,
    /// What a person adds on page one. Never stored: see [`super::Words`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comment: Vec<String>,
    pub figures: Vec<Figure>,
    pub worst: Vec<Worst>,
    /// What the reader must decide.
    pub decisions: Vec<String>,
    pub sections: Vec<Section>,
    pub annexes: Vec<Section>,
    pub offset_secs: i64,
}

impl Weekly {
    /// `ward-weekly-2026-W47-leader`; letters, digits, dashes and dots.
    pub fn file_name(&self) -> String {
        let span = self.head.period.span;
        let edition = match &self.edition {
            // A county's name is no name for a file on every machine.
            Edition::Locality { name } => format!("county-{}", &sha256(name.as_bytes())[..8]),
            other => other.key(),
        };
        let name = format!("ward-{}-{span}-{edition}", span.kind());
        name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect()
    }

    /// The text's parts and the annexes, in their order.
    pub fn parts(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().chain(&self.annexes)
    }

    /// Figures of page one.
    pub fn front(&self) -> impl Iterator<Item = &Figure> {
        self.figures.iter().filter(|f| f.front)
    }

    /// Above the list of [`Weekly::decisions`].
    pub const fn decisions_title(&self) -> &'static str {
        if matches!(self.edition, Edition::Unit { .. }) { "须贵单位处置" } else { "须领导决策" }
    }

    #[cfg(feature = "typeset")]
    pub(crate) const fn calendar(&self) -> Calendar {
        Calendar::fixed(self.offset_secs)
    }
}
