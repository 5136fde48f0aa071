//! What a restart from the snapshot reads again must still be there: on the disk log a group of its own
//! stands where the snapshot does. A cluster's log is kept by time.

use std::{collections::BTreeMap, sync::Arc};

use ward_event::{
    config::{Config, LogBackend},
    topic::{Topic, TopicKind},
};
use ward_store::log::{Log, LogError, Position, Reader, Topics};

const GROUP: &str = "ward-snapshot";

/// Never read from; only its positions count.
pub(super) struct Hold(Option<Box<dyn Reader>>);

impl Hold {
    pub(super) async fn open(config: &Config, log: &Arc<dyn Log>) -> Result<Self, LogError> {
        if config.log.backend != LogBackend::Disk {
            return Ok(Self(None));
        }
        Ok(Self(Some(log.reader(GROUP, Topics::All).await?)))
    }

    /// Lets go of what lies before the snapshot's cursor, and of all that is not judged.
    pub(super) async fn move_to(
        &mut self,
        cursor: &BTreeMap<Topic, u64>,
        log: &Arc<dyn Log>,
    ) -> Result<(), LogError> {
        let Some(reader) = &mut self.0 else { return Ok(()) };
        let mut positions = BTreeMap::new();
        for (topic, end) in log.ends().await? {
            let next = match topic.kind() {
                TopicKind::Events | TopicKind::Control | TopicKind::Clock => {
                    cursor.get(&topic).copied().unwrap_or(0)
                }
                _ => end,
            };
            positions.insert(topic, Position { next, metadata: String::new() });
        }
        reader.commit(&positions).await
    }
}
