//! What was sent, by wire.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use serde::Serialize;

use crate::emit::Channel;

/// Running counts of one wire, in events unless said.
#[derive(Debug, Default)]
pub struct ChannelCounters {
    sent: AtomicU64,
    acknowledged: AtomicU64,
    bytes: AtomicU64,
    dropped: AtomicU64,
    refused: AtomicU64,
    retries: AtomicU64,
    connections: AtomicU64,
}

impl ChannelCounters {
    /// Written to a socket or file.
    pub fn sent(&self, events: u64, bytes: usize) {
        self.sent.fetch_add(events, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// Answered by a 2xx, or on disk in a tailed file; the other wires have no acknowledgement.
    pub fn acknowledged(&self, events: u64) {
        self.acknowledged.fetch_add(events, Relaxed);
    }

    /// Never written: nothing listens, the queue was full, or the simulation was stopped.
    pub fn dropped(&self, events: u64) {
        self.dropped.fetch_add(events, Relaxed);
    }

    /// The receiver will not have them, now or later (4xx).
    pub fn refused(&self, events: u64) {
        self.refused.fetch_add(events, Relaxed);
    }

    /// A request or connection had to be tried again.
    pub fn retried(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    pub fn connected(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    fn read(&self) -> ChannelStats {
        ChannelStats {
            sent: self.sent.load(Relaxed),
            acknowledged: self.acknowledged.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            refused: self.refused.load(Relaxed),
            retries: self.retries.load(Relaxed),
            connections: self.connections.load(Relaxed),
        }
    }
}

/// Running counts of all wires; may be read while a simulation runs.
#[derive(Debug, Default)]
pub struct Counters([ChannelCounters; 7]);

impl Counters {
    pub fn of(&self, channel: Channel) -> &ChannelCounters {
        &self.0[channel as usize]
    }

    pub fn read(&self) -> Stats {
        let of = |channel: Channel| (channel.name(), self.of(channel).read());
        Stats { channels: Channel::ALL.into_iter().map(of).collect() }
    }
}

/// Counts of one wire at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ChannelStats {
    pub sent: u64,
    pub acknowledged: u64,
    pub bytes: u64,
    pub dropped: u64,
    pub refused: u64,
    pub retries: u64,
    pub connections: u64,
}

/// Counts of all wires at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    pub channels: BTreeMap<&'static str, ChannelStats>,
}

impl Stats {
    /// Events written to sockets and files. A request that is tried again counts once.
    pub fn sent(&self) -> u64 {
        self.channels.values().map(|c| c.sent).sum()
    }

    pub fn dropped(&self) -> u64 {
        self.channels.values().map(|c| c.dropped + c.refused).sum()
    }
}
