//! One POST a connection, over hyper and rustls: a message in minutes needs no pool.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// What of an answer is read.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// The address of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    tls: bool,
    host: String,
    port: u16,
    pub path: String,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if tls { 443 } else { 80 }),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let fits = !host.is_empty() && host.chars().all(plain) && path.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self { tls, host: host.to_owned(), port, path: path.to_owned() })
    }

    /// With further parameters.
    #[must_use]
    pub(crate) fn with(mut self, parameters: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(parameters);
        self
    }
}

/// A request that is ready.
pub(crate) struct Post {
    pub url: Url,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub(crate) struct Answer {
    pub status: u16,
    pub body: String,
}

/// Sends it and reads the answer. The reason of a failure names no secret: addresses stay out of it.
pub(crate) async fn post(post: Post, tls: &Arc<ClientConfig>) -> Result<Answer, String> {
    let Url { host, port, .. } = &post.url;
    let socket =
        TcpStream::connect((host.as_str(), *port)).await.map_err(|e| format!("connect: {}", e.kind()))?;
    if post.url.tls {
        let name = ServerName::try_from(host.clone()).map_err(|_| "no server name".to_owned())?;
        let connector = tokio_rustls::TlsConnector::from(tls.clone());
        let socket = connector.connect(name, socket).await.map_err(|e| format!("TLS: {e}"))?;
        exchange(post, socket).await
    } else {
        exchange(post, socket).await
    }
}

async fn exchange(
    post: Post,
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<Answer, String> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.map_err(|e| e.to_string())?;
    let driver = tokio::spawn(connection);
    let mut request = Request::post(&post.url.path)
        .header(header::HOST, format!("{}:{}", post.url.host, post.url.port))
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    for (name, value) in &post.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(post.body))).map_err(|e| e.to_string())?;
    let answer = sender.send_request(request).await.map_err(|e| e.to_string())?;
    let status = answer.status().as_u16();
    let body =
        Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|e| e.to_string())?;
    driver.abort();
    Ok(Answer { status, body: String::from_utf8_lossy(&body.to_bytes()).into_owned() })
}
