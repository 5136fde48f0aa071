//! A port that answered in flows does so no more.

use std::net::SocketAddr;

use ward_desk::case::{
    Claimed,
    verify::{Outcome, Verdict, stayed_away},
};
use ward_event::{Micros, time::MICROS_PER_DAY};

use super::{QueryError, Said, Verifier, scope, words};
use crate::{query::EarRow, text::fill};

/// So many days before the claim it is looked whether flows saw the port answer at all.
const DAYS_BEFORE: i64 = 15;

impl Verifier {
    pub(super) async fn port(
        &self,
        claim: &Claimed,
        socket: SocketAddr,
        now: Micros,
    ) -> Result<Option<Said>, QueryError> {
        let (w, zone, watch) = (words(), self.zone(), claim.watch);
        let mut evidence = self.evidence(claim);
        evidence.asked = vec![socket.to_string()];
        let at = (socket.ip(), socket.port());
        let answers = self.reader.answers(&scope(claim), at, watch.from, watch.to.min(now)).await?;
        evidence.seen = answers.iter().map(|row| row.flows).sum();
        let again: Vec<Micros> = answers.iter().map(|row| Micros(row.first)).collect();
        let rows = if now < watch.to || !again.is_empty() {
            Vec::new()
        } else {
            self.answered_before(claim, at).await?
        };
        if now >= watch.to && again.is_empty() && rows.is_empty() {
            // Flows that never showed it cannot show that it is gone.
            return Ok(Some((Verdict::Cannot(fill(w.port_never, &[&socket])), evidence)));
        }
        let (ears, reached) = self.listen(claim, &rows).await?;
        let Some(outcome) = stayed_away(watch, &again, &ears, reached, now) else { return Ok(None) };
        if let Some(verdict) = self.heard(&outcome, &ears, &mut evidence) {
            return Ok(Some((verdict, evidence)));
        }
        let verdict = match outcome {
            Outcome::Again(at) => Verdict::Bad(fill(w.port_bad, &[&zone.full(at), &socket, &evidence.seen])),
            _ => {
                evidence.as_of = reached.min(now);
                Verdict::Good(fill(
                    w.port_good,
                    &[&zone.full(watch.from), &zone.full(watch.to), &socket, &ears.len()],
                ))
            }
        };
        Ok(Some((verdict, evidence)))
    }

    /// Who saw the port answer last, before it was said to be closed.
    async fn answered_before(
        &self,
        claim: &Claimed,
        at: (std::net::IpAddr, u16),
    ) -> Result<Vec<EarRow>, QueryError> {
        let mut to = claim.watch.from;
        let oldest = (claim.sent.0 - MICROS_PER_DAY).max(to.0 - DAYS_BEFORE * MICROS_PER_DAY);
        while to.0 > oldest {
            let from = Micros(to.0 - MICROS_PER_DAY);
            let rows = self.reader.answers(&scope(claim), at, from, to).await?;
            if !rows.is_empty() {
                let ear = |row: crate::query::AnswerRow| EarRow {
                    sender: row.sender,
                    source: row.source,
                    device: row.device,
                };
                return Ok(rows.into_iter().map(ear).collect());
            }
            to = from;
        }
        Ok(Vec::new())
    }
}
