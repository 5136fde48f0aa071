//! Who is let in, for how long, and what a request must carry to change anything. Needs no store.

use ward_desk::{
    Reach, Role,
    audit::{Action, Search},
    token::{NewToken, TokenUse},
};
use ward_event::{Micros, UnitId, books::Books, clock::Clock, time::MICROS_PER_DAY};

use crate::common::{
    self, Served,
    http::{Answer, ask, ask_with, get, stream},
    people::{PASSWORD, Person, code},
    seed,
};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Nobody listens on port 1 of loopback.
fn nowhere() -> clickhouse::Client {
    clickhouse::Client::default().with_url("http://127.0.0.1:1")
}

async fn closed() -> Served {
    common::serve_closed(seed::register(), Clock::system(), nowhere()).await
}

/// The value of a cookie that an answer sets.
fn set_cookie(answer: &Answer, name: &str) -> Option<String> {
    let lines = answer.headers.iter().filter(|(n, _)| n == "set-cookie").map(|(_, v)| v.as_str());
    let value = |line: &str| line.strip_prefix(name)?.strip_prefix('=')?.split(';').next().map(str::to_owned);
    lines.filter_map(value).find(|v| !v.is_empty())
}

fn form_token(body: &str) -> String {
    let at = body.split("name=\"csrf\" value=\"").nth(1).expect("a form with its token");
    at.split('"').next().expect("a value").to_owned()
}

/// Asks for the sign-in form, and sends it back with these fields.
async fn sign_in(served: &Served, cookies: &str, fields: &str) -> Answer {
    let page = ask(served.address(), "GET", "/sign-in", &[("Cookie", cookies)]).await;
    assert_eq!(page.status, 200);
    let visitor = set_cookie(&page, "ward-form").expect("what ties the form to this browser");
    let cookies = format!("ward-form={visitor}; {cookies}");
    let body = format!("csrf={}&{fields}", form_token(&page.body));
    ask_with(served.address(), "POST", "/sign-in", &[("Cookie", &cookies), FORM], &body).await
}

fn fields(person: &Person, at: Micros) -> String {
    let password = PASSWORD.replace(' ', "+");
    format!("name={}&password={password}&code={}", person.name, code(&person.totp_secret, at))
}

async fn is_in(served: &Served, cookie: &str) -> bool {
    ask(served.address(), "GET", "/account", &[("Cookie", cookie)]).await.status == 200
}

#[tokio::test]
async fn whoever_is_signed_out_is_sent_to_sign_in_and_comes_back() {
    let served = closed().await;
    let asked = get(served.address(), "/alerts?level=high&range=7d").await;
    assert_eq!(asked.status, 303);
    assert_eq!(asked.header("location"), "/sign-in?next=%2Falerts%3Flevel%3Dhigh%26range%3D7d");
    for nothing in ["/no-such-page", "/accounts/7"] {
        assert_eq!(get(served.address(), nothing).await.status, 303, "nobody learns which pages there are");
    }
    let api = get(served.address(), "/api/v1/alerts").await;
    assert_eq!((api.status, api.header("content-type")), (401, "application/problem+json"));
    let problem: serde_json::Value = serde_json::from_str(&api.body).expect("JSON");
    assert_eq!(problem["status"], 401);
    let panel = ask(served.address(), "GET", "/alerts", &[("HX-Request", "true")]).await;
    assert_eq!((panel.status, panel.header("hx-redirect")), (401, "/sign-in"));

    let person = served.as_role(Role::Analyst).await;
    served.desk_clock.advance(Micros(served.desk_clock.now().0 + 60_000_000));
    let now = served.desk_clock.now();
    let next = "&next=%2Falerts%3Flevel%3Dhigh";
    let done = sign_in(&served, "", &format!("{}{next}", fields(&person, now))).await;
    assert_eq!((done.status, done.header("location")), (303, "/alerts?level=high"));
    let cookie = format!("ward={}", set_cookie(&done, "ward").expect("a session"));
    let flags = done.headers.iter().find(|(n, v)| n == "set-cookie" && v.starts_with("ward=")).expect("set");
    assert!(flags.1.contains("HttpOnly") && flags.1.contains("SameSite=Strict"), "{}", flags.1);
    assert!(is_in(&served, &cookie).await);
    served.stop().await;
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_sign_in() {
    let served = closed().await;
    let person = served.as_role(Role::AuditAdmin).await;
    for foreign in
        ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", "%2Fa%0D%0AX%3A+y"]
    {
        let page = get(served.address(), &format!("/sign-in?next={foreign}")).await;
        assert!(page.body.contains("name=\"next\" value=\"\""), "{foreign}");
        served.desk_clock.advance(Micros(served.desk_clock.now().0 + 60_000_000));
        let fields = format!("{}&next={foreign}", fields(&person, served.desk_clock.now()));
        let done = sign_in(&served, "", &fields).await;
        assert_eq!((done.status, done.header("location")), (303, "/audit"), "{foreign}");
        assert!(done.header("x").is_empty());
    }
    served.stop().await;
}

#[tokio::test]
async fn a_session_is_new_at_sign_in_and_dead_at_sign_out() {
    let served = closed().await;
    let person = served.as_role(Role::Analyst).await;
    served.desk_clock.advance(Micros(served.desk_clock.now().0 + 60_000_000));
    // A value that somebody else put into the browser is never taken over.
    let fixed = "f".repeat(64);
    let done = sign_in(&served, &format!("ward={fixed}"), &fields(&person, served.desk_clock.now())).await;
    let secret = set_cookie(&done, "ward").expect("a session");
    assert_ne!(secret, fixed);
    assert!(!is_in(&served, &format!("ward={fixed}")).await);
    // Two of one name are nobody's.
    assert!(!is_in(&served, &format!("ward={secret}; ward={fixed}")).await);
    // Signing in again where somebody is signed in ends the older session.
    assert!(is_in(&served, &person.cookie).await);
    served.desk_clock.advance(Micros(served.desk_clock.now().0 + 60_000_000));
    let again = sign_in(&served, &person.cookie, &fields(&person, served.desk_clock.now())).await;
    assert_eq!(again.status, 303);
    assert!(!is_in(&served, &person.cookie).await, "the older one ended");
    // Sign-out ends it on the server, not only in the browser.
    let cookie = format!("ward={}", set_cookie(&again, "ward").expect("a session"));
    let page = ask(served.address(), "GET", "/account", &[("Cookie", &cookie)]).await;
    let body = format!("csrf={}", form_token(&page.body));
    let out = ask_with(served.address(), "POST", "/sign-out", &[("Cookie", &cookie), FORM], &body).await;
    assert_eq!(out.status, 303);
    assert!(!is_in(&served, &cookie).await);
    // Everywhere.
    let other = format!("ward={secret}");
    assert!(is_in(&served, &other).await);
    let page = ask(served.address(), "GET", "/account", &[("Cookie", &other)]).await;
    let body = format!("csrf={}", form_token(&page.body));
    let headers = [("Cookie", other.as_str()), FORM];
    let all = ask_with(served.address(), "POST", "/account/sign-out-all", &headers, &body).await;
    assert_eq!(all.status, 303);
    assert!(!is_in(&served, &other).await);
    served.stop().await;
}

#[tokio::test]
async fn idleness_ends_a_session_and_its_streams_though_a_page_asks_by_itself() {
    let served = closed().await;
    let person = served.as_role(Role::Analyst).await;
    let minute = |n: i64| served.desk_clock.advance(Micros(served.desk_clock.now().0 + n * 60_000_000));
    minute(10);
    assert!(is_in(&served, &person.cookie).await, "and that counts");
    minute(10);
    let events = [("Cookie", person.cookie.as_str()), ("Accept", "text/event-stream")];
    assert!(!stream(served.address(), "/live", &events, 1).await.is_empty(), "that does not");
    minute(6);
    let late = ask(served.address(), "GET", "/live", &events).await;
    assert_eq!(late.status, 401, "a stream is told by its status");
    assert!(!is_in(&served, &person.cookie).await);
    served.stop().await;
}

#[tokio::test]
async fn every_failure_says_the_same_and_five_lock() {
    let served = closed().await;
    let person = served.as_role(Role::Analyst).await;
    let step = || served.desk_clock.advance(Micros(served.desk_clock.now().0 + 60_000_000));
    step();
    let wrong_code = fields(&person, Micros(served.desk_clock.now().0 - 600_000_000));
    let wrong_password = fields(&person, served.desk_clock.now()).replace("correct", "incorrect");
    let unknown = wrong_password.replace(&person.name, "nobody");
    let mut said = Vec::new();
    for attempt in [&wrong_code, &wrong_password, &unknown] {
        let answer = sign_in(&served, "", attempt).await;
        assert_eq!(answer.status, 401);
        let at = answer.body.split("id=\"error\">").nth(1).expect("an error");
        said.push(at.split('<').next().expect("text").to_owned());
    }
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
    for _ in 0..3 {
        sign_in(&served, "", &wrong_password).await;
    }
    step();
    let locked = sign_in(&served, "", &fields(&person, served.desk_clock.now())).await;
    assert_eq!(locked.status, 401, "right, and locked");
    assert!(locked.body.contains(&said[0]), "and it says nothing of that");
    served.desk_clock.advance(Micros(served.desk_clock.now().0 + 16 * 60_000_000));
    let later = sign_in(&served, "", &fields(&person, served.desk_clock.now())).await;
    assert_eq!(later.status, 303, "after a quarter of an hour");
    served.stop().await;
}

#[tokio::test]
async fn a_form_without_its_token_changes_nothing() {
    let served = closed().await;
    let admin = served.as_role(Role::SecurityAdmin).await;
    let other = served.as_role(Role::SecurityAdmin).await;
    let form = "name=zhang.san&display_name=%E5%BC%A0%E4%B8%89&role=analyst";
    let cookie = ("Cookie", admin.cookie.as_str());
    let foreign_origin = [cookie, FORM, ("Origin", "https://evil.example")];
    let null_origin = [cookie, FORM, ("Origin", "null")];
    let cross = [cookie, FORM, ("Sec-Fetch-Site", "cross-site")];
    let good = format!("csrf={}&{form}", admin.csrf);
    let attempts: [(&[(&str, &str)], String); 7] = [
        (&[cookie, FORM], form.to_owned()),
        (&[cookie, FORM], format!("csrf=&{form}")),
        (&[cookie, FORM], format!("csrf={}&{form}", other.csrf)),
        (&[cookie, ("Content-Type", "text/plain")], good.clone()),
        (&foreign_origin, good.clone()),
        (&null_origin, good.clone()),
        (&cross, good.clone()),
    ];
    for (headers, body) in attempts {
        let answer = ask_with(served.address(), "POST", "/accounts", headers, &body).await;
        assert_eq!(answer.status, 403, "{headers:?} {body}");
    }
    let find = async || served.desk.accounts().find("zhang.san").await.expect("asked");
    assert!(find().await.is_none(), "nothing was done");
    let large = format!("csrf={}&{form}&x={}", admin.csrf, "x".repeat(70_000));
    let large = ask_with(served.address(), "POST", "/accounts", &[cookie, FORM], &large).await;
    assert_eq!(large.status, 413);
    let origin = format!("http://{}", served.address());
    let own = [cookie, FORM, ("Origin", origin.as_str())];
    let made = ask_with(served.address(), "POST", "/accounts", &own, &good).await;
    assert!(made.status == 200 && made.body.contains("/enrol?link="));
    assert!(find().await.is_some());
    // The sign-in form, too: nobody is signed in to another's account unawares.
    let bare = ask_with(served.address(), "POST", "/sign-in", &[FORM], "name=a&password=b&code=1").await;
    assert_eq!(bare.status, 403);
    served.stop().await;
}

#[tokio::test]
async fn a_link_enrols_once() {
    let served = closed().await;
    let link = served.link(Role::Leader, Reach::Region).await;
    let address = served.address();
    let path = format!("/enrol?link={}", link.secret);
    let page = get(address, &path).await;
    assert!(page.status == 200 && page.body.contains("<svg class=\"qr\""));
    let secret = page.body.split("id=\"totp\">").nth(1).and_then(|s| s.split('<').next()).expect("a secret");
    let visitor = set_cookie(&page, "ward-form").expect("a visitor");
    let cookie = format!("ward-form={visitor}");
    let code = code(secret, served.desk_clock.now());
    let send = async |password: &str, again: &str, code: &str| {
        let token = form_token(&page.body);
        let body = format!("csrf={token}&link={}&password={password}&again={again}&code={code}", link.secret);
        ask_with(address, "POST", "/enrol", &[("Cookie", &cookie), FORM], &body).await
    };
    let good = "correct+horse+battery";
    assert_eq!(send(good, "another+horse+battery", &code).await.status, 422);
    assert_eq!(send("short", "short", &code).await.status, 422);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(send(good, good, wrong).await.status, 422);
    let done = send(good, good, &code).await;
    assert_eq!((done.status, done.header("location")), (303, "/sign-in?after=enrolled"));
    assert_eq!(send(good, good, &code).await.status, 410, "used up");
    assert_eq!(get(address, &path).await.status, 410);
    assert_eq!(get(address, "/enrol?link=nonsense").await.status, 410);
    served.stop().await;
}

#[tokio::test]
async fn a_token_reads_its_scope_and_no_pages() {
    let served = closed().await;
    let analyst = served.as_role(Role::Analyst).await;
    let issue = async |within: Option<Reach>, may_write: bool| {
        let expires_at = Micros(served.desk_clock.now().0 + MICROS_PER_DAY);
        let purpose = TokenUse::Api { within, may_write };
        let new = NewToken { name: "test".into(), purpose, expires_at };
        served.desk.tokens().issue(&analyst.viewer, "127.0.0.1", new).await.expect("issued")
    };
    let one = Reach::Units([UnitId::new("h02").expect("an id")].into());
    let token = issue(Some(one), false).await;
    let bearer = format!("Bearer {}", token.secret);
    let api = async |path: &str| ask(served.address(), "GET", path, &[("Authorization", &bearer)]).await;
    let units: serde_json::Value = serde_json::from_str(&api("/api/v1/hospitals").await.body).expect("JSON");
    let ids: Vec<_> = units["items"].as_array().expect("items").iter().map(|u| u["id"].clone()).collect();
    assert_eq!(ids, ["h02"]);
    assert_eq!(api("/api/v1/hospitals/h01").await.status, 404);
    assert_eq!(api("/alerts").await.status, 303, "no page");
    // A token beside a session counts alone.
    let both = [("Authorization", bearer.as_str()), ("Cookie", analyst.cookie.as_str())];
    assert_eq!(ask(served.address(), "GET", "/api/v1/hospitals/h01", &both).await.status, 404);
    assert_eq!(api("/api/v1/hospitals?colour=red").await.status, 400);
    let unread = api("/api/v1/alerts").await;
    assert_eq!((unread.status, unread.header("content-type")), (503, "application/problem+json"));
    served.desk.tokens().revoke(&analyst.viewer, "127.0.0.1", token.id).await.expect("revoked");
    assert_eq!(api("/api/v1/hospitals").await.status, 401);
    let description = get(served.address(), "/api/v1/openapi.json").await;
    let description: serde_json::Value = serde_json::from_str(&description.body).expect("JSON");
    assert_eq!(description["openapi"], "3.1.0");
    served.stop().await;
}

#[tokio::test]
async fn what_is_looked_at_is_in_the_audit_and_without_it_nothing_is_shown() {
    let served = closed().await;
    let analyst = served.as_role(Role::Analyst).await;
    let officer = served.as_role(Role::Officer).await;
    let entries = async |person: &Person, action: Action| {
        let search = Search { account: Some(person.name.clone()), action: Some(action), ..Search::default() };
        served.desk.audit().search(&search).await.expect("searched")
    };
    assert_eq!(analyst.get("/hospitals/h01").await.status, 200);
    let viewed = &entries(&analyst, Action::View).await[0];
    assert_eq!((viewed.unit.as_str(), viewed.outcome.as_str()), ("h01", "done"));
    assert_eq!(officer.get("/hospitals/h02").await.status, 404);
    assert_eq!(entries(&officer, Action::View).await[0].outcome, "refused", "the attempt is kept");
    assert_eq!(officer.get("/accounts").await.status, 403);
    assert_eq!(entries(&officer, Action::View).await[0].object_kind, "accounts");
    analyst.get("/alerts?q=wangfang").await;
    assert!(entries(&analyst, Action::Search).await[0].detail.contains("wangfang"));

    let auditor = served.as_role(Role::AuditAdmin).await;
    let page = auditor.get(&format!("/audit?account={}&action=view", analyst.name)).await;
    assert!(page.status == 200 && page.body.contains("unit:h01"));
    let export = auditor.get("/audit/export?action=view").await;
    assert_eq!(export.status, 200);
    assert!(export.header("content-disposition").starts_with("attachment"));
    assert!(export.body.lines().count() >= 3);
    assert!(export.body.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()));

    // The writer fails: as when the disk is full.
    let broken = served.desk.write(|c| {
        Box::pin(async move {
            sqlx::query("PRAGMA query_only = 1").execute(&mut *c).await?;
            Ok(())
        })
    });
    broken.await.expect("the writer writes no more");
    let page = analyst.get("/hospitals/h01").await;
    assert_eq!(page.status, 503);
    assert!(page.body.contains("审计无法写入") && !page.body.contains("云州市第一人民医院"));
    let api = ask(served.address(), "GET", "/api/v1/hospitals/h01", &[("Cookie", &analyst.cookie)]).await;
    assert!(api.status == 503 && api.body.contains("urn:ward:no-audit") && !api.body.contains("h01"));
    assert_eq!(analyst.get("/").await.status, 200, "what needs no audit goes on");
    let issued = analyst.post("/tokens", "name=x&days=1").await;
    assert_eq!(issued.status, 503);
    served.server.stop().await;
}

#[tokio::test]
async fn behind_a_proxy_cookies_are_bound_to_the_host_and_names_are_checked() {
    let (_dir, _, desk) = common::desk(&Clock::system()).await;
    let options = ward_web::WebOptions {
        behind_proxy: true,
        names: vec!["ward.example".into()],
        ..common::options("127.0.0.1:0", seed::register(), Clock::system(), desk)
    };
    let server = ward_web::serve(options, nowhere(), Books::new().expect("books")).expect("starts");
    let page = ask(server.address(), "GET", "/sign-in", &[("Host", "ward.example")]).await;
    assert_eq!(page.status, 200);
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-ward-form=") && cookie.contains("; Secure"), "{cookie}");
    assert!(page.header("strict-transport-security").starts_with("max-age="));
    assert_eq!(ask(server.address(), "GET", "/sign-in", &[("Host", "evil.example")]).await.status, 421);
    server.stop().await;
}

#[tokio::test]
async fn a_demo_is_for_this_machine_only_and_says_what_it_is() {
    let (_dir, _, desk) = common::desk(&Clock::system()).await;
    let demo = Some(desk.accounts().demo().await.expect("the demo's analyst"));
    let open = ward_web::WebOptions {
        demo,
        behind_proxy: true,
        ..common::options("0.0.0.0:0", seed::register(), Clock::system(), desk)
    };
    let refused = ward_web::serve(open, nowhere(), Books::new().expect("books")).err().expect("refused");
    assert!(matches!(refused, ward_web::WebError::OpenDemo(_)));
    let served = common::serve(seed::register(), Clock::system(), nowhere()).await;
    for path in ["/", "/hospitals", "/account", "/nothing"] {
        let page = get(served.address(), path).await;
        assert!(page.body.contains("class=\"demo\"") && page.body.contains("演示"), "{path}");
    }
    assert_eq!(get(served.address(), "/accounts").await.status, 403, "an analyst, no more");
    assert_eq!(get(served.address(), "/audit").await.status, 403);
    served.stop().await;
}
