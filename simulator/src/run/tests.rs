use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};
use ward_event::time::Calendar;

use super::*;

/// Counts what arrives at listeners that stand for all collectors of the region.
#[derive(Default)]
struct Collectors {
    messages: AtomicU64,
    datagrams: AtomicU64,
    lines: AtomicU64,
    documents: AtomicU64,
}

async fn count_frames(mut stream: TcpStream, into: Arc<Collectors>) {
    let mut bytes = Vec::new();
    loop {
        let mut at = 0;
        while let Some(space) = bytes[at..].iter().position(|b| *b == b' ') {
            let length: usize =
                std::str::from_utf8(&bytes[at..at + space]).expect("text").parse().expect("a length");
            if bytes.len() < at + space + 1 + length {
                break;
            }
            at += space + 1 + length;
            into.messages.fetch_add(1, Ordering::Relaxed);
        }
        bytes.drain(..at);
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

async fn serve_http(mut stream: TcpStream, into: Arc<Collectors>) {
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        let head = loop {
            if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let length = text.lines().find_map(|l| l.strip_prefix("Content-Length: ")).expect("a length");
        let length: usize = length.parse().expect("a number");
        while bytes.len() < head + length {
            stream.read_buf(&mut bytes).await.expect("the body");
        }
        let lines = bytes[head..head + length].iter().filter(|b| **b == b'\n').count() as u64;
        if text.starts_with("POST /_bulk") {
            into.documents.fetch_add(lines / 2, Ordering::Relaxed);
        } else {
            into.lines.fetch_add(lines, Ordering::Relaxed);
        }
        bytes.drain(..head + length);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.expect("answered");
    }
}

impl Collectors {
    /// Opens one listener of each sort for the whole region; gives the endpoints.
    async fn open(self: &Arc<Self>, region: &Region) -> BTreeMap<String, String> {
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let http = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let mut endpoints = BTreeMap::new();
        for (sender, _) in &region.senders {
            for (name, address) in [
                ("syslog-tcp", tcp.local_addr()),
                ("http", http.local_addr()),
                ("syslog-udp", udp.local_addr()),
                ("netflow", udp.local_addr()),
            ] {
                endpoints.insert(format!("{sender}/{name}"), address.expect("an address").to_string());
            }
        }
        let into = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                tokio::spawn(count_frames(stream, Arc::clone(&into)));
            }
        });
        let into = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = http.accept().await {
                tokio::spawn(serve_http(stream, Arc::clone(&into)));
            }
        });
        let into = Arc::clone(self);
        tokio::spawn(async move {
            let mut buffer = vec![0; 2_000];
            while udp.recv(&mut buffer).await.is_ok() {
                into.datagrams.fetch_add(1, Ordering::Relaxed);
            }
        });
        endpoints
    }
}

fn options(
    region: &Arc<Region>,
    endpoints: BTreeMap<String, String>,
    dir: &std::path::Path,
    stop: watch::Receiver<bool>,
) -> Options {
    Options {
        region: Arc::clone(region),
        endpoints,
        tails: dir.join("tails"),
        tls_ca: Vec::new(),
        seed: 11,
        volume: 0.5,
        attacks: Attacks::Every(3_600_000_000),
        truth: Some(dir.join("truth.jsonl")),
        counters: Arc::default(),
        stop,
    }
}

#[derive(Clone, Default)]
struct Steps(Arc<Mutex<Vec<(&'static str, Micros)>>>);

impl Driver for Steps {
    fn receive(&mut self, at: Micros) -> Step<'_> {
        self.0.lock().expect("a lock").push(("receive", at));
        Box::pin(async { Ok(()) })
    }

    fn advance<'a>(&'a mut self, to: Micros, _: &'a Stats) -> Step<'a> {
        self.0.lock().expect("a lock").push(("advance", to));
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_hours_are_lived_step_by_step_and_all_of_it_arrives() {
    let region = Arc::new(Region::demo());
    let collectors = Arc::new(Collectors::default());
    let dir = tempfile::tempdir().expect("a folder");
    let (_stop, stopped) = watch::channel(false);
    let options = options(&region, collectors.open(&region).await, dir.path(), stopped);
    let from = Micros(Calendar::shanghai().day_start(20_670).0 + 7 * 3_600_000_000 + 3_000_000);
    let to = Micros(from.0 + 5 * 3_600_000_000 + 1_000_000);
    let steps = Steps::default();
    let done = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&done);
    let pace = Pace::Driven {
        from,
        to,
        step: 1_200_000_000,
        driver: Box::new(steps.clone()),
        progress: Box::new(move |n, of, _| seen.lock().expect("a lock").push((n, of))),
    };
    let stats = simulate(options, pace).await.expect("simulated");
    let made = expected(&region, from, to);
    let at = |name: &str| stats.channels[name];
    for (name, events) in &made {
        let one = at(name);
        assert_eq!(one.sent + one.dropped, *events, "{name}");
    }
    // No certificate was given: what belongs on TLS is counted, not sent elsewhere.
    assert_eq!(at("syslog-tls").sent, 0);
    assert_eq!(at("syslog-tcp").dropped, 0);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(collectors.messages.load(Ordering::Relaxed), at("syslog-tcp").sent);
    assert_eq!(collectors.documents.load(Ordering::Relaxed), at("bulk").acknowledged);
    assert_eq!(collectors.lines.load(Ordering::Relaxed), at("eve-http").acknowledged);
    assert!(collectors.datagrams.load(Ordering::Relaxed) > 100);
    let steps = steps.0.lock().expect("a lock");
    assert_eq!(steps.len(), 32, "16 steps, the last one short");
    assert!(steps.chunks(2).all(|s| s[0].0 == "receive" && s[1].0 == "advance" && s[0].1 == s[1].1));
    assert_eq!(steps[31].1, to);
    assert_eq!(done.lock().expect("a lock").last(), Some(&(16, 16)));
    let truth = std::fs::read_to_string(dir.path().join("truth.jsonl")).expect("a file");
    assert!((3..=7).contains(&truth.lines().count()), "{truth}");
}

/// What the generator makes of `[from, to)`, by channel.
fn expected(region: &Arc<Region>, from: Micros, to: Micros) -> BTreeMap<&'static str, u64> {
    let mut generator = Generator::new(
        Arc::clone(region),
        Volume { seed: 11, per_second: 0.5, inside: INSIDE_USUAL },
        Attacks::Every(3_600_000_000),
        from,
    );
    let (mut batch, mut truth) = (Batch::default(), Vec::new());
    let mut counts = BTreeMap::new();
    while generator.at() < to {
        generator.next(&mut batch, &mut truth);
        for item in batch.items.iter().filter(|i| from <= i.time && i.time < to) {
            *counts.entry(item.channel.name()).or_insert(0) += u64::from(item.events);
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_traffic_follows_the_clock_and_stops_when_told() {
    let region = Arc::new(Region::demo());
    let collectors = Arc::new(Collectors::default());
    let dir = tempfile::tempdir().expect("a folder");
    let (stop, stopped) = watch::channel(false);
    let mut options = options(&region, collectors.open(&region).await, dir.path(), stopped);
    options.volume = 400.0;
    let counters = Arc::clone(&options.counters);
    let running = tokio::spawn(simulate(options, Pace::now()));
    tokio::time::sleep(Duration::from_secs(4)).await;
    stop.send_replace(true);
    let stats = tokio::time::timeout(Duration::from_secs(5), running)
        .await
        .expect("ends")
        .expect("joined")
        .expect("simulated");
    let all = stats.sent() + stats.dropped();
    // By night a region is quieter, by day busier than its average; flows come in bundles.
    assert!((200..8_000).contains(&all), "{all} events in four seconds");
    assert_eq!(counters.read(), stats);
    let used: BTreeSet<_> = stats.channels.iter().filter(|(_, c)| c.sent > 0).map(|(n, _)| *n).collect();
    assert!(used.contains("syslog-tcp") && used.contains("netflow") && used.contains("eve-file"), "{used:?}");
}
