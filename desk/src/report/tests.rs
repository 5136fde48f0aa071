use std::collections::BTreeSet;

use ward_event::{Micros, UnitId, clock::Clock};

use super::*;
use crate::{
    Desk,
    audit::{Action, Entry},
};

fn report(period: &str, hospital: Option<&str>) -> NewReport {
    let edition = hospital.map_or_else(|| "leader".to_owned(), |id| format!("unit-{id}"));
    NewReport {
        kind: "weekly".into(),
        period: period.into(),
        edition,
        hospital: hospital.map(|id| UnitId::new(id).expect("an id")),
        title: "周报".into(),
        issue: "第1期".into(),
        verdict: "总体平稳".into(),
        as_of: Micros(1),
        model: "{\"a\": 1}".into(),
        model_hash: "m".into(),
        templates_hash: "t".into(),
        fonts_hash: "f".into(),
    }
}

fn entry() -> Entry {
    Entry::nobody("ward", "", Action::System)
}

#[tokio::test]
async fn a_report_is_issued_once_and_read_by_those_it_is_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let desk = Desk::open(dir.path(), Clock::driven(Micros(1_000))).await.expect("a desk");
    let reports = desk.reports();
    let first = reports.issue(entry(), report("2026-W47", None), false).await.expect("issued");
    let changed = NewReport { model: "{}".into(), ..report("2026-W47", None) };
    let same = reports.issue(entry(), changed.clone(), false).await.expect("the same");
    assert_eq!(same, first, "what is issued is not issued anew");
    let again = reports.issue(entry(), changed, true).await.expect("issued again");
    assert_eq!((again.row.version, again.model.as_str()), (2, "{}"));
    let own = reports.issue(entry(), report("2026-W47", Some("h01")), false).await.expect("issued");
    reports.issue(entry(), report("2026-W47", Some("h02")), false).await.expect("issued");

    let all = reports.list(&Readable::All).await.expect("a list");
    assert_eq!(all.len(), 3, "only the newest version of each");
    let h01 = Readable::Units(BTreeSet::from([UnitId::new("h01").expect("an id")]));
    assert_eq!(reports.list(&h01).await.expect("a list"), std::slice::from_ref(&own.row));
    let nobody = Readable::Units(BTreeSet::new());
    assert!(reports.list(&nobody).await.expect("a list").is_empty());
    assert!(reports.one(&h01, first.row.id).await.expect("asked").is_none());
    assert_eq!(reports.one(&h01, own.row.id).await.expect("asked"), Some(own));
    assert!(reports.one(&nobody, first.row.id).await.expect("asked").is_none());
    let newest = reports.newest("weekly", "2026-W47", "leader").await.expect("asked");
    assert_eq!(newest.map(|r| r.row.version), Some(2));
    assert!(reports.newest("weekly", "2026-W48", "leader").await.expect("asked").is_none());
    desk.close().await;
}

#[tokio::test]
async fn a_day_has_one_score_a_unit_and_the_newest_counts() {
    let dir = tempfile::tempdir().expect("a folder");
    let desk = Desk::open(dir.path(), Clock::driven(Micros(1_000))).await.expect("a desk");
    let row = |id: &str, day, shown| PostureRow {
        hospital: UnitId::new(id).expect("an id"),
        day,
        formula: "1".into(),
        points: shown,
        shown,
        place: 1,
        peers: 2,
        inputs: "{}".into(),
    };
    let posture = desk.posture();
    posture.keep(vec![row("h01", 1, 700), row("h02", 1, 650)]).await.expect("kept");
    posture.keep(vec![row("h01", 1, 100), row("h01", 2, 720)]).await.expect("kept");
    let newest = posture.newest().await.expect("asked");
    assert_eq!(newest.values().map(|r| (r.day, r.shown)).collect::<Vec<_>>(), [(2, 720), (1, 650)]);
    let history = posture.history(&UnitId::new("h01").expect("an id"), 30).await.expect("asked");
    assert_eq!(history.iter().map(|r| r.shown).collect::<Vec<_>>(), [700, 720], "a day that is kept stays");
    desk.close().await;
}
