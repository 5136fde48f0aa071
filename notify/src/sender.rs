//! The task that empties the outbox.

use std::{collections::BTreeMap, fs::File, io::BufReader, path::Path, sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use rustls_pki_types::pem::PemObject;
use tokio::task::JoinSet;
use ward_desk::{
    Desk, DeskError,
    delivery::{AfterCrash, Claimed, Ended},
};
use ward_event::time::Calendar;

use crate::{
    channel::{Around, Channel},
    config::{NotifyConfig, NotifyError},
};

/// Tries that run at once: one slow gateway must not hold up the others.
const AT_ONCE: usize = 16;

/// Where systems keep the authorities that they trust.
const SYSTEM_CA: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Sends what is due, for ever. There is one a desk.
pub struct Sender {
    desk: Desk,
    channels: Arc<BTreeMap<String, Channel>>,
    around: Arc<Around>,
    /// Between two looks at the outbox.
    beat: Duration,
}

impl Sender {
    /// Reads the channels' secrets.
    ///
    /// # Errors
    /// A file that is not there or that others can read, a channel that cannot be.
    pub fn new(
        desk: Desk,
        config: &NotifyConfig,
        calendar: Calendar,
        beat: Duration,
    ) -> Result<Self, NotifyError> {
        let mut channels = BTreeMap::new();
        for one in &config.channel {
            let reason = || "two channels have that name".to_owned();
            if channels.insert(one.name.clone(), Channel::new(one, config)?).is_some() {
                return Err(NotifyError::Channel { name: one.name.clone(), reason: reason() });
            }
        }
        let around = Around { base: config.base.clone(), calendar, tls: Arc::new(tls(&config.ca)?) };
        Ok(Self { desk, channels: Arc::new(channels), around: Arc::new(around), beat })
    }

    /// Ends what a crash left open, then sends. Returns only when the desk is closed.
    ///
    /// # Errors
    /// The desk's.
    pub async fn run(self) -> Result<(), DeskError> {
        let channels = self.channels.clone();
        let after_crash = move |name: &str| match channels.get(name) {
            Some(c) if c.config.kind.has_key() || c.config.repeat_after_crash => AfterCrash::Repeat,
            _ => AfterCrash::Ask,
        };
        let unknown = self.desk.deliveries().recover(after_crash).await?;
        if unknown > 0 {
            tracing::warn!(unknown, "deliveries were under way when the last run ended");
        }
        let mut beat = tokio::time::interval(self.beat);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut under_way: JoinSet<Result<(), DeskError>> = JoinSet::new();
        loop {
            tokio::select! {
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
    }

    fn begin(&self, under_way: &mut JoinSet<Result<(), DeskError>>, claimed: Claimed) {
        let (desk, channels, around) = (self.desk.clone(), self.channels.clone(), self.around.clone());
        under_way.spawn(async move {
            let ended = match channels.get(&claimed.delivery.channel) {
                Some(channel) => channel.send(&claimed, &around, desk.clock().now().secs()).await,
                // It may come back with the next configuration.
                None => Ended::Later("no channel of this name is configured".into()),
            };
            desk.deliveries().ended(&claimed, ended).await
        });
    }
}

fn tls(ca: &Path) -> Result<ClientConfig, NotifyError> {
    let mut roots = RootCertStore::empty();
    let system = SYSTEM_CA.iter().map(Path::new).find(|p| p.is_file());
    let own = (!ca.as_os_str().is_empty()).then_some(ca);
    for path in system.into_iter().chain(own) {
        let failed = |reason: String| NotifyError::File { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|e| failed(e.to_string()))?;
        for certificate in CertificateDer::pem_reader_iter(BufReader::new(file)) {
            let certificate = certificate.map_err(|e| failed(e.to_string()))?;
            // Systems keep some that are not to rustls' taste; the others stand.
            let _ = roots.add(certificate);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| NotifyError::Channel { name: "TLS".into(), reason: e.to_string() })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
