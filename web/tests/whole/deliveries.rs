//! What people see of sending: a mail server that is down, what nobody knows, and whom to call.

#[path = "../../../notify/tests/receivers/mod.rs"]
mod receivers;

use std::time::{Duration, Instant};

use receivers::{Mails, is_clean};
use ward_desk::Role;
use ward_event::{Micros, books::Books, clock::Clock, time::Calendar};
use ward_notify::Sender;

use crate::common::{self, cases::Office, deliveries, people::Person, seed};

/// The page, once it says that.
async fn page_with(person: &Person, path: &str, words: &str) -> String {
    let begun = Instant::now();
    loop {
        let page = person.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        if page.body.contains(words) {
            return page.body;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{path} never says {words}:\n{}", page.body);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_is_shown_as_it_stands_and_a_person_decides_what_nobody_knows() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let served = common::serve_closed(seed::register(), Clock::system(), store.reader().clone()).await;
    let down = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let mut config = deliveries::config(down.port());
    deliveries::connect(&served.desk, config.clone());
    // The group is not among the sender's, so that the test alone tries it.
    config.channel.truncate(1);
    let beat = Duration::from_millis(10);
    let books = Books::new().expect("fresh books");
    let sender = Sender::new(served.desk.clone(), &config, Calendar::shanghai(), beat, &books);
    let office = Office::of(&served).await;
    let (analyst, leader) = (served.as_role(Role::Analyst).await, served.as_role(Role::Leader).await);
    let empty = analyst.get("/deliveries").await.body;
    assert!(empty.contains("没有未送达的消息") && empty.contains("尚无成功送达"), "{empty}");

    // What nobody knows: a person decides, once, and an analyst alone.
    let first = office.sent("h01", "关于核心业务系统的整改通知").await;
    deliveries::try_all(&served.desk).await;
    let notice = format!("/notices/{first}");
    let page = analyst.get(&notice).await.body;
    for words in ["已送达对方系统", "对方拒收", "400 invalid number", "结果不明，待人工决定", "可能已送达"]
    {
        assert!(page.contains(words), "{words}:\n{page}");
    }
    let id = page.split("结果不明，待人工决定").nth(1).and_then(|t| t.split("/deliveries/").nth(1));
    let id = id.and_then(|t| t.split('/').next()).expect("a form").to_owned();
    let settle = format!("/deliveries/{id}/settle");
    assert_eq!(leader.post(&settle, "act=again").await.status, 403);
    assert!(!leader.get(&notice).await.body.contains("/settle"), "and is offered to nobody else");
    assert_eq!(analyst.post(&settle, "act=perhaps").await.status, 422);
    let done = analyst.post(&settle, &format!("act=stop&notice={first}")).await;
    assert_eq!((done.status, done.header("location")), (303, format!("{notice}#deliveries").as_str()));
    assert!(analyst.get(&notice).await.body.contains("已停止"));
    assert_eq!(analyst.post(&settle, "act=again").await.status, 422, "it is settled");

    // A telephone that refuses, and a unit of which nobody is known, are to be called.
    let nobody = office.sent("h13", "关于边界防护的整改通知").await;
    let calls = analyst.get("/notices/calls").await.body;
    assert!(calls.contains("消息被退回或拒收") && calls.contains("名录中无可用联系方式"), "{calls}");
    let page = analyst.get(&format!("/notices/{nobody}")).await.body;
    assert!(page.contains("须电话通知"), "{page}");

    // The mail server is down: said, tried again by itself, and there once it is back.
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let running = tokio::spawn(sender.expect("a channel").run(async {
        let _ = stopped.await;
    }));
    let second = office.sent("h01", "关于弱口令的整改通知").await;
    let notice = format!("/notices/{second}");
    let page = page_with(&analyst, &notice, "Connection").await;
    assert!(page.contains("失败，待重试") && page.contains("未成功"), "{page}");
    let page = page_with(&leader, "/deliveries", "发送不畅，").await;
    assert!(page.contains("下次尝试"), "{page}");
    let english = analyst.get("/deliveries?lang=en").await.body;
    assert!(english.contains("Failed, to be tried again") && english.contains("Rectification notice"));
    let mails = Mails::at(&down.to_string()).await;
    served.desk_clock.advance(Micros(served.desk_clock.now().0 + 7_200_000_000));
    let begun = Instant::now();
    while mails.all().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "no letter");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = served.as_role(Role::Analyst).await;
    page_with(&again, &notice, "已送达对方系统").await;
    let letters = mails.all();
    assert_eq!(letters.len(), 1);
    is_clean(&letters[0].text());
    stop.send(()).expect("it runs");
    running.await.expect("joined").expect("no error");
    store.close().await;
    served.stop().await;
}
