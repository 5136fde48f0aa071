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
use tokio::time::Instant;
use ward_event::topic::Topic;

use super::{ASK_MAX, PARTITION, blocking, context::Follow, fatal, known, signed, unavailable};
use crate::log::{LogError, Position, Reader, Record, Topics, disk::check_metadata};

/// Payload of one poll: beside what the client has fetched ahead this is what a reader holds.
const POLL_BYTES_MAX: usize = 8 << 20;
/// How often a follower of all topics looks for new ones.
const DISCOVER_EVERY: Duration = Duration::from_secs(5);

/// Records held for the next poll while a commit waits.
const AHEAD_RECORDS_MAX: usize = 20_000;

pub(super) struct KafkaReader {
    consumer: Arc<StreamConsumer<Follow>>,
    follow: Follow,
    asker: Arc<BaseConsumer>,
    has_group: bool,
    /// When a follower of all topics looked last; None for the others.
    discovered: Option<Option<Instant>>,
    /// Handed over by the client while a commit waited for the group to form again.
    ahead: Vec<Record>,
}

impl KafkaReader {
    pub(super) fn new(
        consumer: StreamConsumer<Follow>,
        follow: Follow,
        asker: Arc<BaseConsumer>,
        has_group: bool,
    ) -> Self {
        Self { consumer: Arc::new(consumer), follow, asker, has_group, discovered: None, ahead: Vec::new() }
    }

    /// Without a group: these topics, or all that there are and will be.
    pub(super) fn following(mut self, topics: Topics) -> Result<Self, LogError> {
        match topics {
            Topics::Only(topics) => self.assign(topics)?,
            Topics::All => self.discovered = Some(None),
        }
        Ok(self)
    }

    /// Adds topics to a follower's, from where it was told to begin.
    fn assign(&self, topics: Vec<Topic>) -> Result<(), LogError> {
        let mut state = self.follow.lock();
        let mut list = TopicPartitionList::new();
        for topic in topics {
            if !state.assigned.contains(&topic) {
                let offset =
                    state.next.get(&topic).map_or(Offset::Beginning, |at| Offset::Offset(signed(*at)));
                list.add_partition_offset(topic.as_str(), PARTITION, offset).map_err(fatal)?;
                state.assigned.insert(topic);
            }
        }
        drop(state);
        if list.count() == 0 { Ok(()) } else { self.consumer.incremental_assign(&list).map_err(fatal) }
    }

    async fn discover(&mut self) -> Result<(), LogError> {
        let Some(last) = self.discovered else { return Ok(()) };
        if last.is_none_or(|at| at.elapsed() >= DISCOVER_EVERY) {
            let asker = self.asker.clone();
            match blocking(move || known(&asker)).await {
                Ok(topics) => {
                    self.assign(topics)?;
                    self.discovered = Some(Some(Instant::now()));
                }
                Err(error) => tracing::debug!(%error, "topics"),
            }
        }
        Ok(())
    }

    /// Whether the broker has these positions: of topics refused the client tells only if all were.
    async fn taken(&self, positions: &BTreeMap<Topic, Position>) -> Result<(), LogError> {
        let there = self.ask_committed(positions.keys().cloned().collect()).await?;
        match positions.iter().find(|(topic, position)| there.get(topic) != Some(position)) {
            Some((topic, _)) => {
                Err(LogError::Fatal(format!("the broker did not take the position of {topic}")))
            }
            None => Ok(()),
        }
    }

    async fn ask_committed(&self, topics: Vec<Topic>) -> Result<BTreeMap<Topic, Position>, LogError> {
        if topics.is_empty() {
            return Ok(BTreeMap::new());
        }
        let consumer = self.consumer.clone();
        blocking(move || {
            let mut list = TopicPartitionList::new();
            for topic in topics {
                list.add_partition(topic.as_str(), PARTITION);
            }
            let committed = consumer.committed_offsets(list, ASK_MAX).map_err(unavailable)?;
            let mut positions = BTreeMap::new();
            for element in committed.elements() {
                element.error().map_err(unavailable)?;
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

    /// Lets the client join its group again, which it does only while it is asked for records.
    async fn rejoin(&mut self, time: Duration) -> Result<(), LogError> {
        let until = Instant::now() + time;
        let mut taken = std::mem::take(&mut self.ahead);
        while taken.len() < AHEAD_RECORDS_MAX {
            match tokio::time::timeout_at(until, self.consumer.recv()).await {
                Ok(message) => self.take(message, &mut taken)?,
                Err(_) => break,
            }
        }
        self.ahead = taken;
        tokio::time::sleep_until(until).await;
        Ok(())
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
        if !self.ahead.is_empty() && max > 0 {
            return Ok(self.ahead.drain(..self.ahead.len().min(max)).collect());
        }
        let mut records = Vec::new();
        let deadline = Instant::now() + wait;
        while records.is_empty() && max > 0 {
            self.alive()?;
            self.discover().await?;
            let pause = if self.discovered.is_some() { DISCOVER_EVERY } else { wait };
            let until = deadline.min(Instant::now() + pause);
            match tokio::time::timeout_at(until, self.consumer.recv()).await {
                Ok(message) => self.take(message, &mut records)?,
                Err(_) if until >= deadline => return Ok(records),
                Err(_) => {}
            }
        }
        let mut bytes = records.first().map_or(0, |r| r.payload.len());
        while records.len() < max && bytes < POLL_BYTES_MAX {
            let before = records.len();
            match self.consumer.recv().now_or_never() {
                Some(message) => self.take(message, &mut records)?,
                None => break,
            }
            bytes += records.get(before).map_or(0, |r| r.payload.len());
        }
        Ok(records)
    }

    async fn committed(&mut self) -> Result<BTreeMap<Topic, Position>, LogError> {
        self.member()?;
        let asker = self.asker.clone();
        let topics = blocking(move || known(&asker)).await?;
        self.ask_committed(topics).await
    }

    async fn commit(&mut self, positions: &BTreeMap<Topic, Position>) -> Result<(), LogError> {
        self.member()?;
        check_metadata(positions)?;
        if positions.is_empty() {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        for (topic, position) in positions {
            let mut element = list.add_partition(topic.as_str(), PARTITION);
            element.set_offset(Offset::Offset(signed(position.next))).map_err(fatal)?;
            element.set_metadata(&position.metadata);
        }
        let mut wait = Duration::from_millis(50);
        loop {
            let (consumer, once) = (self.consumer.clone(), list.clone());
            let mut done =
                blocking(move || consumer.commit(&once, CommitMode::Sync).map_err(unavailable)).await;
            if done.is_ok() {
                done = self.taken(positions).await;
            }
            match done {
                // The same positions again are the same commit.
                Err(LogError::Unavailable(reason)) => {
                    self.alive()?;
                    tracing::warn!(reason, again_in = ?wait, "commit");
                    self.rejoin(wait).await?;
                    wait = (wait * 2).min(Duration::from_secs(2));
                }
                done => return done,
            }
        }
    }

    async fn pause(&mut self, topic: &Topic, paused: bool) -> Result<(), LogError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(topic.as_str(), PARTITION);
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
        self.ahead.retain(|record| record.topic != *topic);
        let assigned = {
            let mut state = self.follow.lock();
            state.next.insert(topic.clone(), offset);
            state.assigned.contains(topic)
        };
        if !assigned {
            // Taken up when it is assigned.
            return Ok(());
        }
        let deadline = Instant::now() + ASK_MAX;
        loop {
            let (consumer, name) = (self.consumer.clone(), topic.to_string());
            let seek = move || consumer.seek(&name, PARTITION, Offset::Offset(signed(offset)), ASK_MAX);
            match blocking(move || seek().map_err(unavailable)).await {
                // What was assigned a moment ago cannot be sought yet.
                Err(LogError::Unavailable(_)) if Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                sought => return sought,
            }
        }
    }
}

impl Drop for KafkaReader {
    fn drop(&mut self) {
        // Closing waits for the broker, which a task must not: the last hold is let go by a thread.
        let consumer = self.consumer.clone();
        let close = move || {
            while Arc::strong_count(&consumer) > 1 {
                std::thread::sleep(Duration::from_millis(5));
            }
            drop(consumer);
        };
        // Without a thread it is closed here.
        let _ = std::thread::Builder::new().name("kafka-close".into()).spawn(close);
    }
}
