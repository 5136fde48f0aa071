//! The task that empties the outbox.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions, TryLockError},
    future::Future,
    io::BufReader,
    path::Path,
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use rustls_pki_types::pem::PemObject;
use tokio::{
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval, sleep},
};
use ward_desk::{
    Desk, DeskError,
    delivery::{AfterCrash, Claimed, Ended},
};
use ward_event::{
    books::Books,
    delivery::{DeliveryConfig, Unknown},
    time::Calendar,
};

use crate::{
    channel::{Around, Channel},
    config::NotifyError,
    metrics::Metrics,
};

/// Tries that run at once: one slow gateway must not hold up the others.
const AT_ONCE: usize = 16;

/// Between two counts of what has not arrived.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// Between two looks whether the process that sends has ended.
const LOCK_EVERY: Duration = Duration::from_secs(1);

/// Where systems keep the authorities that they trust.
const SYSTEM_CA: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Sends what is due, until it is stopped. There is one a desk.
pub struct Sender {
    desk: Desk,
    channels: Arc<BTreeMap<String, Channel>>,
    around: Arc<Around>,
    /// Between two looks at the outbox.
    beat: Duration,
    metrics: Metrics,
}

impl Sender {
    /// Reads the channels' secrets.
    ///
    /// # Errors
    /// A file that is not there or that others can read, a channel that cannot be: named by its key.
    pub fn new(
        desk: Desk,
        config: &DeliveryConfig,
        calendar: Calendar,
        beat: Duration,
        books: &Books,
    ) -> Result<Self, NotifyError> {
        let mut channels = BTreeMap::new();
        for one in &config.channel {
            channels.insert(one.name.clone(), Channel::new(one, config)?);
        }
        let around = Around { base: config.base.clone(), calendar, tls: Arc::new(tls(&config.ca)?) };
        let metrics = Metrics::new(books)?;
        Ok(Self { desk, channels: Arc::new(channels), around: Arc::new(around), beat, metrics })
    }

    /// Ends what a crash left open, then sends. When `stop` is there nothing new is begun; what is under way ends,
    /// and how it ended is written. Of several processes on one desk one sends, and the others wait for its end.
    ///
    /// # Errors
    /// The desk's.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<(), DeskError> {
        tokio::pin!(stop);
        let _alone = tokio::select! {
            () = &mut stop => return Ok(()),
            lock = self.alone() => lock?,
        };
        self.recover().await?;
        let (mut beat, mut count) = (every(self.beat), every(COUNT_EVERY));
        let mut under_way: JoinSet<Result<(), DeskError>> = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = count.tick() => {
                    self.count().await;
                    continue;
                }
                _ = beat.tick() => {}
                Some(done) = under_way.join_next(), if !under_way.is_empty() => {
                    if let Ok(Err(error)) = done {
                        match error {
                            DeskError::Closed => return Ok(()),
                            error => tracing::error!(%error, "how a delivery ended is not written"),
                        }
                    }
                }
            }
            let free = AT_ONCE - under_way.len().min(AT_ONCE);
            if free == 0 {
                continue;
            }
            match self.desk.deliveries().claim(free).await {
                Ok(claimed) => claimed.into_iter().for_each(|one| self.begin(&mut under_way, one)),
                Err(DeskError::Closed) => return Ok(()),
                Err(error) => tracing::error!(%error, "the outbox cannot be read"),
            }
        }
        while let Some(done) = under_way.join_next().await {
            if let Ok(Err(error)) = done {
                tracing::error!(%error, "how a delivery ended is not written");
            }
        }
        Ok(())
    }

    /// Waits until no other process sends from this desk. Dropped, others may.
    async fn alone(&self) -> Result<File, DeskError> {
        let path = self.desk.dir().join("delivery.lock");
        let failed = |source| DeskError::File { path: path.clone(), source };
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        let mut said = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) => {}
            }
            if !said {
                tracing::warn!("another process sends from this desk; this one waits for its end");
                said = true;
            }
            sleep(LOCK_EVERY).await;
        }
    }

    async fn recover(&self) -> Result<(), DeskError> {
        let channels = self.channels.clone();
        let after_crash = move |name: &str| match channels.get(name).map(|c| c.config.after_crash()) {
            Some(Unknown::Repeat) => AfterCrash::Repeat,
            Some(Unknown::Ask) | None => AfterCrash::Ask,
        };
        let unknown = self.desk.deliveries().recover(after_crash).await?;
        if !unknown.is_empty() {
            tracing::warn!(count = unknown.len(), "deliveries were under way when the last run ended");
        }
        unknown.iter().for_each(|channel| self.metrics.unknown(channel));
        Ok(())
    }

    async fn count(&self) {
        match self.desk.deliveries().counts().await {
            Ok(counts) => self.metrics.held(&counts),
            Err(error) => tracing::debug!(%error, "deliveries are not counted"),
        }
    }

    fn begin(&self, under_way: &mut JoinSet<Result<(), DeskError>>, claimed: Claimed) {
        let (desk, channels, around) = (self.desk.clone(), self.channels.clone(), self.around.clone());
        let metrics = self.metrics.clone();
        under_way.spawn(async move {
            let name = &claimed.delivery.channel;
            let ended = match channels.get(name) {
                Some(channel) => channel.send(&claimed, &around, desk.clock().now().secs()).await,
                // It may come back with the next configuration.
                None => Ended::Later("no channel of this name is configured".into()),
            };
            metrics.ended(name, &ended);
            desk.deliveries().ended(&claimed, ended).await
        });
    }
}

fn every(period: Duration) -> Interval {
    let mut beat = interval(period);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}

fn tls(ca: &Path) -> Result<ClientConfig, NotifyError> {
    let mut roots = RootCertStore::empty();
    let system = SYSTEM_CA.iter().map(Path::new).find(|p| p.is_file());
    let own = (!ca.as_os_str().is_empty()).then_some(ca);
    for path in system.into_iter().chain(own) {
        let failed = |reason: String| NotifyError::Authorities { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|e| failed(e.to_string()))?;
        for certificate in CertificateDer::pem_reader_iter(BufReader::new(file)) {
            let certificate = certificate.map_err(|e| failed(e.to_string()))?;
            // Systems keep some that are not to rustls' taste; the others stand.
            let _ = roots.add(certificate);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder =
        builder.map_err(|e| NotifyError::Authorities { path: ca.to_owned(), reason: e.to_string() })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
