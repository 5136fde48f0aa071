//! The rules that fired stay quiet on what they were about.

use std::collections::{BTreeMap, BTreeSet};

use ward_desk::{
    case::{
        Claimed,
        verify::{Outcome, Verdict, stayed_away},
    },
    incident::join::is_indicator,
    triage::Exception,
};
use ward_event::Micros;

use super::{CheckError, Said, Verifier, scope, words};
use crate::{
    query::{EarRow, FullAlert},
    text::fill,
};

/// Exceptions that are looked through: more than any commission has in force.
const EXCEPTIONS_MAX: i64 = 10_000;
/// Events of one alert whose source is asked for.
const EVENTS_MAX: usize = 20;

type Entities = BTreeSet<(String, String)>;

/// What is watched: by rule, on whom or what.
#[derive(Debug, Default)]
struct Watched(BTreeMap<String, Entities>);

/// Whom an alert is about. An address of the internet comes to many doors: it tells who attacks and not what is
/// put right, unless there is nothing else.
fn subjects(kinds: &[String], values: &[String]) -> Entities {
    let all: Entities = kinds.iter().cloned().zip(values.iter().cloned()).collect();
    let own: Entities = all.iter().filter(|(kind, value)| !is_indicator(kind, value)).cloned().collect();
    if own.is_empty() { all } else { own }
}

impl Watched {
    fn add(&mut self, alert: &FullAlert) {
        let about = subjects(&alert.entity_types, &alert.entity_values);
        self.0.entry(alert.rule_id.clone()).or_default().extend(about);
    }

    fn hit(&self, rule: &str, kinds: &[String], values: &[String]) -> bool {
        let about =
            |entities: &Entities| entities.is_empty() || !entities.is_disjoint(&subjects(kinds, values));
        self.0.get(rule).is_some_and(about)
    }

    /// An exception that could have kept one of the rules quiet in the watch.
    fn excepted<'a>(&self, claim: &Claimed, exceptions: &'a [Exception]) -> Option<&'a Exception> {
        exceptions.iter().find(|e| {
            let end = e.lifted.as_ref().map_or(e.until, |(at, _)| (*at).min(e.until));
            let then = e.at < claim.watch.to && end > claim.watch.from;
            let here = e.hospital.is_empty() || e.hospital == claim.unit.as_str();
            let rule = self.0.keys().any(|rule| e.rule_id.is_empty() || e.rule_id == *rule);
            // A suppression names whom it is about; what an allow-list's field meets is not known here.
            let about = match e.kind.as_str() {
                "suppress" => {
                    let same = |(_, value): &(String, String)| value.eq_ignore_ascii_case(&e.value);
                    self.0.values().flatten().any(same)
                }
                "allow" => true,
                _ => false,
            };
            then && here && rule && about
        })
    }
}

impl Verifier {
    pub(super) async fn rule(
        &self,
        claim: &Claimed,
        alerts: &[String],
        now: Micros,
    ) -> Result<Option<Said>, CheckError> {
        let (w, zone, scope, watch) = (words(), self.zone(), scope(claim), claim.watch);
        let mut evidence = self.evidence(claim);
        let mut cannot = |text: String| Ok(Some((Verdict::Cannot(text), std::mem::take(&mut evidence))));
        let mut watched = Watched::default();
        let mut found = Vec::new();
        for id in alerts {
            if let Some(alert) = self.reader.alert(&scope, id).await?.into_iter().next() {
                watched.add(&alert);
                found.push(alert);
            }
        }
        if found.is_empty() {
            return cannot(w.alert_gone.to_owned());
        }
        if let Some(rule) = watched.0.keys().find(|rule| !self.rules.contains_key(*rule)) {
            return cannot(fill(w.rule_off, &[rule]));
        }
        let exceptions = self.desk.triage().exceptions(&None, EXCEPTIONS_MAX).await?;
        if let Some(exception) = watched.excepted(claim, &exceptions) {
            return cannot(fill(w.excepted, &[&exception.reason]));
        }
        evidence.asked = watched.0.keys().cloned().collect();
        let about: Entities = watched.0.values().flatten().cloned().collect();
        evidence.about = about.into_iter().map(|(_, value)| value).collect();

        let rules = watched.0.keys().cloned().collect();
        let fired = self.reader.fired(&scope, rules, watch.from).await?;
        let fired: Vec<_> = fired
            .iter()
            .filter(|f| watched.hit(&f.rule_id, &f.entity_types, &f.entity_values))
            // One that began before and went on did so in the watch.
            .map(|f| {
                (f, if f.first_time >= watch.from.0 { f.first_time } else { f.last_time.min(watch.to.0 - 1) })
            })
            .collect();
        let again: Vec<Micros> = fired.iter().map(|(_, at)| Micros(*at)).collect();
        evidence.seen = again.iter().filter(|at| (watch.from..watch.to).contains(at)).count() as u64;

        let rows = if now < watch.to { Vec::new() } else { self.told(claim, &found).await? };
        let (ears, reached) = self.listen(claim, &rows).await?;
        let Some(outcome) = stayed_away(watch, &again, &ears, reached, now) else { return Ok(None) };
        evidence.as_of = if now < watch.to { now } else { reached.min(now) };
        if let Some(verdict) = self.heard(&outcome, &ears, &mut evidence) {
            return Ok(Some((verdict, evidence)));
        }
        let verdict = match outcome {
            Outcome::Again(at) => {
                let rule =
                    fired.iter().find(|(_, when)| *when == at.0).map_or("", |(f, _)| f.rule_id.as_str());
                evidence.as_of = now;
                Verdict::Bad(fill(w.quiet_bad, &[&rule, &zone.full(at)]))
            }
            _ => Verdict::Good(fill(
                w.quiet_good,
                &[&zone.full(watch.from), &zone.full(watch.to), &evidence.asked.len(), &ears.len()],
            )),
        };
        Ok(Some((verdict, evidence)))
    }

    /// Whence the events came that the alerts rest on.
    async fn told(&self, claim: &Claimed, alerts: &[FullAlert]) -> Result<Vec<EarRow>, CheckError> {
        let mut ears = BTreeSet::new();
        for alert in alerts {
            let refs = alert.event_producers.iter().cloned().zip(alert.event_seqs.iter().copied());
            let refs: Vec<_> = refs.take(EVENTS_MAX).collect();
            let (from, to) = (Micros(alert.first_time.min(alert.time)), Micros(alert.time));
            ears.extend(self.reader.ears(&scope(claim), refs, from, to).await?);
        }
        Ok(ears.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use ward_desk::case::{Target, verify::Span};
    use ward_event::UnitId;

    use super::*;

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|t| (*t).to_owned()).collect()
    }

    fn watched() -> Watched {
        let about = subjects(&texts(&["host", "ip"]), &texts(&["HIS-DB-01", "203.0.113.9"]));
        Watched([("r".to_owned(), about)].into())
    }

    #[test]
    fn a_rule_counts_on_what_it_was_about() {
        let hit = |rule, kinds: &[&str], values: &[&str]| watched().hit(rule, &texts(kinds), &texts(values));
        assert!(hit("r", &["host"], &["HIS-DB-01"]));
        assert!(!hit("other", &["host"], &["HIS-DB-01"]) && !hit("r", &["host"], &["OA-WEB"]));
        // The same attacker at another door says nothing of this one.
        assert!(!hit("r", &["host", "ip"], &["OA-WEB", "203.0.113.9"]));
        let only = subjects(&texts(&["ip"]), &texts(&["203.0.113.9"]));
        assert_eq!(only.len(), 1, "unless nothing else is known");
    }

    #[test]
    fn what_was_kept_quiet_by_hand_verifies_nothing() {
        let claim = Claimed {
            row: 1,
            revision: 1,
            unit: UnitId::new("h01").expect("an id"),
            target: Target::Rule(vec!["a".into()]),
            watch: Span { from: Micros(100), to: Micros(200) },
            sent: Micros(50),
        };
        let exception = |kind: &str, rule: &str, hospital: &str, value: &str, at, until| Exception {
            id: "x".into(),
            kind: kind.into(),
            rule_id: rule.into(),
            hospital: hospital.into(),
            field: "host".into(),
            value: value.into(),
            reason: "已知".into(),
            account: "a".into(),
            at: Micros(at),
            until: Micros(until),
            lifted: None,
        };
        let affects = |e: Exception| watched().excepted(&claim, &[e]).is_some();
        assert!(affects(exception("suppress", "r", "h01", "his-db-01", 10, 150)));
        assert!(affects(exception("suppress", "r", "", "HIS-DB-01", 150, 900)));
        assert!(affects(exception("allow", "", "", "10.0.0.0/8", 10, 900)));
        assert!(!affects(exception("suppress", "r", "h02", "HIS-DB-01", 10, 150)));
        assert!(!affects(exception("suppress", "r", "h01", "OA-WEB", 10, 150)));
        assert!(!affects(exception("suppress", "s", "h01", "HIS-DB-01", 10, 150)));
        assert!(!affects(exception("suppress", "r", "h01", "HIS-DB-01", 10, 90)), "over before");
        assert!(!affects(exception("test_window", "", "", "HIS-DB-01", 10, 150)), "alerts are made in it");
        let lifted = Exception {
            lifted: Some((Micros(90), "a".into())),
            ..exception("suppress", "r", "h01", "HIS-DB-01", 10, 900)
        };
        assert!(!affects(lifted));
    }
}
