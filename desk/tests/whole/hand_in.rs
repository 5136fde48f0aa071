//! A unit without an account hands in its signed sheet by a one-time link.

use ward_desk::{
    Refusal, Viewer,
    audit::Search,
    case::{Answer, Given, OnBehalf, SHEET_FILES_MAX, Sheet},
};
use ward_event::alert::Level;

use crate::common::{
    START,
    cases::{ALL, Commission, own, problem, unit},
    refusal,
};

const PHONE: &str = "192.0.2.7";

fn page(text: &str) -> Given {
    Given { name: "回执.jpg".into(), bytes: [b"\xff\xd8\xff\xe0 ", text.as_bytes()].concat() }
}

fn sheet(pages: &[&str]) -> Sheet {
    let files = pages.iter().map(|text| page(text)).collect();
    Sheet { person: "周敏".into(), phone: "0000-5".into(), files }
}

#[tokio::test]
async fn a_sheet_is_handed_in_once_and_entered_by_a_person() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let notice = c.sent(vec![problem("h1", Level::High), problem("h2", Level::High)]).await;
    let issue =
        async |viewer: &Viewer, name: &str| cases.issue_link(c.by(viewer, &ALL), notice, &unit(name)).await;
    assert_eq!(refusal(issue(&c.officer, "h1").await), Refusal::NotAllowed);
    assert_eq!(refusal(issue(&c.analyst, "h3").await), Refusal::NotThere, "it has no part in it");
    let (h1, h2) = (own("h1"), own("h2"));
    let foreign = cases.issue_link(c.by(&c.analyst, &h2), notice, &unit("h1")).await;
    assert_eq!(refusal(foreign), Refusal::NotThere, "nor does who does not see it");

    // A newer link ends the older; what is told of it is what a message would say.
    let old = issue(&c.analyst, "h1").await.expect("a link");
    let link = issue(&c.second, "h1").await.expect("a link");
    assert_eq!(cases.link(&old.secret).await.expect("asked"), None);
    assert_eq!(refusal(cases.hand_in(&old.secret, PHONE, sheet(&["x"])).await), Refusal::NotThere);
    let open = cases.link(&link.secret).await.expect("asked").expect("it counts");
    assert_eq!((open.unit, open.expires_at), (unit("h1"), link.expires_at));
    assert!(open.number.starts_with("卫网安"), "{}", open.number);

    // What is refused may be tried again.
    let unfit = Given { name: "a.docx".into(), bytes: b"PK\x03\x04 word/document.xml".to_vec() };
    for (bad, why) in [
        (Sheet { person: " ".into(), ..sheet(&["x"]) }, Refusal::TextUnfit),
        (Sheet { phone: String::new(), ..sheet(&["x"]) }, Refusal::TextUnfit),
        (sheet(&[]), Refusal::FileUnfit),
        (sheet(&["x"; SHEET_FILES_MAX + 1]), Refusal::FileUnfit),
        (Sheet { files: vec![unfit], ..sheet(&[]) }, Refusal::FileUnfit),
    ] {
        assert_eq!(refusal(cases.hand_in(&link.secret, PHONE, bad).await), why);
    }
    assert_eq!(refusal(cases.hand_in("", PHONE, sheet(&["x"])).await), Refusal::NotThere);
    cases.hand_in(&link.secret, PHONE, sheet(&["第一页", "第二页"])).await.expect("handed in");
    assert_eq!(refusal(cases.hand_in(&link.secret, PHONE, sheet(&["again"])).await), Refusal::NotThere);
    assert_eq!(cases.link(&link.secret).await.expect("asked"), None);

    // It signs nothing by itself: a person looks at it.
    let detail = c.detail(notice).await;
    assert_eq!(detail.units[0].signed, None);
    let row = detail.links.iter().find(|l| l.used_at.is_some()).expect("a link that was used").clone();
    assert_eq!((row.files.len(), row.person.as_str(), row.entered), (2, "周敏", false));
    let waiting = cases.handed_in(&ALL).await.expect("asked");
    assert_eq!((waiting.len(), waiting[0].notice, waiting[0].unit.clone()), (1, notice, unit("h1")));
    assert!(cases.handed_in(&h2).await.expect("asked").is_empty(), "it is the other unit's");
    assert_eq!(cases.file(&h1, notice, &row.files[1]).await.expect("its own").1, page("第二页").bytes);
    assert_eq!(refusal(cases.file(&h2, notice, &row.files[1]).await), Refusal::NotThere);

    let on_behalf = OnBehalf { sheet: Some(row.files[0].clone()) };
    c.sign(notice, "h1", &c.analyst, on_behalf.clone()).await.expect("entered");
    assert!(cases.handed_in(&ALL).await.expect("asked").is_empty(), "it waits no longer");
    assert!(c.detail(notice).await.links.iter().any(|l| l.entered));
    let problem = c.row(notice, 1).await;
    let answer =
        Answer { cause: "默认口令".into(), measures: "已更换".into(), proof: Vec::new(), on_behalf };
    cases.claim(c.by(&c.analyst, &ALL), problem.id, problem.revision, answer).await.expect("entered");

    // All of it is written down: who printed, who handed in from where, which file.
    let search = Search { account: Some("周敏".into()), ..Search::default() };
    let told = c.desk().audit().search(&search).await.expect("the audit");
    assert_eq!(told.len(), 3, "two pages and the act: {told:?}");
    assert!(told.iter().all(|entry| entry.address == PHONE));
    assert!(c.desk().audit().verify(&[]).await.expect("verified").is_ok());
}

#[tokio::test]
async fn a_link_ends_with_its_time_and_with_its_notice() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let notice = c.sent(vec![problem("h1", Level::High)]).await;
    let link = cases.issue_link(c.by(&c.analyst, &ALL), notice, &unit("h1")).await.expect("a link");
    c.pass_days(29);
    assert!(cases.link(&link.secret).await.expect("asked").is_some());
    c.pass_days(2);
    assert_eq!(cases.link(&link.secret).await.expect("asked"), None);
    assert_eq!(refusal(cases.hand_in(&link.secret, PHONE, sheet(&["x"])).await), Refusal::NotThere);
    let draft = c.draft(vec![problem("h1", Level::High)]).await;
    let early = cases.issue_link(c.by(&c.analyst, &ALL), draft, &unit("h1")).await;
    assert_eq!(refusal(early), Refusal::NotThere, "it has not got it yet");
}
