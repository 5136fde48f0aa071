//! Who would have told: the sources that saw it, and the devices behind them, and whether they were there.

use ward_desk::case::{
    Claimed, Evidence, Heard,
    verify::{Ear, Outcome, Span},
};
use ward_event::{
    Micros,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::{Verdict, Verifier, scope, words};
use crate::{
    query::{EarRow, QueryError},
    text::fill,
};

const MINUTE: i64 = MICROS_PER_HOUR / 60;
/// What is normal is learnt from so long before the claim.
const LEARNT: i64 = MICROS_PER_DAY;
/// A pause is normal up to so many times the longest that was heard before …
const PAUSES: i64 = 3;
/// … but never so long that a watch could pass over it: at most this part of the watch.
const PART: i64 = 4;

impl Verifier {
    /// Each source as detection heard it, and each device behind one by its own events: a box that forwards for many
    /// goes on speaking when one of them is dead. And up to when detection has worked.
    pub(super) async fn listen(
        &self,
        claim: &Claimed,
        rows: &[EarRow],
    ) -> Result<(Vec<Ear>, Micros), QueryError> {
        let (scope, watch) = (scope(claim), claim.watch);
        let from = Micros(watch.from.0 - LEARNT);
        let mut ears: Vec<Ear> = Vec::new();
        let mut reached = Micros(0);
        for row in rows {
            let name = format!("{} · {}", row.sender, row.source);
            let mut allowed = ears.iter().find(|ear| ear.name == name).map_or(0, |ear| ear.allowed);
            if allowed == 0 {
                let told = self.reader.told_of(&scope, row, from).await?;
                reached = told.iter().map(|t| Micros(t.told)).fold(reached, Micros::max);
                let mut heard: Vec<Micros> =
                    told.iter().filter(|t| t.events > 0).map(|t| Micros(t.heard)).collect();
                heard.sort_unstable();
                allowed = match self.expected(claim, &row.source) {
                    Some(minutes) => i64::from(minutes.max(1)) * MINUTE,
                    None => normal(&heard, watch, MICROS_PER_HOUR),
                };
                ears.push(Ear { name: name.clone(), heard, allowed });
            }
            if !row.device.is_empty() {
                let heard = self.reader.heard_of(&scope, row, from).await?;
                let allowed = normal(&heard, watch, allowed.max(MICROS_PER_HOUR));
                ears.push(Ear { name: format!("{name} · {}", row.device), heard, allowed });
            }
        }
        Ok((ears, reached))
    }

    /// The silence that the register allows a source.
    fn expected(&self, claim: &Claimed, source: &str) -> Option<u32> {
        let register = self.register.borrow();
        let unit = register.unit(&claim.unit)?;
        unit.sources.iter().find(|s| s.format == source).map(|s| s.silent_after_min)
    }

    /// What a watch came to, in words; what was listened to goes into the evidence.
    pub(super) fn heard(&self, outcome: &Outcome, ears: &[Ear], evidence: &mut Evidence) -> Option<Verdict> {
        let (w, zone) = (words(), self.zone());
        evidence.heard = ears.iter().map(|ear| told(ear, evidence.watch)).collect();
        let text = match outcome {
            Outcome::Quiet | Outcome::Again(_) => return None,
            Outcome::Deaf(ear, gap) => fill(w.deaf, &[ear, &zone.full(gap.from), &zone.full(gap.to)]),
            Outcome::NoEar => w.no_ear.to_owned(),
            Outcome::Behind(at) => fill(w.behind, &[&zone.full(*at)]),
        };
        Some(Verdict::Cannot(text))
    }
}

/// The pause that is normal by what was heard before a watch; not less than `least`.
fn normal(heard: &[Micros], watch: Span, least: i64) -> i64 {
    let before: Vec<Micros> = heard.iter().copied().take_while(|at| *at <= watch.from).collect();
    let learnt = pause(&before) * PAUSES;
    learnt.min((watch.to.0 - watch.from.0) / PART).max(least)
}

/// The longest pause.
fn pause(heard: &[Micros]) -> i64 {
    heard.windows(2).map(|w| w[1].0 - w[0].0).max().unwrap_or(0)
}

fn told(ear: &Ear, watch: Span) -> Heard {
    let within: Vec<Micros> =
        ear.heard.iter().copied().filter(|at| (watch.from..watch.to).contains(at)).collect();
    let ends: Vec<Micros> =
        std::iter::once(watch.from).chain(within.iter().copied()).chain([watch.to]).collect();
    let minutes = |micros: i64| u64::try_from(micros / MINUTE).unwrap_or(0);
    Heard {
        name: ear.name.clone(),
        minutes: within.len() as u64,
        pause: minutes(pause(&ends)),
        allowed: minutes(ear.allowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_normal_is_learnt_and_never_hides_a_part_of_the_watch() {
        let watch = Span { from: Micros(100 * MINUTE), to: Micros(1_300 * MINUTE) };
        let at = |minutes: &[i64]| minutes.iter().map(|m| Micros(m * MINUTE)).collect::<Vec<_>>();
        assert_eq!(normal(&[], watch, 60 * MINUTE), 60 * MINUTE);
        assert_eq!(normal(&at(&[0, 30, 100, 500]), watch, 60 * MINUTE), 210 * MINUTE);
        assert_eq!(normal(&at(&[-900, 100]), watch, 60 * MINUTE), 300 * MINUTE);
    }
}
