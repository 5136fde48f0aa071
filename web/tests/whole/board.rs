//! The register of assets, critical systems, the leader's view and the hospital's portal, on the real
//! engine: what each role sees, what an import does, and what is said when something is not known.

use ward_desk::{Reach, Role};
use ward_event::{Micros, UnitId, clock::Clock, register::Register};
use ward_store::Store;

use crate::common::{
    self, Served,
    http::{Answer, ask_with},
    people::Person,
    seed,
};

const DAY: i64 = 86_400_000_000;

/// The seeded region, with a consortium: h05 leads h11.
fn register() -> Register {
    let mut register = seed::register();
    for unit in &mut register.units {
        if matches!(unit.id.as_str(), "h05" | "h11") {
            unit.consortium = "青溪县医共体".into();
            unit.consortium_lead = unit.id.as_str() == "h05";
        }
    }
    register
}

fn units(ids: &[&str]) -> Reach {
    Reach::Units(ids.iter().map(|id| UnitId::new(id).expect("an id")).collect())
}

async fn tongfang(store: &Store, now: Micros) {
    for (n, back) in [(1, 1), (2, 9)] {
        let time = seed::decimal(now.0 - back * DAY);
        seed::run(store, &format!(
            "INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, techniques, time, first_time, last_time, hospital,
             entities.type, entities.value, reasons, event_count, score, versions, producer, seq, ingested_at)
             VALUES ('tf{n}', 1, '57b87e8b-126e-4aab-bad1-2fa6c5c8c3bd', 'Prescription Statistics by Doctor (Tongfang)', '疑似统方', 'high',
             ['T1213.006'], {time}, {time}, {time}, 'h02', ['account', 'ip'], ['lihua', '10.12.3.77'], '[]', 3, 60, '{{}}', 'shard.1', {}, {})",
            800_000 + n, seed::decimal_ms(now.0 - back * DAY),
        )).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_register_the_leader_and_the_hospital() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let clock = Clock::system();
    let now = clock.now();
    seed::day(&store, now, 300).await;
    tongfang(&store, now).await;
    let served = common::serve_closed(register(), clock, store.reader().clone()).await;
    found_and_declared(&served).await;
    an_import_is_all_or_nothing(&served).await;
    one_asset(&served).await;
    systems_have_a_state(&served).await;
    two_minutes_for_a_leader(&served).await;
    a_hospital_sees_itself_alone(&served).await;
    store.close().await;
    without_the_store(&served).await;
    served.stop().await;
}

fn rows(body: &str) -> usize {
    body.matches("<tr><td class=\"nowrap\"><span class=\"state").count()
}

async fn found_and_declared(served: &Served) {
    let analyst = served.as_role(Role::Analyst).await;
    let all = analyst.get("/assets").await;
    assert_eq!(all.status, 200);
    // Of each of five hospitals: three servers that answer, one gone quiet, one database.
    assert_eq!(rows(&all.body), 25, "servers alone");
    assert!(all.body.contains("未登记 20") && all.body.contains("久未出现 5"), "counts by difference");
    let one = analyst.get("/assets?hospital=h01").await.body;
    assert_eq!(rows(&one), 7, "of one unit its terminals, too");
    assert!(one.contains("10.12.3.77") && one.contains("Windows 主机"));
    assert_eq!(rows(&analyst.get("/assets?hospital=h01&difference=undeclared").await.body), 4);
    assert_eq!(rows(&analyst.get("/assets?hospital=h01&kind=imaging").await.body), 1);
    assert_eq!(rows(&analyst.get("/assets?hospital=h01&q=HIS-DB").await.body), 1);
    assert_eq!(rows(&analyst.get("/assets?q=%27%20OR%201%3D1").await.body), 0);
    assert_eq!(rows(&analyst.get("/assets?hospital=..%2Fetc").await.body), 0);
    let officer = served.as_role(Role::Officer).await;
    assert_eq!(rows(&officer.get("/assets").await.body), 7, "an officer's register is the hospital's");
    assert_eq!(rows(&officer.get("/assets?hospital=h02").await.body), 0);
    for nobody in [Role::SystemAdmin, Role::AuditAdmin, Role::SecurityAdmin, Role::Inspector] {
        assert_eq!(served.as_role(nobody).await.get("/assets").await.status, 403, "{nobody}");
    }
    let template = officer.get("/assets/template").await;
    assert!(template.header("content-type").starts_with("text/csv") && template.body.contains("资产名称,"));
}

async fn upload(person: &Person, unit: &str, csv: &str) -> Answer {
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!(
        "{}{}--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"资产.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{csv}\r\n--b--\r\n",
        part("csrf", &person.csrf),
        part("unit", unit)
    );
    let headers = [("Cookie", person.cookie.as_str()), ("Content-Type", "multipart/form-data; boundary=b")];
    ask_with(person.address, "POST", "/assets/import", &headers, &body).await
}

fn import_id(body: &str) -> Option<&str> {
    body.split("name=\"id\" value=\"").nth(1)?.split('"').next()
}

async fn an_import_is_all_or_nothing(served: &Served) {
    let officer = served.as_role(Role::Officer).await;
    assert_eq!(officer.get("/assets/import").await.status, 200);
    let bad =
        upload(&officer, "h01", "资产名称,IP地址\n好的,10.12.0.20\n=cmd|' /C calc'!A0,10.12.0.300\n").await;
    assert_eq!(bad.status, 422);
    assert!(
        bad.body.contains("有 1 行有误") && bad.body.contains("公式") && bad.body.contains("10.12.0.300")
    );
    assert!(import_id(&bad.body).is_none(), "nothing to confirm");
    let foreign = upload(&officer, "h02", "资产名称,所属单位\nx,h02\n").await;
    assert!(foreign.status == 422 && foreign.body.contains("不在您的管理范围内"));
    let unreadable = upload(&officer, "h01", "PK\u{3}\u{4}").await;
    assert!(unreadable.status == 422 && unreadable.body.contains("Excel 工作簿"));
    let many: String = (0..9_000)
        .map(|n| format!("服务器{n},10.{}.{}.{}\n", 100 + n / 62_500, n / 250 % 250, n % 250 + 1))
        .collect();
    let large = upload(&officer, "h01", &format!("资产名称,IP地址\n{many}")).await;
    assert!(large.status == 200 && large.body.contains("新增 9000 项"), "half a megabyte is no trouble");
    let evil = upload(&officer, "h01", "资产名称\n<script>alert(1)</script>\n").await;
    assert!(evil.status == 200 && !evil.body.contains("<script>alert"), "shown as text");

    let csv = "资产名称,所属系统,安全域,责任人,联系电话,重要程度,等保级别,IP地址\n\
        HIS数据库,HIS,内网核心业务区,张三,0571-5550199,核心,三级,10.12.0.10\n\
        影像服务器,PACS,互联网区,李四,,重要,二级,10.12.0.20\n\
        老服务器,,,王五,,一般,,10.12.0.99\n";
    let shown = upload(&officer, "h01", csv).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(shown.body.contains("新增 3 项，变更 0 项"));
    assert!(!officer.get("/assets").await.body.contains("老服务器"), "not before it is confirmed");
    let id = import_id(&shown.body).expect("an id").to_owned();
    let other = served.as_one(Role::Officer, units(&["h02"])).await;
    assert_eq!(other.post("/assets/import/confirm", &format!("id={id}")).await.status, 409, "another's");
    let done = officer.post("/assets/import/confirm", &format!("id={id}")).await;
    assert!(done.status == 200 && done.body.contains("新增 3 项"), "{}", done.body);
    assert_eq!(officer.post("/assets/import/confirm", &format!("id={id}")).await.status, 409, "once");
    let list = officer.get("/assets").await.body;
    assert!(list.contains("从未发现 1") && list.contains("与登记不符 1") && list.contains("未登记 2"));
    assert!(list.contains("登记在“互联网区”，实际位于“内网核心业务区”"));
    assert!(!other.get("/assets").await.body.contains("影像服务器"), "another hospital sees nothing of it");
    let leader = served.as_role(Role::Leader).await;
    assert_eq!(leader.get("/assets/import").await.status, 403);
    let forged = ask_with(
        officer.address,
        "POST",
        "/assets/import/confirm",
        &[("Cookie", officer.cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")],
        "id=x",
    )
    .await;
    assert_eq!(forged.status, 403, "without the form's token");
}

async fn one_asset(served: &Served) {
    let officer = served.as_role(Role::Officer).await;
    let list = officer.get("/assets?q=HIS%E6%95%B0%E6%8D%AE%E5%BA%93").await.body;
    let href =
        list.split("class=\"main-link\" href=\"").nth(1).and_then(|b| b.split('"').next()).expect("a link");
    let page = officer.get(href).await;
    assert_eq!(page.status, 200);
    for wanted in ["tel:0571-5550199", "张三", "陈立", "tcp/1521", "谁访问它", "等保 3 级"] {
        assert!(page.body.contains(wanted), "{wanted}");
    }
    assert!(page.body.contains("/entities/ip/10.12."), "peers lead on");
    let other = served.as_one(Role::Officer, units(&["h02"])).await;
    assert_eq!(other.get(href).await.status, 404, "a foreign declaration");
    assert_eq!(other.get("/asset/address/10.12.0.10?hospital=h01").await.status, 404, "a foreign address");
    assert_eq!(other.get("/asset/address/10.12.0.10?hospital=h02").await.status, 200);
    for odd in ["/asset/", "/asset/x", "/asset/address/10.99.0.1?hospital=h02", "/asset/address/10.12.0.10"] {
        assert_eq!(other.get(odd).await.status, 404, "{odd}");
    }
    let id = href.rsplit('/').next().expect("an id");
    assert_eq!(other.post(&format!("/assets/{id}/remove"), "").await.status, 404);
    let ended = officer.get("/assets?q=%E8%80%81%E6%9C%8D%E5%8A%A1%E5%99%A8").await.body;
    let old = ended.split("/asset/declared/").nth(1).and_then(|b| b.split('"').next()).expect("an id");
    assert_eq!(officer.post(&format!("/assets/{old}/remove"), "").await.status, 303);
    assert!(!officer.get("/assets").await.body.contains("老服务器"));
}

async fn systems_have_a_state(served: &Served) {
    let analyst = served.as_role(Role::Analyst).await;
    let page = analyst.get("/systems").await.body;
    assert!(page.contains("医院信息系统（HIS）") && page.contains("存在高危"));
    let silent = analyst.get("/systems?hospital=h07").await.body;
    assert_eq!(rows(&silent), 3);
    assert!(silent.contains("单位没有数据") && !silent.contains("class=\"state state-ok\">正常</span></td>"));
    let h08 = analyst.get("/systems?hospital=h08").await.body;
    assert!(h08.contains("没有数据源看到过它的主机"), "grey where nothing is known");
    let wrong = analyst.get("/systems?state=wrong").await.body;
    assert!(rows(&wrong) > 0 && !wrong.contains("没有数据源看到过"));
    let officer = served.as_role(Role::Officer).await;
    let own = officer.get("/systems").await.body;
    assert!(rows(&own) == 6 && own.contains("张三"), "with whom the declaration names");
}

async fn two_minutes_for_a_leader(served: &Served) {
    let leader = served.as_role(Role::Leader).await;
    let page = leader.get("/leader").await;
    assert_eq!(page.status, 200);
    let body = &page.body;
    assert_eq!(body.matches("class=\"figure-digits\"").count(), 8, "no more than eight figures");
    let severe = leader.get("/alerts?level=critical&level=high&range=7d").await.body;
    let count = severe.split(" 条告警").next().and_then(|b| b.rsplit("共 ").next()).expect("a count");
    assert!(body.contains(&format!("<b>{count}</b>")), "{count} severe alerts, as behind the number");
    for wanted in [
        "需要您决定",
        "lihua",
        "疑似统方",
        "陈立",
        "白鹭县中医院",
        "未销号问题",
        "澄江区",
        "存在需要立即处置的问题",
    ] {
        assert!(body.contains(wanted), "{wanted}");
    }
    assert!(body.contains("data-theme=\"light\"") && !body.contains("class=\"failed\""));
    for part in body.split("<li><a href=\"").skip(1).take(8) {
        let href = part.split('"').next().expect("an address").replace("&#38;", "&");
        if href.starts_with('/') {
            assert_eq!(leader.get(&href).await.status, 200, "{href}");
        }
    }
    let english = leader.get("/leader?lang=en").await.body;
    assert!(english.contains("For you to decide"));
    let county = served.as_role(Role::County).await;
    let theirs = county.get("/leader").await;
    assert_eq!(theirs.status, 200);
    assert!(!theirs.body.contains("lihua"), "who broke a rule is not for every role");
    assert!(!theirs.body.contains("青溪县人民医院"), "nothing of another district");
    assert_eq!(served.as_role(Role::Officer).await.get("/leader").await.status, 403);
}

async fn a_hospital_sees_itself_alone(served: &Served) {
    let officer = served.as_role(Role::Officer).await;
    let page = officer.get("/portal").await;
    assert_eq!(page.status, 200);
    for wanted in [
        "云州市第一人民医院",
        "我的任务",
        "怎么办",
        "我的数据源",
        "条高危及以上告警需要处理",
        "台服务器没有登记",
    ] {
        assert!(page.body.contains(wanted), "{wanted}");
    }
    assert!(!page.body.contains("云州市中医院"), "nothing of others");
    assert_eq!(officer.get("/portal?hospital=h02").await.status, 404);
    let lead = served.as_one(Role::Officer, units(&["h05"])).await;
    let own = lead.get("/portal").await.body;
    assert!(
        own.contains("青溪县人民医院") && own.contains("石桥镇中心卫生院"),
        "a lead switches among its members"
    );
    assert!(own.contains("镜像口") || own.contains("核心交换机"), "how to repair the source that is silent");
    let member = lead.get("/portal?hospital=h11").await;
    assert!(member.status == 200 && member.body.contains("石桥镇中心卫生院"));
    assert_eq!(lead.get("/portal?hospital=h06").await.status, 404);
    let alone = served.as_one(Role::Officer, units(&["h11"])).await;
    assert!(!alone.get("/portal").await.body.contains("青溪县人民医院"), "a member does not see its lead");
    let silent = served.as_one(Role::Officer, units(&["h07"])).await.get("/portal").await.body;
    assert!(silent.contains("收不到本单位的任何数据") && !silent.contains("一切正常"));
    let never = served.as_one(Role::Officer, units(&["h13"])).await.get("/portal").await.body;
    assert!(never.contains("尚未接入数据") && never.contains("从未收到过"));
    assert_eq!(served.as_role(Role::Leader).await.get("/portal").await.status, 403);
}

async fn without_the_store(served: &Served) {
    let analyst = served.as_role(Role::Analyst).await;
    for path in ["/assets", "/systems", "/asset/address/10.12.0.10?hospital=h01"] {
        let page = analyst.get(path).await;
        assert_eq!(page.status, 503, "{path}");
        assert!(page.body.contains("数据存储不可达"), "{path}");
    }
    let leader = served.as_role(Role::Leader).await.get("/leader").await;
    assert_eq!(leader.status, 200);
    assert!(
        leader.body.contains("部分数据读取失败") && leader.body.contains("<b>—</b>"),
        "no nought for what is unknown"
    );
    let portal = served.as_role(Role::Officer).await.get("/portal").await;
    assert_eq!(portal.status, 200);
    assert!(portal.body.contains("class=\"failed\"") && !portal.body.contains("一切正常"));
}
