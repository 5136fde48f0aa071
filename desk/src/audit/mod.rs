//! The audit: a keyed hash chain with dense numbers, appended to inside the transaction of what it tells.

mod entry;

use ward_event::clock::Clock;

pub use self::entry::{Action, Entry, Outcome};
use crate::{Connection, Desk, DeskError, keys::SECRET_BYTES};

/// Appends entries inside a transaction. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    key: ring::hmac::Key,
    clock: Clock,
}

impl Ledger {
    pub(crate) fn new(key: &[u8; SECRET_BYTES], clock: Clock) -> Self {
        Self { key: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key), clock }
    }

    /// Appends inside a transaction of [`Desk::write`]; returns the entry's number.
    pub async fn append(&self, connection: &mut Connection, entry: Entry) -> Result<i64, DeskError> {
        let _ = (connection, entry, &self.key, &self.clock);
        Err(DeskError::Closed)
    }
}

/// The audit of a desk.
pub struct Audit<'a>(&'a Desk);

impl<'a> Audit<'a> {
    pub(crate) const fn new(desk: &'a Desk) -> Self {
        Self(desk)
    }

    /// Appends one entry and returns its number when it is durable. On an error what it tells of must not
    /// happen: refuse it.
    pub async fn append(&self, entry: Entry) -> Result<i64, DeskError> {
        let ledger = self.0.ledger();
        self.0.write(move |c| Box::pin(async move { ledger.append(c, entry).await })).await
    }
}
