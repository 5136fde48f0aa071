use std::time::Duration;

use tokio::net::UdpSocket;

use crate::support::{Site, line, loopback, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_datagram_is_a_message_the_empty_one_is_counted_and_the_largest_is_whole() {
    let mut site = Site::start(loopback()).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let to = site.address("syslog-udp");
    let largest = format!("<134>1 - h a - - - {}", "x".repeat(65_507 - 19));
    assert_eq!(largest.len(), 65_507, "RFC 768's largest over IPv4");
    for message in [line(1).as_bytes(), b"", b"<134>1 - h a - - - two\nlines\n", largest.as_bytes()] {
        socket.send_to(message, to).await.expect("sent");
    }
    let records = site.wait_for(3).await;
    let raws: Vec<_> = records.iter().map(|r| r.raw()).collect();
    assert_eq!(raws, [&line(1), "<134>1 - h a - - - two\nlines", &largest]);
    site.stop().await;
    let book = site.book("syslog-udp");
    assert_eq!((book.r#in.get(), book.out.get(), book.residual()), (4, 3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_datagram_is_stored_or_counted() {
    const SENT: u64 = 60_000;
    let mut site = Site::start(loopback()).await;
    let to = site.address("syslog-udp");
    let flood = tokio::task::spawn_blocking(move || {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        for n in 0..SENT {
            socket.send_to(line(n as usize).as_bytes(), to).expect("sent");
        }
    });
    flood.await.expect("sent");
    let book = site.book("syslog-udp");
    until("all datagrams", || book.r#in.get() == SENT).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    site.stop().await;
    assert_eq!((book.r#in.get(), book.residual(), book.held.get()), (SENT, 0, 0));
    assert_eq!(site.records().await.len() as u64, book.out.get());
    println!("of {SENT} datagrams the kernel dropped {}", book.dropped_total());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_export_without_its_template_is_kept_or_remembered_but_never_lost_in_silence() {
    let mut site = Site::start(loopback()).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    socket.send_to(b"no flow export", site.address("netflow")).await.expect("sent");
    let records = site.wait_for(1).await;
    assert!(records[0].dead && records[0].json["format"] == "netflow", "{records:?}");
    site.stop().await;
    assert_eq!(site.book("netflow").residual(), 0);
}
