//! The server without a store: who is let in, and what a page shows that never had data.

use ward_event::{books::Books, clock::Clock};
use ward_web::WebError;

use crate::common::{
    self,
    http::{ask, get, live},
    seed,
};

/// Nobody listens on port 1 of loopback.
fn nowhere() -> clickhouse::Client {
    clickhouse::Client::default().with_url("http://127.0.0.1:1")
}

#[tokio::test]
async fn other_addresses_are_bound_with_tls_only() {
    let (_dir, _, desk) = common::desk(&Clock::system()).await;
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8600"] {
        let options = common::options(listen, seed::register(), Clock::system(), desk.clone());
        let refused =
            ward_web::serve(options, nowhere(), Books::new().expect("books")).err().expect("refused");
        assert!(matches!(refused, WebError::NotLoopback(_)) && refused.to_string().contains("tls_cert"));
    }
}

#[tokio::test]
async fn a_taken_address_is_said() {
    let server = common::serve(seed::register(), Clock::system(), nowhere()).await;
    let (at, desk) = (server.address().to_string(), server.desk.clone());
    let options = common::options(&at, seed::register(), Clock::system(), desk);
    let error = ward_web::serve(options, nowhere(), Books::new().expect("books")).err().expect("taken");
    assert!(error.to_string().contains(&server.address().to_string()), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn other_hosts_names_are_not_answered() {
    let server = common::serve(seed::register(), Clock::system(), nowhere()).await;
    for host in ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8600"] {
        let answer = ask(server.address(), "GET", "/", &[("Host", host)]).await;
        assert_eq!(answer.status, 421, "{host}");
        assert!(!answer.body.contains("<html"), "{host}");
    }
    let twice = [("Host", "localhost"), ("Host", "evil.example")];
    assert_ne!(ask(server.address(), "GET", "/", &twice).await.status, 200);
    assert_eq!(ask(server.address(), "GET", "/", &[("Host", "localhost:1")]).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn without_a_store_pages_say_so_and_still_work() {
    let server = common::serve(seed::register(), Clock::system(), nowhere()).await;
    let address = server.address();
    let overview = get(address, "/").await;
    assert_eq!(overview.status, 200);
    assert!(overview.body.contains("health-bad") && overview.body.contains("存储不可达"));
    assert!(overview.body.contains("云州市第一人民医院"), "the register is known without the store");
    assert!(!overview.body.contains("tile-ok"), "nothing is green without data");
    for path in ["/alerts", "/entities", "/hunt", "/alerts/x", "/events/h01.1/5"] {
        let answer = get(address, path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.body.contains("数据存储不可达") && answer.body.contains("重试"), "{path}");
    }
    assert_eq!(get(address, "/hospitals").await.status, 200);
    assert_eq!(get(address, "/hospitals/nobody").await.status, 404);
    assert_eq!(get(address, "/entities/").await.status, 404);
    let stream = live(address, None, 1).await;
    let data: serde_json::Value = serde_json::from_str(&stream[0].2).expect("JSON");
    assert_eq!(data["parts"]["rates"]["error"], "unreachable");
    assert_eq!(data["data_at"], 0);
    server.stop().await;
}

#[tokio::test]
async fn assets_are_kept_by_their_hash() {
    let server = common::serve(seed::register(), Clock::system(), nowhere()).await;
    let page = get(server.address(), "/nothing").await;
    assert_eq!(page.status, 404);
    let mut seen = 0;
    for part in page.body.split("\"/assets/").skip(1) {
        let path = format!("/assets/{}", part.split('"').next().expect("an address").replace("&#38;", "&"));
        let answer = get(server.address(), &path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("cache-control").contains("immutable"), "{path}");
        seen += 1;
    }
    assert!(seen >= 5);
    let plain = get(server.address(), "/assets/ward.css").await;
    assert_eq!(plain.header("cache-control"), "max-age=3600");
    assert_eq!(plain.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(get(server.address(), "/assets/..%2fCargo.toml").await.status, 404);
    assert!(get(server.address(), "/assets/licences.txt").await.body.contains("SIL OPEN FONT LICENSE"));
    server.stop().await;
}
