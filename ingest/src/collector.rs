//! The collector: for each `[[collect]]` entry its listeners and one sequencer.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use prometheus::{IntCounterVec, Opts};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};
use ward_event::{
    Format, SenderId,
    books::Books,
    clock::Clock,
    config::{Collect, Config},
};
use ward_store::log::Log;

use crate::{
    endpoints::{self, Endpoints, Kind},
    listen::{
        connection::LONG_MESSAGES_MAX,
        http::{HttpListeners, HttpSender},
        source::{Origin, Source, Stop},
        tail::{self, TailListener},
        tcp::StreamListener,
        tls,
        udp::DatagramListener,
    },
    sequence::{Recovered, Sequencer, recover},
};
pub use crate::{listen::tls::TlsError, sequence::SpoolError};

/// Encoded records that wait for the log, of all senders together …
const MEMORY_BYTES: usize = 48 << 20;
/// … and of one sender at least: two batches.
const MEMORY_BYTES_MIN: usize = 8 << 20;

/// Why a collector does not start, or a connection ends.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("sender {sender}: {listener} cannot listen on {address}: {source}")]
    Bind { sender: SenderId, listener: &'static str, address: SocketAddr, source: std::io::Error },
    #[error("sender {sender}: syslog-tls: {source}")]
    Tls { sender: SenderId, source: TlsError },
    #[error("sender {sender}: spool: {source}")]
    Spool { sender: SenderId, source: SpoolError },
    #[error("no parser for format {}", .0.name())]
    NoParser(Format),
    #[error(transparent)]
    Connection(std::io::Error),
}

/// A running collector. Dropped without [`Collector::stop`] it ends at once, and what is not durable
/// is lost like by a crash.
pub struct Collector {
    endpoints: Endpoints,
    sequencers: Vec<Sequencer>,
    /// The sequencers' tasks.
    spools: JoinSet<()>,
    listeners: JoinSet<()>,
    http: Option<HttpListeners>,
    stop: watch::Sender<bool>,
}

/// What all senders share while they are started.
struct Start<'a> {
    config: &'a Config,
    log: Arc<dyn Log>,
    dir: PathBuf,
    books: Books,
    clock: Clock,
    long: Arc<Semaphore>,
    evicted: IntCounterVec,
    stopped: Stop,
}

impl Collector {
    /// Takes every sender's spool up and opens its listeners; state lives below `data_dir/collect`.
    ///
    /// # Errors
    /// A spool that cannot be taken up, an address in use, a certificate that is none.
    pub async fn start(
        config: &Config,
        log: Arc<dyn Log>,
        data_dir: &Path,
        books: Books,
        clock: Clock,
    ) -> Result<Self, CollectError> {
        let evicted = IntCounterVec::new(
            Opts::new("ward_bulk_ids_evicted_total", "Bulk ids forgotten before their 24 hours were over"),
            &["sender"],
        );
        let evicted = evicted.map_err(|e| CollectError::Connection(std::io::Error::other(e)))?;
        if let Err(error) = books.registry.register(Box::new(evicted.clone())) {
            // A second collector on the same books counts apart.
            tracing::debug!(%error, "metric");
        }
        let (stop, stopped) = watch::channel(false);
        let start = Start {
            config,
            log,
            dir: data_dir.join("collect"),
            books,
            clock,
            long: Arc::new(Semaphore::new(LONG_MESSAGES_MAX)),
            evicted,
            stopped,
        };
        let mut collector = Self {
            endpoints: Endpoints::default(),
            sequencers: Vec::new(),
            spools: JoinSet::new(),
            listeners: JoinSet::new(),
            http: None,
            stop,
        };
        let mut http = Vec::new();
        for collect in &config.collect {
            http.extend(collector.sender(&start, collect).await?);
        }
        if !http.is_empty() {
            collector.http = Some(HttpListeners::start(http).map_err(CollectError::Connection)?);
        }
        Ok(collector)
    }

    /// Where every listener listens: its name for the first sender, `<sender>/<name>` for each.
    pub fn endpoints(&self) -> BTreeMap<String, String> {
        self.endpoints.all()
    }

    /// Tells, also later, whether every sender's spool takes appends.
    pub fn readiness(&self) -> impl Fn() -> bool + Send + Sync + 'static + use<> {
        let sequencers = self.sequencers.clone();
        move || sequencers.iter().all(Sequencer::is_ready)
    }

    /// Closes the listeners, reads what is in the sockets, and returns when all of it is durable.
    pub async fn stop(mut self) {
        // Listeners that have ended hear nothing.
        let _ = self.stop.send(true);
        self.sequencers.iter().for_each(Sequencer::begin_stop);
        let http = self.http.take();
        let listeners = async { while self.listeners.join_next().await.is_some() {} };
        let http = async {
            if let Some(http) = http {
                http.stop().await;
            }
        };
        futures_util::future::join(listeners, http).await;
        for sequencer in &self.sequencers {
            sequencer.close().await;
        }
        while self.spools.join_next().await.is_some() {}
    }

    /// Starts one sender; its HTTP listener, which all senders serve together.
    async fn sender(
        &mut self,
        start: &Start<'_>,
        collect: &Collect,
    ) -> Result<Option<(std::net::TcpListener, HttpSender)>, CollectError> {
        let sender = &collect.sender;
        let dir = start.dir.join(sender.as_str());
        let recovered = recover(&*start.log, &dir, sender, start.clock.now())
            .await
            .map_err(|source| CollectError::Spool { sender: sender.clone(), source })?;
        let origin = Arc::new(Origin::new(collect, recovered.producer.clone(), start.config.mask.clone()));
        let tails = recovered.tails.clone();
        let sequencer = self.sequencer(start, sender, recovered);
        let first = self.sequencers.len() == 1;
        let source = |kind: Kind| {
            let alone = start.config.collect.len() == 1;
            let name = if alone { kind.name().to_owned() } else { format!("{sender}/{}", kind.name()) };
            Source::new(&origin, &sequencer, &start.books, &name, &start.clock, &start.stopped)
        };
        for (kind, address, format) in [
            (Kind::SyslogUdp, collect.syslog_udp, Format::Syslog),
            (Kind::Netflow, collect.netflow, Format::Netflow),
        ] {
            if let Some(address) = address {
                let socket = endpoints::udp(sender, kind, address)?;
                let socket = tokio::net::UdpSocket::from_std(socket).map_err(CollectError::Connection)?;
                self.listening(first, sender, kind, socket.local_addr())?;
                self.listeners.spawn(DatagramListener::new(socket, source(kind), format)?.run());
            }
        }
        for (kind, address) in [(Kind::SyslogTcp, collect.syslog_tcp), (Kind::SyslogTls, collect.syslog_tls)]
        {
            if let Some(address) = address {
                let socket = endpoints::tcp(sender, kind, address)?;
                let listener = tokio::net::TcpListener::from_std(socket).map_err(CollectError::Connection)?;
                self.listening(first, sender, kind, listener.local_addr())?;
                let tls = match kind {
                    Kind::SyslogTls => Some(
                        tls::acceptor(collect, &dir)
                            .map_err(|source| CollectError::Tls { sender: sender.clone(), source })?,
                    ),
                    _ => None,
                };
                let source = source(kind);
                source.worker(Format::Syslog)?;
                self.listeners
                    .spawn(StreamListener { listener, source, tls, long: start.long.clone() }.run());
            }
        }
        for tail in &collect.tail {
            let position = tails.get(&tail::key(tail)).copied();
            self.listeners.spawn(TailListener::new(tail, source(Kind::Tail), position)?.run());
        }
        let Some(address) = collect.http else { return Ok(None) };
        let socket = endpoints::tcp(sender, Kind::Http, address)?;
        self.listening(first, sender, Kind::Http, socket.local_addr())?;
        let bulk_formats = collect.bulk_formats.clone();
        Ok(Some((socket, HttpSender { source: source(Kind::Http), bulk_formats })))
    }

    fn sequencer(&mut self, start: &Start<'_>, sender: &SenderId, recovered: Recovered) -> Sequencer {
        let memory = (MEMORY_BYTES / start.config.collect.len().max(1)).max(MEMORY_BYTES_MIN);
        let evicted = start.evicted.with_label_values(&[sender.as_str()]);
        let (log, clock) = (start.log.clone(), start.clock.clone());
        let (sequencer, task) = Sequencer::new(log, sender, recovered, memory, evicted, clock);
        self.spools.spawn(task.run());
        self.sequencers.push(sequencer.clone());
        sequencer
    }

    fn listening(
        &mut self,
        first: bool,
        sender: &SenderId,
        kind: Kind,
        address: std::io::Result<SocketAddr>,
    ) -> Result<(), CollectError> {
        self.endpoints.add(first, sender, kind, address.map_err(CollectError::Connection)?);
        Ok(())
    }
}
