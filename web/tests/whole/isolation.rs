//! Every route of the table, as everybody, for one's own things and for foreign ones: the status is what
//! the table says, and no byte of a foreign hospital is in any answer. On the real engine.

use std::{collections::BTreeMap, net::SocketAddr};

use futures_util::{StreamExt, stream};
use ward_desk::{
    Reach, Role, Viewer,
    token::{NewToken, TokenUse},
};
use ward_event::{Micros, UnitId, clock::Clock, register::Register, time::MICROS_PER_DAY};
use ward_store::Store;
use ward_web::{Body, ROUTES, RouteEntry, ScopeKind, Who};

use crate::common::{
    self, Served,
    cases::Office,
    http::{Answer, ask_with},
    people::Person,
    seed,
};

/// Stands in every column and every name of the foreign hospital `hx`, and in nothing else; no address
/// that is asked for holds it.
const MARK: &str = "zqfremdkrankenhaus";

/// What an attacker fills into every field: markup, a header's end, a change of direction, a formula.
fn evil() -> String {
    format!(
        "{MARK}<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\r\nX-Evil: yes\u{202e}=cmd|' /C calc'!A0"
    )
}

/// The same within the length that a title may have.
fn title() -> String {
    evil().chars().take(200).collect()
}

/// Reads that are under way at once.
const READS_AT_ONCE: usize = 4;

/// Changes are: most are refused, and wait for the audit, which writes for all who wait together.
const CHANGES_AT_ONCE: usize = 16;

/// Fewer would mean that routes, roles or variants went missing.
const COMBINATIONS_MIN: usize = 900;

fn register() -> Register {
    let name = format!("{:?}", evil()).replace("\\u{202e}", "\\u202e").replace("\\'", "'");
    let text = format!(
        "[[unit]]\nid = \"hx\"\nname = {name}\nname_en = {name}\nkind = {name}\ngrade = {name}\nlocality = {name}\nconsortium = {name}\n"
    );
    let mut register = Register::parse(&text).expect("a register");
    register.units.extend(seed::register().units);
    register
}

/// The foreign hospital's rows, its marker in every text, and a host that the first hospital has, too.
async fn foreign_rows(store: &Store, now: Micros) {
    let (evil, mark) = (evil(), MARK);
    let (evil, time, ms) =
        (seed::quoted(&evil), seed::decimal(now.0 - 5_000_000), seed::decimal_ms(now.0 - 5_000_000));
    let reasons =
        serde_json::json!([{ "field": mark, "value": mark, "zh": mark, "en": mark, "points": 5.0 }]);
    let reasons = seed::quoted(&reasons.to_string());
    let statements = [
        format!("INSERT INTO events (hospital, sender, producer, seq, time, received, ingested_at, time_quality, class_uid, severity_id,
                 format, parser, message, raw, user_name, device_hostname, process_cmd_line, src_city, src_country, unmapped)
                 VALUES ('hx', 'hx', 'hx.1', 1, {time}, {time}, {ms}, 'skewed', 3002, 5, {evil}, {evil}, {evil}, {evil}, {evil}, 'HIS-DB-01',
                 {evil}, {evil}, {evil}, map({evil}, {evil}))"),
        format!("INSERT INTO alerts (alert_id, revision, rule_id, title, title_zh, level, techniques, time, first_time, last_time, hospital,
                 entities.type, entities.value, reasons, events.producer, events.seq, event_count, score, versions, producer, seq, ingested_at)
                 VALUES ('foreign', 0, {evil}, {evil}, {evil}, 'critical', [{evil}], {time}, {time}, {time}, 'hx', [{evil}, 'host'], [{evil}, 'HIS-DB-01'],
                 {reasons}, ['hx.1'], [1], 1, 99, {evil}, 'shard.1', 900001, {ms})"),
        format!("INSERT INTO score (hospital, entity_type, entity, score, reasons, time, producer, seq, ingested_at)
                 VALUES ('hx', 'host', 'HIS-DB-01', 99, {reasons}, {time}, 'shard.1', 900002, {ms})"),
        format!("INSERT INTO score (hospital, entity_type, entity, score, reasons, time, producer, seq, ingested_at)
                 VALUES ('hx', 'account', {evil}, 98, {reasons}, {time}, 'shard.1', 900004, {ms})"),
        format!("INSERT INTO source (hospital, sender, source, status, last_seen, events, time, producer, seq, ingested_at)
                 VALUES ('hx', {evil}, {evil}, {evil}, {time}, 1, {time}, 'shard.1', 900003, {ms})"),
        format!("INSERT INTO asset (hospital, asset_type, asset, host, kind, zone, services.protocol, services.port, services.bytes,
                 services.first_seen, services.last_seen, peers.address, peers.flows, sources, first_seen, last_seen, time, producer, seq, ingested_at)
                 VALUES ('hx', 'address', '10.12.0.10', {evil}, {evil}, {evil}, [{evil}], [1521], [1], [1], [1], [{evil}], [1], [{evil}],
                 {time}, {time}, {time}, 'shard.1', 900005, {ms})"),
    ];
    for sql in statements {
        seed::run(store, &sql).await;
    }
}

/// Finding 1 is the first hospital's, 2 and 3 the foreign one's.
async fn findings(served: &Served, now: Micros) {
    let report = common::findings::nessus(now.secs(), 1, common::findings::SMB);
    common::findings::import(&served.desk, &register(), "h01", &report).await;
    let evil = evil().replace('"', "\"\"");
    let list = format!(
        "IP地址,账号,服务,弱口令类型\n10.12.0.10,\"{evil}\",\"{evil}\",\"{evil}\"\n{MARK},=1+1,x,x\n"
    );
    common::findings::import(&served.desk, &register(), "hx", &list).await;
}

/// What is recorded of the foreign hospital, its marker and markup in the evidence.
async fn compliance(served: &Served) {
    let evidence = format!("{MARK}<script>alert(1)</script><img src=x onerror=alert(2)>");
    let table = format!(
        "单位,事项,内容,截至日期,依据材料\nhx,远程登录多因素认证,未启用,2026-01-01,{evidence}\n\
         h01,远程登录多因素认证,全部启用,2026-01-01,own\n"
    );
    common::compliance::import(&served.desk, &register(), &table).await;
}

/// An id of one's own (the first hospital's), and one of the foreign hospital.
struct Ids {
    own: BTreeMap<&'static str, String>,
    foreign: BTreeMap<&'static str, String>,
}

impl Ids {
    async fn of(store: &Store) -> Self {
        let one = async |sql: &str| -> (String, u64) {
            store.writer().query(sql).fetch_one().await.expect("a row of the first hospital")
        };
        let (alert, _) = one("SELECT alert_id, seq FROM alerts WHERE hospital = 'h01' LIMIT 1").await;
        let event =
            "SELECT toString(producer), seq FROM events WHERE hospital = 'h01' ORDER BY time DESC LIMIT 1";
        let (producer, seq) = one(event).await;
        let (producer, seq) = (producer.as_str(), &seq.to_string());
        let map = |pairs: [(&'static str, &str); 18]| {
            pairs.into_iter().map(|(k, v)| (k, v.to_owned())).collect::<BTreeMap<_, _>>()
        };
        Self {
            own: map([
                ("alerts", &alert),
                ("hospitals", "h01"),
                ("compliance", "h01"),
                ("exposure", "1"),
                ("findings", "1"),
                ("score", "h01"),
                ("scores", "h01"),
                ("entities", "host/HIS-DB-01?hospital=h01"),
                ("asset", "address/10.12.0.10?hospital=h01"),
                ("producer", producer),
                ("seq", seq),
                ("notices", "1"),
                ("warning", "3"),
                ("tasks", "1"),
                ("incidents", "1"),
                ("paper", "notice.docx"),
                ("law", "first.docx"),
                ("", "1"),
            ]),
            foreign: map([
                ("alerts", "foreign"),
                ("hospitals", "hx"),
                ("compliance", "hx"),
                ("exposure", "2"),
                ("findings", "2"),
                ("score", "hx"),
                ("scores", "hx"),
                ("entities", "host/HIS-DB-01?hospital=hx"),
                ("asset", "address/10.12.0.10?hospital=hx"),
                ("producer", "hx.1"),
                ("seq", "1"),
                ("notices", "2"),
                ("warning", "4"),
                ("tasks", "2"),
                ("incidents", "2"),
                ("paper", "notice.docx"),
                ("law", "first.docx"),
                ("", "999999"),
            ]),
        }
    }

    /// The path with its places filled: by the place's own name, else by the folder it stands in.
    fn fill(path: &str, ids: &BTreeMap<&'static str, String>) -> String {
        if let Some(before) = path.strip_suffix("/assets/{key:.*}") {
            return format!("{before}/assets/{}", ids.get("asset").unwrap_or(&ids[""]));
        }
        for folder in ["entities", "timeline", "neighbours"] {
            if let Some((before, _)) = path.split_once(&format!("/{folder}/{{")) {
                return format!("{before}/{folder}/{}", ids["entities"]);
            }
        }
        let mut folder = "";
        let parts: Vec<String> = path
            .split('/')
            .map(|part| {
                let Some(name) = part.strip_prefix('{').map(|p| p.trim_end_matches('}')) else {
                    folder = part;
                    return part.to_owned();
                };
                let name = name.split(':').next().unwrap_or(name);
                // Of replies a warning is asked for.
                let folder = if path.contains("/repl") { "warning" } else { folder };
                ids.get(name).or_else(|| ids.get(folder)).unwrap_or(&ids[""]).clone()
            })
            .collect();
        parts.join("/")
    }
}

/// Who sends requests.
struct Sender {
    name: String,
    /// The header that says so.
    header: Option<(&'static str, String)>,
    csrf: String,
    viewer: Option<Viewer>,
    /// May see the foreign hospital's rows.
    sees_all: bool,
    /// Only below `/api/`.
    is_token: bool,
    is_wall: bool,
}

impl Sender {
    fn nobody(name: &str, header: Option<(&'static str, String)>) -> Self {
        let name = name.to_owned();
        Self {
            name,
            header,
            csrf: String::new(),
            viewer: None,
            sees_all: false,
            is_token: false,
            is_wall: false,
        }
    }

    fn person(person: &Person) -> Self {
        let business = matches!(person.viewer.role, Role::Leader | Role::Analyst | Role::Inspector);
        Self {
            name: person.viewer.role.to_string(),
            header: Some(("Cookie", person.cookie.clone())),
            csrf: person.csrf.clone(),
            sees_all: business,
            viewer: Some(person.viewer.clone()),
            is_token: false,
            is_wall: false,
        }
    }
}

async fn senders(served: &Served) -> Vec<Sender> {
    let mut senders = vec![Sender::nobody("nobody", None)];
    let roles = Role::ALL.into_iter().filter(|role| *role != Role::Wall);
    let mut people = BTreeMap::new();
    for role in roles {
        let person = served.as_role(role).await;
        senders.push(Sender::person(&person));
        people.insert(role, person);
    }
    let units = |id: &str| Reach::Units([UnitId::new(id).expect("an id")].into());
    let token = async |role: Role, purpose: TokenUse| {
        let expires_at = Micros(served.desk_clock.now().0 + MICROS_PER_DAY);
        let name = "<script>alert(1)</script>=cmd".into();
        let new = NewToken { name, purpose, expires_at };
        served.desk.tokens().issue(&people[&role].viewer, "127.0.0.1", new).await.expect("issued")
    };
    let api = [
        ("officer's token", Role::Officer, None, true),
        ("analyst's token for another unit", Role::Analyst, Some(units("h03")), true),
        ("analyst's reading token", Role::Analyst, Some(units("h01")), false),
        ("county's token", Role::County, None, false),
        ("administrator's token", Role::SystemAdmin, None, false),
    ];
    for (name, role, within, may_write) in api {
        let issued = token(role, TokenUse::Api { within: within.clone(), may_write }).await;
        let viewer = Viewer { within, may_write, ..people[&role].viewer.clone() };
        senders.push(Sender {
            name: name.into(),
            header: Some(("Authorization", format!("Bearer {}", issued.secret))),
            csrf: String::new(),
            viewer: Some(viewer),
            sees_all: false,
            is_token: true,
            is_wall: false,
        });
    }
    let wall = TokenUse::Wall { wall: "overview".into(), reach: units("h01") };
    let wall = token(Role::Analyst, wall).await;
    let swapped = served.desk.tokens().swap(&wall.secret, "127.0.0.1", "test").await.expect("asked");
    let (secret, bearer) = swapped.expect("a device");
    senders.push(Sender {
        viewer: Some(bearer.viewer),
        is_wall: true,
        ..Sender::nobody("wall", Some(("Cookie", format!("ward-wall={secret}"))))
    });
    // A wall's secret is no session, a session's is no token.
    senders.push(Sender::nobody("wall's secret as session", Some(("Cookie", format!("ward={secret}")))));
    let analyst = people[&Role::Analyst].cookie.trim_start_matches("ward=").to_owned();
    let as_token = Some(("Authorization", format!("Bearer {analyst}")));
    senders.push(Sender::nobody("session as token", as_token));
    senders.push(Sender::nobody("made up", Some(("Cookie", format!("ward={}", "a".repeat(64))))));
    senders
}

/// Who is let in by the table.
fn is_let_in(route: &RouteEntry, sender: &Sender) -> Option<bool> {
    if route.who == Who::Anyone {
        return Some(true);
    }
    let viewer = sender.viewer.as_ref()?;
    if sender.is_token && !route.is_api() {
        return None;
    }
    if sender.is_wall && !route.who.allows(Role::Wall) {
        return None;
    }
    Some(route.who.allows(viewer.role) && (!route.is_unsafe() || viewer.may_write))
}

struct Case<'a> {
    route: &'static RouteEntry,
    sender: &'a Sender,
    path: String,
    foreign: bool,
    with_token: bool,
}

impl Case<'_> {
    async fn ask(&self, address: SocketAddr) -> Answer {
        let mut headers: Vec<(&str, &str)> = Vec::new();
        if let Some((name, value)) = &self.sender.header {
            headers.push((name, value));
        }
        let (kind, body) = match (self.route.body, self.with_token) {
            (Body::Empty, _) => ("", String::new()),
            (Body::Json, _) => ("application/json", "{}".to_owned()),
            (_, true) => ("application/x-www-form-urlencoded", format!("csrf={}", self.sender.csrf)),
            (_, false) => ("application/x-www-form-urlencoded", "a=b".to_owned()),
        };
        if !kind.is_empty() {
            headers.push(("Content-Type", kind));
        }
        if self.with_token && self.route.body == Body::Json {
            headers.push(("X-CSRF-Token", &self.sender.csrf));
        }
        ask_with(address, self.route.method.as_str(), &self.path, &headers, &body).await
    }

    fn check(&self, answer: &Answer) {
        let what = format!("{} {} as {} → {}", self.route.method, self.path, self.sender.name, answer.status);
        self.check_status(answer, &what);
        let may_see = self.sender.sees_all && is_let_in(self.route, self.sender) == Some(true);
        // Administrators see names of units where they give rights or read the audit, and no rows.
        let office = [Role::SecurityAdmin, Role::AuditAdmin];
        let names_units = self.sender.viewer.as_ref().is_some_and(|v| {
            office.contains(&v.role) && self.route.who.roles().len() < 3 && self.route.who.allows(v.role)
        });
        assert!(may_see || names_units || !answer.body.contains(MARK), "{what}: a foreign hospital's bytes");
        check_hostile(answer, &what);
    }

    fn check_status(&self, answer: &Answer, what: &str) {
        let status = answer.status;
        match is_let_in(self.route, self.sender) {
            None if self.route.is_api() => assert_eq!(status, 401, "{what}"),
            None => {
                assert_eq!(status, 303, "{what}");
                assert!(answer.header("location").starts_with("/sign-in"), "{what}");
            }
            Some(false) => assert_eq!(status, 403, "{what}"),
            Some(true) if self.route.is_unsafe() && !self.with_token && !self.sender.is_token => {
                assert_eq!(status, 403, "{what}: without its form token");
            }
            Some(true) => {
                assert!(![401, 403].contains(&status) || self.route.who == Who::Anyone, "{what}");
                assert!(status < 500, "{what}: {}", answer.body.chars().take(400).collect::<String>());
                let hidden = self.foreign && self.route.scope == ScopeKind::Item && !self.sender.sees_all;
                if hidden && !self.route.is_unsafe() {
                    assert_eq!(status, 404, "{what}");
                } else if hidden {
                    assert!((400..500).contains(&status), "{what}");
                }
            }
        }
    }
}

/// Nothing of a hostile value runs, splits a header or computes in a cell.
fn check_hostile(answer: &Answer, what: &str) {
    let kind = answer.header("content-type");
    assert!(answer.header("x-evil").is_empty(), "{what}: a header was split");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    if kind.starts_with("text/html") {
        let body = &answer.body;
        assert!(!body.contains("<script>alert") && !body.contains("<img src=x"), "{what}: markup");
        assert!(!body.contains('\u{202e}') && !body.contains('\r'), "{what}: controls");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{what}");
    }
    if kind.starts_with("text/csv") {
        for cell in answer.body.lines().flat_map(|line| line.split(',')) {
            let cell = cell.trim_start_matches('"');
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{what}: {cell} computes");
        }
    }
}

/// Lists of the API that take no unit.
const UNPARAMETERED: [&str; 11] = [
    "api-leader",
    "api-scores",
    "api-reports",
    "api-hunt",
    "api-overview",
    "api-units",
    "api-exceptions",
    "api-disclosures",
    "api-calls",
    "api-deliveries",
    "api-tasks",
];

/// What a route is asked for: one's own, foreign, and where it lists: by a foreign unit, and by a value that
/// both have.
fn paths(route: &RouteEntry, ids: &Ids) -> Vec<(String, bool)> {
    let (own, foreign) = (Ids::fill(route.path, &ids.own), Ids::fill(route.path, &ids.foreign));
    if route.path.contains('{') {
        return vec![(own, false), (foreign, true)];
    }
    if route.is_unsafe() || route.scope == ScopeKind::None {
        return vec![(own, false)];
    }
    // The API refuses parameters that a route does not have.
    let range = if route.is_api() { "" } else { "range=30d&" };
    let mut paths = vec![(own.clone(), false)];
    if !route.is_api() || !UNPARAMETERED.contains(&route.name) {
        paths.push((format!("{own}?{range}hospital=hx"), true));
    }
    if matches!(route.name, "alerts" | "events" | "api-alerts" | "api-events") {
        paths.push((format!("{own}?{range}entity_type=host&entity=HIS-DB-01"), true));
    }
    paths
}

/// Streams never end: their own test is below.
fn is_stream(route: &RouteEntry) -> bool {
    route.path.ends_with("/live") || route.path.ends_with("/stream") || route.path.ends_with("/tail")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reaches_a_foreign_hospital_by_any_route() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let now = Clock::system().now();
    seed::day(&store, now, 60).await;
    foreign_rows(&store, now).await;
    let served = common::serve_closed(register(), Clock::system(), store.reader().clone()).await;
    common::take_alerts(&store, &served.desk).await;
    findings(&served, now).await;
    compliance(&served).await;
    let address = served.address();
    let office = Office::of(&served).await;
    let notices = [office.sent("h01", "弱口令整改").await, office.sent("hx", &title()).await];
    assert_eq!(notices, [1, 2], "as the ids say");
    let warnings =
        [office.warning("h01", "漏洞预警", "已排查").await, office.warning("hx", &title(), &evil()).await];
    assert_eq!(warnings, [3, 4], "as the ids say");
    office.alert("own", "h01", "勒索前兆", "HIS-DB-01", now).await;
    office.alert("foreign", "hx", &evil(), &evil(), now).await;
    let (ids, senders) = (Ids::of(&store).await, senders(&served).await);
    let mut cases = Vec::new();
    for route in ROUTES {
        for sender in &senders {
            let let_in = is_let_in(route, sender) == Some(true);
            for (path, foreign) in paths(route, &ids) {
                if is_stream(route) && let_in {
                    continue;
                }
                let case = |with_token| Case { route, sender, path: path.clone(), foreign, with_token };
                // Without a token nothing may change; with one, only foreign things are tried: a sender who
                // signed himself out would prove nothing further.
                if !(route.is_unsafe() && let_in && sender.is_token) {
                    cases.push(case(false));
                }
                if route.is_unsafe() && let_in && foreign && route.scope == ScopeKind::Item {
                    cases.push(case(true));
                }
            }
        }
    }
    let count = cases.len();
    let (changes, reads): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.route.is_unsafe());
    for (cases, at_once) in [(changes, CHANGES_AT_ONCE), (reads, READS_AT_ONCE)] {
        let checks = stream::iter(cases).map(|case| async move {
            let answer = case.ask(address).await;
            case.check(&answer);
        });
        checks.buffer_unordered(at_once).collect::<Vec<()>>().await;
    }
    eprintln!("{count} combinations of {} routes and {} senders", ROUTES.len(), senders.len());
    assert!(count >= COMBINATIONS_MIN, "{count} combinations");
    streams(&senders, address).await;
    expired(&served).await;
    store.close().await;
    served.stop().await;
}

/// The first snapshot of each who may have one.
async fn streams(senders: &[Sender], address: SocketAddr) {
    let live = ROUTES.iter().find(|r| r.name == "live").expect("the stream");
    let mut seen = 0;
    for sender in senders.iter().filter(|s| is_let_in(live, s) == Some(true)) {
        let Some((name, value)) = &sender.header else { continue };
        let events = common::http::stream(address, "/live", &[(name, value)], 1).await;
        let data: serde_json::Value = serde_json::from_str(&events[0].2).expect("JSON");
        let units = data["units"].as_array().expect("units").len();
        assert!(units > 0, "{} sees something", sender.name);
        assert_eq!(sender.sees_all, events[0].2.contains("\"hx\""), "{}", sender.name);
        assert_eq!(sender.sees_all, events[0].2.contains(MARK), "{}", sender.name);
        seen += 1;
    }
    assert!(seen >= 4);
}

/// A session that was good, and is over by the clock.
async fn expired(served: &Served) {
    let person = served.as_role(Role::Leader).await;
    assert_eq!(person.get("/").await.status, 200);
    served.desk_clock.advance(Micros(served.desk_clock.now().0 + 16 * 60_000_000));
    for route in ROUTES.iter().filter(|r| r.who != Who::Anyone && !is_stream(r)) {
        let path =
            Ids::fill(route.path, &BTreeMap::from([("", "1".to_owned()), ("entities", "host/a".to_owned())]));
        let headers = [("Cookie", person.cookie.as_str())];
        let answer = ask_with(served.address(), route.method.as_str(), &path, &headers, "").await;
        let out = if route.is_api() { 401 } else { 303 };
        assert_eq!(answer.status, out, "{} {path} with a session that is over", route.method);
    }
}
