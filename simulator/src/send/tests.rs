use std::{collections::BTreeSet, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};
use ward_event::Micros;

use super::*;
use crate::model::{Eve, Flow};

/// A batch with `count` numbered pieces for one unit and channel.
fn batch(unit: usize, channel: Channel, count: usize) -> Batch {
    let mut batch = Batch::default();
    for n in 0..count {
        let start = batch.begin();
        batch.bytes.extend_from_slice(format!("{{\"n\":{n:05}}}").as_bytes());
        batch.end(start, Micros(n as i64), unit, channel, 1);
    }
    batch
}

struct Bench {
    region: Region,
    counters: Arc<Counters>,
    stop: watch::Sender<bool>,
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let (stop, _) = watch::channel(false);
        let dir = tempfile::tempdir().expect("a folder");
        Self { region: Region::demo(), counters: Arc::default(), stop, dir }
    }

    fn unit(&self, test: impl Fn(&crate::model::Spec) -> bool) -> usize {
        self.region.units.iter().position(|u| test(u.spec)).expect("such a unit")
    }

    fn open(&self, unit: usize, listener: &str, address: &str, tls_ca: Vec<PathBuf>) -> Senders {
        let name = format!("{}/{listener}", self.region.sender_of(unit));
        let targets = Targets {
            endpoints: BTreeMap::from([(name, address.to_owned())]),
            tails: self.dir.path().into(),
            tls_ca,
        };
        Senders::open(&self.region, &targets, &self.counters, &self.stop.subscribe()).expect("opened")
    }

    async fn send(&self, senders: &mut Senders, batch: &Batch) {
        senders.put(batch, &batch.items, WhenFull::Wait).await;
        senders.flush().await;
    }

    fn stats(&self, channel: Channel) -> stats::ChannelStats {
        self.counters.read().channels[channel.name()]
    }
}

#[tokio::test]
async fn datagrams_arrive_one_by_one() {
    let bench = Bench::new();
    let unit = bench.unit(|s| s.flow == Flow::V9);
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    let address = socket.local_addr().expect("an address").to_string();
    let mut senders = bench.open(unit, "syslog-udp", &address, Vec::new());
    bench.send(&mut senders, &batch(unit, Channel::SyslogUdp, 50)).await;
    let mut buffer = [0; 100];
    for n in 0..50 {
        let length = socket.recv(&mut buffer).await.expect("a datagram");
        assert_eq!(buffer[..length], *format!("{{\"n\":{n:05}}}").as_bytes());
    }
    assert_eq!(bench.stats(Channel::SyslogUdp).sent, 50);
}

/// Reads `count` octet-counted messages.
async fn frames(stream: &mut (impl AsyncReadExt + Unpin), count: usize) -> Vec<String> {
    let mut all = Vec::new();
    while all.len() < count {
        let mut length = 0;
        loop {
            match stream.read_u8().await.expect("a byte") {
                b' ' => break,
                digit => length = length * 10 + usize::from(digit - b'0'),
            }
        }
        let mut message = vec![0; length];
        stream.read_exact(&mut message).await.expect("a message");
        all.push(String::from_utf8(message).expect("text"));
    }
    all
}

#[tokio::test]
async fn a_broken_tcp_connection_is_opened_again_and_nothing_comes_twice() {
    let bench = Bench::new();
    let unit = bench.unit(|s| s.id == "h01");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address").to_string();
    let mut senders = bench.open(unit, "syslog-tcp", &address, Vec::new());
    // More than two sockets' buffers hold, or the break would go unnoticed.
    let mut all = Batch::default();
    for n in 0..20_000 {
        let start = all.begin();
        all.bytes.extend_from_slice(format!("{n:05} {}", "x".repeat(1_000)).as_bytes());
        all.end(start, Micros(n), unit, Channel::SyslogTcp, 1);
    }
    senders.put(&all, &all.items, WhenFull::Wait).await;
    let (mut first, _) = listener.accept().await.expect("a connection");
    let mut seen = frames(&mut first, 100).await;
    drop(first);
    let (mut second, _) = listener.accept().await.expect("another connection");
    let flushed = tokio::spawn(async move {
        senders.flush().await;
        senders.close().await;
    });
    let mut rest = Vec::new();
    second.read_to_end(&mut rest).await.expect("the rest");
    flushed.await.expect("flushed");
    let mut bytes = rest.as_slice();
    while !bytes.is_empty() {
        seen.extend(frames(&mut bytes, 1).await);
    }
    let distinct: BTreeSet<_> = seen.iter().map(|m| &m[..5]).collect();
    assert_eq!(distinct.len(), seen.len(), "a message came twice");
    assert_eq!(distinct.last(), Some(&"19999"));
    let stats = bench.stats(Channel::SyslogTcp);
    assert_eq!((stats.sent, stats.connections), (20_000, 2));
    assert!(stats.retries >= 1);
}

/// A self-signed certificate for `localhost` (made for this test), and the key it goes with.
fn certificate() -> (rcgen::Certificate, rcgen::KeyPair) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    (params.self_signed(&key).expect("signed"), key)
}

async fn tls_server(
    certificate: &rcgen::Certificate,
    key: &rcgen::KeyPair,
) -> (String, tokio_rustls::TlsAcceptor, TcpListener) {
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a configuration");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address").to_string();
    (address, tokio_rustls::TlsAcceptor::from(Arc::new(config)), listener)
}

#[tokio::test]
async fn tls_trusts_the_given_certificate_and_no_other() {
    let bench = Bench::new();
    let unit = bench.unit(|s| s.tls);
    let (own, key) = certificate();
    let (address, acceptor, listener) = tls_server(&own, &key).await;
    let pem = |name: &str, text: String| {
        let path = bench.dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let right = pem("right.pem", own.pem());
    let mut senders = bench.open(unit, "syslog-tls", &address, vec![right]);
    let lines = batch(unit, Channel::SyslogTls, 20);
    senders.put(&lines, &lines.items, WhenFull::Wait).await;
    let (stream, _) = listener.accept().await.expect("a connection");
    let mut stream = acceptor.accept(stream).await.expect("a handshake");
    assert_eq!(frames(&mut stream, 20).await.len(), 20);

    let wrong = pem("wrong.pem", certificate().0.pem());
    let mut senders = bench.open(unit, "syslog-tls", &address, vec![wrong]);
    senders.put(&lines, &lines.items, WhenFull::Wait).await;
    let (stream, _) = listener.accept().await.expect("a connection");
    assert!(acceptor.accept(stream).await.is_err(), "a certificate that is not pinned was taken");
    bench.stop.send_replace(true);
    senders.close().await;
    assert_eq!(bench.stats(Channel::SyslogTls).dropped, 20);

    let none = pem("none.pem", "nothing here".into());
    assert!(tls::connector(&[none]).is_err());
}

/// Reads one request; gives path and body.
async fn request(stream: &mut TcpStream) -> (String, String) {
    let mut bytes = Vec::new();
    loop {
        stream.read_buf(&mut bytes).await.expect("bytes");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|l| l.strip_prefix("Content-Length: ")).expect("a length");
        if body.len() == length.parse::<usize>().expect("a number") {
            return (head.split(' ').nth(1).expect("a path").to_owned(), body.to_owned());
        }
    }
}

async fn answer(stream: &mut TcpStream, status: &str, body: &str) {
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.expect("answered");
}

#[tokio::test]
async fn bulk_sends_again_what_was_not_taken_under_the_same_id() {
    let bench = Bench::new();
    let unit = bench.unit(|s| s.id == "h01");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address").to_string();
    let mut senders = bench.open(unit, "http", &address, Vec::new());
    let documents = batch(unit, Channel::Bulk, 4);
    senders.put(&documents, &documents.items, WhenFull::Wait).await;
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let (path, first) = request(&mut stream).await;
    assert_eq!(path, "/_bulk");
    let item = |status: u16| format!("{{\"create\":{{\"_id\":\"x\",\"status\":{status}}}}}");
    let items = [201, 429, 409, 400].map(item).join(",");
    answer(&mut stream, "200 OK", &format!("{{\"took\":1,\"errors\":true,\"items\":[{items}]}}")).await;
    let (_, second) = request(&mut stream).await;
    let lines: Vec<&str> = first.lines().collect();
    assert_eq!(lines.len(), 8);
    assert_eq!(second.lines().collect::<Vec<_>>(), lines[2..4], "the same document under the same id");
    // Chunked, as some servers answer.
    let body = format!("{{\"errors\":false,\"items\":[{}]}}", item(201));
    let text = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        &body[..5],
        body.len() - 5,
        &body[5..]
    );
    stream.write_all(text.as_bytes()).await.expect("answered");
    senders.flush().await;
    let stats = bench.stats(Channel::Bulk);
    assert_eq!((stats.acknowledged, stats.refused, stats.sent, stats.connections), (3, 1, 3, 1));
}

#[tokio::test]
async fn eve_lines_are_posted_again_until_they_are_taken() {
    let bench = Bench::new();
    let unit = bench.unit(|s| s.eve == Eve::Http);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address").to_string();
    let mut senders = bench.open(unit, "http", &address, Vec::new());
    let lines = batch(unit, Channel::EveHttp, 3);
    senders.put(&lines, &lines.items, WhenFull::Wait).await;
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let (path, first) = request(&mut stream).await;
    assert_eq!((path.as_str(), first.lines().count()), ("/ingest/eve", 3));
    answer(&mut stream, "503 Service Unavailable", "").await;
    let (_, second) = request(&mut stream).await;
    assert_eq!(second, first);
    answer(&mut stream, "200 OK", "").await;
    senders.flush().await;
    let stats = bench.stats(Channel::EveHttp);
    assert_eq!((stats.acknowledged, stats.retries), (3, 1));
}

#[tokio::test]
async fn a_tailed_file_grows_and_what_nobody_listens_to_is_counted() {
    let bench = Bench::new();
    let unit = bench.unit(|s| s.eve == Eve::Tail);
    let mut senders = bench.open(unit, "none", "127.0.0.1:1", Vec::new());
    bench.send(&mut senders, &batch(unit, Channel::EveFile, 5)).await;
    bench.send(&mut senders, &batch(unit, Channel::EveFile, 5)).await;
    bench.send(&mut senders, &batch(unit, Channel::SyslogTcp, 7)).await;
    let path = tail_path(bench.dir.path(), bench.region.sender_of(unit));
    assert_eq!(std::fs::read_to_string(path).expect("a file").lines().count(), 10);
    assert_eq!(bench.stats(Channel::EveFile).acknowledged, 10);
    assert_eq!(bench.stats(Channel::SyslogTcp).dropped, 7);
}

#[tokio::test]
async fn a_full_queue_drops_and_counts_when_time_does_not_wait() {
    let bench = Bench::new();
    let unit = bench.unit(|s| s.id == "h01");
    // Nothing answers there: a port that was free a moment ago.
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        listener.local_addr().expect("an address").to_string()
    };
    let mut senders = bench.open(unit, "syslog-tcp", &address, Vec::new());
    let one = batch(unit, Channel::SyslogTcp, 10);
    for _ in 0..600 {
        senders.put(&one, &one.items, WhenFull::Drop).await;
    }
    assert!(bench.stats(Channel::SyslogTcp).dropped >= 10 * (600 - 514));
    bench.stop.send_replace(true);
    tokio::time::timeout(Duration::from_secs(5), senders.close()).await.expect("ends when stopped");
    assert_eq!(bench.stats(Channel::SyslogTcp).dropped, 6_000);
}
