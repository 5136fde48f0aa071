//! A record of an events or dead topic that cannot be read is kept as a dead letter of the centre's own
//! making: only what speaks to the broker past a collector can write one.

use ward_event::{Format, Micros, ProducerId, SenderId, UnitId, dead::DeadLetter};
use ward_store::log::Record;

/// Octets of such a record that are kept.
const KEPT_BYTES_MAX: usize = 64 << 10;

pub(super) fn letter(record: &Record, reason: &str, now: Micros) -> DeadLetter {
    let sender = record.topic.sender().unwrap_or_default();
    let kept = &record.payload[..record.payload.len().min(KEPT_BYTES_MAX)];
    DeadLetter {
        producer: producer(&sender, record),
        sender,
        // Contiguous numbers are a collector's promise; a stranger's records have only their offset.
        seq: record.offset,
        received: now,
        hospital: UnitId::unattributed(),
        format: Format::Jsonl,
        cause: "record".into(),
        detail: reason.into(),
        peer: String::new(),
        bytes: String::from_utf8_lossy(kept).into_owned(),
    }
}

fn producer(sender: &SenderId, record: &Record) -> ProducerId {
    let mut name = format!("unreadable-{sender}");
    // Two topics of one sender count their offsets apart.
    if record.topic.kind() == ward_event::topic::TopicKind::Dead {
        name.push_str(".d");
    }
    name.truncate(48);
    ProducerId::new(&name).unwrap_or_default()
}
