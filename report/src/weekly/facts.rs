//! What the store said about a period. Plain counts; what it could not say is `None` and never zero.

use ward_event::Micros;

use super::Period;

/// Alerts by level: critical, high, medium, low, informational.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Levels(pub [u64; 5]);

impl Levels {
    pub fn total(self) -> u64 {
        self.0.iter().sum()
    }

    /// Critical and high.
    pub const fn severe(self) -> u64 {
        self.0[0] + self.0[1]
    }

    /// By a level's name; other names are counted as informational.
    pub fn add(&mut self, level: &str, count: u64) {
        let names = ["critical", "high", "medium", "low"];
        let at = names.iter().position(|name| *name == level).unwrap_or(4);
        self.0[at] += count;
    }
}

#[derive(Debug, Clone, Default)]
pub struct UnitFacts {
    pub id: String,
    pub name: String,
    pub grade: String,
    pub locality: String,
    /// Who answers for it: role and name, as the register has them.
    pub handler: String,
    pub events: u64,
    pub events_before: u64,
    /// Sources that the register expects or that were heard.
    pub sources: u64,
    pub silent: Vec<String>,
    /// Expected and never heard.
    pub unknown: Vec<String>,
    pub assets: u64,
    pub assets_new: u64,
}

impl UnitFacts {
    /// Sources that are silent or were never heard.
    pub fn quiet(&self) -> u64 {
        (self.silent.len() + self.unknown.len()) as u64
    }

    /// Nothing of it is seen: what it reports is not the absence of danger.
    pub fn is_dark(&self) -> bool {
        self.quiet() >= self.sources
    }
}

/// Alerts of one rule in one unit.
#[derive(Debug, Clone, Default)]
pub struct RuleFacts {
    /// Empty for what belongs to no unit of the register.
    pub unit: String,
    pub id: String,
    pub title: String,
    pub level: String,
    pub count: u64,
    pub before: u64,
}

/// Alerts of one unit in 24 hours that begin at the cut-off's hour.
#[derive(Debug, Clone, Default)]
pub struct DayFacts {
    pub unit: String,
    /// 0 to 6 from the period's beginning.
    pub day: u8,
    pub severe: u64,
    pub other: u64,
}

/// Something the report cannot speak about, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Of the figure whose place stays open.
    pub id: String,
    pub what: String,
    pub why: String,
}

/// Everything a weekly report is made of.
#[derive(Debug, Clone)]
pub struct Facts {
    pub region: String,
    pub period: Period,
    pub as_of: Micros,
    /// Rows that came in later are not counted.
    pub ingested_until: Micros,
    pub units: Vec<UnitFacts>,
    pub rules: Vec<RuleFacts>,
    pub days: Vec<DayFacts>,
    /// Whether there was anything in the store a period before.
    pub has_before: bool,
    /// Parts no data is there for.
    pub unseen: Vec<Unseen>,
    pub offset_secs: i64,
}
