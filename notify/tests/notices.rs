//! A notice from its signature to its receivers: through the real desk and the real sender to a mail server and a web
//! server, which are also away and come back.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

#[path = "../../desk/tests/common/mod.rs"]
mod common;
mod receivers;

use std::{
    collections::BTreeSet, fs, net::SocketAddr, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc,
    time::Duration,
};

use common::{
    START,
    cases::{ALL, Commission, problem, unit},
};
use receivers::{Mails, Web, is_clean};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
};
use ward_desk::{
    DeskError,
    case::{CallReason, CorrectionKind, NewCorrection, NewRow},
    delivery::{Delivery, DeliveryState, LinkKind, Outcome, Try},
};
use ward_event::{
    Micros,
    alert::Level,
    books::Books,
    delivery::{ChannelConfig, ChannelKind, DeliveryConfig, Security},
    register::Register,
    time::Calendar,
};
use ward_notify::Sender;

const REGISTER: &str = r#"
    unit = [
      { id = "h1", name = "甲医院", kind = "hospital", contact = [
        { role = "责任人", name = "林清和", email = "owner@h1.example", confirmed = "2026-11-01" } ] },
      { id = "h2", name = "乙医院", kind = "hospital", contact = [
        { role = "责任人", name = "姜云帆", email = "owner@h2.example", confirmed = "2026-11-01" } ] },
    ]
"#;

/// A sender that can be stopped.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), DeskError>>,
    books: Books,
}

impl Running {
    fn start(c: &Commission, config: &DeliveryConfig) -> Self {
        let books = Books::new().expect("fresh books");
        let beat = Duration::from_millis(10);
        let sender = Sender::new(c.desk().clone(), config, Calendar::shanghai(), beat, &books);
        let (stop, stopped) = oneshot::channel();
        let run = sender.expect("channels").run(async {
            let _ = stopped.await;
        });
        Self { stop, task: tokio::spawn(run), books }
    }

    async fn stop(self) {
        self.stop.send(()).expect("it runs");
        self.task.await.expect("joined").expect("no error");
    }
}

fn file(c: &Commission, name: &str, text: &str) -> PathBuf {
    let path = c.place.dir.path().join(name);
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its rights");
    path
}

fn connect(c: &Commission, mails: SocketAddr, web: &Web, register: &str) -> DeliveryConfig {
    let mail = ChannelConfig {
        name: "mail".into(),
        host: mails.ip().to_string(),
        port: mails.port(),
        tls: Security::None,
        from: "卫哨 <ward@commission.example>".into(),
        timeout_secs: 2,
        ..ChannelConfig::default()
    };
    let house = ChannelConfig {
        name: "house".into(),
        kind: ChannelKind::Signed,
        url_file: file(c, "url", &format!("http://{}/house", web.address)),
        secret_file: file(c, "key", "a key"),
        timeout_secs: 2,
        ..ChannelConfig::default()
    };
    let base = "https://ward.example".into();
    let config = DeliveryConfig { base, channel: vec![mail, house], ..DeliveryConfig::default() };
    let register = Arc::new(Register::parse(register).expect("a register"));
    c.desk().deliveries().connect(config.clone(), watch::channel(register).1);
    config
}

fn rows() -> Vec<NewRow> {
    vec![problem("h1", Level::High), problem("h2", Level::Critical)]
}

async fn of(c: &Commission, notice: i64) -> Vec<(Delivery, Vec<Try>)> {
    c.desk().deliveries().of(&ALL, LinkKind::Task, notice).await.expect("asked")
}

/// Waits until it is as wanted; an hour passes at a look.
async fn until(c: &Commission, notice: i64, wanted: impl Fn(&Delivery, &[Try]) -> bool) {
    for _ in 0..400 {
        if of(c, notice).await.iter().all(|(d, tries)| wanted(d, tries)) {
            return;
        }
        c.place.clock.advance(Micros(c.place.clock.now().0 + 3_600_000_000));
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{:?}", of(c, notice).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_to_two_units_arrives_and_carries_nothing_but_what_it_may() {
    let (c, mails, web) = (Commission::at(START).await, Mails::start().await, Web::start().await);
    let config = connect(&c, mails.address, &web, REGISTER);
    let notice = c.sent(rows()).await;
    // Nothing has begun yet, and nothing can be lost any more: it is committed with the notice.
    assert_eq!(of(&c, notice).await.len(), 3);
    let due = c.row(notice, 2).await.due.expect("a deadline");
    let sender = Running::start(&c, &config);
    until(&c, notice, |d, _| d.state == DeliveryState::Sent).await;

    let letters = mails.all();
    let to: BTreeSet<&str> = letters.iter().map(|l| l.to.as_str()).collect();
    assert_eq!((letters.len(), to), (2, BTreeSet::from(["owner@h1.example", "owner@h2.example"])));
    for letter in &letters {
        let text = letter.text();
        is_clean(&text);
        assert!(text.contains("整改通知书（卫网安〔2026〕1号）"), "{text}");
        assert!(text.contains(&format!("https://ward.example/tasks/{notice}")), "{text}");
        assert!(text.contains("办理期限：2026年"), "{text}");
        assert!(!text.contains("弱口令") && !text.contains("123456"), "{text}");
    }
    let hooks = web.all();
    assert_eq!(hooks.len(), 1, "one group, one message");
    is_clean(&hooks[0].text());
    let body: serde_json::Value = serde_json::from_str(&hooks[0].body).expect("JSON");
    let local = jiff::Timestamp::from_microsecond(due.0 + 8 * 3_600_000_000).expect("a time");
    assert_eq!(body["deadline"], local.strftime("%Y年%m月%d日 %H:%M").to_string(), "the earliest");
    assert_eq!(body["number"], "卫网安〔2026〕1号");
    assert_eq!(body["link"], format!("https://ward.example/tasks/{notice}"));
    for part in c.detail(notice).await.units {
        assert!(part.sent.is_some() && part.delivered.is_some());
        assert!(part.read.is_none() && part.signed.is_none() && part.answered.is_none(), "five things");
    }
    let metrics = sender.books.text().expect("metrics");
    assert!(metrics.contains(r#"ward_delivery_tries_total{channel="mail",outcome="sent"} 2"#), "{metrics}");
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_is_down_is_said_and_gets_each_letter_once_when_it_is_back() {
    let (c, web) = (Commission::at(START).await, Web::start().await);
    // A port where nobody listens.
    let down = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let config = connect(&c, down, &web, REGISTER);
    let notice = c.sent(rows()).await;
    let sender = Running::start(&c, &config);
    let is_mail = |d: &Delivery| d.channel == "mail";
    until(&c, notice, |d, tries| {
        !is_mail(d) || tries.iter().filter(|t| t.outcome == Outcome::Later).count() > 1
    })
    .await;
    let stuck = c.desk().deliveries().channels().await.expect("asked");
    assert_eq!((stuck[0].stuck, stuck[0].last_sent), (2, None));
    assert!(!stuck[0].said.is_empty(), "why it fails is said");
    // One sender a desk: a second one waits, and begins nothing, until the first has stopped.
    let second = Running::start(&c, &config);
    let mails = Mails::at(&down.to_string()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let alone = second.books.text().expect("metrics");
    assert!(!alone.contains("ward_delivery_tries_total{"), "{alone}");
    sender.stop().await;
    until(&c, notice, |d, _| d.state == DeliveryState::Sent).await;
    let to: Vec<_> = mails.all().iter().map(|l| l.to.clone()).collect();
    assert_eq!(to.iter().collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(to.len(), 2, "each once");

    // One that bounces: its unit is called.
    mails.fail(&["550 no such user"]);
    let next = c.sent(vec![problem("h2", Level::Low)]).await;
    until(&c, next, |d, _| matches!(d.state, DeliveryState::Sent | DeliveryState::Failed)).await;
    let calls = c.desk().cases().to_call(&ALL).await.expect("asked");
    let call = calls.iter().find(|l| l.notice == next).expect("on the call list");
    assert!(call.unit == unit("h2") && call.why.contains(&CallReason::Bounced), "{call:?}");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_two_hundred_with_three_wrong_contacts_and_one_withdrawal() {
    const UNITS: usize = 200;
    let (c, mails, web) = (Commission::at(START).await, Mails::start().await, Web::start().await);
    let name = |n: usize| format!("u{n:03}");
    let units = (0..UNITS).map(|n| {
        let email = match n {
            7 => String::new(),
            8 => "not an address".to_owned(),
            _ => format!("owner@{}.example", name(n)),
        };
        format!(
            "[[unit]]\nid = '{0}'\nname = '{0}'\nkind = 'hospital'\n[[unit.contact]]\nrole = '责任人'\n\
             name = 'x'\nemail = '{email}'\nconfirmed = '2026-11-01'\n",
            name(n)
        )
    });
    let config = connect(&c, mails.address, &web, &units.collect::<String>());
    let notice = c.sent((0..UNITS).map(|n| problem(&name(n), Level::High)).collect()).await;
    assert_eq!(of(&c, notice).await.len(), UNITS - 2 + 1, "all whom mail can reach, and the group");

    // Withdrawn before it left: it never does.
    let cases = c.desk().cases();
    let new = NewCorrection {
        kind: CorrectionKind::Withdrawal,
        unit: Some(unit(&name(17))),
        text: "发文有误".into(),
        number: "卫网安〔2026〕99号".into(),
    };
    let revision = c.revision(notice).await;
    let id = cases.propose(c.by(&c.analyst, &ALL), notice, revision, new).await.expect("proposed");
    cases.approve(c.by(&c.leader, &ALL), id, true, "").await.expect("approved");
    mails.fail(&["550 no such user"]);
    let sender = Running::start(&c, &config);
    let over = [DeliveryState::Sent, DeliveryState::Failed, DeliveryState::GivenUp];
    until(&c, notice, |d, _| over.contains(&d.state)).await;
    sender.stop().await;

    let all = of(&c, notice).await;
    let (bounced, _) = all.iter().find(|(d, _)| d.state == DeliveryState::Failed).expect("one bounced");
    let bounced = bounced.unit.clone().expect("its unit");
    let calls = cases.unreached(Some(notice)).await.expect("asked");
    let called: BTreeSet<_> = calls.keys().map(|(_, unit)| unit.clone()).collect();
    assert_eq!(called, BTreeSet::from([unit(&name(7)), unit(&name(8)), bounced.clone()]));
    let mut to: Vec<_> = mails.all().iter().map(|l| (l.to.clone(), l.text().contains("撤回通知"))).collect();
    to.sort();
    let reached = |n: &usize| ![7, 8].contains(n) && unit(&name(*n)) != bounced;
    let expected: Vec<_> =
        (0..UNITS).filter(reached).map(|n| (format!("owner@{}.example", name(n)), n == 17)).collect();
    assert_eq!(to, expected, "each its own once, and who was left out only that");
}
