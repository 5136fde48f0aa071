//! A report from its making to its going out, on the real engine: its words edited, its figures not; checked by
//! another, signed, out and then unchanged; and the same of every other period.

use std::sync::{Arc, LazyLock};

use ward_desk::{Reach, Role};
use ward_event::{Micros, clock::Clock, time::Calendar, time::MICROS_PER_HOUR};
use ward_report::{
    render::{FontSettings, Press},
    weekly::{Period, Span, Weekly},
};
use ward_store::Store;

use crate::common::{
    self, Served,
    cases::Office,
    people::{Person, publish, revision},
    seed,
};

static PRESS: LazyLock<Arc<Press>> = LazyLock::new(|| {
    let press = Press::open(&FontSettings::default(), None);
    Arc::new(press.expect("fonts-noto-cjk is installed by deploy/setup.sh"))
});

async fn region(dir: &std::path::Path) -> Option<(Store, Served)> {
    let store = common::store(dir).await?;
    let week = Span::parse("weekly", "2026-W49").expect("a week");
    let to = Period::of(week, common::report_settings().cutoff, Calendar::shanghai()).to;
    // A Thursday of December: November is over, and so is the week.
    let now = Micros(to.0 + 12 * MICROS_PER_HOUR);
    seed::day(&store, now, 200).await;
    let reader = store.reader().clone();
    let served = common::serve_pressed(seed::register(), Clock::driven(now), reader, PRESS.clone()).await;
    Some((store, served))
}

async fn made(person: &Person, form: &str) -> String {
    let made = person.post("/reports", form).await;
    assert_eq!(made.status, 303, "{form}: {}", made.body);
    made.header("location").to_owned()
}

fn text_of(pdf: &[u8]) -> String {
    use std::io::Write;
    let mut child = std::process::Command::new("pdftotext")
        .args(["-raw", "-", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("pdftotext");
    let (mut stdin, bytes) = (child.stdin.take().expect("a pipe"), pdf.to_vec());
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let out = child.wait_with_output().expect("pdftotext runs");
    writer.join().expect("a thread").expect("written");
    String::from_utf8(out.stdout)
        .expect("UTF-8")
        .split_whitespace()
        .collect::<String>()
        .replace('\u{200b}', "")
}

async fn bytes(person: &Person, path: &str) -> Vec<u8> {
    let answer = person.get(path).await;
    assert_eq!(answer.status, 200, "{path}");
    answer.bytes
}

/// The PDF's text, for who may open it; kept for a person to look at where `WARD_SHOTS` names a folder.
async fn pdf(person: &Person, place: &str, name: &str) -> String {
    let made = bytes(person, &format!("{place}/pdf")).await;
    assert_eq!(made, bytes(person, &format!("{place}/pdf")).await, "the same bytes again");
    if let Some(dir) = std::env::var_os("WARD_SHOTS") {
        std::fs::create_dir_all(&dir).expect("a folder");
        std::fs::write(std::path::Path::new(&dir).join(format!("{name}.pdf")), &made).expect("written");
    }
    text_of(&made)
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_edited_checked_and_signed_and_figures_are_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some((store, served)) = region(dir.path()).await else { return };
    let analyst = served.as_role(Role::Analyst).await;
    let second = served.as_role(Role::Analyst).await;
    let leader = served.as_role(Role::Leader).await;
    let officer = served.as_role(Role::Officer).await;
    let place = made(&analyst, "period=weekly+2026-W49&edition=unit-h01").await;
    let model = analyst.get(&format!("{place}/json")).await.body;
    assert!(pdf(&analyst, &place, "words-draft").await.contains("送审稿，未签发，不得外发"));

    let words = |summary: &str| {
        format!("summary={summary}&decisions=核实告警&advice=核查备份%0a限期3个工作日&comment=值班情况正常")
    };
    let edit = async |person: &Person, revision: i64, summary: &str| {
        person.post(&format!("{place}/words"), &format!("revision={revision}&{}", words(summary))).await
    };
    let first = revision(&served, &place).await;
    let foreign = edit(&analyst, first, "发生告警98765起").await;
    assert_eq!(foreign.status, 422);
    assert!(
        foreign.body.contains("98765") && foreign.body.contains("不是本报告的数据"),
        "a figure is not edited"
    );
    assert_eq!(edit(&officer, first, "平稳").await.status, 403);
    assert_eq!(edit(&leader, first, "平稳").await.status, 403);
    assert_eq!(edit(&analyst, first, "本周总体平稳，值班正常。").await.status, 303);
    // Made on what is no longer there: nothing is lost, on neither side.
    let late = edit(&second, first, "另一人写的综述").await;
    assert!(
        late.status == 422
            && late.body.contains("另一人写的综述")
            && late.body.contains("本周总体平稳，值班正常。")
    );

    let step = async |person: &Person, act: &str| {
        let form = format!("revision={}&act={act}&opinion=ok", revision(&served, &place).await);
        person.post(&format!("{place}/step"), &form).await.status
    };
    assert_eq!(step(&analyst, "submit").await, 303);
    assert_eq!(
        edit(&second, revision(&served, &place).await, "审核时改").await.status,
        422,
        "it is no draft"
    );
    assert_eq!(step(&analyst, "check").await, 422, "another checks");
    assert_eq!(step(&second, "check").await, 303);
    assert_eq!(step(&second, "sign").await, 422, "a leader signs");
    assert_eq!(step(&analyst, "publish").await, 422, "not before it is signed");
    assert_eq!(officer.get(&place).await.status, 404);
    assert_eq!(step(&leader, "sign").await, 303);
    assert_eq!(step(&analyst, "publish").await, 303);

    let page = officer.get(&place).await;
    assert!(
        page.status == 200
            && page.body.contains("本周总体平稳，值班正常。")
            && !page.body.contains("id=\"next\"")
    );
    let text = pdf(&officer, &place, "words-published").await;
    for part in ["本周总体平稳，值班正常。", "限期3个工作日", "值班情况正常", "2026年第49期", "Tester"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("送审稿"));
    assert_eq!(analyst.get(&format!("{place}/json")).await.body, model, "the model is as it was made");
    assert_eq!(
        edit(&analyst, revision(&served, &place).await, "又改").await.status,
        422,
        "what is out stays"
    );

    // A correction names what it replaces; its issue number is the same.
    let before = bytes(&officer, &format!("{place}/pdf")).await;
    let reason = format!("revision={}&reason=综述表述有误", revision(&served, &place).await);
    let correction = analyst.post(&format!("{place}/correct"), &reason).await;
    let corrected = correction.header("location").to_owned();
    assert_eq!((correction.status, corrected == place), (303, false));
    assert_eq!(officer.get(&corrected).await.status, 404, "until it is out the old one holds");
    publish(&served, &corrected).await;
    let text = pdf(&officer, &corrected, "words-corrected").await;
    assert!(
        text.contains("更正版：替代第1版") && text.contains("综述表述有误") && text.contains("2026年第49期")
    );
    assert!(officer.get(&place).await.body.contains("已被更正版替代"), "the original stays, marked");
    assert_eq!(bytes(&officer, &format!("{place}/pdf")).await, before, "and is byte for byte what it was");
    let list = officer.get("/reports").await.body;
    assert!(list.contains(&format!("{corrected}\"")) && !list.contains(&format!("{place}\"")));
    served.stop().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_engine_makes_months_quarters_special_days_counties_and_incidents() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some((store, served)) = region(dir.path()).await else { return };
    let analyst = served.as_role(Role::Analyst).await;
    let month = made(&analyst, "period=monthly+2026-11&edition=leader").await;
    let text = pdf(&analyst, &month, "monthly").await;
    for part in [
        "云州市医疗卫生行业网络安全态势月报",
        "2026年第11期",
        "2026年11月1日0时至2026年11月30日24时",
        "本月",
        "下月工作建议",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("本周") && !text.contains("下周"));
    let quarter = made(&analyst, "period=quarterly+2026Q3&edition=superior").await;
    assert!(pdf(&analyst, &quarter, "quarterly").await.contains("网络安全态势季度报告"));
    let special = "from=2026-12-01&to=2026-12-03&edition=leader&title=互联网大会保障";
    let special = made(&analyst, special).await;
    let text = pdf(&analyst, &special, "special").await;
    assert!(
        text.contains("云州市互联网大会保障网络安全专报") && text.contains("2026年12月3日24时"),
        "{text}"
    );
    let json = analyst.get(&format!("{special}/json")).await.body;
    let days: Weekly = serde_json::from_str(&json).expect("a model");
    assert_eq!(days.head.period.to.0 - days.head.period.from.0, 3 * 24 * MICROS_PER_HOUR);
    for bad in [
        "period=monthly+2026-12&edition=leader",
        "period=monthly+2026-13&edition=leader",
        "from=2026-12-01&to=2026-12-03&edition=leader",
        "from=2026-12-03&to=2026-12-01&edition=leader&title=x",
        "period=weekly+2026-W49&edition=county-nowhere",
        "period=incident+1&edition=leader",
    ] {
        assert_eq!(analyst.post("/reports", bad).await.status, 422, "{bad}");
    }

    // A county has its units by name and nobody else's.
    let county = made(&analyst, "period=weekly+2026-W49&edition=county-澄江区").await;
    let bureau = served.as_role(Role::County).await;
    let other = served.as_one(Role::County, Reach::Locality("别处".into())).await;
    assert_eq!(bureau.get(&county).await.status, 404, "it is not out");
    publish(&served, &county).await;
    let text = pdf(&bureau, &county, "county").await;
    assert!(text.contains("云州市澄江区医疗卫生行业网络安全态势周报") && text.contains("澄江区卫生健康局"));
    let register = seed::register();
    for unit in &register.units {
        let named = text.contains(&unit.name.split_whitespace().collect::<String>());
        assert!(!named || unit.locality == "澄江区", "{} is named", unit.name);
    }
    assert_eq!(other.get(&county).await.status, 404);
    // Each figure opens the county's own rows.
    let model: Weekly =
        serde_json::from_str(&bureau.get(&format!("{county}/json")).await.body).expect("a model");
    let linked: Vec<_> = model.figures.iter().filter(|f| !f.query.link.is_empty()).collect();
    assert!(linked.len() > 5, "{linked:?}");
    for figure in linked {
        let rows = analyst.get(&figure.query.link).await;
        assert_eq!(rows.status, 200, "{}", figure.query.link);
        assert!(figure.query.link.contains("locality=%E6%BE%84"), "{}", figure.query.link);
        assert!(rows.body.contains("<option value=\"澄江区\" selected"), "{}", figure.query.link);
        // What may be chosen is no row.
        let rest = |part: &str| part.split_once("</select>").map_or("", |(_, behind)| behind).to_owned();
        let mut parts = rows.body.split("<select");
        let first = parts.next().unwrap_or("").to_owned();
        let shown = parts.map(rest).fold(first, |all, part| all + &part);
        for unit in register.units.iter().filter(|u| u.locality != "澄江区") {
            assert!(!shown.contains(&unit.name), "{}: {} is listed", figure.query.link, unit.name);
        }
        if figure.id == "alerts.total" {
            let total = figure.value.expect("a number");
            assert!(rows.body.contains(&format!("共 {total} 条告警")), "{}: not {total}", figure.query.link);
        }
    }
    assert!(bureau.get("/reports").await.body.contains(&county));

    // One incident, as it stands; after it is out the next one is a new version.
    let office = Office::of(&served).await;
    office.alert("a1", "h01", "删除卷影副本", "HIS-DB-01", served.desk_clock.now()).await;
    let incident = async || analyst.post("/incidents/1/paper", "").await.header("location").to_owned();
    let report = incident().await;
    assert_eq!(incident().await, report, "a draft is opened, not made anew");
    let text = pdf(&analyst, &report, "incident").await;
    for part in ["删除卷影副本", "事件经过", "HIS-DB-01", "整改与复核", "法定报告", "尚未确认获知时间"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    publish(&served, &report).await;
    let next = incident().await;
    assert_ne!(next, report);
    assert!(analyst.get(&next).await.body.contains("续报"));
    let list = analyst.get("/reports?kind=monthly").await.body;
    assert!(list.contains(&month) && !list.contains(&special));
    served.stop().await;
    store.close().await;
}
