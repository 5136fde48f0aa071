//! Why the web stage cannot start.

use std::net::SocketAddr;

#[derive(Debug, thiserror::Error)]
pub enum WebError {
    #[error(
        "web: {0} is not a loopback address; passwords may not cross a network in clear: give [web] tls_cert \
         and tls_key, or set behind_proxy = true where a proxy on the way does TLS"
    )]
    NotLoopback(SocketAddr),
    #[error("web: the demo signs every visitor in, so it may only be served to this machine, not on {0}")]
    OpenDemo(SocketAddr),
    #[error("web: TLS: {0}")]
    Tls(String),
    #[error("web: cannot listen on {address}: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("web: map: {0}")]
    Map(String),
    #[error("web: metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}
