//! Triage: alerts arrive once, no edit is lost, undo restores, the past can be asked, a rebuild is the same.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sqlx::Row;
use tempfile::TempDir;
use ward_desk::{
    AccountId, Desk, DeskError, Reach, Refusal, Role, Viewer,
    triage::{Act, Acted, Edit, Filter, Group, NewException, Status},
};
use ward_event::{
    Micros, ProducerId, UnitId,
    alert::{Alert, Entity, Level, Versions},
    clock::Clock,
    control::{Change, Finding},
    time::MICROS_PER_DAY,
};

const START: Micros = Micros::from_secs(1_800_000_000);

struct Office {
    desk: Desk,
    clock: Clock,
    _dir: TempDir,
}

impl Office {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = Clock::driven(START);
        let desk = Desk::open(dir.path(), clock.clone()).await.expect("a desk");
        Self { desk, clock, _dir: dir }
    }

    fn pass(&self, secs: i64) -> Micros {
        let now = Micros(self.clock.now().0 + secs * 1_000_000);
        self.clock.advance(now);
        now
    }

    async fn group(&self, who: &str) -> Group {
        let page = self.desk.triage().page(&Filter::default(), &None, 0, 1_000).await.expect("a page");
        page.groups.into_iter().find(|g| g.entity_value == who).expect("a group")
    }

    async fn act(&self, name: &str, group: &Group, act: Act) -> Result<i64, Refusal> {
        let done = self.desk.triage().act(&viewer(name), "", &None, vec![edit(group)], act).await;
        let [Acted { done, .. }] = <[Acted; 1]>::try_from(done.expect("written")).expect("one");
        done
    }
}

fn viewer(name: &str) -> Viewer {
    Viewer {
        account: Some(AccountId(1)),
        name: name.into(),
        role: Role::Analyst,
        reach: Reach::Region,
        within: None,
        may_write: true,
    }
}

fn edit(group: &Group) -> Edit {
    Edit { group: group.id.clone(), version: group.version, seen: group.last_no }
}

fn unit(name: &str) -> UnitId {
    UnitId::new(name).expect("an id")
}

fn alert(n: u64, who: &str, level: Level) -> Alert {
    let time = Micros(START.0 + n as i64 * 1_000_000);
    Alert {
        alert_id: format!("{n:032x}"),
        revision: 1,
        rule_id: "r1".into(),
        title: "Remote tool".into(),
        title_zh: "远程工具".into(),
        level,
        techniques: Vec::new(),
        time,
        first_time: time,
        last_time: time,
        hospital: unit("h1"),
        entities: vec![Entity { kind: "account".into(), value: who.into() }],
        reasons: Vec::new(),
        events: Vec::new(),
        event_count: 2,
        score: 35.0,
        authorised_test: String::new(),
        versions: Versions::default(),
        producer: ProducerId::new("shard-1").expect("an id"),
        seq: n,
    }
}

fn close(verdict: Finding) -> Act {
    Act::Close { verdict, reason: "known job".into() }
}

#[tokio::test]
async fn alerts_arrive_once_whatever_is_read_again() {
    let office = Office::new().await;
    let triage = office.desk.triage();
    let first =
        vec![alert(1, "li", Level::High), alert(2, "li", Level::Low), alert(3, "wang", Level::Medium)];
    let taken = triage.take(first.clone(), 3).await.expect("taken");
    assert_eq!((taken.new, taken.revised, taken.known), (3, 0, 0));
    // The follower was killed after the commit and before it knew of it: it reads from an older position.
    let mut again = first;
    again.push(Alert { revision: 2, event_count: 9, ..alert(1, "li", Level::High) });
    let taken = triage.take(again, 4).await.expect("taken");
    assert_eq!((taken.new, taken.revised, taken.known), (0, 1, 3));
    assert_eq!(triage.position().await.expect("read"), Some(4));
    triage.take(Vec::new(), 2).await.expect("taken");
    assert_eq!(triage.position().await.expect("read"), Some(4), "never back");
    let li = office.group("li").await;
    assert_eq!((li.alerts, li.events, li.level, li.status), (2, 11, Level::High, Status::New));
    assert_eq!((li.first_seen, li.last_seen), (alert(1, "", Level::Low).time, alert(2, "", Level::Low).time));
}

#[tokio::test]
async fn a_stale_edit_is_refused_and_what_came_meanwhile_stays_new() {
    let office = Office::new().await;
    let triage = office.desk.triage();
    triage.take(vec![alert(1, "li", Level::High)], 1).await.expect("taken");
    let seen = office.group("li").await;
    triage.take(vec![alert(2, "li", Level::High)], 2).await.expect("taken");
    office.act("a", &seen, close(Finding::FalsePositive)).await.expect("an arrival is no edit");
    let now = office.group("li").await;
    assert_eq!((now.status, now.unclosed, now.alerts), (Status::New, 1, 2), "the second was not seen");
    assert_eq!(office.act("b", &seen, Act::Take).await, Err(Refusal::Changed));
    assert_eq!(office.group("li").await, now, "a refused edit changes nothing");
    assert_eq!(now.owner, "a", "who closes answers for it");
}

#[tokio::test]
async fn of_many_who_act_at_once_one_wins_and_the_others_are_told() {
    let office = Office::new().await;
    office.desk.triage().take(vec![alert(1, "li", Level::High)], 1).await.expect("taken");
    let seen = office.group("li").await;
    let mut tasks = Vec::new();
    for n in 0..20 {
        let (desk, edit) = (office.desk.clone(), edit(&seen));
        tasks.push(tokio::spawn(async move {
            let act = if n % 2 == 0 { Act::Take } else { close(Finding::Benign) };
            desk.triage().act(&viewer(&format!("a{n}")), "", &None, vec![edit], act).await.expect("written")
        }));
    }
    let mut won = 0;
    for task in tasks {
        let acted = task.await.expect("no panic");
        won += u32::from(acted[0].done.is_ok());
        assert!(matches!(acted[0].done, Ok(_) | Err(Refusal::Changed)));
    }
    assert_eq!(won, 1);
    let history = office.desk.triage().history(&seen.id, 100).await.expect("read");
    assert_eq!((history.len(), &history[0].owner), (1, &office.group("li").await.owner));
}

#[tokio::test]
async fn undo_restores_and_keeps_both_in_the_history() {
    let office = Office::new().await;
    let triage = office.desk.triage();
    triage.take(vec![alert(1, "li", Level::High), alert(2, "li", Level::Low)], 2).await.expect("taken");
    let before = office.group("li").await;
    let act = office.act("a", &before, close(Finding::FalsePositive)).await.expect("done");
    assert_eq!(office.group("li").await.status, Status::Closed);
    triage.undo(&viewer("a"), "", &None, act).await.expect("undone");
    let after = office.group("li").await;
    assert_eq!(Group { version: before.version, ..after.clone() }, before);
    let again = triage.undo(&viewer("a"), "", &None, act).await;
    assert!(matches!(again, Err(DeskError::Refused(Refusal::Changed))), "only once");
    let actions: Vec<_> =
        triage.history(&before.id, 9).await.expect("read").into_iter().map(|a| a.action).collect();
    assert_eq!(actions, ["undo", "close"]);
    // What detection is told of the two alerts: false, false, undecided, undecided.
    let told: Vec<_> =
        triage.waiting(100).await.expect("read").into_iter().map(|w| w.record.change).collect();
    let findings = told.iter().map(|c| match c {
        Change::Verdict(v) => v.verdict,
        other => panic!("{other:?}"),
    });
    use Finding::{FalsePositive as F, Undecided as U};
    assert_eq!(findings.collect::<Vec<_>>(), [F, F, U, U]);
}

#[tokio::test]
async fn the_past_can_be_asked() {
    let office = Office::new().await;
    let triage = office.desk.triage();
    triage.take(vec![alert(1, "li", Level::High)], 1).await.expect("taken");
    let id = alert(1, "", Level::Low).alert_id;
    let mut times = vec![office.pass(10)];
    for act in [Act::Take, close(Finding::Benign), Act::Reopen { reason: "again".into() }] {
        office.pass(10);
        office.act("a", &office.group("li").await, act).await.expect("done");
        times.push(office.pass(10));
    }
    let mut states = Vec::new();
    for time in times {
        let then = triage.as_of(&id, time).await.expect("read").expect("there");
        states.push((then.status, then.verdict));
    }
    let none = Finding::Undecided;
    let wanted =
        [(Status::New, none), (Status::Open, none), (Status::Closed, Finding::Benign), (Status::Open, none)];
    assert_eq!(states, wanted);
    assert_eq!(triage.as_of(&id, Micros(START.0 - 1)).await.expect("read"), None);
}

#[tokio::test]
async fn what_becomes_worse_or_is_no_test_is_new_again() {
    let office = Office::new().await;
    let triage = office.desk.triage();
    let test = Alert { authorised_test: "t1".into(), ..alert(2, "wang", Level::High) };
    triage.take(vec![alert(1, "li", Level::Medium), test.clone()], 2).await.expect("taken");
    let wang = office.group("wang").await;
    assert_eq!(wang.status, Status::Closed, "a test waits for nobody");
    office.act("a", &office.group("li").await, close(Finding::Benign)).await.expect("done");
    let more = |level| Alert { revision: 2, ..alert(1, "li", level) };
    triage.take(vec![more(Level::Medium)], 3).await.expect("taken");
    assert_eq!(office.group("li").await.status, Status::Closed, "more of the same");
    let worse = Alert { revision: 3, ..more(Level::Critical) };
    let real = Alert { revision: 2, authorised_test: String::new(), ..test };
    triage.take(vec![worse, real], 5).await.expect("taken");
    assert_eq!(office.group("li").await.status, Status::New);
    assert_eq!(office.group("wang").await.status, Status::New);
}

#[tokio::test]
async fn bulk_acts_on_each_and_says_which_were_left() {
    let office = Office::new().await;
    let triage = office.desk.triage();
    let mut alerts: Vec<_> = (0..5).map(|n| alert(n, &format!("u{n}"), Level::High)).collect();
    alerts[4].hospital = unit("h2");
    triage.take(alerts, 5).await.expect("taken");
    let mut groups = Vec::new();
    for n in 0..5 {
        groups.push(office.group(&format!("u{n}")).await);
    }
    office.act("b", &groups[2], Act::Take).await.expect("done");
    let own: BTreeSet<UnitId> = [unit("h1")].into();
    let edits = groups.iter().map(edit).collect();
    let acted = triage.act(&viewer("a"), "", &Some(own.clone()), edits, close(Finding::FalsePositive)).await;
    let done: Vec<_> = acted.expect("written").into_iter().map(|a| a.done.map(|_| ())).collect();
    assert_eq!(done, [Ok(()), Ok(()), Err(Refusal::Changed), Ok(()), Err(Refusal::NotThere)]);
    let page = triage.page(&Filter::default(), &Some(own), 0, 10).await.expect("a page");
    assert!(page.groups.iter().all(|g| g.hospital == "h1") && page.groups.len() == 4);
    assert_eq!(triage.group(&groups[4].id, &Some([unit("h1")].into())).await.expect("read"), None);
    let reader = Viewer { may_write: false, ..viewer("a") };
    let refused = triage.act(&reader, "", &None, vec![edit(&groups[0])], Act::Take).await;
    assert!(matches!(refused, Err(DeskError::Refused(Refusal::NotAllowed))));
}

#[tokio::test]
async fn exceptions_are_told_to_detection_and_lifted() {
    let office = Office::new().await;
    let triage = office.desk.triage();
    let until = Micros(START.0 + MICROS_PER_DAY);
    let new = |until| NewException::Suppress {
        rule_id: "r1".into(),
        entity_type: "account".into(),
        value: "li".into(),
        hospital: "h1".into(),
        until,
    };
    let id = triage.except(&viewer("a"), "", &None, new(until), "patching").await.expect("made");
    let again =
        triage.except(&viewer("a"), "", &None, new(Micros(until.0 + 1)), "longer").await.expect("made");
    assert_eq!(id, again, "the same, with another end");
    let foreign: ward_desk::triage::Units = Some([unit("h2")].into());
    assert!(triage.lift(&viewer("a"), "", &foreign, &id, "no").await.is_err());
    triage.lift(&viewer("b"), "", &None, &id, "done").await.expect("lifted");
    assert!(triage.lift(&viewer("b"), "", &None, &id, "done").await.is_err(), "it is lifted");
    let listed = triage.exceptions(&None, 10).await.expect("read");
    assert_eq!((listed.len(), listed[0].lifted.is_some()), (1, true));
    for end in [START.0, START.0 + 400 * MICROS_PER_DAY] {
        let refused = triage.except(&viewer("a"), "", &None, new(Micros(end)), "x").await;
        assert!(matches!(refused, Err(DeskError::Refused(Refusal::EndUnfit))));
    }
    let waiting = triage.waiting(10).await.expect("read");
    let ends: Vec<_> = waiting
        .iter()
        .map(|w| match &w.record.change {
            Change::Suppress(s) => (s.id.clone(), s.until.0),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ends, [(id.clone(), until.0), (id.clone(), until.0 + 1), (id, START.0)]);
    triage.published(vec![waiting[0].id, waiting[1].id]).await.expect("marked");
    let left = triage.waiting(10).await.expect("read");
    assert_eq!(left.iter().map(|w| w.id).collect::<Vec<_>>(), [waiting[2].id]);
    assert_eq!(left[0].record.hash, waiting[2].record.hash, "the same again after a kill");
}

#[tokio::test]
async fn a_list_of_a_hundred_thousand_by_status_is_one_search_in_an_index() {
    let office = Office::new().await;
    for sql in [
        ("SELECT alert_id, group_id, status, verdict, level, last_seen, events
          FROM triage_alert WHERE status = 'open' ORDER BY level DESC, no DESC LIMIT 100"),
        "SELECT id FROM triage_group WHERE status = 'new' ORDER BY level DESC, last_seen DESC, id LIMIT 100",
    ] {
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(office.desk.readers())
            .await
            .expect("a plan");
        let plan: Vec<String> = plan.iter().map(|r| r.get(3)).collect();
        assert!(plan.len() == 1 && plan[0].starts_with("SEARCH") && plan[0].contains("INDEX"), "{plan:?}");
    }
    let triage = office.desk.triage();
    for chunk in 0..20 {
        let of = |n: u64| alert(n, &format!("u{}", n % 20_000), Level::ALL[(n % 5) as usize]);
        triage.take((chunk * 5_000..(chunk + 1) * 5_000).map(of).collect(), 1).await.expect("taken");
    }
    let begun = std::time::Instant::now();
    assert_eq!(triage.alerts(Status::New, 200).await.expect("read").len(), 200);
    let new = Filter { statuses: vec![Status::New], ..Filter::default() };
    assert_eq!(triage.page(&new, &None, 0, 200).await.expect("read").groups.len(), 200);
    assert!(begun.elapsed().as_millis() < 300, "{:?}", begun.elapsed());
}

async fn all(desk: &Desk) -> (Vec<Group>, Vec<String>) {
    let groups = desk.triage().page(&Filter::default(), &None, 0, 1_000).await.expect("read").groups;
    let rows = sqlx::query(
        "SELECT alert_id || ' ' || status || ' ' || verdict || ' ' || revision || ' ' || level FROM triage_alert ORDER BY 1",
    );
    let rows = rows.fetch_all(desk.readers()).await.expect("read");
    (groups, rows.iter().map(|r| r.get(0)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever comes and whatever is done: triage built anew from alerts and history is the same, and so is
    /// one whose rebuild was interrupted.
    #[test]
    fn a_rebuild_is_what_was(steps in prop::collection::vec((0u8..7, 0u64..4, 0usize..5), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let office = Office::new().await;
            let triage = office.desk.triage();
            let (mut given, mut acts): (Vec<Alert>, Vec<i64>) = (Vec::new(), Vec::new());
            for (n, (what, who, level)) in steps.into_iter().enumerate() {
                office.pass(1);
                let name = format!("u{who}");
                if what < 2 || given.is_empty() {
                    let mut new = alert(n as u64, &name, Level::ALL[level]);
                    if what == 1 && let Some(old) = given.iter().rev().find(|a| a.entities[0].value == name) {
                        // Detection may raise an alert's level, and never takes one back.
                        let level = Level::ALL[level].max(old.level);
                        new = Alert { revision: old.revision + 1, level, ..old.clone() };
                    }
                    given.push(new.clone());
                    triage.take(vec![new], given.len() as u64).await.expect("taken");
                    continue;
                }
                let page = triage.page(&Filter::default(), &None, 0, 10).await.expect("read").groups;
                let group = &page[who as usize % page.len()];
                let act = match what {
                    2 => Act::Take,
                    3 => close(Finding::ALL[level]),
                    4 => Act::Reopen { reason: String::new() },
                    5 => Act::Release,
                    _ => {
                        if let Some(last) = triage.last_act(&group.id).await.expect("read") {
                            triage.undo(&viewer("a"), "", &None, last).await.expect("undone");
                        }
                        continue;
                    }
                };
                acts.push(office.act("a", group, act).await.expect("done"));
            }
            let before = all(&office.desk).await;
            for interrupted in [true, false] {
                triage.rebuild_begin().await.expect("begun");
                assert_eq!(triage.position().await.expect("read"), None);
                for chunk in given.chunks(3) {
                    triage.rebuild_add(chunk.to_vec()).await.expect("added");
                    if interrupted {
                        break;
                    }
                }
            }
            triage.rebuild_end(given.len() as u64).await.expect("ended");
            let after = all(&office.desk).await;
            assert_eq!(after, before);
        });
    }
}
