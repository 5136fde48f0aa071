//! Takes patient identifiers out of everything that leaves the collector.
//!
//! Policy `m1`: a 居民身份证 number whose checksum holds (GB 11643) and a mainland mobile number are
//! replaced by as many stars as they had bytes, whatever stands around them. Nothing of them is
//! kept: region code and birthday together with the hospital identify a person. Full-width digits,
//! `\uXXXX` escapes, UTF-16 and the customary groupings (`138 0013 8000`) are seen too.
//!
//! The rule is plain on purpose. Eleven digits that could be a mobile number are masked even where
//! they are a byte count in a source field or part of a hash (about 0.3 % of SHA-256 texts).

mod event;
mod identity;
mod scan;

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use ward_event::{config, limits};

/// A text longer than this is not looked into but replaced by its length and hash: the longest
/// message with every byte escaped as `\xNN`.
pub const TEXT_BYTES_MAX: usize = 4 * limits::MESSAGE_BYTES_MAX;

/// Finds and blanks identifiers. Keeps its buffers between calls; one a thread.
#[derive(Debug)]
pub struct Masker {
    scan: scan::Scan,
    policy: &'static str,
}

impl Masker {
    pub fn new(config: &config::Mask) -> Self {
        let policy = match (config.id_numbers, config.mobile_numbers) {
            (true, true) => "m1",
            (true, false) => "m1-id",
            (false, true) => "m1-mobile",
            (false, false) => "none",
        };
        Self { scan: scan::Scan::new(config), policy }
    }

    /// The name that stands in `ward.mask_policy`.
    pub const fn policy(&self) -> &'static str {
        self.policy
    }

    /// The text with its identifiers blanked; the text itself where there is none.
    pub fn mask_text<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        match self.masked(text) {
            Some(masked) => Cow::Owned(masked),
            None => Cow::Borrowed(text),
        }
    }

    /// The bytes of a dead letter, in whatever character set, with their identifiers blanked.
    pub fn mask_bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
        if bytes.len() > TEXT_BYTES_MAX {
            return replacement(bytes).into_bytes();
        }
        let charset =
            if std::str::from_utf8(bytes).is_ok() { scan::Charset::Utf8 } else { scan::Charset::Other };
        let mut out = bytes.to_vec();
        for &(from, to) in self.scan.spans(bytes, charset) {
            out[from..to].fill(b'*');
        }
        out
    }

    /// `None` where there is nothing to mask.
    fn masked(&mut self, text: &str) -> Option<String> {
        if text.len() < scan::SPAN_BYTES_MIN {
            return None;
        }
        if text.len() > TEXT_BYTES_MAX {
            return Some(replacement(text.as_bytes()));
        }
        let spans = self.scan.spans(text.as_bytes(), scan::Charset::Utf8);
        if spans.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for &(from, to) in spans {
            out.push_str(&text[at..from]);
            out.extend(std::iter::repeat_n('*', to - from));
            at = to;
        }
        out.push_str(&text[at..]);
        Some(out)
    }
}

/// What stands for bytes that could not be masked.
fn replacement(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut out = format!("[masked: {} bytes, sha256 ", bytes.len());
    for byte in Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests;
