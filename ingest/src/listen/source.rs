//! What a listener knows of the sender it belongs to.

use std::sync::Arc;

use tokio::sync::watch;
use ward_event::{
    Format, ProducerId, SenderId, UnitId,
    books::{Book, Books, Cause},
    clock::Clock,
    config::{Collect, Mask},
};

use super::worker::Worker;
use crate::{collector::CollectError, parse, sequence::Sequencer};

/// What all records of a sender carry.
pub(crate) struct Origin {
    pub(crate) sender: SenderId,
    pub(crate) producer: ProducerId,
    pub(crate) hospital: Option<UnitId>,
    /// Empty where the sender speaks for one unit only.
    pub(crate) tenant_field: String,
    pub(crate) mask: Mask,
}

impl Origin {
    pub(crate) fn new(collect: &Collect, producer: ProducerId, mask: Mask) -> Self {
        Self {
            sender: collect.sender.clone(),
            producer,
            hospital: collect.hospital.clone(),
            tenant_field: collect.tenant_field.clone(),
            mask,
        }
    }
}

/// True once the collector is to stop.
pub(crate) type Stop = watch::Receiver<bool>;

/// One listener of one sender. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) origin: Arc<Origin>,
    pub(crate) sequencer: Sequencer,
    pub(crate) book: Book,
    pub(crate) clock: Clock,
    pub(crate) stop: Stop,
}

impl Source {
    /// `name`: the listener's; it is the page of the books.
    pub(crate) fn new(
        origin: &Arc<Origin>,
        sequencer: &Sequencer,
        books: &Books,
        name: &str,
        clock: &Clock,
        stop: &Stop,
    ) -> Self {
        Self {
            origin: origin.clone(),
            sequencer: sequencer.clone(),
            book: books.book("collect", name),
            clock: clock.clone(),
            stop: stop.clone(),
        }
    }

    /// A worker with a parser of its own.
    pub(crate) fn worker(&self, format: Format) -> Result<Worker, CollectError> {
        let parser = parse::parser(format).ok_or(CollectError::NoParser(format))?;
        Ok(Worker::new(self.origin.clone(), format, parser))
    }

    /// Counts messages that were lost or left out before they could be taken.
    pub(crate) fn dropped(&self, cause: Cause, n: u64) {
        self.book.r#in.inc_by(n);
        self.book.dropped(cause, n);
    }

    /// Resolves when the collector is to stop.
    pub(crate) async fn stopped(stop: &mut Stop) {
        // A collector that is gone has stopped.
        let _ = stop.wait_for(|stopped| *stopped).await;
    }
}
