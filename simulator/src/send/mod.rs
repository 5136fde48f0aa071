//! How the region's traffic travels: one lane for each sender and wire, with a bounded queue, its own
//! connection, back-off and counters.

mod bulk;
mod file;
mod http;
mod lane;
pub mod stats;
mod stream;
pub mod tls;
mod udp;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use tokio::sync::watch;

pub use stats::{Counters, Stats};

use crate::{
    SimulatorError,
    emit::{Batch, Channel, Item},
    model::{Region, config::tail_path},
};
use lane::{Chunk, Lane, Wire};

/// A chunk is handed to its lane when it has so many bytes: a request, a write.
const CHUNK_BYTES: usize = 192 * 1024;

/// Where and how to send.
#[derive(Debug, Clone)]
pub struct Targets {
    /// `<sender>/<listener>` to `host:port`, as in `endpoints.json`.
    pub endpoints: BTreeMap<String, String>,
    /// The folder of the tailed files.
    pub tails: PathBuf,
    /// PEM files of authorities, or of the collectors' own certificates, that TLS listeners may show.
    pub tls_ca: Vec<PathBuf>,
}

/// What to do when a lane's queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// Time can wait (a driven clock).
    Wait,
    /// Time does not wait: drop and count.
    Drop,
}

/// All lanes of a region.
pub struct Senders {
    /// Of each unit, the lane of each channel.
    of_unit: Vec<[Option<usize>; 7]>,
    lanes: Vec<Lane>,
    open: Vec<Chunk>,
    counters: Arc<Counters>,
}

impl Senders {
    /// Opens the lanes of everything that the endpoints name; what they do not name is not sent, and
    /// counted as dropped.
    ///
    /// # Errors
    /// A PEM file that cannot be read or holds no certificate.
    pub fn open(
        region: &Region,
        targets: &Targets,
        counters: &Arc<Counters>,
        stop: &watch::Receiver<bool>,
    ) -> Result<Self, SimulatorError> {
        let tls = match targets.tls_ca.as_slice() {
            [] => None,
            files => Some(tls::connector(files)?),
        };
        let mut lanes = Vec::new();
        let mut by_name = BTreeMap::new();
        let mut of_unit = vec![[None; 7]; region.units.len()];
        for (unit, lanes_of) in of_unit.iter_mut().enumerate() {
            let sender = region.sender_of(unit);
            for channel in Channel::ALL {
                let Some(wire) = wire(channel, sender, targets, tls.as_ref()) else { continue };
                let at = *by_name.entry((sender.to_owned(), channel)).or_insert_with(|| {
                    lanes.push(Lane::open(wire, channel, Arc::clone(counters), stop.clone()));
                    lanes.len() - 1
                });
                lanes_of[channel as usize] = Some(at);
            }
        }
        let open = lanes.iter().map(|_| Chunk::default()).collect();
        Ok(Self { of_unit, lanes, open, counters: Arc::clone(counters) })
    }

    /// Hands pieces of a batch to their lanes.
    pub async fn put(&mut self, batch: &Batch, items: &[Item], when_full: WhenFull) {
        for item in items {
            let Some(at) = self.of_unit[usize::from(item.unit)][item.channel as usize] else {
                self.counters.of(item.channel).dropped(u64::from(item.events));
                continue;
            };
            self.open[at].push(batch.slice(item), item.events);
            if self.open[at].bytes.len() >= CHUNK_BYTES {
                self.hand_over(at, when_full).await;
            }
        }
        for at in 0..self.lanes.len() {
            if !self.open[at].is_empty() {
                self.hand_over(at, when_full).await;
            }
        }
    }

    async fn hand_over(&mut self, at: usize, when_full: WhenFull) {
        let chunk = std::mem::take(&mut self.open[at]);
        match when_full {
            WhenFull::Wait => self.lanes[at].wait(chunk).await,
            WhenFull::Drop => self.lanes[at].offer(chunk),
        }
    }

    /// Returns when every lane has written all it was given and, where the wire has acknowledgements, has
    /// them.
    pub async fn flush(&mut self) {
        let waiting: Vec<_> = self.lanes.iter().map(Lane::flush).collect();
        for done in waiting {
            done.await;
        }
    }

    /// Lets the lanes finish what they hold and waits for them.
    pub async fn close(self) {
        for lane in self.lanes {
            lane.close().await;
        }
    }
}

/// The wire of a channel of a sender; none where nothing listens.
fn wire(channel: Channel, sender: &str, targets: &Targets, tls: Option<&tls::Connector>) -> Option<Wire> {
    let Some(listener) = channel.listener() else {
        return Some(Wire::File(tail_path(&targets.tails, sender)));
    };
    let address = targets.endpoints.get(&format!("{sender}/{listener}"))?.clone();
    Some(match channel {
        Channel::SyslogUdp | Channel::Netflow => Wire::Udp(address),
        Channel::SyslogTcp => Wire::Tcp(address),
        Channel::SyslogTls => Wire::Tls(address, tls?.clone()),
        Channel::EveHttp => Wire::Eve(address),
        Channel::EveFile => return None,
        Channel::Bulk => Wire::Bulk(address),
    })
}

#[cfg(test)]
mod tests;
