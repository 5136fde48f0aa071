//! Cases: a notice from its draft to its closing, and what may not happen on the way.

use ward_desk::{
    Refusal,
    audit::Search,
    case::{
        Answer, CallOutcome, CheckKind, CorrectionKind, Decided, Decision, Dispute, DisputeKind, Evidence,
        Filter, Given, NewCall, NewCorrection, NewDeputy, Number, OnBehalf, Progress, Stamp, Step, Wanted,
        machine::{NoticeState, RowState, Rung, RungAct, RungState},
        verify::Verdict,
    },
};
use ward_event::{
    Micros,
    alert::Level,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use crate::common::{
    START,
    cases::{ALL, Commission, at, draft, own, problem, unit},
    refusal,
};

fn answer(measures: &str, on_behalf: OnBehalf) -> Answer {
    Answer { cause: "默认口令".into(), measures: measures.into(), proof: Vec::new(), on_behalf }
}

#[tokio::test]
async fn a_late_hospital_from_draft_to_closed() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let notice =
        c.sent(vec![problem("h1", Level::High), problem("h1", Level::Low), problem("h2", Level::High)]).await;
    let (mine, officer) = (own("h1"), c.officer.clone());

    let progress = cases.progress(&ALL).await.expect("asked");
    assert_eq!(
        (progress.open.len(), progress.open_count(), progress.open[0].state),
        (1, 3, RowState::Notified)
    );
    assert_eq!((progress.parts, progress.unsigned, progress.overdue, progress.settled), (2, 2, 0, 0));
    let of_h1 = cases.progress(&own("h1")).await.expect("asked");
    assert_eq!((of_h1.open_count(), of_h1.parts), (2, 1), "its own only");
    assert_eq!(cases.progress(&own("h3")).await.expect("asked"), Progress::default());

    // Its part is its own: two of the three problems, and nothing of how the notice was made.
    let seen = cases.notice(&mine, notice).await.expect("asked").expect("its part");
    assert_eq!((seen.rows.len(), seen.units.len(), seen.steps.len()), (2, 1, 0));
    assert!(seen.history.iter().all(|h| h.unit == Some(unit("h1"))));
    assert_eq!(cases.notice(&own("h3"), notice).await.expect("asked"), None);

    cases.opened(c.by(&officer, &mine), notice, &unit("h1")).await.expect("opened");
    let part = c.detail(notice).await.units[0].clone();
    assert!(
        part.read.is_some() && part.signed.is_none() && part.answered.is_none(),
        "reading is not signing"
    );
    // One day later it is to be called; a call is no receipt.
    assert!(cases.to_call(&ALL).await.expect("asked").is_empty());
    c.pass_days(1);
    assert_eq!(cases.to_call(&ALL).await.expect("asked").len(), 2);
    let call = NewCall {
        number: "0000-88".into(),
        person: "赵".into(),
        post: "值班".into(),
        outcome: CallOutcome::Reached,
        said: "答应今天签收".into(),
        promised: Some(Micros(c.place.clock.now().0 + MICROS_PER_HOUR)),
    };
    cases.call(c.by(&c.analyst, &ALL), notice, &unit("h1"), call).await.expect("a call");
    let waiting = cases.to_call(&ALL).await.expect("asked");
    assert!(waiting.iter().any(|w| w.unit == unit("h1") && w.calls == 1 && w.promised.is_some()));
    c.sign(notice, "h1", &officer, OnBehalf::default()).await.expect("signed");
    assert_eq!(cases.to_call(&ALL).await.expect("asked").len(), 1);
    assert_eq!(refusal(c.sign(notice, "h1", &officer, OnBehalf::default()).await), Refusal::WrongState);

    // The high one is late: a reminder is drafted, once, and goes when a person sends it.
    let due = c.row(notice, 1).await.due.expect("a deadline");
    c.place.clock.advance(Micros(due.0 + 1));
    assert_eq!(cases.draft_rungs().await.expect("drafted"), 2);
    assert_eq!(cases.draft_rungs().await.expect("drafted"), 0);
    let progress = cases.progress(&ALL).await.expect("asked");
    assert_eq!((progress.overdue, progress.unsigned, progress.rungs_drafted), (2, 1, 2));
    assert_eq!(
        progress.open.iter().map(|s| s.state).collect::<Vec<_>>(),
        [RowState::Notified, RowState::Signed]
    );
    let rung = c.detail(notice).await.rungs.into_iter().find(|r| r.unit == unit("h1")).expect("a draft");
    assert_eq!((rung.rung, rung.state, rung.late), (Rung::Remind, RungState::Drafted, 1));
    assert!(
        cases.notice(&mine, notice).await.expect("asked").expect("its part").rungs.is_empty(),
        "a draft is not told"
    );
    cases.rung(c.by(&c.analyst, &ALL), rung.id, rung.revision, RungAct::Send, "").await.expect("sent");
    assert_eq!(cases.draft_rungs().await.expect("drafted"), 0, "the next step waits for its time");
    c.pass_days(6);
    assert_eq!(cases.draft_rungs().await.expect("drafted"), 1, "督办 for the one reminded");
    let rung = c.detail(notice).await.rungs.into_iter().find(|r| r.rung == Rung::Supervise).expect("a draft");
    let send = |viewer, revision| cases.rung(c.by(viewer, &ALL), rung.id, revision, RungAct::Send, "请抓紧");
    assert_eq!(refusal(send(&c.analyst, rung.revision).await), Refusal::NotAllowed);
    send(&c.leader, rung.revision).await.expect("a leader signs 督办");
    assert!(
        matches!(refusal(send(&c.leader, rung.revision).await), Refusal::ChangedBy { by, .. } if by == "leader")
    );
    let numbers = c.detail(notice).await.numbers;
    let told: Vec<_> = numbers.iter().map(|n| (n.paper.clone(), n.number.to_string())).collect();
    assert_eq!(
        told,
        [(format!("supervision {}", rung.id), "卫网安〔2026〕2号".to_owned())],
        "of the register"
    );
    let review = cases.number_review(c.by(&c.analyst, &ALL), notice, &unit("h1")).await.expect("numbered");
    assert_eq!(review.to_string(), "卫网安〔2026〕3号");
    let again = cases.number_review(c.by(&c.analyst, &ALL), notice, &unit("h1")).await;
    assert_eq!(refusal(again), Refusal::NumberTaken);

    // More time is granted for the first; then it is put right, and verified.
    let row = c.row(notice, 1).await;
    let until = Micros(c.place.clock.now().0 + 5 * MICROS_PER_DAY);
    let ask = |until| {
        cases.ask_extension(
            c.by(&officer, &mine),
            row.id,
            row.revision,
            until,
            "等待厂商",
            OnBehalf::default(),
        )
    };
    assert_eq!(refusal(ask(due).await), Refusal::TimeUnfit);
    ask(until).await.expect("asked");
    assert_eq!(c.row(notice, 1).await.due, Some(due), "asking moves nothing");
    cases
        .decide_extension(c.by(&c.analyst, &ALL), row.id, row.revision, Decided::Granted, "")
        .await
        .expect("granted");
    let row = c.row(notice, 1).await;
    assert_eq!((row.due, row.first_due), (Some(until), Some(due)));
    cases
        .claim(c.by(&officer, &mine), row.id, row.revision, answer("已改口令", OnBehalf::default()))
        .await
        .expect("claimed");
    let row = c.row(notice, 1).await;
    let bad = Verdict::Bad("再次命中".into());
    let evidence = Evidence { seen: 1, ..Evidence::default() };
    cases.machine_says(row.id, row.revision, CheckKind::Rule, bad, &evidence).await.expect("said");
    let said = c.detail(notice).await.checks.remove(&row.id).expect("a check");
    assert_eq!((said[0].kind, said[0].evidence.clone()), (Some(CheckKind::Rule), Some(evidence.clone())));
    let row = c.row(notice, 1).await;
    assert_eq!((row.state, row.returned, row.verdict.as_str()), (RowState::Signed, 1, "再次命中"));
    cases
        .claim(c.by(&officer, &mine), row.id, row.revision, answer("再改", OnBehalf::default()))
        .await
        .expect("claimed");
    let row = c.row(notice, 1).await;
    let unable = Verdict::Cannot("数据源中断".into());
    let stale =
        cases.machine_says(row.id, row.revision - 1, CheckKind::Rule, unable.clone(), &evidence).await;
    assert!(matches!(refusal(stale), Refusal::ChangedBy { .. }), "what was decided meanwhile stays");
    cases.machine_says(row.id, row.revision, CheckKind::Rule, unable, &evidence).await.expect("said");
    let row = c.row(notice, 1).await;
    let judge = |viewer, row: i64, revision| {
        cases.decide(c.by(viewer, &ALL), row, revision, Decision::ProofGood, "截图属实")
    };
    assert_eq!(
        refusal(judge(&c.analyst, row.id, row.revision).await),
        Refusal::SamePerson,
        "who sent it does not judge"
    );
    judge(&c.second, row.id, row.revision).await.expect("judged");

    // The second is disputed, and the third is another's business.
    let second = c.row(notice, 2).await;
    let foreign = cases
        .claim(c.by(&c.other, &own("h2")), second.id, second.revision, answer("x", OnBehalf::default()))
        .await;
    assert_eq!(refusal(foreign), Refusal::NotThere);
    let dispute = Dispute {
        kind: DisputeKind::NotOurs,
        reason: "该地址不属于本院".into(),
        on_behalf: OnBehalf::default(),
    };
    cases.dispute(c.by(&officer, &mine), second.id, second.revision, dispute).await.expect("disputed");
    let second = c.row(notice, 2).await;
    cases
        .decide(c.by(&c.second, &ALL), second.id, second.revision, Decision::NotTheirs, "属实")
        .await
        .expect("decided");
    let row = c.row(notice, 1).await;
    cases.decide(c.by(&c.analyst, &ALL), row.id, row.revision, Decision::Close, "").await.expect("closed");
    assert_eq!(c.detail(notice).await.notice.state, NoticeState::Sent, "h2 still owes");
    assert!(c.detail(notice).await.units[0].answered.is_some());

    // The other hospital never signs in: it goes by telephone and scan.
    assert_eq!(refusal(c.sign(notice, "h2", &c.analyst, OnBehalf::default()).await), Refusal::ScanMissing);
    let sheet = c.scan(&c.analyst, "receipt of h2").await;
    let behalf = OnBehalf { sheet: Some(sheet.clone()) };
    c.sign(notice, "h2", &c.analyst, behalf.clone()).await.expect("entered");
    let row = c.row(notice, 3).await;
    cases.claim(c.by(&c.analyst, &ALL), row.id, row.revision, answer("已改", behalf)).await.expect("entered");
    for (viewer, decision) in
        [(&c.analyst, Decision::NoMachine), (&c.second, Decision::ProofGood), (&c.second, Decision::Close)]
    {
        let row = c.row(notice, 3).await;
        cases
            .decide(c.by(viewer, &ALL), row.id, row.revision, decision, "回执扫描件")
            .await
            .expect("decided");
    }
    let end = c.detail(notice).await;
    assert_eq!(end.notice.state, NoticeState::Closed);
    assert!(end.notice.ended_at.is_some() && end.rows.iter().all(|r| r.state.is_settled()));
    // The sheet is its unit's alone, the sealed notice every addressee's.
    assert_eq!(refusal(cases.file(&mine, notice, &sheet).await), Refusal::NotThere);
    assert!(cases.file(&own("h2"), notice, &sheet).await.is_ok());
    let sealed = end.notice.sealed.expect("a sealed file");
    assert!(cases.file(&mine, notice, &sealed).await.is_ok());
    assert_eq!(refusal(cases.file(&own("h3"), notice, &sealed).await), Refusal::NotThere);

    // Opened again it is open, with its notice.
    let row = c.row(notice, 1).await;
    cases
        .decide(c.by(&c.analyst, &ALL), row.id, row.revision, Decision::Reopen, "复发")
        .await
        .expect("reopened");
    let again = c.detail(notice).await;
    assert_eq!((again.notice.state, again.rows[0].state), (NoticeState::Sent, RowState::Signed));

    // Every line of the history is in the audit, and the chain holds.
    let search =
        Search { document: end.notice.number.map(|n| n.to_string()), limit: Some(500), ..Search::default() };
    let entries = c.desk().audit().search(&search).await.expect("searched");
    assert!(entries.len() > 30, "{}", entries.len());
    assert!(c.desk().audit().verify(&[]).await.expect("verified").is_ok());
}

#[tokio::test]
async fn an_edit_on_what_is_gone_is_refused_with_who_and_when() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let notice = c.draft(vec![problem("h1", Level::High)]).await;
    let revision = c.revision(notice).await;
    let first = cases.redraft(c.by(&c.second, &ALL), notice, revision, draft("第一稿")).await;
    first.expect("the first");
    let changed = refusal(cases.redraft(c.by(&c.analyst, &ALL), notice, revision, draft("第二稿")).await);
    assert_eq!(changed, Refusal::ChangedBy { by: "second".into(), at: c.place.clock.now() });
    assert_eq!(c.detail(notice).await.notice.of.title, "第一稿");
    assert_eq!(
        refusal(cases.redraft(c.by(&c.leader, &ALL), notice, revision, draft("x")).await),
        Refusal::NotAllowed
    );
    let officer = cases.redraft(c.by(&c.officer, &own("h1")), notice, revision, draft("x")).await;
    assert_eq!(refusal(officer), Refusal::NotAllowed);
    assert_eq!(
        cases.notice(&own("h1"), notice).await.expect("asked"),
        None,
        "a draft is nobody's but the commission's"
    );
}

#[tokio::test]
async fn numbers_run_over_the_turn_of_the_year_and_a_void_one_is_never_given_again() {
    // 2026-12-31 10:00.
    let c = Commission::at(at(20_818, 10)).await;
    let next = || Wanted::Next("卫网安".into());
    let drafts = [
        c.draft(Vec::new()).await,
        c.draft(Vec::new()).await,
        c.draft(Vec::new()).await,
        c.draft(Vec::new()).await,
    ];
    assert_eq!(c.number(drafts[0], next()).await.expect("given"), "卫网安〔2026〕1号");
    assert_eq!(c.number(drafts[1], next()).await.expect("given"), "卫网安〔2026〕2号");
    let void = Stamp { opinion: "印错".into(), ..Stamp::default() };
    let revision = c.revision(drafts[1]).await;
    let cases = c.desk().cases();
    cases.step(c.by(&c.analyst, &ALL), drafts[1], revision, Step::Void, void).await.expect("void");
    assert_eq!(c.number(drafts[2], next()).await.expect("given"), "卫网安〔2026〕3号");
    let typed = |text: &str| Wanted::Typed(Number::parse(text).expect("a number"));
    assert_eq!(refusal(c.number(drafts[3], typed("卫网安[2026]2号")).await), Refusal::NumberTaken);
    c.pass_days(1);
    assert_eq!(c.number(drafts[3], next()).await.expect("given"), "卫网安〔2027〕1号");
    // Another one for the same notice voids the first.
    assert_eq!(c.number(drafts[3], typed("卫网安（2026）第9号")).await.expect("typed"), "卫网安〔2026〕9号");
    assert_eq!(c.number(drafts[0], typed("卫办 2026 17 号")).await.expect("typed"), "卫办〔2026〕17号");
    assert_eq!(refusal(c.number(drafts[2], typed("卫网安〔2027〕1号")).await), Refusal::NumberTaken);
    assert_eq!(refusal(c.number(drafts[2], typed("卫网安〔2025〕1号")).await), Refusal::NumberUnfit);
    // Found in any brackets, void ones too.
    let find = async |text: &str| {
        let filter = Filter { text: text.into(), ..Filter::default() };
        cases.list(&ALL, &filter).await.expect("a list").iter().map(|l| l.notice).collect::<Vec<_>>()
    };
    let part = async |from: i64, limit: i64| {
        let filter = Filter { from, limit: Some(limit), ..Filter::default() };
        cases.list(&ALL, &filter).await.expect("a list").iter().map(|l| l.notice).collect::<Vec<_>>()
    };
    let all = part(0, 100).await;
    assert!(all.len() > 3 && part(1, 2).await == all[1..3], "a list in parts is the list");
    assert_eq!(find("卫网安 9 号").await, [drafts[3]]);
    assert_eq!(find("[2026]2").await, [drafts[1]]);
    assert_eq!(find("〔2026〕12号").await, Vec::<i64>::new());
    assert_eq!(c.desk().cases().rules().calendar.missing(c.place.clock.now(), c.place.clock.now()), [2027]);
}

#[tokio::test]
async fn a_deputy_signs_while_the_leader_is_away_and_not_after() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let ready = async || {
        let notice = c.draft(vec![problem("h1", Level::High)]).await;
        c.step(&c.analyst, notice, Step::Submit).await.expect("submitted");
        assert_eq!(refusal(c.step(&c.analyst, notice, Step::Check).await), Refusal::SamePerson);
        c.step(&c.second, notice, Step::Check).await.expect("checked");
        c.step(&c.second, notice, Step::Countersign).await.expect("countersigned");
        notice
    };
    let notice = ready().await;
    assert_eq!(refusal(c.step(&c.second, notice, Step::Sign).await), Refusal::NotAllowed);
    let now = c.place.clock.now();
    let deputy = NewDeputy {
        deputy: c.second.account.expect("an account"),
        from: now,
        until: Micros(now.0 + MICROS_PER_DAY),
    };
    assert_eq!(refusal(cases.name_deputy(c.by(&c.second, &ALL), deputy).await), Refusal::NotAllowed);
    cases.name_deputy(c.by(&c.leader, &ALL), deputy).await.expect("named");
    c.step(&c.second, notice, Step::Sign).await.expect("signed for the leader");
    let step = c.detail(notice).await.steps.pop().expect("a step");
    assert_eq!((step.person.as_str(), step.stands_for.as_str()), ("person second", "person leader"));
    let later = ready().await;
    c.pass_days(1);
    assert_eq!(refusal(c.step(&c.second, later, Step::Sign).await), Refusal::NotAllowed);
    // On paper: with the sheet, entered by whoever has it.
    let revision = c.revision(later).await;
    let paper = |sheet| Stamp {
        person: "刘局长".into(),
        post: "分管领导".into(),
        opinion: "同意签发".into(),
        sheet,
        at: None,
    };
    let sign = |sheet| cases.step(c.by(&c.analyst, &ALL), later, revision, Step::Sign, paper(sheet));
    assert_eq!(refusal(sign(None).await), Refusal::ScanMissing);
    sign(Some(c.scan(&c.analyst, "the sheet").await)).await.expect("signed on paper");
    // Not without number, nor without the sealed file.
    assert_eq!(refusal(c.step(&c.analyst, later, Step::Send).await), Refusal::WrongState);
    let junk = Given { name: "x.pdf".into(), bytes: b"<html>".to_vec() };
    assert_eq!(refusal(cases.keep(c.by(&c.analyst, &ALL), junk).await), Refusal::FileUnfit);
    let sealed = c.scan(&c.analyst, "sealed").await;
    assert_eq!(refusal(c.step(&c.analyst, later, Step::Seal("0".repeat(64))).await), Refusal::FileUnfit);
    c.step(&c.analyst, later, Step::Seal(sealed)).await.expect("sealed");
    assert_eq!(refusal(c.step(&c.analyst, later, Step::Send).await), Refusal::NumberMissing);
}

#[tokio::test]
async fn one_notice_to_two_hundred_and_one_part_withdrawn() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let rows = (1..=200).map(|n| problem(&format!("h{n}"), Level::Medium)).collect();
    let notice = c.sent(rows).await;
    let detail = c.detail(notice).await;
    assert!(detail.units.len() == 200 && detail.units.iter().all(|u| u.sent.is_some()));
    let part = cases.notice(&own("h77"), notice).await.expect("asked").expect("its part");
    assert!(part.rows.len() == 1 && part.rows[0].of.unit == unit("h77"));
    assert_eq!(cases.tasks(&own("h77")).await.expect("tasks").len(), 1);
    assert_eq!(cases.counts(&ALL).await.expect("counts").open, 200);
    let revision = c.revision(notice).await;
    let withdrawal = NewCorrection {
        kind: CorrectionKind::Withdrawal,
        unit: Some(unit("h77")),
        text: "发错单位".into(),
        number: "卫网安〔2026〕8号".into(),
    };
    let id = cases.propose(c.by(&c.analyst, &ALL), notice, revision, withdrawal).await.expect("proposed");
    assert_eq!(refusal(cases.approve(c.by(&c.second, &ALL), id, true, "").await), Refusal::NotAllowed);
    cases.approve(c.by(&c.leader, &ALL), id, true, "同意").await.expect("approved");
    let detail = c.detail(notice).await;
    let gone: Vec<_> =
        detail.rows.iter().filter(|r| r.state == RowState::Withdrawn).map(|r| &r.of.unit).collect();
    assert_eq!(gone, [&unit("h77")]);
    assert!(
        detail.notice.state == NoticeState::Sent
            && cases.tasks(&own("h77")).await.expect("tasks")[0].withdrawn
    );
    // Its number is spent, and the next one goes on behind it.
    let other = c.draft(Vec::new()).await;
    assert_eq!(c.number(other, Wanted::Next("卫网安".into())).await.expect("given"), "卫网安〔2026〕9号");
    let search = Search { unit: Some(unit("h77")), limit: Some(50), ..Search::default() };
    assert!(
        c.desk()
            .audit()
            .search(&search)
            .await
            .expect("searched")
            .iter()
            .any(|e| e.detail.contains("withdraw"))
    );
}
