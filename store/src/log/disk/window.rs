//! Reads a segment through a window of one buffer: several small batches by one pread, payloads as
//! slices of it.

use std::io;

use bytes::Bytes;

use super::{
    batch::{HEAD_BYTES, Head, Payloads, Section},
    files::DiskFile,
};

/// Read ahead where batch follows batch: large enough that a call costs little beside its bytes, small
/// enough that one record somebody keeps does not keep much alive.
pub(super) const AHEAD_BYTES: usize = 1 << 20;
/// Read ahead where batches are passed over by their heads.
pub(super) const SKIM_BYTES: usize = 4 << 10;

#[derive(Debug, Default)]
pub(super) struct Window {
    base: u64,
    bytes: Bytes,
}

/// A batch whose head and directory are whole.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) at: u64,
    pub(super) head: Head,
    pub(super) sections: Vec<Section>,
}

impl Found {
    pub(super) fn end(&self) -> u64 {
        self.at + self.head.total_bytes() as u64
    }
}

impl Window {
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The batch at `at` of a file of which `limit` bytes count. None if it is broken or cut off.
    pub(super) fn batch(
        &mut self,
        file: &dyn DiskFile,
        at: u64,
        limit: u64,
        ahead: usize,
    ) -> io::Result<Option<Found>> {
        let Some(head) = self.get(file, at, HEAD_BYTES, limit, ahead)?.and_then(|b| Head::parse(&b)) else {
            return Ok(None);
        };
        if head.total_bytes() as u64 > limit - at {
            return Ok(None);
        }
        let len = HEAD_BYTES + head.directory_bytes;
        let Some(bytes) = self.get(file, at, len, limit, ahead)? else { return Ok(None) };
        Ok(head.sections(&bytes).map(|sections| Found { at, head, sections }))
    }

    /// The payloads of a batch. None if a byte is broken.
    pub(super) fn payloads<'a>(
        &mut self,
        file: &dyn DiskFile,
        found: &'a Found,
        limit: u64,
        ahead: usize,
    ) -> io::Result<Option<Payloads<'a>>> {
        let at = found.at + (HEAD_BYTES + found.head.directory_bytes) as u64;
        let body = self.get(file, at, found.head.body_bytes, limit, ahead)?;
        Ok(body.and_then(|body| found.head.payloads(&found.sections, body)))
    }

    /// `len` bytes at `at`; None beyond the limit.
    fn get(
        &mut self,
        file: &dyn DiskFile,
        at: u64,
        len: usize,
        limit: u64,
        ahead: usize,
    ) -> io::Result<Option<Bytes>> {
        let left = limit.saturating_sub(at);
        if len as u64 > left {
            return Ok(None);
        }
        let held = at.checked_sub(self.base).and_then(|skip| {
            let skip = usize::try_from(skip).ok()?;
            (skip.checked_add(len)? <= self.bytes.len()).then(|| self.bytes.slice(skip..skip + len))
        });
        if let Some(held) = held {
            return Ok(Some(held));
        }
        let read = usize::try_from(left).unwrap_or(usize::MAX).min(len.max(ahead));
        let mut bytes = vec![0; read];
        file.read_at(at, &mut bytes)?;
        *self = Self { base: at, bytes: bytes.into() };
        Ok(Some(self.bytes.slice(..len)))
    }
}
