//! The kinds of columns. Each is filled in row order; rows that are passed over have the default.

use std::collections::HashMap;

use super::wire::{Pieces, varint};

/// Room that a column keeps for the next block, at most: one of giant texts must not be kept for ever.
const ROOM_BYTES_MAX: usize = 64 << 20;

/// Moves a column's data out and leaves room for as much again: blocks follow each other alike, and
/// growing from nothing copies everything once more.
fn handed_over<T>(data: &mut Vec<T>) -> Vec<T> {
    let room = data.len().min(ROOM_BYTES_MAX / size_of::<T>());
    std::mem::replace(data, Vec::with_capacity(room))
}

/// A column under construction.
pub(super) trait Column {
    /// Fills up to `rows` values with the default. False, and nothing is done, where no row was set.
    fn pad(&mut self, rows: usize) -> bool;
    /// Writes what must stand before the data of the whole column.
    fn prefix(&self, _out: &mut Pieces) {}
    /// Moves the data out.
    fn body(&mut self, out: &mut Pieces);

    fn write(&mut self, out: &mut Pieces) {
        self.prefix(out);
        self.body(out);
    }
}

/// Numbers, times and addresses of `N` bytes, as they stand in memory of a little-endian machine
/// (addresses: in network order).
#[derive(Default)]
pub(super) struct Fixed<const N: usize> {
    bytes: Vec<u8>,
}

impl<const N: usize> Fixed<N> {
    pub(super) fn repeat(value: [u8; N], rows: usize) -> Self {
        Self { bytes: value.repeat(rows) }
    }

    #[inline]
    pub(super) fn set(&mut self, row: usize, value: [u8; N]) {
        if self.bytes.len() != row * N {
            self.bytes.resize(row * N, 0);
        }
        self.bytes.extend_from_slice(&value);
    }
}

impl Fixed<8> {
    fn push(&mut self, value: &u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }
}

impl<const N: usize> Column for Fixed<N> {
    fn pad(&mut self, rows: usize) -> bool {
        if self.bytes.is_empty() {
            return false;
        }
        self.bytes.resize(rows * N, 0);
        true
    }

    fn body(&mut self, out: &mut Pieces) {
        out.own(handed_over(&mut self.bytes));
    }
}

/// `String`.
#[derive(Default)]
pub(super) struct Text {
    rows: usize,
    bytes: Vec<u8>,
}

impl Text {
    #[inline]
    pub(super) fn set(&mut self, row: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.rows < row {
            // An empty text is a length of 0.
            self.bytes.resize(self.bytes.len() + (row - self.rows), 0);
        }
        self.rows = row;
        self.push(text);
    }

    #[inline]
    fn push(&mut self, text: &str) {
        varint(&mut self.bytes, text.len());
        self.bytes.extend_from_slice(text.as_bytes());
        self.rows += 1;
    }
}

impl Column for Text {
    fn pad(&mut self, rows: usize) -> bool {
        if self.rows == 0 {
            return false;
        }
        self.bytes.resize(self.bytes.len() + (rows - self.rows), 0);
        self.rows = rows;
        true
    }

    fn body(&mut self, out: &mut Pieces) {
        self.rows = 0;
        out.own(handed_over(&mut self.bytes));
    }
}

/// Set in the index type of a `LowCardinality` column: the block brings its own dictionary.
const HAS_ADDITIONAL_KEYS: u64 = 1 << 9;
/// `LowCardinality`'s serialisation version: a dictionary shared by a block's rows.
const SHARED_DICTIONARY: u64 = 1;

/// `LowCardinality(String)`: a dictionary a block, and a number a row. Entry 0 is the empty text.
#[derive(Default)]
pub(super) struct Low {
    numbers: Vec<u32>,
    known: HashMap<Box<str>, u32>,
    /// The dictionary's texts without the first, as they go over the wire.
    texts: Vec<u8>,
    /// Where each of them begins (behind its length) and ends in `texts`.
    spans: Vec<(usize, usize)>,
    /// The number of the row before: neighbours are mostly equal.
    last: u32,
}

impl Low {
    #[inline]
    pub(super) fn set(&mut self, row: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.numbers.len() != row {
            self.numbers.resize(row, 0);
        }
        self.push(text);
    }

    #[inline]
    fn push(&mut self, text: &str) {
        self.last = self.number(text, self.last);
        self.numbers.push(self.last);
    }

    /// The number of a text, which is guessed to be `hint`.
    #[inline]
    fn number(&mut self, text: &str, hint: u32) -> u32 {
        let guess = match hint.checked_sub(1) {
            None => &[][..],
            Some(i) => self.spans.get(i as usize).map_or(&[][..], |(begin, end)| &self.texts[*begin..*end]),
        };
        if guess == text.as_bytes() { hint } else { self.look_up(text) }
    }

    fn look_up(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(number) = self.known.get(text) {
            return *number;
        }
        varint(&mut self.texts, text.len());
        let begin = self.texts.len();
        self.texts.extend_from_slice(text.as_bytes());
        self.spans.push((begin, self.texts.len()));
        // Rows of a block are counted in 32 bits, and there are no more texts than rows (of arrays:
        // than `SOURCE_FIELDS_MAX` a row).
        let number = self.spans.len() as u32;
        self.known.insert(text.into(), number);
        number
    }
}

impl Column for Low {
    fn pad(&mut self, rows: usize) -> bool {
        if self.numbers.is_empty() {
            return false;
        }
        self.numbers.resize(rows, 0);
        true
    }

    fn prefix(&self, out: &mut Pieces) {
        out.word(SHARED_DICTIONARY);
    }

    fn body(&mut self, out: &mut Pieces) {
        if self.numbers.is_empty() {
            return;
        }
        let keys = self.spans.len() as u64 + 1;
        let (width, bytes): (u64, Vec<u8>) = if keys <= 1 << 8 {
            (0, self.numbers.iter().map(|n| *n as u8).collect())
        } else if keys <= 1 << 16 {
            (1, self.numbers.iter().flat_map(|n| (*n as u16).to_le_bytes()).collect())
        } else {
            (2, self.numbers.iter().flat_map(|n| n.to_le_bytes()).collect())
        };
        out.word(HAS_ADDITIONAL_KEYS | width);
        out.word(keys);
        out.own(vec![0]);
        out.own(std::mem::take(&mut self.texts));
        out.word(self.numbers.len() as u64);
        out.own(bytes);
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.clear();
        *self = Self { numbers, ..Self::default() };
    }
}

/// Where each row's values end in an array's or a map's column of values.
#[derive(Default)]
struct Ends(Vec<u64>);

impl Ends {
    fn set(&mut self, row: usize, count: usize) {
        let last = self.0.last().copied().unwrap_or(0);
        self.0.resize(row, last);
        self.0.push(last + count as u64);
    }

    fn pad(&mut self, rows: usize) -> bool {
        match self.0.last().copied() {
            None => false,
            Some(last) => {
                self.0.resize(rows, last);
                true
            }
        }
    }

    fn write(&mut self, out: &mut Pieces) {
        out.own(self.0.drain(..).flat_map(u64::to_le_bytes).collect());
    }
}

/// An array of one kind of value.
macro_rules! array {
    ($(#[$doc:meta])* $name:ident $inner:ty, $value:ty) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name {
            ends: Ends,
            values: $inner,
        }

        impl $name {
            pub(super) fn set<'a>(&mut self, row: usize, values: impl Iterator<Item = &'a $value>) {
                let mut count = 0;
                for value in values {
                    self.values.push(value);
                    count += 1;
                }
                if count > 0 {
                    self.ends.set(row, count);
                }
            }
        }

        impl Column for $name {
            fn pad(&mut self, rows: usize) -> bool {
                self.ends.pad(rows)
            }

            fn prefix(&self, out: &mut Pieces) {
                self.values.prefix(out);
            }

            fn body(&mut self, out: &mut Pieces) {
                self.ends.write(out);
                self.values.body(out);
            }
        }
    };
}

array!(
    /// `Array(String)`.
    TextArray Text, str
);
array!(
    /// `Array(LowCardinality(String))`.
    LowArray Low, str
);
array!(
    /// `Array(UInt64)`.
    WordArray Fixed<8>, u64
);

/// `Map(LowCardinality(String), String)`, in the order given.
#[derive(Default)]
pub(super) struct LowMap {
    ends: Ends,
    keys: Low,
    values: Text,
    /// The number of the n-th name of the row before: the records of a source have the same names.
    hints: Vec<u32>,
}

impl LowMap {
    #[inline]
    pub(super) fn set<'a>(&mut self, row: usize, entries: impl ExactSizeIterator<Item = (&'a str, &'a str)>) {
        if entries.len() == 0 {
            return;
        }
        self.ends.set(row, entries.len());
        if self.hints.len() < entries.len() {
            self.hints.resize(entries.len(), 0);
        }
        for ((key, value), hint) in entries.zip(&mut self.hints) {
            *hint = self.keys.number(key, *hint);
            self.keys.numbers.push(*hint);
            self.values.push(value);
        }
    }
}

impl Column for LowMap {
    fn pad(&mut self, rows: usize) -> bool {
        self.ends.pad(rows)
    }

    fn prefix(&self, out: &mut Pieces) {
        self.keys.prefix(out);
    }

    fn body(&mut self, out: &mut Pieces) {
        self.ends.write(out);
        self.keys.body(out);
        self.values.body(out);
        // They are numbers of the dictionary that has just gone.
        self.hints.clear();
    }
}
