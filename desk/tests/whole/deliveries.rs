//! What is sent of a notice is intended with it: to whom, by which channel, and who is called instead.

use std::collections::BTreeSet;

use ward_desk::{
    Refusal,
    case::{
        CallOutcome, CallReason, CorrectionKind, NewCall, NewCorrection, Step,
        machine::{RungAct, RungState},
    },
    delivery::{Address, AfterCrash, Delivery, DeliveryState, Ended, LinkKind, Outcome, Shown, Subject},
};
use ward_event::alert::Level;

use crate::common::{
    START,
    cases::{ALL, Commission, connect, own, problem, unit},
    refusal,
};

async fn of(c: &Commission, notice: i64) -> Vec<Delivery> {
    let of = c.desk().deliveries().of(&ALL, LinkKind::Task, notice).await.expect("asked");
    of.into_iter().map(|(one, _)| one).collect()
}

/// Channel and receiver of each of a subject.
async fn told(c: &Commission, notice: i64, subject: Subject) -> BTreeSet<String> {
    let all = of(c, notice).await;
    let of_subject = all.iter().filter(|d| d.message.subject == subject);
    of_subject.map(|d| format!("{} {}", d.channel, d.address)).collect()
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

async fn called(c: &Commission) -> Vec<(String, Vec<CallReason>)> {
    let lines = c.desk().cases().to_call(&ALL).await.expect("asked");
    lines.into_iter().map(|l| (l.unit.to_string(), l.why.into_iter().collect())).collect()
}

const OWNER: [&str; 3] = ["mail mail:owner@h1.example", "mail mail:his@h1.example", "sms phone:13800000001"];

#[tokio::test]
async fn a_notice_is_sent_to_the_people_of_each_unit_and_who_cannot_be_told_is_called() {
    let c = Commission::at(START).await;
    connect(&c);
    let rows = vec![problem("h1", Level::High), problem("h2", Level::Low), problem("h3", Level::Low)];
    let notice = c.sent(rows).await;

    let all = of(&c, notice).await;
    let expected: Vec<&str> =
        OWNER.into_iter().chain(["mail mail:liaison@h2.example", "of h2 group", "all group"]).collect();
    assert_eq!(told(&c, notice, Subject::Rectification).await, set(&expected));
    assert_eq!(all.len(), expected.len());
    let due = c.row(notice, 1).await.due;
    for one in &all {
        assert_eq!(one.message.document.as_ref().map(|d| d.as_str()), Some("卫网安〔2026〕1号"));
        assert_eq!((one.state, one.tries), (DeliveryState::Waiting, 0));
        let unit = one.unit.as_ref().map(ToString::to_string);
        match one.channel.as_str() {
            "all" => assert_eq!((unit, one.message.deadline), (None, due), "the earliest of all"),
            "of h2" => assert_eq!(unit.as_deref(), Some("h2")),
            _ => assert!(one.address != Address::Group && one.person.contains(' '), "{one:?}"),
        }
    }
    // What belongs to several is the commission's; a unit has its own.
    let mine = c.desk().deliveries().list(&own("h2"), Shown::All).await.expect("asked");
    assert_eq!(mine.len(), 2);
    assert_eq!(refusal(c.step(&c.analyst, notice, Step::Send).await), Refusal::WrongState);
    assert_eq!(of(&c, notice).await.len(), all.len(), "what is refused sends nothing");

    // At once, not after the time to sign: nobody there was told, or perhaps nobody is there.
    let expected =
        [("h2".to_owned(), vec![CallReason::Stale]), ("h3".to_owned(), vec![CallReason::NoContact])];
    assert_eq!(called(&c).await, expected);
    let call = |outcome| NewCall {
        number: "0000-88".into(),
        person: "赵".into(),
        post: String::new(),
        outcome,
        said: String::new(),
        promised: None,
    };
    let cases = c.desk().cases();
    let by = c.by(&c.analyst, &ALL);
    cases.call(by, notice, &unit("h3"), call(CallOutcome::NoAnswer)).await.expect("a call");
    assert_eq!(called(&c).await.len(), 2, "nobody was reached");
    cases.call(by, notice, &unit("h3"), call(CallOutcome::Reached)).await.expect("a call");
    cases.opened(c.by(&c.other, &own("h2")), notice, &unit("h2")).await.expect("read");
    assert!(called(&c).await.is_empty(), "reached by telephone, or it has read it");
    let refused = c.desk().audit().search(&ward_desk::audit::Search::default()).await.expect("found");
    assert!(refused.iter().any(|e| e.detail.contains("no_contact")), "said in the audit");
}

#[tokio::test]
async fn supervision_and_corrections_are_sent_and_what_is_withdrawn_is_held_back() {
    let c = Commission::at(START).await;
    connect(&c);
    let notice = c.sent(vec![problem("h1", Level::High), problem("h2", Level::Low)]).await;
    let cases = c.desk().cases();
    let send_next = async |by| {
        cases.draft_rungs().await.expect("drafted");
        let rungs = c.detail(notice).await.rungs;
        let rung = rungs.iter().find(|r| r.state == RungState::Drafted).expect("a draft");
        cases.rung(c.by(by, &ALL), rung.id, rung.revision, RungAct::Send, "").await.expect("sent");
    };
    c.pass_days(8);
    send_next(&c.analyst).await;
    assert_eq!(told(&c, notice, Subject::Reminder).await, set(&OWNER), "its own people, and no group of all");
    c.pass_days(8);
    send_next(&c.leader).await;
    let above: Vec<&str> = OWNER.into_iter().chain(["mail mail:lead@h1.example"]).collect();
    assert_eq!(told(&c, notice, Subject::Supervision).await, set(&above));

    let propose = async |kind, of: Option<&str>, number: &str| {
        let new = NewCorrection {
            kind,
            unit: of.map(unit),
            text: "发文有误".into(),
            number: format!("卫网安〔2026〕{number}号"),
        };
        let revision = c.revision(notice).await;
        let id = cases.propose(c.by(&c.analyst, &ALL), notice, revision, new).await.expect("proposed");
        cases.approve(c.by(&c.leader, &ALL), id, true, "").await.expect("approved");
    };
    let before = of(&c, notice).await.len();
    propose(CorrectionKind::Correction, None, "91").await;
    let all = of(&c, notice).await;
    assert_eq!(all.len(), before + 6, "both units and both groups");
    let last = all.last().expect("one");
    assert_eq!(last.message.document.as_ref().map(|d| d.as_str()), Some("卫网安〔2026〕91号"));
    assert_eq!(last.message.deadline, None);

    propose(CorrectionKind::Withdrawal, Some("h2"), "92").await;
    let expected = ["mail mail:liaison@h2.example", "of h2 group"];
    assert_eq!(told(&c, notice, Subject::Withdrawal).await, set(&expected));
    for one in of(&c, notice).await.iter().filter(|d| d.unit == Some(unit("h2"))) {
        let waits = one.message.subject == Subject::Withdrawal;
        let state = if waits { DeliveryState::Waiting } else { DeliveryState::GivenUp };
        assert_eq!(one.state, state, "{one:?}");
    }
}

#[tokio::test]
async fn what_arrived_is_delivered_and_what_bounced_is_called() {
    let c = Commission::at(START).await;
    connect(&c);
    let notice = c.sent(vec![problem("h1", Level::High), problem("h2", Level::Low)]).await;
    let deliveries = c.desk().deliveries();
    let claimed = deliveries.claim(100).await.expect("claimed");
    let one =
        |address: &str| claimed.iter().find(|k| k.delivery.address.to_string() == address).expect("claimed");
    let part = async |name: &str| {
        let units = c.detail(notice).await.units;
        units.into_iter().find(|u| u.unit == unit(name)).expect("a part")
    };
    let group = claimed.iter().find(|k| k.delivery.channel == "of h2").expect("claimed");
    deliveries.ended(group, Ended::Sent("ok".into())).await.expect("written");
    assert_eq!(part("h2").await.delivered, None, "a group is nobody");
    deliveries.ended(one("mail:owner@h1.example"), Ended::Sent("250 ok".into())).await.expect("written");
    let h1 = part("h1").await;
    assert!(h1.delivered.is_some() && h1.read.is_none() && h1.signed.is_none() && h1.answered.is_none());
    c.place.pass(60);
    let bounce = one("mail:liaison@h2.example");
    deliveries.ended(bounce, Ended::Refused("550 no such user".into())).await.expect("written");
    assert_eq!(called(&c).await, [("h2".to_owned(), vec![CallReason::Stale, CallReason::Bounced])]);

    // A crash: where a person is asked, the try says that nobody knows.
    let unknown = deliveries.recover(|_| AfterCrash::Ask).await.expect("recovered");
    assert_eq!(unknown.len(), claimed.len() - 3);
    let asked = deliveries.of(&ALL, LinkKind::Task, notice).await.expect("asked");
    let (asked, tries) = asked.iter().find(|(d, _)| d.channel == "all").expect("the group's");
    assert_eq!((asked.state, tries.len(), tries[0].outcome), (DeliveryState::Ask, 1, Outcome::Unknown));
    let counts = deliveries.counts().await.expect("counted");
    assert!(counts.contains(&(DeliveryState::Ask, 3)) && counts.contains(&(DeliveryState::Failed, 1)));
    let channels = deliveries.channels().await.expect("asked");
    assert_eq!(channels.len(), 4);
    assert!(channels[0].last_sent.is_some() && channels[2].last_sent.is_none());
    deliveries.settle(&c.analyst, "10.0.0.1", asked.id, true).await.expect("again");
    assert_eq!(deliveries.claim(10).await.expect("claimed").len(), 1);
}

#[tokio::test]
async fn without_a_channel_nothing_is_intended_and_nobody_is_called_early() {
    let c = Commission::at(START).await;
    let notice = c.sent(vec![problem("h1", Level::High)]).await;
    assert!(of(&c, notice).await.is_empty() && called(&c).await.is_empty());
}
