//! Datagrams: syslog (RFC 5426, one datagram one message) and flow exports.

use std::{
    io::{self, IoSliceMut},
    net::IpAddr,
    os::fd::AsRawFd,
    time::Duration,
};

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
use tokio::{
    io::Interest,
    net::UdpSocket,
    time::{Instant, MissedTickBehavior, interval},
};
use ward_event::{Format, Micros, books::Cause};

use super::{
    framing::trim,
    kernel_drops::KernelDrops,
    source::Source,
    worker::{Message, Worker},
};
use crate::{
    collector::CollectError,
    sequence::{Drafts, Note, Patience, Refused},
};

/// Datagrams of one system call.
const RECEIVE_MAX: usize = 64;
/// No datagram is longer (RFC 768: 16 bits of length).
const DATAGRAM_BYTES: usize = 65_536;
/// What the kernel may keep while we are busy: a quarter second at 50,000 messages of 300 bytes a
/// second, with the kernel's own overhead.
pub(crate) const RECEIVE_BUFFER_BYTES: usize = 16 << 20;
/// Records handed on at a time.
const STEP_BYTES: usize = 512 << 10;
/// A peer that goes on sending does not keep a stop from ending.
const DRAIN: Duration = Duration::from_secs(1);
/// How often the kernel is asked what it has dropped.
const DROPS_EVERY: Duration = Duration::from_secs(1);

/// A listener for datagrams of one format.
pub(crate) struct DatagramListener {
    socket: UdpSocket,
    source: Source,
    format: Format,
    worker: Worker,
    drafts: Drafts,
    drops: KernelDrops,
    buffers: Vec<u8>,
}

impl DatagramListener {
    /// # Errors
    /// No parser for the format, or a socket that is none.
    pub(crate) fn new(socket: UdpSocket, source: Source, format: Format) -> Result<Self, CollectError> {
        let worker = source.worker(format)?;
        let drafts = Drafts::new(&source.book, Patience::Drop);
        let drops = KernelDrops::of(&socket).map_err(CollectError::Connection)?;
        let buffers = vec![0; RECEIVE_MAX * DATAGRAM_BYTES];
        Ok(Self { socket, source, format, worker, drafts, drops, buffers })
    }

    /// Receives until the stop, and then what is in the socket.
    pub(crate) async fn run(mut self) {
        let mut stop = self.source.stop.clone();
        let mut look = interval(DROPS_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = Source::stopped(&mut stop) => break,
                _ = look.tick() => self.count_drops(),
                ready = self.socket.readable() => {
                    if let Err(error) = ready {
                        tracing::warn!(%error, "datagram socket");
                        break;
                    }
                    if self.receive().await.is_err() {
                        return;
                    }
                }
            }
        }
        // Readiness may be a step behind the socket: the last look asks the kernel itself.
        let by = Instant::now() + DRAIN;
        while matches!(self.receive_batch(), Ok(n) if n > 0) {
            if self.submit().await.is_err() || Instant::now() >= by {
                return;
            }
        }
        self.count_drops();
    }

    fn count_drops(&mut self) {
        let dropped = self.drops.take();
        if dropped > 0 {
            self.source.dropped(Cause::KernelBuffer, dropped);
        }
    }

    /// Takes what is in the socket, in steps.
    async fn receive(&mut self) -> Result<(), Refused> {
        loop {
            let socket = &self.socket;
            let (worker, drafts) = (&mut self.worker, &mut self.drafts);
            let (buffers, received) = (&mut self.buffers, self.source.clock.now());
            let format = self.format;
            let step = || {
                receive(socket, buffers, |bytes, peer| take(worker, drafts, format, bytes, peer, received))
            };
            match self.socket.try_io(Interest::READABLE, step) {
                Ok(n) if n == RECEIVE_MAX && self.drafts.cost() < STEP_BYTES => {}
                Ok(_) => return self.submit().await,
                Err(error) => {
                    if error.kind() != io::ErrorKind::WouldBlock {
                        tracing::debug!(%error, "receive");
                    }
                    return self.submit().await;
                }
            }
        }
    }

    fn receive_batch(&mut self) -> io::Result<usize> {
        let received = self.source.clock.now();
        let (worker, drafts, format) = (&mut self.worker, &mut self.drafts, self.format);
        receive(&self.socket, &mut self.buffers, |bytes, peer| {
            take(worker, drafts, format, bytes, peer, received)
        })
    }

    async fn submit(&mut self) -> Result<(), Refused> {
        for draft in self.drafts.take() {
            self.source.sequencer.submit(draft).await?;
        }
        Ok(())
    }
}

fn take(
    worker: &mut Worker,
    drafts: &mut Drafts,
    format: Format,
    bytes: &[u8],
    peer: Option<IpAddr>,
    received: Micros,
) {
    let bytes = if format == Format::Syslog { trim(bytes) } else { bytes };
    worker.take(&Message { bytes, peer, received, note: Note::None }, drafts);
}

/// One `recvmmsg`; how many datagrams it gave.
fn receive(
    socket: &UdpSocket,
    buffers: &mut [u8],
    mut datagram: impl FnMut(&[u8], Option<IpAddr>),
) -> io::Result<usize> {
    let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(RECEIVE_MAX, None);
    let mut slices: Vec<[IoSliceMut<'_>; 1]> =
        buffers.chunks_mut(DATAGRAM_BYTES).map(|buffer| [IoSliceMut::new(buffer)]).collect();
    let messages =
        recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
    let mut n = 0;
    for message in messages {
        n += 1;
        let peer = message.address.as_ref().and_then(peer_ip);
        // An empty datagram has no slice.
        datagram(message.iovs().next().unwrap_or_default(), peer);
    }
    Ok(n)
}

fn peer_ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|a| IpAddr::V4(a.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|a| a.ip().to_canonical()))
}
