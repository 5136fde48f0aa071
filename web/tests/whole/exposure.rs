//! The pages of findings on a real server: who sees what, filters of the address, and a table that computes nothing.

use ward_desk::{Reach, Role};
use ward_event::{UnitId, clock::Clock};

use crate::common::{self, findings, people::Person, seed};

async fn upload(person: &Person, unit: &str, report: &str) -> common::http::Answer {
    let field = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!(
        "{}{}--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{report}\r\n--x--\r\n",
        field("csrf", &person.csrf),
        field("unit", unit)
    );
    let headers = [("Cookie", person.cookie.as_str()), ("Content-Type", "multipart/form-data; boundary=x")];
    common::http::ask_with(person.address, "POST", "/exposure/import", &headers, &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_are_shown_to_whom_they_belong() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let served = common::serve_closed(seed::register(), Clock::system(), store.reader().clone()).await;
    let own = |unit: &str| Reach::Units([UnitId::new(unit).expect("an id")].into());
    let first = served.as_one(Role::Officer, own("h01")).await;
    let second = served.as_one(Role::Officer, own("h02")).await;
    let report = findings::nessus(served.desk_clock.now().secs(), 1, findings::SMB);
    findings::import(&served.desk, &seed::register(), "h01", &report).await;

    // A hospital brings in its own list, and no other's.
    let list = "IP地址,账号,服务,弱口令类型\n10.12.0.10,=cmd|' /C calc'!A0,ssh,空口令\n";
    assert_eq!(upload(&first, "h02", list).await.status, 422);
    let checked = upload(&first, "h01", list).await;
    assert_eq!((checked.status, checked.body.contains("将新增 1 项")), (200, true));
    let id =
        checked.body.split("name=\"id\" value=\"").nth(1).and_then(|t| t.split('"').next()).expect("an id");
    assert_eq!(second.post("/exposure/import/confirm", &format!("id={id}")).await.status, 409, "another's");
    let done = first.post("/exposure/import/confirm", &format!("id={id}")).await;
    assert!(done.body.contains("已入库：新增 1 项"), "{}", done.body);

    // Filters of the address.
    let titles = async |query: &str| {
        let body = first.get(&format!("/exposure{query}")).await.body;
        (body.contains("MS17-010"), body.contains("弱口令 ssh"))
    };
    assert_eq!(titles("").await, (true, true));
    assert_eq!(titles("?severity=critical").await, (true, false));
    assert_eq!(titles("?kind=password").await, (false, true));
    assert_eq!(titles("?q=cve-2017").await, (true, false));
    assert_eq!(titles("?state=fixed").await, (false, false));
    assert_eq!(titles("?hospital=h02").await, (false, false));
    let foreign = second.get("/exposure?state=all").await;
    assert!(!foreign.body.contains("MS17-010") && !foreign.body.contains("10.12.0.10"));
    assert_eq!((first.get("/exposure/1").await.status, second.get("/exposure/1").await.status), (200, 404));
    assert_eq!(first.get("/exposure/x").await.status, 404);

    // A hospital judges nothing; the commission does, and nothing of what is exported computes.
    let form = "verdict=fixed_by_proof&reason=x";
    assert_eq!(first.post("/exposure/1/judge", form).await.status, 403);
    let analyst = served.as_role(Role::Analyst).await;
    assert_eq!(analyst.post("/exposure/1/judge", "verdict=confirmed&reason=x").await.status, 422);
    assert_eq!(analyst.post("/exposure/1/judge", form).await.status, 303);
    let table = analyst.get("/exposure/export.csv?state=all").await.body;
    assert!(table.contains("MS17-010") && table.contains("CNVD-2017-02679"));
    assert!(
        table.lines().flat_map(|l| l.split(',')).all(|c| !c.trim_matches('"').starts_with(['=', '+', '@']))
    );
    store.close().await;
    served.stop().await;
}
