//! Where a consumer goes on after a rebalance: where it was told to, not at what is committed. Detection
//! may stand before the store's positions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rdkafka::{
    ClientContext, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer, ConsumerContext},
    error::{KafkaError, RDKafkaErrorCode},
    types::RDKafkaRespErr,
};
use ward_event::topic::Topic;

use super::signed;

/// Shared by a reader and its consumer's callbacks.
#[derive(Clone, Default)]
pub(super) struct Follow(Arc<Mutex<State>>);

#[derive(Default)]
pub(super) struct State {
    /// The next offset to hand out, of topics read or sought.
    pub(super) next: BTreeMap<Topic, u64>,
    pub(super) assigned: BTreeSet<Topic>,
    pub(super) paused: BTreeSet<Topic>,
    /// Why this consumer is over for good.
    pub(super) fatal: Option<String>,
}

impl Follow {
    /// What a panic left behind is as good as before: every change is one step.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Follow {
    fn error(&self, error: KafkaError, reason: &str) {
        if matches!(
            error.rdkafka_error_code(),
            Some(RDKafkaErrorCode::Fatal | RDKafkaErrorCode::FencedInstanceId)
        ) {
            self.lock().fatal = Some(reason.to_owned());
        }
        tracing::debug!(%error, reason, "Kafka");
    }
}

impl ConsumerContext for Follow {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, err: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let assigned = err == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let done = if assigned {
            let mut state = self.lock();
            state.assigned = list.elements().iter().filter_map(|e| Topic::from_name(e.topic())).collect();
            for mut element in list.elements() {
                let next = Topic::from_name(element.topic()).and_then(|t| state.next.get(&t).copied());
                if let Some(next) = next
                    && let Err(error) = element.set_offset(Offset::Offset(signed(next)))
                {
                    tracing::warn!(%error, topic = element.topic(), "offset");
                }
            }
            let paused: Vec<Topic> = state.paused.intersection(&state.assigned).cloned().collect();
            drop(state);
            consumer.assign(list).and_then(|()| {
                // An assignment begins with everything going on.
                let mut held = TopicPartitionList::new();
                for topic in &paused {
                    held.add_partition(topic.as_str(), 0);
                }
                if held.count() == 0 { Ok(()) } else { consumer.pause(&held) }
            })
        } else {
            self.lock().assigned.clear();
            consumer.unassign()
        };
        if let Err(error) = done {
            tracing::warn!(%error, assigned, "rebalance");
        }
    }
}
