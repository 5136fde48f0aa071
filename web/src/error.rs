//! Why the web stage cannot start.

use std::net::SocketAddr;

#[derive(Debug, thiserror::Error)]
pub enum WebError {
    #[error(
        "web: {0} is not a loopback address; without sign-in the pages may only be served to this machine \
         (set [web] listen to 127.0.0.1)"
    )]
    NotLoopback(SocketAddr),
    #[error("web: cannot listen on {address}: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("web: metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}
