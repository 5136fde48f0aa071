//! What a link of the chain is: a record, its canonical bytes, its hash.

use ring::hmac;
use serde::{Deserialize, Serialize};
use sqlx::{Row, sqlite::SqliteRow};
use ward_event::{Micros, alert::hex};

use crate::keys::{SECRET_BYTES, unhex};

/// The hash "before" the first entry.
pub(crate) const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Stands before every entry's bytes: another layout is another version.
const VERSION: &[u8] = b"ward.audit.1\0";

/// The columns of [`Record`], in the order in which it is read.
macro_rules! columns {
    () => {
        "number, time, account_id, account, role, address, action, unit, object_kind, object_id, \
         document, outcome, detail, hash"
    };
}
pub(crate) use columns;

/// [`Record::canonical`] as the database makes it: to verify, a row is then two values to read and not
/// fourteen, which is most of the time it takes.
macro_rules! canonical_sql {
    ($before:literal) => {
        concat!(
            "concat(",
            $before,
            "number, ';', time, ';', account_id, ';', \
             octet_length(account), ':', account, octet_length(role), ':', role, \
             octet_length(address), ':', address, octet_length(action), ':', action, \
             octet_length(unit), ':', unit, octet_length(object_kind), ':', object_kind, \
             octet_length(object_id), ':', object_id, octet_length(document), ':', document, \
             octet_length(outcome), ':', outcome, octet_length(detail), ':', detail)"
        )
    };
}
pub(crate) use canonical_sql;

/// An entry as it stands in the chain; empty text where there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub number: i64,
    /// Microseconds since the epoch.
    pub time: Micros,
    pub account_id: Option<i64>,
    pub account: String,
    pub role: String,
    pub address: String,
    pub action: String,
    pub unit: String,
    pub object_kind: String,
    pub object_id: String,
    pub document: String,
    pub outcome: String,
    /// JSON text, byte for byte as it was written.
    pub detail: String,
    /// Hex.
    pub hash: String,
}

impl Record {
    pub(crate) fn read(row: &SqliteRow) -> Self {
        Self {
            number: row.get(0),
            time: Micros(row.get(1)),
            account_id: row.get(2),
            account: row.get(3),
            role: row.get(4),
            address: row.get(5),
            action: row.get(6),
            unit: row.get(7),
            object_kind: row.get(8),
            object_id: row.get(9),
            document: row.get(10),
            outcome: row.get(11),
            detail: row.get(12),
            hash: row.get(13),
        }
    }

    /// Everything but the hash, so that no two records have the same bytes: numbers end with `;`, texts have
    /// their length in bytes and `:` before them. [`canonical_sql`] makes the same in the database.
    pub(super) fn canonical(&self, bytes: &mut Vec<u8>) {
        let account_id = self.account_id.map(|id| id.to_string()).unwrap_or_default();
        let texts: [&String; ChainKey::TEXTS] = [
            &self.account,
            &self.role,
            &self.address,
            &self.action,
            &self.unit,
            &self.object_kind,
            &self.object_id,
            &self.document,
            &self.outcome,
            &self.detail,
        ];
        bytes.extend_from_slice(format!("{};{};{account_id};", self.number, self.time.0).as_bytes());
        for text in texts {
            bytes.extend_from_slice(format!("{}:{text}", text.len()).as_bytes());
        }
    }
}

/// The key of a chain.
#[derive(Clone)]
pub struct ChainKey(hmac::Key);

impl ChainKey {
    /// Texts with a length in a record's canonical bytes.
    pub(super) const TEXTS: usize = 10;

    pub(crate) fn new(key: &[u8; SECRET_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// Reads the key's file, which only its owner may be able to read.
    ///
    /// # Errors
    /// No such file, one that others can read, one that is no key.
    pub fn read(path: &std::path::Path) -> Result<Self, crate::DeskError> {
        Ok(Self::new(&crate::keys::load(path, false)?))
    }

    /// The hash of a record that follows the one with the hash `before`.
    pub(crate) fn hash(&self, record: &Record, before: &str) -> String {
        let mut bytes = Vec::with_capacity(512);
        record.canonical(&mut bytes);
        hex(self.sign(&bytes, before).as_ref())
    }

    /// Whether a record's own hash is right.
    pub(crate) fn is_true(&self, record: &Record, before: &str) -> bool {
        let mut bytes = Vec::with_capacity(512);
        record.canonical(&mut bytes);
        self.fits(&bytes, before, &record.hash)
    }

    /// Whether `hash` is that of the canonical bytes.
    pub(crate) fn fits(&self, canonical: &[u8], before: &str, hash: &str) -> bool {
        unhex(hash).is_some_and(|hash| hash == self.sign(canonical, before).as_ref())
    }

    fn sign(&self, canonical: &[u8], before: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(VERSION);
        context.update(before.as_bytes());
        context.update(canonical);
        context.sign()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn record(number: i64) -> Record {
        Record {
            number,
            time: Micros(1_700_000_000_000_000 + number),
            account_id: (number % 3 != 0).then_some(number % 3),
            account: format!("name{}", number % 3),
            role: "analyst".into(),
            address: "10.0.0.1".into(),
            action: "view".into(),
            unit: "h01".into(),
            object_kind: "alert".into(),
            object_id: number.to_string(),
            document: String::new(),
            outcome: "done".into(),
            detail: "null".into(),
            hash: String::new(),
        }
    }

    #[test]
    fn what_moves_from_one_field_to_the_next_is_another_record() {
        let (one, mut other) = (record(1), record(1));
        other.account.push('a');
        other.role.remove(0);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        one.canonical(&mut a);
        other.canonical(&mut b);
        assert_eq!(a.len(), b.len());
        assert_ne!(a, b);
        (a, b) = (Vec::new(), Vec::new());
        let (mut none, mut zero) = (record(1), record(1));
        (none.account_id, zero.account_id) = (None, Some(0));
        none.canonical(&mut a);
        zero.canonical(&mut b);
        assert_ne!(a, b);
    }

    #[test]
    fn the_hash_hangs_on_key_record_and_the_one_before() {
        let key = ChainKey::new(&[1; 32]);
        let hash = key.hash(&record(1), BEGINNING);
        assert_eq!(hash, key.hash(&record(1), BEGINNING));
        assert_ne!(hash, key.hash(&record(2), BEGINNING));
        assert_ne!(hash, key.hash(&record(1), &hash));
        assert_ne!(hash, ChainKey::new(&[2; 32]).hash(&record(1), BEGINNING));
    }
}
