//! Incidents: alerts that belong together, by rule and by hand; campaigns; the clocks that the law sets.

use ward_desk::{
    Refusal,
    incident::{
        Incident, IncidentAct, IncidentFilter, IncidentState, Joined, NewKnown, NewReport, ReportKind, Stage,
    },
};
use ward_event::{
    Micros,
    alert::Alert,
    time::{MICROS_PER_DAY, MICROS_PER_HOUR},
};

use crate::common::{
    START,
    cases::{ALL, Commission, draft, own, unit},
    refusal,
};

fn alert(
    id: &str,
    hospital: &str,
    level: &str,
    entities: &[(&str, &str)],
    techniques: &[&str],
    hours: i64,
) -> Alert {
    let at = START.0 + hours * MICROS_PER_HOUR;
    let entities: Vec<_> =
        entities.iter().map(|(kind, value)| serde_json::json!({ "type": kind, "value": value })).collect();
    let alert = serde_json::json!({
        "alert_id": id, "revision": 0, "rule_id": "r", "title": format!("title {id}"), "title_zh": format!("标题{id}"),
        "level": level, "techniques": techniques, "time": at, "first_time": at, "last_time": at,
        "hospital": hospital, "entities": entities, "reasons": [], "events": [], "event_count": 1, "score": 1.0,
        "producer": "s.1", "seq": 1,
        "versions": { "rules": "", "baseline": "", "intel": "", "register": "", "geoip": "" },
    });
    serde_json::from_value(alert).expect("an alert")
}

async fn all(c: &Commission) -> Vec<Incident> {
    let mut all = c.desk().incidents().list(&ALL, &IncidentFilter::default()).await.expect("a list");
    all.sort_by_key(|i| i.id);
    all
}

#[tokio::test]
async fn alerts_become_incidents_and_incidents_a_campaign() {
    let c = Commission::at(START).await;
    let incidents = c.desk().incidents();
    let attacker = ("ip", "203.0.113.9");
    let taken = incidents
        .take(
            vec![
                alert("a", "h1", "high", &[("host", "HIS-DB"), attacker], &["T1110"], 0),
                alert("b", "h1", "low", &[("host", "HIS-DB"), ("account", "sa")], &["T1021.001"], 3),
                alert("c", "h1", "critical", &[("account", "sa")], &["T1490"], 20),
                alert("d", "h1", "medium", &[("host", "PRINTER")], &[], 1),
                alert("e", "h2", "high", &[("host", "HIS-DB")], &["T1190"], 2),
                alert("f", "h1", "high", &[("hospital", "h1")], &[], 2),
            ],
            7,
        )
        .await
        .expect("taken");
    assert_eq!(taken, Joined { opened: 2, joined: 2, revised: 0, left: 2 });
    let found = all(&c).await;
    assert_eq!((found[0].number().as_str(), found[1].number().as_str()), ("2026-0001", "2026-0002"));
    assert_eq!((found[0].stage, found[0].alerts, found[0].level.name()), (Stage::Impact, 3, "critical"));
    assert!(found.iter().all(|i| i.campaign.is_none()), "the same host name is not the same host");

    // Told again nothing changes; a revision is taken over; what comes long after begins anew.
    let again = incidents
        .take(vec![alert("a", "h1", "high", &[("host", "HIS-DB"), attacker], &["T1110"], 0)], 7)
        .await;
    assert_eq!(again.expect("taken"), Joined { left: 1, ..Joined::default() });
    let mut revised = alert("e", "h2", "critical", &[("host", "HIS-DB"), attacker], &["T1190"], 2);
    revised.revision = 1;
    assert_eq!(incidents.take(vec![revised], 7).await.expect("taken").revised, 1);
    assert_eq!(all(&c).await[1].level.name(), "critical");
    incidents
        .take(
            vec![
                alert("g", "h1", "high", &[("account", "sa")], &[], 80),
                alert("h", "h3", "high", &[("host", "WEB"), attacker], &["T1190"], 81),
            ],
            7,
        )
        .await
        .expect("taken");
    assert_eq!(incidents.position().await.expect("asked"), 7, "where to go on");
    let found = all(&c).await;
    assert_eq!(found.len(), 4);
    let campaign = found[3].campaign.expect("a campaign");
    assert_eq!(
        (found[0].campaign, found[1].campaign, found[2].campaign),
        (Some(campaign), Some(campaign), None)
    );
    let seen = incidents.campaign(&ALL, campaign).await.expect("asked").expect("a campaign");
    assert_eq!((seen.value.as_str(), seen.incidents.len()), ("203.0.113.9", 3));

    // A unit sees its own, also of a campaign.
    let mine = incidents.list(&own("h2"), &IncidentFilter::default()).await.expect("a list");
    assert!(mine.len() == 1 && mine[0].hospital == unit("h2"));
    assert_eq!(incidents.get(&own("h2"), found[0].id).await.expect("asked"), None);
    let part = incidents.campaign(&own("h2"), campaign).await.expect("asked").expect("its part");
    assert_eq!(part.incidents.len(), 1);
    assert_eq!(incidents.campaign(&own("h9"), campaign).await.expect("asked"), None);
}

#[tokio::test]
async fn merging_and_parting_by_hand_keep_the_history() {
    let c = Commission::at(START).await;
    let incidents = c.desk().incidents();
    incidents
        .take(
            vec![
                alert("a", "h1", "high", &[("host", "A")], &["T1110"], 0),
                alert("b", "h1", "high", &[("host", "B")], &["T1486"], 1),
                alert("c", "h2", "high", &[("host", "A")], &[], 1),
            ],
            7,
        )
        .await
        .expect("taken");
    let found = all(&c).await;
    let (first, second, other) = (&found[0], &found[1], &found[2]);
    let by = c.by(&c.analyst, &ALL);
    assert_eq!(
        refusal(incidents.merge(by, second.id, second.revision, other.id, "x").await),
        Refusal::NotThere
    );
    assert_eq!(
        refusal(incidents.merge(by, second.id, second.revision, first.id, " ").await),
        Refusal::ReasonMissing
    );
    let officer =
        incidents.merge(c.by(&c.officer, &own("h1")), second.id, second.revision, first.id, "x").await;
    assert_eq!(refusal(officer), Refusal::NotAllowed);
    incidents.merge(by, second.id, second.revision, first.id, "同一攻击者").await.expect("merged");
    let merged = incidents.get(&ALL, first.id).await.expect("asked").expect("an incident");
    assert_eq!((merged.incident.alerts, merged.incident.stage), (2, Stage::Impact));
    let gone = incidents.get(&ALL, second.id).await.expect("asked").expect("it stays");
    assert_eq!((gone.incident.state, gone.incident.merged_into), (IncidentState::Merged, Some(first.id)));
    assert!(gone.history.iter().any(|h| h.act == "merge" && h.account == "analyst"));
    let late = incidents.merge(by, first.id, first.revision, other.id, "x").await;
    assert!(matches!(refusal(late), Refusal::ChangedBy { .. }));

    let revision = merged.incident.revision;
    let split = |alerts: &[&str]| {
        let alerts = alerts.iter().map(|a| (*a).to_owned()).collect();
        incidents.split(by, first.id, revision, alerts, "并非同一事件")
    };
    assert_eq!(refusal(split(&["a", "b"]).await), Refusal::WrongState);
    assert_eq!(refusal(split(&["c"]).await), Refusal::NotThere);
    let new = split(&["b"]).await.expect("parted");
    let new = incidents.get(&ALL, new).await.expect("asked").expect("an incident");
    assert_eq!((new.incident.title.as_str(), new.incident.stage), ("title b", Stage::Impact));
    assert_eq!(new.incident.number(), "2026-0004");
    let left = incidents.get(&ALL, first.id).await.expect("asked").expect("an incident").incident;
    assert_eq!((left.alerts, left.stage), (1, Stage::Credentials));

    // The table holds for what people decide; an alert after a false alarm begins anew.
    let act = |act, reason| incidents.act(by, left.id, left.revision, act, reason);
    assert_eq!(refusal(act(IncidentAct::Close, "x").await), Refusal::WrongState);
    assert_eq!(refusal(act(IncidentAct::Dismiss, "").await), Refusal::ReasonMissing);
    act(IncidentAct::Dismiss, "误报").await.expect("dismissed");
    let joined =
        incidents.take(vec![alert("z", "h1", "high", &[("host", "A")], &[], 2)], 7).await.expect("taken");
    assert_eq!((joined.opened, joined.joined), (1, 0));
    assert!(c.desk().audit().verify(&[]).await.expect("verified").is_ok());
}

#[tokio::test]
async fn the_laws_clock_runs_from_when_it_was_known_and_never_stops() {
    let c = Commission::at(START).await;
    let incidents = c.desk().incidents();
    incidents
        .take(vec![alert("a", "h1", "critical", &[("host", "A")], &["T1486"], 0)], 7)
        .await
        .expect("taken");
    let id = all(&c).await[0].id;
    let by = c.by(&c.analyst, &ALL);
    let revision = async || incidents.get(&ALL, id).await.expect("asked").expect("it").incident.revision;
    let known = |operator: &str, grade: &str, hours: i64, reason: &str| NewKnown {
        operator: operator.into(),
        class: "MP".into(),
        grade: grade.into(),
        known_at: Micros(START.0 - hours * MICROS_PER_HOUR),
        person: "王主任".into(),
        reason: reason.into(),
    };
    let report = NewReport {
        kind: ReportKind::First,
        receiver: "省委网信办".into(),
        channel: "12387".into(),
        person: "李工".into(),
        made_at: START,
        acknowledged: "受理号 7".into(),
    };
    let early = incidents.reported(by, id, revision().await, report.clone()).await;
    assert_eq!(refusal(early), Refusal::WrongState, "nobody has said when it was known");
    let state = async |new| incidents.state_known(by, id, revision().await, new).await;
    assert_eq!(refusal(state(known("other", "larger", -1, "")).await), Refusal::TimeUnfit);
    assert_eq!(refusal(state(known("nobody", "larger", 1, "")).await), Refusal::TextUnfit);
    state(known("other", "larger", 1, "")).await.expect("stated");
    assert_eq!(refusal(state(known("cii", "larger", 2, " ")).await), Refusal::ReasonMissing);
    state(known("cii", "larger", 2, "经核为关基")).await.expect("stated anew, with its reason");
    incidents.reported(by, id, revision().await, report).await.expect("reported");
    let detail = incidents.get(&ALL, id).await.expect("asked").expect("it");
    assert_eq!((detail.known.len(), detail.reports.len()), (2, 1));

    // What people write for the reports: under the law's headings alone, the last text counts, the others are kept.
    let write = async |revision, key: &str, words: &str| {
        incidents.write_law(by, id, revision, vec![(key.to_owned(), words.to_owned())]).await
    };
    let now = revision().await;
    assert_eq!(refusal(write(now, "gossip", "x").await), Refusal::TextUnfit);
    write(now, "harm", "挂号停止").await.expect("written");
    assert!(matches!(refusal(write(now, "harm", "别的").await), Refusal::ChangedBy { .. }));
    write(revision().await, "harm", "挂号停止约两小时").await.expect("written again");
    let now = revision().await;
    write(now, "harm", "挂号停止约两小时").await.expect("the same");
    assert_eq!(revision().await, now, "what is the same is no change");
    let words = incidents.get(&ALL, id).await.expect("asked").expect("it").words;
    assert_eq!(words.into_iter().collect::<Vec<_>>(), [("harm".into(), "挂号停止约两小时".into())]);

    let (law, at) = (incidents.law(), |hours: i64| Some(Micros(START.0 + hours * MICROS_PER_HOUR)));
    // Four hours for a hospital, one for critical infrastructure: at night, on a holiday, whatever was granted.
    assert_eq!(law.due(&known("other", "larger", 1, "")), at(3));
    assert_eq!(law.due(&known("state", "major", 0, "")), at(2));
    assert_eq!(law.due(&known("cii", "extreme", 2, "")), at(-1));
    assert_eq!(law.due(&known("other", "general", 1, "")), None, "below 较大 nothing is due");
    assert_eq!(
        law.final_due(&known("other", "larger", 1, ""), START),
        Some(Micros(START.0 + 30 * MICROS_PER_DAY))
    );
}

#[tokio::test]
async fn a_notice_knows_the_incident_it_was_drafted_from() {
    let c = Commission::at(START).await;
    c.desk()
        .incidents()
        .take(vec![alert("a", "h1", "high", &[("host", "A")], &[], 0)], 7)
        .await
        .expect("taken");
    let id = all(&c).await[0].id;
    let mut words = draft("关于 A 的通报");
    words.incident = Some(id);
    let notice = c.desk().cases().draft(c.by(&c.analyst, &ALL), words, Vec::new()).await.expect("drafted");
    let detail = c.desk().incidents().get(&ALL, id).await.expect("asked").expect("it");
    assert_eq!(detail.notices.iter().map(|n| n.notice).collect::<Vec<_>>(), [notice]);
    assert_eq!(detail.incident.state, IncidentState::Notified);
    assert!(
        c.desk().incidents().get(&own("h1"), id).await.expect("asked").expect("its own").notices.is_empty()
    );
}

#[tokio::test]
async fn incidents_are_counted_as_they_stood() {
    use ward_desk::figures::Span;

    let c = Commission::at(START).await;
    let incidents = c.desk().incidents();
    let attacker = ("ip", "203.0.113.9");
    let alerts = vec![
        alert("a", "h1", "high", &[("host", "A"), attacker], &["T1190"], 0),
        alert("b", "h1", "high", &[("host", "B")], &["T1490"], 0),
        alert("c", "h2", "high", &[("host", "C"), attacker], &["T1110"], 0),
    ];
    incidents.take(alerts, 7).await.expect("taken");
    c.pass_days(2);
    let middle = c.place.clock.now();
    let close = async |n: usize, acts: &[(IncidentAct, &str)]| {
        for (act, reason) in acts {
            let one = all(&c).await.remove(n);
            incidents.act(c.by(&c.analyst, &ALL), one.id, one.revision, *act, reason).await.expect("done");
        }
    };
    close(0, &[(IncidentAct::Judge, ""), (IncidentAct::Close, "已处置")]).await;
    close(1, &[(IncidentAct::Dismiss, "演练")]).await;
    let end = Micros(c.place.clock.now().0 + 1);
    let count = async |from, to| c.desk().figures(&ALL, Span { from, to }).await.expect("counted");
    let h1 = |figures: &ward_desk::figures::DeskFigures| figures.units[&unit("h1")].incidents.clone();

    let before = count(START, middle).await;
    let of = h1(&before);
    assert_eq!((of.found, of.closed, of.false_alarms), (2, 0, 0));
    assert_eq!(
        of.open.iter().map(|(s, n)| (*s, *n)).collect::<Vec<_>>(),
        [(Stage::Access, 1), (Stage::Impact, 1)]
    );
    let campaign = &before.campaigns[0];
    assert_eq!((campaign.value.as_str(), campaign.is_new, campaign.units.len()), ("203.0.113.9", true, 2));
    let after = h1(&count(middle, end).await);
    assert_eq!((after.found, after.closed, after.false_alarms, after.open.len()), (0, 1, 1, 0));
    assert_eq!(h1(&count(START, middle).await), of, "a past span stays what it was");
    let scoped = c.desk().figures(&own("h2"), Span { from: START, to: end }).await.expect("counted");
    assert!(scoped.units.keys().all(|u| *u == unit("h2")));
    assert_eq!(scoped.campaigns[0].units.len(), 1, "a unit is not told of the others");
}
