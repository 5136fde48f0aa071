//! From a request's messages to the word that all of them are durable.

use std::net::IpAddr;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use ward_event::Format;

use super::HttpSender;
use crate::{
    listen::worker::Worker,
    sequence::{Draft, Drafts, Outcome, Patience, Refused},
};

/// Encoded records handed on at a time while a body is gone through.
const STEP_BYTES: usize = 512 << 10;

/// The records of one request.
pub(super) struct Handing<'s> {
    sender: &'s HttpSender,
    pub(super) peer: Option<IpAddr>,
    pub(super) drafts: Drafts,
    workers: Vec<(Format, Worker)>,
    /// The first draft is durable: what follows waits and cannot be refused any more, so that a
    /// request is never refused of which a part is taken.
    begun: bool,
    told: Vec<oneshot::Receiver<Outcome>>,
    /// Given back when everything is handed on.
    turn: Option<OwnedSemaphorePermit>,
}

impl<'s> Handing<'s> {
    /// Waits for its turn, but not while the quota or the disk is full.
    pub(super) async fn begin(sender: &'s HttpSender, peer: Option<IpAddr>) -> Result<Self, Refused> {
        let sequencer = &sender.source.sequencer;
        if let Some(refused) = sequencer.refuses() {
            return Err(refused);
        }
        let turn = sequencer.request_turn().await;
        let drafts = Drafts::new(&sender.source.book, Patience::Refuse);
        Ok(Self { sender, peer, drafts, workers: Vec::new(), begun: false, told: Vec::new(), turn })
    }

    /// The request's worker for a format, and where its records go; None where there is no parser.
    pub(super) fn worker(&mut self, format: Format) -> Option<(&mut Worker, &mut Drafts)> {
        let at = match self.workers.iter().position(|(f, _)| *f == format) {
            Some(at) => at,
            None => {
                let worker = self.sender.source.worker(format).ok()?;
                self.workers.push((format, worker));
                self.workers.len() - 1
            }
        };
        Some((&mut self.workers[at].1, &mut self.drafts))
    }

    /// Hands on when enough has come together.
    pub(super) async fn step(&mut self) -> Result<(), Refused> {
        if self.drafts.cost() >= STEP_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), Refused> {
        for draft in self.drafts.take() {
            self.hand(draft).await?;
        }
        Ok(())
    }

    async fn hand(&mut self, mut draft: Draft) -> Result<(), Refused> {
        let told = draft.acknowledged();
        if self.begun {
            draft.wait();
            self.told.push(told);
            return self.sender.source.sequencer.submit(draft).await;
        }
        self.sender.source.sequencer.submit(draft).await?;
        durable(told).await?;
        self.begun = true;
        Ok(())
    }

    /// Hands the rest on and waits until all of it is durable.
    pub(super) async fn finish(mut self) -> Result<(), Refused> {
        self.flush().await?;
        drop(self.turn.take());
        for told in self.told {
            durable(told).await?;
        }
        Ok(())
    }
}

async fn durable(told: oneshot::Receiver<Outcome>) -> Result<(), Refused> {
    match told.await {
        Ok(Outcome::Durable) => Ok(()),
        Ok(Outcome::Refused) => Err(Refused::Full),
        // The sequencer has ended with it.
        Err(_) => Err(Refused::Broken),
    }
}
