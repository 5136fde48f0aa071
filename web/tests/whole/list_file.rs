//! The list of problems as a spreadsheet, out and back; and a disputed row of a score. On the real engine.

use ward_desk::{
    Role,
    case::{Decision, machine::RowState},
};
use ward_event::{Micros, clock::Clock};
use ward_report::sheet;

use crate::common::{
    self,
    cases::Office,
    http::{Answer, ask_with},
    people::Person,
    seed,
};

const NOW: Micros = Micros(1_795_000_000_000_000);

async fn upload(person: &Person, path: &str, name: &str, field: &str, content: &str) -> Answer {
    let file = if name.is_empty() { String::new() } else { format!("; filename=\"{name}\"") };
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--b\r\nContent-Disposition: form-data; \
         name=\"{field}\"{file}\r\n\r\n{content}\r\n--b--\r\n",
        person.csrf
    );
    let headers = [("Cookie", person.cookie.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    ask_with(person.address, "POST", path, &headers, &body).await
}

/// The exported list: its head and its rows.
async fn list(person: &Person) -> Vec<Vec<String>> {
    let file = person.get("/notices/list.xlsx").await;
    assert_eq!(file.status, 200);
    sheet::read(&file.bytes).expect("a sheet")
}

fn at(rows: &[Vec<String>], name: &str) -> usize {
    rows[0].iter().position(|head| head == name).expect("the column")
}

/// The filled list as CSV: for problems by title of unit and number of the row what is to be done.
fn filled(rows: &[Vec<String>], acts: &[(&str, &str, &str)]) -> String {
    let key = at(rows, "编号（勿改）");
    let mut text = "编号（勿改）,处理,处理意见\n".to_owned();
    for (row, act, opinion) in acts {
        let found = rows.iter().skip(1).find(|r| r[key].starts_with(&format!("{row}-")));
        text.push_str(&format!("{},{act},{opinion}\n", found.expect("the row")[key]));
    }
    text
}

fn between<'a>(body: &'a str, from: &str, to: &str) -> &'a str {
    let at = body.find(from).unwrap_or_else(|| panic!("{from} is not there: {body}")) + from.len();
    body[at..].split(to).next().expect("a part")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_goes_out_and_comes_back_filled() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(dir.path()).await else { return };
    let served = common::serve_closed(seed::register(), Clock::driven(NOW), store.reader().clone()).await;
    let office = Office::of(&served).await;
    let notice = office.sent_to(&["h01", "h05"], "=cmd|' /C calc'!A0").await;
    office.claims(notice, 1).await;
    office.claims(notice, 3).await;
    let second = served.as_role(Role::Analyst).await;
    let officer = served.as_role(Role::Officer).await;
    assert_eq!(officer.get("/notices/list.xlsx").await.status, 403);
    let county = list(&served.as_role(Role::County).await).await;
    let rows = list(&second).await;
    assert_eq!(rows.len(), 5, "the head and four problems");
    assert!(county.len() < rows.len(), "a county has its own units alone");
    assert!(rows[1..].iter().any(|r| r[at(&rows, "问题")] == "=cmd|' /C calc'!A0"), "text stays text");
    assert_eq!(
        rows[1..].iter().filter(|r| r[at(&rows, "状态")].starts_with("已报整改")).count(),
        2,
        "{rows:?}"
    );

    let cases = served.desk.cases();
    let detail = async || cases.notice(&None, notice).await.expect("asked").expect("a notice");
    let problem = async |no| detail().await.rows.into_iter().find(|r| r.no == no).expect("a problem");
    let ids: Vec<String> = detail().await.rows.iter().map(|r| r.id.to_string()).collect();
    let acts = [
        (ids[0].as_str(), "转人工复核", "看证明"),
        (ids[2].as_str(), "退回", "证据不足"),
        (ids[1].as_str(), "销号", "尚未整改"),
        (ids[3].as_str(), "删除", "不认识"),
        (ids[0].as_str(), "退回", "两次"),
    ];
    let text = filled(&rows, &acts);
    // One is decided by somebody else meanwhile.
    let changed = problem(3).await;
    let by = ward_desk::case::By { viewer: &office.second, address: "127.0.0.1", units: &None };
    cases.decide(by, changed.id, changed.revision, Decision::NoMachine, "无法核查").await.expect("decided");

    let page = upload(&second, "/notices/import", "台账.csv", "file", &text).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let accepted = between(&page.body, "id=\"accepted\"", "</section>");
    assert!(
        accepted.contains("转人工复核")
            && accepted.contains("看证明")
            && accepted.matches("<tr>").count() == 2
    );
    let refused = between(&page.body, "id=\"refused\"", "</section>");
    assert_eq!(refused.matches("<tr>").count(), 5, "four rows and the head: {refused}");
    for why in ["不认识的处理“删除”", "两次", "修改，请核对"] {
        assert!(refused.contains(why), "{why}: {refused}");
    }
    assert_eq!(problem(1).await.state, RowState::Rectified, "a preview changes nothing");
    let changes =
        between(&page.body, "name=\"changes\" value=\"", "\"").replace("&#34;", "\"").replace("&quot;", "\"");
    let done = upload(&second, "/notices/import/apply", "", "changes", &changes).await;
    assert!(done.status == 200 && done.body.contains("已执行 1 行"), "{}", done.body);
    assert_eq!(problem(1).await.state, RowState::ByHand);
    assert!(detail().await.history.iter().any(|h| h.text == "看证明"));
    let again = upload(&second, "/notices/import/apply", "", "changes", &changes).await;
    assert_eq!(again.status, 409, "it has changed: nothing is done twice");

    // All or nothing: one of two is stale.
    let stale = problem(3).await;
    let good = problem(1).await;
    let both = serde_json::json!([
        { "row": good.id, "revision": good.revision, "act": "proof_bad", "reason": "不够" },
        { "row": stale.id, "revision": stale.revision - 1, "act": "proof_bad", "reason": "不够" },
    ]);
    let none = upload(&second, "/notices/import/apply", "", "changes", &both.to_string()).await;
    assert_eq!((none.status, problem(1).await.state), (409, RowState::ByHand));

    for (bad, why) in [
        ("编号,办理\n1,销号\n", "缺少必需的列"),
        ("\u{0}\u{1}", "不是 .xlsx"),
        ("PK\u{3}\u{4} no archive", "已损坏"),
    ] {
        let answer = upload(&second, "/notices/import", "x.csv", "file", bad).await;
        assert!(answer.status == 422 && answer.body.contains(why), "{why}: {}", answer.body);
    }
    assert_eq!(upload(&officer, "/notices/import", "x.csv", "file", &text).await.status, 403);
    served.stop().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_disputes_a_row_of_its_score_and_another_decides() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(dir.path()).await else { return };
    seed::day(&store, NOW, 100).await;
    let served = common::serve_closed(seed::register(), Clock::driven(NOW), store.reader().clone()).await;
    let officer = served.as_role(Role::Officer).await;
    let (first, second) = (served.as_role(Role::Analyst).await, served.as_role(Role::Analyst).await);
    let page = officer.get("/score/h01").await.body;
    let item = between(&page, "name=\"item\" value=\"", "\"").to_owned();
    assert!(!first.get("/score/h01").await.body.contains("name=\"item\""), "a row is the unit's to dispute");
    let form = format!("item={item}&text=该设备已报废");
    assert_eq!(officer.post("/score/h02/dispute", &form).await.status, 404);
    assert_eq!(officer.post("/score/h01/dispute", "item=nothing&text=x").await.status, 404);
    assert_eq!(first.post("/score/h01/dispute", &form).await.status, 403);
    assert_eq!(officer.post("/score/h01/dispute", &form).await.status, 303);
    for person in [&officer, &first] {
        let page = person.get("/score/h01").await.body;
        assert!(page.contains("该设备已报废") && page.contains("有异议"), "it is shown");
    }
    let answered = first.post("/score/h01/answer", "dispute=1&revision=1&answer=按本周扫描结果计").await;
    assert_eq!(answered.status, 303, "{}", answered.body);
    let settle = "dispute=1&revision=2&decision=right&opinion=情况属实";
    assert_eq!(first.post("/score/h01/settle", settle).await.status, 422, "another decides");
    assert_eq!(second.post("/score/h01/settle", settle).await.status, 303);
    let page = officer.get("/score/h01").await.body;
    assert!(page.contains("异议成立") && page.contains("按本周扫描结果计") && page.contains("情况属实"));
    served.stop().await;
    store.close().await;
}
