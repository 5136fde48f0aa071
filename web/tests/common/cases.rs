//! Notices as people make them, through the desk: one to somebody, from its draft to its sending.

use std::collections::BTreeSet;

use ward_desk::{
    Desk, Role, Viewer,
    case::{
        Answer, By, Draft, Given, NewReply, NewRow, NoticeKind, OnBehalf, ProblemKind, Receipt, ReplyVerdict,
        Stamp, Step, Wanted,
    },
    duty::{Crew, NewShift},
};
use ward_event::{Micros, UnitId, alert::Level};

use super::Served;

/// Who makes notices: an analyst who drafts, one who checks, a leader who signs.
pub(crate) struct Office {
    desk: Desk,
    pub(crate) analyst: Viewer,
    pub(crate) second: Viewer,
    pub(crate) leader: Viewer,
}

impl Office {
    pub(crate) async fn of(served: &Served) -> Self {
        Self {
            desk: served.desk.clone(),
            analyst: served.as_role(Role::Analyst).await.viewer,
            second: served.as_role(Role::Analyst).await.viewer,
            leader: served.as_role(Role::Leader).await.viewer,
        }
    }

    /// A warning to one unit that was sent, and its answer by telephone; returns its id.
    pub(crate) async fn warning(&self, unit: &str, title: &str, said: &str) -> i64 {
        let unit = UnitId::new(unit).expect("an id");
        let units = BTreeSet::from([unit.clone()]);
        let draft = Draft { kind: NoticeKind::Warning, units, ..Self::words(title) };
        let cases = self.desk.cases();
        let notice = cases.draft(Self::by(&self.analyst), draft, Vec::new()).await.expect("drafted");
        self.send(notice).await;
        let replies = cases.replies(&None, notice).await.expect("asked").expect("a form");
        let new = NewReply {
            day: replies.current().expect("a round").day,
            verdict: ReplyVerdict::Affected,
            counts: vec![9; replies.form.counts.len()],
            note: said.into(),
            file: None,
            person: said.chars().take(200).collect(),
            phone: "0000-77".into(),
        };
        cases.reply(Self::by(&self.analyst), notice, &unit, 0, new).await.expect("answered");
        notice
    }

    fn words(title: &str) -> Draft {
        Draft {
            kind: NoticeKind::Rectify,
            colour: None,
            title: title.into(),
            cause: title.into(),
            basis: "网络安全法".into(),
            demand: "限期整改并反馈".into(),
            contact: "监测值班室".into(),
            phone: "0000-1234567".into(),
            incident: None,
            above: String::new(),
            above_number: String::new(),
            above_due: None,
            units: BTreeSet::new(),
        }
    }

    /// A draft with these problems; returns its id.
    async fn draft_with(&self, title: &str, rows: Vec<NewRow>) -> i64 {
        let draft = Self::words(title);
        self.desk.cases().draft(Self::by(&self.analyst), draft, rows).await.expect("drafted")
    }

    /// A draft to one unit; returns its id.
    pub(crate) async fn draft(&self, unit: &str, title: &str) -> i64 {
        self.draft_to(&[unit], title).await
    }

    /// A draft to several units, each with two problems of its own.
    pub(crate) async fn draft_to(&self, units: &[&str], title: &str) -> i64 {
        let row = |(n, unit): (usize, &str), title: &str, level| NewRow {
            unit: UnitId::new(unit).expect("an id"),
            kind: ProblemKind::WeakPassword,
            level,
            title: title.into(),
            system: "HIS".into(),
            address: format!("10.1.{n}.5"),
            evidence: title.into(),
            demand: "更换口令".into(),
            alert: String::new(),
            finding: None,
        };
        let both = |unit| [row(unit, title, Level::High), row(unit, "运维口未限制来源地址", Level::Medium)];
        let rows = (1..).zip(units.iter().copied()).flat_map(both).collect();
        self.draft_with(title, rows).await
    }

    /// A notice to one unit that was sent; returns its id.
    pub(crate) async fn sent(&self, unit: &str, title: &str) -> i64 {
        self.sent_to(&[unit], title).await
    }

    /// The same to several.
    pub(crate) async fn sent_to(&self, units: &[&str], title: &str) -> i64 {
        let notice = self.draft_to(units, title).await;
        self.send(notice).await
    }

    /// A notice with these problems that was sent; returns its id.
    pub(crate) async fn sent_with(&self, title: &str, rows: Vec<NewRow>) -> i64 {
        let notice = self.draft_with(title, rows).await;
        self.send(notice).await
    }

    /// The one-time code that a unit's printed receipt carries.
    pub(crate) async fn link(&self, notice: i64, unit: &str) -> String {
        let unit = UnitId::new(unit).expect("an id");
        let link = self.desk.cases().issue_link(Self::by(&self.analyst), notice, &unit).await;
        link.expect("a link").secret
    }

    /// A unit signs, where it has not, and says that a problem is put right: by its scanned sheet.
    pub(crate) async fn claims(&self, notice: i64, no: i64) {
        let (cases, by) = (self.desk.cases(), Self::by(&self.second));
        let sheet = Given { name: "回执.pdf".into(), bytes: b"%PDF-1.7 a signed sheet".to_vec() };
        let on_behalf = OnBehalf { sheet: Some(cases.keep(by, sheet).await.expect("kept")) };
        let detail = async || cases.notice(&None, notice).await.expect("asked").expect("a notice");
        let problem = |all: &ward_desk::case::NoticeDetail| {
            all.rows.iter().find(|r| r.no == no).expect("a problem").clone()
        };
        let before = detail().await;
        let unit = problem(&before).of.unit;
        let part = before.units.iter().find(|u| u.unit == unit).expect("a part");
        if part.signed.is_none() {
            let receipt =
                Receipt { person: "王主任".into(), post: String::new(), on_behalf: on_behalf.clone() };
            cases.sign(by, notice, &unit, part.revision, receipt).await.expect("signed");
        }
        let row = problem(&detail().await);
        let answer =
            Answer { cause: String::new(), measures: "已处置".into(), proof: Vec::new(), on_behalf };
        cases.claim(by, row.id, row.revision, answer).await.expect("claimed");
    }

    async fn send(&self, notice: i64) -> i64 {
        let cases = self.desk.cases();
        let sealed = Given { name: "盖章.pdf".into(), bytes: format!("%PDF-1.7 {notice}").into_bytes() };
        let sealed = cases.keep(Self::by(&self.analyst), sealed).await.expect("kept");
        let steps = [
            (&self.analyst, Step::Submit),
            (&self.second, Step::Check),
            (&self.second, Step::Countersign),
            (&self.leader, Step::Sign),
            (&self.analyst, Step::Seal(sealed)),
            (&self.analyst, Step::Send),
        ];
        for (viewer, step) in steps {
            let revision = self.revision(notice).await;
            if matches!(step, Step::Send) {
                let next = Wanted::Next("卫网安".into());
                cases.give_number(Self::by(viewer), notice, revision, next).await.expect("a number");
            }
            let revision = self.revision(notice).await;
            let stamp = Stamp { opinion: "同意".into(), ..Stamp::default() };
            cases.step(Self::by(viewer), notice, revision, step, stamp).await.expect("a step");
        }
        notice
    }

    /// They are on duty since an hour ago.
    pub(crate) async fn on_duty(&self) {
        let hour = ward_event::time::MICROS_PER_HOUR;
        let (now, id) = (self.desk.clock().now(), |v: &Viewer| v.account.expect("an account"));
        let crew = Crew { leader: id(&self.leader), main: id(&self.analyst), deputy: id(&self.second) };
        let shift = NewShift { starts_at: Micros(now.0 - hour), ends_at: Micros(now.0 + 7 * hour), crew };
        self.desk.duty().plan(&self.leader, "127.0.0.1", shift).await.expect("planned");
    }

    /// An alert that opens an incident at a unit.
    pub(crate) async fn alert(&self, id: &str, unit: &str, title: &str, entity: &str, now: Micros) {
        let alert = serde_json::json!({
            "alert_id": id, "revision": 0, "rule_id": "ward-ransom-shadow", "title": title, "title_zh": title,
            "level": "critical", "techniques": ["T1490"], "time": now, "first_time": now, "last_time": now,
            "hospital": unit, "entities": [{ "type": "host", "value": entity }, { "type": "ip", "value": "203.0.113.9" }],
            "reasons": [], "events": [], "event_count": 1, "score": 90.0, "producer": "s.1", "seq": 1,
            "versions": { "rules": "", "baseline": "", "intel": "", "register": "", "geoip": "" },
        });
        let alert = serde_json::from_value(alert).expect("an alert");
        assert_eq!(self.desk.incidents().take(vec![alert], 0).await.expect("taken").opened, 1);
    }

    async fn revision(&self, notice: i64) -> i64 {
        self.desk.cases().notice(&None, notice).await.expect("asked").expect("a notice").notice.revision
    }

    const fn by(viewer: &Viewer) -> By<'_> {
        By { viewer, address: "127.0.0.1", units: &None }
    }
}
