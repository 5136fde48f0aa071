//! What leaves the platform by mail, webhook or SMS: an outbox.
//!
//! The intent is committed with what it tells of ([`intend`]); a try is committed before it begins and after
//! it ended. Whoever is killed in between leaves a try without an end, which is "unknown" at the next start.
//! Every try of a delivery carries the same key. What a message may hold is a type ([`Message`]): there is no
//! field that an address or a weakness could be put into.

mod intent;
mod message;
mod outbox;
mod outlets;
mod read;

use ward_event::{Micros, UnitId};

pub(crate) use self::outlets::Outlets;
pub use self::{
    intent::{Intent, intend},
    message::{Address, Document, Item, LinkKind, Message, Subject},
    outbox::{AfterCrash, Claimed, Deliveries, Ended},
    read::{ChannelState, Outcome, Shown, Try},
};

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    Waiting,
    Trying,
    /// The other side has taken it; whether anybody reads it is another thing.
    Sent,
    /// The other side has refused it for good: a bounce, an unknown number.
    Failed,
    /// A crash left it unknown whether it went, and a person says whether it goes again.
    Ask,
    /// A person has ended it.
    GivenUp,
}

impl DeliveryState {
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Trying, Self::Sent, Self::Failed, Self::Ask, Self::GivenUp];

    /// What has not arrived and has not been ended.
    pub const OPEN: [Self; 4] = [Self::Waiting, Self::Trying, Self::Failed, Self::Ask];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Trying => "trying",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Ask => "ask",
            Self::GivenUp => "given_up",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: i64,
    pub key: String,
    pub channel: String,
    pub address: Address,
    pub message: Message,
    /// Who it is for, by name; empty for a group.
    pub person: String,
    /// None for a group of several units.
    pub unit: Option<UnitId>,
    pub state: DeliveryState,
    pub tries: i64,
    pub next_at: Micros,
    pub said: String,
    pub created_at: Micros,
    pub ended_at: Option<Micros>,
}
