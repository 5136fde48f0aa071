use proptest::prelude::*;

use super::*;

fn formula() -> Formula {
    Formula::built_in().expect("the formula")
}

fn inputs(counts: &[(&str, u64)]) -> Inputs {
    let seen =
        counts.iter().map(|(id, count)| ((*id).to_owned(), Seen { count: *count, link: String::new() }));
    Inputs { unit: "h01".into(), seen: seen.collect(), ..Inputs::default() }
}

/// Nothing wrong and everything known.
fn clean() -> Inputs {
    let formula = formula();
    inputs(&formula.items.iter().map(|i| (i.id.as_str(), 0)).collect::<Vec<_>>())
}

#[test]
fn what_is_known_to_be_well_has_all_points_and_what_is_unknown_none() {
    let formula = formula();
    assert_eq!(score(&formula, &clean(), None).points, FULL);
    let dark = score(&formula, &Inputs::default(), None);
    assert_eq!((dark.points, dark.unknown()), (0, FULL));
    assert!(Part::ALL.iter().all(|part| dark.part(*part).0 == 0 && dark.part(*part).1 > 0));
}

#[test]
fn every_lost_point_names_its_item_and_the_steps_bring_what_they_say() {
    let formula = formula();
    let mut unit = clean();
    for (id, count) in [("threat.critical", 2), ("coverage.quiet", 3), ("response.contacts", 1)] {
        unit.seen.insert(id.into(), Seen { count, link: format!("/rows?{id}") });
    }
    let now = score(&formula, &unit, None);
    assert_eq!(now.points, FULL - 80 - 120 - 10);
    let lost: Vec<_> = now.items.iter().filter(|l| l.points > 0).collect();
    assert!(lost.iter().all(|l| l.seen.as_ref().is_some_and(|s| s.link.contains(&l.item))));
    let steps = now.steps(&formula);
    assert_eq!(steps[0], Step { item: "coverage.quiet".into(), gain: 120 });
    for step in &steps {
        unit.seen.insert(step.item.clone(), Seen::default());
    }
    let after = score(&formula, &unit, None);
    assert_eq!(after.points, now.points + steps.iter().map(|s| s.gain).sum::<u32>());
}

#[test]
fn what_is_shown_does_not_flap() {
    let mut shown = None;
    let seen: Vec<_> =
        [800, 795, 805, 796, 804].into_iter().map(|p| *shown.insert(settle(shown, p, 15))).collect();
    assert_eq!(seen, [800; 5]);
    assert_eq!(settle(shown, 785, 15), 785);
}

#[test]
fn places_are_among_peers_of_one_grade_and_shared_by_equals() {
    let formula = formula();
    let unit = |id: &str, grade: &str, critical| {
        let mut unit = Inputs { unit: id.into(), grade: grade.into(), ..clean() };
        unit.seen.insert("threat.critical".into(), Seen { count: critical, link: String::new() });
        let score = score(&formula, &unit, None);
        (unit, score)
    };
    let all = [
        unit("a", "三级甲等", 0),
        unit("b", "三级甲等", 1),
        unit("c", "三级甲等", 1),
        unit("d", "二级甲等", 3),
    ];
    let places: Vec<_> = rank(&all).into_iter().map(|p| (p.place, p.of)).collect();
    assert_eq!(places, [(1, 3), (2, 3), (2, 3), (1, 1)]);
    assert_eq!(region(all.iter().map(|(_, s)| s)), Some((1_000 + 960 + 960 + 880) / 4));
    assert_eq!(region([]), None);
}

#[test]
fn a_formula_that_does_not_sum_up_is_refused() {
    let item =
        "[[item]]\nid='a'\npart='threat'\nzh='x'\nen='x'\neach=1\ncap=10\neffort=1\nzh_do='x'\nen_do='x'\n";
    let head = "version='1'\nhysteresis=5\n";
    assert!(Formula::parse(&format!("{head}{item}")).expect_err("refused").to_string().contains("sum to 10"));
    let twice = Formula::parse(&format!("{head}{item}{item}")).expect_err("refused").to_string();
    assert!(twice.contains("a stands twice"), "{twice}");
}

fn any_inputs() -> impl Strategy<Value = Inputs> {
    let ids: Vec<String> = formula().items.into_iter().map(|i| i.id).collect();
    let count = proptest::option::of(0u64..40);
    proptest::collection::vec(count, ids.len()).prop_map(move |counts| {
        let seen = ids
            .iter()
            .zip(counts)
            .filter_map(|(id, count)| Some((id.clone(), Seen { count: count?, link: String::new() })));
        Inputs { unit: "h01".into(), seen: seen.collect(), ..Inputs::default() }
    })
}

proptest! {
    #[test]
    fn lost_points_sum_to_the_score_and_parts_to_the_whole(unit in any_inputs()) {
        let score = score(&formula(), &unit, None);
        let lost: u32 = score.items.iter().map(|l| l.points).sum();
        prop_assert_eq!(score.points + lost, FULL);
        prop_assert_eq!(Part::ALL.iter().map(|p| score.part(*p).0).sum::<u32>(), score.points);
    }

    #[test]
    fn silence_never_helps(unit in any_inputs(), at in 0usize..30) {
        let formula = formula();
        let id = &formula.items[at % formula.items.len()].id;
        let mut silent = unit.clone();
        silent.seen.remove(id);
        prop_assert!(score(&formula, &silent, None).points <= score(&formula, &unit, None).points);
    }

    #[test]
    fn one_more_never_raises_it_and_the_order_of_things_is_of_no_matter(unit in any_inputs(), at in 0usize..30) {
        let formula = formula();
        let id = formula.items[at % formula.items.len()].id.clone();
        let mut worse = unit.clone();
        if let Some(seen) = worse.seen.get_mut(&id) {
            seen.count += 1;
        }
        let (a, b) = (score(&formula, &unit, None), score(&formula, &worse, None));
        prop_assert!(b.points <= a.points);
        let mut turned = formula.clone();
        turned.items.reverse();
        prop_assert_eq!(score(&turned, &unit, None).points, a.points);
    }

    #[test]
    fn what_is_shown_stays_near_what_is_computed(points in proptest::collection::vec(0u32..=FULL, 1..40)) {
        let limit = formula().hysteresis;
        let mut shown = None;
        for p in points {
            let next = settle(shown, p, limit);
            prop_assert!(next.abs_diff(p) < limit);
            shown = Some(next);
        }
    }
}
