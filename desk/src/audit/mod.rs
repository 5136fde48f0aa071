//! The audit: a keyed hash chain with dense numbers, appended to inside the transaction of what it tells.
//!
//! An entry's hash is HMAC-SHA-256, under the key of `DIR/audit.key`, over its canonical bytes (`chain.rs`)
//! and the hash before it. Whoever changes, removes or moves a row without the key is found by
//! [`Audit::verify`]; whoever has the key, too, is found by an anchor that left the machine before
//! (`anchor.rs`).

mod anchor;
mod blocks;
mod chain;
mod entry;
mod file;
mod ledger;
mod search;
mod verify;

pub use self::{
    anchor::{Anchor, follow_anchors, read_anchors},
    chain::{ChainKey, Record},
    entry::{Action, Entry, Outcome},
    file::AuditFile,
    ledger::Ledger,
    search::Search,
    verify::{Flaw, Sound, verify_export},
};
use crate::{Desk, DeskError};

/// The audit of a desk.
pub struct Audit<'a>(&'a Desk);

impl<'a> Audit<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Appends one entry and returns its number when it is durable. On an error what it tells of must not
    /// happen: refuse it.
    ///
    /// # Errors
    /// The disk is full, the file cannot be written, the desk is closed.
    pub async fn append(&self, entry: Entry) -> Result<i64, DeskError> {
        let ledger = self.0.ledger();
        self.0.write(move |c| Box::pin(async move { ledger.append(c, entry).await })).await
    }

    /// Entries, newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn search(&self, search: &Search) -> Result<Vec<Record>, DeskError> {
        search.run(self.0.readers()).await
    }

    /// Entries in the chain's order as JSON lines, each with the hash before it, so that [`verify_export`]
    /// can tell of each that it is true and of neighbours that nothing is between them. Returns how many.
    ///
    /// # Errors
    /// Those of the database and of `out`.
    pub async fn export(
        &self,
        search: &Search,
        out: &mut (dyn std::io::Write + Send),
    ) -> Result<u64, DeskError> {
        search.export(self.0.readers(), out).await
    }

    /// Checks the whole chain, and against anchors.
    ///
    /// # Errors
    /// Those of the database; what is wrong with the chain is the answer.
    pub async fn verify(&self, anchors: &[Anchor]) -> Result<Result<Sound, Flaw>, DeskError> {
        verify::chain(self.0.readers(), self.0.ledger().key(), anchors).await
    }

    /// The newest entry, as an anchor.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn head(&self) -> Result<Option<Anchor>, DeskError> {
        anchor::head(self.0.readers()).await
    }

    /// The newest entry as an anchor, kept in `DIR/audit-anchors.jsonl`: for the end of a process, after
    /// [`follow_anchors`].
    ///
    /// # Errors
    /// Those of the database and of the file.
    pub async fn give_anchor(&self) -> Result<Option<Anchor>, DeskError> {
        anchor::give(self.0).await
    }
}
