//! A unit disputes a row of its score, an analyst answers, another decides.

use ward_desk::{Refusal, report::NewScoreDispute};

use crate::common::{
    START,
    cases::{ALL, Commission, own, unit},
    refusal,
};

fn new(text: &str) -> NewScoreDispute {
    NewScoreDispute {
        hospital: unit("h1"),
        item: "exposure.critical".into(),
        formula: "2026-12".into(),
        points: 50,
        text: text.into(),
    }
}

#[tokio::test]
async fn a_disputed_row_is_answered_by_one_and_decided_by_another() {
    let c = Commission::at(START).await;
    let posture = c.desk().posture();
    let (mine, theirs) = (own("h1"), own("h2"));
    let by_officer = posture.dispute(c.by(&c.officer, &mine), new(" ")).await;
    assert_eq!(refusal(by_officer), Refusal::TextUnfit, "it needs a reason");
    assert_eq!(refusal(posture.dispute(c.by(&c.other, &theirs), new("x")).await), Refusal::NotAllowed);
    assert_eq!(refusal(posture.dispute(c.by(&c.analyst, &ALL), new("x")).await), Refusal::NotAllowed);
    let id = posture.dispute(c.by(&c.officer, &mine), new("该漏洞所在设备已报废")).await.expect("disputed");
    assert_eq!(refusal(posture.dispute(c.by(&c.officer, &mine), new("又")).await), Refusal::Changed);

    let decide =
        async |by, revision| posture.decide_dispute(c.by(by, &ALL), id, revision, true, "属实").await;
    assert_eq!(refusal(decide(&c.leader, 1).await), Refusal::WrongState, "nobody has answered");
    assert_eq!(
        refusal(posture.answer_dispute(c.by(&c.officer, &mine), id, 1, "x").await),
        Refusal::NotAllowed
    );
    posture.answer_dispute(c.by(&c.analyst, &ALL), id, 1, "按11月20日扫描结果计").await.expect("answered");
    let late = posture.answer_dispute(c.by(&c.second, &ALL), id, 1, "另一人").await;
    assert!(matches!(refusal(late), Refusal::ChangedBy { .. }));
    assert_eq!(refusal(decide(&c.analyst, 2).await), Refusal::SamePerson);
    let no_reason = posture.decide_dispute(c.by(&c.second, &ALL), id, 2, true, "").await;
    assert_eq!(refusal(no_reason), Refusal::ReasonMissing);
    decide(&c.second, 2).await.expect("decided");
    assert_eq!(refusal(decide(&c.leader, 3).await), Refusal::WrongState);

    let shown = posture.disputes(&mine).await.expect("asked");
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].decided.as_ref().map(|d| (d.0, d.2.as_str())), Some((true, "second")));
    assert_eq!(shown[0].answer, "按11月20日扫描结果计");
    assert!(posture.disputes(&theirs).await.expect("asked").is_empty());
    posture.dispute(c.by(&c.officer, &mine), new("再次")).await.expect("a new one after the decision");
}
