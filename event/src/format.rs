//! The formats a source may speak. A parser, a `--format`, an `/ingest/<format>` each name one.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Format {
    /// RFC 5424 and RFC 3164.
    Syslog,
    /// NetFlow v5 and v9, IPFIX; one datagram an input.
    Netflow,
    /// Suricata EVE JSON.
    Eve,
    /// Zeek logs as JSON or TSV.
    Zeek,
    /// Windows events as JSON: Winlogbeat, NXLog, WEC, flat exports.
    Windows,
    /// Any JSON object a line.
    Jsonl,
}

impl Format {
    pub const ALL: [Self; 6] =
        [Self::Syslog, Self::Netflow, Self::Eve, Self::Zeek, Self::Windows, Self::Jsonl];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Syslog => "syslog",
            Self::Netflow => "netflow",
            Self::Eve => "eve",
            Self::Zeek => "zeek",
            Self::Windows => "windows",
            Self::Jsonl => "jsonl",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }
}
