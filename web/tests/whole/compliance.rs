//! The ledger of compliance on a real server: who sees and records what, in both languages, by page, file and program.

use ward_desk::{
    Reach, Role,
    compliance::State,
    token::{NewToken, TokenUse},
};
use ward_event::{Micros, UnitId, clock::Clock, time::MICROS_PER_DAY};

use crate::common::{
    self, Served, compliance,
    http::{Answer, ask_with},
    people::Person,
    seed,
};

const EVIL: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

fn own(unit: &str) -> Reach {
    Reach::Units([UnitId::new(unit).expect("an id")].into())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

async fn upload(person: &Person, unit: &str, table: &str) -> Answer {
    let field = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!(
        "{}{}--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{table}\r\n--x--\r\n",
        field("csrf", &person.csrf),
        field("unit", unit)
    );
    let headers = [("Cookie", person.cookie.as_str()), ("Content-Type", "multipart/form-data; boundary=x")];
    ask_with(person.address, "POST", "/compliance/import", &headers, &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_of_compliance() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let served = common::serve_closed(seed::register(), Clock::system(), store.reader().clone()).await;
    nothing_recorded_is_grey(&served).await;
    let table = compliance::table(&served.desk);
    compliance::import(&served.desk, &seed::register(), &table).await;
    the_score_counts_it(&served).await;
    a_region_at_a_glance(&served).await;
    a_hospital_sees_itself_alone(&served).await;
    one_item_is_recorded_by_a_form(&served).await;
    hostile_values_stay_text(&served).await;
    tables_go_out_and_come_back(&served).await;
    programs_are_told_the_same(&served).await;
    store.close().await;
    served.stop().await;
}

async fn nothing_recorded_is_grey(served: &Served) {
    let analyst = served.as_role(Role::Analyst).await;
    let page = analyst.get("/compliance").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(
        page.body.contains("state-unknown") && !page.body.contains("state-ok"),
        "nothing is good of itself"
    );
    let unit = analyst.get("/compliance/h01").await.body;
    assert!(unit.contains("尚无登记") && unit.contains("来自单位登记或资产申报"));
    // The seeded LIS of a hospital of the highest grade is level 2.
    assert!(unit.contains("应达 3 级（三级甲等医院核心业务系统）") && unit.contains("低于应达等级"));
}

/// What the score says of the ledger: "" for unknown, else how many items are not as they should be.
async fn unmet(person: &Person, unit: &str) -> String {
    let page = person.get(&format!("/score/{unit}")).await.body;
    let at = page.find("未达到、已过期或未登记的合规事项").expect("a line of the score");
    let line = page[at..].split("</tr>").next().expect("its end");
    let counted = line.split_once(&format!("<a href=\"/compliance/{unit}\">"));
    counted.map_or("", |(_, behind)| behind.split('<').next().unwrap_or("")).to_owned()
}

async fn the_score_counts_it(served: &Served) {
    let analyst = served.as_role(Role::Analyst).await;
    let sheets = served.desk.compliance().sheets(None, &seed::register(), Clock::system().now()).await;
    let sheets = sheets.expect("sheets");
    let of = |unit: &str| sheets.iter().find(|s| s.unit.as_str() == unit).expect("a sheet");
    let states = [State::NotMet, State::Overdue, State::Unknown];
    let open: usize = states.into_iter().map(|state| of("h01").count(None, state)).sum();
    assert!(open > 0);
    assert_eq!(unmet(&analyst, "h01").await, open.to_string(), "what is not recorded counts, too");
    let blank = sheets.iter().find(|s| s.all().all(|(_, line)| line.record.is_none())).expect("a blank one");
    assert_eq!(unmet(&analyst, blank.unit.as_str()).await, "", "unknown");
}

async fn a_region_at_a_glance(served: &Served) {
    let analyst = served.as_role(Role::Analyst).await;
    let page = analyst.get("/compliance").await.body;
    let first = page.find("云州市第一人民医院").expect("named");
    assert!(first < page.find("云州市中医院").expect("named"), "what needs somebody first");
    assert!(
        page.contains("href=\"/compliance/h01\"") && page.contains("等级保护") && page.contains("已逾期")
    );
    let english = analyst.get("/compliance?lang=en").await.body;
    for wanted in ["Compliance", "Ten security areas", "Not recorded", "Due soon", "First People"] {
        assert!(english.contains(wanted), "{wanted}");
    }
    let county = served.as_role(Role::County).await;
    let theirs = county.get("/compliance").await;
    assert!(theirs.status == 200 && !theirs.body.contains("青溪县人民医院"), "a county sees its district");
    let narrowed = analyst.get(&format!("/compliance?locality={}", encoded("青溪县"))).await.body;
    assert!(narrowed.contains("青溪县人民医院") && !narrowed.contains("云州市第一人民医院"));
    let late = analyst.get("/compliance?state=overdue").await.body;
    assert!(late.contains("云州市第一人民医院") && !late.contains("href=\"/compliance/h03\""));
    for role in [Role::Inspector, Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin] {
        assert_eq!(served.as_role(role).await.get("/compliance").await.status, 403, "{role}");
    }
    // Both places that lead there.
    assert!(analyst.get("/hospitals/h01").await.body.contains("href=\"/compliance/h01\""));
    let portal = analyst.get("/portal?hospital=h01").await.body;
    assert!(portal.contains("href=\"/compliance/h01\"") && portal.contains("已逾期 2 项"));
}

async fn a_hospital_sees_itself_alone(served: &Served) {
    let (first, second) =
        (served.as_one(Role::Officer, own("h01")).await, served.as_one(Role::Officer, own("h02")).await);
    let page = first.get("/compliance/h01").await;
    assert_eq!(page.status, 200);
    for wanted in [
        "CP-26-0117",
        "33010000001-26001",
        "院发〔2026〕12号",
        "基本符合",
        "93.40%",
        "变更记录",
        "医院信息化建设标准：身份认证",
    ] {
        assert!(page.body.contains(wanted), "{wanted}");
    }
    let english = first.get("/compliance/h01?lang=en").await.body;
    for wanted in ["Basically conforms", "Level 3", "Below what is mandatory", "Last drill", "Record"] {
        assert!(english.contains(wanted), "{wanted}");
    }
    assert_eq!(second.get("/compliance/h01").await.status, 404);
    let list = second.get("/compliance").await.body;
    assert!(list.contains("href=\"/compliance/h02\"") && !list.contains("/compliance/h01"));
    assert_eq!(second.get("/compliance?hospital=h01").await.body.matches("main-link").count(), 0);
    for odd in ["/compliance/h99", "/compliance/unattributed", "/compliance/a%20b"] {
        assert_eq!(served.as_role(Role::Analyst).await.get(odd).await.status, 404, "{odd}");
    }
}

async fn one_item_is_recorded_by_a_form(served: &Served) {
    let (first, second) =
        (served.as_one(Role::Officer, own("h01")).await, served.as_one(Role::Officer, own("h02")).await);
    let today = served.desk.compliance().day(served.desk_clock.now()).to_string();
    let blank = first.get("/compliance/h01?item=backup.grade").await.body;
    assert!(
        blank.contains("action=\"/compliance/h01/record\"") && blank.contains("name=\"before\" value=\"0\"")
    );
    let form = |value: &str, before: i64| {
        format!(
            "item=backup.grade&system=&value={value}&as_of={today}&evidence={}&before={before}",
            encoded("证书 3 号")
        )
    };
    assert_eq!(
        second.post("/compliance/h01/record", &form("4", 0)).await.status,
        404,
        "another hospital's officer"
    );
    let leader = served.as_role(Role::Leader).await;
    assert_eq!(leader.post("/compliance/h01/record", &form("4", 0)).await.status, 403);
    assert!(
        !leader.get("/compliance/h01?item=backup.grade").await.body.contains("/record\""),
        "no form for who may not"
    );
    let bad = first.post("/compliance/h01/record", &form("9", 0)).await;
    assert!(
        bad.status == 422 && bad.body.contains("不符合该事项的填写要求") && bad.body.contains("value=\"9\"")
    );
    let late = first.post("/compliance/h01/record", &form("4", 0).replace(&today, "2199-01-01")).await;
    assert!(late.status == 422 && late.body.contains("日期无法识别，或晚于今天"));
    let done = first.post("/compliance/h01/record", &form("4", 0)).await;
    assert_eq!((done.status, done.header("location")), (303, "/compliance/h01?item=backup.grade#history"));
    let shown = first.get("/compliance/h01?item=backup.grade").await.body;
    assert!(shown.contains("4 级") && shown.contains("证书 3 号") && shown.contains("现行"));
    let stale = first.post("/compliance/h01/record", &form("5", 0)).await;
    assert!(stale.status == 422 && stale.body.contains("刚被他人更新"));
    let id =
        shown.split("name=\"before\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("a version");
    assert_eq!(second.post("/compliance/h02/withdraw", &format!("id={id}")).await.status, 404);
    assert_eq!(first.post("/compliance/h01/withdraw", &format!("id={id}")).await.status, 303);
    let after = first.get("/compliance/h01?item=backup.grade").await.body;
    assert!(after.contains("证书 3 号") && !after.contains("现行"), "it stays in the history");
}

async fn hostile_values_stay_text(served: &Served) {
    let first = served.as_one(Role::Officer, own("h01")).await;
    let form = format!(
        "item=mlps.filing&system={}&value={}&as_of=2026-01-01&evidence={}&before=0",
        encoded("检验信息系统（LIS）"),
        encoded(EVIL),
        encoded("=cmd|' /C calc'!A0")
    );
    assert_eq!(first.post("/compliance/h01/record", &form).await.status, 303);
    for path in [
        "/compliance/h01",
        "/compliance/h01?item=mlps.filing&system=%E6%A3%80%E9%AA%8C%E4%BF%A1%E6%81%AF%E7%B3%BB%E7%BB%9F%EF%BC%88LIS%EF%BC%89",
    ] {
        let page = first.get(path).await.body;
        assert!(page.contains("&#60;script&#62;alert(1)") && !page.contains("<script>alert"), "{path}");
        assert!(!page.contains("<img src=x"), "{path}");
    }
    let bad =
        first.post("/compliance/h01/record", &format!("{}&x=1", form.replace("before=0", "before=7"))).await;
    assert!(bad.status == 422 && !bad.body.contains("<img src=x"), "shown again as text");
    let upload = upload(&first, "h01", &format!("事项,内容,截至日期\n{EVIL},是,2026-01-01\n")).await;
    assert!(upload.status == 422 && !upload.body.contains("<script>alert"));
}

async fn tables_go_out_and_come_back(served: &Served) {
    let (first, second) =
        (served.as_one(Role::Officer, own("h01")).await, served.as_one(Role::Officer, own("h02")).await);
    let export = first.get("/compliance/export.csv").await;
    assert!(export.header("content-type").starts_with("text/csv"));
    assert!(export.body.contains(&format!("账号 {}", first.name)) && export.body.contains("CP-26-0117"));
    assert!(export.body.contains("\"'=cmd"), "no cell computes");
    let theirs = second.get("/compliance/export.csv").await.body;
    assert!(!theirs.contains("CP-26-0117") && !theirs.contains("云州市第一人民医院"));
    let analyst = served.as_role(Role::Analyst).await;
    assert!(analyst.get("/compliance/export.csv").await.body.contains("云州市第一人民医院"));

    // The form of a unit holds what is recorded, and comes back as it went out.
    assert_eq!(first.get("/compliance/import").await.status, 200);
    let form = first.get("/compliance/template?hospital=h01").await.body;
    assert!(form.contains("网络安全事件应急预案") && form.contains("已印发") && form.contains("CP-26-0117"));
    let foreign = second.get("/compliance/template?hospital=h01").await.body;
    assert_eq!(foreign.lines().count(), 1, "the head alone");
    let form = form.replace("'=cmd", "cmd");
    let back = upload(&first, "h01", &form).await;
    assert!(back.status == 200 && back.body.contains("新增 0 项，变更 1 项，不变 16 项"), "{}", back.body);
    let english = first.get("/compliance/template?hospital=h01&lang=en").await.body;
    let back = upload(&first, "h01", &english).await;
    assert!(back.status == 200 && back.body.contains("变更 0 项"), "either language: {}", back.body);
    let bad = upload(
        &first,
        "h01",
        "单位,事项,内容,截至日期\nh02,远程登录多因素认证,全部启用,2026-01-01\n,身份认证,达标,x\n",
    )
    .await;
    assert!(bad.status == 422 && bad.body.contains("有 2 行有误") && bad.body.contains("不在您的管理范围内"));
    assert!(upload(&first, "h01", "PK\u{3}\u{4}").await.body.contains("Excel 工作簿"));
    let county = served.as_role(Role::County).await;
    assert_eq!(county.get("/compliance/import").await.status, 403);
}

async fn programs_are_told_the_same(served: &Served) {
    let officer = served.as_one(Role::Officer, own("h01")).await;
    let expires_at = Micros(served.desk_clock.now().0 + MICROS_PER_DAY);
    let purpose = TokenUse::Api { within: None, may_write: false };
    let new = NewToken { name: "ledger".into(), purpose, expires_at };
    let token = served.desk.tokens().issue(&officer.viewer, "127.0.0.1", new).await.expect("issued");
    let bearer = format!("Bearer {}", token.secret);
    let ask = async |path: &str| {
        ask_with(officer.address, "GET", path, &[("Authorization", bearer.as_str())], "").await
    };
    let list: serde_json::Value = serde_json::from_str(&ask("/api/v1/compliance").await.body).expect("JSON");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (list["items"][0]["hospital"].as_str(), list["items"][0]["groups"]["areas"]["not_met"].as_u64()),
        (Some("h01"), Some(1))
    );
    let one: serde_json::Value =
        serde_json::from_str(&ask("/api/v1/compliance/h01").await.body).expect("JSON");
    let item = |items: &serde_json::Value, id: &str| {
        items.as_array().and_then(|all| all.iter().find(|i| i["item"] == id).cloned()).unwrap_or_default()
    };
    assert_eq!(item(&one["items"], "emergency.drill")["state"], "overdue");
    let systems = one["systems"].as_array().expect("systems");
    let his = systems.iter().find(|s| s["name"] == "医院信息系统（HIS）").expect("HIS");
    assert_eq!(
        (his["mandatory_level"].as_u64(), his["filing"].as_str()),
        (Some(3), Some("33010000001-26001"))
    );
    assert_eq!(item(&his["items"], "mlps.rate")["value"], "93.40");
    assert!(one["history"].as_array().is_some_and(|h| h.len() > 15));
    assert_eq!(ask("/api/v1/compliance/h02").await.status, 404);
    assert_eq!(ask("/api/v1/compliance?hospital=h02").await.body.matches("h02").count(), 0);
    assert_eq!(ask("/api/v1/compliance?nonsense=1").await.status, 400);
}
