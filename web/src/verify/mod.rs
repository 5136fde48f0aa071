//! Claims held against what machines saw: the rule quiet, the finding absent from a newer scan, the port closed. A
//! check asks only for its own unit, and says "cannot be verified by machine" rather than guess.

mod ears;
mod port;
mod rule;
mod scan;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch;
use ward_desk::{
    Desk, DeskError,
    case::{Claimed, Evidence, Target, verify::Verdict},
};
use ward_event::{Micros, register::Register, time::MICROS_PER_HOUR};

use crate::{
    RuleTexts,
    query::{QueryError, Reader},
    scope::Scope,
    show::Zone,
    text::{Lang, Verify},
};

/// How often it is looked what is to be checked.
const EVERY: Duration = Duration::from_secs(60);

/// A watch that goes on is looked at so often, by the desk's time.
const LOOK_EVERY: i64 = MICROS_PER_HOUR / 6;

/// What checks rest on.
pub struct VerifyParts {
    /// The store's limited user.
    pub reader: clickhouse::Client,
    pub desk: Desk,
    pub register: watch::Receiver<Arc<Register>>,
    /// The rules in force.
    pub rules: RuleTexts,
}

/// Checks what units say is put right.
pub struct Verifier {
    reader: Reader,
    desk: Desk,
    register: watch::Receiver<Arc<Register>>,
    rules: RuleTexts,
    /// When a claim (a problem in a revision) is looked at next. Only spares the store: what is forgotten is looked
    /// at once more.
    next: Mutex<BTreeMap<(i64, i64), Micros>>,
}

/// What a check came to, and what it rests on.
type Said = (Verdict, Evidence);

#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    Store(#[from] QueryError),
}

/// Checks for ever, on the desk's clock; what came due while nothing ran is checked at the start.
pub async fn follow(verifier: Verifier) {
    let mut beat = tokio::time::interval(EVERY);
    loop {
        beat.tick().await;
        if let Err(error) = verifier.check().await {
            tracing::warn!(%error, "claims are checked again later");
        }
    }
}

impl Verifier {
    pub fn new(parts: VerifyParts) -> Self {
        Self {
            reader: Reader::new(parts.reader),
            desk: parts.desk,
            register: parts.register,
            rules: parts.rules,
            next: Mutex::default(),
        }
    }

    /// Looks at every claim that is due to be looked at; returns how many were decided. It may run as often as it
    /// likes, after any pause: what is decided is no claim any more, and what somebody else decides meanwhile stays.
    ///
    /// # Errors
    /// Those of the desk. What the store does not answer is asked again the next time.
    pub async fn check(&self) -> Result<usize, DeskError> {
        let now = self.desk.clock().now();
        let claims = self.desk.cases().claimed().await?;
        let due = self.due(&claims, now);
        let mut decided = 0;
        for claim in due {
            let said = match self.one(claim, now).await {
                Ok(Some(said)) => said,
                Ok(None) => continue,
                Err(CheckError::Desk(error)) => return Err(error),
                Err(CheckError::Store(QueryError::TooHeavy)) if now >= claim.watch.to => {
                    (Verdict::Cannot(words().too_heavy.to_owned()), self.evidence(claim))
                }
                Err(CheckError::Store(error)) => {
                    tracing::warn!(%error, row = claim.row, "a claim cannot be checked now");
                    self.again_at(claim, now);
                    continue;
                }
            };
            let (verdict, evidence) = said;
            let kind = claim.target.kind();
            match self.desk.cases().machine_says(claim.row, claim.revision, kind, verdict, &evidence).await {
                Ok(()) => decided += 1,
                Err(DeskError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(decided)
    }

    /// Claims to be looked at now. Which are none any more is forgotten.
    fn due<'a>(&self, claims: &'a [Claimed], now: Micros) -> Vec<&'a Claimed> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.retain(|key, _| claims.iter().any(|claim| key_of(claim) == *key));
        let due: Vec<&Claimed> =
            claims.iter().filter(|claim| next.get(&key_of(claim)).is_none_or(|at| *at <= now)).collect();
        for claim in &due {
            let at = Micros(now.0 + LOOK_EVERY);
            next.insert(key_of(claim), if claim.watch.to > now { at.min(claim.watch.to) } else { now });
        }
        due
    }

    fn again_at(&self, claim: &Claimed, at: Micros) {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).insert(key_of(claim), at);
    }

    async fn one(&self, claim: &Claimed, now: Micros) -> Result<Option<Said>, CheckError> {
        match &claim.target {
            Target::Rule(alerts) => self.rule(claim, alerts, now).await,
            Target::Scan(finding) => Ok(self.scan(claim, *finding, now).await?),
            Target::Port(socket) => Ok(self.port(claim, *socket, now).await?),
            Target::None => Ok(Some((Verdict::Cannot(words().no_check.to_owned()), self.evidence(claim)))),
        }
    }

    /// What is known before anything was asked.
    fn evidence(&self, claim: &Claimed) -> Evidence {
        Evidence { watch: claim.watch, as_of: self.desk.clock().now(), ..Evidence::default() }
    }

    fn zone(&self) -> Zone {
        Zone::new(self.desk.cases().rules().calendar.zone())
    }
}

const fn key_of(claim: &Claimed) -> (i64, i64) {
    (claim.row, claim.revision)
}

/// What is asked for is one unit's.
fn scope(claim: &Claimed) -> Scope {
    Scope::one(claim.unit.clone())
}

/// Reasons stand in the history and on formal documents: in Chinese.
const fn words() -> &'static Verify {
    Lang::Zh.verify()
}
