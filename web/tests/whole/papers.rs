//! Formal documents of a notice, as the commission and the hospital download them, opened with the tools a receiver
//! has; and the archive of a case, checked without Ward.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use ward_desk::{
    Reach, Role,
    audit::{Action, Search},
    case::{
        Answer, By, Decision, NoticeDetail, OnBehalf, Receipt,
        machine::{Rung, RungAct, RungState},
    },
    incident::{NewKnown, NewReport, ReportKind},
};
use ward_event::{
    Micros, UnitId,
    clock::Clock,
    time::{Calendar, MICROS_PER_DAY},
};
use ward_report::render::{FontSettings, Press};

use crate::common::{
    self,
    cases::Office,
    people::{Person, Served},
    seed,
};

const ALL: Option<std::collections::BTreeSet<UnitId>> = None;

fn unit(id: &str) -> UnitId {
    UnitId::new(id).expect("an id")
}

fn piped(command: &mut Command, bytes: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("a thread").expect("written");
    assert!(output.status.success(), "{command:?}");
    output.stdout
}

/// The text without white space, which lines and columns put in anywhere.
fn text(bytes: &[u8]) -> String {
    let out = if bytes.starts_with(b"%PDF-") {
        piped(Command::new("pdftotext").args(["-raw", "-", "-"]), bytes)
    } else {
        let script = "import sys,io,re,zipfile;z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()));\
            print(''.join(re.findall('<w:t[^>]*>([^<]*)<', z.read('word/document.xml').decode())))";
        piped(Command::new("python3").env("PYTHONIOENCODING", "utf-8").args(["-c", script]), bytes)
    };
    String::from_utf8(out).expect("UTF-8").split_whitespace().collect::<String>().replace('\u{200b}', "")
}

/// Keeps a file for a person to look at, where `WARD_SHOTS` names a folder.
fn save(name: &str, bytes: &[u8]) {
    if let Some(dir) = std::env::var_os("WARD_SHOTS") {
        std::fs::create_dir_all(&dir).expect("a folder");
        std::fs::write(Path::new(&dir).join(name), bytes).expect("written");
    }
}

/// A document in both forms: its texts, the same bytes at the second time.
async fn both(person: &Person, id: i64, name: &str, query: &str) -> [String; 2] {
    let mut texts = Vec::new();
    for kind in ["pdf", "docx"] {
        let path = format!("/notices/{id}/paper/{name}.{kind}{query}");
        let first = person.get(&path).await;
        assert_eq!(first.status, 200, "{path}: {}", first.body);
        assert!(first.header("content-disposition").ends_with(&format!(".{kind}\"")));
        assert_eq!(first.bytes, person.get(&path).await.bytes, "{path}: other bytes");
        save(&format!("{}-{id}-{name}.{kind}", person.viewer.role), &first.bytes);
        texts.push(text(&first.bytes));
    }
    texts.try_into().expect("two")
}

async fn detail(served: &Served, id: i64) -> NoticeDetail {
    served.desk.cases().notice(&ALL, id).await.expect("asked").expect("a notice")
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_hold_their_parts_and_the_readers_rows_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(dir.path()).await else { return };
    // Thursday, 2026-11-19, 10:00.
    let now = Micros(Calendar::shanghai().day_start(20_776).0 + 10 * 3_600_000_000);
    let press = Press::open(&FontSettings::default(), None).expect("fonts-noto-cjk is there");
    let register = seed::register();
    let name = |id: &str| register.unit(&unit(id)).expect("a unit").name.clone();
    let served =
        common::serve_pressed(register.clone(), Clock::driven(now), store.reader().clone(), Arc::new(press))
            .await;
    let office = Office::of(&served).await;
    let analyst = served.as_role(Role::Analyst).await;
    let officer = served.as_role(Role::Officer).await;

    // A draft is the commission's, and says on every page that it is one.
    let draft = office.draft_to(&["h01", "h02"], "数据库弱口令").await;
    for text in both(&analyst, draft, "notice", "?hospital=h01").await {
        for part in ["草稿", "卫网安〔2026〕号", "按附件1所列期限", "发出后3个工作日内", "发出后15日内"]
        {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
    assert_eq!(officer.get(&format!("/notices/{draft}/paper/notice.pdf")).await.status, 404);
    assert_eq!(
        analyst.get(&format!("/notices/{draft}/paper/review.pdf")).await.status,
        404,
        "nothing was checked"
    );

    // Sent: number, addressee, its own problems, deadlines, contact.
    let sent = office.sent_to(&["h01", "h02"], "数据库弱口令").await;
    let rows = detail(&served, sent).await.rows;
    let day = |due: Micros| ward_event::time::Calendar::shanghai().day(due);
    assert!(rows.iter().all(|r| r.due.is_some_and(|due| day(due) > 20_776)));
    for text in both(&officer, sent, "notice", "").await {
        let addressee = format!("{}：", name("h01"));
        let parts = [
            "云州市卫生健康委员会",
            "卫网安〔2026〕1号",
            &addressee,
            "共发现问题2项（高危1项，中危1项），具体情况见附件1。",
            "10.1.1.5",
            "数据库弱口令",
            "更换口令",
            "按附件1所列期限",
            "2026年11月24日",
            "联系人：监测值班室，联系电话：0000-1234567。",
            "2026年11月19日",
            "回执",
        ];
        for part in parts {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(
            !text.contains("草稿") && !text.contains("10.1.2.5") && !text.contains(&name("h02")),
            "{text}"
        );
    }
    let own = officer.get(&format!("/notices/{sent}/paper/notice.pdf")).await.bytes;
    let copy = analyst.get(&format!("/notices/{sent}/paper/notice.pdf?hospital=h01")).await.bytes;
    assert_eq!(own, copy, "the hospital has what the commission sees of it");
    let [whole, _] = both(&analyst, sent, "notice", "").await;
    assert!(whole.contains("10.1.2.5") && whole.contains(&format!("{}，{}：", name("h01"), name("h02"))));
    for foreign in ["notice.pdf?hospital=h02", "receipt.docx?hospital=h02", "notice.pdf?hospital=%20"] {
        assert_eq!(officer.get(&format!("/notices/{sent}/paper/{foreign}")).await.status, 404, "{foreign}");
    }
    for none in ["notice.exe", "notice", "supervision-99.pdf", "supervision-x.pdf", "nothing.pdf"] {
        assert_eq!(analyst.get(&format!("/notices/{sent}/paper/{none}")).await.status, 404, "{none}");
    }
    let search =
        Search { action: Some(Action::Export), account: Some(officer.name.clone()), ..Search::default() };
    let told = served.desk.audit().search(&search).await.expect("the audit");
    assert!(told.iter().any(|r| r.object_kind == "notice" && r.object_id == sent.to_string()), "{told:?}");
    for (person, page) in [(&analyst, format!("/notices/{sent}")), (&officer, format!("/tasks/{sent}"))] {
        let page = person.get(&page).await.body;
        assert!(page.contains(&format!("/notices/{sent}/paper/notice.pdf?hospital=h01")), "{page}");
        assert_eq!(page.contains("paper/notice.pdf?hospital=h02"), person.viewer.role == Role::Analyst);
    }

    let sheet = analyst.post(&format!("/notices/{sent}/link"), "unit=h02&kind=pdf").await;
    save("receipt-with-code.pdf", &sheet.bytes);
    let told = text(&sheet.bytes);
    for part in ["网络安全通报回执", "二维码只能使用一次", "按通报所列联系方式报送原件"]
    {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }

    answered_and_sent_back(&served, &office, &officer, sent).await;
    late_and_pressed_for(&served, &office, sent).await;
    let analyst = served.as_role(Role::Analyst).await;
    archived(&analyst, sent).await;
    reported_to_the_authorities(&served, &office).await;
    served.stop().await;
    store.close().await;
}

/// 回执 and 复核意见 of the first hospital.
async fn answered_and_sent_back(served: &Served, office: &Office, officer: &Person, id: i64) {
    let cases = served.desk.cases();
    let mine = Some([unit("h01")].into());
    let by = By { viewer: &officer.viewer, address: "127.0.0.1", units: &mine };
    let part = detail(served, id).await.units.into_iter().find(|u| u.unit == unit("h01")).expect("a part");
    let receipt =
        Receipt { person: "王芳".into(), post: "信息科主任".into(), on_behalf: OnBehalf::default() };
    cases.sign(by, id, &unit("h01"), part.revision, receipt).await.expect("signed");
    let row = detail(served, id).await.rows.remove(0);
    let answer = Answer {
        cause: "安装时未改默认口令".into(),
        measures: "已更换并启用双因素".into(),
        proof: Vec::new(),
        on_behalf: OnBehalf::default(),
    };
    cases.claim(by, row.id, row.revision, answer).await.expect("claimed");
    for text in both(officer, id, "receipt", "").await {
        for part in [
            "网络安全通报回执",
            "卫网安〔2026〕1号",
            "王芳信息科主任",
            "已更换并启用双因素",
            "单位负责人签字",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
    let second = By { viewer: &office.second, address: "127.0.0.1", units: &ALL };
    for (decision, reason) in [(Decision::NoMachine, "无可用扫描"), (Decision::ProofBad, "口令仍可登录")]
    {
        let row = detail(served, id).await.rows.remove(0);
        cases.decide(second, row.id, row.revision, decision, reason).await.expect("decided");
    }
    for text in both(officer, id, "review", "").await {
        for part in [
            "整改情况的复核意见",
            "未通过1项，尚未复核1项，具体情况见附件。",
            "复核情况：口令仍可登录",
            "卫网安〔2026〕1号",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}

/// 督办单: a draft of the commission's until a leader has signed it.
async fn late_and_pressed_for(served: &Served, office: &Office, id: i64) {
    let cases = served.desk.cases();
    let mut supervised = None;
    for _ in 0..10 {
        served.desk_clock.advance(Micros(served.desk_clock.now().0 + 5 * MICROS_PER_DAY));
        cases.draft_rungs().await.expect("drafted");
        let rungs = detail(served, id).await.rungs;
        let own = rungs.into_iter().rfind(|r| r.unit == unit("h01") && r.state == RungState::Drafted);
        let Some(rung) = own else { continue };
        if rung.rung == Rung::Supervise {
            supervised = Some(rung);
            break;
        }
        let by = By { viewer: &office.analyst, address: "127.0.0.1", units: &ALL };
        cases.rung(by, rung.id, rung.revision, RungAct::Send, "请尽快").await.expect("sent");
    }
    let rung = supervised.expect("the second step is drafted");
    let (analyst, officer) = (served.as_role(Role::Analyst).await, served.as_role(Role::Officer).await);
    let name = format!("supervision-{}", rung.id);
    for text in both(&analyst, id, &name, "").await {
        for part in ["草稿", "现予以第1次督办", "卫网安〔2026〕1号", "已逾期", "10.1.1.5"] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(!text.contains("10.1.2.5"), "{text}");
    }
    let address = format!("/notices/{id}/paper/{name}.pdf");
    assert_eq!(officer.get(&address).await.status, 404, "a draft is not told");
    let by = By { viewer: &office.leader, address: "127.0.0.1", units: &ALL };
    cases.rung(by, rung.id, rung.revision, RungAct::Send, "同意").await.expect("sent");
    for text in both(&officer, id, &name, "").await {
        assert!(!text.contains("草稿") && text.contains("现予以第1次督办"), "{text}");
        assert!(text.contains("卫网安〔2026〕2号"), "a number of the register of its own: {text}");
    }
}

/// 初报, made of the case: what is known, by when it is due, and what is still missing.
async fn reported_to_the_authorities(served: &Served, office: &Office) {
    let officer = served.as_role(Role::Officer).await;
    let foreign = served.as_one(Role::Officer, Reach::Units([unit("h02")].into())).await;
    office.alert("a1", "h01", "删除卷影副本", "HIS-DB-01", served.desk_clock.now()).await;
    let (incidents, by) =
        (served.desk.incidents(), By { viewer: &office.analyst, address: "127.0.0.1", units: &ALL });
    let revision = async || incidents.get(&ALL, 1).await.expect("asked").expect("it").incident.revision;
    let known = NewKnown {
        operator: "other".into(),
        class: "MP".into(),
        grade: "larger".into(),
        known_at: served.desk_clock.now(),
        person: "王芳".into(),
        reason: String::new(),
    };
    incidents.state_known(by, 1, revision().await, known).await.expect("stated");
    let words = vec![("harm".to_owned(), "挂号停止约两小时".to_owned())];
    incidents.write_law(by, 1, revision().await, words).await.expect("written");
    for ending in ["pdf", "docx"] {
        let answer = officer.get(&format!("/incidents/1/law/first.{ending}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        save(&format!("law-first.{ending}"), &answer.bytes);
        let text = text(&answer.bytes);
        for part in [
            "属地省级网信部门：",
            "（初报）",
            "删除卷影副本",
            "恶意程序事件",
            "较大",
            "挂号停止约两小时",
            "王芳",
            "剩4小时0分钟",
            "【待补】",
            "【待补】（续报前查明）",
            "本报告之前尚无报送记录",
        ] {
            assert!(text.contains(part), "{ending}: {part} is not in\n{text}");
        }
    }
    assert_eq!(foreign.get("/incidents/1/law/first.pdf").await.status, 404);
    assert_eq!(officer.get("/incidents/1/law/second.pdf").await.status, 404);
    let made = NewReport {
        kind: ReportKind::First,
        receiver: "省网信办".into(),
        channel: "12387".into(),
        person: "李工".into(),
        made_at: served.desk_clock.now(),
        acknowledged: "受理号 7".into(),
    };
    incidents.reported(by, 1, revision().await, made).await.expect("reported");
    let next = officer.get("/incidents/1/law/final.docx").await;
    let text = text(&next.bytes);
    for part in ["（终报）", "受理号", "12387", "已按时报送", "处置结果、责任追究与改进措施"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

async fn archived(analyst: &Person, id: i64) {
    let answer = analyst.get(&format!("/notices/{id}/archive")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"));
    assert_eq!(answer.bytes, analyst.get(&format!("/notices/{id}/archive")).await.bytes);
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("case.zip"), &answer.bytes).expect("written");
    let run = |program: &str, args: &[&str]| {
        let done =
            Command::new(program).args(args).current_dir(dir.path().join("out")).output().expect("it runs");
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    std::fs::create_dir(dir.path().join("out")).expect("a folder");
    assert!(run("python3", &["-m", "zipfile", "-e", "../case.zip", "."]).0);
    let (sound, out) = run("sha256sum", &["-c", "SHA256SUMS"]);
    assert!(sound, "{out}");
    for file in
        ["case.json", "timeline.csv", "papers/notice.pdf", "papers/review-h01.docx", "papers/receipt-h02.pdf"]
    {
        assert!(out.contains(&format!("{file}: OK")), "{file}:\n{out}");
    }
    assert!(
        out.lines().any(|l| l.starts_with("files/") && l.ends_with(".pdf: OK")),
        "the sealed file: {out}"
    );
    let read = |name: &str| std::fs::read_to_string(dir.path().join("out").join(name)).expect(name);
    assert!(read("timeline.csv").contains("口令仍可登录") && read("case.json").contains("\"卫网安\""));
    std::fs::write(dir.path().join("out/timeline.csv"), "x").expect("written");
    assert!(!run("sha256sum", &["-c", "SHA256SUMS"]).0, "what was changed is found");
}
