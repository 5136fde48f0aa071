//! The desk — accounts, sessions, audit — in the data directory: opened, its first link printed, its
//! anchors given out to `ward.audit`.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::{sync::mpsc, task::JoinHandle};
use ward_desk::{
    Desk,
    account::Enrolment,
    audit::{Anchor, follow_anchors},
};
use ward_event::{Micros, clock::Clock, config::Config, time::Calendar, topic::Topic};
use ward_store::log::{Append, Log};

/// Anchors that wait for the log; the next are given out when it takes them.
const WAITING: usize = 16;

/// How often it is asked what supervision is due.
const SUPERVISION: Duration = Duration::from_secs(60);

/// After a log that takes nothing.
const PAUSE: Duration = Duration::from_secs(5);

pub(crate) async fn open(config: &Config, clock: Clock) -> Result<Desk> {
    Desk::open(&config.data, clock).await.context("accounts and audit")
}

/// The desk of a directory that `ward up` or `ward serve` has made.
pub(crate) async fn existing(config: &Config) -> Result<Desk> {
    if !config.data.join("desk.sqlite").is_file() {
        bail!("{} has no accounts and no audit yet: `ward up` makes them", config.data.display());
    }
    open(config, Clock::system()).await
}

/// Says where the first security administrator enrols, as long as there is none.
pub(crate) async fn print_first_link(desk: &Desk, calendar: Calendar, page: &str) -> Result<()> {
    if let Some(link) = desk.enrolment_link().await? {
        eprintln!(
            "\n  There is no security administrator yet. Whoever opens this link becomes {}:\n\n    {}\n\n  \
             It works once, until {}. Nobody else can sign in before.\n",
            link.name,
            address(page, &link),
            local(calendar, link.expires_at),
        );
    }
    Ok(())
}

/// Where a link leads.
pub(crate) fn address(page: &str, link: &Enrolment) -> String {
    format!("{}{}", page.trim_end_matches('/'), link.path())
}

/// A moment by the region's clock.
pub(crate) fn local(calendar: Calendar, at: Micros) -> String {
    let moment = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    let offset =
        i32::try_from(calendar.offset_secs()).ok().and_then(|s| jiff::tz::Offset::from_seconds(s).ok());
    let offset = offset.unwrap_or(jiff::tz::Offset::UTC);
    offset.to_datetime(moment).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Gives anchors out to `ward.audit` for ever: a copy of the log elsewhere is what an altered audit is
/// held against.
pub(crate) fn publish_anchors(desk: &Desk, log: Arc<dyn Log>) -> [JoinHandle<()>; 2] {
    let (out, given) = mpsc::channel(WAITING);
    [follow_anchors(desk.clone(), out), tokio::spawn(publish(log, given))]
}

/// Drafts steps of supervision and reminds of what is owed when it is due, for ever; what came due while nothing ran
/// is done at the start.
pub(crate) fn draft_supervision(desk: &Desk) -> JoinHandle<()> {
    let desk = desk.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(SUPERVISION);
        loop {
            every.tick().await;
            if let Err(error) = desk.cases().draft_rungs().await {
                tracing::warn!(%error, "steps of supervision are not drafted");
            }
            if let Err(error) = desk.cases().remind().await {
                tracing::warn!(%error, "nobody is reminded");
            }
        }
    })
}

/// The anchor of a stop: what is cut off while nothing runs is missed at the next look.
pub(crate) async fn publish_last(desk: &Desk, log: &Arc<dyn Log>) {
    let given = async {
        match desk.audit().give_anchor().await? {
            Some(anchor) => append(log, &anchor).await,
            None => Ok(()),
        }
    };
    if let Err(error) = given.await {
        tracing::warn!(%error, "the last anchor of the audit");
    }
}

async fn publish(log: Arc<dyn Log>, mut given: mpsc::Receiver<Anchor>) {
    while let Some(anchor) = given.recv().await {
        while let Err(error) = append(&log, &anchor).await {
            tracing::warn!(%error, "anchors of the audit wait for the log");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn append(log: &Arc<dyn Log>, anchor: &Anchor) -> Result<()> {
    let payload = serde_json::to_vec(anchor)?.into();
    log.append(vec![Append { topic: Topic::AUDIT, payload }]).await?;
    Ok(())
}
