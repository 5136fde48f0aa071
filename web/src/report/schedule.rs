//! What happens by itself: the scores of the day, and the issues of each period some hours after its end, late data being
//! in; after a restart what is missing.

use std::{collections::BTreeMap, time::Duration};

use ward_desk::audit::{Action, Entry};
use ward_event::{Micros, time::MICROS_PER_HOUR};
use ward_report::weekly::Span;

use super::{NewsError, Newsroom, Wanted, facts};

/// How often it is looked whether a period is due.
const EVERY: Duration = Duration::from_secs(60);

/// Issues what is due, for ever.
pub async fn follow(newsroom: Newsroom) {
    let mut beat = tokio::time::interval(EVERY);
    let mut done: BTreeMap<&str, Span> = BTreeMap::new();
    loop {
        beat.tick().await;
        if let Err(error) = newsroom.keep_scores().await {
            tracing::warn!(%error, "the day's scores are tried again later");
        }
        for kind in &newsroom.settings.kinds {
            let Some(span) = newsroom.due(kind).filter(|span| done.get(kind.as_str()) != Some(span)) else {
                continue;
            };
            match newsroom.issue_all(span).await {
                Ok(count) => {
                    done.insert(kind, span);
                    if count > 0 {
                        tracing::info!(%span, count, "reports are issued");
                    }
                }
                Err(error) => tracing::warn!(%error, %span, "reports are tried again later"),
            }
        }
    }
}

impl Newsroom {
    /// The newest period of a kind that is over.
    pub(crate) fn last_closed(&self, kind: &str) -> Option<Span> {
        Span::last_closed(kind, self.calendar, self.settings.cutoff, self.clock.now())
    }

    /// The newest period of a kind whose report is due.
    pub(super) fn due(&self, kind: &str) -> Option<Span> {
        let after = i64::from(self.settings.issue_after_hours);
        if after < 0 {
            return None;
        }
        let now = Micros(self.clock.now().0 - after * MICROS_PER_HOUR);
        Span::last_closed(kind, self.calendar, self.settings.cutoff, now)
    }

    /// Every edition of a period that is not issued yet; returns how many are.
    ///
    /// # Errors
    /// As [`Newsroom::issue`].
    pub(super) async fn issue_all(&self, span: Span) -> Result<usize, NewsError> {
        let mut facts = None;
        let mut issued = 0;
        for edition in self.editions() {
            if self.kept(span, &edition.key()).await?.is_some() {
                continue;
            }
            let known = match &facts {
                Some(known) => known,
                None => facts.insert(self.facts(span, None).await?),
            };
            if !facts::was_there(known) {
                return Ok(0);
            }
            let entry = Entry::nobody("ward", "", Action::System);
            self.issue(entry, Wanted::of(span, edition), &mut facts).await?;
            issued += 1;
        }
        Ok(issued)
    }
}
