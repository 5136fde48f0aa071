use std::collections::BTreeSet;

use super::*;

/// 2026-08-05T10:00:00+08:00, a Wednesday.
const START: Micros = Micros(1_785_895_200_000_000);

#[test]
fn every_kind_plays_somewhere_and_its_truth_holds() {
    let region = Region::demo();
    for &kind in Kind::ALL {
        let mut played = 0;
        for unit in 0..region.units.len() {
            let order = Order { kind, unit, start: START, seed: 3 };
            let Some(attack) = prepare(&region, &order) else { continue };
            played += 1;
            let truth = &attack.truth;
            assert_eq!((truth.kind, truth.start), (kind, START));
            assert!(truth.end > truth.start && !truth.entities.is_empty(), "{truth:?}");
            if kind == Kind::Silence {
                assert!(attack.mute.is_some());
                continue;
            }
            let times = attack.events.items.iter().map(|i| i.time);
            let times: Vec<_> = times.chain(attack.events.flows.iter().map(|f| f.time)).collect();
            assert_eq!(times.iter().max(), Some(&truth.end), "{truth:?}");
            assert!(times.iter().all(|t| *t >= truth.start));
            let text = String::from_utf8_lossy(&attack.events.bytes);
            for mark in &truth.marks {
                assert!(text.contains(mark.as_str()), "{mark} of {} stands nowhere", truth.attack_id);
            }
        }
        assert!(played > 0, "{} suits no unit", kind.name());
    }
}

#[test]
fn truth_is_a_json_line_of_the_agreed_names() {
    let region = Region::demo();
    let unit = region.units.iter().position(|u| u.spec.id == "h01").expect("there");
    let order = Order { kind: Kind::AccountTheft, unit, start: START, seed: 3 };
    let truth = prepare(&region, &order).expect("played").truth;
    let json = serde_json::to_value(&truth).expect("JSON");
    let names: BTreeSet<_> = json.as_object().expect("an object").keys().map(String::as_str).collect();
    let agreed = ["attack_id", "kind", "hospital", "start", "end", "entities", "marks"];
    assert_eq!(names, BTreeSet::from(agreed));
    assert_eq!(json["kind"], "account-theft");
    assert_eq!(json["hospital"], "h01");
    assert_eq!(serde_json::from_value::<Truth>(json).expect("back"), truth);
    for &kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.name());
    }
}

#[test]
fn now_and_then_means_once_a_stretch_however_time_is_cut() {
    let region = Region::demo();
    let every = 240_000_000;
    let collect = |step: i64| {
        let mut schedule = Schedule::new(Attacks::Every(every), 9);
        let mut all = Vec::new();
        let mut from = START;
        while from.0 < START.0 + 4 * 3_600_000_000 {
            let to = Micros(from.0 + step);
            all.extend(schedule.due(&region, from, to));
            from = to;
        }
        all
    };
    let fine = collect(10_000_000);
    assert_eq!(fine, collect(600_000_000));
    assert!((55..=61).contains(&fine.len()), "{}", fine.len());
    let kinds: BTreeSet<_> = fine.iter().map(|o| o.kind).collect();
    assert!(kinds.len() >= 6, "{kinds:?}");
    assert!(fine.iter().all(|o| !o.kind.off_hours()), "by day no attack of the night");
}

#[test]
fn plants_are_one_of_each_kind_a_day_in_units_of_their_own() {
    let region = Region::scaled(5, 2_000);
    let plants = schedule::plants(&region, 5, 20_670, 3);
    assert_eq!(plants.len(), 9);
    for day in plants.chunks(3) {
        let units: BTreeSet<_> = day.iter().map(|o| o.unit).collect();
        let kinds: BTreeSet<_> = day.iter().map(|o| o.kind).collect();
        assert_eq!((units.len(), kinds.len()), (3, 3));
        assert!(day.iter().all(|o| prepare(&region, o).is_some()));
    }
}
