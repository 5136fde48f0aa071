//! Reports on the real engine: issued, read by those they are for, and unchanged by what comes later.

use std::{collections::BTreeSet, time::Duration};

use ward_desk::Role;
use ward_event::{
    Micros,
    clock::Clock,
    time::{Calendar, MICROS_PER_DAY, MICROS_PER_HOUR},
};
use ward_report::weekly::{Period, Week, Weekly};
use ward_store::Store;

use crate::common::{self, cases::Office, people, seed};

/// Of one page of alerts.
const ROWS: u64 = 50;

fn week(text: &str) -> Week {
    text.parse().expect("a week")
}

fn period() -> Period {
    Period::of(week("2026-W47"), common::report_settings().cutoff, Calendar::shanghai())
}

/// Alerts whose newest revision lies in the period, by the store's own words.
async fn alerts(store: &Store, period: Period, condition: &str) -> u64 {
    let (from, to) = (seed::decimal(period.from.0), seed::decimal(period.to.0));
    let sql = format!(
        "SELECT count() FROM (SELECT * FROM alerts ORDER BY alert_id, revision DESC LIMIT 1 BY alert_id) \
         WHERE time >= {from} AND time < {to} AND {condition}"
    );
    store.writer().query(&sql).fetch_one().await.expect("a count")
}

fn figure(report: &Weekly, id: &str) -> Option<u64> {
    report.figures.iter().find(|f| f.id == id).expect("the figure").value
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_issued_once_and_read_by_those_it_is_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(dir.path()).await else { return };
    let period = period();
    // Half of the day lies behind the cut-off and is not counted.
    let now = Micros(period.to.0 + 12 * MICROS_PER_HOUR);
    seed::day(&store, now, 500).await;
    let served = common::serve_closed(seed::register(), Clock::driven(now), store.reader().clone()).await;
    let analyst = served.as_role(Role::Analyst).await;
    let officer = served.as_role(Role::Officer).await;

    let early = analyst.post("/reports", "week=2026-W48&edition=leader").await;
    assert_eq!(early.status, 422, "the week is not over");
    assert!(early.body.contains("这一期尚未截止"));
    assert_eq!(analyst.post("/reports", "week=nonsense&edition=leader").await.status, 422);
    assert_eq!(officer.post("/reports", "week=2026-W47&edition=leader").await.status, 403);

    let made = analyst.post("/reports", "week=2026-W47&edition=leader").await;
    assert_eq!(made.status, 303, "{}", made.body);
    let place = made.header("location").to_owned();
    let page = analyst.get(&place).await;
    assert_eq!(page.status, 200);
    for part in
        ["云州市医疗卫生行业网络安全态势周报", "2026年第47期", "本期不可见的内容", "云州市第一人民医院"]
    {
        assert!(page.body.contains(part), "{part}");
    }
    let stored = analyst.get(&format!("{place}/json")).await.body;
    let report: Weekly = serde_json::from_str(&stored).expect("the model");
    let all = alerts(&store, period, "1").await;
    assert!(all > 0 && all < alerts(&store, Period { to: now, ..period }, "1").await, "the cut-off cuts");
    assert_eq!(figure(&report, "alerts.total"), Some(all));
    let severe = alerts(&store, period, "level IN ('high', 'critical')").await;
    assert_eq!(figure(&report, "alerts.severe"), Some(severe));
    // h13 was never heard: it is not seen, which is not calm.
    assert!(figure(&report, "units.dark") >= Some(1));

    // The figure's link opens its rows: as many as the figure says, as far as one page goes.
    let link = &report.figures.iter().find(|f| f.id == "alerts.severe").expect("the figure").query.link;
    let rows = analyst.get(link).await.body;
    let ids: BTreeSet<&str> =
        rows.split("href=\"/alerts/").skip(1).filter_map(|part| part.split('"').next()).collect();
    assert_eq!(ids.len() as u64, severe.min(ROWS), "{link}");

    // What comes in later changes nothing that was issued.
    seed::alert(&store, 4_242, Micros(period.to.0 - MICROS_PER_HOUR)).await;
    let again = analyst.post("/reports", "week=2026-W47&edition=leader").await;
    assert_eq!(again.header("location"), place);
    assert_eq!(analyst.get(&format!("{place}/json")).await.body, stored);
    let word = analyst.get(&format!("{place}/docx")).await;
    assert_eq!(word.status, 200);
    assert!(word.header("content-disposition").contains("ward-weekly-2026-W47-leader.docx"));
    assert_eq!(word.body, analyst.get(&format!("{place}/docx")).await.body);
    let pdf = analyst.get(&format!("{place}/pdf")).await;
    assert_eq!(pdf.status, 501, "nothing sets type here, and the page says what still works");
    assert!(pdf.body.contains("Word"));

    // A hospital has its own when it is out, with nobody else's name, and no other's.
    assert_eq!(officer.get(&place).await.status, 404);
    let own = analyst.post("/reports", "week=2026-W47&edition=unit-h01").await.header("location").to_owned();
    let foreign =
        analyst.post("/reports", "week=2026-W47&edition=unit-h02").await.header("location").to_owned();
    assert_eq!(officer.get(&own).await.status, 404, "nobody has signed it");
    people::publish(&served, &own).await;
    people::publish(&served, &foreign).await;
    let list = officer.get("/reports").await.body;
    assert!(list.contains(&own) && !list.contains(&foreign) && !list.contains("<form class=\"form\""));
    assert_eq!(officer.get(&foreign).await.status, 404);
    assert_eq!(officer.get(&format!("{foreign}/json")).await.status, 404);
    let page = officer.get(&own).await;
    assert!(page.status == 200 && !page.body.contains("云州市中医院"));
    let english = officer.get("/reports?lang=en").await.body;
    assert!(english.contains("Reports") && english.contains("Hospital&#39;s"));
    served.stop().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_weeks_reports_are_issued_by_themselves_when_they_are_due() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(dir.path()).await else { return };
    let period = period();
    seed::day(&store, Micros(period.to.0 - MICROS_PER_DAY), 100).await;
    let clock = Clock::driven(Micros(period.to.0 + 7 * MICROS_PER_HOUR));
    let (_dir, _, desk) = common::desk(&clock).await;
    let mut options = common::options("127.0.0.1:0", seed::register(), clock.clone(), desk.clone());
    options.reports.issue_after_hours = 8;
    let everybody = ward_desk::report::Readable::All;
    let count = async || desk.reports().list(&everybody).await.expect("a list").len();
    // Not due yet: the week before has no data, for Ward was not there.
    let books = ward_event::books::Books::new().expect("books");
    let server = ward_web::serve(options, store.reader().clone(), books).expect("a server");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(count().await, 0);
    server.stop().await;

    // After a restart what has become due meanwhile is issued: the region's, the superior's, one a county and a unit.
    clock.advance(Micros(period.to.0 + 8 * MICROS_PER_HOUR));
    let mut options = common::options("127.0.0.1:0", seed::register(), clock.clone(), desk.clone());
    options.reports.issue_after_hours = 8;
    let books = ward_event::books::Books::new().expect("books");
    let server = ward_web::serve(options, store.reader().clone(), books).expect("a server");
    let localities: BTreeSet<String> = seed::register().units.iter().map(|u| u.locality.clone()).collect();
    let localities = localities.iter().filter(|name| !name.is_empty()).count();
    let expected = seed::register().units.len() + localities + 2;
    for _ in 0..100 {
        if count().await == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(count().await, expected);
    server.stop().await;
    desk.close().await;
    store.close().await;
}

/// What stands between two marks of a page.
fn between<'a>(body: &'a str, from: &str, to: &str) -> &'a str {
    let at = body.find(from).unwrap_or_else(|| panic!("{from} is not there")) + from.len();
    body[at..].split(to).next().expect("a part")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_score_names_the_rows_of_its_lost_points_and_silence_is_the_worst() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(dir.path()).await else { return };
    let now = Micros(period().to.0);
    seed::day(&store, now, 200).await;
    let clock = Clock::driven(now);
    let served = common::serve_closed(seed::register(), clock.clone(), store.reader().clone()).await;
    let analyst = served.as_role(Role::Analyst).await;
    let officer = served.as_role(Role::Officer).await;

    let all = analyst.get("/score").await;
    assert_eq!(all.status, 200);
    assert!(all.body.contains("云州市第一人民医院") && all.body.contains("云山镇卫生院"));
    let score = async |id: &str| {
        let page = analyst.get(&format!("/score/{id}")).await;
        assert_eq!(page.status, 200, "{id}");
        let shown: f64 = between(&page.body, "id=\"score\">", "<").parse().expect("a number");
        (shown, page.body)
    };
    let (first, page) = score("h01").await;
    // Never heard: no unit that is seen stands below it for that.
    let (dark, dark_page) = score("h13").await;
    assert!(dark < first && dark_page.contains("无数据"), "{dark} {first}");
    // Points lost open as many rows as they say.
    let critical = alerts(
        &store,
        Period { from: Micros(now.0 - 7 * MICROS_PER_DAY), to: now, ..period() },
        "hospital = 'h01' AND level = 'high'",
    )
    .await;
    let link = "<a href=\"/alerts?range=7d&#38;hospital=h01&#38;level=high\">";
    assert_eq!(between(&page, link, "<").parse::<u64>().expect("a count"), critical);
    assert!(page.contains("做这三件事"));

    // The day's scores are kept by themselves, with places among peers.
    for _ in 0..100 {
        if !served.desk.posture().newest().await.expect("asked").is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let kept = served.desk.posture().newest().await.expect("asked");
    assert_eq!(kept.len(), seed::register().units.len());
    let h01 = &kept[&ward_event::UnitId::new("h01").expect("an id")];
    assert_eq!(h01.peers, 2, "two hospitals are 三级甲等");
    let (again, page) = score("h01").await;
    assert!((again - first).abs() < f64::EPSILON);
    assert!(page.contains(&format!("同级第 {} / 2", h01.place)));

    assert_eq!(officer.get("/score/h01").await.status, 200);
    assert_eq!(officer.get("/score/h02").await.status, 404);
    let own = officer.get("/score?lang=en").await.body;
    assert!(own.contains("Score") && !own.contains("Yunzhou Hospital of TCM"));

    // What the desk holds is in it: two problems of a notice are late, and nobody has signed for it.
    let office = Office::of(&served).await;
    let report = common::findings::nessus(now.secs(), 1, common::findings::SMB);
    common::findings::import(&served.desk, &seed::register(), "h01", &report).await;
    let notice = office.sent("h01", "数据库弱口令").await;
    let due = served.desk.cases().notice(&None, notice).await.expect("asked").expect("a notice").rows;
    let due = due.iter().filter_map(|r| r.due).max().expect("a deadline");
    served.desk_clock.advance(Micros(due.0 + 1));
    clock.advance(Micros(due.0 + 1));
    let analyst = served.as_role(Role::Analyst).await;
    let page = analyst.get("/score/h01").await.body;
    for (link, count) in [
        ("/notices?hospital=h01&#38;only=overdue", 2),
        ("/notices/calls?hospital=h01", 1),
        ("/exposure?hospital=h01&#38;state=to_fix&#38;kind=vulnerability&#38;severity=critical", 1),
    ] {
        let shown = between(&page, &format!("<a href=\"{link}\">"), "<");
        assert_eq!(shown.parse::<u64>().expect("a count"), count, "{link}");
        let rows = analyst.get(&link.replace("&#38;", "&")).await;
        let lines = rows.body.matches("class=\"main-link").count() as u64;
        assert_eq!((rows.status, lines), (200, count), "{link}");
    }
    assert!(page.contains("完成逾期问题的整改 +") || page.contains("修复严重漏洞 +"), "the steps know of it");
    let own = served.as_role(Role::Officer).await.get("/score/h01").await.body;
    assert!(
        own.contains("href=\"/tasks\"") && !own.contains("/notices?"),
        "a hospital has its notices among its tasks"
    );

    served.stop().await;
    store.close().await;
}
