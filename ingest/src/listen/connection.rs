//! One syslog connection: read, frame, encode, hand on.

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
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};
use tokio_rustls::server::TlsStream;
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

/// One read. Shared by all connections of a thread, so that an idle one costs nothing.
const READ_BYTES: usize = 64 << 10;
/// A connection hands its records on when they take so much, and lets others have the thread.
const STEP_BYTES: usize = 1 << 20;
/// An unfinished message above this needs one of the long messages' places.
const LONG_BYTES: usize = 16 << 10;
/// Unfinished long messages of a collector at a time: 32 MB with what a growing buffer takes.
pub(crate) const LONG_MESSAGES_MAX: usize = 16;
/// How long a long message may stand still before its place is taken away.
const LONG_IDLE: Duration = Duration::from_secs(30);
/// After the stop a connection is read until nothing has come for so long …
const QUIET: Duration = Duration::from_millis(100);
/// … or so much time has passed.
const DRAIN: Duration = Duration::from_secs(2);

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// A stream and the socket below it.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Serves a connection to its end; what it has sent is handed on even when it breaks off.
pub(crate) async fn serve(
    stream: impl Wire,
    peer: IpAddr,
    source: Source,
    long: Arc<Semaphore>,
) -> Result<(), CollectError> {
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

    /// It has enough to hand on.
    fn is_full(&self) -> bool {
        self.drafts.cost() >= STEP_BYTES || self.framer.held() > LONG_BYTES
    }
}

/// What is known of the socket after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing more is there now.
    Drained,
    /// More may be there.
    More,
    /// The peer has closed.
    End,
}

struct Connection<S> {
    stream: S,
    reading: Reading,
    stop: Stop,
    long: Arc<Semaphore>,
    /// Held while an unfinished message is long.
    place: Option<OwnedSemaphorePermit>,
}

impl<S: Wire> Connection<S> {
    /// Reads until the peer or the collector ends it.
    async fn run(&mut self) -> io::Result<()> {
        let mut stop = self.stop.clone();
        // The handshake may have read more than its own.
        let mut step = Step::More;
        loop {
            if step == Step::Drained {
                let idle = if self.place.is_some() { LONG_IDLE } else { Duration::MAX };
                tokio::select! {
                    ready = timeout(idle, self.stream.socket().readable()) => match ready {
                        Ok(ready) => ready?,
                        Err(_) => return Ok(()),
                    },
                    () = Source::stopped(&mut stop) => return self.drain().await,
                }
            }
            step = self.step().await?;
            if step == Step::End {
                return Ok(());
            }
            self.take_place().await;
        }
    }

    /// Reads what the peer has sent before it knew of the stop.
    async fn drain(&mut self) -> io::Result<()> {
        let by = Instant::now() + DRAIN;
        while Instant::now() < by {
            match self.step().await? {
                Step::End => break,
                Step::More => {}
                Step::Drained => match timeout(QUIET, self.stream.socket().readable()).await {
                    Ok(ready) => ready?,
                    Err(_) => break,
                },
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

    /// Reads what is there, when it is its turn, and hands it on.
    async fn step(&mut self) -> io::Result<Step> {
        let sequencer = self.reading.source.sequencer.clone();
        let _turn = sequencer.connection_turn().await;
        let step = poll_fn(|cx| Poll::Ready(SCRATCH.with_borrow_mut(|scratch| self.read(cx, scratch))));
        let step = step.await;
        // A sequencer that takes nothing any more ends the connection; on a broken one, what came
        // before the break is handed on all the same.
        let taken = self.reading.submit().await;
        let step = step?;
        Ok(if taken.is_err() { Step::End } else { step })
    }

    fn read(&mut self, cx: &mut Context<'_>, scratch: &mut [u8]) -> io::Result<Step> {
        loop {
            let mut buffer = ReadBuf::new(scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Pending => return Ok(Step::Drained),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => return Ok(Step::End),
                Poll::Ready(Ok(())) => self.reading.bytes(buffer.filled()),
            }
            if self.reading.is_full() {
                return Ok(Step::More);
            }
        }
    }
}
