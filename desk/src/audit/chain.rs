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

    const fn texts(&self) -> [&String; 10] {
        [
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
        ]
    }

    /// Everything but the hash, so that no two records have the same bytes: numbers in eight bytes, texts
    /// with their length before them.
    fn canonical(&self, bytes: &mut Vec<u8>) {
        bytes.clear();
        bytes.extend_from_slice(VERSION);
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&self.time.0.to_be_bytes());
        bytes.push(u8::from(self.account_id.is_some()));
        bytes.extend_from_slice(&self.account_id.unwrap_or(0).to_be_bytes());
        for text in self.texts() {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

/// The key of a chain.
#[derive(Clone)]
pub struct ChainKey(hmac::Key);

impl ChainKey {
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

    /// The hash of a record that follows the one with the hash `before`. `bytes` is scratch.
    pub(crate) fn hash(&self, record: &Record, before: &str, bytes: &mut Vec<u8>) -> String {
        hex(self.sign(record, before, bytes).as_ref())
    }

    /// Whether the record's own hash is right.
    pub(crate) fn is_true(&self, record: &Record, before: &str, bytes: &mut Vec<u8>) -> bool {
        let signed = self.sign(record, before, bytes);
        unhex(&record.hash).is_some_and(|hash| hash == signed.as_ref())
    }

    fn sign(&self, record: &Record, before: &str, bytes: &mut Vec<u8>) -> hmac::Tag {
        record.canonical(bytes);
        bytes.extend_from_slice(before.as_bytes());
        hmac::sign(&self.0, bytes)
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
        let (mut none, mut zero) = (record(1), record(1));
        (none.account_id, zero.account_id) = (None, Some(0));
        none.canonical(&mut a);
        zero.canonical(&mut b);
        assert_ne!(a, b);
    }

    #[test]
    fn the_hash_hangs_on_key_record_and_the_one_before() {
        let (key, mut bytes) = (ChainKey::new(&[1; 32]), Vec::new());
        let hash = key.hash(&record(1), BEGINNING, &mut bytes);
        assert_eq!(hash, key.hash(&record(1), BEGINNING, &mut bytes));
        assert_ne!(hash, key.hash(&record(2), BEGINNING, &mut bytes));
        assert_ne!(hash, key.hash(&record(1), &hash, &mut bytes));
        assert_ne!(hash, ChainKey::new(&[2; 32]).hash(&record(1), BEGINNING, &mut bytes));
    }
}
