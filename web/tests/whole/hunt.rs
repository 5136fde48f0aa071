//! The hunting page on the real engine: rows, counts, pivots, the table for spreadsheets, the tail, and
//! what is said when a query is wrong, too heavy, or the store is away.

use std::{net::SocketAddr, time::Duration};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ward_event::{Micros, clock::Clock};
use ward_store::Store;

use crate::common::{
    self,
    http::{Answer, ask, get},
    seed,
};

fn encode(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

async fn hunt(address: SocketAddr, query: &str, more: &str) -> Answer {
    get(address, &format!("/hunt?q={}{more}", encode(query))).await
}

fn rows(answer: &Answer) -> usize {
    answer.body.matches("<tr data-href=").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hunting_page_on_the_real_engine() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let now = Clock::system().now();
    seed::day(&store, now, 300).await;
    hostile(&store, now).await;
    let server = common::serve(seed::register(), Clock::system(), store.reader().clone()).await;
    let address = server.address();
    results_are_those_of_the_query(address).await;
    pages_go_on(address).await;
    faults_are_told(address).await;
    values_lead_on(address).await;
    completion_knows_fields_and_values(address).await;
    an_export_is_marked_and_computes_nothing(address).await;
    the_tail_tells_what_comes_in(address, &store).await;
    too_heavy_is_said(&store).await;
    store.close().await;
    let gone = hunt(address, "user:root", "").await;
    assert_eq!(gone.status, 503);
    assert!(
        gone.body.contains("数据存储不可达") && gone.body.contains("value=\"user:root\""),
        "the query is kept"
    );
    assert_eq!(get(address, "/hunt/export.csv?q=x").await.status, 503);
    server.stop().await;
}

/// What a spreadsheet would compute, what a page would run, and what reorders text.
const EVIL: &str = "=cmd|' /C calc'!A0<script>alert(1)</script>\"\r\n\u{202e}";

async fn hostile(store: &Store, now: Micros) {
    let evil = seed::quoted(EVIL);
    let (time, ms) = (seed::decimal(now.0 - 5_000_000), seed::decimal_ms(now.0 - 5_000_000));
    seed::run(
        store,
        &format!(
            "INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid,
             format, message, user_name, process_cmd_line, unmapped)
             VALUES ('h01', 'h01', 'evil', 1, {time}, {time}, {ms}, 'skewed', 3002, {evil}, {evil}, {evil}, {evil}, map({evil}, {evil}))"
        ),
    )
    .await;
}

async fn results_are_those_of_the_query(address: SocketAddr) {
    let all = hunt(address, "", "&range=24h").await;
    assert_eq!((all.status, rows(&all)), (200, 100));
    assert!(all.body.contains("class=\"hunt-total\">共 ") && all.body.contains("rel=\"next\""));
    assert!(all.body.contains("<h3 title=\"src_endpoint.ip\">"), "values of fields are counted");
    let some = hunt(address, "用户:wangfang AND unit:h05 class:身份认证", "&range=24h").await;
    let total =
        some.body.split("hunt-total\">共 ").nth(1).and_then(|t| t.split(' ').next()).expect("a count");
    assert_eq!(total, rows(&some).to_string(), "the histogram counts what is listed");
    assert!(
        rows(&some) > 3 && !some.body.contains("data-v=\"root\"") && !some.body.contains("data-v=\"h02\"")
    );
    let none = hunt(address, "user:nobody", "&range=24h").await;
    assert!(rows(&none) == 0 && none.body.contains("没有符合条件的日志"));
    let chosen = hunt(address, "", "&range=24h&cols=user,unmapped.TargetUserName&col=dst_port").await;
    assert!(
        chosen.body.contains("data-f=\"unmapped.TargetUserName\"")
            && chosen.body.contains(">TargetUserName</th>")
    );
    assert!(!chosen.body.contains("data-f=\"hospital\""));
    let opened = hunt(address, "", "&range=24h&top=unmapped.facility").await;
    assert!(opened.body.contains("<h3 title=\"unmapped.facility\">"));
    let english = hunt(address, "user:wangfang", "&range=24h&lang=en").await;
    assert!(english.body.contains(" found</b>") && english.body.contains("Authentication"));
}

async fn pages_go_on(address: SocketAddr) {
    let first = hunt(address, "format:syslog", "&range=24h").await;
    let next =
        first.body.split("rel=\"next\"").next().and_then(|b| b.rsplit("href=\"").next()).expect("a link");
    let next = next.split('"').next().expect("an address").replace("&#38;", "&");
    let second = get(address, &next).await;
    let ids = |answer: &Answer| {
        let ids = answer.body.split("<tr data-href=\"").skip(1).filter_map(|r| r.split('?').next());
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!((ids(&first).len(), ids(&second).len()), (100, 100), "{next}");
    assert!(ids(&first).iter().all(|id| !ids(&second).contains(id)), "no row twice");
}

async fn faults_are_told(address: SocketAddr) {
    let fault = hunt(address, "unit:h01 scr_ip:1", "").await;
    assert_eq!(fault.status, 400);
    assert!(fault.body.contains("<mark>scr_ip:</mark>") && fault.body.contains("是否为 src_ip？"));
    let open = hunt(address, "(a OR", "&lang=en").await;
    assert!(open.body.contains("A condition is missing here"));
    let evil = hunt(address, EVIL, "").await;
    assert!(!evil.body.contains("<script>alert") && !evil.body.contains('\u{202e}'));
    let cut = hunt(address, "", "&from=2020-01-01T00:00&to=2026-01-01T00:00").await;
    assert!(cut.status == 200 && cut.body.contains("最长 92 天"));
    for odd in [
        "&range=zzz&after=%00&cols=%FF,,x&top=%3Cx%3E",
        "&from=9999999-99",
        "&from=2026-01-02T00:00&to=2026-01-01T00:00",
    ] {
        assert_eq!(hunt(address, "", odd).await.status, 200, "{odd}");
    }
    assert_eq!(hunt(address, &"a ".repeat(3_000), "").await.status, 400);
}

async fn values_lead_on(address: SocketAddr) {
    let to = async |path: &str| {
        let answer = get(address, path).await;
        assert_eq!(answer.status, 303, "{path}");
        answer.header("location").to_owned()
    };
    let added = to(&format!(
        "/hunt/pivot?op=add&field=user.name&value={}&q=format%3Aeve&range=6h",
        encode("a \"b\\")
    ))
    .await;
    assert_eq!(
        added,
        format!("/hunt?q={}&range=6h", "format%3Aeve%20AND%20user.name%3A%22a%20%5C%22b%5C%5C%22")
    );
    let excluded = to("/hunt/pivot?op=exclude&field=src_ip&value=10.0.0.1&range=6h").await;
    assert_eq!(excluded, "/hunt?q=NOT%20src_ip%3A10.0.0.1&range=6h");
    let only = to("/hunt/pivot?op=only&field=host&value=x&q=a&range=6h").await;
    assert_eq!(only, "/hunt?q=host%3Ax&range=6h");
    // The former list of events.
    let old = to("/events?range=24h&format=eve&class=4001&hospital=h02").await;
    assert_eq!(old, "/hunt?q=hospital%3Ah02%20AND%20class%3A4001%20AND%20format%3Aeve&range=24h");
    let entity = to("/events?entity_type=account&entity=YZYY%5Cwangfang").await;
    assert_eq!(get(address, &entity).await.status, 200, "{entity}");
    assert!(entity.contains("account%3Awangfang"));
    // A row's page knows the hunt, and its values go on with it.
    let list = hunt(address, "user:wangfang", "&range=24h").await;
    let row = list.body.split("<tr data-href=\"").nth(1).and_then(|r| r.split('"').next()).expect("a row");
    let part = get(address, &format!("{}&part=1", row.replace("&#38;", "&"))).await;
    assert_eq!(part.status, 200);
    assert!(
        !part.body.contains("<html") && part.body.contains("/hunt?q=user%3Awangfang%20AND%20"),
        "{}",
        part.body
    );
    assert!(part.body.contains("unmapped.facility%3A4&#38;range=24h"));
    let alone = get(address, row.split('?').next().expect("a path")).await;
    assert!(
        alone.body.contains("/hunt?q=user.name%3Awangfang&#38;from="),
        "an event alone leads to a hunt around it"
    );
}

async fn completion_knows_fields_and_values(address: SocketAddr) {
    let offers = async |text: &str| {
        let answer = get(address, &format!("/hunt/complete?q={}&range=24h", encode(text))).await;
        let json: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        let texts = json["offers"].as_array().expect("offers").iter();
        (
            json["from"].as_u64().expect("a place"),
            texts.map(|o| o["text"].as_str().expect("text").to_owned()).collect::<Vec<_>>(),
        )
    };
    let (from, names) = offers("unit:h01 AND use").await;
    assert_eq!(from, 13);
    assert!(names.contains(&"user:".to_owned()), "{names:?}");
    let (from, names) = offers("源地").await;
    assert_eq!((from, names[0].as_str()), (0, "源地址:"));
    assert_eq!(offers("user:wang").await.1, ["wangfang "]);
    assert_eq!(offers("severity:hi").await.1, ["high "]);
    assert_eq!(offers("class:身份").await.1, ["身份认证 "]);
    assert!(offers("unit:中医").await.1.contains(&"h02 ".to_owned()));
    assert!(offers("nofield:x").await.1.is_empty() && offers("\"in quotes").await.1.is_empty());
}

async fn an_export_is_marked_and_computes_nothing(address: SocketAddr) {
    let answer =
        get(address, "/hunt/export.csv?q=producer%3Aevil&range=1h&cols=format,user,cmd,message").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/csv"));
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"ward-hunt-"));
    let body = answer.body;
    assert!(body.starts_with("\u{feff}\"卫哨导出"), "{body}");
    assert!(body.contains("producer:evil"), "the query is on the first line");
    assert!(body.contains(
        "\"time\",\"producer\",\"seq\",\"format\",\"user.name\",\"process.cmd_line\",\"message\",\"导出标记\""
    ));
    assert!(body.matches("\"'=cmd|").count() == 4 && !body.contains("\"=cmd"), "{body}");
    assert!(body.contains("共 1 行，完"));
    let all = get(address, "/hunt/export.csv?range=24h").await.body;
    let total: usize = all
        .rsplit("共 ")
        .next()
        .and_then(|t| t.split(' ').next())
        .and_then(|n| n.parse().ok())
        .expect("a count");
    assert!(total > 2_000 && all.lines().count() >= total + 3, "{total}");
    let marks: std::collections::BTreeSet<_> =
        all.lines().skip(2).filter_map(|l| l.rsplit(',').next()).collect();
    assert!(marks.len() >= total, "each row has a mark of its own");
    assert_eq!(get(address, "/hunt/export.csv?q=%28").await.status, 400);
}

async fn read_until(socket: &mut tokio::net::TcpStream, text: &mut String, wanted: &str) {
    let begun = tokio::time::Instant::now();
    let mut buffer = vec![0; 65_536];
    while !text.contains(wanted) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{wanted} did not come: {text}");
        let read = tokio::time::timeout(Duration::from_secs(10), socket.read(&mut buffer));
        let n = read.await.expect("in time").expect("bytes");
        assert!(n > 0, "the stream ended");
        text.push_str(&String::from_utf8_lossy(&buffer[..n]));
    }
}

async fn the_tail_tells_what_comes_in(address: SocketAddr, store: &Store) {
    let mut socket = tokio::net::TcpStream::connect(address).await.expect("connected");
    let path = format!("/hunt/tail?q={}", encode("user:root NOT unit:h02"));
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut text = String::new();
    read_until(&mut socket, &mut text, "event: beat").await;
    assert!(!text.contains("event: rows"), "what was there before is not told");
    let now = Clock::system().now();
    seed::events(store, Micros(now.0 - 1_000_000), now, 60, 70_000_000, false).await;
    read_until(&mut socket, &mut text, "event: rows").await;
    read_until(&mut socket, &mut text, "event: beat\ndata: {\"at\"").await;
    let told = text.matches("data-v=\\\"root\\\"").count();
    assert!(told > 0 && !text.contains("data-v=\\\"h02\\\"") && !text.contains("data-v=\\\"lihua\\\""));
    assert_eq!(get(address, "/hunt/tail?q=%28").await.status, 400);
    // Those who leave give their seats back: many may come one after the other.
    drop(socket);
    let mut buffer = vec![0; 1_024];
    for _ in 0..30 {
        let mut socket = tokio::net::TcpStream::connect(address).await.expect("connected");
        socket.write_all(request.as_bytes()).await.expect("sent");
        let n = socket.read(&mut buffer).await.expect("bytes");
        assert!(buffer[..n].starts_with(b"HTTP/1.1 200"));
        drop(socket);
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
}

async fn too_heavy_is_said(store: &Store) {
    let reader = store.reader().clone().with_setting("max_rows_to_read", "10");
    let server = common::serve(seed::register(), Clock::system(), reader).await;
    let heavy = hunt(server.address(), "user:root", "&range=24h").await;
    assert!(heavy.body.contains("查询超出上限") && heavy.body.contains("请缩小时间范围"), "{}", heavy.body);
    assert_eq!(heavy.body.matches("class=\"failed\"").count(), 3, "rows, counts and fields each say so");
    assert_eq!(ask(server.address(), "GET", "/hunt/export.csv", &[]).await.status, 503);
    server.stop().await;
}
