//! Reminders on a clock that the test moves: one message a unit and working day, over a restart; at night the critical.

use std::collections::BTreeSet;

use ward_desk::{
    case::{Draft, NoticeKind},
    delivery::{Delivery, LinkKind, Shown, Subject},
    incident::IncidentAct,
};
use ward_event::{Micros, alert::Level, time::MICROS_PER_HOUR};

use crate::common::cases::{ALL, Commission, at, connect, draft, own, problem, unit};

/// 2026-10-08, the Thursday after National Day; the Saturday then is worked.
const THURSDAY: i32 = 20_734;

/// The digests there are, oldest first.
async fn digests(c: &Commission) -> Vec<Delivery> {
    let mut all = c.desk().deliveries().list(&ALL, Shown::All).await.expect("asked");
    all.retain(|d| d.message.subject == Subject::Digest);
    all.reverse();
    all
}

/// How many units were reminded at a moment.
async fn reminded(c: &Commission, moment: Micros) -> usize {
    c.place.clock.advance(moment);
    c.desk().cases().remind().await.expect("reminded")
}

fn minute(day: i32, hour: i64, minute: i64) -> Micros {
    Micros(at(day, hour).0 + minute * MICROS_PER_HOUR / 60)
}

#[tokio::test]
async fn friday_evening_before_a_worked_saturday_and_a_restart_in_the_middle() {
    let mut c = Commission::at(at(THURSDAY, 10)).await;
    connect(&c);
    // Three working days from Thursday end on Monday: Friday and Saturday are worked.
    let first = c.sent(vec![problem("h1", Level::High), problem("h2", Level::Low)]).await;
    let second = c.sent(vec![problem("h1", Level::High)]).await;
    for notice in [first, second] {
        c.sign(notice, "h1", &c.officer, ward_desk::case::OnBehalf::default()).await.expect("signed");
    }
    c.sign(first, "h2", &c.other, ward_desk::case::OnBehalf::default()).await.expect("signed");
    let due = c.row(first, 1).await.due.expect("a deadline");
    assert_eq!(due, minute(THURSDAY + 4, 17, 30));
    assert_eq!(reminded(&c, minute(THURSDAY + 1, 8, 30)).await, 0, "Monday is not soon on Friday");
    assert_eq!(reminded(&c, minute(THURSDAY + 1, 17, 50)).await, 0, "the office is closed");
    assert_eq!(reminded(&c, minute(THURSDAY + 2, 8, 29)).await, 0);
    assert_eq!(reminded(&c, minute(THURSDAY + 2, 8, 30)).await, 1, "on the Saturday that is worked");

    // Both notices in one message to each who is told, and of each its number, deadline and link alone.
    let told = digests(&c).await;
    let receivers: BTreeSet<String> = told.iter().map(|d| d.address.to_string()).collect();
    assert_eq!(receivers, BTreeSet::from(["mail:owner@h1.example".into(), "phone:13800000001".into()]));
    for one in &told {
        assert_eq!((one.unit.clone(), one.message.deadline), (Some(unit("h1")), Some(due)));
        let items: Vec<_> = one.message.items.iter().map(|i| (i.subject, i.link, i.deadline)).collect();
        let item = |notice| (Subject::Rectification, (LinkKind::Task, notice), Some(due));
        assert_eq!(items, [item(first), item(second)]);
        assert!(one.message.items.iter().all(|i| i.document.is_some()));
    }

    c.place.reopen().await;
    connect(&c);
    assert_eq!(reminded(&c, minute(THURSDAY + 2, 8, 31)).await, 0, "a restart tells nothing twice");
    assert_eq!(reminded(&c, minute(THURSDAY + 2, 17, 29)).await, 0);
    assert_eq!(reminded(&c, minute(THURSDAY + 3, 10, 0)).await, 0, "Sunday is free");
    // It was down at half past eight: late on the day is better than not on it.
    assert_eq!(reminded(&c, minute(THURSDAY + 4, 14, 0)).await, 1);
    assert_eq!(digests(&c).await.len(), 2 * told.len());
    // The next step of supervision still waits for a person.
    c.place.clock.advance(minute(THURSDAY + 4, 17, 31));
    assert_eq!(c.desk().cases().draft_rungs().await.expect("drafted"), 2);
    let sent = c.desk().deliveries().list(&ALL, Shown::All).await.expect("asked");
    assert!(sent.iter().all(|d| d.message.subject != Subject::Reminder), "a draft tells nobody");
}

#[tokio::test]
async fn at_night_only_the_critical() {
    let c = Commission::at(at(THURSDAY, 20)).await;
    connect(&c);
    let critical = c.sent(vec![problem("h1", Level::Critical)]).await;
    let high = c.sent(vec![problem("h1", Level::High)]).await;
    let due = c.row(critical, 1).await.due.expect("a deadline");
    assert!(due > at(THURSDAY + 1, 20) && due < at(THURSDAY + 1, 21));
    assert_eq!(reminded(&c, minute(THURSDAY + 1, 9, 0)).await, 1);
    let by_day = digests(&c).await;
    assert!(by_day[0].message.items.iter().any(|i| i.link.1 == critical));
    assert_eq!(reminded(&c, Micros(due.0 - 3 * MICROS_PER_HOUR)).await, 0);
    assert_eq!(reminded(&c, Micros(due.0 - 2 * MICROS_PER_HOUR)).await, 1);
    let by_night = digests(&c).await.split_off(by_day.len());
    for one in &by_night {
        assert!(one.message.items.iter().all(|i| i.link.1 == critical && i.link.1 != high));
    }
    assert_eq!(reminded(&c, Micros(due.0 + MICROS_PER_HOUR)).await, 0, "once a deadline");
    assert_eq!(c.desk().deliveries().list(&own("h2"), Shown::All).await.expect("asked"), []);
}

#[tokio::test]
async fn a_reply_that_is_wanted_is_reminded_of_and_a_given_one_is_not() {
    let c = Commission::at(at(THURSDAY, 10)).await;
    connect(&c);
    let units = BTreeSet::from([unit("h1"), unit("h2")]);
    let warning = Draft { kind: NoticeKind::Warning, units, ..draft("关于某组件高危漏洞的预警") };
    let cases = c.desk().cases();
    let notice = cases.draft(c.by(&c.analyst, &ALL), warning, Vec::new()).await.expect("drafted");
    c.send(notice).await;
    let zero = ward_desk::case::NewReply {
        day: THURSDAY,
        verdict: ward_desk::case::ReplyVerdict::Zero,
        counts: Vec::new(),
        note: String::new(),
        file: None,
        person: String::new(),
        phone: String::new(),
    };
    let mine = own("h1");
    cases.reply(c.by(&c.officer, &mine), notice, &unit("h1"), 0, zero).await.expect("answered");
    assert_eq!(reminded(&c, minute(THURSDAY, 11, 0)).await, 1);
    let told = digests(&c).await;
    assert!(!told.is_empty() && told.iter().all(|d| d.unit == Some(unit("h2"))));
    assert_eq!(told[0].message.items[0].subject, Subject::Warning);
}

#[tokio::test]
async fn without_a_channel_nobody_is_reminded_and_nothing_is_written_down() {
    let c = Commission::at(at(THURSDAY, 10)).await;
    c.sent(vec![problem("h1", Level::Critical)]).await;
    assert_eq!(reminded(&c, minute(THURSDAY + 1, 9, 0)).await, 0);
    connect(&c);
    assert_eq!(reminded(&c, minute(THURSDAY + 1, 9, 1)).await, 1, "as soon as there is one");
}

#[tokio::test]
async fn an_incident_that_was_judged_real_is_told_to_its_unit_once() {
    let c = Commission::at(at(THURSDAY, 10)).await;
    connect(&c);
    let now = c.place.clock.now();
    let alert = serde_json::json!({
        "alert_id": "a1", "revision": 0, "rule_id": "r", "title": "删除卷影副本", "title_zh": "删除卷影副本",
        "level": "critical", "techniques": ["T1490"], "time": now, "first_time": now, "last_time": now,
        "hospital": "h1", "entities": [{ "type": "host", "value": "HIS-DB-01" }], "reasons": [], "events": [],
        "event_count": 1, "score": 90.0, "producer": "s.1", "seq": 1,
        "versions": { "rules": "", "baseline": "", "intel": "", "register": "", "geoip": "" },
    });
    let incidents = c.desk().incidents();
    let alert = serde_json::from_value(alert).expect("an alert");
    assert_eq!(incidents.take(vec![alert], 0).await.expect("taken").opened, 1);
    let act = async |act, reason| {
        let revision = incidents.get(&ALL, 1).await.expect("asked").expect("it").incident.revision;
        incidents.act(c.by(&c.analyst, &ALL), 1, revision, act, reason).await.expect("done");
        c.desk().deliveries().of(&ALL, LinkKind::Incident, 1).await.expect("asked")
    };
    let told = act(IncidentAct::Judge, "").await;
    assert_eq!(told.len(), 2, "by mail and SMS to its person");
    for (one, _) in &told {
        let message = &one.message;
        assert_eq!((message.subject, one.unit.clone()), (Subject::Event, Some(unit("h1"))));
        assert!(message.document.is_none() && message.deadline.is_none() && message.items.is_empty());
    }
    act(IncidentAct::Close, "已处置").await;
    act(IncidentAct::Reopen, "又出现").await;
    assert_eq!(act(IncidentAct::Judge, "").await.len(), 2, "not twice");
}
