//! Appending: records of a call go out in its order and are answered together.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use rdkafka::{
    ClientConfig, ClientContext, Message,
    config::FromClientConfigAndContext,
    error::KafkaError,
    producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer},
    types::RDKafkaErrorCode,
};
use tokio::sync::oneshot;

use super::{PARTITION, fatal};
use crate::log::{Append, LogError, disk::RECORD_BYTES_MAX};

/// How long a full queue is left before the next try.
const FULL_PAUSE: Duration = Duration::from_millis(2);

type Native = ThreadedProducer<Context>;

pub(super) struct Producer {
    config: ClientConfig,
    native: RwLock<Arc<Native>>,
}

/// A call on its way.
struct Call {
    state: Mutex<CallState>,
}

struct CallState {
    offsets: Vec<u64>,
    left: usize,
    error: Option<KafkaError>,
    answer: Option<oneshot::Sender<Result<Vec<u64>, KafkaError>>>,
}

/// Which record of which call was delivered.
struct Delivery {
    call: Arc<Call>,
    index: usize,
}

struct Context;

impl ClientContext for Context {}

impl ProducerContext for Context {
    type DeliveryOpaque = Box<Delivery>;

    fn delivery(&self, result: &DeliveryResult<'_>, delivery: Self::DeliveryOpaque) {
        let offset = match result {
            Ok(message) => Ok(message.offset().unsigned_abs()),
            Err((error, _)) => Err(error.clone()),
        };
        delivery.call.delivered(delivery.index, offset);
    }
}

impl Call {
    fn new(records: usize) -> (Arc<Self>, oneshot::Receiver<Result<Vec<u64>, KafkaError>>) {
        let (answer, answered) = oneshot::channel();
        let state = CallState { offsets: vec![0; records], left: records, error: None, answer: Some(answer) };
        (Arc::new(Self { state: Mutex::new(state) }), answered)
    }

    fn delivered(&self, index: usize, offset: Result<u64, KafkaError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match offset {
            Ok(offset) => state.offsets[index] = offset,
            Err(error) => state.error = Some(error),
        }
        state.left -= 1;
        if state.left == 0
            && let Some(answer) = state.answer.take()
        {
            let result = match state.error.take() {
                Some(error) => Err(error),
                None => Ok(std::mem::take(&mut state.offsets)),
            };
            // Nobody waits for a call that was given up.
            let _ = answer.send(result);
        }
    }
}

impl Producer {
    /// Connects with the properties that all clients share.
    pub(super) fn new(shared: &ClientConfig) -> Result<Self, LogError> {
        let mut config = shared.clone();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // Never given up: what is acknowledged to a hospital may not depend on how long a broker is away.
            .set("message.timeout.ms", "0")
            .set("linger.ms", "2")
            .set("queue.buffering.max.kbytes", "65536")
            .set("queue.buffering.max.messages", "200000");
        let native = RwLock::new(Arc::new(make(&config)?));
        Ok(Self { config, native })
    }

    pub(super) async fn append(&self, records: Vec<Append>) -> Result<Vec<u64>, LogError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(record) = records.iter().find(|r| r.payload.len() > RECORD_BYTES_MAX) {
            return Err(LogError::Fatal(format!("a record of {} has more than 16 MiB", record.topic)));
        }
        let native = Arc::clone(&self.native.read().unwrap_or_else(PoisonError::into_inner));
        let (call, answered) = Call::new(records.len());
        for (index, record) in records.iter().enumerate() {
            let delivery = Box::new(Delivery { call: Arc::clone(&call), index });
            let mut message = BaseRecord::<(), [u8], _>::with_opaque_to(record.topic.as_str(), delivery)
                .partition(PARTITION)
                .payload(&record.payload[..]);
            while let Err((error, back)) = native.send(message) {
                if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                    return Err(self.refusal(&native, error));
                }
                message = back;
                tokio::time::sleep(FULL_PAUSE).await;
            }
        }
        match answered.await {
            Ok(Ok(offsets)) => Ok(offsets),
            Ok(Err(error)) => Err(self.refusal(&native, error)),
            Err(_) => Err(LogError::Unavailable("the producer was closed".into())),
        }
    }

    /// After a fatal error librdkafka's producer answers nothing else any more (the brokers forgot its
    /// number, or lost what they had acknowledged): a new one takes its place.
    fn refusal(&self, failed: &Arc<Native>, error: KafkaError) -> LogError {
        if failed.client().fatal_error().is_some() {
            let mut native = self.native.write().unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(&native, failed) {
                match make(&self.config) {
                    Ok(fresh) => *native = Arc::new(fresh),
                    Err(e) => return e,
                }
            }
            return LogError::Unavailable(error.to_string());
        }
        match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::MessageSizeTooLarge
                | RDKafkaErrorCode::InvalidMessageSize,
            ) => LogError::Fatal(error.to_string()),
            _ => LogError::Unavailable(error.to_string()),
        }
    }
}

fn make(config: &ClientConfig) -> Result<Native, LogError> {
    Native::from_config_and_context(config, Context).map_err(fatal)
}
