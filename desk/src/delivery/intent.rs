//! The intent to send, committed with what it tells of.

use sha2::{Digest, Sha256};
use ward_event::{Micros, UnitId, alert::hex};

use super::{Address, Item, Message};
use crate::{Connection, DeskError};

/// One message to one address by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// A channel's name in the configuration.
    pub channel: String,
    pub address: Address,
    pub message: Message,
    /// Who it is for, by name; empty for a group.
    pub person: String,
    /// Whose; None for a group of several units.
    pub unit: Option<UnitId>,
    /// Which sending this is, e.g. `sent`, `reminder 2026-11-20`: the same one is intended once.
    pub occasion: String,
}

impl Intent {
    /// The same for the same intent: whoever intends it twice sends it once.
    fn key(&self) -> String {
        let (kind, id) = (self.message.link.0.as_str(), self.message.link.1);
        let subject = self.message.subject.as_str();
        let (channel, address, occasion) = (&self.channel, &self.address, &self.occasion);
        let text = format!("{channel}\n{address}\n{subject}\n{kind}\n{id}\n{occasion}\n{}", self.unit());
        hex(&Sha256::digest(text.as_bytes()))[..32].to_owned()
    }

    fn unit(&self) -> &str {
        self.unit.as_ref().map_or("", UnitId::as_str)
    }
}

/// Puts a message into the outbox, inside the caller's transaction: it is sent if that is committed, and
/// only then. Returns the delivery's number, of the first where it was intended before.
///
/// # Errors
/// The database.
pub async fn intend(c: &mut Connection, now: Micros, intent: &Intent) -> Result<i64, DeskError> {
    const INSERT: &str = "INSERT INTO delivery (id, key, channel, address, subject, document, deadline, link_kind, link_id, \
        unit, state, tries, next_at, said, created_at, person, items) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM delivery), $1, $2, $3, \
        $4, $5, $6, $7, $8, $9, 'waiting', 0, $10, '', $10, $11, $12) ON CONFLICT (key) DO NOTHING";
    let key = intent.key();
    let message = &intent.message;
    sqlx::query(INSERT)
        .bind(&key)
        .bind(&intent.channel)
        .bind(intent.address.to_string())
        .bind(message.subject.as_str())
        .bind(message.document.as_ref().map_or("", |d| d.as_str()))
        .bind(message.deadline.map(|t| t.0))
        .bind(message.link.0.as_str())
        .bind(message.link.1)
        .bind(intent.unit())
        .bind(now.0)
        .bind(&intent.person)
        .bind(Item::write(&message.items))
        .execute(&mut *c)
        .await?;
    let id =
        sqlx::query_scalar("SELECT id FROM delivery WHERE key = $1").bind(&key).fetch_one(&mut *c).await?;
    Ok(id)
}
