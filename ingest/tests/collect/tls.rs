use std::{path::Path, sync::Arc};

use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring::default_provider},
};

use crate::support::{Site, line, loopback};

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn connector(trusted: &Path, identity: Option<Identity>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trusted).expect("a certificate")).expect("trusted");
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).expect("an identity"),
    };
    TlsConnector::from(Arc::new(config))
}

async fn send(site: &Site, connector: &TlsConnector, text: &str) -> std::io::Result<()> {
    let stream = TcpStream::connect(site.address("syslog-tls")).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = connector.connect(name, stream).await?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

#[tokio::test(flavor = "multi_thread")]
async fn counted_frames_arrive_over_tls_with_a_certificate_of_our_own() {
    let mut site = Site::start(loopback()).await;
    let cert = site.dir.path().join("collect/h01/tls-cert.pem");
    let text: String = (0..3_000).map(|n| format!("{} {}", line(n).len(), line(n))).collect();
    send(&site, &connector(&cert, None), &text).await.expect("sent");
    assert_eq!(site.wait_for(3_000).await.len(), 3_000);
    let made = std::fs::read(&cert).expect("there");
    site.stop().await;
    assert_eq!(site.book("syslog-tls").residual(), 0);
    site.crash();
    site.up().await;
    assert_eq!(std::fs::read(&cert).expect("there"), made, "clients may pin it");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_client_authorities_only_their_clients_may_send() {
    let dir = tempfile::tempdir().expect("a folder");
    let ca_key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(vec![]).expect("parameters");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key).expect("signed");
    let ca_path = dir.path().join("ca.pem");
    std::fs::write(&ca_path, ca.pem()).expect("written");
    let client_key = rcgen::KeyPair::generate().expect("a key");
    let client = rcgen::CertificateParams::new(vec!["client".into()])
        .expect("parameters")
        .signed_by(&client_key, &rcgen::Issuer::from_params(&params, &ca_key))
        .expect("signed");
    let mut collect = loopback();
    collect.tls_client_ca = ca_path;
    let site = Site::start(collect).await;
    let cert = site.dir.path().join("collect/h01/tls-cert.pem");

    // TLS 1.3 tells a client without a certificate only after its first bytes.
    let _ = send(&site, &connector(&cert, None), &format!("{}\n", line(1))).await;
    let key = PrivateKeyDer::try_from(client_key.serialize_der()).expect("a key");
    let known = connector(&cert, Some((vec![client.der().clone()], key)));
    send(&site, &known, &format!("{}\n", line(2))).await.expect("sent");
    let records = site.wait_for(1).await;
    assert_eq!(records.iter().map(|r| r.raw().to_owned()).collect::<Vec<_>>(), [line(2)]);
}
