//! Sending to real receivers: a mail server and a web server in the test, both of which fail when they are told to,
//! and a sender that is killed again and again.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

mod receivers;

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use receivers::{GREETING, Line, Mails, Opening, Web, is_clean};
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;
use ward_desk::{
    Desk, DeskError, Reach, Refusal, Role, Viewer,
    delivery::{
        Address, Delivery, DeliveryState, Document, Intent, LinkKind, Message, Shown, Subject, intend,
    },
};
use ward_event::{
    Micros, UnitId,
    books::Books,
    clock::Clock,
    delivery::{ChannelConfig, ChannelKind, DeliveryConfig, Security, Unknown},
    time::Calendar,
};
use ward_notify::Sender;

const SECRET: &str = "a secret that stands nowhere";

struct Place {
    dir: tempfile::TempDir,
    clock: Clock,
    desk: Desk,
}

impl Place {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = Clock::driven(Micros(1_795_000_000_000_000));
        let desk = Desk::open(dir.path(), clock.clone()).await.expect("a desk");
        Self { dir, clock, desk }
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its rights");
        path
    }

    fn config(&self, mails: &Mails, web: &Web) -> DeliveryConfig {
        let hook = |name: &str, kind: ChannelKind| ChannelConfig {
            name: name.into(),
            kind,
            url_file: self.file(
                &format!("{name}.url"),
                &format!("http://{}/{name}?key=1", web.address),
                0o600,
            ),
            secret_file: self.file(&format!("{name}.secret"), SECRET, 0o600),
            timeout_secs: 2,
            ..ChannelConfig::default()
        };
        let mail = ChannelConfig {
            name: "mail".into(),
            host: mails.address.ip().to_string(),
            port: mails.address.port(),
            tls: Security::None,
            from: "卫哨 <ward@commission.example>".into(),
            timeout_secs: 2,
            ..ChannelConfig::default()
        };
        DeliveryConfig {
            base: "https://ward.example/".into(),
            channel: vec![
                mail,
                hook("house", ChannelKind::Signed),
                hook("wecom", ChannelKind::WeCom),
                hook("dingtalk", ChannelKind::DingTalk),
                hook("feishu", ChannelKind::Feishu),
                hook("sms", ChannelKind::Sms),
            ],
            ..DeliveryConfig::default()
        }
    }

    fn sender(&self, config: &DeliveryConfig) -> tokio::task::JoinHandle<Result<(), DeskError>> {
        let beat = Duration::from_millis(10);
        let books = Books::new().expect("fresh books");
        let sender = Sender::new(self.desk.clone(), config, Calendar::shanghai(), beat, &books);
        tokio::spawn(sender.expect("channels").run(std::future::pending()))
    }

    async fn intend(&self, channel: &str, address: Address, id: i64) -> i64 {
        let intent = Intent {
            channel: channel.into(),
            address,
            message: Message {
                items: Vec::new(),
                subject: Subject::Rectification,
                document: Document::new("卫网安〔2026〕12号"),
                deadline: Some(Micros(1_795_300_000_000_000)),
                link: (LinkKind::Task, id),
            },
            person: String::new(),
            unit: UnitId::new("h1").ok(),
            occasion: "sent".into(),
        };
        let now = self.clock.now();
        let intended = self.desk.write(move |c| Box::pin(async move { intend(c, now, &intent).await }));
        intended.await.expect("intended")
    }

    async fn all(&self) -> Vec<Delivery> {
        self.desk.deliveries().list(&None, Shown::All).await.expect("a list")
    }

    /// Waits until each that is not settled was tried and waits for its next try.
    async fn tried(&self) -> Vec<Delivery> {
        for _ in 0..400 {
            let all = self.all().await;
            let open: Vec<_> = all.into_iter().filter(|d| d.state != DeliveryState::Sent).collect();
            if open.iter().all(|d| d.tries > 0 && d.state == DeliveryState::Waiting) {
                return open;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("not tried: {:?}", self.all().await);
    }

    /// Waits until nothing waits and nothing is under way; time passes meanwhile, an hour at a look.
    async fn settled(&self) -> Vec<Delivery> {
        for _ in 0..600 {
            let all = self.all().await;
            if all.iter().all(|d| !matches!(d.state, DeliveryState::Waiting | DeliveryState::Trying)) {
                return all;
            }
            self.clock.advance(Micros(self.clock.now().0 + 3_600_000_000));
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("not settled: {:?}", self.all().await);
    }
}

fn mail(n: usize) -> Address {
    Address::mail(&format!("it{n}@h1.example")).expect("an address")
}

fn phone() -> Address {
    Address::phone("13800000000").expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_channel_sends_in_its_format_and_nothing_but_what_it_may() {
    let (place, mails, web) = (Place::new().await, Mails::start().await, Web::start().await);
    let sender = place.sender(&place.config(&mails, &web));
    for (channel, address) in [
        ("mail", mail(1)),
        ("house", Address::Group),
        ("wecom", Address::Group),
        ("dingtalk", Address::Group),
        ("feishu", Address::Group),
        ("sms", phone()),
    ] {
        let id = place.intend(channel, address.clone(), 12).await;
        assert_eq!(place.intend(channel, address, 12).await, id, "intended once");
    }
    let all = place.settled().await;
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|d| d.state == DeliveryState::Sent && d.tries == 1), "{all:?}");
    let key = |channel: &str| all.iter().find(|d| d.channel == channel).expect("one").key.clone();

    let letter = &mails.all()[0];
    assert!(
        letter.data.contains(&format!("Message-ID: <{}@commission.example>", key("mail"))),
        "{}",
        letter.data
    );
    assert_eq!(letter.to, "it1@h1.example");
    is_clean(&letter.text());
    assert!(letter.text().contains("https://ward.example/tasks/12"), "{}", letter.text());

    let hooks = web.all();
    assert_eq!(hooks.len(), 5);
    for hook in &hooks {
        assert_eq!(hook.header("x-ward-delivery"), key(hook.channel()), "{}", hook.path);
        is_clean(&hook.text());
        assert!(!hook.body.contains(SECRET) && !hook.path.contains("secret"));
    }
    let hook = |channel: &str| hooks.iter().find(|h| h.channel() == channel).expect("one");
    assert!(hook("wecom").body.contains(r#""msgtype":"text""#));
    assert!(hook("dingtalk").path.contains("timestamp=1795") && hook("dingtalk").path.contains("&sign="));
    assert!(
        hook("feishu").body.contains(r#""msg_type":"text""#) && hook("feishu").body.contains(r#""sign":""#)
    );
    assert!(hook("sms").body.contains(&format!("\"out_id\":\"{}\"", key("sms"))));
    assert_eq!(hook("sms").header("authorization"), format!("Bearer {SECRET}"));
    let house = hook("house");
    assert!(house.header("x-ward-signature").starts_with("sha256="));
    for part in ["整改通知书（卫网安〔2026〕12号）", "\"number\":\"卫网安〔2026〕12号\"", "2026年11月2"]
    {
        assert!(house.body.contains(part), "{}", house.body);
    }
    sender.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_is_said_and_tried_again_and_nothing_is_lost() {
    let (place, mails, web) = (Place::new().await, Mails::start().await, Web::start().await);
    // Busy, then our own password refused, then down in the middle of a letter; 500, then no answer, then too many.
    mails.fail(&["451 try later", "535 authentication failed", "drop", "250"]);
    web.fail(&["500", "slow", "429"]);
    let sender = place.sender(&place.config(&mails, &web));
    place.intend("mail", mail(1), 1).await;
    place.intend("house", Address::Group, 2).await;
    let all = place.settled().await;
    assert!(all.iter().all(|d| d.state == DeliveryState::Sent), "{all:?}");
    assert_eq!(all.iter().map(|d| d.tries).collect::<Vec<_>>(), [4, 4], "each failure was one try");
    let keys: BTreeSet<String> = web.all().iter().map(|h| h.header("x-ward-delivery").to_owned()).collect();
    assert_eq!((web.all().len(), keys.len()), (4, 1), "every try carries the same key");

    mails.fail(&["550 no such user"]);
    web.robot(r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#);
    let bounced = place.intend("mail", mail(2), 3).await;
    place.intend("wecom", Address::Group, 4).await;
    place.intend("nowhere", Address::Group, 5).await;
    let state = async |id: i64| place.all().await.into_iter().find(|d| d.id == id).expect("kept");
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if state(bounced + 1).await.state == DeliveryState::Failed
            && !state(bounced + 2).await.said.is_empty()
        {
            break;
        }
    }
    let (bounce, robot, nowhere) = (state(bounced).await, state(bounced + 1).await, state(bounced + 2).await);
    assert_eq!((bounce.state, robot.state), (DeliveryState::Failed, DeliveryState::Failed));
    assert!(bounce.said.contains("no such user") && robot.said.contains("93000"), "{bounce:?} {robot:?}");
    assert!(nowhere.state != DeliveryState::Sent && nowhere.said.contains("no channel"), "{nowhere:?}");

    // A person sends it again, or ends it; nobody else does.
    let by = |role: Role| Viewer {
        account: None,
        name: "x".into(),
        role,
        reach: Reach::Region,
        within: None,
        may_write: true,
    };
    let settle = async |role: Role, id: i64, again: bool| {
        place.desk.deliveries().settle(&by(role), "10.0.0.1", id, again).await
    };
    let refused = settle(Role::Officer, bounced, true).await;
    assert!(matches!(refused, Err(DeskError::Refused(Refusal::NotAllowed))));
    settle(Role::Analyst, bounced, true).await.expect("again");
    settle(Role::Analyst, bounced + 2, false).await.expect("ended");
    let all = place.settled().await;
    let states: BTreeSet<_> = all.iter().map(|d| (d.id, d.state)).collect();
    assert!(states.contains(&(bounced, DeliveryState::Sent)), "{states:?}");
    assert!(states.contains(&(bounced + 2, DeliveryState::GivenUp)), "{states:?}");
    sender.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_crashes_in_the_middle_lose_nothing_and_send_nothing_unrecorded() {
    const ROUNDS: u64 = 50;
    let (place, mails, web) = (Place::new().await, Mails::start().await, Web::start().await);
    let mut config = place.config(&mails, &web);
    // The robots do not know the key: one is repeated by its setting, of the other a person is asked.
    config.channel.iter_mut().filter(|c| c.name == "wecom").for_each(|c| c.unknown = Some(Unknown::Repeat));
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |most: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % most
    };
    web.slow_by(Duration::from_millis(3));
    mails.slow_by(Duration::from_millis(3));
    for round in 0..ROUNDS {
        let sender = place.sender(&config);
        for n in 0..4_u64 {
            let id = i64::try_from(round * 10 + n).expect("small");
            let (channel, address) = match n {
                0 => ("mail", mail(usize::try_from(round).expect("small"))),
                1 => ("house", Address::Group),
                2 => ("wecom", Address::Group),
                _ => ("feishu", Address::Group),
            };
            place.intend(channel, address, id).await;
            tokio::time::sleep(Duration::from_micros(next(4_000))).await;
        }
        tokio::time::sleep(Duration::from_micros(next(30_000))).await;
        // Everything of it ends here, wherever it stands.
        sender.abort();
        assert!(sender.await.is_err_and(|e| e.is_cancelled()));
    }
    let sender = place.sender(&config);
    let all = place.settled().await;
    sender.abort();
    assert_eq!(all.len() as u64, ROUNDS * 4);
    let asked = all.iter().filter(|d| d.state == DeliveryState::Ask).count();
    for delivery in &all {
        let arrived = match delivery.channel.as_str() {
            "mail" => mails.all().iter().filter(|m| m.data.contains(&delivery.key)).count(),
            _ => web.all().iter().filter(|h| h.header("x-ward-delivery") == delivery.key).count(),
        };
        match delivery.state {
            // Who goes by the key sees it exactly once; without looking at it, at least once.
            DeliveryState::Sent => assert!(arrived >= 1, "lost: {delivery:?}"),
            DeliveryState::Ask => assert_eq!(delivery.channel, "feishu", "{delivery:?}"),
            other => panic!("{other:?}: {delivery:?}"),
        }
        assert!(arrived as i64 <= delivery.tries, "a try that was never written down: {delivery:?}");
    }
    let known: BTreeSet<&str> = all.iter().map(|d| d.key.as_str()).collect();
    for hook in web.all() {
        assert!(known.contains(hook.header("x-ward-delivery")), "a notice without its record: {}", hook.body);
    }
    let repeated = all.iter().filter(|d| d.tries > 1).count();
    eprintln!("{} deliveries, {repeated} tried again after a crash, {asked} to be asked", all.len());
    assert!(repeated > 0 && asked > 0, "no crash fell into the middle");
}

/// A server's own certificate, which is its own authority too.
struct Sealed {
    pem: String,
    acceptor: TlsAcceptor,
}

impl Sealed {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key =
            PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).expect("its key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("versions").with_no_client_auth();
        let config = builder.with_single_cert(vec![made.cert.der().clone()], key).expect("a pair");
        Self { pem: made.cert.pem(), acceptor: Arc::new(config).into() }
    }

    /// TLS from the first byte; then what the server says first.
    fn first(
        &self,
        greeting: &'static [u8],
    ) -> impl Fn(TcpStream) -> Opening + Send + Sync + Clone + 'static {
        let acceptor = self.acceptor.clone();
        move |socket| {
            let acceptor = acceptor.clone();
            Box::pin(async move {
                let mut socket = acceptor.accept(socket).await?;
                socket.write_all(greeting).await?;
                Ok(Box::new(socket) as Line)
            })
        }
    }

    /// In clear until STARTTLS; nothing else is listened to before.
    fn on_demand(&self) -> impl Fn(TcpStream) -> Opening + Send + Sync + Clone + 'static {
        let acceptor = self.acceptor.clone();
        move |socket| {
            let acceptor = acceptor.clone();
            Box::pin(async move {
                let mut clear = BufReader::new(socket);
                clear.write_all(GREETING).await?;
                let mut line = String::new();
                while !line.starts_with("STARTTLS") {
                    line.clear();
                    if clear.read_line(&mut line).await? == 0 {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                    let answer: &[u8] = match line.get(..4) {
                        Some("EHLO") => b"250-test\r\n250 STARTTLS\r\n",
                        Some("STAR") => b"220 go on\r\n",
                        _ => b"530 STARTTLS first\r\n",
                    };
                    clear.write_all(answer).await?;
                }
                Ok(Box::new(acceptor.accept(clear.into_inner()).await?) as Line)
            })
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_to_be_sealed_goes_to_who_is_known_and_never_in_clear() {
    let (own, other) = (Sealed::new(), Sealed::new());
    let place = Place::new().await;
    let (wrapped, started) = (
        Mails::opened("127.0.0.1:0", own.first(GREETING)).await,
        Mails::opened("127.0.0.1:0", own.on_demand()).await,
    );
    let (clear, web) = (Mails::start().await, Web::opened(own.first(b"")).await);
    let mut config = place.config(&wrapped, &web);
    let mail_by = |name: &str, tls, mails: &Mails, config: &DeliveryConfig| ChannelConfig {
        name: name.into(),
        tls,
        port: mails.address.port(),
        ..config.channel[0].clone()
    };
    let channels = [
        mail_by("wrapped", Security::Tls, &wrapped, &config),
        mail_by("started", Security::StartTls, &started, &config),
        mail_by("clear", Security::StartTls, &clear, &config),
    ];
    config.channel.splice(..1, channels);
    place.file("house.url", &format!("https://{}/house", web.address), 0o600);
    let sent = [("wrapped", mail(1)), ("started", mail(2)), ("house", Address::Group)];

    // Whose certificate nobody vouches for gets nothing.
    config.ca = place.file("ca.pem", &other.pem, 0o644);
    let sender = place.sender(&config);
    for (n, (channel, address)) in (1..).zip(sent) {
        place.intend(channel, address, n).await;
    }
    for refused in place.tried().await {
        assert!(refused.said.to_lowercase().contains("certificate"), "{refused:?}");
    }
    sender.abort();
    assert!(wrapped.all().is_empty() && started.all().is_empty() && web.all().is_empty());

    config.ca = place.file("ca.pem", &own.pem, 0o644);
    let sender = place.sender(&config);
    let all = place.settled().await;
    assert!(all.iter().all(|d| d.state == DeliveryState::Sent && d.tries == 2), "{all:?}");
    assert_eq!((wrapped.all().len(), started.all().len(), web.all().len()), (1, 1, 1));

    // A server without STARTTLS is not spoken to in clear.
    place.intend("clear", mail(3), 4).await;
    let unsealed = place.tried().await;
    assert_eq!(unsealed.len(), 1, "{unsealed:?}");
    assert!(unsealed[0].said.to_uppercase().contains("STARTTLS"), "{unsealed:?}");
    assert!(clear.all().is_empty());
    sender.abort();
}

#[tokio::test]
async fn secrets_lie_in_files_of_their_owner_alone_and_stay_there() {
    let (place, mails, web) = (Place::new().await, Mails::start().await, Web::start().await);
    let config = place.config(&mails, &web);
    let refused = |config: &DeliveryConfig| {
        let beat = Duration::from_secs(1);
        let books = Books::new().expect("fresh books");
        let sender = Sender::new(place.desk.clone(), config, Calendar::shanghai(), beat, &books);
        sender.err().map(|e| e.to_string())
    };
    assert_eq!(refused(&config), None);
    let open = place.file("open", SECRET, 0o644);
    let with = |path: &Path, change: fn(&mut ChannelConfig, PathBuf)| {
        let mut config = config.clone();
        change(&mut config.channel[1], path.to_owned());
        refused(&config).expect("refused")
    };
    assert!(with(&open, |c, path| c.secret_file = path).contains("chmod 600"));
    assert!(with(Path::new("/nowhere"), |c, path| c.secret_file = path).contains("/nowhere"));
    let bad = place.file("bad", "ftp://x", 0o600);
    assert!(with(&bad, |c, path| c.url_file = path).contains("no http"));
    assert!(with(Path::new(""), |c, path| c.secret_file = path).contains("no key"));
    let said = with(Path::new(""), |c, _| c.secret_env = "WARD_NO_SUCH_VARIABLE".into());
    assert!(
        said.contains("\"house\"") && said.contains("secret_env") && said.contains("WARD_NO_SUCH"),
        "{said}"
    );
    let mut config = config;
    config.channel[1].secret_env = "PATH".into();
    assert_eq!(refused(&config), None, "a variable is as good as a file");
    assert!(!format!("{config:?}").contains(SECRET), "a configuration can be logged");
}
