//! Replies to a warning: once and daily, by the unit and by telephone, corrected without a loss, counted and chased.

use std::collections::BTreeSet;

use ward_desk::{
    DeskError, Refusal, Viewer,
    case::{Draft, Every, Given, NewReply, NoticeKind, Replies, ReplyForm, ReplyVerdict},
    delivery::{LinkKind, Subject},
};
use ward_event::{
    Micros,
    time::{Calendar, MICROS_PER_HOUR},
};

use crate::common::{
    START,
    cases::{ALL, Commission, at, connect, draft, own, unit},
    refusal,
};

const ZONE: Calendar = Calendar::shanghai();

/// A warning to two hospitals, drafted.
async fn drafted(c: &Commission) -> i64 {
    let units = BTreeSet::from([unit("h1"), unit("h2")]);
    let warning = Draft { kind: NoticeKind::Warning, units, ..draft("关于某组件高危漏洞的预警") };
    c.desk().cases().draft(c.by(&c.analyst, &ALL), warning, Vec::new()).await.expect("drafted")
}

/// The same, sent, with what it asks for.
async fn sent(c: &Commission, form: Option<ReplyForm>) -> i64 {
    let notice = drafted(c).await;
    if let Some(form) = form {
        set(c, notice, form).await.expect("set");
    }
    c.send(notice).await;
    notice
}

async fn set(c: &Commission, notice: i64, form: ReplyForm) -> Result<(), DeskError> {
    let revision = c.revision(notice).await;
    c.desk().cases().set_reply_form(c.by(&c.analyst, &ALL), notice, revision, Some(form)).await
}

async fn replies(c: &Commission, notice: i64) -> Replies {
    c.desk().cases().replies(&ALL, notice).await.expect("asked").expect("a warning")
}

fn answer(day: i32, verdict: ReplyVerdict, counts: &[u32]) -> NewReply {
    NewReply {
        day,
        verdict,
        counts: counts.to_vec(),
        note: String::new(),
        file: None,
        person: String::new(),
        phone: String::new(),
    }
}

async fn give(
    c: &Commission,
    viewer: &Viewer,
    of: &str,
    notice: i64,
    no: i64,
    new: NewReply,
) -> Result<(), DeskError> {
    c.desk().cases().reply(c.by(viewer, &own(of)), notice, &unit(of), no, new).await
}

#[tokio::test]
async fn a_warning_is_answered_by_page_and_by_telephone_and_summed_by_county() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let notice = sent(&c, None).await;
    let asked = replies(&c, notice).await;
    assert_eq!(asked.form.counts.len(), 3, "the rules' own form");
    let round = asked.current().expect("it runs from sending");
    assert_eq!(round.due, Micros(START.0.max(c.place.clock.now().0) + 24 * MICROS_PER_HOUR));
    assert_eq!(asked.missing(round.day).len(), 2);
    let day = round.day;
    assert_eq!(cases.tasks(&own("h1")).await.expect("asked")[0].reply, Some(round.due));

    // The hospital answers on its own page, with a file; it has signed then, too.
    let file = Given { name: "排查.pdf".into(), bytes: b"%PDF-1.7 checked".to_vec() };
    let file = cases.keep(c.by(&c.officer, &own("h1")), file).await.expect("kept");
    let new = NewReply { file: Some(file.clone()), ..answer(day, ReplyVerdict::Affected, &[120, 3, 1]) };
    assert_eq!(
        refusal(give(&c, &c.officer, "h1", notice, 0, answer(day, ReplyVerdict::Clear, &[1])).await),
        Refusal::TextUnfit,
        "every figure, or none of it"
    );
    assert_eq!(
        refusal(give(&c, &c.officer, "h1", notice, 0, answer(day + 1, ReplyVerdict::Zero, &[])).await),
        Refusal::TimeUnfit
    );
    give(&c, &c.officer, "h1", notice, 0, new.clone()).await.expect("answered");
    let part = c.detail(notice).await.units[0].clone();
    assert!(part.signed.is_some() && part.answered.is_some());
    assert_eq!(cases.tasks(&own("h1")).await.expect("asked")[0].reply, None);
    cases.file(&own("h1"), notice, &file).await.expect("its own");
    assert_eq!(refusal(cases.file(&own("h2"), notice, &file).await), Refusal::NotThere);
    // Nobody answers for another, and an answer made on an older one is lost by nobody.
    let (mine, h2) = (own("h1"), unit("h2"));
    let foreign = cases.reply(c.by(&c.officer, &mine), notice, &h2, 0, new.clone());
    assert_eq!(refusal(foreign.await), Refusal::NotThere);
    let stale = give(&c, &c.officer, "h1", notice, 0, answer(day, ReplyVerdict::Zero, &[])).await;
    assert!(matches!(refusal(stale), Refusal::ChangedBy { by, .. } if by == "officer"));
    give(&c, &c.officer, "h1", notice, 1, answer(day, ReplyVerdict::Affected, &[120, 4, 4]))
        .await
        .expect("put right");

    // The other telephones: who and from where is needed; it is an answer and no receipt.
    let by_phone = |person: &str, phone: &str| NewReply {
        person: person.into(),
        phone: phone.into(),
        ..answer(day, ReplyVerdict::Clear, &[40, 0, 0])
    };
    let enter = |new| cases.reply(c.by(&c.second, &ALL), notice, &h2, 0, new);
    assert_eq!(refusal(enter(by_phone("", "0000-77")).await), Refusal::TextUnfit);
    assert_eq!(refusal(enter(by_phone("姜云帆", "")).await), Refusal::TextUnfit);
    enter(by_phone("姜云帆", "0000-77")).await.expect("entered");
    let detail = c.detail(notice).await;
    assert!(detail.units[1].answered.is_some() && detail.units[1].signed.is_none());
    assert_eq!((detail.calls.len(), detail.notice.ended_at), (1, None), "its receipt is still open");

    let all = replies(&c, notice).await;
    assert!(all.missing(day).is_empty());
    let (places, total) = all.sums(day, |of| if *of == unit("h1") { "江北".into() } else { "江南".into() });
    assert_eq!(places.iter().map(|p| p.place.as_str()).collect::<Vec<_>>(), ["江北", "江南"]);
    assert_eq!((total.answered, total.affected, total.clear, total.counts), (2, 1, 1, vec![160, 4, 4]));
    let mine = cases.replies(&own("h2"), notice).await.expect("asked").expect("its own");
    assert_eq!((mine.units.len(), mine.all().count()), (1, 1), "and nothing of the other");
    assert_eq!(cases.replies(&own("h3"), notice).await.expect("asked"), None);

    c.sign(notice, "h2", &c.other, ward_desk::case::OnBehalf::default()).await.expect("signed");
    assert!(c.detail(notice).await.notice.ended_at.is_some(), "with the last answer and receipt it is done");
}

#[tokio::test]
async fn a_special_protection_period_has_an_answer_a_day() {
    let c = Commission::at(at(20_775, 10)).await;
    let cases = c.desk().cases();
    let first = ZONE.day(c.place.clock.now());
    let daily = |last| ReplyForm {
        counts: vec!["值守人数".into()],
        when: Every::Daily { first, last, minute: 16 * 60 },
    };
    let notice = sent(&c, Some(daily(first + 2))).await;
    let zero = |day| answer(day, ReplyVerdict::Zero, &[7]);
    give(&c, &c.officer, "h1", notice, 0, zero(first)).await.expect("nothing to report");
    assert_eq!(replies(&c, notice).await.of(first, &unit("h1")).expect("it").counts, [0], "nought is nought");
    c.place.clock.advance(at(first + 1, 17));
    let all = replies(&c, notice).await;
    assert_eq!(all.rounds.iter().map(|r| r.day).collect::<Vec<_>>(), [first, first + 1]);
    assert_eq!(
        (all.missing(first).len(), all.missing(first + 1).len()),
        (1, 2),
        "yesterday's is not today's"
    );
    assert_eq!(cases.replies_owed(&own("h1")).await.expect("asked").len(), 1);
    give(&c, &c.officer, "h1", notice, 0, answer(first + 1, ReplyVerdict::Affected, &[2]))
        .await
        .expect("late");
    give(&c, &c.other, "h2", notice, 0, zero(first)).await.expect("the day before, too");
    let all = replies(&c, notice).await;
    assert!(
        all.of(first + 1, &unit("h1")).expect("it").late && !all.of(first, &unit("h1")).expect("it").late
    );
    assert_eq!(all.sums(first + 1, |_| String::new()).1.counts, [2]);

    // Once it is out only its end moves.
    let other = ReplyForm { counts: Vec::new(), ..daily(first + 9) };
    assert_eq!(refusal(set(&c, notice, other).await), Refusal::WrongState);
    set(&c, notice, daily(first + 3)).await.expect("prolonged");
    for day in first + 1..=first + 3 {
        c.place.clock.advance(at(day, 18));
        for (viewer, of) in [(&c.officer, "h1"), (&c.other, "h2")] {
            if replies(&c, notice).await.of(day, &unit(of)).is_none() {
                assert!(c.detail(notice).await.notice.ended_at.is_none());
                give(&c, viewer, of, notice, 0, zero(day)).await.expect("a day");
            }
        }
    }
    assert!(c.detail(notice).await.notice.ended_at.is_some(), "with the last day of the last unit");
}

#[tokio::test]
async fn one_click_reminds_those_who_have_not_answered_and_two_clicks_no_more() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let notice = sent(&c, None).await;
    let round = replies(&c, notice).await.current().expect("a round");
    let chase = |seen| cases.chase_replies(c.by(&c.second, &ALL), notice, round.day, seen);
    assert_eq!(refusal(chase(0).await), Refusal::WrongState, "by what?");
    connect(&c);
    give(&c, &c.officer, "h1", notice, 0, answer(round.day, ReplyVerdict::Zero, &[]))
        .await
        .expect("answered");
    assert_eq!(
        refusal(cases.chase_replies(c.by(&c.officer, &own("h1")), notice, round.day, 0).await),
        Refusal::NotAllowed
    );
    assert_eq!(chase(0).await.expect("reminded"), 1);
    assert_eq!(refusal(chase(0).await), Refusal::Changed, "somebody else was faster");
    let told = c.desk().deliveries().of(&ALL, LinkKind::Task, notice).await.expect("asked");
    let told: Vec<_> =
        told.iter().map(|(d, _)| d).filter(|d| d.message.subject == Subject::Reminder).collect();
    assert_eq!(told.len(), 2, "its person and its own group");
    for one in told {
        assert_eq!((one.unit.clone(), one.message.deadline), (Some(unit("h2")), Some(round.due)));
    }
    assert_eq!(replies(&c, notice).await.chases[0].units, 1);
}

#[tokio::test]
async fn a_draft_asks_what_its_analyst_says() {
    let c = Commission::at(START).await;
    let cases = c.desk().cases();
    let notice = drafted(&c).await;
    let revision = c.revision(notice).await;
    let none = |by| cases.set_reply_form(c.by(by, &ALL), notice, revision, None);
    assert_eq!(refusal(none(&c.leader).await), Refusal::NotAllowed);
    none(&c.analyst).await.expect("no reply");
    assert!(matches!(refusal(none(&c.analyst).await), Refusal::ChangedBy { .. }));
    assert_eq!(cases.replies(&ALL, notice).await.expect("asked"), None);
    c.send(notice).await;
    assert_eq!(
        refusal(give(&c, &c.officer, "h1", notice, 0, answer(0, ReplyVerdict::Zero, &[])).await),
        Refusal::WrongState
    );
}
