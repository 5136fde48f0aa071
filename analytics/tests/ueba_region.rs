//! UEBA over a synthetic region: what is planted is found in time, and quiet days stay quiet. The size
//! the promise is about, 2,000 accounts and hosts, is asked of the simulator in `simulated`.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "test helpers fail by panicking")]

mod support;

use std::collections::BTreeMap;

use support::{Draft, Region, day_of, number, plants, run, shard};
use ward_event::{
    Micros,
    alert::{Alert, Entity},
    state::State,
};

/// What a run of some days has emitted that matters here.
#[derive(Default)]
struct Seen {
    alerts: Vec<Alert>,
    /// The highest score of each account and host on each day.
    scores: BTreeMap<i32, BTreeMap<Entity, f64>>,
}

fn observe(
    people: u64,
    seed: u64,
    days: i32,
    busy: u64,
    plant: &mut dyn FnMut(i32, &mut Vec<Draft>),
) -> Seen {
    let mut region = Region::new(people, seed);
    region.busy = busy;
    let mut drafts = Vec::new();
    for day in 1..=days {
        drafts.extend(region.day(day));
        plant(day, &mut drafts);
    }
    let events = number(drafts, "h1");
    let mut seen = Seen::default();
    run(shard("", &[]), &events, days, support::MINUTE, &mut |shard, now, outputs| {
        seen.alerts.extend(outputs.alerts);
        for record in outputs.states {
            if let State::Score(score) = record.state
                && score.entity.kind != "hospital"
            {
                let best = seen.scores.entry(day_of(now)).or_default().entry(score.entity).or_default();
                *best = best.max(score.score);
            }
        }
        shard
    });
    seen
}

impl Seen {
    fn first(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.iter().filter(|a| a.revision == 1 && a.rule_id.starts_with("ward-ueba"))
    }

    fn describe(&self) -> String {
        let line = |a: &Alert| {
            let reasons: Vec<_> =
                a.reasons.iter().map(|r| format!("{}={:?} {}", r.field, r.points, r.value)).collect();
            format!(
                "day {} {} {} {}: {}\n",
                day_of(a.time),
                a.time.rfc3339(),
                a.rule_id,
                a.entities[0].value,
                reasons.join("; ")
            )
        };
        self.first().map(line).collect()
    }
}

/// Ten alerts a day for 2,000 entities are allowed; this region has a tenth of them.
#[test]
fn quiet_days_stay_quiet() {
    let days = 14;
    let mut total = 0;
    for seed in 1..=3 {
        let seen = observe(100, seed, days, 1, &mut |_, _| {});
        println!("seed {seed}:\n{}", seen.describe());
        total += seen.first().count();
    }
    // From day 8 on, three regions of 212 entities, seven days each.
    let allowed = (10.0 * 212.0 / 2_000.0 * 3.0 * 7.0) as usize;
    println!("{total} alerts, {allowed} allowed");
    assert!(total <= allowed / 2, "{total} alerts on quiet days");
}

#[test]
fn what_is_planted_on_day_eight_is_found_within_the_hour_and_leads_the_day() {
    for seed in 1..=3 {
        let mut planted = Vec::new();
        let seen = observe(100, seed, 10, 1, &mut |day, out| {
            if day == 8 {
                planted.push(plants::account_theft(day, "u0020", out));
                planted.push(plants::bulk_read(day, "u0039", "10.10.0.49", out));
                planted.push(plants::new_place(day, "u0013", "RU", "", out));
            }
            if day == 9 {
                planted.push(plants::new_place(day, "u0031", "CN", "云南省", out));
                planted.push(plants::inside_theft(day, "u0041", out));
            }
        });
        println!("seed {seed}:\n{}", seen.describe());
        for plant in &planted {
            let day = day_of(plant.end);
            let about =
                |a: &&Alert| a.entities.iter().any(|e| e.value == plant.account) && day_of(a.time) == day;
            let alert =
                seen.first().find(about).unwrap_or_else(|| panic!("seed {seed}: {} not found", plant.kind));
            assert!(alert.time <= Micros(plant.end.0 + 60 * support::MINUTE), "{}", plant.kind);
            let mut ranked: Vec<_> = seen.scores[&day].iter().collect();
            ranked.sort_by(|a, b| b.1.total_cmp(a.1));
            let rank = ranked.iter().position(|(e, _)| e.value == plant.account).map(|r| r + 1);
            println!("{} {} rank {rank:?} {:?}", plant.kind, alert.rule_id, alert.level);
            assert!(rank.is_some_and(|r| r <= 5), "{} ranks {rank:?}", plant.kind);
        }
    }
}

#[test]
fn an_alert_says_why_and_opens_its_events() {
    let seen = observe(100, 5, 8, 1, &mut |day, out| {
        if day == 8 {
            plants::account_theft(day, "u0020", out);
        }
    });
    let alert = seen.first().find(|a| a.entities[0].value == "u0020").expect("an alert");
    assert_eq!(
        (alert.rule_id.as_str(), alert.techniques.as_slice()),
        ("ward-ueba-account-theft", &["T1078".to_owned()][..])
    );
    assert!(!alert.versions.baseline.is_empty() && !alert.events.is_empty());
    assert_eq!(alert.event_count, alert.events.len() as u64);
    assert!(alert.reasons.iter().all(|r| !r.zh.is_empty() && !r.en.is_empty() && r.points.is_some()));
    let last = seen.alerts.iter().rfind(|a| a.alert_id == alert.alert_id).expect("itself");
    let fields: Vec<_> = last.reasons.iter().map(|r| r.field.as_str()).collect();
    for field in ["new_place", "new_source", "new_program", "unusual_hour"] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
}
