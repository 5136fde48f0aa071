//! TLS as a client: a server is trusted when an authority of the given files signed it for its name, or
//! when it shows exactly one of the certificates in them (a collector's own, self-signed one).

use std::{path::PathBuf, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::SimulatorError;

/// Opens TLS over a connection.
#[derive(Clone)]
pub struct Connector(TlsConnector);

impl Connector {
    /// Handshakes with `to` (`host:port`) over `stream`.
    ///
    /// # Errors
    /// A name that is none, a certificate that is not trusted, a broken connection.
    pub async fn connect(&self, to: &str, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let host = to.rsplit_once(':').map_or(to, |(host, _)| host).trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?;
        self.0.connect(name, stream).await
    }
}

/// A connector that trusts what the PEM files hold, and nothing else.
///
/// # Errors
/// A file that cannot be read, or without a certificate.
pub fn connector(files: &[PathBuf]) -> Result<Connector, SimulatorError> {
    let mut pinned: Vec<CertificateDer<'static>> = Vec::new();
    for file in files {
        let bad = |e: &dyn std::fmt::Display| SimulatorError::content(file.display().to_string(), e);
        let before = pinned.len();
        for one in CertificateDer::pem_file_iter(file).map_err(|e| bad(&e))? {
            pinned.push(one.map_err(|e| bad(&e))?);
        }
        if pinned.len() == before {
            return Err(bad(&"no certificate in it"));
        }
    }
    let bad = |e: &dyn std::fmt::Display| SimulatorError::content("TLS", e);
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(pinned.iter().cloned());
    let authority = match roots.is_empty() {
        true => None,
        false => Some(
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|e| bad(&e))?,
        ),
    };
    let verifier = Arc::new(Trusted { pinned, authority, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| bad(&e))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Connector(TlsConnector::from(Arc::new(config))))
}

/// Pinned certificates first, then the authorities. Signatures are always checked.
#[derive(Debug)]
struct Trusted {
    pinned: Vec<CertificateDer<'static>>,
    authority: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.pinned.iter().any(|p| p.as_ref() == end_entity.as_ref()) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.authority {
            Some(a) => a.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
