//! A collector on a folder of its own, and what came of it.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};
use ward_event::{
    SenderId,
    books::{Book, Books},
    clock::Clock,
    config::{Collect, Config},
    topic::{Topic, TopicKind},
};
use ward_ingest::collector::Collector;
use ward_store::log::{
    Log, Topics,
    disk::{DiskLog, DiskOptions},
};

const WAIT: Duration = Duration::from_secs(20);

pub(crate) struct Site {
    pub(crate) dir: TempDir,
    pub(crate) config: Config,
    pub(crate) books: Books,
    pub(crate) options: DiskOptions,
    log: Option<Arc<DiskLog>>,
    collector: Option<Collector>,
}

/// A record of the log.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) dead: bool,
    pub(crate) seq: u64,
    pub(crate) producer: String,
    pub(crate) json: serde_json::Value,
}

impl Record {
    /// The raw line of an event, the bytes of a dead letter.
    pub(crate) fn raw(&self) -> &str {
        let text = if self.dead { &self.json["bytes"] } else { &self.json["raw_data"] };
        text.as_str().unwrap_or_default()
    }
}

pub(crate) fn sender() -> SenderId {
    SenderId::new("h01").expect("an id")
}

/// All listeners of one sender on free ports.
pub(crate) fn loopback() -> Collect {
    Collect::loopback(sender(), false)
}

impl Site {
    pub(crate) async fn start(collect: Collect) -> Self {
        Self::start_with(collect, DiskOptions::default()).await
    }

    pub(crate) async fn start_with(collect: Collect, options: DiskOptions) -> Self {
        let config = Config { collect: vec![collect], ..Config::default() };
        let dir = tempfile::tempdir().expect("a folder");
        let books = Books::new().expect("books");
        let mut site = Self { dir, config, books, options, log: None, collector: None };
        site.up().await;
        site
    }

    /// Opens log and collector. A log that was dropped a moment ago may still be closing.
    pub(crate) async fn up(&mut self) {
        let by = Instant::now() + WAIT;
        let log = loop {
            match DiskLog::open(&self.dir.path().join("log"), self.options) {
                Ok(log) => break Arc::new(log),
                Err(error) => assert!(Instant::now() < by, "{error}"),
            }
            sleep(Duration::from_millis(20)).await;
        };
        self.books = Books::new().expect("books");
        let (books, clock) = (self.books.clone(), Clock::system());
        let collector = Collector::start(&self.config, log.clone(), self.dir.path(), books, clock).await;
        self.collector = Some(collector.expect("starts"));
        self.log = Some(log);
    }

    pub(crate) fn log(&self) -> Arc<DiskLog> {
        self.log.clone().expect("up")
    }

    /// Ends without a word, as far as a process can do that to itself.
    pub(crate) fn crash(&mut self) {
        self.collector = None;
        self.log = None;
    }

    /// Stops the collector; the log stays open.
    pub(crate) async fn stop(&mut self) {
        self.collector.take().expect("up").stop().await;
    }

    pub(crate) fn endpoints(&self) -> BTreeMap<String, String> {
        self.collector.as_ref().expect("up").endpoints()
    }

    pub(crate) fn ready(&self) -> bool {
        self.collector.as_ref().expect("up").readiness()()
    }

    pub(crate) fn address(&self, name: &str) -> SocketAddr {
        self.endpoints()[name].parse().expect("an address")
    }

    pub(crate) fn book(&self, name: &str) -> Book {
        self.books.book("collect", name)
    }

    /// Everything on the sender's topics by number. Asserts that numbers have no gap, and that
    /// one producer gave them.
    pub(crate) async fn records(&self) -> Vec<Record> {
        let log = self.log();
        let ends = log.ends().await.expect("ends");
        let total: u64 = ends.values().sum();
        let topics = Topics::Only(vec![Topic::events(&sender()), Topic::dead(&sender())]);
        let mut reader = log.follow(topics, BTreeMap::new()).await.expect("follows");
        let mut records = Vec::new();
        while (records.len() as u64) < total {
            for record in reader.poll(4_096, WAIT).await.expect("polls") {
                let json: serde_json::Value = serde_json::from_slice(&record.payload).expect("JSON");
                let dead = record.topic.kind() == TopicKind::Dead;
                let identity = if dead { &json } else { &json["ward"] };
                let seq = identity["seq"].as_u64().expect("a number");
                let producer = identity["producer"].as_str().expect("a producer").to_owned();
                records.push(Record { dead, seq, producer, json });
            }
        }
        records.sort_by_key(|r| r.seq);
        for pair in records.windows(2) {
            assert_eq!(pair[0].seq + 1, pair[1].seq, "numbers are contiguous");
            assert_eq!(pair[0].producer, pair[1].producer);
        }
        records
    }

    /// Waits until so many records are durable.
    pub(crate) async fn wait_for(&self, n: usize) -> Vec<Record> {
        let log = self.log();
        let by = Instant::now() + WAIT;
        loop {
            let total: u64 = log.ends().await.expect("ends").values().sum();
            if total >= n as u64 {
                return self.records().await;
            }
            assert!(Instant::now() < by, "{total} of {n} records");
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn http(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        request(self.address("http"), method, path, headers, body).await
    }
}

/// Waits until `ready` holds.
pub(crate) async fn until(what: &str, mut ready: impl FnMut() -> bool) {
    let by = Instant::now() + WAIT;
    while !ready() {
        assert!(Instant::now() < by, "waited for {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

pub(crate) async fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Response {
    let mut stream = TcpStream::connect(to).await.expect("connects");
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: ward\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).await.expect("sent");
    // A server that refuses a body early closes while we send: its answer still counts.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    Response { status, head, body: answer[end + 4..].to_vec() }
}

/// An RFC 5424 line.
pub(crate) fn line(n: usize) -> String {
    format!(
        "<134>1 2026-01-31T08:00:00.{:06}Z his01.example.org his-app 4242 LOGIN \
         [his@32473 tenant=\"t{}\" user=\"u{}\"] user u{} opened record {n} from 10.1.2.{}",
        n % 1_000_000,
        n % 3,
        n % 100,
        n % 100,
        n % 250
    )
}
