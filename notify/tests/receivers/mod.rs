//! Receivers: a mail server that speaks as much SMTP as a sender needs, and a web server. What they are told to
//! answer next they answer once; else they take everything.

#![allow(dead_code, clippy::expect_used, reason = "each user takes its part; a test")]

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// What a conversation is held over.
pub(crate) type Line = Box<dyn Duplex>;
pub(crate) type Opening = Pin<Box<dyn Future<Output = io::Result<Line>> + Send>>;

/// What happens on a connection before the first command: a greeting here, TLS elsewhere.
pub(crate) fn greeted(mut socket: TcpStream) -> Opening {
    Box::pin(async move {
        socket.write_all(GREETING).await?;
        Ok(Box::new(socket) as Line)
    })
}

pub(crate) const GREETING: &[u8] = b"220 test ESMTP\r\n";

#[derive(Default)]
struct Orders {
    next: VecDeque<String>,
    robot: Option<String>,
    slow: Duration,
}

impl Orders {
    fn take(orders: &Mutex<Self>) -> (Option<String>, Duration) {
        let mut orders = orders.lock().expect("orders");
        let slow = orders.slow;
        (orders.next.pop_front(), slow)
    }
}

pub(crate) struct Letter {
    pub to: String,
    pub data: String,
}

impl Letter {
    /// The subject and the body in clear.
    pub(crate) fn text(&self) -> String {
        let (head, body) = self.data.split_once("\r\n\r\n").expect("a head");
        let plain = |text: &str| {
            let text: String = text.split_whitespace().collect();
            STANDARD.decode(&text).map_or(text, |bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        let subject: String = head
            .split("=?utf-8?b?")
            .skip(1)
            .map(|part| plain(part.split("?=").next().unwrap_or("")))
            .collect();
        format!("{subject}\n{}", plain(body))
    }
}

pub(crate) struct Mails {
    pub address: SocketAddr,
    orders: Arc<Mutex<Orders>>,
    taken: Arc<Mutex<Vec<Arc<Letter>>>>,
}

impl Mails {
    pub(crate) async fn start() -> Self {
        Self::at("127.0.0.1:0").await
    }

    pub(crate) async fn at(address: &str) -> Self {
        Self::opened(address, greeted).await
    }

    pub(crate) async fn opened(
        address: &str,
        open: impl Fn(TcpStream) -> Opening + Send + Sync + Clone + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (orders, taken) = (Arc::new(Mutex::new(Orders::default())), Arc::new(Mutex::new(Vec::new())));
        let (told, kept) = (orders.clone(), taken.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (told, kept, open) = (told.clone(), kept.clone(), open.clone());
                // A sender that is gone ends a conversation; that is no fault of the server.
                tokio::spawn(async move { converse(open(socket).await?, &told, &kept).await });
            }
        });
        Self { address, orders, taken }
    }

    pub(crate) fn fail(&self, answers: &[&str]) {
        self.orders.lock().expect("orders").next.extend(answers.iter().map(|a| (*a).to_owned()));
    }

    pub(crate) fn slow_by(&self, slow: Duration) {
        self.orders.lock().expect("orders").slow = slow;
    }

    pub(crate) fn all(&self) -> Vec<Arc<Letter>> {
        self.taken.lock().expect("letters").clone()
    }
}

async fn converse(socket: Line, orders: &Mutex<Orders>, taken: &Mutex<Vec<Arc<Letter>>>) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    let (mut line, mut to) = (String::new(), String::new());
    loop {
        line.clear();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let upper = line.to_ascii_uppercase();
        if upper.starts_with("EHLO") {
            socket.write_all(b"250-test\r\n250 8BITMIME\r\n").await?;
        } else if upper.starts_with("RCPT") {
            to = line.split(['<', '>']).nth(1).unwrap_or("").to_owned();
            let (order, _) = Orders::take(orders);
            match order.as_deref() {
                Some("drop") => return Ok(()),
                Some(answer) if !answer.starts_with("250") => {
                    socket.write_all(format!("{answer}\r\n").as_bytes()).await?;
                }
                _ => socket.write_all(b"250 ok\r\n").await?,
            }
        } else if upper.starts_with("DATA") {
            socket.write_all(b"354 go on\r\n").await?;
            let mut data = String::new();
            while !data.ends_with("\r\n.\r\n") {
                if socket.read_line(&mut data).await? == 0 {
                    return Ok(());
                }
            }
            let data = data.trim_end_matches(".\r\n").to_owned();
            let slow = orders.lock().expect("orders").slow;
            tokio::time::sleep(slow).await;
            taken.lock().expect("letters").push(Arc::new(Letter { to: to.clone(), data }));
            tokio::time::sleep(slow).await;
            socket.write_all(b"250 taken\r\n").await?;
        } else if upper.starts_with("QUIT") {
            socket.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            socket.write_all(b"250 ok\r\n").await?;
        }
    }
}

pub(crate) struct Hook {
    pub path: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Hook {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }

    pub(crate) fn channel(&self) -> &str {
        self.path.trim_start_matches('/').split('?').next().unwrap_or("")
    }

    /// What a reader sees: the body without the key and the signature.
    pub(crate) fn text(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
        ["title", "number", "deadline", "link", "text", "content"]
            .iter()
            .map(|name| body[*name].to_string())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

pub(crate) struct Web {
    pub address: SocketAddr,
    orders: Arc<Mutex<Orders>>,
    taken: Arc<Mutex<Vec<Arc<Hook>>>>,
}

impl Web {
    pub(crate) async fn start() -> Self {
        Self::opened(|socket| Box::pin(async { Ok(Box::new(socket) as Line) })).await
    }

    pub(crate) async fn opened(open: impl Fn(TcpStream) -> Opening + Send + Sync + Clone + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (orders, taken) = (Arc::new(Mutex::new(Orders::default())), Arc::new(Mutex::new(Vec::new())));
        let (told, kept) = (orders.clone(), taken.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (told, kept, open) = (told.clone(), kept.clone(), open.clone());
                tokio::spawn(async move { answer(open(socket).await?, &told, &kept).await });
            }
        });
        Self { address, orders, taken }
    }

    pub(crate) fn fail(&self, answers: &[&str]) {
        self.orders.lock().expect("orders").next.extend(answers.iter().map(|a| (*a).to_owned()));
    }

    /// What it says instead of success, with status 200 as robots do.
    pub(crate) fn robot(&self, body: &str) {
        self.orders.lock().expect("orders").robot = Some(body.to_owned());
    }

    pub(crate) fn slow_by(&self, slow: Duration) {
        self.orders.lock().expect("orders").slow = slow;
    }

    pub(crate) fn all(&self) -> Vec<Arc<Hook>> {
        self.taken.lock().expect("hooks").clone()
    }
}

async fn answer(socket: Line, orders: &Mutex<Orders>, taken: &Mutex<Vec<Arc<Hook>>>) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    let mut line = String::new();
    socket.read_line(&mut line).await?;
    let path = line.split(' ').nth(1).unwrap_or("").to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        // A sender killed between connecting and writing has asked for nothing.
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let length = headers.iter().find(|(n, _)| n == "content-length").and_then(|(_, v)| v.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    socket.read_exact(&mut body).await?;
    let (order, slow) = Orders::take(orders);
    tokio::time::sleep(slow).await;
    let body = String::from_utf8_lossy(&body).into_owned();
    taken.lock().expect("hooks").push(Arc::new(Hook { path, headers, body }));
    tokio::time::sleep(slow).await;
    let robot = orders.lock().expect("orders").robot.clone();
    let said = robot.unwrap_or_else(|| r#"{"errcode":0,"code":0}"#.to_owned());
    let status = match order.as_deref() {
        Some("slow") => {
            tokio::time::sleep(Duration::from_secs(10)).await;
            "200 OK"
        }
        Some("500") => "500 Internal Server Error",
        Some("429") => "429 Too Many Requests",
        _ => "200 OK",
    };
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{said}", said.len());
    socket.write_all(head.as_bytes()).await
}

/// What a public channel must never carry.
pub(crate) fn is_clean(text: &str) {
    for word in ["CVE", "漏洞", "口令", "弱", "端口", "攻击", "10.", "192.168.", "SQL", "HIS"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    for part in text.split(|c: char| !(c.is_ascii_digit() || c == '.')) {
        assert!(part.parse::<std::net::IpAddr>().is_err(), "the address {part} in {text}");
    }
}
