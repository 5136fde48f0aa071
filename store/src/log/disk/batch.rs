//! The unit of the log: what one group commit wrote. One write, one checksum over the head and one
//! over the body, so that a reader may pass over a batch that holds nothing for it. Integers are
//! little endian.
//!
//! ```text
//! head       magic "WLB1" | head crc u32 | directory bytes u32 | body bytes u32 | body crc u32
//!            | sections u32 | number u64           head crc: over what follows it, directory included
//! directory  a section each: name bytes u8 | topic | first offset u64 | records u32 | payload bytes u32
//! body       length u32 of every record, then every payload, both in the order of the sections
//! ```
//! A section without records tells where a topic stands: the first batch of a segment has one for
//! every topic, so that a segment needs none of those before it.

use std::collections::HashMap;

use bytes::Bytes;
use ward_event::{
    limits::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX},
    topic::Topic,
};

pub(super) const HEAD_BYTES: usize = 32;
const MAGIC: &[u8; 4] = b"WLB1";

/// A record larger than this is refused: 16 times the largest message a collector takes in.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// Bounds that a head must respect before anything is allocated for it: a full batch, and the record
/// that filled it; a hundred thousand topics in the directory.
const BODY_BYTES_MAX: usize = BATCH_BYTES_MAX + RECORD_BYTES_MAX + 4 * BATCH_RECORDS_MAX;
const DIRECTORY_BYTES_MAX: usize = 16 << 20;
/// A section's smallest size in the directory.
const SECTION_BYTES_MIN: usize = 1 + 8 + 4 + 4;

/// One topic's records within a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) topic: Topic,
    pub(super) first: u64,
    pub(super) records: u32,
    pub(super) bytes: u32,
}

impl Section {
    pub(super) fn end(&self) -> u64 {
        self.first + u64::from(self.records)
    }
}

/// Gathers records until one write is worth it.
#[derive(Debug, Default)]
pub(super) struct Builder {
    sections: Vec<(Section, Vec<Bytes>)>,
    by_topic: HashMap<Topic, usize>,
    last: usize,
    bytes: usize,
    records: usize,
}

impl Builder {
    pub(super) fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes >= BATCH_BYTES_MAX || self.records >= BATCH_RECORDS_MAX
    }

    /// Adds a record and returns its offset; `end` tells where its topic stands in the stream.
    pub(super) fn push(&mut self, topic: Topic, payload: Bytes, end: impl FnOnce(&Topic) -> u64) -> u64 {
        let index = self.section(topic, end);
        let (section, payloads) = &mut self.sections[index];
        let offset = section.end();
        section.records += 1;
        // A batch is at most BODY_BYTES_MAX long, which fits.
        section.bytes += payload.len() as u32;
        self.bytes += payload.len();
        self.records += 1;
        payloads.push(payload);
        offset
    }

    /// Says where a topic stands, without a record.
    pub(super) fn state(&mut self, topic: Topic, end: u64) {
        self.section(topic, |_| end);
    }

    fn section(&mut self, topic: Topic, end: impl FnOnce(&Topic) -> u64) -> usize {
        // Most records follow one of the same topic.
        if self.sections.get(self.last).is_some_and(|(s, _)| s.topic == topic) {
            return self.last;
        }
        self.last = match self.by_topic.get(&topic) {
            Some(&index) => index,
            None => {
                let first = end(&topic);
                self.by_topic.insert(topic.clone(), self.sections.len());
                self.sections.push((Section { topic, first, records: 0, bytes: 0 }, Vec::new()));
                self.sections.len() - 1
            }
        };
        self.last
    }

    /// Writes the batch into an emptied buffer.
    pub(super) fn encode(&self, number: u64, into: &mut Vec<u8>) {
        into.clear();
        into.resize(HEAD_BYTES, 0);
        for (section, _) in &self.sections {
            let name = section.topic.as_str().as_bytes();
            // A topic's name is at most 12 + 48 bytes (ward_event::ids).
            into.push(name.len() as u8);
            into.extend_from_slice(name);
            into.extend_from_slice(&section.first.to_le_bytes());
            into.extend_from_slice(&section.records.to_le_bytes());
            into.extend_from_slice(&section.bytes.to_le_bytes());
        }
        let body = into.len();
        let payloads = || self.sections.iter().flat_map(|(_, payloads)| payloads);
        payloads().for_each(|p| into.extend_from_slice(&(p.len() as u32).to_le_bytes()));
        payloads().for_each(|p| into.extend_from_slice(p));
        let body_crc = crc32c::crc32c(&into[body..]);
        let mut put = |at: usize, bytes: &[u8]| into[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, MAGIC);
        put(8, &((body - HEAD_BYTES) as u32).to_le_bytes());
        put(16, &body_crc.to_le_bytes());
        put(20, &(self.sections.len() as u32).to_le_bytes());
        put(24, &number.to_le_bytes());
        let body_bytes = (into.len() - body) as u32;
        into[12..16].copy_from_slice(&body_bytes.to_le_bytes());
        let head_crc = crc32c::crc32c(&into[8..body]);
        into[4..8].copy_from_slice(&head_crc.to_le_bytes());
    }

    pub(super) fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().map(|(section, _)| section)
    }
}

/// The fixed part of a batch. Not to be trusted before [`Head::sections`] has checked it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    crc: u32,
    pub(super) directory_bytes: usize,
    pub(super) body_bytes: usize,
    body_crc: u32,
    sections: usize,
    pub(super) number: u64,
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

impl Head {
    /// None where no batch begins.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..4)? != MAGIC {
            return None;
        }
        let head = Self {
            crc: u32_at(bytes, 4)?,
            directory_bytes: u32_at(bytes, 8)? as usize,
            body_bytes: u32_at(bytes, 12)? as usize,
            body_crc: u32_at(bytes, 16)?,
            sections: u32_at(bytes, 20)? as usize,
            number: u64_at(bytes, 24)?,
        };
        (head.body_bytes <= BODY_BYTES_MAX
            && head.directory_bytes <= DIRECTORY_BYTES_MAX
            && head.sections * SECTION_BYTES_MIN <= head.directory_bytes)
            .then_some(head)
    }

    /// Bytes of the whole batch.
    pub(super) fn total_bytes(&self) -> usize {
        HEAD_BYTES + self.directory_bytes + self.body_bytes
    }

    /// The sections, of head and directory as they stand on the disk. None if a byte is broken.
    pub(super) fn sections(&self, head_and_directory: &[u8]) -> Option<Vec<Section>> {
        if crc32c::crc32c(head_and_directory.get(8..)?) != self.crc {
            return None;
        }
        let mut rest = &head_and_directory[HEAD_BYTES..];
        let mut sections = Vec::with_capacity(self.sections);
        for _ in 0..self.sections {
            let (&name_bytes, tail) = rest.split_first()?;
            let (name, tail) = tail.split_at_checked(usize::from(name_bytes))?;
            sections.push(Section {
                topic: Topic::from_name(std::str::from_utf8(name).ok()?)?,
                first: u64_at(tail, 0)?,
                records: u32_at(tail, 8)?,
                bytes: u32_at(tail, 12)?,
            });
            rest = tail.get(16..)?;
        }
        rest.is_empty().then_some(sections)
    }

    /// The payloads by section, as slices of the body. None if a byte is broken.
    pub(super) fn payloads<'a>(&self, sections: &'a [Section], body: Bytes) -> Option<Payloads<'a>> {
        let records: usize = sections.iter().map(|s| s.records as usize).sum();
        let lengths_bytes = records.checked_mul(4)?;
        if crc32c::crc32c(&body) != self.body_crc || lengths_bytes > body.len() {
            return None;
        }
        let payload_bytes: u64 = sections.iter().map(|s| u64::from(s.bytes)).sum();
        (payload_bytes == (body.len() - lengths_bytes) as u64).then_some(Payloads {
            sections,
            body,
            length_at: 0,
            payload_at: lengths_bytes,
        })
    }
}

/// Walks the sections of one checked body.
pub(super) struct Payloads<'a> {
    sections: &'a [Section],
    body: Bytes,
    length_at: usize,
    payload_at: usize,
}

impl Payloads<'_> {
    /// Calls `each` with (section, offset, payload) for the sections that `wanted` names by their
    /// first offset wanted. None if the lengths do not add up.
    pub(super) fn visit(
        mut self,
        wanted: impl Fn(&Section) -> Option<u64>,
        mut each: impl FnMut(&Section, u64, Bytes),
    ) -> Option<()> {
        for section in self.sections {
            let end = self.payload_at + section.bytes as usize;
            match wanted(section).filter(|from| *from < section.end()) {
                None => self.length_at += 4 * section.records as usize,
                Some(from) => {
                    for offset in section.first..section.end() {
                        let next = self.payload_at + u32_at(&self.body, self.length_at)? as usize;
                        if next > end {
                            return None;
                        }
                        if offset >= from {
                            each(section, offset, self.body.slice(self.payload_at..next));
                        }
                        self.length_at += 4;
                        self.payload_at = next;
                    }
                    if self.payload_at != end {
                        return None;
                    }
                }
            }
            self.payload_at = end;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded() -> Vec<u8> {
        let mut builder = Builder::default();
        for (topic, payload) in [(Topic::CLOCK, "one"), (Topic::ALERTS, "zwei"), (Topic::CLOCK, "")] {
            builder.push(topic, Bytes::from_static(payload.as_bytes()), |_| 7);
        }
        builder.state(Topic::STATE, 3);
        let mut bytes = Vec::new();
        builder.encode(42, &mut bytes);
        bytes
    }

    type Read = (u64, Vec<(Topic, u64, Bytes)>, Vec<Section>);

    fn decode(bytes: &[u8]) -> Option<Read> {
        let head = Head::parse(bytes)?;
        let directory_end = HEAD_BYTES + head.directory_bytes;
        let sections = head.sections(bytes.get(..directory_end)?)?;
        let body = Bytes::copy_from_slice(bytes.get(directory_end..head.total_bytes())?);
        let mut records = Vec::new();
        head.payloads(&sections, body)?
            .visit(|_| Some(0), |s, offset, payload| records.push((s.topic.clone(), offset, payload)))?;
        Some((head.number, records, sections))
    }

    #[test]
    fn a_batch_gives_back_what_was_put_in_and_keeps_the_order_within_a_topic() {
        let (number, records, sections) = decode(&encoded()).expect("a batch");
        assert_eq!(number, 42);
        let expected = [(Topic::CLOCK, 7, "one"), (Topic::CLOCK, 8, ""), (Topic::ALERTS, 7, "zwei")];
        assert_eq!(records.len(), expected.len());
        for (got, (topic, offset, payload)) in records.iter().zip(expected) {
            assert_eq!((&got.0, got.1, &got.2[..]), (&topic, offset, payload.as_bytes()));
        }
        assert_eq!(sections[2], Section { topic: Topic::STATE, first: 3, records: 0, bytes: 0 });
    }

    #[test]
    fn no_flipped_bit_is_read_as_a_batch() {
        let good = encoded();
        for at in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[at / 8] ^= 1 << (at % 8);
            assert!(decode(&bad).is_none(), "bit {at} was served");
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), magic: bool) {
            if magic && bytes.len() >= 4 {
                bytes[..4].copy_from_slice(MAGIC);
            }
            prop_assert!(decode(&bytes).is_none());
        }
    }
}
