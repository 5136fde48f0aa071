//! The log on Kafka: idempotent producer, one partition a topic, no transactions.
//!
//! The reader of a group is its only, static member: a second one fences the first, whose commits
//! then fail for good. Broker errors that pass are healed inside the client; a poll returns nothing
//! while the broker is away, and an append waits.

mod context;
mod producer;
mod reader;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
};
use ward_event::{config::LogConfig, topic::Topic};

use self::{context::Follow, producer::Producer, reader::KafkaReader};
use super::{Append, Log, LogError, Reader, Topics, disk::RECORD_BYTES_MAX};

/// Whatever a spool holds must fit: a record and its batch's head.
const MESSAGE_BYTES_MAX: usize = RECORD_BYTES_MAX + (1 << 20);

/// Every topic has this one.
const PARTITION: i32 = 0;

/// The brokers' `default.replication.factor` (KIP-464).
const REPLICATION_DEFAULT: i32 = -1;

/// How long a question to the broker may take before it is "unavailable".
const ASK_MAX: Duration = Duration::from_secs(10);

/// The log on a cluster.
pub struct KafkaLog {
    config: ClientConfig,
    client: String,
    producer: Producer,
    /// For questions only.
    asker: Arc<BaseConsumer>,
}

impl KafkaLog {
    /// Connects lazily: a broker that is away is found out at the first use.
    ///
    /// # Errors
    /// A property that librdkafka does not know.
    pub fn new(log: &LogConfig, client: &str) -> Result<Self, LogError> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &log.brokers)
            .set("client.id", client)
            .set("message.max.bytes", MESSAGE_BYTES_MAX.to_string())
            // Back within seconds after the broker is.
            .set("reconnect.backoff.max.ms", "2000")
            .set("socket.keepalive.enable", "true");
        for (name, value) in &log.kafka {
            config.set(name, value);
        }
        let mut asking = config.clone();
        asking.set("group.id", format!("{client}-asks")).set("enable.auto.commit", "false");
        Ok(Self {
            producer: Producer::new(&config)?,
            asker: Arc::new(asking.create().map_err(fatal)?),
            client: client.to_owned(),
            config,
        })
    }

    /// Makes the topics that are not there, one partition each, with the brokers' default replication;
    /// `ward.control` is kept for ever, the others as long as the brokers' default says.
    ///
    /// # Errors
    /// A broker that is away or refuses.
    pub async fn create_topics(&self, topics: &[Topic]) -> Result<(), LogError> {
        let admin: AdminClient<DefaultClientContext> = self.config.create().map_err(fatal)?;
        let bytes = MESSAGE_BYTES_MAX.to_string();
        let new = topics.iter().map(|topic| {
            let new = NewTopic::new(topic.as_str(), 1, TopicReplication::Fixed(REPLICATION_DEFAULT))
                .set("max.message.bytes", &bytes);
            if *topic == Topic::CONTROL {
                new.set("retention.ms", "-1").set("retention.bytes", "-1")
            } else {
                new
            }
        });
        let new: Vec<_> = new.collect();
        let options = AdminOptions::new().operation_timeout(Some(ASK_MAX)).request_timeout(Some(ASK_MAX));
        for result in admin.create_topics(&new, &options).await.map_err(unavailable)? {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => return Err(LogError::Unavailable(format!("topic {topic}: {code}"))),
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Log for KafkaLog {
    async fn append(&self, records: Vec<Append>) -> Result<Vec<u64>, LogError> {
        self.producer.append(records).await
    }

    async fn reader(&self, group: &str, topics: Topics) -> Result<Box<dyn Reader>, LogError> {
        let mut config = self.config.clone();
        config
            .set("group.id", group)
            .set("group.instance.id", format!("{group}-0"))
            // As long as brokers allow by default: a member that was killed comes back under its static name
            // at once, and one that outlives a broker's absence must still be known, or the broker fences it.
            .set("session.timeout.ms", "1800000")
            .set("heartbeat.interval.ms", "1000")
            // The loop may stand for as long as the store is away; it is the heart that beats.
            .set("max.poll.interval.ms", "86400000")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("partition.assignment.strategy", "range")
            .set("topic.metadata.refresh.interval.ms", "5000")
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.wait.max.ms", "50");
        let follow = Follow::default();
        let consumer: StreamConsumer<Follow> = config.create_with_context(follow.clone()).map_err(fatal)?;
        let names: Vec<String> = match &topics {
            Topics::Only(topics) => topics.iter().map(ToString::to_string).collect(),
            Topics::All => vec![r"^ward\..*".into()],
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        consumer.subscribe(&names).map_err(fatal)?;
        Ok(Box::new(KafkaReader::new(consumer, follow, self.asker.clone(), true)))
    }

    async fn follow(&self, topics: Topics, from: BTreeMap<Topic, u64>) -> Result<Box<dyn Reader>, LogError> {
        let mut config = self.config.clone();
        config
            .set("group.id", format!("{}-follows", self.client))
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.wait.max.ms", "50");
        let follow = Follow::default();
        let consumer: StreamConsumer<Follow> = config.create_with_context(follow.clone()).map_err(fatal)?;
        follow.lock().next = from;
        let reader = KafkaReader::new(consumer, follow, self.asker.clone(), false);
        Ok(Box::new(reader.following(topics)?))
    }

    async fn ends(&self) -> Result<BTreeMap<Topic, u64>, LogError> {
        let asker = self.asker.clone();
        blocking(move || {
            let mut list = TopicPartitionList::new();
            for topic in known(&asker)? {
                list.add_partition_offset(topic.as_str(), PARTITION, Offset::End).map_err(fatal)?;
            }
            if list.count() == 0 {
                return Ok(BTreeMap::new());
            }
            // The timestamp "latest" asks for all ends in one request a broker.
            let ends = asker.offsets_for_times(list, ASK_MAX).map_err(unavailable)?;
            let mut found = BTreeMap::new();
            for element in ends.elements() {
                element.error().map_err(unavailable)?;
                if let (Some(topic), Offset::Offset(end)) =
                    (Topic::from_name(element.topic()), element.offset())
                    && end > 0
                {
                    found.insert(topic, u64::try_from(end).unwrap_or_default());
                }
            }
            Ok(found)
        })
        .await
    }
}

/// Ward's topics that the cluster has.
fn known(asker: &BaseConsumer) -> Result<Vec<Topic>, LogError> {
    let metadata = asker.fetch_metadata(None, ASK_MAX).map_err(unavailable)?;
    Ok(metadata.topics().iter().filter_map(|t| Topic::from_name(t.name())).collect())
}

/// The client's questions block: they are asked on a thread that may.
async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    tokio::task::spawn_blocking(ask).await.unwrap_or_else(|e| Err(LogError::Fatal(e.to_string())))
}

fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

fn fatal(error: impl std::fmt::Display) -> LogError {
    LogError::Fatal(error.to_string())
}

/// What passes, unless the client says that it is over for good.
fn unavailable(error: KafkaError) -> LogError {
    match error.rdkafka_error_code() {
        // An unknown member joins again: the group outlived its session while the broker was away.
        Some(RDKafkaErrorCode::Fatal | RDKafkaErrorCode::FencedInstanceId) => {
            LogError::Fatal(format!("fenced by a newer reader of the group: {error}"))
        }
        _ => LogError::Unavailable(error.to_string()),
    }
}
