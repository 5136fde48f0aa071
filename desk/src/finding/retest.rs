//! What scans say of a finding that its unit says is put right.

use std::collections::BTreeSet;

use ward_event::{Micros, UnitId};
use ward_scan::Doubt;

use super::{Event, Finding, FindingState, Findings, Happened};
use crate::DeskError;

/// A report: its number, tool and file.
pub type ScanName = (i64, String, String);

/// What is known of it since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retest {
    /// A report made after that still saw it.
    There(Micros, Option<ScanName>),
    /// A report that was newer than the last sighting, and looked for the same thing throughout, did not.
    Gone(Micros, Option<ScanName>),
    /// A person has judged it, not a scan.
    ByPerson(String),
    /// Nothing yet; or a newer report that cannot tell, and why.
    NotYet(Option<Doubt>),
}

impl Findings<'_> {
    /// What scans say of a unit's finding since `since`; None for one that is not the unit's.
    ///
    /// # Errors
    /// The database.
    pub async fn retest(
        &self,
        unit: &UnitId,
        id: i64,
        since: Micros,
    ) -> Result<Option<(Finding, Retest)>, DeskError> {
        let units = BTreeSet::from([unit.clone()]);
        let Some(finding) = self.get(Some(&units), id).await? else { return Ok(None) };
        let history = self.history(id).await?;
        let retest = retest(&finding, &history, since);
        Ok(Some((finding, retest)))
    }
}

/// The history is newest first.
fn retest(finding: &Finding, history: &[Happened], since: Micros) -> Retest {
    let last = |fits: &dyn Fn(Event) -> bool| history.iter().find(|h| fits(h.what));
    let scan = |h: Option<&Happened>| h.and_then(|h| h.scan.clone());
    match finding.state {
        FindingState::Fixed => {
            let how = last(&|e| matches!(e, Event::Fixed | Event::Passed | Event::FixedByProof));
            match how {
                Some(h) if h.what == Event::FixedByProof => Retest::ByPerson(h.by.clone()),
                how => Retest::Gone(finding.fixed_at.unwrap_or(finding.tested_at), scan(how)),
            }
        }
        FindingState::NotAffected => {
            Retest::ByPerson(last(&|e| e == Event::NotAffected).map_or_else(String::new, |h| h.by.clone()))
        }
        FindingState::Open | FindingState::Suspected if finding.last_seen > since => {
            let seen = |e| matches!(e, Event::Found | Event::Seen | Event::Confirmed | Event::Reopened);
            Retest::There(finding.last_seen, scan(last(&seen)))
        }
        FindingState::Open | FindingState::Suspected => {
            let doubted = last(&|e| e == Event::CannotTell).filter(|h| h.at > since);
            Retest::NotYet(doubted.and(finding.doubt))
        }
    }
}

#[cfg(test)]
mod tests {
    use ward_scan::{Kind, Protocol, Severity};

    use super::*;

    fn finding(state: FindingState, last_seen: i64) -> Finding {
        Finding {
            id: 1,
            hospital: UnitId::new("h1").expect("an id"),
            host: "10.1.0.9".into(),
            port: 445,
            protocol: Protocol::Tcp,
            weakness: "CVE-2017-0144".into(),
            kind: Kind::Vulnerability,
            title: "MS17-010".into(),
            severity: Severity::Critical,
            score: None,
            cves: Vec::new(),
            cnvds: Vec::new(),
            cnnvds: Vec::new(),
            evidence: String::new(),
            advice: String::new(),
            state,
            first_seen: Micros(1),
            last_seen: Micros(last_seen),
            due_at: None,
            fixed_at: (state == FindingState::Fixed).then_some(Micros(90)),
            tested_at: Micros(last_seen),
            doubt: Some(Doubt::Check),
            reopened: 0,
            accepted_until: None,
            control: String::new(),
            owner: String::new(),
        }
    }

    fn happened(at: i64, what: Event) -> Happened {
        let scan = Some((at, "nessus".into(), "月度.nessus".into()));
        Happened { at: Micros(at), by: "seed".into(), what, scan, detail: String::new() }
    }

    #[test]
    fn a_claim_is_held_against_the_scans_after_it() {
        let of =
            |state, last_seen, history: &[Happened]| retest(&finding(state, last_seen), history, Micros(100));
        let found = happened(10, Event::Found);
        assert_eq!(of(FindingState::Open, 10, std::slice::from_ref(&found)), Retest::NotYet(None));
        let again = [happened(120, Event::Seen), found.clone()];
        let file = Some((120, "nessus".to_owned(), "月度.nessus".to_owned()));
        assert_eq!(of(FindingState::Open, 115, &again), Retest::There(Micros(115), file));
        // A report of before the claim that is taken over after it says nothing of now.
        assert_eq!(of(FindingState::Open, 99, &again), Retest::NotYet(None));
        let doubted = [happened(120, Event::CannotTell), found.clone()];
        assert_eq!(of(FindingState::Open, 10, &doubted), Retest::NotYet(Some(Doubt::Check)));
        let fixed = [happened(130, Event::Fixed), found.clone()];
        assert!(matches!(of(FindingState::Fixed, 10, &fixed), Retest::Gone(Micros(90), Some((130, ..)))));
        let proof = [happened(130, Event::FixedByProof), found];
        assert_eq!(of(FindingState::Fixed, 10, &proof), Retest::ByPerson("seed".into()));
    }
}
