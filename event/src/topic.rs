//! Names of topics. A sender's topics have one partition; the broker lets only it write there.

use std::fmt;

use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};

use crate::SenderId;

/// The name of a topic of the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Topic(CompactString);

/// What a topic carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TopicKind {
    Events,
    Dead,
    Alerts,
    Rollups,
    State,
    Control,
    Clock,
    Audit,
}

impl Topic {
    pub const ALERTS: Self = Self(CompactString::const_new("ward.alerts"));
    pub const ROLLUPS: Self = Self(CompactString::const_new("ward.rollups"));
    pub const STATE: Self = Self(CompactString::const_new("ward.state"));
    /// Kept for ever.
    pub const CONTROL: Self = Self(CompactString::const_new("ward.control"));
    pub const CLOCK: Self = Self(CompactString::const_new("ward.clock"));
    pub const AUDIT: Self = Self(CompactString::const_new("ward.audit"));

    pub fn events(sender: &SenderId) -> Self {
        Self(format_compact!("ward.events.{sender}"))
    }

    pub fn dead(sender: &SenderId) -> Self {
        Self(format_compact!("ward.dead.{sender}"))
    }

    /// None for a name that is no topic of Ward's.
    pub fn from_name(name: &str) -> Option<Self> {
        let topic = Self(CompactString::new(name));
        topic.parse().map(|_| topic)
    }

    pub fn kind(&self) -> TopicKind {
        // Every constructor checks it.
        self.parse().map_or(TopicKind::Dead, |(kind, _)| kind)
    }

    /// The sender of an events or dead topic.
    pub fn sender(&self) -> Option<SenderId> {
        self.parse().and_then(|(_, sender)| sender)
    }

    fn parse(&self) -> Option<(TopicKind, Option<SenderId>)> {
        let rest = self.0.strip_prefix("ward.")?;
        let fixed = match rest {
            "alerts" => TopicKind::Alerts,
            "rollups" => TopicKind::Rollups,
            "state" => TopicKind::State,
            "control" => TopicKind::Control,
            "clock" => TopicKind::Clock,
            "audit" => TopicKind::Audit,
            _ => {
                let (kind, sender) = rest.split_once('.')?;
                let kind = match kind {
                    "events" => TopicKind::Events,
                    "dead" => TopicKind::Dead,
                    _ => return None,
                };
                return Some((kind, Some(SenderId::new(sender).ok()?)));
            }
        };
        Some((fixed, None))
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_tells_its_kind_and_sender() {
        let sender = SenderId::new("cloud.his-1").expect("an id");
        let topic = Topic::events(&sender);
        assert_eq!(topic.as_str(), "ward.events.cloud.his-1");
        assert_eq!((topic.kind(), topic.sender()), (TopicKind::Events, Some(sender)));
        assert_eq!(Topic::from_name("ward.clock"), Some(Topic::CLOCK));
        assert_eq!(Topic::from_name("ward.other"), None);
        assert_eq!(Topic::from_name("__consumer_offsets"), None);
    }
}
