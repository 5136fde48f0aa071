//! How fast events go from a socket to their durable append, and what one costs. A measure: it
//! asserts completeness only.

use std::time::Instant;

use tokio::{io::AsyncWriteExt, net::TcpStream};

use ward_store::log::{Log, Topics, disk::DiskOptions};

use crate::support::{Site, line, loopback, sender};

const LINES: usize = 400_000;

/// User and system time of this process, in seconds (`proc(5)`: fields 14 and 15, in ticks of 10 ms).
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, behind_name) = stat.rsplit_once(')').expect("a name");
    let ticks =
        behind_name.split_ascii_whitespace().skip(11).take(2).map(|t| t.parse::<f64>().expect("ticks"));
    ticks.sum::<f64>() / 100.0
}

/// Resident memory of this process, in MB.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|l| l.starts_with("VmRSS")).expect("a line");
    line.split_ascii_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("kB") / 1_024
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measure, to be run alone"]
async fn memory_stays_bounded_while_the_spool_takes_nothing() {
    let options = DiskOptions { quota_bytes: 1, ..DiskOptions::default() };
    let site = Site::start_with(loopback(), options).await;
    let log = site.log();
    let topic = ward_event::topic::Topic::events(&sender());
    let _reader = log.reader("test", Topics::Only(vec![topic])).await.expect("reads");
    let before = resident_mb();
    let to = site.address("syslog-tcp");
    let block: String = (0..1_000).map(|n| line(n) + "\n").collect();
    let block = std::sync::Arc::new(block);
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..200 {
        let block = block.clone();
        clients.spawn(async move {
            let mut stream = TcpStream::connect(to).await.expect("connects");
            // Every other one sends a message that never ends.
            let text = if client % 2 == 0 { block.as_bytes().to_vec() } else { vec![b'x'; 1 << 18] };
            while stream.write_all(&text).await.is_ok() {}
        });
    }
    let mut peak = before;
    for _ in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        peak = peak.max(resident_mb());
    }
    println!(
        "{before} MB before, {peak} MB at most with 200 clients against a full spool, their share included"
    );
    assert!(peak < 256);
    clients.abort_all();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measure, for an idle machine"]
async fn lines_over_tcp_to_the_durable_append() {
    let mut site = Site::start(loopback()).await;
    let block: String = (0..1_000).map(|n| line(n) + "\n").collect();
    let mut stream = TcpStream::connect(site.address("syslog-tcp")).await.expect("connects");
    let (began, cpu) = (Instant::now(), cpu_secs());
    for _ in 0..LINES / 1_000 {
        stream.write_all(block.as_bytes()).await.expect("sent");
    }
    stream.shutdown().await.expect("closed");
    let book = site.book("syslog-tcp");
    while book.out.get() < LINES as u64 {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_secs() - cpu);
    println!(
        "{LINES} lines of {} bytes: {:.0} lines/s, {:.2} µs CPU a line with the client's share",
        block.len() / 1_000,
        LINES as f64 / wall,
        cpu / LINES as f64 * 1e6
    );
    site.stop().await;
    assert_eq!(book.residual(), 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measure, for an idle machine"]
async fn documents_by_bulk_to_their_acknowledgement() {
    const REQUESTS: usize = 100;
    const DOCUMENTS: usize = 2_000;
    let site = Site::start(loopback()).await;
    let (began, cpu) = (Instant::now(), cpu_secs());
    for request in 0..REQUESTS {
        let body: String = (0..DOCUMENTS)
            .map(|n| {
                let id = request * DOCUMENTS + n;
                format!("{{\"create\":{{\"_index\":\"logs\",\"_id\":\"{id}\"}}}}\n{{\"message\":\"{}\",\"n\":{n}}}\n", "word ".repeat(20))
            })
            .collect();
        assert_eq!(site.http("POST", "/_bulk", &[], body.as_bytes()).await.status, 200);
    }
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_secs() - cpu);
    let total = (REQUESTS * DOCUMENTS) as f64;
    println!(
        "{total} documents, {DOCUMENTS} a request, one request at a time: {:.0}/s, {:.2} µs CPU each with the client's share",
        total / wall,
        cpu / total * 1e6
    );
    assert_eq!(site.book("http").out.get() as f64, total);
}
