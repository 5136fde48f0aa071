//! The bytes of a block, in pieces that are handed to the connection without another copy.

use bytes::Bytes;

use super::kinds::Column;

/// One block of one table, ready to be sent as often as it takes.
#[derive(Debug, Clone)]
pub struct Block {
    pub table: &'static str,
    pub rows: usize,
    /// The columns it holds; the others have their default.
    pub columns: Vec<&'static str>,
    pub chunks: Vec<Bytes>,
}

impl Block {
    pub fn bytes(&self) -> usize {
        self.chunks.iter().map(Bytes::len).sum()
    }
}

/// Smaller pieces are joined: a chunk costs a frame of the HTTP body.
const CHUNK_BYTES_MIN: usize = 64 << 10;

/// A block being written.
pub(super) struct Out {
    block: Block,
    body: Pieces,
}

/// Bytes in the order of the wire.
#[derive(Default)]
pub(super) struct Pieces {
    done: Vec<Bytes>,
    tail: Vec<u8>,
}

impl Pieces {
    /// Takes a column's buffer over, or copies it where it is small.
    pub(super) fn own(&mut self, bytes: Vec<u8>) {
        if bytes.len() < CHUNK_BYTES_MIN {
            self.tail.extend_from_slice(&bytes);
            return;
        }
        self.flush();
        self.done.push(bytes.into());
    }

    pub(super) fn word(&mut self, n: u64) {
        self.tail.extend_from_slice(&n.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        varint(&mut self.tail, text.len());
        self.tail.extend_from_slice(text.as_bytes());
    }

    fn flush(&mut self) {
        if !self.tail.is_empty() {
            self.done.push(std::mem::take(&mut self.tail).into());
        }
    }
}

impl Out {
    pub(super) fn new(table: &'static str, rows: usize) -> Self {
        Self {
            block: Block { table, rows, columns: Vec::new(), chunks: Vec::new() },
            body: Pieces::default(),
        }
    }

    /// `column` must have as many values as the block has rows; it is empty afterwards.
    pub(super) fn column(&mut self, name: &'static str, kind: &'static str, column: &mut dyn Column) {
        self.block.columns.push(name);
        self.body.text(name);
        self.body.text(kind);
        column.write(&mut self.body);
    }

    pub(super) fn finish(mut self) -> Block {
        let mut head = Vec::new();
        varint(&mut head, self.block.columns.len());
        varint(&mut head, self.block.rows);
        self.body.flush();
        self.block.chunks = std::iter::once(head.into()).chain(self.body.done).collect();
        self.block
    }
}

/// LEB128, as ClickHouse writes lengths.
#[inline]
pub(super) fn varint(out: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        out.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_leb128() {
        let bytes = |n| {
            let mut out = Vec::new();
            varint(&mut out, n);
            out
        };
        assert_eq!(bytes(0), [0]);
        assert_eq!(bytes(127), [127]);
        assert_eq!(bytes(128), [0x80, 1]);
        assert_eq!(bytes(300), [0xac, 2]);
    }
}
