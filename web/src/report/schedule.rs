//! What happens by itself: the scores of the day, and the weekly issue some hours after the week's end, late data being in; after a restart what is missing.

use std::time::Duration;

use ward_desk::audit::{Action, Entry};
use ward_event::{Micros, time::MICROS_PER_HOUR};
use ward_report::weekly::Week;

use super::{NewsError, Newsroom, facts};

/// How often it is looked whether a week is due.
const EVERY: Duration = Duration::from_secs(60);

/// Issues what is due, for ever.
pub async fn follow(newsroom: Newsroom) {
    let mut beat = tokio::time::interval(EVERY);
    let mut done = None;
    loop {
        beat.tick().await;
        if let Err(error) = newsroom.keep_scores().await {
            tracing::warn!(%error, "the day's scores are tried again later");
        }
        let Some(week) = newsroom.due() else { continue };
        if done == Some(week) {
            continue;
        }
        match newsroom.issue_all(week).await {
            Ok(count) => {
                done = Some(week);
                if count > 0 {
                    tracing::info!(%week, count, "weekly reports are issued");
                }
            }
            Err(error) => tracing::warn!(%error, %week, "weekly reports are tried again later"),
        }
    }
}

impl Newsroom {
    /// The newest week that is over.
    pub(crate) fn last_closed(&self) -> Option<Week> {
        Week::last_closed(self.calendar, self.settings.cutoff, self.clock.now())
    }

    /// The newest week whose report is due.
    pub(super) fn due(&self) -> Option<Week> {
        let after = i64::from(self.settings.issue_after_hours);
        if after < 0 {
            return None;
        }
        let now = Micros(self.clock.now().0 - after * MICROS_PER_HOUR);
        Week::last_closed(self.calendar, self.settings.cutoff, now)
    }

    /// Every edition of a week that is not issued yet; returns how many are.
    ///
    /// # Errors
    /// As [`Newsroom::issue`].
    pub(super) async fn issue_all(&self, week: Week) -> Result<usize, NewsError> {
        let mut facts = None;
        let mut issued = 0;
        for edition in self.editions() {
            if self.kept(week, &edition.key()).await?.is_some() {
                continue;
            }
            let known = match &facts {
                Some(known) => known,
                None => facts.insert(self.facts(week).await?),
            };
            if !facts::was_there(known) {
                return Ok(0);
            }
            let entry = Entry::nobody("ward", "", Action::System);
            self.issue(entry, week, edition, false, &mut facts).await?;
            issued += 1;
        }
        Ok(issued)
    }
}
