//! Syslog over TCP and TLS: who may connect, and the end of all connections.

use std::{net::IpAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{connection::serve, source::Source};

/// Connections of one listener; further ones wait in the kernel's backlog.
const CONNECTIONS_MAX: usize = 1_024;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// After the stop, connections that the kernel has accepted are asked for with this patience.
const BACKLOG: Duration = Duration::from_millis(20);
/// No file handle is free, or the peer has gone already: not worth a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

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
