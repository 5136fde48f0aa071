//! Syslog over TCP and TLS: connections, their framing, and the end of all of them.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_rustls::TlsAcceptor;
use ward_event::{Format, limits::MESSAGE_BYTES_MAX};

use super::{
    framing::{Frame, Framer},
    source::{Source, Stop},
    worker::{Message, Worker},
};
use crate::{
    collector::CollectError,
    parse::ParseError,
    sequence::{Drafts, Note, Patience, Refused},
};

/// Connections of one listener; further ones wait in the kernel's backlog.
const CONNECTIONS_MAX: usize = 1_024;
/// One read. Shared by all connections of a thread, so that an idle one costs nothing.
const READ_BYTES: usize = 128 << 10;
/// A connection hands its records on when they take so much, and lets others have the thread.
const STEP_BYTES: usize = 1 << 20;
/// An unfinished message above this needs one of the long messages' places.
const LONG_BYTES: usize = 16 << 10;
/// Unfinished long messages of a collector at a time: 32 MB with what a growing buffer takes.
pub(crate) const LONG_MESSAGES_MAX: usize = 16;
/// How long a long message may stand still before its place is taken away.
const LONG_IDLE: Duration = Duration::from_secs(30);
const HANDSHAKE: Duration = Duration::from_secs(10);
/// After the stop, connections that the kernel has accepted are asked for with this patience.
const BACKLOG: Duration = Duration::from_millis(20);
/// After the stop a connection is read until nothing has come for so long …
const QUIET: Duration = Duration::from_millis(100);
/// … or so much time has passed.
const DRAIN: Duration = Duration::from_secs(2);
/// No file handle is free, or the peer has gone already: not worth a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// A listener for syslog over a stream.
pub(crate) struct StreamListener {
    pub(crate) listener: TcpListener,
    pub(crate) source: Source,
    pub(crate) tls: Option<TlsAcceptor>,
    /// Places for unfinished long messages, of the whole collector.
    pub(crate) long: Arc<Semaphore>,
}

impl StreamListener {
    /// Serves until the stop, and then what is in the sockets.
    pub(crate) async fn run(self) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        let mut stop = self.source.stop.clone();
        loop {
            let next = async {
                // The semaphore is never closed.
                let place = places.clone().acquire_owned().await.ok();
                (place, self.listener.accept().await)
            };
            tokio::select! {
                () = Source::stopped(&mut stop) => break,
                (place, accepted) = next => match accepted {
                    Ok((stream, peer)) => self.spawn(&mut connections, stream, peer.ip(), place),
                    Err(error) => {
                        tracing::debug!(%error, "accept");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
            }
        }
        // Connections that the kernel has accepted already belong to the clients' past.
        while let Ok(Ok((stream, peer))) = timeout(BACKLOG, self.listener.accept()).await {
            self.spawn(&mut connections, stream, peer.ip(), None);
        }
        let Self { listener, .. } = self;
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    fn spawn(
        &self,
        connections: &mut JoinSet<()>,
        stream: TcpStream,
        peer: IpAddr,
        place: Option<OwnedSemaphorePermit>,
    ) {
        let (source, tls, long) = (self.source.clone(), self.tls.clone(), self.long.clone());
        connections.spawn(async move {
            let _place = place;
            keep_alive(&stream);
            let ended = match tls {
                None => serve(stream, peer, source, long).await,
                Some(tls) => match timeout(HANDSHAKE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => serve(stream, peer, source, long).await,
                    Ok(Err(error)) => {
                        tracing::debug!(%peer, %error, "TLS handshake");
                        Ok(())
                    }
                    Err(_) => Ok(()),
                },
            };
            if let Err(error) = ended {
                tracing::warn!(%peer, %error, "connection");
            }
        });
    }
}

/// A peer that has vanished without a word is noticed after some minutes.
fn keep_alive(stream: &TcpStream) {
    let alive = socket2::TcpKeepalive::new().with_time(Duration::from_secs(60));
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_keepalive(&alive) {
        tracing::debug!(%error, "keep-alive");
    }
}

async fn serve<S>(stream: S, peer: IpAddr, source: Source, long: Arc<Semaphore>) -> Result<(), CollectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let worker = source.worker(Format::Syslog)?;
    let drafts = Drafts::new(&source.book, Patience::Wait);
    let stop = source.stop.clone();
    let reading = Reading { framer: Framer::default(), worker, drafts, peer, source };
    let mut connection = Connection { stream, reading, stop, long, place: None };
    let ended = connection.run().await;
    let reading = &mut connection.reading;
    reading.finish();
    // Where the sequencer takes nothing more, the records stay held in the books.
    let _ = reading.submit().await;
    let _ = timeout(QUIET, connection.stream.shutdown()).await;
    ended.map_err(CollectError::Connection)
}

/// What a connection's bytes go through.
struct Reading {
    framer: Framer,
    worker: Worker,
    drafts: Drafts,
    peer: IpAddr,
    source: Source,
}

impl Reading {
    fn bytes(&mut self, bytes: &[u8]) {
        let received = self.source.clock.now();
        let (worker, drafts, peer) = (&mut self.worker, &mut self.drafts, Some(self.peer));
        self.framer.push(bytes, |frame| match frame {
            Frame::Message(bytes) => {
                worker.take(&Message { bytes, peer, received, note: Note::None }, drafts);
            }
            Frame::TooLong(bytes) => {
                let error = ParseError::new("too_long", format!("cut at {MESSAGE_BYTES_MAX} bytes"));
                worker.dead(&Message { bytes, peer, received, note: Note::None }, &error, drafts);
            }
        });
    }

    /// The stream has ended; half a message is kept as one.
    fn finish(&mut self) {
        let received = self.source.clock.now();
        let (worker, drafts, peer) = (&mut self.worker, &mut self.drafts, Some(self.peer));
        self.framer.finish(|frame| {
            let (Frame::Message(bytes) | Frame::TooLong(bytes)) = frame;
            worker.take(&Message { bytes, peer, received, note: Note::None }, drafts);
        });
    }

    async fn submit(&mut self) -> Result<(), Refused> {
        for draft in self.drafts.take() {
            self.source.sequencer.submit(draft).await?;
        }
        Ok(())
    }
}

struct Connection<S> {
    stream: S,
    reading: Reading,
    stop: Stop,
    long: Arc<Semaphore>,
    /// Held while an unfinished message is long.
    place: Option<OwnedSemaphorePermit>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Reads until the peer or the collector ends it.
    async fn run(&mut self) -> io::Result<()> {
        let mut stop = self.stop.clone();
        loop {
            let idle = if self.place.is_some() { LONG_IDLE } else { Duration::MAX };
            let more = tokio::select! {
                more = timeout(idle, self.step()) => match more {
                    Ok(more) => more?,
                    Err(_) => return Ok(()),
                },
                () = Source::stopped(&mut stop) => return self.drain().await,
            };
            if self.reading.submit().await.is_err() || !more {
                return Ok(());
            }
            self.take_place().await;
        }
    }

    /// Reads what the peer has sent before it knew of the stop.
    async fn drain(&mut self) -> io::Result<()> {
        let by = Instant::now() + DRAIN;
        while let Ok(more) = timeout(QUIET, self.step()).await {
            if !more? || self.reading.submit().await.is_err() || Instant::now() >= by {
                break;
            }
        }
        Ok(())
    }

    /// Keeps the memory of unfinished messages bounded over all connections.
    async fn take_place(&mut self) {
        if self.reading.framer.held() <= LONG_BYTES {
            self.place = None;
        } else if self.place.is_none() {
            // The semaphore is never closed.
            self.place = self.long.clone().acquire_owned().await.ok();
        }
    }

    /// Reads what is there; false at the stream's end.
    async fn step(&mut self) -> io::Result<bool> {
        poll_fn(|cx| SCRATCH.with_borrow_mut(|scratch| self.poll_step(cx, scratch))).await
    }

    fn poll_step(&mut self, cx: &mut Context<'_>, scratch: &mut [u8]) -> Poll<io::Result<bool>> {
        let mut read = false;
        loop {
            let mut buffer = ReadBuf::new(scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Pending if read => return Poll::Ready(Ok(true)),
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => return Poll::Ready(Ok(false)),
                Poll::Ready(Ok(())) => self.reading.bytes(buffer.filled()),
            }
            read = true;
            if self.reading.drafts.cost() >= STEP_BYTES || self.reading.framer.held() > LONG_BYTES {
                return Poll::Ready(Ok(true));
            }
        }
    }
}
