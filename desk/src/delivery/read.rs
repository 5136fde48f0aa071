//! Deliveries and their tries, as people and the sender see them.

use std::collections::BTreeMap;

use sqlx::{Row as _, sqlite::SqliteRow};
use ward_event::{Micros, UnitId};

use super::{Address, Deliveries, Delivery, DeliveryState, Document, Item, LinkKind, Message, Subject};
use crate::{DeskError, case::Units};

pub(super) const COLUMNS: &str = "id, key, channel, address, subject, document, deadline, link_kind, link_id, unit, state, \
    tries, next_at, said, created_at, ended_at, person, items";
const LIST_MAX: i64 = 500;

/// Which deliveries are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// What has not arrived: waiting, failed, to be asked.
    #[default]
    Open,
    All,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It runs.
    Running,
    Sent,
    Later,
    Refused,
    /// A crash came between: it may have arrived or not.
    Unknown,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    pub begun: Micros,
    pub outcome: Outcome,
    pub said: String,
}

/// How a channel fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelState {
    pub name: String,
    /// What waits after a try that failed for now.
    pub stuck: i64,
    pub last_sent: Option<Micros>,
    /// What it said to the try that failed last; of what still waits.
    pub said: String,
}

impl Deliveries<'_> {
    /// Deliveries of those units (`None` for all), newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn list(&self, units: &Units, shown: Shown) -> Result<Vec<Delivery>, DeskError> {
        let narrow = match shown {
            Shown::Open => "WHERE state IN ('waiting', 'trying', 'failed', 'ask')",
            Shown::All => "",
        };
        let sql = format!("SELECT {COLUMNS} FROM delivery {narrow} ORDER BY id DESC LIMIT {LIST_MAX}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(self.0.readers()).await?;
        let all: Vec<Delivery> = rows.iter().map(delivery).collect::<Result<_, _>>()?;
        Ok(all.into_iter().filter(|d| is_of(d, units)).collect())
    }

    /// The deliveries of one thing with their tries, in the order of their intent.
    ///
    /// # Errors
    /// The database.
    pub async fn of(
        &self,
        units: &Units,
        kind: LinkKind,
        id: i64,
    ) -> Result<Vec<(Delivery, Vec<Try>)>, DeskError> {
        let sql = format!("SELECT {COLUMNS} FROM delivery WHERE link_kind = $1 AND link_id = $2 ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(kind.as_str()).bind(id);
        let rows = rows.fetch_all(self.0.readers()).await?;
        const TRIES: &str = "SELECT t.delivery_id, t.begun_at, t.outcome, t.said FROM delivery_try t
            JOIN delivery d ON d.id = t.delivery_id WHERE d.link_kind = $1 AND d.link_id = $2
            ORDER BY t.delivery_id, t.number";
        let mut tries: BTreeMap<i64, Vec<Try>> = BTreeMap::new();
        for row in sqlx::query(TRIES).bind(kind.as_str()).bind(id).fetch_all(self.0.readers()).await? {
            tries.entry(row.try_get(0)?).or_default().push(read_try(&row)?);
        }
        let all: Vec<Delivery> = rows.iter().map(delivery).collect::<Result<_, _>>()?;
        let mine = all.into_iter().filter(|d| is_of(d, units));
        Ok(mine
            .map(|d| {
                let tries = tries.remove(&d.id).unwrap_or_default();
                (d, tries)
            })
            .collect())
    }

    /// How many there are in each state that is not yet an end.
    ///
    /// # Errors
    /// The database.
    pub async fn counts(&self) -> Result<Vec<(DeliveryState, i64)>, DeskError> {
        const COUNT: &str = "SELECT state, COUNT(*) FROM delivery
            WHERE state IN ('waiting', 'trying', 'failed', 'ask') GROUP BY state";
        let rows = sqlx::query(COUNT).fetch_all(self.0.readers()).await?;
        let read = |row: &SqliteRow| Ok((state(&row.try_get::<String, _>(0)?)?, row.try_get(1)?));
        rows.iter().map(read).collect()
    }

    /// The channels that are configured, in their order, and how each fares.
    ///
    /// # Errors
    /// The database.
    pub async fn channels(&self) -> Result<Vec<ChannelState>, DeskError> {
        const ASK: &str = "SELECT
            (SELECT COUNT(*) FROM delivery WHERE channel = $1 AND state = 'waiting' AND tries > 0),
            (SELECT MAX(ended_at) FROM delivery WHERE channel = $1 AND state = 'sent'),
            (SELECT said FROM delivery WHERE channel = $1 AND state = 'waiting' AND tries > 0
                ORDER BY next_at DESC LIMIT 1)";
        let Some(outlets) = self.0.0.outlets.get() else { return Ok(Vec::new()) };
        let mut channels = Vec::with_capacity(outlets.config.channel.len());
        for channel in &outlets.config.channel {
            let row = sqlx::query(ASK).bind(&channel.name).fetch_one(self.0.readers()).await?;
            channels.push(ChannelState {
                name: channel.name.clone(),
                stuck: row.try_get(0)?,
                last_sent: row.try_get::<Option<i64>, _>(1)?.map(Micros),
                said: row.try_get::<Option<String>, _>(2)?.unwrap_or_default(),
            });
        }
        Ok(channels)
    }
}

/// What belongs to no unit is the commission's alone.
fn is_of(delivery: &Delivery, units: &Units) -> bool {
    units.as_ref().is_none_or(|units| delivery.unit.as_ref().is_some_and(|u| units.contains(u)))
}

fn read_try(row: &SqliteRow) -> Result<Try, DeskError> {
    let outcome: Option<String> = row.try_get(2)?;
    let outcome = match outcome.as_deref() {
        None => Outcome::Running,
        Some("sent") => Outcome::Sent,
        Some("later") => Outcome::Later,
        Some("refused") => Outcome::Refused,
        Some(_) => Outcome::Unknown,
    };
    Ok(Try { begun: Micros(row.try_get(1)?), outcome, said: row.try_get(3)? })
}

fn state(name: &str) -> Result<DeliveryState, DeskError> {
    DeliveryState::from_name(name).ok_or_else(|| DeskError::Broken(format!("delivery: state {name:?}")))
}

pub(super) fn delivery(row: &SqliteRow) -> Result<Delivery, DeskError> {
    let text = |i: usize| row.try_get::<String, _>(i);
    let broken = |what: &str| DeskError::Broken(format!("delivery: {what}"));
    let document = text(5)?;
    Ok(Delivery {
        id: row.try_get(0)?,
        key: text(1)?,
        channel: text(2)?,
        address: Address::parse(&text(3)?).ok_or_else(|| broken("address"))?,
        message: Message {
            subject: Subject::from_name(&text(4)?).ok_or_else(|| broken("subject"))?,
            document: match document.as_str() {
                "" => None,
                text => Some(Document::new(text).ok_or_else(|| broken("document"))?),
            },
            deadline: row.try_get::<Option<i64>, _>(6)?.map(Micros),
            link: (LinkKind::from_name(&text(7)?).ok_or_else(|| broken("link"))?, row.try_get(8)?),
            items: Item::read(&text(17)?).ok_or_else(|| broken("items"))?,
        },
        person: text(16)?,
        unit: UnitId::new(&text(9)?).ok(),
        state: state(&text(10)?)?,
        tries: row.try_get(11)?,
        next_at: Micros(row.try_get(12)?),
        said: text(13)?,
        created_at: Micros(row.try_get(14)?),
        ended_at: row.try_get::<Option<i64>, _>(15)?.map(Micros),
    })
}
