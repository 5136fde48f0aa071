//! Columns of `dead`.

use ward_event::{Micros, UnitId, dead::DeadLetter};

use super::{At, Block, Column, Fixed, Low, Text, block, columns, origin};

columns! {
    /// Dead letters on their way into a block.
    DeadColumns "dead" {
        hospital Low, "hospital" "LowCardinality(String)";
        sender Low, "sender" "LowCardinality(String)";
        producer Low, "producer" "LowCardinality(String)";
        seq Fixed<8>, "seq" "UInt64";
        received Fixed<8>, "received" "DateTime64(6, 'UTC')";
        format Low, "format" "LowCardinality(String)";
        cause Low, "cause" "LowCardinality(String)";
        detail Text, "detail" "String";
        peer Low, "peer" "LowCardinality(String)";
        bytes Text, "bytes" "String";
        topic Low, "topic" "LowCardinality(String)";
        partition Fixed<4>, "partition" "Int32";
        offset Fixed<8>, "offset" "UInt64";
    }
}

impl DeadColumns {
    /// `hospital` is what the register allows.
    pub(crate) fn push(&mut self, letter: &DeadLetter, hospital: &UnitId, at: At<'_>) {
        let row = self.rows;
        self.hospital.set(row, hospital.as_str());
        self.sender.set(row, letter.sender.as_str());
        origin!(self, row, letter.producer, letter.seq, at);
        self.received.set(row, letter.received.0.to_le_bytes());
        self.format.set(row, letter.format.name());
        self.cause.set(row, &letter.cause);
        self.detail.set(row, &letter.detail);
        self.peer.set(row, &letter.peer);
        self.bytes.set(row, &letter.bytes);
        self.rows += 1;
    }

    /// Ends the block and begins the next.
    pub(crate) fn take(&mut self, ingested_at: Micros) -> Block {
        let block = block(Self::TABLE, self.rows, ingested_at, self.set().into_iter());
        *self = Self::default();
        block
    }
}
