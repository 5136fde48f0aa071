//! A report after it was made: edited, checked by another, signed, out; corrected by a version that names it.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::watch;
use ward_desk::{
    DeskError, Refusal, Viewer,
    audit::{Action, Entry},
    case::NewDeputy,
    delivery::{LinkKind, Subject},
    report::{NewReport, PaperAct, PaperState, Readable, Report},
};
use ward_event::{
    Micros, UnitId,
    delivery::{ChannelConfig, ChannelKind, DeliveryConfig},
    register::Register,
    time::MICROS_PER_DAY,
};

use crate::common::{
    START,
    cases::{ALL, Commission, own, unit},
    refusal,
};

fn new(edition: &str, hospital: Option<&str>) -> NewReport {
    NewReport {
        kind: "weekly".into(),
        period: "2026-W47".into(),
        edition: edition.into(),
        hospital: hospital.map(|id| UnitId::new(id).expect("an id")),
        title: "周报".into(),
        issue: "第47期".into(),
        verdict: "总体平稳".into(),
        as_of: Micros(1),
        model: "{\"a\": 1}".into(),
        model_hash: "m".into(),
        templates_hash: "t".into(),
        fonts_hash: "f".into(),
    }
}

async fn issue(c: &Commission, edition: &str, hospital: Option<&str>, again: Option<&str>) -> Report {
    let entry = Entry::nobody("ward", "", Action::System);
    let again = again.map(str::to_owned);
    c.desk().reports().issue(entry, new(edition, hospital), again).await.expect("issued")
}

async fn get(c: &Commission, id: i64) -> Report {
    c.desk().reports().one(&Readable::All, id).await.expect("asked").expect("a report")
}

async fn step(c: &Commission, by: &Viewer, id: i64, act: PaperAct) -> Result<usize, DeskError> {
    let revision = get(c, id).await.row.paper.revision;
    c.desk().reports().step(c.by(by, &ALL), (id, revision), act, "同意", false).await
}

fn published(units: &[&str], locality: Option<&str>) -> Readable {
    Readable::Published {
        units: units.iter().map(|u| unit(u)).collect::<BTreeSet<_>>(),
        locality: locality.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_report_is_kept_once_and_read_by_those_it_is_for_when_it_is_out() {
    let c = Commission::at(START).await;
    let reports = c.desk().reports();
    let first = issue(&c, "leader", None, None).await;
    assert_eq!(issue(&c, "leader", None, None).await, first, "what is issued is not issued anew");
    let again = issue(&c, "leader", None, Some("重新统计")).await;
    assert_eq!((again.row.version, &again.row.paper.replaces), (2, &None), "nothing was out to be replaced");
    let own = issue(&c, "unit-h1", Some("h1"), None).await;
    issue(&c, "unit-h2", Some("h2"), None).await;
    let county = issue(&c, "county-东县", None, None).await;
    assert_eq!(reports.list(&Readable::All).await.expect("a list").len(), 4, "the newest version of each");

    let (h1, bureau, nobody) =
        (published(&["h1"], None), published(&["h1"], Some("东县")), published(&[], None));
    for who in [&h1, &bureau, &nobody] {
        assert!(reports.list(who).await.expect("a list").is_empty(), "nothing is out");
        assert!(reports.one(who, own.row.id).await.expect("asked").is_none());
    }
    for id in [own.row.id, county.row.id, again.row.id] {
        for (by, act) in [
            (&c.analyst, PaperAct::Submit),
            (&c.second, PaperAct::Check),
            (&c.leader, PaperAct::Sign),
            (&c.analyst, PaperAct::Publish),
        ] {
            step(&c, by, id, act).await.expect("a step");
        }
    }
    let ids = async |who: &Readable| {
        let all = reports.list(who).await.expect("a list");
        all.iter().map(|r| r.id).collect::<BTreeSet<_>>()
    };
    assert_eq!(ids(&h1).await, BTreeSet::from([own.row.id]));
    assert_eq!(ids(&bureau).await, BTreeSet::from([own.row.id, county.row.id]));
    assert!(ids(&nobody).await.is_empty());
    assert!(reports.one(&h1, county.row.id).await.expect("asked").is_none());
    assert!(
        reports.one(&bureau, again.row.id).await.expect("asked").is_none(),
        "the region's is the commission's"
    );
    let newest = reports.published("weekly", "2026-W47", "unit-h1").await.expect("asked");
    assert_eq!(newest.map(|r| r.row.id), Some(own.row.id));
    assert!(reports.published("weekly", "2026-W47", "unit-h2").await.expect("asked").is_none());
    assert!(reports.newest("weekly", "2026-W48", "leader").await.expect("asked").is_none());
}

#[tokio::test]
async fn words_are_edited_checked_by_another_signed_and_then_they_stay() {
    let c = Commission::at(START).await;
    let reports = c.desk().reports();
    let id = issue(&c, "leader", None, None).await.row.id;
    let edit = async |by: &Viewer, revision, words: &str| {
        reports.edit(c.by(by, &ALL), id, revision, words.to_owned()).await
    };
    let revision = get(&c, id).await.row.paper.revision;
    assert_eq!(refusal(edit(&c.leader, revision, "{}").await), Refusal::NotAllowed);
    assert_eq!(refusal(edit(&c.officer, revision, "{}").await), Refusal::NotAllowed);
    let narrow = own("h1");
    let of_county = reports.edit(c.by(&c.analyst, &narrow), id, revision, "{}".into()).await;
    assert_eq!(refusal(of_county), Refusal::NotAllowed);

    // Two edits of the same draft: the second was made on what is no longer there.
    let (a, b) =
        tokio::join!(edit(&c.analyst, revision, "{\"a\":1}"), edit(&c.second, revision, "{\"b\":1}"));
    assert!(a.is_ok() != b.is_ok(), "exactly one holds");
    let lost = if a.is_ok() { b } else { a };
    assert!(matches!(refusal(lost), Refusal::ChangedBy { .. }));
    let paper = get(&c, id).await.row.paper;
    assert!(paper.words == "{\"a\":1}" || paper.words == "{\"b\":1}");
    edit(&c.analyst, paper.revision, "{\"c\":1}").await.expect("edited");
    assert_eq!(refusal(step(&c, &c.leader, id, PaperAct::Submit).await), Refusal::NotAllowed);
    step(&c, &c.analyst, id, PaperAct::Submit).await.expect("submitted");

    let paper = get(&c, id).await.row.paper;
    assert_eq!((paper.state, paper.drafter.as_str()), (PaperState::Checking, "person analyst"));
    assert_eq!(refusal(edit(&c.analyst, paper.revision, "{}").await), Refusal::WrongState);
    assert_eq!(refusal(step(&c, &c.analyst, id, PaperAct::Check).await), Refusal::SamePerson);
    assert_eq!(refusal(step(&c, &c.leader, id, PaperAct::Publish).await), Refusal::WrongState);
    // Sent back with a reason, edited by the other: now neither of the two may check.
    let back = reports.step(c.by(&c.leader, &ALL), (id, paper.revision), PaperAct::Return, " ", false).await;
    assert_eq!(refusal(back), Refusal::ReasonMissing);
    step(&c, &c.leader, id, PaperAct::Return).await.expect("returned");
    edit(&c.second, get(&c, id).await.row.paper.revision, "{\"d\":1}").await.expect("edited");
    step(&c, &c.second, id, PaperAct::Submit).await.expect("submitted");
    for by in [&c.analyst, &c.second] {
        assert_eq!(refusal(step(&c, by, id, PaperAct::Check).await), Refusal::SamePerson);
    }
    step(&c, &c.leader, id, PaperAct::Check).await.expect("checked");
    assert_eq!(
        refusal(step(&c, &c.second, id, PaperAct::Sign).await),
        Refusal::NotAllowed,
        "and is no deputy"
    );
    step(&c, &c.leader, id, PaperAct::Sign).await.expect("signed");
    step(&c, &c.second, id, PaperAct::Publish).await.expect("out");

    let out = get(&c, id).await.row.paper;
    assert_eq!(
        (out.words.as_str(), out.checker.as_str(), out.signer.as_str()),
        ("{\"d\":1}", "person leader", "person leader")
    );
    assert!(out.signed.is_some() && out.published.is_some());
    assert_eq!(refusal(edit(&c.analyst, out.revision, "{}").await), Refusal::WrongState);
    for act in PaperAct::ALL {
        assert_eq!(refusal(step(&c, &c.leader, id, act).await), Refusal::WrongState, "{act:?}");
    }

    // A correction is a new version that names it; the old one stays, marked, until then in force.
    let no_reason = reports.correct(c.by(&c.analyst, &ALL), id, out.revision, "").await;
    assert_eq!(refusal(no_reason), Refusal::ReasonMissing);
    let new =
        reports.correct(c.by(&c.analyst, &ALL), id, out.revision, "责任人有误").await.expect("corrected");
    let correction = get(&c, new).await;
    let replaces = correction.row.paper.replaces.clone().expect("what it replaces");
    assert_eq!((replaces.id, replaces.version, replaces.reason.as_str()), (id, 1, "责任人有误"));
    assert_eq!((correction.row.version, correction.row.paper.words.as_str()), (2, "{\"d\":1}"));
    assert_eq!(
        (&correction.model, &correction.row.issue),
        (&get(&c, id).await.model, &out_issue(&c, id).await)
    );
    assert_eq!(get(&c, id).await.row.paper.replaced_by, None);
    let older = reports.correct(c.by(&c.analyst, &ALL), id, get(&c, id).await.row.paper.revision, "又").await;
    assert_eq!(refusal(older), Refusal::NotThere, "one correction at a time");
    for (by, act) in [
        (&c.analyst, PaperAct::Submit),
        (&c.second, PaperAct::Check),
        (&c.leader, PaperAct::Sign),
        (&c.leader, PaperAct::Publish),
    ] {
        step(&c, by, new, act).await.expect("a step");
    }
    assert_eq!(get(&c, id).await.row.paper.replaced_by, Some(new));
    let published = reports.published("weekly", "2026-W47", "leader").await.expect("asked");
    assert_eq!(published.map(|r| r.row.id), Some(new));
    let steps = reports.steps(&Readable::All, id).await.expect("asked");
    assert!(steps.iter().any(|s| s.act == "edit" && s.words == "{\"c\":1}"), "each edit is kept");
}

async fn out_issue(c: &Commission, id: i64) -> String {
    get(c, id).await.row.issue
}

#[tokio::test]
async fn a_whole_period_goes_together_and_a_deputy_signs_in_the_leaders_name() {
    let c = Commission::at(START).await;
    let reports = c.desk().reports();
    let first = issue(&c, "leader", None, None).await.row.id;
    let unit_report = issue(&c, "unit-h1", Some("h1"), None).await.row.id;
    let edited = issue(&c, "unit-h2", Some("h2"), None).await.row.id;
    reports.edit(c.by(&c.second, &ALL), edited, 1, "{}".into()).await.expect("edited");
    connect(&c);
    let whole = async |by: &Viewer, act| {
        let revision = get(&c, first).await.row.paper.revision;
        reports.step(c.by(by, &ALL), (first, revision), act, "同意", true).await
    };
    assert_eq!(whole(&c.analyst, PaperAct::Submit).await.expect("submitted"), 3);
    assert_eq!(
        whole(&c.second, PaperAct::Check).await.expect("checked"),
        2,
        "whose words he wrote he leaves"
    );
    assert_eq!(get(&c, edited).await.row.paper.state, PaperState::Checking);
    let third = Viewer { ..c.second.clone() };
    assert_eq!(refusal(whole(&third, PaperAct::Sign).await), Refusal::NotAllowed);
    let now = c.place.clock.now();
    let deputy = NewDeputy {
        deputy: c.second.account.expect("an account"),
        from: Micros(now.0 - 1),
        until: Micros(now.0 + MICROS_PER_DAY),
    };
    c.desk().cases().name_deputy(c.by(&c.leader, &ALL), deputy).await.expect("named");
    assert_eq!(whole(&c.second, PaperAct::Sign).await.expect("signed"), 2);
    let paper = get(&c, unit_report).await.row.paper;
    assert_eq!((paper.signer.as_str(), paper.stands_for.as_str()), ("person second", "person leader"));
    let sent = async || c.desk().deliveries().of(&ALL, LinkKind::Report, unit_report).await.expect("asked");
    assert!(sent().await.is_empty(), "nothing goes before it is out");
    assert_eq!(whole(&c.analyst, PaperAct::Publish).await.expect("out"), 2);
    let told = sent().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0.message.subject, Subject::Report);
    assert_eq!(told[0].0.address.to_string(), "mail:owner@h1.example");
}

fn connect(c: &Commission) {
    let channel = ChannelConfig { name: "mail".into(), kind: ChannelKind::Mail, ..ChannelConfig::default() };
    let config = DeliveryConfig { channel: vec![channel], ..DeliveryConfig::default() };
    let register = "[[unit]]\nid = 'h1'\nname = '甲医院'\nkind = 'hospital'\n[[unit.contact]]\nrole = '责任人'\n\
        name = '林清和'\nemail = 'owner@h1.example'\nconfirmed = '2026-11-01'";
    let register = Arc::new(Register::parse(register).expect("a register"));
    c.desk().deliveries().connect(config, watch::channel(register).1);
}
