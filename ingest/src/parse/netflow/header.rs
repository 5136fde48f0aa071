//! The headers of the three versions.

use ward_event::Micros;

use super::ParseError;

/// What a datagram says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: u16,
    /// Records, by the header (v5), or records and templates (v9); not said by IPFIX.
    pub(super) count: u16,
    /// When it was sent.
    pub(super) time: Micros,
    /// The exporter's start, from which v5 and v9 count a flow's times. Absent in IPFIX.
    pub(super) booted: Option<Micros>,
    pub(super) uptime_ms: u32,
    pub(super) sequence: u32,
    /// Source id (v9), observation domain (IPFIX), engine type and id (v5).
    pub(super) domain: u32,
    /// v5: mode in the upper two bits, interval below.
    pub(super) sampling: u16,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

impl Header {
    /// Reads the header; returns it and what follows.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), ParseError> {
        if bytes.len() < 2 {
            return Err(ParseError::new("truncated", format!("{} octets are no datagram", bytes.len())));
        }
        let version = u16_at(bytes, 0);
        let length = match version {
            5 => 24,
            9 => 20,
            10 => 16,
            _ => return Err(ParseError::new("syntax", format!("version {version} is none of 5, 9, 10"))),
        };
        if bytes.len() < length {
            let detail = format!("{} octets, the header of version {version} has {length}", bytes.len());
            return Err(ParseError::new("truncated", detail));
        }
        let mut header = Self {
            version,
            count: u16_at(bytes, 2),
            time: Micros(0),
            booted: None,
            uptime_ms: 0,
            sequence: 0,
            domain: 0,
            sampling: 0,
        };
        if version == 10 {
            let said = usize::from(u16_at(bytes, 2));
            if said < length || said > bytes.len() {
                let detail = format!("message says {said} octets, {} are there", bytes.len());
                return Err(ParseError::new("truncated", detail));
            }
            header.time = Micros::from_secs(i64::from(u32_at(bytes, 4)));
            header.sequence = u32_at(bytes, 8);
            header.domain = u32_at(bytes, 12);
            return Ok((header, &bytes[length..said]));
        }
        header.uptime_ms = u32_at(bytes, 4);
        header.time = Micros::from_secs(i64::from(u32_at(bytes, 8)));
        if version == 5 {
            header.time.0 += i64::from(u32_at(bytes, 12)) / 1_000;
            header.sequence = u32_at(bytes, 16);
            header.domain = u32::from(u16_at(bytes, 20));
            header.sampling = u16_at(bytes, 22);
        } else {
            header.sequence = u32_at(bytes, 12);
            header.domain = u32_at(bytes, 16);
        }
        header.booted = Some(Micros(header.time.0 - i64::from(header.uptime_ms) * 1_000));
        Ok((header, &bytes[length..]))
    }

    /// A time given as the exporter's uptime in milliseconds. The counter wraps after 49.7 days: a flow
    /// cannot have ended after its datagram was sent, so a much greater value was before the wrap.
    pub(super) fn at_uptime(&self, uptime_ms: u32) -> Option<Micros> {
        const SLACK_MS: u32 = 60_000;
        let wrapped = uptime_ms > self.uptime_ms.saturating_add(SLACK_MS)
            && self.uptime_ms < u32::MAX / 2
            && uptime_ms > u32::MAX / 2;
        let before = if wrapped { 1_i64 << 32 } else { 0 };
        self.booted.map(|booted| Micros(booted.0 + (i64::from(uptime_ms) - before) * 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_that_wrapped_lies_before_the_datagram() {
        let header = Header {
            version: 9,
            count: 0,
            time: Micros::from_secs(1_000_000),
            booted: Some(Micros::from_secs(1_000_000 - 5)),
            uptime_ms: 5_000,
            sequence: 0,
            domain: 0,
            sampling: 0,
        };
        assert_eq!(header.at_uptime(4_000), Some(Micros::from_secs(999_999)));
        assert_eq!(header.at_uptime(u32::MAX - 999), Some(Micros::from_secs(1_000_000 - 6)));
    }

    #[test]
    fn short_and_foreign_datagrams_are_refused() {
        for bytes in [
            &b""[..],
            &[0],
            &[0, 5, 0, 1],
            &[0, 7, 0, 0, 0, 0],
            &[0, 10, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert!(Header::read(bytes).is_err(), "{bytes:?}");
        }
    }
}
