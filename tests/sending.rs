//! `ward up` sends, and is killed in the middle again and again: nothing that was intended is lost, nothing goes out
//! without its record, and who goes by the key sees each once.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

#[path = "../notify/tests/receivers/mod.rs"]
mod receivers;
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use receivers::{Mails, Web};
use support::{
    PATIENCE, Ward,
    oracle::{Rng, env},
    ward,
};
use ward_desk::{
    Desk,
    delivery::{
        Address, Delivery, DeliveryState, Document, Intent, LinkKind, Message, Shown, Subject, intend,
    },
};
use ward_event::{
    UnitId,
    clock::Clock,
    config::Config,
    delivery::{ChannelConfig, ChannelKind, DeliveryConfig, Security},
};

/// Puts the channels into the configuration that `ward up` wrote.
fn configure(dir: &Path, mails: &Mails, web: &Web) {
    let secret = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its rights");
        path
    };
    let mail = ChannelConfig {
        name: "mail".into(),
        host: mails.address.ip().to_string(),
        port: mails.address.port(),
        tls: Security::None,
        from: "ward@commission.example".into(),
        timeout_secs: 5,
        ..ChannelConfig::default()
    };
    let house = ChannelConfig {
        name: "house".into(),
        kind: ChannelKind::Signed,
        url_file: secret("url", &format!("http://{}/house", web.address)),
        secret_file: secret("key", "a key"),
        timeout_secs: 5,
        ..ChannelConfig::default()
    };
    let path = dir.join("ward.toml");
    let mut config: Config =
        toml::from_str(&fs::read_to_string(&path).expect("a configuration")).expect("TOML");
    let base = "https://ward.example".into();
    config.delivery = DeliveryConfig { base, channel: vec![mail, house], ..DeliveryConfig::default() };
    fs::write(path, toml::to_string(&config).expect("TOML")).expect("written");
}

/// What a notice's sending would commit, while nothing runs.
async fn put(dir: &Path, round: i64, each: i64) {
    let desk = Desk::open(dir, Clock::system()).await.expect("the desk");
    let now = desk.clock().now();
    let intents = (0..each).flat_map(|n| {
        let message = Message {
            items: Vec::new(),
            subject: Subject::Rectification,
            document: Document::new("卫网安〔2026〕12号"),
            deadline: None,
            link: (LinkKind::Task, round * 100 + n),
        };
        let mail = Address::mail(&format!("it{n}@h1.example")).expect("an address");
        [("mail", mail), ("house", Address::Group)].map(|(channel, address)| Intent {
            channel: channel.into(),
            address,
            message: message.clone(),
            person: String::new(),
            unit: UnitId::new("local").ok(),
            occasion: "sent".into(),
        })
    });
    let intents: Vec<Intent> = intents.collect();
    let work = desk.write(move |c| {
        Box::pin(async move {
            for intent in &intents {
                intend(c, now, intent).await?;
            }
            Ok(())
        })
    });
    work.await.expect("intended");
    desk.close().await;
}

async fn all(dir: &Path) -> Vec<Delivery> {
    let desk = Desk::open(dir, Clock::system()).await.expect("the desk");
    let all = desk.deliveries().list(&None, Shown::All).await.expect("a list");
    desk.close().await;
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn chaos_sending_survives_kills_and_each_is_seen_once() {
    const EACH: i64 = 4;
    // What is asked for at the end is a list of 500 at most.
    let rounds = i64::try_from(env("WARD_ROUNDS", 6).min(60)).expect("few");
    let mut rng = Rng(env("WARD_SEED", 20_261_121));
    let (mails, web) = (Mails::start().await, Web::start().await);
    let dir = tempfile::tempdir().expect("a folder");
    let mut up = Ward::up(dir.path());
    up.stop();
    configure(dir.path(), &mails, &web);
    let slow = Duration::from_millis(40);
    mails.slow_by(slow);
    web.slow_by(slow);
    let arrived = || (mails.all().len() + web.all().len()) as u64;
    for round in 0..rounds {
        put(dir.path(), round, EACH).await;
        let before = arrived();
        up.restart();
        let enough = before + rng.below(6);
        let begun = Instant::now();
        while arrived() < enough {
            assert!(begun.elapsed() < PATIENCE, "nothing is sent:\n{}", up.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(rng.below(60))).await;
        up.kill();
    }
    up.restart();
    let begun = Instant::now();
    while !all(dir.path()).await.iter().all(|d| d.state == DeliveryState::Sent) {
        assert!(begun.elapsed() < PATIENCE, "not sent: {:?}\n{}", all(dir.path()).await, up.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (_, metrics) = up.get("metrics", "/metrics");
    assert!(metrics.contains("ward_delivery_tries_total{") && metrics.contains("ward_delivery_held{"));
    up.stop();

    let all = all(dir.path()).await;
    assert_eq!(all.len(), usize::try_from(rounds * EACH * 2).expect("few"));
    let mut seen: BTreeMap<String, i64> = BTreeMap::new();
    for letter in mails.all() {
        let id = letter.data.lines().find_map(|l| l.strip_prefix("Message-ID: <")).expect("a Message-ID");
        *seen.entry(id.split('@').next().expect("a key").to_owned()).or_default() += 1;
    }
    for hook in web.all() {
        *seen.entry(hook.header("x-ward-delivery").to_owned()).or_default() += 1;
    }
    let keys: BTreeSet<&str> = all.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(
        seen.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        keys,
        "each, and nothing unrecorded"
    );
    for one in &all {
        assert!(seen[&one.key] <= one.tries, "a try that was never written down: {one:?}");
    }
    let repeated = all.iter().filter(|d| d.tries > 1).count();
    eprintln!("{} deliveries over {rounds} kills, {repeated} tried again", all.len());
    assert!(repeated > 0, "no kill fell into the middle");
}

#[test]
fn a_wrong_channel_is_called_by_its_key_before_anything_starts() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("ward.toml");
    fs::write(
        &path,
        "[delivery]\nbase = 'https://w.example'\n[[delivery.channel]]\nname = 'm'\nfrom = 'a@b.c'\n",
    )
    .expect("written");
    let (ok, _, err) = ward(&["up", "--config", &path.display().to_string(), "--ports", "auto"]);
    assert!(!ok && err.contains("delivery.channel \"m\": host is missing"), "{err}");
}
