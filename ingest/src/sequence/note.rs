//! What a record carries for the collector itself, as one more member of `ward` right before `seq`:
//! the hash of the bulk `_id` it came with, or how far the file it was read from has come.
//!
//! It travels inside the record, so it is durable in the same step as the data, whatever the log
//! does with a batch; readers of events skip members they do not know.

use std::io::Write;

/// How far a followed file has been read: behind the record's line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct TailPosition {
    /// Hash of the configured path.
    pub(crate) file: u64,
    pub(crate) inode: u64,
    /// CRC32C of the file's first bytes, 0 while it has too few: tells a file that took over the
    /// inode, or was cut and written anew, from the one that was read.
    pub(crate) head: u32,
    pub(crate) offset: u64,
}

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Note {
    #[default]
    None,
    BulkId(u128),
    Tail(TailPosition),
}

const BULK_ID: &[u8] = b",\"bulk_id\":\"";
const TAIL: &[u8] = b",\"tail\":[";
/// Hash, inode, head and offset in decimal with their commas.
const TAIL_BYTES_MAX: usize = 20 + 20 + 10 + 20 + 3;

impl Note {
    /// Appends the member.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        // Writing to a Vec cannot fail.
        let _ = match self {
            Self::None => Ok(()),
            Self::BulkId(id) => {
                out.extend_from_slice(BULK_ID);
                write!(out, "{id:032x}\"")
            }
            Self::Tail(at) => {
                out.extend_from_slice(TAIL);
                write!(out, "{},{},{},{}]", at.file, at.inode, at.head, at.offset)
            }
        };
    }

    /// Reads the member that `before_seq`, a record up to its last member, ends with. What stands
    /// before it is Ward's own, so that no source can write one.
    pub(crate) fn read(before_seq: &[u8]) -> Self {
        Self::read_bulk_id(before_seq).or_else(|| Self::read_tail(before_seq)).unwrap_or_default()
    }

    fn read_bulk_id(text: &[u8]) -> Option<Self> {
        let text = text.strip_suffix(b"\"")?;
        let (rest, hex) = text.split_last_chunk::<32>()?;
        rest.ends_with(BULK_ID).then_some(())?;
        let hex = std::str::from_utf8(hex).ok()?;
        u128::from_str_radix(hex, 16).ok().map(Self::BulkId)
    }

    fn read_tail(text: &[u8]) -> Option<Self> {
        let text = text.strip_suffix(b"]")?;
        let from = text.len().saturating_sub(TAIL_BYTES_MAX + TAIL.len());
        let at = memchr::memmem::rfind(&text[from..], TAIL)? + from + TAIL.len();
        let mut numbers = std::str::from_utf8(&text[at..]).ok()?.split(',');
        let mut next = || numbers.next()?.parse::<u64>().ok();
        let position = TailPosition {
            file: next()?,
            inode: next()?,
            head: u32::try_from(next()?).ok()?,
            offset: next()?,
        };
        Some(Self::Tail(position))
    }
}
