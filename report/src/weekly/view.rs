//! Whose part of the facts an edition shows, and by which names.

use std::collections::BTreeMap;

use super::{Edition, Exposure, Facts, Handling, Levels, UnitFacts};

/// The facts of one edition.
pub(super) struct View<'a> {
    pub facts: &'a Facts,
    pub edition: &'a Edition,
    /// The units that are counted.
    pub units: Vec<&'a UnitFacts>,
    /// What the sentences are about: the region's name or the unit's.
    pub subject: String,
}

/// Units, or localities, side by side.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub name: String,
    pub handler: String,
    /// Of the unit; empty for a locality.
    pub unit: String,
    pub units: u64,
    pub dark: u64,
    pub levels: Levels,
    pub before: Levels,
    pub sources: u64,
    pub quiet: u64,
    pub handling: Handling,
    /// Of the units that were looked at.
    pub exposure: Option<Exposure>,
}

impl Group {
    /// What decides who is looked at first: critical before high before late before blind before medium.
    pub(super) const fn weight(&self) -> u64 {
        self.levels.0[0] * 100
            + self.levels.0[1] * 10
            + self.handling.overdue * 8
            + self.quiet * 5
            + self.levels.0[2]
    }
}

impl<'a> View<'a> {
    pub(super) fn new(facts: &'a Facts, edition: &'a Edition) -> Self {
        let (units, subject) = match edition {
            Edition::Unit { id, name } => {
                (facts.units.iter().filter(|u| u.id == *id).collect(), crate::text::line(name))
            }
            Edition::Locality { name } => (
                facts.units.iter().filter(|u| u.locality == *name).collect(),
                format!("{}{}", crate::text::line(&facts.region), crate::text::line(name)),
            ),
            Edition::Leader | Edition::Superior => {
                (facts.units.iter().collect(), crate::text::line(&facts.region))
            }
        };
        Self { facts, edition, units, subject }
    }

    pub(super) const fn is_one_unit(&self) -> bool {
        matches!(self.edition, Edition::Unit { .. })
    }

    /// All of the region is counted, also what belongs to no unit of it.
    pub(super) const fn is_region(&self) -> bool {
        matches!(self.edition, Edition::Leader | Edition::Superior)
    }

    /// Whether rows of a unit are counted; those of no unit are the commission's.
    pub(super) fn counts(&self, unit: &str) -> bool {
        self.is_region() || self.units.iter().any(|u| u.id == unit)
    }

    /// Alerts of the rules that `of` takes, by level.
    pub(super) fn levels_of(&self, before: bool, of: impl Fn(&super::RuleFacts) -> bool) -> Levels {
        let mut levels = Levels::default();
        for rule in self.facts.rules.iter().filter(|r| self.counts(&r.unit) && of(r)) {
            levels.add(&rule.level, if before { rule.before } else { rule.count });
        }
        levels
    }

    pub(super) fn levels(&self, before: bool) -> Levels {
        self.levels_of(before, |_| true)
    }

    pub(super) fn of_unit(&self, id: &str, before: bool) -> Levels {
        self.levels_of(before, |r| r.unit == id)
    }

    pub(super) fn sum(&self, of: impl Fn(&UnitFacts) -> u64) -> u64 {
        self.units.iter().map(|u| of(u)).sum()
    }

    /// All that was handled of the units that are counted, in the period or in the one before.
    pub(super) fn handling(&self, before: bool) -> Handling {
        let mut sum = Handling::default();
        for unit in &self.units {
            sum.add(if before { &unit.handling_before } else { &unit.handling });
        }
        sum
    }

    /// Findings of the units that were looked at, and how many those are. None: nobody looked at any.
    pub(super) fn exposure(&self, before: bool) -> Option<(Exposure, u64)> {
        let looked = self.units.iter().filter_map(|u| if before { u.exposure_before } else { u.exposure });
        let mut sum = (Exposure::default(), 0);
        for one in looked {
            sum.0.add(&one);
            sum.1 += 1;
        }
        (sum.1 > 0).then_some(sum)
    }

    /// Units by name, or localities where units are not named, the worst first.
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut groups = match self.edition {
            Edition::Leader | Edition::Unit { .. } | Edition::Locality { .. } => self.by_unit(),
            Edition::Superior => self.localities(),
        };
        if let Edition::Unit { id, .. } = self.edition {
            anonymise(&mut groups, id, &self.facts.units);
        }
        groups
    }

    /// Localities of all units, the worst first.
    pub(super) fn localities(&self) -> Vec<Group> {
        let mut by_place: BTreeMap<&str, Group> = BTreeMap::new();
        for one in self.by_unit() {
            let unit = self.facts.units.iter().find(|u| u.id == one.unit);
            let place = unit.map(|u| u.locality.as_str()).filter(|p| !p.is_empty()).unwrap_or("未划分");
            let group =
                by_place.entry(place).or_insert_with(|| Group { name: place.to_owned(), ..Group::default() });
            group.units += 1;
            group.dark += one.dark;
            group.sources += one.sources;
            group.quiet += one.quiet;
            group.handling.add(&one.handling);
            if let Some(exposure) = &one.exposure {
                group.exposure.get_or_insert_default().add(exposure);
            }
            for (sums, counts) in [(&mut group.levels, one.levels), (&mut group.before, one.before)] {
                for (sum, count) in sums.0.iter_mut().zip(counts.0) {
                    *sum += count;
                }
            }
        }
        sorted(by_place.into_values().collect())
    }

    fn by_unit(&self) -> Vec<Group> {
        let mut levels: BTreeMap<&str, (Levels, Levels)> = BTreeMap::new();
        for rule in &self.facts.rules {
            let (now, before) = levels.entry(&rule.unit).or_default();
            now.add(&rule.level, rule.count);
            before.add(&rule.level, rule.before);
        }
        let of_unit = |u: &UnitFacts| {
            let (levels, before) = levels.get(u.id.as_str()).copied().unwrap_or_default();
            Group {
                name: u.name.clone(),
                handler: u.handler.clone(),
                unit: u.id.clone(),
                units: 1,
                dark: u64::from(u.is_dark()),
                levels,
                before,
                sources: u.sources,
                quiet: u.quiet(),
                handling: u.handling.clone(),
                exposure: u.exposure,
            }
        };
        // A unit stands among its peers, a county among nobody.
        match self.edition {
            Edition::Locality { .. } => sorted(self.units.iter().map(|u| of_unit(u)).collect()),
            _ => sorted(self.facts.units.iter().map(of_unit).collect()),
        }
    }
}

fn sorted(mut groups: Vec<Group>) -> Vec<Group> {
    groups.sort_by(|a, b| (b.weight(), &a.name).cmp(&(a.weight(), &b.name)));
    groups
}

/// Keeps the peers of one grade and takes the names of all but the reader's own away. The order is kept, so that a
/// letter says nothing but a place in it.
fn anonymise(groups: &mut Vec<Group>, own: &str, units: &[UnitFacts]) {
    let grade = |id: &str| units.iter().find(|u| u.id == id).map_or("", |u| u.grade.as_str());
    let mine = grade(own);
    groups.retain(|g| grade(&g.unit) == mine);
    for (i, group) in groups.iter_mut().enumerate().filter(|(_, g)| g.unit != own) {
        group.name = format!("同级单位{}", i + 1);
        group.handler.clear();
        group.unit.clear();
    }
}
