//! How fast lines go from a TCP socket to their durable append, and what a line costs. A measure:
//! it asserts completeness only.

use std::time::Instant;

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{Site, line, loopback};

const LINES: usize = 400_000;

/// User and system time of this process, in seconds (`proc(5)`: fields 14 and 15, in ticks of 10 ms).
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, behind_name) = stat.rsplit_once(')').expect("a name");
    let ticks =
        behind_name.split_ascii_whitespace().skip(11).take(2).map(|t| t.parse::<f64>().expect("ticks"));
    ticks.sum::<f64>() / 100.0
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
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    println!(
        "{LINES} lines of {} bytes: {:.0} lines/s, {:.2} µs CPU a line with the client's share, {peak}",
        block.len() / 1_000,
        LINES as f64 / wall,
        cpu / LINES as f64 * 1e6
    );
    site.stop().await;
    assert_eq!(book.residual(), 0);
}
