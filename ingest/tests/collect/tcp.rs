use std::time::{Duration, Instant};

use tokio::{io::AsyncWriteExt, net::TcpStream};
use ward_event::books::Cause;
use ward_store::log::{Log, Topics, disk::DiskOptions};

use crate::support::{Site, line, loopback, sender, until};

async fn send(site: &Site, pieces: &[&[u8]]) {
    let mut stream = TcpStream::connect(site.address("syslog-tcp")).await.expect("connects");
    stream.set_nodelay(true).expect("set");
    for piece in pieces {
        stream.write_all(piece).await.expect("sent");
        stream.flush().await.expect("flushed");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stream.shutdown().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_framings_arrive_once_each_with_half_a_line_at_the_end() {
    let mut site = Site::start(loopback()).await;
    let counted = format!("{} {}", line(3).len(), line(3));
    let stream = format!("{}\n{}\r\n{counted}{}\n\n{}", line(1), line(2), line(4), line(5));
    let (a, rest) = stream.as_bytes().split_at(70);
    let (b, c) = rest.split_at(200);
    send(&site, &[a, b, c]).await;
    let records = site.wait_for(5).await;
    assert!(site.ready());
    let raws: Vec<_> = records.iter().map(|r| r.raw().to_owned()).collect();
    assert_eq!(raws, (1..6).map(line).collect::<Vec<_>>());
    assert!(records.iter().all(|r| !r.dead && r.json["ward"]["sender"] == "h01"));
    site.stop().await;
    let book = site.book("syslog-tcp");
    assert_eq!((book.r#in.get(), book.out.get(), book.dropped_total()), (6, 5, 1), "one empty line");
    assert_eq!((book.held.get(), book.residual()), (0, 0));
    let text = site.books.text().expect("text");
    assert!(
        text.contains(&format!(
            "cause=\"{}\",source=\"syslog-tcp\",stage=\"collect\"}} 1",
            Cause::Empty.name()
        ))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_too_long_is_a_dead_letter_and_the_next_one_is_found() {
    let site = Site::start(loopback()).await;
    let long = [b"<13>".to_vec(), vec![b'x'; 3 << 20], b"\n".to_vec(), line(1).into_bytes(), b"\n".to_vec()]
        .concat();
    send(&site, &[&long]).await;
    let records = site.wait_for(2).await;
    let dead = records.iter().find(|r| r.dead).expect("a dead letter");
    assert_eq!((dead.json["cause"].as_str(), dead.raw().len()), (Some("too_long"), 1 << 20));
    assert_eq!(dead.json["peer"], "127.0.0.1");
    let event = records.iter().find(|r| !r.dead).expect("an event");
    assert_eq!(event.raw(), line(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gb18030_line_is_kept_as_text() {
    let site = Site::start(loopback()).await;
    // 登录失败 in GB18030.
    let failed = [0xb5, 0xc7, 0xc2, 0xbc, 0xca, 0xa7, 0xb0, 0xdc];
    let text = [b"<134>Jan 31 08:00:00 his01 app: ".as_slice(), &failed, b"\n"].concat();
    send(&site, &[&text]).await;
    let records = site.wait_for(1).await;
    assert!(records[0].raw().ends_with("app: 登录失败"), "{}", records[0].raw());
    assert_eq!(records[0].json["ward"]["encoding"], "gb18030");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenant_field_becomes_the_tenant_of_the_event() {
    let mut collect = loopback();
    collect.tenant_field = "tenant".into();
    let site = Site::start(collect).await;
    send(&site, &[format!("{}\n", line(1)).as_bytes()]).await;
    let records = site.wait_for(1).await;
    assert_eq!(records[0].json["metadata"]["tenant_uid"], "t1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_stop_loses_nothing_that_was_sent() {
    let mut site = Site::start(loopback()).await;
    let to = site.address("syslog-tcp");
    let clients: Vec<_> = (0..8)
        .map(|client| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(to).await.expect("connects");
                for n in 0..2_000 {
                    stream
                        .write_all(format!("{}\n", line(client * 10_000 + n)).as_bytes())
                        .await
                        .expect("sent");
                }
                stream
            })
        })
        .collect();
    let mut open = Vec::new();
    for client in clients {
        open.push(client.await.expect("sent"));
    }
    // Everything is sent, some of it not yet read, and no connection is closed.
    site.stop().await;
    assert_eq!(site.records().await.len(), 16_000);
    assert_eq!(site.book("syslog-tcp").residual(), 0);
    drop(open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_said_with_sender_listener_and_address() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let mut collect = loopback();
    collect.syslog_tcp = taken.local_addr().ok();
    let config = ward_event::config::Config { collect: vec![collect], ..Default::default() };
    let dir = tempfile::tempdir().expect("a folder");
    let log =
        ward_store::log::disk::DiskLog::open(&dir.path().join("log"), Default::default()).expect("opens");
    let books = ward_event::books::Books::new().expect("books");
    let clock = ward_event::clock::Clock::system();
    let started =
        ward_ingest::collector::Collector::start(&config, std::sync::Arc::new(log), dir.path(), books, clock)
            .await;
    let error = started.err().expect("refused").to_string();
    let address = taken.local_addr().expect("bound");
    assert!(
        error.contains("sender h01") && error.contains("syslog-tcp") && error.contains(&address.to_string()),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_even_when_the_spool_takes_nothing_and_the_books_say_what_is_left() {
    let options = DiskOptions { quota_bytes: 1, ..DiskOptions::default() };
    let mut site = Site::start_with(loopback(), options).await;
    let log = site.log();
    let topic = ward_event::topic::Topic::events(&sender());
    let _reader = log.reader("test", Topics::Only(vec![topic])).await.expect("reads");
    let mut stream = TcpStream::connect(site.address("syslog-tcp")).await.expect("connects");
    let pump = tokio::spawn(async move {
        let block: String = (0..1_000).map(|n| line(n) + "\n").collect();
        while stream.write_all(block.as_bytes()).await.is_ok() {}
    });
    let book = site.book("syslog-tcp");
    until("back-pressure", || book.held.get() > 1_000).await;
    let began = Instant::now();
    site.stop().await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    pump.await.expect("ended");
    assert_eq!((book.out.get(), book.residual()), (0, 0));
    assert!(book.held.get() > 1_000);
}
