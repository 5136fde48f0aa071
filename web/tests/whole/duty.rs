//! Duty: the roster, who is shown to be on, and the hand-over from its draft to its acceptance.

use ward_desk::{
    Role,
    audit::{Action, Search},
    incident::NewKnown,
};
use ward_event::{Micros, clock::Clock};

use crate::common::{self, Served, cases::Office, people::Person, seed};

const HOUR: i64 = 3_600_000_000;

struct Crew {
    leader: Person,
    analysts: [Person; 4],
}

impl Crew {
    async fn of(served: &Served) -> Self {
        let analyst = async || served.as_role(Role::Analyst).await;
        let leader = served.as_role(Role::Leader).await;
        Self { leader, analysts: [analyst().await, analyst().await, analyst().await, analyst().await] }
    }

    fn id(person: &Person) -> i64 {
        person.viewer.account.expect("an account").0
    }

    /// A form for a shift so many hours from now.
    fn form(&self, served: &Served, from: i64, to: i64, (main, deputy): (usize, usize)) -> String {
        let at = |hours: i64| {
            let shanghai = served.desk_clock.now().0 + (hours + 8) * HOUR;
            let stamp = jiff::Timestamp::from_microsecond(shanghai).expect("a time");
            stamp.strftime("%Y-%m-%dT%H%%3A%M").to_string()
        };
        format!(
            "leader={}&main={}&deputy={}&from={}&until={}&days=1",
            Self::id(&self.leader),
            Self::id(&self.analysts[main]),
            Self::id(&self.analysts[deputy]),
            at(from),
            at(to)
        )
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_shift_hands_over_to_the_next() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let now = Clock::system().now();
    seed::day(&store, now, 30).await;
    let served = common::serve_closed(seed::register(), Clock::system(), store.reader().clone()).await;
    common::take_alerts(&store, &served.desk).await;
    let crew = Crew::of(&served).await;
    who_may(&served, &crew).await;
    the_roster_is_planned(&served, &crew).await;
    work_is_left(&served).await;
    it_is_handed_over(&served, &crew).await;
    served.stop().await;
    store.close().await;
}

async fn who_may(served: &Served, crew: &Crew) {
    for role in Role::ALL.into_iter().filter(|r| !matches!(r, Role::Analyst | Role::Leader | Role::Wall)) {
        let person = served.as_role(role).await;
        assert_eq!(person.get("/duty").await.status, 403, "{role}");
        assert_eq!(person.post("/duty", &crew.form(served, 1, 9, (0, 1))).await.status, 403, "{role}");
        assert_eq!(person.get("/api/v1/duty").await.status, 403, "{role}");
        let home = person.get("/account").await.body;
        assert!(!home.contains("class=\"on-duty\""), "{role}");
    }
}

async fn the_roster_is_planned(served: &Served, crew: &Crew) {
    let planner = &crew.leader;
    let empty = planner.get("/duty").await.body;
    assert!(empty.contains("当前无人值班") && empty.contains("没有班次"));
    assert!(empty.contains("class=\"on-duty\"") && empty.contains("<span class=\"late\">—</span>"));
    for (form, words) in [
        (crew.form(served, 1, 60, (0, 1)), "最长 48 小时"),
        (crew.form(served, 1, 9, (0, 0)), "两名不同的监测人员"),
    ] {
        let refused = planner.post("/duty", &form).await;
        assert!(refused.status == 422 && refused.body.contains(words), "{words}");
    }
    assert_eq!(planner.post("/duty", &crew.form(served, 0, 8, (0, 1))).await.status, 303);
    let overlaps = planner.post("/duty", &crew.form(served, 4, 12, (2, 3))).await;
    assert!(overlaps.status == 422 && overlaps.body.contains("该时段已有班次"));
    assert_eq!(crew.analysts[0].post("/duty", &crew.form(served, 8, 16, (2, 3))).await.status, 303);
    // Several days at once: the first three are free, the fourth is not.
    let far = crew.form(served, 24 * 5, 24 * 5 + 8, (0, 1));
    assert_eq!(planner.post("/duty", &far).await.status, 303);
    let row = crew.form(served, 24 * 2, 24 * 2 + 8, (2, 1)).replace("days=1", "days=6");
    let some = planner.post("/duty", &row).await;
    assert!(some.status == 422 && some.body.contains("已排 3 班"), "{}", some.status);

    let roster = planner.get("/duty").await.body;
    assert_eq!(roster.matches("<a class=\"main-link\" href=\"/duty/").count(), 6);
    assert_eq!(roster.matches("class=\"on-now\"").count(), 1);
    let name =
        |person: &Person| person.name.rsplit('-').next().map(|n| format!("Tester {n}")).expect("a name");
    let main = name(&crew.analysts[0]);
    for page in ["/", "/alerts", "/notices"] {
        let body = planner.get(page).await.body;
        let shown = body.split("class=\"on-duty\"").nth(1).and_then(|b| b.split("</a>").next());
        assert!(shown.is_some_and(|s| s.contains(&main)), "{page} says who is on duty");
    }
    // Somebody fell ill; a shift that has not begun may be taken off, one that runs may not.
    let crew_form = |main: usize, deputy: usize| {
        let id = |n: usize| Crew::id(&crew.analysts[n]);
        format!("leader={}&main={}&deputy={}", Crew::id(&crew.leader), id(main), id(deputy))
    };
    assert_eq!(planner.post("/duty/1/crew", &crew_form(0, 3)).await.status, 303);
    assert_eq!(planner.post("/duty/3/withdraw", "").await.status, 303);
    assert_eq!(planner.post("/duty/1/withdraw", "").await.status, 422);
    assert_eq!(planner.post("/duty/77/withdraw", "").await.status, 404);
}

/// Something of each kind that a hand-over tells.
async fn work_is_left(served: &Served) {
    let office = Office::of(served).await;
    office.sent("h01", "关于核心业务系统弱口令的整改通知").await;
    let now = served.desk_clock.now();
    office.alert("left", "h05", "删除卷影副本", "HIS-DB-01", now).await;
    let by = ward_desk::case::By { viewer: &office.analyst, address: "127.0.0.1", units: &None };
    let known = NewKnown {
        operator: "others".into(),
        class: "MP".into(),
        grade: "较大".into(),
        known_at: Micros(now.0 - HOUR),
        person: "李明".into(),
        reason: String::new(),
    };
    let law = served.desk.incidents().law().clone();
    let known = NewKnown {
        operator: law.operators.last().expect("an operator").key.clone(),
        class: law.classes[0].key.clone(),
        grade: law.reported_from.clone(),
        ..known
    };
    let incident = served.desk.incidents().get(&None, 1).await.expect("asked").expect("there").incident;
    served.desk.incidents().state_known(by, 1, incident.revision, known).await.expect("stated");
}

/// The text of the form, as the page offers it.
fn draft(body: &str) -> Option<&str> {
    body.split("name=\"text\"").nth(1)?.split_once('>')?.1.split("</textarea>").next()
}

async fn it_is_handed_over(served: &Served, crew: &Crew) {
    let [main, _, next, second] = &crew.analysts;
    let page = main.get("/duty/1").await;
    let text = draft(&page.body).expect("a draft for who is on").trim_start().to_owned();
    for part in [
        "一、未结告警",
        "二、未结事件 1 起",
        "删除卷影副本",
        "三、法定报告时限 1 项",
        "首报截止",
        "四、未签收",
        "五、逾期",
        "六、失联单位",
        "七、其他",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(draft(&next.get("/duty/1").await.body).is_none(), "the next shift does not write");
    assert!(draft(&crew.leader.get("/duty/1").await.body).is_none(), "the leader does not write");
    let refused = next.post("/duty/1/hand-over", "text=x").await;
    assert!(refused.status == 422 && refused.body.contains("只有该班人员"));
    let empty = main.post("/duty/1/hand-over", "text=%20").await;
    assert!(empty.status == 422 && empty.body.contains("内容为空"));
    let evil = "text=%3Cscript%3Ealert(1)%3C/script%3E%0D%0A%E4%B8%A4%E8%B5%B7%E4%BA%8B%E4%BB%B6%E5%BE%85%E5%A4%8D%E6%A0%B8";
    assert_eq!(main.post("/duty/1/hand-over", evil).await.status, 303);
    let own = main.get("/duty/1").await.body;
    assert!(!own.contains("<script>alert") && own.contains("两起事件待复核"));
    assert!(!own.contains("action=\"/duty/1/accept\""), "nobody accepts what they wrote");
    assert!(main.get("/duty/1?draft=1").await.body.contains("二、未结事件"), "drafted anew on demand");

    let waiting = next.get("/duty").await.body;
    assert!(waiting.contains("待接班"));
    let shown = next.get("/duty/1").await.body;
    assert!(shown.contains("action=\"/duty/1/accept\"") && shown.contains("name=\"version\" value=\"1\""));
    let owners = served.desk.triage().owners().await.expect("asked");
    assert_eq!(second.post("/duty/1/accept", "version=9&remarks=").await.status, 422, "another version");
    assert_eq!(
        next.post("/duty/1/accept", "version=1&remarks=%E5%B7%B2%E7%9F%A5%E6%82%89").await.status,
        303
    );
    let done = crew.leader.get("/duty/1").await.body;
    assert!(done.contains("id=\"accepted\"") && done.contains("接班") && done.contains("已知悉"), "{done}");
    assert_eq!(main.post("/duty/1/hand-over", "text=x").await.status, 422, "it stays as it was accepted");
    assert_eq!(served.desk.triage().owners().await.expect("asked"), owners, "every case keeps its owner");
    let api: serde_json::Value =
        serde_json::from_str(&crew.leader.get("/api/v1/duty/1").await.body).expect("JSON");
    assert_eq!(api["hand_over"]["remarks"], "已知悉");
    assert!(api["hand_over"]["accepted_at"].is_string());
    let told = Search { action: Some(Action::HandOver), ..Search::default() };
    let told = served.desk.audit().search(&told).await.expect("found");
    let told: Vec<_> = told.iter().rev().map(|r| (r.account.clone(), r.detail.clone())).collect();
    assert_eq!(
        told,
        [(main.name.clone(), r#"{"written":1}"#.into()), (next.name.clone(), r#"{"accepted":1}"#.into())]
    );
}
