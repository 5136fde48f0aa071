//! The timeline and the graph of neighbours, on the real engine: what they tell, in which order, and to whom.

use ward_desk::{
    Reach, Role,
    triage::{Act, Edit, Filter},
};
use ward_event::{Micros, UnitId, clock::Clock, control::Finding};
use ward_store::Store;

use crate::common::{self, Served, cases::Office, people::Person, seed};

/// Stands in the names that belong to another hospital, and nowhere else.
const FOREIGN: &str = "zqfremd";

const HOUR: i64 = 3_600_000_000;

/// On the address that both hospitals have: sign-ins, flows and an alert of the other one.
async fn foreign(store: &Store, now: Micros) {
    let (time, ms) = (seed::decimal(now.0 - HOUR), seed::decimal_ms(now.0 - HOUR));
    seed::run(store, &format!(
        "INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, activity_id, severity_id,
            format, parser, user_name, device_hostname, src_ip, dst_ip, dst_port, status)
         SELECT 'h02', 'h02', 'foreign.seed', number, {time}, {time}, {ms}, 'ok', if(number % 2 = 0, 3002, 4001), 1, 1, 'syslog', 'syslog',
            '{FOREIGN}-account', '{FOREIGN}-host', toIPv6('10.12.3.77'), toIPv6('10.99.99.99'), 445, 'Failure' FROM numbers(40)")).await;
    seed::run(store, &format!(
        "INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, techniques, time, first_time, last_time, hospital,
            entities.type, entities.value, reasons, event_count, score, versions, producer, seq, ingested_at)
         VALUES ('{FOREIGN}', 0, 'r', '{FOREIGN}', '{FOREIGN}', 'critical', [], {time}, {time}, {time}, 'h02',
            ['ip', 'account'], ['10.12.3.77', '{FOREIGN}-account'], '[]', 1, 60, '{{}}', 'shard.1', 990001, {ms})")).await;
    let reasons =
        serde_json::json!([{ "field": "x", "value": FOREIGN, "zh": FOREIGN, "en": FOREIGN, "points": 70.0 }]);
    seed::run(
        store,
        &format!(
        "INSERT INTO score (hospital, entity_type, entity, score, reasons, time, producer, seq, ingested_at)
         VALUES ('h02', 'ip', '10.12.3.77', 70, {}, {time}, 'shard.1', 990002, {ms})",
        seed::quoted(&reasons.to_string())),
    )
    .await;
    seed::run(store, &format!(
        "INSERT INTO asset (hospital, asset_type, asset, host, kind, zone, peers.address, peers.flows, sources, first_seen, last_seen, time,
            producer, seq, ingested_at)
         VALUES ('h02', 'address', '10.12.3.77', '{FOREIGN}-name', 'windows', '', ['10.98.98.98'], [4], ['flow'], {time}, {time}, {time},
            'shard.1', 990003, {ms})")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entity_has_its_story_and_its_neighbours() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let now = Clock::system().now();
    seed::day(&store, now, 300).await;
    foreign(&store, now).await;
    let served = common::serve_closed(seed::register(), Clock::system(), store.reader().clone()).await;
    common::take_alerts(&store, &served.desk).await;
    let analyst = served.as_role(Role::Analyst).await;
    what_happened_stands_in_order(&served, &analyst).await;
    the_picture_and_the_table_say_the_same(&analyst).await;
    nothing_of_others(&served, &analyst).await;
    programs_are_told_the_same(&served, &analyst).await;
    store.close().await;
    what_is_missing_is_said(&analyst).await;
    served.stop().await;
}

/// The `title` of each moment's time, as the page shows them.
fn moments(body: &str) -> Vec<String> {
    let parts = body.split("<li class=\"moment moment-").skip(1);
    parts.filter_map(|p| p.split("title=\"").nth(1)?.split('"').next()).map(str::to_owned).collect()
}

async fn what_happened_stands_in_order(served: &Served, analyst: &Person) {
    // A case of the host is closed by a person, and an incident is opened about it.
    let triage = served.desk.triage();
    let of_host = Filter {
        entity: Some(("host".into(), "HIS-DB-01".into())),
        hospital: UnitId::new("h01").ok(),
        ..Filter::default()
    };
    let page = triage.page(&of_host, &None, 0, 1).await.expect("asked");
    let group = page.groups.first().expect("a line of the host");
    let edit = Edit { group: group.id.clone(), version: group.version, seen: group.last_no };
    let act = Act::Close { verdict: Finding::Benign, reason: "备份任务，已核实".into() };
    let done = triage.act(&analyst.viewer, "127.0.0.1", &None, vec![edit], act).await.expect("closed");
    assert!(done[0].done.is_ok());
    let office = Office::of(served).await;
    let at = served.desk_clock.now();
    office.alert("story", "h01", "勒索前兆", "HIS-DB-01", at).await;
    office.alert("story-2", "h02", FOREIGN, "HIS-DB-01", at).await;

    let page = analyst.get("/entities/host/HIS-DB-01?hospital=h01").await;
    assert_eq!(page.status, 200);
    let times = moments(&page.body);
    assert!(times.len() > 5, "{times:?}");
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first: {times:?}");
    for kind in ["alert", "first", "score", "act", "incident"] {
        assert!(page.body.contains(&format!("moment-{kind}\"")), "no {kind}");
    }
    assert!(page.body.contains("备份任务，已核实"), "the reason of the act");
    assert!(page.body.contains(&format!("{} 关闭了", analyst.name)), "who closed it");
    assert!(page.body.contains("首次发现 10.12.0.10"), "the address behind the host's name");
    assert!(!page.body.contains(FOREIGN), "the incident of the other hospital's host");
    let unit = analyst.get("/hospitals/h01").await.body;
    assert!(moments(&unit).len() > 20 && unit.contains("moment-act") && unit.contains("moment-incident"));
    assert!(!unit.contains(FOREIGN));
    // Who judged what is the commission's own.
    let officer = served.as_role(Role::Officer).await;
    let own = officer.get("/entities/host/HIS-DB-01").await.body;
    assert!(own.contains("moment-alert\"") && own.contains("moment-incident\""));
    assert!(!own.contains("moment-act\"") && !own.contains("备份任务"));
}

/// Nodes that stand for one neighbour, and the lines of the table.
fn nodes(body: &str) -> (usize, usize) {
    let picture =
        body.split("<svg class=\"graph\"").nth(1).and_then(|b| b.split("</svg>").next()).unwrap_or("");
    let table = body.split("id=\"neighbours\"").nth(1).and_then(|b| b.split("</table>").next()).unwrap_or("");
    (picture.matches("href=\"/entities/").count(), table.matches("<tr><td").count())
}

async fn the_picture_and_the_table_say_the_same(analyst: &Person) {
    let account = "/entities/account/wangfang?hospital=h01";
    let body = analyst.get(account).await.body;
    let (drawn, listed) = nodes(&body);
    assert!(drawn >= 5 && drawn <= listed, "{drawn} drawn of {listed}");
    assert!(body.contains("登录到的主机") && body.contains("登录来源地址"));
    assert!(body.contains("HIS-DB-01") && body.contains(".0/24"), "many addresses are folded");
    let graph = |body: &str| {
        body.split("<svg class=\"graph\"").nth(1).map(|b| b.split("</svg>").next().map(str::to_owned))
    };
    assert_eq!(graph(&body), graph(&analyst.get(account).await.body), "the same picture again");
    // The server that everybody talks to: its callers come in from the left.
    let server = analyst.get("/entities/ip/10.12.0.10?hospital=h01").await.body;
    let (drawn, listed) = nodes(&server);
    assert!(server.contains("访问它的地址") && drawn >= 4 && listed > 20, "{drawn} of {listed}");
    let nothing = analyst.get("/entities/host/never-seen?hospital=h01").await;
    assert!(nothing.status == 200 && nothing.body.contains("没有往来记录"));
}

async fn nothing_of_others(served: &Served, analyst: &Person) {
    let all = analyst.get("/entities/ip/10.12.3.77").await.body;
    for theirs in
        [format!("{FOREIGN}-account"), format!("{FOREIGN}-host"), "10.99.99.99".into(), "10.98.98.98".into()]
    {
        assert!(all.contains(&theirs), "the commission sees {theirs}");
    }
    let own = UnitId::new("h01").expect("an id");
    let officer = served.as_one(Role::Officer, Reach::Units([own].into())).await;
    for path in [
        "/entities/ip/10.12.3.77",
        "/entities/ip/10.12.3.77?hospital=h01",
        "/entities/host/HIS-DB-01",
        "/entities/hospital/h01",
        "/hospitals/h01",
        "/api/v1/timeline/ip/10.12.3.77",
        "/api/v1/neighbours/ip/10.12.3.77",
        "/api/v1/timeline/hospital/h02",
        "/api/v1/neighbours/hospital/h02",
        "/entities/hospital/h02",
    ] {
        let answer = officer.get(path).await;
        let told = [FOREIGN, "10.99.99.99", "10.98.98.98"].iter().any(|theirs| answer.body.contains(theirs));
        assert!(!told, "{path} tells of another hospital");
    }
    for path in [
        "/entities/ip/10.12.3.77?hospital=h02",
        "/api/v1/neighbours/ip/10.12.3.77?hospital=h02",
        "/hospitals/h02",
    ] {
        assert_eq!(officer.get(path).await.status, 404, "{path}");
    }
}

async fn programs_are_told_the_same(served: &Served, analyst: &Person) {
    let json = async |person: &Person, path: &str| -> serde_json::Value {
        serde_json::from_str(&person.get(path).await.body).expect("JSON")
    };
    let story = json(analyst, "/api/v1/timeline/host/HIS-DB-01?hospital=h01").await;
    let items = story["items"].as_array().expect("items");
    let page = analyst.get("/entities/host/HIS-DB-01?hospital=h01").await.body;
    assert_eq!(items.len(), moments(&page).len());
    assert!(items.iter().any(|m| m["kind"] == "act" && m["act"][2] == "备份任务，已核实"));
    let beside = json(analyst, "/api/v1/neighbours/account/wangfang?hospital=h01").await;
    let ties: std::collections::BTreeSet<_> =
        beside["items"].as_array().expect("items").iter().filter_map(|n| n["tie"].as_str()).collect();
    assert!(ties.contains("origin") && ties.contains("signs_in_on"), "{ties:?}");
    let officer = served.as_role(Role::Officer).await;
    let own = json(&officer, "/api/v1/timeline/hospital/h01").await;
    assert!(
        own["items"].as_array().is_some_and(|i| !i.is_empty() && i.iter().all(|m| m["hospital"] == "h01"))
    );
}

async fn what_is_missing_is_said(analyst: &Person) {
    let page = analyst.get("/entities/host/HIS-DB-01?hospital=h01").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("共 5 个来源，缺 3 个：告警、首次出现、风险分"), "{}", page.body);
    assert!(
        page.body.contains("moment-incident\"") && page.body.contains("moment-act\""),
        "the desk still tells"
    );
    let graph = page
        .body
        .split("id=\"h-graph\"")
        .nth(1)
        .and_then(|b| b.split("</section>").next())
        .expect("the panel");
    assert!(graph.contains("class=\"failed\"") && graph.contains("数据存储不可达"));
}
