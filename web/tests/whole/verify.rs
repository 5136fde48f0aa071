//! Claims held against what machines saw, on the real engine: quiet counts only where every source was there, and a
//! sensor that was killed in between verifies nothing.

use std::sync::Arc;

use tokio::sync::watch;
use ward_desk::{
    Role,
    case::{CheckKind, CheckRow, NewRow, Problem, ProblemKind, machine::RowState},
    triage::NewException,
};
use ward_event::{Micros, UnitId, alert::Level, clock::Clock};
use ward_store::Store;
use ward_web::verify::{Verifier, VerifyParts};

use crate::common::{
    self, Served,
    cases::Office,
    findings, seed,
    sensors::{Sensor, hours},
};

/// What forwards for many, and two devices behind it; what exports flows.
const SENSOR: Sensor = Sensor { unit: "h01", source: "syslog", device: "HIS-DB-01" };
const OTHER: Sensor = Sensor { unit: "h01", source: "syslog", device: "FW-01" };
const SECOND: Sensor = Sensor { unit: "h02", source: "syslog", device: "HIS-DB-01" };
const FLOWS: Sensor = Sensor { unit: "h01", source: "netflow", device: "core-switch" };
const DEAF: Sensor = Sensor { unit: "h03", source: "syslog", device: "HIS-DB-01" };
const DEAF_FLOWS: Sensor = Sensor { unit: "h03", source: "netflow", device: "core-switch" };

fn verifier(store: &Store, served: &Served) -> Verifier {
    let (keep, register) = watch::channel(Arc::new(seed::register()));
    std::mem::forget(keep);
    Verifier::new(VerifyParts {
        reader: store.reader().clone(),
        desk: served.desk.clone(),
        register,
        rules: seed::rule_texts(),
    })
}

fn row(unit: &str, title: &str) -> NewRow {
    NewRow {
        unit: UnitId::new(unit).expect("an id"),
        kind: ProblemKind::Intrusion,
        level: Level::Critical,
        title: title.into(),
        system: "HIS".into(),
        address: String::new(),
        evidence: String::new(),
        demand: String::new(),
        alert: String::new(),
        finding: None,
    }
}

fn by_alert(unit: &str, alert: &str) -> NewRow {
    NewRow { alert: alert.into(), ..row(unit, alert) }
}

fn by_port(unit: &str, address: &str) -> NewRow {
    NewRow { kind: ProblemKind::Exposure, address: address.into(), ..row(unit, address) }
}

struct Place {
    store: Store,
    served: Served,
    office: Office,
    _data: tempfile::TempDir,
}

impl Place {
    async fn new() -> Option<Self> {
        let data = tempfile::tempdir().expect("a folder");
        let store = common::store(data.path()).await?;
        let served = common::serve_closed(seed::register(), Clock::system(), store.reader().clone()).await;
        let office = Office::of(&served).await;
        Some(Self { store, served, office, _data: data })
    }

    fn now(&self) -> Micros {
        self.served.desk_clock.now()
    }

    fn pass(&self, micros: i64) {
        self.served.desk_clock.advance(Micros(self.now().0 + micros));
    }

    async fn detail(&self, notice: i64) -> ward_desk::case::NoticeDetail {
        self.served.desk.cases().notice(&None, notice).await.expect("asked").expect("a notice")
    }

    /// How a problem stands, and its newest check.
    async fn stands(&self, notice: i64, no: i64) -> (Problem, Option<CheckRow>) {
        let mut detail = self.detail(notice).await;
        let row = detail.rows.iter().find(|r| r.no == no).expect("a problem").clone();
        let check = detail.checks.remove(&row.id).and_then(|all| all.last().cloned());
        (row, check)
    }

    async fn close(self) {
        self.served.stop().await;
        self.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_that_stays_quiet_while_its_sensors_are_there() {
    let Some(place) = Place::new().await else { return };
    let (store, start) = (&place.store, place.now());
    let at = |n: i64| Micros(start.0 + hours(n));
    for (id, sensor) in [("a1", SENSOR), ("a2", SENSOR), ("a3", OTHER), ("a4", SECOND), ("a5", DEAF)] {
        sensor.alert(store, id, &format!("HOST-{id}"), at(-2)).await;
    }
    let rows = vec![
        by_alert("h01", "a1"),
        by_alert("h01", "a2"),
        by_alert("h01", "a3"),
        by_alert("h02", "a4"),
        by_alert("h03", "a5"),
        // Of another unit than the alert: nothing of it may be asked.
        by_alert("h05", "a1"),
        row("h01", "机房门禁未启用"),
    ];
    let notice = place.office.sent_with("关于勒索前兆的整改通知", rows).await;
    for no in 1..=7 {
        place.office.claims(notice, no).await;
    }
    // Three days. All of the first unit's sensors were there before.
    for sensor in [SENSOR, OTHER, SECOND, DEAF] {
        sensor.tells(store, at(-24), at(0)).await;
    }
    for unit in [SENSOR, SECOND, DEAF] {
        unit.detected(store, at(-24), at(0), true).await;
    }
    SENSOR.works(store, at(0), at(74)).await;
    // Killed after a day, for five hours; the box that forwards for it goes on.
    OTHER.tells(store, at(0), at(24)).await;
    OTHER.tells(store, at(29), at(74)).await;
    // The second unit's source was away for an hour.
    SECOND.works(store, at(0), at(40)).await;
    SECOND.detected(store, at(40), at(41), false).await;
    SECOND.works(store, at(41), at(74)).await;
    // And of the third one nothing came any more from the last hour on.
    DEAF.works(store, at(0), at(71)).await;

    let checks = verifier(store, &place.served);
    assert_eq!(checks.check().await.expect("checked"), 2, "what no check fits, and what is another unit's");
    let (hand, check) = place.stands(notice, 7).await;
    assert_eq!((hand.state, check.and_then(|k| k.kind)), (RowState::ByHand, Some(CheckKind::None)));
    assert_eq!(place.stands(notice, 6).await.0.state, RowState::ByHand);
    // Again on the second's host, a day later: it is said at once, and the problem is open again.
    SENSOR.alert(store, "b2", "HOST-a2", at(20)).await;
    SENSOR.alert(store, "b9", "ANOTHER", at(21)).await;
    place.pass(hours(24));
    assert_eq!(checks.check().await.expect("checked"), 1);
    let (again, check) = place.stands(notice, 2).await;
    let check = check.expect("a check");
    assert_eq!((again.state, again.returned, check.verdict.as_str()), (RowState::Signed, 1, "bad"));
    assert!(again.verdict.contains("再次告警"), "{}", again.verdict);
    assert_eq!(check.evidence.expect("evidence").seen, 1);
    for no in [1, 3, 4, 5] {
        assert_eq!(place.stands(notice, no).await.0.state, RowState::Rectified, "the watch goes on");
    }

    // Another process takes it up after the end: nothing was kept of the watch, and nothing is lost.
    drop(checks);
    place.pass(hours(50));
    let checks = verifier(store, &place.served);
    assert_eq!(checks.check().await.expect("checked"), 4);
    assert_eq!(checks.check().await.expect("checked"), 0, "once");
    let (good, check) = place.stands(notice, 1).await;
    let check = check.expect("a check");
    assert_eq!((good.state, check.verdict.as_str()), (RowState::Verified, "good"), "{}", check.reason);
    let evidence = check.evidence.expect("evidence");
    assert_eq!((evidence.asked.as_slice(), evidence.seen), (&["ward-ransom-shadow".to_owned()][..], 0));
    assert!(evidence.about.contains(&"HOST-a1".to_owned()), "{evidence:?}");
    // The source, and the device behind it.
    assert_eq!(evidence.heard.len(), 2, "{evidence:?}");
    assert!(evidence.as_of >= evidence.watch.to && evidence.heard.iter().all(|h| h.minutes > 800));
    for (no, name) in [(3, "FW-01"), (4, "h02 · syslog"), (5, "h03 · syslog")] {
        let (row, check) = place.stands(notice, no).await;
        let check = check.expect("a check");
        assert_eq!(
            (row.state, check.verdict.as_str()),
            (RowState::ByHand, "cannot"),
            "{no}: {}",
            check.reason
        );
        assert!(check.reason.contains(name) && check.reason.contains("无数据"), "{}", check.reason);
    }
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_silenced_by_hand_is_not_quiet() {
    let Some(place) = Place::new().await else { return };
    let (store, start) = (&place.store, place.now());
    let at = |n: i64| Micros(start.0 + hours(n));
    SENSOR.alert(store, "a1", "HIS-DB-01", at(-2)).await;
    let notice = place.office.sent_with("关于勒索前兆的整改通知", vec![by_alert("h01", "a1")]).await;
    place.office.claims(notice, 1).await;
    SENSOR.works(store, at(-24), at(74)).await;
    let analyst = place.served.as_role(Role::Analyst).await.viewer;
    let suppressed = NewException::Suppress {
        rule_id: "ward-ransom-shadow".into(),
        entity_type: "host".into(),
        value: "HIS-DB-01".into(),
        hospital: "h01".into(),
        until: at(10),
    };
    place.served.desk.triage().except(&analyst, "127.0.0.1", &None, suppressed, "太吵").await.expect("made");
    place.pass(hours(73));
    assert_eq!(verifier(store, &place.served).check().await.expect("checked"), 1);
    let (row, check) = place.stands(notice, 1).await;
    assert_eq!(row.state, RowState::ByHand);
    assert!(check.expect("a check").reason.contains("例外"));
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_answers_no_more_while_flows_come() {
    let Some(place) = Place::new().await else { return };
    let (store, start) = (&place.store, place.now());
    let at = |n: i64| Micros(start.0 + hours(n));
    let rows = vec![
        by_port("h01", "10.12.0.10:3389"),
        by_port("h01", "10.12.0.20:445"),
        by_port("h01", "10.12.0.30:1433"),
        by_port("h03", "10.12.0.10:3389"),
    ];
    let notice = place.office.sent_with("关于互联网暴露面的整改通知", rows).await;
    for no in 1..=4 {
        place.office.claims(notice, no).await;
    }
    for (address, port) in [("10.12.0.10", 3389), ("10.12.0.20", 445)] {
        FLOWS.saw_answer(store, address, port, at(-20)).await;
        FLOWS.saw_answer(store, address, port, at(-3)).await;
    }
    DEAF_FLOWS.saw_answer(store, "10.12.0.10", 3389, at(-3)).await;
    FLOWS.works(store, at(-24), at(26)).await;
    // The exporter is killed after six hours and comes back; its unit's other flows go on.
    DEAF_FLOWS.detected(store, at(-24), at(26), true).await;
    DEAF_FLOWS.tells(store, at(-24), at(6)).await;
    DEAF_FLOWS.tells(store, at(20), at(26)).await;
    // The second still answers.
    FLOWS.saw_answer(store, "10.12.0.20", 445, at(5)).await;
    let checks = verifier(store, &place.served);
    place.pass(hours(6));
    assert_eq!(checks.check().await.expect("checked"), 1);
    let (row, check) = place.stands(notice, 2).await;
    assert_eq!((row.state, row.returned), (RowState::Signed, 1));
    assert!(check.expect("a check").reason.contains("10.12.0.20:445 仍有应答"));
    place.pass(hours(19));
    assert_eq!(checks.check().await.expect("checked"), 3);
    let (row, check) = place.stands(notice, 1).await;
    let check = check.expect("a check");
    assert_eq!((row.state, check.kind), (RowState::Verified, Some(CheckKind::Port)), "{}", check.reason);
    let (row, check) = place.stands(notice, 3).await;
    assert_eq!(row.state, RowState::ByHand);
    assert!(check.expect("a check").reason.contains("没有见过"), "flows never showed it");
    let (row, check) = place.stands(notice, 4).await;
    assert_eq!(row.state, RowState::ByHand);
    assert!(check.expect("a check").reason.contains("core-switch"), "a killed exporter closes no port");
    place.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finding_that_a_newer_scan_does_not_find() {
    let Some(place) = Place::new().await else { return };
    let register = seed::register();
    let desk = &place.served.desk;
    let now = || place.now().secs();
    let both = [findings::SMB, findings::TLS].concat();
    let report = findings::nessus(now(), 30, &both);
    findings::import(desk, &register, "h01", &report).await;
    let by_finding = |id| NewRow { finding: Some(id), ..row("h01", "漏洞") };
    // The last is of another unit than the finding: it is not taken over, and a person has to judge.
    // The second of the report is SMB: findings are numbered by port.
    let rows = vec![by_finding(2), by_finding(1), NewRow { finding: Some(1), ..row("h02", "漏洞") }];
    let notice = place.office.sent_with("关于漏洞的整改通知", rows).await;
    for no in 1..=3 {
        place.office.claims(notice, no).await;
    }
    let checks = verifier(&place.store, &place.served);
    assert_eq!(checks.check().await.expect("checked"), 1);
    assert_eq!(place.stands(notice, 3).await.0.state, RowState::ByHand);
    // A report made before the claim says nothing of it, whenever it comes.
    findings::import(desk, &register, "h01", &findings::nessus(now(), 2, &both)).await;
    place.pass(hours(24));
    assert_eq!(checks.check().await.expect("checked"), 0);
    // One is gone, the other is still there.
    findings::import(desk, &register, "h01", &findings::nessus(now(), 1, findings::TLS)).await;
    place.pass(hours(1));
    assert_eq!(checks.check().await.expect("checked"), 2);
    let (gone, check) = place.stands(notice, 1).await;
    let check = check.expect("a check");
    assert_eq!((gone.state, check.kind), (RowState::Verified, Some(CheckKind::Scan)), "{}", check.reason);
    assert!(check.evidence.expect("evidence").scan.is_some_and(|(id, ..)| id == 3));
    let (there, _) = place.stands(notice, 2).await;
    assert_eq!((there.state, there.returned), (RowState::Signed, 1));
    assert!(there.verdict.contains("仍然发现"), "{}", there.verdict);
    // Claimed again, and no newer scan comes: no machine can say.
    place.office.claims(notice, 2).await;
    place.pass(hours(24 * 14));
    assert_eq!(checks.check().await.expect("checked"), 1);
    let (row, check) = place.stands(notice, 2).await;
    assert_eq!((row.state, check.expect("a check").verdict.as_str()), (RowState::ByHand, "cannot"));
    place.close().await;
}
