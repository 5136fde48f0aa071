//! What the desk counts: the same figures for a past span, whatever was done since.

use crate::common::cases::{ALL, Commission, own, problem, unit};
use ward_desk::{
    case::{Answer, CallOutcome, Decided, Decision, Filter, NewCall, OnBehalf, Only},
    figures::{DeskFigures, Span, UnitFigures, median},
};
use ward_event::{
    Micros,
    alert::Level,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use crate::common::START;

async fn count(c: &Commission, from: Micros, to: Micros) -> DeskFigures {
    c.desk().figures(&ALL, Span { from, to }).await.expect("counted")
}

fn of(figures: &DeskFigures, name: &str) -> UnitFigures {
    figures.units.get(&unit(name)).cloned().unwrap_or_default()
}

fn answer() -> Answer {
    Answer {
        cause: "默认口令".into(),
        measures: "已更换".into(),
        proof: Vec::new(),
        on_behalf: OnBehalf::default(),
    }
}

#[tokio::test]
async fn a_past_span_is_counted_again_to_the_same_figures() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let (mine, officer) = (own("h1"), c.officer.clone());
    let start = c.place.clock.now();
    let at = |hours: i64| Micros(start.0 + hours * MICROS_PER_HOUR);
    let notice =
        c.sent(vec![problem("h1", Level::High), problem("h1", Level::Low), problem("h2", Level::High)]).await;

    // h1 signs after an hour and puts the first right; the check sends it back, then it passes.
    c.place.clock.advance(at(1));
    c.sign(notice, "h1", &officer, OnBehalf::default()).await.expect("signed");
    let claim = async || {
        let row = c.row(notice, 1).await;
        cases.claim(c.by(&officer, &mine), row.id, row.revision, answer()).await.expect("claimed");
    };
    let decide = async |decision: Decision| {
        let row = c.row(notice, 1).await;
        cases.decide(c.by(&c.second, &ALL), row.id, row.revision, decision, "已核").await.expect("decided");
    };
    claim().await;
    decide(Decision::NoMachine).await;
    decide(Decision::ProofBad).await;
    c.place.clock.advance(at(10));
    claim().await;
    decide(Decision::NoMachine).await;
    decide(Decision::ProofGood).await;

    c.place.clock.advance(at(24));
    let first_day = count(&c, start, at(24)).await;
    let h1 = of(&first_day, "h1");
    assert_eq!((h1.notices.sent, h1.notices.signed, h1.notices.in_time, h1.notices.unsigned), (1, 1, 1, 0));
    assert_eq!(median(&h1.notices.sign_minutes), Some(60));
    let p = &h1.problems;
    assert_eq!(
        (p.new, p.claimed, p.passed, p.first_pass, p.returned),
        (2, 2, 1, 0, 1),
        "the first time it failed"
    );
    assert_eq!(p.fix_minutes, [600]);
    assert_eq!((p.open, p.overdue, p.open_returned, p.closed), (2, 0, 1, 0), "passed is not closed");
    let h2 = of(&first_day, "h2");
    assert_eq!((h2.notices.sent, h2.notices.signed, h2.problems.open), (1, 0, 1));

    // Weeks later: h2 is late, was called, and h1's first is closed, its second has more time.
    let row = c.row(notice, 2).await;
    let until = Micros(row.due.expect("a deadline").0 + 30 * MICROS_PER_DAY);
    cases
        .ask_extension(c.by(&officer, &mine), row.id, row.revision, until, "等补丁", OnBehalf::default())
        .await
        .expect("asked");
    let row = c.row(notice, 2).await;
    let grant = cases.decide_extension(c.by(&c.second, &ALL), row.id, row.revision, Decided::Granted, "同意");
    grant.await.expect("granted");
    c.pass_days(40);
    let call = NewCall {
        number: "0000-88".into(),
        person: "赵".into(),
        post: String::new(),
        outcome: CallOutcome::NoAnswer,
        said: String::new(),
        promised: None,
    };
    cases.call(c.by(&c.analyst, &ALL), notice, &unit("h2"), call).await.expect("a call");
    let row = c.row(notice, 1).await;
    cases.decide(c.by(&c.analyst, &ALL), row.id, row.revision, Decision::Close, "").await.expect("closed");

    let now = Micros(c.place.clock.now().0 + 1);
    let later = count(&c, at(24), now).await;
    let (h1, h2) = (of(&later, "h1"), of(&later, "h2"));
    assert_eq!(
        (h1.problems.closed, h1.problems.open, h1.problems.overdue),
        (1, 1, 0),
        "more time was granted"
    );
    assert_eq!((h2.notices.unsigned, h2.problems.overdue), (1, 1));
    assert_eq!(later.late.len(), 1);
    let late = &later.late[0];
    assert_eq!((late.unit.as_str(), late.signed, late.overdue, late.calls), ("h2", false, 1, 1));
    assert_eq!(late.last_call.map(|(_, said)| said), Some(CallOutcome::NoAnswer));
    assert!(late.number.starts_with("卫网安〔"));

    // What was done since changes nothing of the first day, nor how far its history was read.
    assert_eq!(count(&c, start, at(24)).await, first_day);
    assert!(later.bound.cases > first_day.bound.cases && first_day.bound.cases > 0);

    // The list that a figure opens has as many rows as the figure says.
    let rows = async |only: Only| {
        let filter = Filter { only: Some(only), ..Filter::default() };
        cases.list(&ALL, &filter).await.expect("listed").len() as u64
    };
    let sum = |of: fn(&UnitFigures) -> u64| later.units.values().map(of).sum::<u64>();
    assert_eq!(rows(Only::Open).await, sum(|u| u.problems.open));
    assert_eq!(rows(Only::Overdue).await, sum(|u| u.problems.overdue));
    assert_eq!(rows(Only::Returned).await, sum(|u| u.problems.open_returned));
    let sent = Filter { sent: Some((start, at(24))), ..Filter::default() };
    assert_eq!(cases.list(&ALL, &sent).await.expect("listed").len(), 3);
    let none = Filter { sent: Some((at(24), now)), ..Filter::default() };
    assert!(cases.list(&ALL, &none).await.expect("listed").is_empty());

    // A unit's scope has its own alone, and nothing of how far the region's history goes.
    let scoped = c.desk().figures(&mine, Span { from: start, to: now }).await.expect("counted");
    assert!(scoped.units.keys().all(|u| *u == unit("h1")) && scoped.late.is_empty());
    assert_eq!(scoped.bound.cases, 0);
    let nothing =
        c.desk().figures(&Some(Default::default()), Span { from: start, to: now }).await.expect("counted");
    assert!(nothing.units.is_empty());
}
