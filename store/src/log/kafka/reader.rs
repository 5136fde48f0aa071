//! A consumer as a [`Reader`].

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::BorrowedMessage,
};
use ward_event::{limits::COMMIT_METADATA_BYTES_MAX, topic::Topic};

use super::{ASK_MAX, blocking, context::Follow, fatal, known, signed, unavailable};
use crate::log::{LogError, Position, Reader, Record};

pub(super) struct KafkaReader {
    consumer: Arc<StreamConsumer<Follow>>,
    follow: Follow,
    asker: Arc<BaseConsumer>,
    has_group: bool,
}

impl KafkaReader {
    pub(super) fn new(
        consumer: StreamConsumer<Follow>,
        follow: Follow,
        asker: Arc<BaseConsumer>,
        has_group: bool,
    ) -> Self {
        Self { consumer: Arc::new(consumer), follow, asker, has_group }
    }

    fn member(&self) -> Result<(), LogError> {
        if !self.has_group {
            return Err(LogError::Fatal("a follower has no positions".into()));
        }
        self.alive()
    }

    fn alive(&self) -> Result<(), LogError> {
        match &self.follow.lock().fatal {
            Some(reason) => Err(LogError::Fatal(format!("fenced by a newer reader of the group: {reason}"))),
            None => Ok(()),
        }
    }

    /// One message; none for an error that passes by itself.
    fn take(
        &self,
        message: Result<BorrowedMessage<'_>, KafkaError>,
        out: &mut Vec<Record>,
    ) -> Result<(), LogError> {
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                return match error.rdkafka_error_code() {
                    Some(RDKafkaErrorCode::Fatal | RDKafkaErrorCode::FencedInstanceId) => {
                        Err(unavailable(error))
                    }
                    _ => {
                        tracing::debug!(%error, "Kafka");
                        Ok(())
                    }
                };
            }
        };
        let Some(topic) = Topic::from_name(message.topic()) else { return Ok(()) };
        let offset = u64::try_from(message.offset()).unwrap_or_default();
        let mut state = self.follow.lock();
        // Fetched before a seek, and no longer wanted.
        if state.next.get(&topic).is_some_and(|next| offset < *next) {
            return Ok(());
        }
        state.next.insert(topic.clone(), offset + 1);
        drop(state);
        out.push(Record {
            topic,
            offset,
            payload: Bytes::copy_from_slice(message.payload().unwrap_or_default()),
        });
        Ok(())
    }
}

#[async_trait]
impl Reader for KafkaReader {
    async fn poll(&mut self, max: usize, wait: Duration) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        let deadline = tokio::time::Instant::now() + wait;
        while records.is_empty() && max > 0 {
            self.alive()?;
            match tokio::time::timeout_at(deadline, self.consumer.recv()).await {
                Ok(message) => self.take(message, &mut records)?,
                Err(_) => return Ok(records),
            }
        }
        while records.len() < max {
            match self.consumer.recv().now_or_never() {
                Some(message) => self.take(message, &mut records)?,
                None => break,
            }
        }
        Ok(records)
    }

    async fn committed(&mut self) -> Result<BTreeMap<Topic, Position>, LogError> {
        self.member()?;
        let (consumer, asker) = (self.consumer.clone(), self.asker.clone());
        blocking(move || {
            let mut list = TopicPartitionList::new();
            for topic in known(&asker)? {
                list.add_partition(topic.as_str(), 0);
            }
            if list.count() == 0 {
                return Ok(BTreeMap::new());
            }
            let committed = consumer.committed_offsets(list, ASK_MAX).map_err(unavailable)?;
            let mut positions = BTreeMap::new();
            for element in committed.elements() {
                if let (Some(topic), Offset::Offset(next)) =
                    (Topic::from_name(element.topic()), element.offset())
                {
                    let metadata = element.metadata().to_owned();
                    positions
                        .insert(topic, Position { next: u64::try_from(next).unwrap_or_default(), metadata });
                }
            }
            Ok(positions)
        })
        .await
    }

    async fn commit(&mut self, positions: &BTreeMap<Topic, Position>) -> Result<(), LogError> {
        self.member()?;
        let mut list = TopicPartitionList::new();
        for (topic, position) in positions {
            if position.metadata.len() > COMMIT_METADATA_BYTES_MAX {
                return Err(LogError::Fatal(format!(
                    "metadata of {topic} has {} bytes",
                    position.metadata.len()
                )));
            }
            let mut element = list.add_partition(topic.as_str(), 0);
            element.set_offset(Offset::Offset(signed(position.next))).map_err(fatal)?;
            element.set_metadata(&position.metadata);
        }
        let mut wait = Duration::from_millis(50);
        loop {
            let (consumer, once) = (self.consumer.clone(), list.clone());
            let done = blocking(move || consumer.commit(&once, CommitMode::Sync).map_err(unavailable)).await;
            match done {
                // The same positions again are the same commit.
                Err(LogError::Unavailable(reason)) => {
                    self.alive()?;
                    tracing::warn!(reason, again_in = ?wait, "commit");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(2));
                }
                done => return done,
            }
        }
    }

    async fn pause(&mut self, topic: &Topic, paused: bool) -> Result<(), LogError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(topic.as_str(), 0);
        let done = if paused { self.consumer.pause(&list) } else { self.consumer.resume(&list) };
        let mut state = self.follow.lock();
        if paused {
            state.paused.insert(topic.clone());
        } else {
            state.paused.remove(topic);
        }
        drop(state);
        // A topic that is not assigned at the moment is not handed out either.
        if let Err(error) = done {
            tracing::debug!(%error, %topic, paused, "pause");
        }
        Ok(())
    }

    async fn seek(&mut self, topic: &Topic, offset: u64) -> Result<(), LogError> {
        let assigned = {
            let mut state = self.follow.lock();
            state.next.insert(topic.clone(), offset);
            !self.has_group || state.assigned.contains(topic)
        };
        if !assigned {
            // Taken up when the group assigns it.
            return Ok(());
        }
        let (consumer, name) = (self.consumer.clone(), topic.to_string());
        blocking(move || {
            consumer.seek(&name, 0, Offset::Offset(signed(offset)), ASK_MAX).map_err(unavailable)
        })
        .await
    }
}
