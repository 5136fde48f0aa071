use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use ward_event::Format;
use ward_store::log::{Append, Log, Topics, disk::DiskOptions};

use crate::support::{Site, loopback, sender};

const NDJSON: (&str, &str) = ("Content-Type", "application/x-ndjson");

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(body).expect("written");
    packed.finish().expect("packed")
}

fn bulk(ids: std::ops::Range<u32>) -> String {
    ids.map(|id| {
        format!(
            "{{\"create\":{{\"_index\":\"logs\",\"_id\":\"{id}\"}}}}\n{{\"message\":\"m {id}\",\"n\":{id}}}\n"
        )
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_is_acknowledged_and_no_second_event_even_after_a_crash() {
    let mut site = Site::start(loopback()).await;
    let first = site.http("POST", "/_bulk", &[NDJSON], bulk(0..100).as_bytes()).await;
    let answer = first.json();
    assert_eq!((first.status, answer["errors"].as_bool()), (200, Some(false)));
    assert!(answer["items"].as_array().expect("items").iter().all(|i| i["create"]["status"] == 201));
    assert!(first.head.to_ascii_lowercase().contains("x-elastic-product: elasticsearch"));

    site.crash();
    site.up().await;
    let body = gzip(bulk(50..150).as_bytes());
    let again = site.http("POST", "/_bulk", &[NDJSON, ("Content-Encoding", "gzip")], &body).await;
    assert_eq!((again.status, again.json()["errors"].as_bool()), (200, Some(false)));
    assert_eq!(again.json()["items"].as_array().expect("items").len(), 100);

    site.stop().await;
    assert_eq!(site.records().await.len(), 150);
    let book = site.book("http");
    assert_eq!((book.r#in.get(), book.out.get(), book.dropped_total(), book.residual()), (100, 50, 50, 0));
    // And once more after a clean stop, from the files the ids are kept in.
    site.crash();
    site.up().await;
    site.http("POST", "/_bulk", &[NDJSON], bulk(0..150).as_bytes()).await;
    assert_eq!(site.records().await.len(), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_twice_in_a_request_is_one_event_and_one_without_an_id_is_always_one() {
    let site = Site::start(loopback()).await;
    let body = bulk(1..2) + &bulk(1..2) + "{\"index\":{}}\n{\"n\":1}\n{\"index\":{}}\n{\"n\":1}\n";
    let answer = site.http("POST", "/logs/_bulk", &[NDJSON], body.as_bytes()).await;
    assert_eq!((answer.status, answer.json()["errors"].as_bool()), (200, Some(false)));
    assert_eq!(site.records().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_fail_one_by_one_and_a_malformed_action_fails_the_request() {
    let site = Site::start(loopback()).await;
    let body = "{\"index\":{\"_index\":\"a\"}}\n{\"ok\":1}\n{\"index\":{\"_index\":\"a\"}}\n{not json\n\
                {\"delete\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"update\":{\"_id\":\"1\"}}\n{\"doc\":{}}\n";
    let answer = site.http("POST", "/_bulk", &[NDJSON], body.as_bytes()).await.json();
    let statuses: Vec<_> = answer["items"]
        .as_array()
        .expect("items")
        .iter()
        .flat_map(|i| i.as_object().expect("an item").iter().map(|(k, v)| (k.clone(), v["status"].as_u64())))
        .collect();
    let want = [("index", 201), ("index", 400), ("delete", 400), ("update", 400)];
    assert_eq!(statuses, want.map(|(k, s)| (k.to_owned(), Some(s))));
    let records = site.records().await;
    assert_eq!(records.iter().map(|r| r.dead).collect::<Vec<_>>(), [false, true], "kept as a dead letter");

    let bad = site.http("POST", "/_bulk", &[NDJSON], b"{\"index\":{}}\n{}\nnonsense\n").await;
    assert_eq!(bad.status, 400);
    assert!(String::from_utf8_lossy(&bad.body).contains("line [3]"));
    assert_eq!(site.records().await.len(), 2, "a request that is refused leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_and_broken_bodies_are_refused() {
    let site = Site::start(loopback()).await;
    let post = async |encoding: &str, body: &[u8]| {
        site.http("POST", "/ingest/jsonl", &[("Content-Encoding", encoding)], body).await.status
    };
    let bomb = gzip(&vec![b' '; 80 << 20]);
    assert_eq!(post("gzip", &bomb).await, 413);
    assert_eq!(post("gzip", &gzip(&bomb)).await, 200, "a bomb within is one bad line");
    assert_eq!(post("gzip", b"no gzip").await, 400);
    assert_eq!(post("gzip", &gzip(&[b'x'; 1_000])[..20]).await, 400);
    assert_eq!(post("br", b"x").await, 415);
    assert!(site.records().await.iter().all(|r| r.dead));
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_are_told_by_shape_or_pinned_and_lines_or_arrays_are_taken() {
    let mut collect = loopback();
    collect.bulk_formats.insert("plain".into(), Format::Jsonl);
    let site = Site::start(collect).await;
    let eve = r#"{"timestamp":"2026-01-31T08:00:00.000000+0000","event_type":"dns","src_ip":"10.0.0.1","dest_ip":"10.0.0.2","dns":{"type":"query","rrname":"a.example"}}"#;
    let body = format!(
        "{{\"index\":{{\"_index\":\"x\"}}}}\n{eve}\n{{\"index\":{{\"_index\":\"plain-1\"}}}}\n{eve}\n"
    );
    let answer = site.http("POST", "/_bulk", &[NDJSON], body.as_bytes()).await;
    assert_eq!(answer.json()["errors"], false);
    let answer = site.http("POST", "/ingest/eve", &[], format!("[{eve},\n {eve}]").as_bytes()).await;
    assert_eq!(answer.json()["taken"], 2);
    let answer = site.http("POST", "/ingest/syslog", &[], b"<13>one\n<13>two\n").await;
    assert_eq!(answer.json()["taken"], 2);
    let answer = site.http("PUT", "/notes/_doc/1", &[], b"{\"a\":1}").await;
    assert_eq!((answer.status, answer.json()["result"].as_str()), (201, Some("created")));
    let records = site.records().await;
    let formats: Vec<_> = records.iter().map(|r| r.json["ward"]["format"].as_str().expect("one")).collect();
    assert_eq!(formats, ["eve", "jsonl", "eve", "eve", "syslog", "syslog", "jsonl"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_ask_first_is_answered() {
    let site = Site::start(loopback()).await;
    let get = async |method: &str, path: &str| site.http(method, path, &[], b"").await;
    let who = get("GET", "/").await;
    assert!(who.json()["version"]["number"].as_str().is_some_and(|v| v.starts_with("8.")));
    assert!(who.head.to_ascii_lowercase().contains("x-elastic-product: elasticsearch"));
    assert_eq!(get("HEAD", "/").await.status, 200);
    assert_eq!(get("GET", "/_license").await.json()["license"]["status"], "active");
    assert_eq!(get("GET", "/_cluster/health").await.json()["status"], "green");
    assert_eq!(get("GET", "/_xpack").await.json()["license"]["mode"], "basic");
    assert_eq!(get("GET", "/_ilm/policy/filebeat").await.status, 404);
    assert_eq!(get("PUT", "/_ilm/policy/filebeat").await.json()["acknowledged"], true);
    assert_eq!(get("PUT", "/_index_template/filebeat-8").await.json()["acknowledged"], true);
    assert_eq!(get("POST", "/ingest/unknown").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let mut site = Site::start(loopback()).await;
    let mut idle = TcpStream::connect(site.address("http")).await.expect("connects");
    idle.write_all(b"GET / HTTP/1.1\r\nHost: ward\r\n\r\n").await.expect("sent");
    assert!(idle.read(&mut [0; 4_096]).await.expect("answered") > 0);
    let began = std::time::Instant::now();
    site.stop().await;
    assert!(began.elapsed() < std::time::Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_quota_pushes_http_back_drops_udp_and_ends_when_it_is_read() {
    let options = DiskOptions { quota_bytes: 1 << 20, segment_bytes: 4 << 20, ..DiskOptions::default() };
    let site = Site::start_with(loopback(), options).await;
    let log = site.log();
    // Unread means: unread by a group.
    let topic = ward_event::topic::Topic::events(&sender());
    let mut reader = log.reader("test", Topics::Only(vec![topic.clone()])).await.expect("reads");
    reader.commit(&[(topic.clone(), Default::default())].into()).await.expect("commits");
    let filling = Append { topic: topic.clone(), payload: vec![b' '; 1_020 << 10].into() };
    log.append(vec![filling]).await.expect("fits");

    let body: String =
        (0..100).map(|n| format!("{{\"n\":{n},\"text\":\"{}\"}}\n", "x".repeat(200))).collect();
    let refused = site.http("POST", "/ingest/jsonl", &[], body.as_bytes()).await;
    assert_eq!(refused.status, 429);
    assert_eq!(site.book("http").r#in.get(), 0, "it was never taken in");

    let udp = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let message = format!("<13>{}", "y".repeat(8_000));
    let book = site.book("syslog-udp");
    while book.dropped_total() == 0 {
        udp.send_to(message.as_bytes(), site.address("syslog-udp")).expect("sent");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let text = site.books.text().expect("text");
    assert!(text.contains("cause=\"quota_full\",source=\"syslog-udp\""));

    let end = log.ends().await.expect("ends")[&topic];
    let position = ward_store::log::Position { next: end, ..Default::default() };
    reader.commit(&[(topic, position)].into()).await.expect("commits");
    let mut status = 429;
    while status == 429 {
        status = site.http("POST", "/ingest/jsonl", &[], body.as_bytes()).await.status;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(status, 200);
    assert_eq!(site.book("http").out.get(), 100);
}
