//! What the region says in a stretch of time: bytes in one buffer, and where each piece goes.

use ward_event::{Format, Micros};

use super::flow::FlowRecord;

/// The wire a piece travels on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Channel {
    /// One RFC 3164 or 5424 message a datagram.
    SyslogUdp,
    /// RFC 6587 octet counting.
    SyslogTcp,
    SyslogTls,
    /// One NetFlow v9 or IPFIX datagram, up to some twenty events.
    Netflow,
    /// One EVE object a line, posted to `/ingest/eve`.
    EveHttp,
    /// One EVE object a line, appended to a file.
    EveFile,
    /// One Winlogbeat document, an item of `/_bulk`.
    Bulk,
}

impl Channel {
    pub const ALL: [Self; 7] = [
        Self::SyslogUdp,
        Self::SyslogTcp,
        Self::SyslogTls,
        Self::Netflow,
        Self::EveHttp,
        Self::EveFile,
        Self::Bulk,
    ];

    /// The listener's name in `endpoints.json`; none for a file.
    pub const fn listener(self) -> Option<&'static str> {
        match self {
            Self::SyslogUdp => Some("syslog-udp"),
            Self::SyslogTcp => Some("syslog-tcp"),
            Self::SyslogTls => Some("syslog-tls"),
            Self::Netflow => Some("netflow"),
            Self::EveHttp | Self::Bulk => Some("http"),
            Self::EveFile => None,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::SyslogUdp => "syslog-udp",
            Self::SyslogTcp => "syslog-tcp",
            Self::SyslogTls => "syslog-tls",
            Self::Netflow => "netflow",
            Self::EveHttp => "eve-http",
            Self::EveFile => "eve-file",
            Self::Bulk => "bulk",
        }
    }

    pub const fn format(self) -> Format {
        match self {
            Self::SyslogUdp | Self::SyslogTcp | Self::SyslogTls => Format::Syslog,
            Self::Netflow => Format::Netflow,
            Self::EveHttp | Self::EveFile => Format::Eve,
            Self::Bulk => Format::Windows,
        }
    }
}

/// One piece: a line, a datagram, a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// When it leaves its source.
    pub time: Micros,
    pub unit: u16,
    pub channel: Channel,
    /// Events in it: 1, or the records of a flow datagram.
    pub events: u16,
    start: u32,
    end: u32,
}

/// Pieces of a stretch of time, in the order of time once [`Batch::sort`] has been called.
#[derive(Debug, Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    pub items: Vec<Item>,
    /// Flow records that wait to be packed into datagrams.
    pub flows: Vec<FlowRecord>,
}

impl Batch {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.items.clear();
        self.flows.clear();
    }

    /// Where the next piece begins.
    pub fn begin(&self) -> usize {
        self.bytes.len()
    }

    /// Closes the piece that began at `start`.
    pub fn end(&mut self, start: usize, time: Micros, unit: usize, channel: Channel, events: u16) {
        // A batch is some seconds of a region: megabytes, never 4 GB.
        let (start, end) = (start as u32, self.bytes.len() as u32);
        self.items.push(Item { time, unit: unit as u16, channel, events, start, end });
    }

    pub fn slice(&self, item: &Item) -> &[u8] {
        &self.bytes[item.start as usize..item.end as usize]
    }

    /// Puts the pieces in the order of time; those of one instant stay as they were written.
    pub fn sort(&mut self) {
        self.items.sort_by_key(|item| item.time);
    }

    /// Moves the pieces for which `take` says so into another batch.
    pub fn drain_into(&mut self, other: &mut Self, take: impl Fn(&Item) -> bool) {
        for item in self.items.extract_if(.., |item| take(item)) {
            let start = other.begin();
            other.bytes.extend_from_slice(&self.bytes[item.start as usize..item.end as usize]);
            other.end(start, item.time, usize::from(item.unit), item.channel, item.events);
        }
        if self.items.is_empty() {
            self.bytes.clear();
        }
    }
}
