//! What an analyst is shown: the demo's ten past days through the shipped rules and UEBA. Every planted
//! attack is there, and what is not of one is rare enough to be read.

use std::{collections::BTreeMap, sync::Arc};

use ward_analytics::detection::{Report, judge};
use ward_event::{alert::Alert, time::Calendar};
use ward_simulator::{Region, attacks::Attacks, background::INSIDE_USUAL, offline::Offline};

use crate::stages::live;

/// A Monday.
const FIRST_DAY: i32 = 20_772;
const DAYS: i32 = 10;
/// As `ward demo` lives its past.
const EVENTS_PER_DAY: f64 = 0.27 * 86_400.0;
const ATTACK_EVERY: i64 = 20 * 3_600_000_000;
/// Kinds that only an entity's own past gives away, and how long it takes to have one.
const LEARNT: &[&str] = &["new-place", "exfiltration", "account-theft", "bulk-read"];
const LEARNING_DAYS: i32 = 7;
/// Alerts of no attack that a region of two dozen units may show on a day.
const OTHERS_A_DAY: f64 = 10.0;

#[test]
fn ten_days_of_the_demo_show_the_attacks_and_little_else() {
    let region = Arc::new(Region::demo());
    let what = Offline {
        first_day: FIRST_DAY,
        days: DAYS,
        events_per_day: EVENTS_PER_DAY,
        seed: 1,
        inside: INSIDE_USUAL,
        attacks: Attacks::Every(ATTACK_EVERY),
    };
    let lived = live(&region, &what);
    let first: Vec<Alert> = lived.alerts.iter().filter(|a| a.revision <= 1).cloned().collect();
    let report = judge(&first, &lived.truths, Calendar::shanghai());
    println!("{} events, {} alerts in {:?}", lived.events, first.len(), lived.took);
    print_table(&first, &report);
    let calendar = Calendar::shanghai();
    let mut missed = Vec::new();
    for (attack, truth) in report.attacks.iter().zip(&lived.truths) {
        let day = calendar.day(truth.start) - FIRST_DAY + 1;
        println!("day {day:>2} {:<18} {:?} after {:?} s", attack.kind, attack.rules, attack.after_start_secs);
        let learning = LEARNT.contains(&attack.kind.as_str()) && day <= LEARNING_DAYS;
        if attack.alert_id.is_none() && !learning {
            missed.push(&attack.attack_id);
        }
    }
    for alert in first.iter().filter(|a| report.false_alerts.contains_key(&a.rule_id)) {
        let entities: Vec<_> = alert.entities.iter().map(|e| e.value.as_str()).collect();
        println!("{} {} {} {entities:?}", alert.time.rfc3339(), alert.hospital, alert.title);
    }
    assert!(missed.is_empty(), "missed: {missed:?}");
    let others: u64 = report.false_alerts.values().sum();
    assert!(
        others as f64 <= OTHERS_A_DAY * f64::from(DAYS),
        "{others} alerts of no attack in {DAYS} days: {:?}",
        report.false_alerts
    );
}

fn print_table(alerts: &[Alert], report: &Report) {
    let mut rows: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for alert in alerts {
        *rows.entry((&alert.rule_id, &alert.title)).or_default() += 1;
    }
    println!("{:>6}  {:>9}  rule", "alerts", "of none");
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    for ((id, title), n) in rows {
        println!("{n:>6}  {:>9}  {title}", report.false_alerts.get(id).copied().unwrap_or(0));
    }
}
