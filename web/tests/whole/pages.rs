//! The pages on the real engine: every route, both languages, hostile values, the stream, and what is
//! shown when the store goes away.

use std::net::SocketAddr;

use ward_desk::Role;
use ward_event::{Micros, clock::Clock, register::Register};
use ward_store::Store;
use ward_web::{ROUTES, RouteEntry, ScopeKind, Who};

use crate::common::{
    self,
    http::{ask, get, live},
    seed,
};

/// In every field an attacker can fill.
const EVIL: &str =
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\r\nSet-Cookie: a=b\u{202e}=cmd|' /C calc'!A0";

fn register() -> Register {
    let name = toml_text(EVIL);
    let base = seed::register();
    let mut register = Register::parse(&format!(
        "[[unit]]\nid = \"hx\"\nname = {name}\nname_en = {name}\nkind = {name}\ngrade = {name}\nlocality = {name}\n"
    ))
    .expect("a register");
    register.units.extend(base.units);
    register
}

fn toml_text(text: &str) -> String {
    // JSON's escapes are TOML's, for these characters.
    format!("{:?}", text).replace("\\u{202e}", "\\u202e").replace("\\'", "'")
}

async fn hostile_rows(store: &Store, now: Micros) {
    let evil = seed::quoted(EVIL);
    let (time, ms) = (seed::decimal(now.0 - 5_000_000), seed::decimal_ms(now.0 - 5_000_000));
    let reasons =
        serde_json::json!([{ "field": EVIL, "value": EVIL, "zh": EVIL, "en": EVIL, "points": 5.0 }]);
    let reasons = seed::quoted(&reasons.to_string());
    let statements = [
        format!("INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, severity_id,
                 format, parser, message, raw, user_name, device_hostname, process_cmd_line, src_city, src_country, unmapped)
                 VALUES ('hx', 'hx', 'hx.1', 1, {time}, {time}, {ms}, 'skewed', 3002, 5, {evil}, {evil}, {evil}, {evil}, {evil}, {evil},
                 {evil}, {evil}, {evil}, map({evil}, {evil}))"),
        format!("INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, techniques, time, first_time, last_time, hospital,
                 entities.type, entities.value, reasons, events.producer, events.seq, event_count, score, versions, producer, seq, ingested_at)
                 VALUES ('evil', 0, {evil}, {evil}, {evil}, 'critical', [{evil}], {time}, {time}, {time}, 'hx', [{evil}, 'host'], [{evil}, {evil}],
                 {reasons}, ['hx.1'], [1], 1, 99, {evil}, 'shard.1', 900001, {ms})"),
        format!("INSERT INTO score (hospital, entity_type, entity, score, reasons, time, producer, seq, ingested_at)
                 VALUES ('hx', 'host', {evil}, 99, {reasons}, {time}, 'shard.1', 900002, {ms})"),
        format!("INSERT INTO source (hospital, sender, source, status, last_seen, events, time, producer, seq, ingested_at)
                 VALUES ('hx', {evil}, {evil}, {evil}, {time}, 1, {time}, 'shard.1', 900003, {ms})"),
    ];
    for sql in statements {
        seed::run(store, &sql).await;
    }
}

fn encode(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_on_the_real_engine() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let now = Clock::system().now();
    seed::day(&store, now, 300).await;
    hostile_rows(&store, now).await;
    let server = common::serve(register(), Clock::system(), store.reader().clone()).await;
    common::take_alerts(&store, &server.desk).await;
    let address = server.address();
    every_route_answers(address, now).await;
    numbers_are_those_of_the_store(address).await;
    filters_come_from_the_address(address).await;
    hostile_values_are_text(address).await;
    the_language_is_switched(address).await;
    the_stream_goes_on(address, &store).await;
    store.close().await;
    the_store_is_gone(address).await;
    server.stop().await;
}

/// One address for each route of the table.
fn example(path: &str, now: Micros) -> String {
    let event = format!("/events/hx.1/1?at={}", now.0);
    match path {
        "/alerts/{id}" => "/alerts/evil".into(),
        "/entities/{key:.*}" => "/entities/host/HIS-DB-01?hospital=h01".into(),
        "/hospitals/{id}" => "/hospitals/h01".into(),
        "/api/v1/alerts/{id}" => "/api/v1/alerts/evil".into(),
        "/api/v1/entities/{type}/{value:.*}" => "/api/v1/entities/host/HIS-DB-01?hospital=h01".into(),
        "/api/v1/assets/{key:.*}" => "/api/v1/assets/address/10.12.0.10?hospital=h01".into(),
        "/api/v1/scores/{id}" => "/api/v1/scores/h01".into(),
        "/api/v1/walls/{name}" => "/api/v1/walls/overview".into(),
        "/api/v1/timeline/{type}/{value:.*}" => "/api/v1/timeline/host/HIS-DB-01?hospital=h01".into(),
        "/api/v1/neighbours/{type}/{value:.*}" => "/api/v1/neighbours/host/HIS-DB-01?hospital=h01".into(),
        "/api/v1/hospitals/{id}" => "/api/v1/hospitals/h01".into(),
        "/api/v1/events/{producer}/{seq}" => "/api/v1/events/hx.1/1?".into(),
        "/events/{producer}/{seq}" => event,
        "/score/{id}" => "/score/h01".into(),
        "/compliance/{id}" => "/compliance/h01".into(),
        "/api/v1/compliance/{id}" => "/api/v1/compliance/h01".into(),
        "/wall/{name}" => "/wall/overview".into(),
        "/wall/{name}/map" => "/wall/overview/map".into(),
        "/assets/{name}" => "/assets/ward.css".into(),
        "/asset/{key:.*}" => "/asset/address/10.12.0.10?hospital=h01".into(),
        plain => plain.into(),
    }
}

async fn first_of_the_queue(address: SocketAddr) -> String {
    let queue = get(address, "/queue").await.body;
    let (_, line) = queue.split_once("<a class=\"main-link\" href=\"/queue/").expect("the queue has a line");
    format!("/queue/{}", line.split(['"', '?']).next().expect("its id"))
}

async fn every_route_answers(address: SocketAddr, now: Micros) {
    let of_analyst = |r: &&RouteEntry| r.who == Who::Anyone || r.who.allows(Role::Analyst);
    let opened = ROUTES.iter().filter(of_analyst).filter(|r| !r.is_unsafe());
    let apart = ["live", "enrol-page", "hunt-tail", "wall-live", "wall-open", "receipt"];
    // The desk of this region is empty; its things have tests of their own.
    let of_desk = [
        "/duty/{",
        "/api/v1/duty/{",
        "/api/v1/findings/{",
        "/api/v1/incidents/{",
        "/api/v1/notices/{",
        "/api/v1/reports/{",
        "/exposure/{",
        "/incidents/{",
        "/notices/{",
        "/reports/{",
    ];
    let is_of_desk = |r: &&RouteEntry| of_desk.iter().any(|p| r.path.starts_with(p));
    for route in opened.filter(|r| !apart.contains(&r.name) && !is_of_desk(r)) {
        let path = match route.name {
            "queue-one" => first_of_the_queue(address).await,
            "api-queue-one" => format!("/api/v1{}", first_of_the_queue(address).await),
            _ => example(route.path, now),
        };
        assert!(!path.contains('{'), "{} has no example", route.path);
        let answer = get(address, &path).await;
        let leads_on = matches!(route.name, "events" | "hunt-pivot");
        assert_eq!(answer.status, if leads_on { 303 } else { 200 }, "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        if answer.header("content-type").starts_with("text/html") {
            assert!(!answer.body.contains("class=\"failed\""), "{path} has a failed panel");
            // What is about deadlines says which year's holidays are not known.
            let says_more = path.starts_with("/notices");
            assert!(says_more || !answer.body.contains("part-note"), "{path} has a stale part");
            assert!(!answer.body.contains(" style=") && !answer.body.contains("<script>"), "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
        assert_ne!(ask(address, "POST", &path, &[]).await.status, 200, "POST {path}");
        if route.scope == ScopeKind::Item {
            let foreign = path.replace("/evil", "/none").replace("/h01", "/h99").replace("/1?", "/77?");
            let foreign = foreign.replace("hospital=h01", "hospital=%20");
            let foreign = match route.name {
                "queue-one" => "/queue/none".into(),
                "api-queue-one" => "/api/v1/queue/none".into(),
                _ => foreign,
            };
            let status = get(address, &foreign).await.status;
            // The API says of what is no identifier that it is none.
            assert!(status == 404 || (route.is_api() && status == 400), "{foreign} → {status}");
        }
    }
}

async fn numbers_are_those_of_the_store(address: SocketAddr) {
    let list = get(address, "/alerts?range=30d").await.body;
    assert!(list.contains("共 91 条告警"), "90 and the hostile one");
    let overview = get(address, "/").await.body;
    // 14 units and the hostile one; one silent, one never heard.
    assert!(overview.contains("<b data-kpi=\"connected\">13</b>"), "{overview}");
    assert!(
        overview.contains("<b data-kpi=\"silent\">1</b>")
            && overview.contains("<b data-kpi=\"unknown\">1</b>")
    );
    let silent = get(address, "/hospitals?state=silent").await.body;
    assert!(silent.contains("白鹭县中医院") && !silent.contains("云州市中医院"));
    let unit = get(address, "/hospitals/h07").await.body;
    assert!(unit.contains("失联 · 不可知") && !unit.contains("h1><span class=\"state state-ok\""));
    let alert = get(address, "/alerts/evil").await.body;
    assert!(alert.contains("显示 1 个，共 1 个"), "the event behind it was found");
}

async fn filters_come_from_the_address(address: SocketAddr) {
    let count = |body: &str| body.matches("class=\"main-link\" href=\"/alerts/").count();
    let critical = get(address, "/alerts?level=critical&range=30d").await.body;
    assert!(count(&critical) > 3 && !critical.contains("<tr><td><span class=\"level level-medium\">"));
    let mixed =
        get(address, "/alerts?level=critical&level=high&sort=score&range=30d&hospital=h01").await.body;
    assert!(count(&mixed) > 3 && mixed.contains("aria-sort=\"ascending\""));
    let none = get(address, "/alerts?range=30d&q=%27%20OR%201%3D1%20--%20%3F").await;
    assert_eq!((none.status, count(&none.body)), (200, 0));
    assert_eq!(count(&get(address, "/alerts?hospital=..%2Fetc&range=30d").await.body), 0, "no id, no rows");
    let first = get(address, "/alerts?range=30d").await.body;
    let next =
        first.split("rel=\"next\"").next().and_then(|b| b.rsplit("href=\"").next()).expect("a next page");
    let next = next.split('"').next().expect("an address").replace("&#38;", "&");
    let second = get(address, &next).await.body;
    assert_eq!((count(&first), count(&second)), (50, 41), "{next}");
    for odd in [
        "/hunt?after=%00&q=class%3A1&range=zzz",
        "/alerts?after=NaN~x&from=9999999-99&sort=%FF",
        "/entities?type=%3Cx%3E",
    ] {
        assert_eq!(get(address, odd).await.status, 200, "{odd}");
    }
}

async fn hostile_values_are_text(address: SocketAddr) {
    let entity = format!("/entities/host/{}?hospital=hx", encode(EVIL));
    let echoed = format!("/alerts?q={0}&rule={0}&entity_type={0}&entity={0}&range=30d", encode(EVIL));
    let events =
        format!("/hunt?q=unit%3Ahx&cols=message,raw,user,unmapped.{0}&top=unmapped.{0}", encode(EVIL));
    let pages = [
        "/",
        "/alerts?range=30d",
        "/alerts/evil",
        "/entities",
        "/hospitals",
        "/hospitals/hx",
        "/hunt",
        "/hunt?q=unit%3Ahx&range=24h",
        "/events/hx.1/1",
        &entity,
        &echoed,
        &events,
        &format!("/{}", encode(EVIL)),
    ];
    for path in pages {
        for lang in ["", "en"] {
            let join = if path.contains('?') { '&' } else { '?' };
            let answer = get(address, &format!("{path}{join}lang={lang}")).await;
            let body = &answer.body;
            assert!(!body.contains("<script>alert") && !body.contains("<img src=x"), "markup on {path}");
            assert!(!body.contains('\u{202e}') && !body.contains('\r'), "controls on {path}");
            assert!(!answer.headers.iter().any(|(n, v)| n == "set-cookie" && v.starts_with("a=b")), "{path}");
        }
    }
    let alert = get(address, "/alerts/evil").await.body;
    assert!(
        alert.contains("&#60;script&#62;alert(1)")
            && alert.contains("[U+202E]")
            && alert.contains('\u{240d}')
    );
}

async fn the_language_is_switched(address: SocketAddr) {
    let english = get(address, "/alerts?lang=en&level=high").await;
    assert!(
        english.body.contains("<html lang=\"en\"") && english.body.contains("Alerts: "),
        "{}",
        english.body
    );
    let cookie = english.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    assert!(english.header("set-cookie").contains("HttpOnly"));
    let kept = ask(address, "GET", "/alerts", &[("Cookie", &cookie)]).await;
    let set_again = kept.headers.iter().any(|(n, v)| n == "set-cookie" && v.starts_with("ward_lang"));
    assert!(kept.body.contains("<html lang=\"en\"") && !set_again);
    assert!(english.body.contains("/alerts?level=high&#38;lang=zh"), "the switch keeps the filter");
    let chinese = get(address, "/alerts").await;
    assert!(chinese.body.contains("<html lang=\"zh-CN\"") && chinese.header("content-language") == "zh-CN");
}

async fn the_stream_goes_on(address: SocketAddr, store: &Store) {
    let events = live(address, None, 2).await;
    let (id, kind, data) = &events[0];
    assert_eq!(kind, "full");
    let full: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(full["units"].as_array().map(Vec::len), Some(15));
    assert!(full["data_at"].as_i64() > Some(0) && full["kpi"]["total"] == 15);
    assert_eq!(events[1].1, "tick");
    assert!(events[1].2.len() < data.len() / 2, "a tick is small");
    // A client that was away for a moment goes on; one from another life starts anew.
    assert_eq!(live(address, Some(id), 1).await[0].1, "tick");
    assert_eq!(live(address, Some("1-1"), 1).await[0].1, "full");
    // What is stored now is in the stream within seconds.
    seed::alert(store, 5_000, Clock::system().now()).await;
    let new_id = format!("{:032x}", 5_000 * 7919 + 11);
    let told = live(address, Some(id), 5).await;
    assert!(told.iter().any(|(_, _, data)| data.contains(&new_id)), "the new alert is told");
}

async fn the_store_is_gone(address: SocketAddr) {
    let list = get(address, "/alerts").await;
    assert_eq!(list.status, 503);
    assert!(list.body.contains("class=\"failed\"") && list.body.contains("数据存储不可达"));
    assert_eq!(get(address, "/alerts/evil").await.status, 503);
    let overview = get(address, "/").await;
    assert_eq!(overview.status, 200, "the overview still shows what it knows");
    assert!(overview.body.contains("health-bad") && overview.body.contains("存储不可达，仍显示"));
    assert!(overview.body.contains("显示的是上次成功读取的结果"));
    assert_eq!(get(address, "/health/ready").await.status, 503);
    assert_eq!(get(address, "/health/live").await.status, 200);
    let unit = get(address, "/hospitals/h01").await;
    assert_eq!(unit.status, 200);
    assert_eq!(unit.body.matches("class=\"failed\"").count(), 5, "each panel says it for itself");
}
