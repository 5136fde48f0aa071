//! Reading events out of records, on another core than the one that stores and judges them.

use ward_event::{
    EnrichedEvent,
    json::{self, DecodeError},
    topic::TopicKind,
};
use ward_store::log::Record;

pub(super) type DecodedEvent = Result<Box<EnrichedEvent>, DecodeError>;

/// A record, and the event in it if it is one of a source's; what belongs to its place is not filled in yet.
pub(super) struct Decoded {
    pub(super) record: Record,
    pub(super) event: Option<DecodedEvent>,
}

/// Reads each record's event into a spare one as long as there are any.
#[expect(clippy::vec_box, reason = "they go on boxed; unboxing would copy a kilobyte an event")]
pub(super) fn decode(records: Vec<Record>, spare: &mut Vec<Box<EnrichedEvent>>) -> Vec<Decoded> {
    // Records come in runs of a topic.
    let (mut topic, mut is_event) = (None, false);
    let one = |record: Record| {
        if topic.as_ref() != Some(&record.topic) {
            is_event = record.topic.kind() == TopicKind::Events;
            topic = Some(record.topic.clone());
        }
        let event = is_event.then(|| {
            let mut event =
                spare.pop().unwrap_or_else(|| Box::new(EnrichedEvent::blank(record.topic.clone())));
            json::decode_into(&record.payload, &mut event.event).map(|()| event)
        });
        Decoded { record, event }
    };
    records.into_iter().map(one).collect()
}
