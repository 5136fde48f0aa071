//! Appending: inside the caller's transaction, by the one writer.

use serde_json::json;
use sqlx::Row;
use ward_event::clock::Clock;

use super::{
    Entry,
    chain::{BEGINNING, ChainKey, Record},
};
use crate::{Connection, DeskError};

/// Bytes of one of an entry's texts. Names and ids are far shorter; what a stranger types need not be.
const TEXT_BYTES_MAX: usize = 512;

/// Bytes of an entry's detail; more belongs to the thing itself, not to the audit.
const DETAIL_BYTES_MAX: usize = 16 << 10;

/// Appends entries inside a transaction. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    key: ChainKey,
    clock: Clock,
}

impl Ledger {
    pub(crate) const fn new(key: ChainKey, clock: Clock) -> Self {
        Self { key, clock }
    }

    pub(crate) const fn key(&self) -> &ChainKey {
        &self.key
    }

    /// Appends inside a transaction of [`crate::Desk::write`]; returns the entry's number. The newest entry
    /// is read anew each time: a transaction before may have been undone, and `ward admin` writes, too.
    ///
    /// # Errors
    /// Those of the database. The caller's transaction must then fail as well.
    pub async fn append(&self, connection: &mut Connection, entry: Entry) -> Result<i64, DeskError> {
        const NEWEST: &str = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";
        const INSERT: &str = concat!(
            "INSERT INTO audit (",
            super::chain::columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        );
        let newest = sqlx::query(NEWEST).fetch_optional(&mut *connection).await?;
        let (number, before) =
            newest.map_or((0, BEGINNING.to_owned()), |row| (row.get::<i64, _>(0), row.get::<String, _>(1)));
        let mut record = self.record(number + 1, entry);
        record.hash = self.key.hash(&record, &before);
        sqlx::query(INSERT)
            .bind(record.number)
            .bind(record.time.0)
            .bind(record.account_id)
            .bind(record.account)
            .bind(record.role)
            .bind(record.address)
            .bind(record.action)
            .bind(record.unit)
            .bind(record.object_kind)
            .bind(record.object_id)
            .bind(record.document)
            .bind(record.outcome)
            .bind(record.detail)
            .bind(record.hash)
            .execute(&mut *connection)
            .await?;
        Ok(record.number)
    }

    fn record(&self, number: i64, entry: Entry) -> Record {
        let mut detail = entry.detail.to_string();
        if detail.len() > DETAIL_BYTES_MAX {
            detail = json!({ "cut_bytes": detail.len() }).to_string();
        }
        Record {
            number,
            time: self.clock.now(),
            account_id: entry.account_id.map(|id| id.0),
            account: bounded(entry.account),
            role: bounded(entry.role),
            address: bounded(entry.address),
            action: entry.action.as_str().into(),
            unit: entry.unit.map(|u| u.to_string()).unwrap_or_default(),
            object_kind: bounded(entry.object_kind),
            object_id: bounded(entry.object_id),
            document: bounded(entry.document),
            outcome: entry.outcome.as_str().into(),
            detail,
            hash: String::new(),
        }
    }
}

/// A text as a database takes it: PostgreSQL has no NUL.
fn bounded(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}
