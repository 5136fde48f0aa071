//! Reads number, producer and note from the end of a record of a sender's own topics, where the
//! collector has written them, without decoding the rest.

use ward_event::ProducerId;

use super::note::Note;

/// What stands before the number of every record.
pub(crate) const SEQ: &[u8] = b",\"seq\":";

/// The number and the note of a record; None for a record that no sequencer has written.
pub(crate) fn seq_and_note(record: &[u8]) -> Option<(u64, Note)> {
    let mut text = record;
    while let [head @ .., b'}'] = text {
        text = head;
    }
    // 20 digits are the longest u64.
    let from = text.len().saturating_sub(20 + SEQ.len());
    let at = memchr::memmem::rfind(&text[from..], SEQ)? + from;
    let seq = std::str::from_utf8(&text[at + SEQ.len()..]).ok()?.parse().ok()?;
    Some((seq, Note::read(&text[..at])))
}

/// The producer of an event or a dead letter.
pub(crate) fn producer(record: &[u8]) -> Option<ProducerId> {
    #[derive(serde::Deserialize)]
    struct Record {
        producer: Option<ProducerId>,
        ward: Option<Ward>,
    }
    #[derive(serde::Deserialize)]
    struct Ward {
        producer: ProducerId,
    }
    let record: Record = serde_json::from_slice(record).ok()?;
    record.ward.map(|w| w.producer).or(record.producer)
}

#[cfg(test)]
mod tests {
    use ward_event::{Event, json};

    use super::*;
    use crate::sequence::note::TailPosition;

    fn record(note: Note, message: &str) -> Vec<u8> {
        let mut event = Event::new(0, 0);
        event.message = message.into();
        event.producer = ProducerId::new("p0-1").expect("an id");
        event.parser_version = 3;
        let mut out = Vec::new();
        json::encode_unsequenced(&event, &mut out);
        out.truncate(out.len() - SEQ.len());
        note.write(&mut out);
        out.extend_from_slice(SEQ);
        json::finish(77, &mut out);
        assert_eq!(json::decode(&out).expect("an event").seq, 77);
        out
    }

    #[test]
    fn number_note_and_producer_are_read_back_from_a_records_end() {
        let tail = TailPosition { file: u64::MAX, inode: 5, head: u32::MAX, offset: u64::MAX };
        for note in
            [Note::None, Note::BulkId(0xab << 100), Note::Tail(tail), Note::Tail(TailPosition::default())]
        {
            let record = record(note, "m");
            assert_eq!(seq_and_note(&record), Some((77, note)));
            assert_eq!(producer(&record).expect("one").as_str(), "p0-1");
        }
        assert_eq!(seq_and_note(b"{}"), None);
        assert_eq!(seq_and_note(b"{\"ward\":{\"seq\":99999999999999999999999}}"), None);
    }

    #[test]
    fn a_source_cannot_write_a_note() {
        let forged = r#"","bulk_id":"00000000000000000000000000000001","seq":9}}"#;
        assert_eq!(seq_and_note(&record(Note::None, forged)), Some((77, Note::None)));
    }
}
