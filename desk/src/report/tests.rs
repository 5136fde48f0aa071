use ward_event::{Micros, UnitId, clock::Clock};

use super::*;
use crate::Desk;

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
