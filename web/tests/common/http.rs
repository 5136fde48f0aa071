//! A client as small as the tests need: one request a connection, over a plain socket.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) struct Answer {
    pub status: u16,
    /// Lower case names.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// As it came, where it is no text.
    pub bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, "GET", path, &[]).await
}

pub(crate) async fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask_with(address, method, path, headers, "").await
}

/// With a body.
pub(crate) async fn ask_with(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut socket = send(address, method, path, headers, body).await;
    let mut bytes = Vec::new();
    let read = socket.read_to_end(&mut bytes);
    tokio::time::timeout(Duration::from_secs(30), read).await.expect("an answer").expect("bytes");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).expect("a status");
    let headers =
        lines.filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    let at = bytes.windows(4).position(|w| w == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let mut answer = Answer { status, headers, body: body.to_owned(), bytes: bytes[at..].to_vec() };
    if answer.header("transfer-encoding") == "chunked" {
        answer.body = unchunk(&bytes);
    }
    answer
}

async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.expect("connected");
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        request.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method != "GET" {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    request.push_str(body);
    socket.write_all(request.as_bytes()).await.expect("sent");
    socket
}

/// The first `count` server-sent events of `/live`: (id, event, data).
pub(crate) async fn live(
    address: SocketAddr,
    last_id: Option<&str>,
    count: usize,
) -> Vec<(String, String, String)> {
    let headers: Vec<(&str, &str)> = last_id.map(|id| ("Last-Event-ID", id)).into_iter().collect();
    stream(address, "/live", &headers, count).await
}

/// The first `count` server-sent events of any stream.
pub(crate) async fn stream(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    count: usize,
) -> Vec<(String, String, String)> {
    let mut socket = send(address, "GET", path, headers, "").await;
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 65_536];
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let n = tokio::time::timeout_at(deadline, socket.read(&mut buffer))
            .await
            .expect("events in time")
            .expect("bytes");
        assert!(n > 0, "the stream ended");
        bytes.extend_from_slice(&buffer[..n]);
        let events = parse(&unchunk(&bytes));
        if events.len() >= count {
            return events;
        }
    }
}

/// The body behind a head with chunked transfer.
fn unchunk(bytes: &[u8]) -> String {
    let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { return String::new() };
    let (mut rest, mut body) = (&bytes[at + 4..], Vec::new());
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|s| usize::from_str_radix(s, 16).ok());
        let Some(size) = size else { break };
        if rest.len() < end + 2 + size + 2 {
            break;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
    String::from_utf8(body).expect("UTF-8")
}

fn parse(text: &str) -> Vec<(String, String, String)> {
    let whole = text.rfind("\n\n").map_or("", |at| &text[..at]);
    let field =
        |block: &str, name: &str| block.lines().find_map(|l| l.strip_prefix(name)).unwrap_or("").to_owned();
    whole
        .split("\n\n")
        .filter(|block| !block.trim().is_empty())
        .inspect(|block| {
            let known = |l: &str| ["id: ", "event: ", "data: ", "retry: "].iter().any(|p| l.starts_with(p));
            assert!(block.lines().all(known), "not a server-sent event: {block:?}");
        })
        .map(|block| (field(block, "id: "), field(block, "event: "), field(block, "data: ")))
        .filter(|(_, event, _)| !event.is_empty())
        .collect()
}
