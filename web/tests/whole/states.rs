//! What every page says of its own state, on the real engine: nothing stored yet, collectors stopped, a query too
//! heavy, the engine stopped, not for this role. Every page of the table that reads rows is in it.

use ward_desk::Role;
use ward_event::{Micros, clock::Clock};
use ward_store::Store;
use ward_web::{ROUTES, RouteEntry, ScopeKind, Who};

use crate::common::{self, Served, cases::Office, http::stream, people::Person, seed};

/// Where a page's rows come from.
#[derive(Clone, Copy, PartialEq)]
enum Reads {
    /// The page is its list: without the store it is an error.
    Store,
    /// Panels of the store and of the desk, or of a snapshot that outlives the store: each says it for itself.
    Parts,
    /// The desk alone: nothing of it depends on the store.
    Desk,
}

/// Route, address, who opens it, where its rows come from.
const PAGES: &[(&str, &str, Role, Reads)] = &[
    ("overview", "/", Role::Analyst, Reads::Parts),
    ("alerts", "/alerts?range=30d", Role::Analyst, Reads::Store),
    ("alert", "/alerts/0000000000000000000000000000000b", Role::Analyst, Reads::Store),
    ("entities", "/entities", Role::Analyst, Reads::Store),
    ("entity", "/entities/host/HIS-DB-01?hospital=h01", Role::Analyst, Reads::Parts),
    ("units", "/hospitals", Role::Analyst, Reads::Parts),
    ("unit", "/hospitals/h01", Role::Analyst, Reads::Parts),
    ("event", "/events/h01.seed/1", Role::Analyst, Reads::Store),
    ("queue", "/queue", Role::Analyst, Reads::Desk),
    ("exceptions", "/exceptions", Role::Analyst, Reads::Desk),
    ("assets", "/assets", Role::Analyst, Reads::Store),
    ("asset-import", "/assets/import", Role::Analyst, Reads::Desk),
    ("asset-one", "/asset/address/10.12.0.10?hospital=h01", Role::Analyst, Reads::Store),
    ("systems", "/systems", Role::Analyst, Reads::Store),
    ("leader", "/leader", Role::Leader, Reads::Parts),
    ("portal", "/portal", Role::Officer, Reads::Parts),
    ("hunt", "/hunt?range=24h", Role::Analyst, Reads::Store),
    ("exposure", "/exposure", Role::Analyst, Reads::Desk),
    ("finding", "/exposure/1", Role::Analyst, Reads::Desk),
    ("exposure-import", "/exposure/import", Role::Analyst, Reads::Desk),
    ("disclosures", "/exposure/disclosures", Role::Analyst, Reads::Desk),
    ("compliance", "/compliance", Role::Analyst, Reads::Desk),
    ("compliance-unit", "/compliance/h01", Role::Analyst, Reads::Desk),
    ("compliance-import", "/compliance/import", Role::Analyst, Reads::Desk),
    ("score", "/score", Role::Analyst, Reads::Store),
    ("score-unit", "/score/h01", Role::Analyst, Reads::Store),
    ("reports", "/reports", Role::Analyst, Reads::Desk),
    ("notices", "/notices", Role::Analyst, Reads::Desk),
    ("notice-calls", "/notices/calls", Role::Analyst, Reads::Desk),
    ("notice-new", "/notices/new", Role::Analyst, Reads::Desk),
    ("notice", "/notices/1", Role::Analyst, Reads::Desk),
    ("deliveries", "/deliveries", Role::Analyst, Reads::Desk),
    ("incidents", "/incidents", Role::Analyst, Reads::Desk),
    ("incident", "/incidents/1", Role::Analyst, Reads::Desk),
    ("tasks", "/tasks", Role::Officer, Reads::Desk),
    ("task", "/tasks/1", Role::Officer, Reads::Desk),
];

/// No page, or one whose states are those of another.
const APART: &[&str] = &[
    "live",
    "queue-new",
    "queue-one",
    "brief",
    "hunt-complete",
    "hunt-tail",
    "hunt-export",
    "wall-live",
    "exposure-export",
    "compliance-export",
    "compliance-template",
    "report",
    "report-file",
    "notice-file",
    "notice-list-file",
    "replies",
    "replies-now",
    "replies-export",
    "incident-law",
    "notice-paper",
    "notice-archive",
];

#[test]
fn every_page_that_reads_rows_is_looked_at() {
    let reads =
        |r: &&RouteEntry| !r.is_api() && !r.is_unsafe() && r.who != Who::Anyone && r.scope != ScopeKind::None;
    for route in ROUTES.iter().filter(reads) {
        let seen = PAGES.iter().any(|p| p.0 == route.name);
        assert!(seen != APART.contains(&route.name), "{}", route.name);
    }
    for (name, ..) in PAGES {
        assert!(ROUTES.iter().any(|r| r.name == *name), "{name}");
    }
}

struct People {
    analyst: Person,
    leader: Person,
    officer: Person,
}

impl People {
    async fn of(served: &Served) -> Self {
        Self {
            analyst: served.as_role(Role::Analyst).await,
            leader: served.as_role(Role::Leader).await,
            officer: served.as_role(Role::Officer).await,
        }
    }

    const fn of_role(&self, role: Role) -> &Person {
        match role {
            Role::Leader => &self.leader,
            Role::Officer => &self.officer,
            _ => &self.analyst,
        }
    }
}

/// A server on this client, with a notice, an incident and a finding at its desk.
async fn server(reader: clickhouse::Client, now: Micros) -> (Served, People) {
    let served = common::serve_closed(seed::register(), Clock::system(), reader).await;
    let office = Office::of(&served).await;
    office.sent("h01", "弱口令整改").await;
    office.alert("own", "h01", "勒索前兆", "HIS-DB-01", now).await;
    let report = common::findings::nessus(now.secs(), 1, common::findings::SMB);
    common::findings::import(&served.desk, &seed::register(), "h01", &report).await;
    let people = People::of(&served).await;
    (served, people)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_says_how_it_stands() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let now = Clock::system().now();
    nothing_stored_yet(&store, now).await;
    // Collectors stopped two hours ago.
    seed::day(&store, Micros(now.0 - 2 * 3_600_000_000), 60).await;
    let (served, people) = server(store.reader().clone(), now).await;
    collectors_stopped(&served, &people).await;
    not_for_this_role(&people).await;
    too_heavy(&store, now).await;
    store.close().await;
    the_engine_is_stopped(&people).await;
    served.stop().await;
}

async fn nothing_stored_yet(store: &Store, now: Micros) {
    let (served, people) = server(store.reader().clone(), now).await;
    for (name, path, role, reads) in PAGES {
        let answer = people.of_role(*role).get(path).await;
        // What is named by an address and is not stored does not exist.
        let is_one = matches!(*name, "alert" | "event" | "asset-one");
        assert_eq!(answer.status, if is_one { 404 } else { 200 }, "{name}");
        assert!(!answer.body.contains("class=\"failed\""), "{name} fails for want of rows");
        // Declared systems and scored units are there without a row; what is not known of them is not green.
        let lists = *reads == Reads::Store && !is_one && !matches!(*name, "systems" | "score" | "score-unit");
        assert!(!lists || answer.body.contains("class=\"empty\""), "{name} says why it is empty");
        assert!(!answer.body.contains("state-ok\">一切"), "{name} calls well what nobody has seen");
    }
    let portal = people.officer.get("/portal").await.body;
    assert!(portal.contains("verdict-unknown"), "nothing heard is not well");
    let health = people.analyst.get("/alerts").await.body;
    assert!(health.contains("health-none") && health.contains("尚无数据"));
    let wall = frame(&served, &people.leader).await;
    assert_eq!(wall["data_at"], 0, "a wall says that there is no data yet");
    served.stop().await;
}

async fn collectors_stopped(served: &Served, people: &People) {
    for (name, path, role, _) in PAGES {
        let answer = people.of_role(*role).get(path).await;
        assert!(answer.status == 200 || matches!(*name, "event" | "alert"), "{name}: {}", answer.status);
        if answer.status == 200 {
            assert!(answer.body.contains("health-late"), "{name} shows the age of its data");
            assert!(answer.body.contains("2 小时前"), "{name} says how old it is");
        }
    }
    // What is still listed is listed, as old.
    assert!(
        people.analyst.get("/alerts?range=30d").await.body.contains("class=\"main-link\" href=\"/alerts/")
    );
    let wall = frame(served, &people.leader).await;
    let age = wall["at"].as_i64().expect("a time") - wall["data_at"].as_i64().expect("a time");
    assert!(age > 7_000_000, "{age} ms");
}

/// The first whole frame of a wall.
async fn frame(served: &Served, person: &Person) -> serde_json::Value {
    let cookie = [("Cookie", person.cookie.as_str())];
    // The first may come before the store has answered for the first time.
    let events = stream(served.address(), "/wall/overview/live", &cookie, 3).await;
    let parts = events.iter().map(|e| serde_json::from_str::<serde_json::Value>(&e.2).expect("JSON"));
    let mut whole = serde_json::Map::new();
    for part in parts {
        whole.extend(part.as_object().expect("sections").clone());
    }
    whole.into()
}

async fn not_for_this_role(people: &People) {
    for (path, person) in [
        ("/queue", &people.officer),
        ("/notices", &people.officer),
        ("/duty", &people.officer),
        ("/walls", &people.officer),
        ("/audit", &people.analyst),
        ("/accounts", &people.leader),
        ("/tasks", &people.analyst),
    ] {
        let answer = person.get(path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("您的角色") && answer.body.contains("class=\"error-page\""), "{path}");
    }
}

async fn too_heavy(store: &Store, now: Micros) {
    // The real engine's own limit, set so low that nothing fits.
    let reader = store.reader().clone().with_setting("max_rows_to_read", "1");
    let (served, people) = server(reader, now).await;
    for (name, path, role, reads) in PAGES {
        let answer = people.of_role(*role).get(path).await;
        let says = answer.body.contains("查询超出上限") || answer.body.contains("部分数据读取失败");
        match (*reads, *name) {
            (Reads::Desk, _) => {
                assert!(answer.status == 200 && !says, "{name} does not ask the store: {}", answer.status);
            }
            // Made of a snapshot: its parts say so. A score that cannot be computed is a page of its own.
            (_, "overview" | "units" | "score" | "score-unit") => {
                assert!(answer.status == 200 || answer.status >= 500, "{name}: {}", answer.status);
                assert!(answer.body.contains("part-note") || answer.body.contains("error-page"), "{name}");
            }
            _ => assert!(says, "{name} says that it was too heavy: {}", answer.status),
        }
    }
    let wall = frame(&served, &people.leader).await;
    assert!(wall["parts"].to_string().contains("\"heavy\""), "{}", wall["parts"]);
    served.stop().await;
}

async fn the_engine_is_stopped(people: &People) {
    for (name, path, role, reads) in PAGES {
        let answer = people.of_role(*role).get(path).await;
        let failed = answer.body.contains("class=\"failed\"") || answer.body.contains("error-page");
        match reads {
            Reads::Store => {
                assert!(answer.status >= 500 && failed, "{name}: {}", answer.status);
                let says = answer.body.contains("不可达") || answer.body.contains("稍后重试");
                assert!(says, "{name} says what to do");
            }
            Reads::Parts => {
                assert_eq!(answer.status, 200, "{name}: what is known is still shown");
                let says = failed
                    || answer.body.contains("part-note")
                    || answer.body.contains("部分数据读取失败")
                    || answer.body.contains("health-bad");
                assert!(says, "{name}");
                assert!(!answer.body.contains("一切正常"), "{name} calls well what it cannot see");
            }
            Reads::Desk => assert!(answer.status == 200 && !failed, "{name}: {}", answer.status),
        }
    }
}
