//! How well detection did, against the truth of who attacked whom and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ward_event::{
    Micros, UnitId,
    alert::{Alert, Entity},
    time::{Calendar, MICROS_PER_HOUR},
};

/// One line of a simulator's ground truth. Times are microseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    pub attack_id: String,
    pub kind: String,
    pub hospital: UnitId,
    pub start: Micros,
    /// The time of its last event.
    pub end: Micros,
    pub entities: Vec<Entity>,
    #[serde(default)]
    pub marks: Vec<String>,
}

/// An alert may come so long after the attack's last event and still be of it.
const IN_TIME: i64 = MICROS_PER_HOUR;

/// What became of one attack.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Caught {
    pub attack_id: String,
    pub kind: String,
    /// The first alert about one of its entities, and the rules of all of them; empty where it was missed.
    pub alert_id: Option<String>,
    pub rules: Vec<String>,
    /// Seconds from the attack's first and from its last event to the first alert.
    pub after_start_secs: Option<i64>,
    pub after_end_secs: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    pub attacks: Vec<Caught>,
    /// Alerts (first revisions) of no attack, by rule.
    pub false_alerts: BTreeMap<String, u64>,
    /// The same by local day (days since 1970-01-01).
    pub false_by_day: BTreeMap<i32, u64>,
}

impl Report {
    pub fn missed(&self) -> impl Iterator<Item = &Caught> {
        self.attacks.iter().filter(|a| a.alert_id.is_none())
    }
}

/// Sets alerts against attacks. An alert belongs to an attack when it is of the same unit, shares an
/// entity (or is about the whole unit), and was given between the attack's start and an hour after
/// its end.
pub fn judge(alerts: &[Alert], truths: &[Truth], calendar: Calendar) -> Report {
    let mut report = Report::default();
    let first: Vec<&Alert> = alerts.iter().filter(|a| a.revision <= 1).collect();
    for truth in truths {
        let mut of: Vec<&&Alert> = first.iter().filter(|a| belongs(a, truth)).collect();
        of.sort_by_key(|a| a.time);
        let mut rules: Vec<String> = of.iter().map(|a| a.rule_id.clone()).collect();
        rules.sort_unstable();
        rules.dedup();
        let since = |from: Micros| of.first().map(|a| (a.time.0 - from.0) / 1_000_000);
        report.attacks.push(Caught {
            attack_id: truth.attack_id.clone(),
            kind: truth.kind.clone(),
            alert_id: of.first().map(|a| a.alert_id.clone()),
            rules,
            after_start_secs: since(truth.start),
            after_end_secs: since(truth.end),
        });
    }
    for alert in first.iter().filter(|a| !truths.iter().any(|t| belongs(a, t))) {
        *report.false_alerts.entry(alert.rule_id.clone()).or_default() += 1;
        *report.false_by_day.entry(calendar.day(alert.time)).or_default() += 1;
    }
    report
}

fn belongs(alert: &Alert, truth: &Truth) -> bool {
    let about = |entity: &Entity| {
        truth.entities.iter().any(|t| same(&t.value, &entity.value))
            || (entity.kind == "hospital" && entity.value == truth.hospital.as_str())
    };
    alert.hospital == truth.hospital
        && (truth.start..=Micros(truth.end.0.saturating_add(IN_TIME))).contains(&alert.time)
        && alert.entities.iter().any(about)
}

/// Case and an account's domain aside: `zhang` is `ZHANG@hospital`.
fn same(truth: &str, alerted: &str) -> bool {
    let bare = |v: &str| v.split('@').next().unwrap_or(v).to_lowercase();
    bare(truth) == bare(alerted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_in_time_about_the_attacker_counts_and_others_are_false() {
        let line = r#"{"attack_id":"a1","kind":"new-place","hospital":"h1","start":1000000,"end":2000000,
            "entities":[{"type":"account","value":"zhang"}],"marks":["m"]}"#;
        let truth: Truth = serde_json::from_str(line).expect("a truth");
        let alert = |time: i64, hospital: &str, who: &str| -> Alert {
            let json = format!(
                r#"{{"alert_id":"x","revision":1,"rule_id":"r","title":"t","level":"high","time":{time},
                "first_time":0,"last_time":0,"hospital":"{hospital}","entities":[{{"type":"account","value":"{who}"}}],
                "reasons":[],"events":[],"event_count":1,"score":1.0,
                "versions":{{"rules":"","baseline":"","intel":"","register":"","geoip":""}},"producer":"p","seq":1}}"#
            );
            serde_json::from_str(&json).expect("an alert")
        };
        let day = Calendar::shanghai();
        let caught = judge(&[alert(3_000_000, "h1", "ZHANG@dom")], std::slice::from_ref(&truth), day);
        assert_eq!((caught.missed().count(), caught.attacks[0].after_end_secs), (0, Some(1)));
        assert!(caught.false_alerts.is_empty());
        let late = 2_000_000 + IN_TIME + 1;
        let others =
            [alert(late, "h1", "zhang"), alert(3_000_000, "h2", "zhang"), alert(3_000_000, "h1", "li")];
        let missed = judge(&others, &[truth], day);
        assert_eq!((missed.missed().count(), missed.false_alerts["r"]), (1, 3));
    }
}
