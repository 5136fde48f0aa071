//! What is asked of units and systems: groups, items, and the systems that must have a level. A data file.

use std::{collections::BTreeSet, path::Path};

use jiff::civil::Date;
use serde::Deserialize;
use ward_event::register::Unit;

use crate::{DeskError, case::tx::LINE_CHARS_MAX, table::has_hidden};

const SHIPPED: &str = include_str!("../../../deploy/case/compliance.toml");

/// What is asked, in the order of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    pub version: String,
    /// `YYYY-MM-DD`.
    pub effective: String,
    /// What ends within so many days is due soon.
    pub soon_days: u16,
    #[serde(rename = "group")]
    pub groups: Vec<Group>,
    #[serde(rename = "item")]
    pub items: Vec<Item>,
    #[serde(default, rename = "mandatory")]
    pub mandatory: Vec<Mandatory>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: String,
    pub zh: String,
    pub en: String,
}

/// Of what an item is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    Unit,
    System,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Choice,
    Number,
    Date,
    Text,
}

/// What a value is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    Met,
    Partly,
    NotMet,
    /// Neither good nor bad: it is said.
    Stated,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    pub zh: String,
    pub en: String,
    pub counts: Counts,
}

/// For how many days a value holds, from a level on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Valid {
    #[serde(default)]
    pub level: u8,
    pub days: u16,
}

/// What the register and the declared assets know, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registered {
    Level,
    Filing,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: String,
    pub group: String,
    pub per: Per,
    pub zh: String,
    pub en: String,
    pub kind: Kind,
    #[serde(default, rename = "choice")]
    pub choices: Vec<Choice>,
    /// Of a number: its bounds, the places behind its point, what it must reach or not exceed, its unit.
    #[serde(default)]
    pub min: u32,
    #[serde(default)]
    pub max: u32,
    #[serde(default)]
    pub decimals: usize,
    pub met_from: Option<u32>,
    pub met_to: Option<u32>,
    #[serde(default)]
    pub unit_zh: String,
    #[serde(default)]
    pub unit_en: String,
    #[serde(default)]
    pub valid: Vec<Valid>,
    pub registered: Option<Registered>,
    /// Asked of systems of this level and above.
    #[serde(default)]
    pub from_level: u8,
    /// Kinds of units that it is asked of; none named means all.
    #[serde(default)]
    pub kinds: Vec<String>,
    pub basis: String,
    pub basis_en: String,
}

/// Systems that must have a level.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mandatory {
    pub level: u8,
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub kinds: Vec<String>,
    #[serde(default)]
    pub grades: Vec<String>,
    /// Parts of names.
    #[serde(default)]
    pub systems: Vec<String>,
}

impl Catalogue {
    /// The file of a folder, or what comes with Ward.
    ///
    /// # Errors
    /// A file that cannot be read, or is wrong.
    pub fn load(folder: &Path) -> Result<Self, DeskError> {
        let path = folder.join("compliance.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => SHIPPED.to_owned(),
            Err(source) => return Err(DeskError::File { path, source }),
        };
        let wrong = |why: String| DeskError::Broken(format!("case/compliance.toml: {why}"));
        let catalogue: Self = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        catalogue.check().map_err(wrong)?;
        Ok(catalogue)
    }

    fn check(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for group in &self.groups {
            if !seen.insert(group.id.as_str()) {
                return Err(format!("group {} stands twice", group.id));
            }
        }
        let mut names = BTreeSet::new();
        for item in &self.items {
            let id = &item.id;
            // An import names an item by any of them.
            for name in [id, &item.zh, &item.en] {
                if name.is_empty() || !names.insert(name.to_lowercase()) {
                    return Err(format!("item {id}: the name {name:?} is empty or stands twice"));
                }
            }
            if !seen.contains(item.group.as_str()) {
                return Err(format!("item {id}: there is no group {}", item.group));
            }
            item.check().map_err(|why| format!("item {id}: {why}"))?;
        }
        if self.mandatory.iter().any(|m| !(1..=5).contains(&m.level)) {
            return Err("a mandatory level is not one of 1 to 5".into());
        }
        Ok(())
    }

    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|i| i.id == id)
    }

    /// The item that a person calls so: by its id or its name in either language.
    pub fn named(&self, text: &str) -> Option<&Item> {
        let text = text.to_lowercase();
        self.items.iter().find(|i| [&i.id, &i.zh, &i.en].iter().any(|name| name.to_lowercase() == text))
    }

    /// The highest level that a system of this name must have there.
    pub fn mandatory(&self, unit: &Unit, system: &str) -> Option<&Mandatory> {
        self.mandatory.iter().filter(|m| m.fits(unit, system)).max_by_key(|m| m.level)
    }
}

impl Mandatory {
    fn fits(&self, unit: &Unit, system: &str) -> bool {
        let named = |all: &[String], one: &String| all.is_empty() || all.contains(one);
        named(&self.kinds, &unit.kind)
            && named(&self.grades, &unit.grade)
            && (self.systems.is_empty() || self.systems.iter().any(|part| mentions(system, part)))
    }
}

/// Whether a name holds a part; `RIS` stands in `RIS/PACS` and not in `CRIS`.
fn mentions(name: &str, part: &str) -> bool {
    let (name, part) = (name.to_lowercase(), part.to_lowercase());
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    name.match_indices(&part).any(|(at, found)| {
        let before = latin(name[..at].chars().next_back()) && latin(part.chars().next());
        let after = latin(name[at + found.len()..].chars().next()) && latin(part.chars().next_back());
        !before && !after
    })
}

impl Item {
    fn check(&self) -> Result<(), &'static str> {
        let values: BTreeSet<_> = self.choices.iter().map(|c| &c.value).collect();
        let fits = match self.kind {
            Kind::Choice => !values.is_empty() && values.len() == self.choices.len(),
            Kind::Number => self.choices.is_empty() && self.min <= self.max && self.max > 0,
            Kind::Date | Kind::Text => self.choices.is_empty(),
        };
        if !fits {
            return Err("its choices or its bounds do not fit its kind");
        }
        if self.per == Per::Unit && (self.from_level > 0 || self.registered.is_some()) {
            return Err("a level is a system's");
        }
        if self.valid.iter().any(|v| v.days == 0) {
            return Err("nothing holds for no day");
        }
        Ok(())
    }

    /// Whether it is asked of a unit of this kind, or of a system of this level there.
    pub fn applies(&self, kind: &str, level: u8) -> bool {
        (self.kinds.is_empty() || self.kinds.iter().any(|k| k == kind)) && level >= self.from_level
    }

    /// For how many days a value holds at a level; None for ever.
    pub fn valid_days(&self, level: u8) -> Option<u16> {
        let fitting = self.valid.iter().filter(|v| v.level <= level);
        fitting.max_by_key(|v| v.level).map(|v| v.days)
    }

    pub fn choice(&self, value: &str) -> Option<&Choice> {
        self.choices.iter().find(|c| c.value == value)
    }

    /// What is kept of what a person writes; None where the item does not take it.
    pub fn read(&self, text: &str) -> Option<String> {
        let text = text.trim();
        match self.kind {
            Kind::Choice => {
                let lower = text.to_lowercase();
                let is =
                    |c: &&Choice| [&c.value, &c.zh, &c.en].iter().any(|name| name.to_lowercase() == lower);
                self.choices.iter().find(is).map(|c| c.value.clone())
            }
            Kind::Number => self.number(text),
            Kind::Date => day(text).map(|date| date.to_string()),
            Kind::Text => {
                let fits = !text.is_empty() && text.chars().count() <= LINE_CHARS_MAX && !has_hidden(text);
                fits.then(|| text.to_owned())
            }
        }
    }

    /// `3`, `第三级`, `92.5%`, within the bounds; its digits stay as they were written.
    fn number(&self, text: &str) -> Option<String> {
        const DIGITS_MAX: usize = 6;
        let bare = text.strip_prefix('第').unwrap_or(text).trim_end_matches(['%', '％', '级']).trim();
        let chinese = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
        let chinese = chinese.iter().position(|c| *c == bare).map(|n| n.to_string());
        let bare = chinese.as_deref().unwrap_or(bare);
        let (whole, part) = bare.split_once('.').map_or((bare, None), |(whole, part)| (whole, Some(part)));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let fits = digits(whole)
            && whole.len() <= DIGITS_MAX
            && part.is_none_or(|part| digits(part) && part.len() <= self.decimals);
        let value: f64 = bare.parse().ok().filter(|_| fits)?;
        let bounds = f64::from(self.min)..=f64::from(self.max);
        bounds.contains(&value).then(|| bare.to_owned())
    }

    /// A value in words, Chinese or English.
    pub fn shown(&self, value: &str, chinese: bool) -> String {
        match self.kind {
            Kind::Choice => {
                let word = self.choice(value).map(|c| if chinese { &c.zh } else { &c.en });
                word.map_or_else(|| value.to_owned(), Clone::clone)
            }
            Kind::Number => format!("{value}{}", if chinese { &self.unit_zh } else { &self.unit_en }),
            Kind::Date | Kind::Text => value.to_owned(),
        }
    }
}

/// A day as people write it: `2026-03-01`, `2026/3/1`, `2026.3.1`, `2026年3月1日`.
pub fn day(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.trim().trim_end_matches('日').split(['-', '/', '.', '年', '月']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (1990..=2199).contains(&date.year()).then_some(date)
}
