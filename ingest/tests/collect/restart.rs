use std::collections::HashSet;

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{Site, line, loopback};

#[tokio::test(flavor = "multi_thread")]
async fn numbers_go_on_without_a_gap_through_crashes_and_stops() {
    let mut site = Site::start(loopback()).await;
    let mut acknowledged = Vec::new();
    for life in 0..4_usize {
        // Traffic that is in the middle of things when the end comes.
        let to = site.address("syslog-tcp");
        let traffic = tokio::spawn(async move {
            let mut stream = TcpStream::connect(to).await.expect("connects");
            for n in 0.. {
                let text = if n % 10 == 0 { "\u{1}no syslog\n".into() } else { format!("{}\n", line(n)) };
                if stream.write_all(text.as_bytes()).await.is_err() {
                    break;
                }
                if n % 100 == 0 {
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
            }
        });
        for n in 0..20 {
            let body = format!("{{\"ack\":\"{life}-{n}\"}}\n");
            assert_eq!(site.http("POST", "/ingest/jsonl", &[], body.as_bytes()).await.status, 200);
            acknowledged.push(format!("{life}-{n}"));
        }
        if life == 2 {
            site.stop().await;
        }
        site.crash();
        traffic.await.expect("ended");
        site.up().await;
        // `records` asserts that the numbers are contiguous, and of one producer.
        let records = site.records().await;
        let stored: Vec<_> = records.iter().filter_map(|r| r.json["unmapped"]["ack"].as_str()).collect();
        let distinct: HashSet<_> = stored.iter().collect();
        assert_eq!(stored.len(), distinct.len(), "none twice");
        assert!(acknowledged.iter().all(|a| distinct.contains(&a.as_str())), "none lost");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_spool_begins_a_new_life_and_a_lost_checkpoint_does_not() {
    let mut site = Site::start(loopback()).await;
    let post = async |site: &Site| {
        assert_eq!(site.http("POST", "/ingest/jsonl", &[], b"{\"a\":1}\n").await.status, 200);
    };
    post(&site).await;
    post(&site).await;
    site.stop().await;
    let before = site.records().await[0].producer.clone();
    assert!(before.starts_with('p') && before.ends_with("-1") && before.len() == 15, "{before}");

    site.crash();
    let data = site.dir.path().to_path_buf();
    std::fs::remove_file(data.join("collect/h01/producer.json")).expect("removed");
    site.up().await;
    post(&site).await;
    let records = site.records().await;
    assert_eq!((records.len(), &records[2].producer), (3, &before));
    site.stop().await;

    site.crash();
    // The log may still be closing.
    while std::fs::remove_dir_all(data.join("log")).is_err() {
        tokio::task::yield_now().await;
    }
    site.up().await;
    post(&site).await;
    let records = site.records().await;
    assert_eq!(records[0].producer, before.replace("-1", "-2"));
    assert_eq!(records[0].seq, 1);
}
