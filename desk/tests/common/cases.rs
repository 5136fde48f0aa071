//! A commission with its people and two hospitals, for the tests of cases.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::watch;
use ward_desk::{
    Desk, DeskError, Reach, Role, Viewer,
    account::Rights,
    case::{
        By, Draft, Given, NewRow, NoticeDetail, NoticeKind, OnBehalf, Problem, ProblemKind, Receipt, Stamp,
        Step, Units, Wanted,
    },
};
use ward_event::{
    Micros, UnitId,
    alert::Level,
    clock::Clock,
    delivery::{ChannelConfig, ChannelKind, DeliveryConfig},
    register::Register,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_HOUR},
};

use super::{FROM, Place, new, region, units, viewer};

pub(crate) const ALL: Units = None;

pub(crate) struct Commission {
    pub(crate) place: Place,
    pub(crate) leader: Viewer,
    /// Drafts and sends.
    pub(crate) analyst: Viewer,
    /// Checks and decides.
    pub(crate) second: Viewer,
    pub(crate) officer: Viewer,
    pub(crate) other: Viewer,
}

/// A moment in Shanghai: days since 1970-01-01 and hours.
pub(crate) fn at(day: i32, hour: i64) -> Micros {
    Micros(Calendar::shanghai().day_start(day).0 + hour * MICROS_PER_HOUR)
}

/// A unit by its name.
pub(crate) fn unit(name: &str) -> UnitId {
    UnitId::new(name).expect("an id")
}

pub(crate) fn own(name: &str) -> Units {
    Some(BTreeSet::from([unit(name)]))
}

impl Commission {
    pub(crate) async fn at(start: Micros) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let clock = Clock::driven(start);
        let desk = Desk::open(dir.path(), clock.clone()).await.expect("a desk");
        let place = Place { dir, clock, desk };
        let (_, admin) = place.security_admin().await;
        let make = async |name: &str, rights: Rights| {
            let id =
                place.desk.accounts().create(&admin, FROM, new(name, rights)).await.expect("created").account;
            viewer(&place.desk, id).await
        };
        let officer =
            |name: &str| Rights { role: Role::Officer, reach: Reach::Units(units(&[name])), ends_at: None };
        let leader = make("leader", region(Role::Leader)).await;
        let analyst = make("analyst", region(Role::Analyst)).await;
        let second = make("second", region(Role::Analyst)).await;
        let mine = make("officer", officer("h1")).await;
        let other = make("other", officer("h2")).await;
        Self { place, leader, analyst, second, officer: mine, other }
    }

    pub(crate) const fn desk(&self) -> &Desk {
        &self.place.desk
    }

    pub(crate) fn by<'a>(&self, viewer: &'a Viewer, units: &'a Units) -> By<'a> {
        By { viewer, address: FROM, units }
    }

    pub(crate) fn pass_days(&self, days: i64) {
        self.place.clock.advance(Micros(self.place.clock.now().0 + days * MICROS_PER_DAY));
    }

    pub(crate) async fn detail(&self, notice: i64) -> NoticeDetail {
        self.desk().cases().notice(&ALL, notice).await.expect("asked").expect("a notice")
    }

    pub(crate) async fn revision(&self, notice: i64) -> i64 {
        self.detail(notice).await.notice.revision
    }

    pub(crate) async fn row(&self, notice: i64, no: i64) -> Problem {
        self.detail(notice).await.rows.into_iter().find(|r| r.no == no).expect("a problem")
    }

    pub(crate) async fn scan(&self, viewer: &Viewer, text: &str) -> String {
        let given = Given { name: "扫描件.pdf".into(), bytes: format!("%PDF-1.7 {text}").into_bytes() };
        self.desk().cases().keep(self.by(viewer, &ALL), given).await.expect("kept")
    }

    pub(crate) async fn step(&self, viewer: &Viewer, notice: i64, step: Step) -> Result<(), DeskError> {
        let stamp = Stamp { opinion: "同意".into(), ..Stamp::default() };
        let revision = self.revision(notice).await;
        self.desk().cases().step(self.by(viewer, &ALL), notice, revision, step, stamp).await
    }

    pub(crate) async fn number(&self, notice: i64, wanted: Wanted) -> Result<String, DeskError> {
        let revision = self.revision(notice).await;
        let done =
            self.desk().cases().give_number(self.by(&self.analyst, &ALL), notice, revision, wanted).await;
        done.map(|n| n.to_string())
    }

    pub(crate) async fn draft(&self, rows: Vec<NewRow>) -> i64 {
        let cases = self.desk().cases();
        cases.draft(self.by(&self.analyst, &ALL), draft("关于弱口令的整改通知"), rows).await.expect("drafted")
    }

    /// Drafted, checked, countersigned, signed, numbered, sealed, sent.
    pub(crate) async fn sent(&self, rows: Vec<NewRow>) -> i64 {
        let notice = self.draft(rows).await;
        self.send(notice).await;
        notice
    }

    /// The way of a draft to its sending.
    pub(crate) async fn send(&self, notice: i64) {
        self.step(&self.analyst, notice, Step::Submit).await.expect("submitted");
        self.step(&self.second, notice, Step::Check).await.expect("checked");
        self.step(&self.second, notice, Step::Countersign).await.expect("countersigned");
        self.step(&self.leader, notice, Step::Sign).await.expect("signed");
        self.number(notice, Wanted::Next("卫网安".into())).await.expect("a number");
        let sealed = self.scan(&self.analyst, &format!("sealed {notice}")).await;
        self.step(&self.analyst, notice, Step::Seal(sealed)).await.expect("sealed");
        self.step(&self.analyst, notice, Step::Send).await.expect("sent");
    }

    pub(crate) async fn sign(
        &self,
        notice: i64,
        name: &str,
        viewer: &Viewer,
        on_behalf: OnBehalf,
    ) -> Result<(), DeskError> {
        let revision =
            self.detail(notice).await.units.iter().find(|u| u.unit == unit(name)).expect("a part").revision;
        let receipt = Receipt { person: "王主任".into(), post: "信息科主任".into(), on_behalf };
        let reach = if viewer.role == Role::Officer { own(name) } else { ALL };
        self.desk().cases().sign(self.by(viewer, &reach), notice, &unit(name), revision, receipt).await
    }
}

pub(crate) fn draft(title: &str) -> Draft {
    Draft {
        kind: NoticeKind::Rectify,
        colour: None,
        title: title.into(),
        cause: "监测发现".into(),
        basis: "网络安全法".into(),
        demand: "限期整改".into(),
        contact: "李工".into(),
        phone: "0000-1234567".into(),
        incident: None,
        above: String::new(),
        above_number: String::new(),
        above_due: None,
        units: BTreeSet::new(),
    }
}

pub(crate) fn problem(name: &str, level: Level) -> NewRow {
    NewRow {
        unit: unit(name),
        kind: ProblemKind::WeakPassword,
        level,
        title: "HIS 服务器弱口令".into(),
        system: "HIS".into(),
        address: "10.1.1.5".into(),
        evidence: "sa 口令为 123456".into(),
        demand: "更换口令".into(),
        alert: String::new(),
        finding: None,
    }
}

/// Three hospitals: one with people, one whose person was not confirmed for long, one with nobody.
const REGISTER: &str = r#"
    [[unit]]
    id = "h1"
    name = "甲医院"
    kind = "hospital"
    [[unit.contact]]
    role = "责任人"
    name = "林清和"
    phone = "13800000001"
    email = "owner@h1.example"
    confirmed = "2026-11-01"
    [[unit.contact]]
    role = "分管领导"
    name = "沈远舟"
    email = "lead@h1.example"
    confirmed = "2026-11-01"
    [[unit.contact]]
    role = "系统管理员"
    name = "顾知行"
    email = "his@h1.example"
    systems = ["HIS"]
    [[unit.contact]]
    role = "系统管理员"
    name = "许安宁"
    email = "pacs@h1.example"
    systems = ["PACS"]
    [[unit]]
    id = "h2"
    name = "乙医院"
    kind = "hospital"
    [[unit.contact]]
    role = "责任人"
    name = "罗守正"
    [[unit.contact]]
    role = "联络员"
    name = "姜云帆"
    email = "liaison@h2.example"
    confirmed = "2026-01-05"
    [[unit]]
    id = "h3"
    name = "丙医院"
    kind = "hospital"
"#;

/// Mail and SMS, a group of all and one of the second hospital.
pub(crate) fn connect(c: &Commission) {
    let channel = |name: &str, kind: ChannelKind, units: &[&str]| ChannelConfig {
        name: name.into(),
        kind,
        units: units.iter().map(|u| unit(u)).collect(),
        ..ChannelConfig::default()
    };
    let config = DeliveryConfig {
        channel: vec![
            channel("mail", ChannelKind::Mail, &[]),
            channel("sms", ChannelKind::Sms, &[]),
            channel("all", ChannelKind::WeCom, &[]),
            channel("of h2", ChannelKind::Feishu, &["h2"]),
        ],
        ..DeliveryConfig::default()
    };
    let register = Arc::new(Register::parse(REGISTER).expect("a register"));
    c.desk().deliveries().connect(config, watch::channel(register).1);
}
