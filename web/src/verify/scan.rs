//! A newer scan that covered the asset does not find it.

use ward_desk::{
    DeskError,
    case::{Claimed, verify::Verdict},
    finding::{Retest, ScanName},
};
use ward_event::Micros;
use ward_scan::Tool;

use super::{Said, Verifier, words};
use crate::{
    pages::exposure::words::{doubt, tool},
    text::{Lang, fill},
};

impl Verifier {
    pub(super) async fn scan(
        &self,
        claim: &Claimed,
        finding: i64,
        now: Micros,
    ) -> Result<Option<Said>, DeskError> {
        let (w, zone) = (words(), self.zone());
        let mut evidence = self.evidence(claim);
        let retest = self.desk.findings().retest(&claim.unit, finding, claim.watch.from).await?;
        let Some((finding, retest)) = retest else {
            return Ok(Some((Verdict::Cannot(w.finding_gone.to_owned()), evidence)));
        };
        evidence.asked = vec![finding.weakness.clone()];
        evidence.about = vec![match finding.port {
            0 => finding.host.clone(),
            port => format!("{}:{port}", finding.host),
        }];
        let (verdict, at, scan) = match retest {
            Retest::There(at, scan) => {
                (Verdict::Bad(fill(w.scan_bad, &[&zone.full(at), &named(scan.as_ref())])), at, scan)
            }
            Retest::Gone(at, scan) => {
                (Verdict::Good(fill(w.scan_good, &[&zone.full(at), &named(scan.as_ref())])), at, scan)
            }
            Retest::ByPerson(who) => (Verdict::Cannot(fill(w.scan_person, &[&who])), now, None),
            Retest::NotYet(_) if now < claim.watch.to => return Ok(None),
            Retest::NotYet(Some(why)) => {
                let why = doubt(Lang::Zh.exposure(), why);
                (Verdict::Cannot(fill(w.scan_doubt, &[&why])), now, None)
            }
            Retest::NotYet(None) => {
                (Verdict::Cannot(fill(w.scan_none, &[&zone.full(claim.watch.to)])), now, None)
            }
        };
        evidence.seen = u64::from(matches!(verdict, Verdict::Bad(_)));
        (evidence.as_of, evidence.scan) = (at, scan);
        Ok(Some((verdict, evidence)))
    }
}

/// `12 Nessus 月度.nessus`
fn named(scan: Option<&ScanName>) -> String {
    scan.map_or_else(String::new, |(id, by, file)| {
        let by = Tool::from_name(by).map_or("", |t| tool(Lang::Zh.exposure(), t));
        format!("{id} {by} {file}")
    })
}
