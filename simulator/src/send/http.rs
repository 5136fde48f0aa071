//! A small HTTP/1.1 client (RFC 9112) with one kept connection, and the EVE lines that go over it.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::lane::Road;
use crate::emit::put;

/// A receiver that writes to disk before it answers may take its time.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// An answer to a bulk request names each item; more than this is not one.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// A connection to one server, opened when needed.
pub(super) struct Client {
    to: String,
    stream: Option<TcpStream>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// What a request came to.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

fn malformed(what: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, format!("an HTTP answer with {what}"))
}

impl Client {
    pub(super) fn new(to: String) -> Self {
        Self { to, stream: None, request: Vec::new(), answer: Vec::new() }
    }

    /// Posts a body and reads the answer. After an error the next request opens a new connection.
    pub(super) async fn post(
        &mut self,
        path: &str,
        kind: &str,
        body: &[u8],
        road: &Road,
    ) -> std::io::Result<Answer<'_>> {
        let stream = match &mut self.stream {
            Some(open) => open,
            none => {
                let new = TcpStream::connect(&self.to).await?;
                new.set_nodelay(true)?;
                road.counters().connected();
                none.insert(new)
            }
        };
        self.request.clear();
        put!(
            self.request,
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.to,
            body.len()
        );
        self.request.extend_from_slice(body);
        let exchange = async {
            stream.write_all(&self.request).await?;
            read_answer(stream, &mut self.answer).await
        };
        let result = timeout(ANSWER_WITHIN, exchange)
            .await
            .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
        match result {
            Ok(head) => {
                if !head.keep {
                    self.stream = None;
                }
                Ok(Answer { status: head.status, body: &self.answer[head.body..] })
            }
            Err(error) => {
                self.stream = None;
                Err(error)
            }
        }
    }
}

struct Head {
    status: u16,
    /// Where the body begins; it reaches to the end of the buffer.
    body: usize,
    keep: bool,
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    if buffer.len() > ANSWER_BYTES_MAX {
        return Err(malformed("too many bytes"));
    }
    match stream.read_buf(buffer).await? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Head> {
    buffer.clear();
    let body = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, buffer).await?;
    };
    let text = std::str::from_utf8(&buffer[..body]).map_err(|_| malformed("a head that is not text"))?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok());
    let status = status.ok_or_else(|| malformed("no status"))?;
    let (mut length, mut chunked, mut keep) = (None, false, true);
    for (name, value) in lines.filter_map(|l| l.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse::<usize>().ok(),
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => keep = !value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    if chunked {
        unchunk(stream, buffer, body).await?;
    } else {
        let length = length.unwrap_or(0);
        while buffer.len() < body + length {
            more(stream, buffer).await?;
        }
        buffer.truncate(body + length);
    }
    Ok(Head { status, body, keep })
}

/// Takes the chunk sizes out of a body that begins at `body` (RFC 9112 § 7.1), without trailers.
async fn unchunk(stream: &mut TcpStream, buffer: &mut Vec<u8>, body: usize) -> std::io::Result<()> {
    let mut at = body;
    loop {
        let line = loop {
            match buffer[at..].windows(2).position(|w| w == b"\r\n") {
                Some(end) => break end,
                None => more(stream, buffer).await?,
            }
        };
        let size = std::str::from_utf8(&buffer[at..at + line]).unwrap_or_default();
        let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
            .ok()
            .filter(|s| *s <= ANSWER_BYTES_MAX)
            .ok_or_else(|| malformed("a bad chunk"))?;
        while buffer.len() < at + line + 2 + size + 2 {
            more(stream, buffer).await?;
        }
        buffer.drain(at..at + line + 2);
        at += size;
        buffer.drain(at..at + 2);
        if size == 0 {
            buffer.truncate(at);
            return Ok(());
        }
    }
}

/// Whether a status says that the same request may succeed later.
pub(super) const fn try_later(status: u16) -> bool {
    status == 429 || status >= 500
}

/// Posts EVE lines to `/ingest/eve`, a chunk a request.
pub(super) async fn run(mut road: Road, to: String) {
    let mut client = Client::new(to);
    let mut body = Vec::new();
    while let Some(chunk) = road.next().await {
        body.clear();
        for (line, _) in chunk.pieces() {
            body.extend_from_slice(line);
            body.push(b'\n');
        }
        loop {
            let why = match client.post("/ingest/eve", "application/x-ndjson", &body, &road).await {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    road.counters().sent(chunk.events, body.len());
                    road.counters().acknowledged(chunk.events);
                    road.recovered();
                    break;
                }
                Ok(answer) if !try_later(answer.status) => {
                    tracing::warn!(status = answer.status, "EVE lines were refused");
                    road.counters().refused(chunk.events);
                    break;
                }
                Ok(answer) => format!("status {}", answer.status),
                Err(error) => error.to_string(),
            };
            if !road.back_off(&why).await {
                road.gave_up(chunk.events);
                break;
            }
        }
    }
}
