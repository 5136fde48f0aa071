//! What a leader is asked to decide: questions that follow from the facts, never more than a few.

use super::{Facts, since};
use crate::{
    context::Ctx,
    live::{Status, Unit},
    pages::parts::unit_link,
    register::State,
    show::link,
    text::fill,
};

/// A unit silent for so long is no longer a hiccup.
const SILENT_MS: i64 = 24 * 3_600_000;
const MOST: usize = 5;

pub(super) struct Decision {
    pub text: String,
    pub href: String,
}

pub(super) fn decisions(ctx: &Ctx, units: &[Unit], facts: &Facts) -> Vec<Decision> {
    let w = ctx.lang.board();
    let name = |id: &str| unit_link(ctx, id).name;
    let mut all = Vec::new();
    for known in facts.systems.iter().flatten().filter(|k| k.state == State::Wrong) {
        all.push(Decision {
            text: fill(w.decide_system, &[&name(&known.named.unit), &known.named.name]),
            href: link::with_query("/systems", [("hospital", known.named.unit.as_str())]),
        });
    }
    all.truncate(2);
    let mut silent: Vec<&Unit> = units
        .iter()
        .filter(|u| u.status == Status::Silent && ctx.now.millis() - u.last_seen > SILENT_MS)
        .collect();
    silent.sort_by_key(|u| u.last_seen);
    all.extend(silent.into_iter().take(2).map(|u| Decision {
        text: fill(w.decide_silent, &[&name(&u.id), &since(ctx, u.last_seen)]),
        href: link::unit(&u.id),
    }));
    let mut people: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for row in facts.people.now.iter().flatten().filter(|r| r.worst >= 4) {
        *people.entry(row.hospital.as_str()).or_default() += 1;
    }
    if let Some((unit, count)) = people.into_iter().max_by_key(|(_, count)| *count) {
        all.push(Decision {
            text: fill(w.decide_person, &[&name(unit), &count]),
            href: "#people".to_owned(),
        });
    }
    let servers: u64 = facts.assets.iter().flatten().map(|a| a.servers).sum();
    if let Some(declared) = facts.declared
        && servers > 2 * declared as u64
    {
        all.push(Decision {
            text: fill(w.decide_undeclared, &[&declared, &servers]),
            href: "/assets?difference=undeclared".to_owned(),
        });
    }
    all.truncate(MOST);
    all
}
