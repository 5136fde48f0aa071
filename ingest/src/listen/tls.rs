//! Syslog over TLS (RFC 5425): certificates, and who may connect.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{RootCertStore, ServerConfig, crypto::CryptoProvider, server::WebPkiClientVerifier};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::TlsAcceptor;
use ward_event::config::Collect;

/// Why there is no TLS listener.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path}: {reason}")]
    File { path: PathBuf, reason: String },
    #[error("tls_cert and tls_key must be given together")]
    HalfConfigured,
    #[error("certificate: {0}")]
    Made(#[from] rcgen::Error),
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    #[error("client authorities: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

fn at(path: &Path) -> impl FnOnce(&dyn std::fmt::Display) -> TlsError {
    let path = path.to_path_buf();
    move |reason| TlsError::File { path, reason: reason.to_string() }
}

/// The sender's acceptor: with the configured certificate, or with a self-signed one that is made
/// below `dir` at the first start and kept.
pub(crate) fn acceptor(collect: &Collect, dir: &Path) -> Result<TlsAcceptor, TlsError> {
    let (cert, key) = match (empty(&collect.tls_cert), empty(&collect.tls_key)) {
        (false, false) => (collect.tls_cert.clone(), collect.tls_key.clone()),
        (true, true) => own_certificate(collect, dir)?,
        _ => return Err(TlsError::HalfConfigured),
    };
    let chain = certificates(&cert)?;
    let key = PrivateKeyDer::from_pem_file(&key).map_err(|e| at(&key)(&e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let builder = if empty(&collect.tls_client_ca) {
        builder.with_no_client_auth()
    } else {
        builder.with_client_cert_verifier(client_verifier(&collect.tls_client_ca, provider)?)
    };
    let mut config = builder.with_single_cert(chain, key)?;
    // A sender never reads. Tickets that lie unread when it closes make its kernel reset the
    // connection, and what was still on its way would be lost.
    config.send_tls13_tickets = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain = CertificateDer::pem_file_iter(path).map_err(|e| at(path)(&e))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(|e| at(path)(&e))?;
    if chain.is_empty() { Err(at(path)(&"holds no certificate")) } else { Ok(chain) }
}

fn client_verifier(
    authorities: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(authorities)? {
        roots.add(authority)?;
    }
    Ok(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?)
}

/// The certificate of a sender that has none configured, made once.
fn own_certificate(collect: &Collect, dir: &Path) -> Result<(PathBuf, PathBuf), TlsError> {
    let (cert, key) = (dir.join("tls-cert.pem"), dir.join("tls-key.pem"));
    if !cert.exists() || !key.exists() {
        let mut names = vec![collect.sender.to_string(), "localhost".into(), "127.0.0.1".into()];
        if let Some(address) = collect.syslog_tls.filter(|a| !a.ip().is_unspecified()) {
            names.push(address.ip().to_string());
        }
        names.dedup();
        let made = rcgen::generate_simple_self_signed(names)?;
        // The key first: a certificate stands for a whole pair.
        write(&key, &made.signing_key.serialize_pem(), 0o600)?;
        write(&cert, &made.cert.pem(), 0o644)?;
    }
    Ok((cert, key))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .map_err(|e| at(path)(&e))
}
