//! Everything that is asked of a unit beside what is recorded: the sheet that pages, programs and files show.

use std::collections::BTreeMap;

use jiff::civil::Date;
use ward_event::{UnitId, register::Unit};

use super::{
    catalogue::{Catalogue, Item, Mandatory, Per, Registered},
    judge::{Judged, State, Subject, judge},
    store::Record,
    systems::{System, systems},
};
use crate::assets::DeclaredRow;

/// One item of a unit or a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    pub item: &'a Item,
    /// Recorded, or of the register.
    pub value: Option<String>,
    pub record: Option<Record>,
    pub judged: Judged,
}

/// One system with its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemSheet<'a> {
    pub system: System,
    /// The level in force: recorded, else of the register; 0 where nobody says.
    pub level: u8,
    pub mandatory: Option<&'a Mandatory>,
    pub lines: Vec<Line<'a>>,
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet<'a> {
    pub unit: UnitId,
    pub lines: Vec<Line<'a>>,
    pub systems: Vec<SystemSheet<'a>>,
}

impl<'a> Sheet<'a> {
    /// `declared` and `records` are the unit's own, in force.
    pub fn new(
        catalogue: &'a Catalogue,
        unit: &Unit,
        declared: &[DeclaredRow],
        records: &[Record],
        today: Date,
    ) -> Self {
        let of: BTreeMap<(&str, &str), &Record> =
            records.iter().map(|r| ((r.system.as_str(), r.item.as_str()), r)).collect();
        let lines = |per: Per, system: &System, subject: Subject| -> Vec<Line<'a>> {
            let items = catalogue.items.iter().filter(|i| i.per == per);
            let line = |item: &'a Item| {
                let record = of.get(&(system.name.as_str(), item.id.as_str())).copied();
                // What was recorded is shown even where it is not asked.
                let asked = item.applies(&unit.kind, subject.level.max(subject.mandatory));
                (asked || record.is_some()).then(|| line(catalogue, item, system, record, subject, today))
            };
            items.filter_map(line).collect()
        };
        let whole = lines(Per::Unit, &System::default(), Subject::default());
        let systems = systems(unit, declared, records.iter().map(|r| r.system.as_str()));
        let systems = systems.into_iter().map(|system| {
            let mandatory = catalogue.mandatory(unit, &system.name);
            let level = level(catalogue, &system, &of);
            let subject = Subject { level, mandatory: mandatory.map_or(0, |m| m.level) };
            let lines = lines(Per::System, &system, subject);
            SystemSheet { system, level, mandatory, lines }
        });
        Self { unit: unit.id.clone(), lines: whole, systems: systems.collect() }
    }

    /// Every line with its system's name, empty for the unit's own.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Line<'a>)> {
        let own = self.lines.iter().map(|line| ("", line));
        let of = self.systems.iter().flat_map(|s| s.lines.iter().map(|line| (s.system.name.as_str(), line)));
        own.chain(of)
    }

    /// Lines in a state, of a group or of all.
    pub fn count(&self, group: Option<&str>, state: State) -> usize {
        let of = |line: &Line<'_>| line.judged.state == state && group.is_none_or(|g| line.item.group == g);
        self.all().filter(|(_, line)| of(line)).count()
    }
}

impl SystemSheet<'_> {
    /// The number of its filing, recorded or declared.
    pub fn filing(&self) -> Option<&str> {
        let line = self.lines.iter().find(|l| l.item.registered == Some(Registered::Filing));
        line.and_then(|l| l.value.as_deref())
    }

    /// Its level is known, and lower than it must be.
    pub fn is_below(&self) -> bool {
        self.level > 0 && self.mandatory.is_some_and(|m| self.level < m.level)
    }
}

fn level(catalogue: &Catalogue, system: &System, of: &BTreeMap<(&str, &str), &Record>) -> u8 {
    let item = catalogue.items.iter().find(|i| i.registered == Some(Registered::Level));
    let record = item.and_then(|i| of.get(&(system.name.as_str(), i.id.as_str())));
    record.and_then(|r| r.value.parse().ok()).unwrap_or(system.level)
}

fn line<'a>(
    catalogue: &Catalogue,
    item: &'a Item,
    system: &System,
    record: Option<&Record>,
    subject: Subject,
    today: Date,
) -> Line<'a> {
    let registered = match item.registered {
        Some(Registered::Level) if system.level > 0 => Some(system.level.to_string()),
        Some(Registered::Filing) if !system.filing.is_empty() => Some(system.filing.clone()),
        _ => None,
    };
    let value = record.map(|r| r.value.clone()).or(registered);
    let held = value.as_deref().map(|value| (value, record.map(|r| r.as_of)));
    let judged = judge(item, held, subject, catalogue.soon_days, today);
    Line { item, record: record.cloned(), judged, value }
}
