//! From matches to alerts: the same rule about the same entities within a window is one alert, told
//! at the next clock record; what follows is counted and told as revisions, at most one a minute.

use serde::{Deserialize, Serialize};
use ward_event::{
    Event, Field, Micros, ProducerId, UnitId,
    alert::{self, Alert, Entity, EventRef, Level, Reason, Versions},
    limits::ALERT_EVENTS_MAX,
    time::MICROS_PER_SECOND,
};

use crate::{
    rules::{Correlated, Match, RuleInfo},
    table::Table,
    ueba,
};

/// Alerts open at a time. Each is 1 to 5 KB with its events; above it the longest open are told as they
/// stand and closed.
const OPEN_MAX: usize = 20_000;
/// At `OPEN_MAX` so many close at once, so that a flood costs little each.
const CLOSE_SHARE: usize = 16;
/// Alerts closed early and not yet told: a flood of more distinct ones between two clock records is
/// counted and not told.
const FLUSH_MAX: usize = 50_000;
/// How long after the end of its window (event time) an alert stays open for late events.
const LATENESS: i64 = 10 * 60 * MICROS_PER_SECOND;
pub(crate) const MINUTE: i64 = 60 * MICROS_PER_SECOND;

/// Rule, unit, entities, window start.
type Key = (String, UnitId, String, i64);

/// Something that a rule found.
pub(crate) struct Hit<'a> {
    pub(crate) rule: &'a RuleInfo,
    pub(crate) hospital: &'a UnitId,
    pub(crate) entities: Vec<Entity>,
    pub(crate) reasons: Vec<Reason>,
    /// The event that completed it.
    pub(crate) time: Micros,
    pub(crate) event: EventRef,
    /// All of it, as it stood then; for a match the one event.
    pub(crate) first_time: Micros,
    pub(crate) events: Vec<EventRef>,
    pub(crate) event_count: u64,
    /// The authorised test that its last event belongs to; empty for none.
    pub(crate) authorised_test: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Open {
    /// As it was told last, or will be told first; its counts move on in between.
    alert: Alert,
    opened: Micros,
    closes: Micros,
    /// In `changed`.
    changed: bool,
    /// The minute of the clock it was told last.
    told: i64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Dedup {
    open: Table<Key, Open>,
    flush: Vec<Alert>,
    /// Those not yet told as they stand.
    #[serde(skip)]
    changed: Vec<u32>,
    /// Matches that are in an alert made before.
    pub(crate) folded: u64,
    /// Alerts not told for want of room.
    pub(crate) overflown: u64,
}

/// What an alert of this level adds to its entities' scores.
pub(crate) const fn level_points(level: Level) -> f64 {
    match level {
        Level::Informational => 1.0,
        Level::Low => 5.0,
        Level::Medium => 15.0,
        Level::High => 35.0,
        Level::Critical => 60.0,
    }
}

/// Account, host and source address of an event, as far as it has them.
pub(crate) fn entities(event: &Event) -> Vec<Entity> {
    let source = event.ip(Field::SrcIp).map(|ip| ip.to_canonical().to_string());
    let found = [
        ("account", ueba::account(event).map(String::from)),
        ("host", ueba::host(event).map(String::from)),
        ("ip", source),
    ];
    found.into_iter().filter_map(|(kind, value)| Some(Entity { kind: kind.into(), value: value? })).collect()
}

impl<'a> Hit<'a> {
    pub(crate) fn of_match(found: &'a Match, event: &Event, hospital: &'a UnitId) -> Self {
        let at = EventRef { producer: event.producer.clone(), seq: event.seq };
        Self {
            rule: &found.rule,
            hospital,
            entities: entities(event),
            reasons: found.fields.iter().map(|(f, v)| field_reason(f, v)).collect(),
            time: event.time,
            event: at.clone(),
            first_time: event.time,
            events: vec![at],
            event_count: 1,
            authorised_test: String::new(),
        }
    }

    pub(crate) fn of_correlated(found: &'a Correlated, event: &Event, hospital: &'a UnitId) -> Self {
        let mut entities: Vec<_> = found.group.iter().filter_map(|(f, v)| group_entity(f, v)).collect();
        if entities.is_empty() {
            entities = self::entities(event);
        }
        let mut reasons: Vec<_> = found.group.iter().map(|(f, v)| field_reason(f, v)).collect();
        let (value, count) = (found.value, found.event_count);
        reasons.push(Reason {
            field: "correlation".into(),
            value: value.to_string(),
            zh: format!("时间窗内共 {count} 条事件，统计值 {value} 达到规则条件"),
            en: format!("{count} events within the window, value {value} meets the condition"),
            points: None,
        });
        Self {
            rule: &found.rule,
            hospital,
            entities,
            reasons,
            time: event.time,
            event: EventRef { producer: event.producer.clone(), seq: event.seq },
            first_time: found.first_time,
            events: found.events.clone(),
            event_count: count,
            authorised_test: String::new(),
        }
    }
}

fn field_reason(field: &str, value: &str) -> Reason {
    Reason {
        field: field.into(),
        value: value.into(),
        zh: format!("字段 {field} 的值为“{value}”，符合规则条件"),
        en: format!("{field} is \"{value}\", as the rule asks"),
        points: None,
    }
}

/// What a value that a correlation groups by names, as far as its field tells.
fn group_entity(field: &str, value: &str) -> Option<Entity> {
    let name = field.to_ascii_lowercase();
    let kind = if value.parse::<std::net::IpAddr>().is_ok() {
        "ip"
    } else if name.contains("user") || name.contains("account") {
        "account"
    } else if name.contains("host") || name.contains("computer") {
        "host"
    } else {
        return None;
    };
    Some(Entity { kind: kind.into(), value: value.to_lowercase() })
}

impl Dedup {
    /// Takes one hit. `window` in microseconds, `now` the last clock record.
    pub(crate) fn take(&mut self, hit: Hit<'_>, window: i64, now: Micros) {
        let start = hit.time.0.div_euclid(window).saturating_mul(window);
        let group = hit.entities.iter().fold(String::new(), |s, e| s + &e.kind + "=" + &e.value + ";");
        let key = (hit.rule.id.clone(), hit.hospital.clone(), group, start);
        if let Some(place) = self.open.find(&key) {
            self.folded += 1;
            self.count(place, hit);
            return;
        }
        if self.open.len() >= OPEN_MAX {
            self.make_room();
        }
        // An old or a future time must neither close at once nor stay for ever.
        let closes = start.saturating_add(window).clamp(now.0, now.0.saturating_add(2 * window)) + LATENESS;
        let alert = alert_of(hit, &key.2, Micros(start));
        let open = Open { alert, opened: now, closes: Micros(closes), changed: true, told: i64::MIN };
        let place = self.open.insert(key, open);
        self.changed.push(place);
    }

    fn count(&mut self, place: u32, hit: Hit<'_>) {
        let Some((_, open)) = self.open.at_mut(place) else { return };
        let alert = &mut open.alert;
        alert.event_count += 1;
        if alert.authorised_test != hit.authorised_test {
            // One event that is not of the test makes it a real one.
            alert.authorised_test.clear();
        }
        alert.first_time = alert.first_time.min(hit.first_time);
        alert.last_time = alert.last_time.max(hit.time);
        if alert.events.len() < ALERT_EVENTS_MAX {
            alert.events.push(hit.event);
        }
        if !open.changed {
            open.changed = true;
            self.changed.push(place);
        }
    }

    /// Closes the longest open.
    fn make_room(&mut self) {
        let mut ages: Vec<_> = self.open.sorted().map(|(key, open)| (open.opened, key.clone())).collect();
        ages.sort_unstable();
        ages.truncate(ages.len() / CLOSE_SHARE + 1);
        for (_, key) in ages {
            let place = self.open.find(&key);
            if let Some(mut open) = self.open.remove(&key)
                && open.changed
            {
                self.changed.retain(|c| Some(*c) != place);
                if self.flush.len() < FLUSH_MAX {
                    open.alert.revision += 1;
                    self.flush.push(open.alert);
                } else {
                    self.overflown += 1;
                }
            }
        }
    }

    /// The alerts to tell at a clock record: those closed early as they came, then by rule, unit,
    /// entities and window.
    pub(crate) fn tick(&mut self, now: Micros, minute_turned: bool) -> Vec<Alert> {
        let minute = now.0.div_euclid(MINUTE);
        let mut alerts = std::mem::take(&mut self.flush);
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_by(|a, b| self.open.at(*a).map(|e| e.0).cmp(&self.open.at(*b).map(|e| e.0)));
        for place in changed {
            let Some((_, open)) = self.open.at_mut(place) else { continue };
            if open.told >= minute && open.closes > now {
                self.changed.push(place);
                continue;
            }
            open.changed = false;
            open.told = minute;
            open.alert.revision += 1;
            alerts.push(open.alert.clone());
        }
        if minute_turned {
            let over = |(key, open): (&Key, &Open)| (open.closes <= now).then(|| key.clone());
            for key in self.open.sorted().filter_map(over).collect::<Vec<_>>() {
                self.open.remove(&key);
            }
        }
        for alert in &mut alerts {
            alert.time = now;
        }
        alerts
    }

    pub(crate) fn rebuild(&mut self) {
        let changed = |i: &u32| self.open.at(*i).is_some_and(|(_, o)| o.changed);
        self.changed = self.open.order().into_iter().filter(changed).collect();
    }
}

fn alert_of(hit: Hit<'_>, group: &str, start: Micros) -> Alert {
    let first = hit.events.first().unwrap_or(&hit.event);
    Alert {
        alert_id: alert::alert_id(&hit.rule.id, hit.hospital, group, start, first),
        revision: 0,
        rule_id: hit.rule.id.clone(),
        title: hit.rule.title.clone(),
        title_zh: hit.rule.title_zh.clone(),
        level: hit.rule.level,
        techniques: hit.rule.techniques.clone(),
        time: hit.time,
        first_time: hit.first_time,
        last_time: hit.time,
        hospital: hit.hospital.clone(),
        entities: hit.entities,
        reasons: hit.reasons,
        events: hit.events,
        event_count: hit.event_count,
        score: level_points(hit.rule.level),
        authorised_test: hit.authorised_test,
        versions: Versions::default(),
        // Numbered when it is emitted.
        producer: ProducerId::default(),
        seq: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> RuleInfo {
        RuleInfo {
            id: "r".into(),
            title: "t".into(),
            title_zh: String::new(),
            level: Level::Low,
            techniques: Vec::new(),
            description: String::new(),
            advice_zh: String::new(),
            advice_en: String::new(),
            false_positives: Vec::new(),
            author: String::new(),
            logsource: String::new(),
            path: String::new(),
            alerts: true,
        }
    }

    fn hit<'a>(rule: &'a RuleInfo, hospital: &'a UnitId, who: usize, time: i64) -> Hit<'a> {
        let event = EventRef { producer: ProducerId::default(), seq: time.unsigned_abs() };
        Hit {
            rule,
            hospital,
            entities: vec![Entity { kind: "account".into(), value: format!("u{who}") }],
            reasons: Vec::new(),
            time: Micros(time),
            event: event.clone(),
            first_time: Micros(time),
            events: vec![event],
            event_count: 1,
            authorised_test: String::new(),
        }
    }

    const WINDOW: i64 = 60 * MINUTE;

    #[test]
    fn a_flood_of_distinct_alerts_is_told_to_the_last_within_the_bound_and_counted_beyond() {
        let (rule, unit) = (rule(), UnitId::unattributed());
        let mut dedup = Dedup::default();
        let floods = OPEN_MAX + FLUSH_MAX + 5_000;
        for who in 0..floods {
            dedup.take(hit(&rule, &unit, who, WINDOW), WINDOW, Micros(WINDOW));
        }
        assert!(dedup.open.len() <= OPEN_MAX && dedup.flush.len() <= FLUSH_MAX);
        let told = dedup.tick(Micros(WINDOW + MINUTE), true).len();
        assert_eq!(told as u64 + dedup.overflown, floods as u64);
        assert!(dedup.overflown > 0 && dedup.tick(Micros(WINDOW + 2 * MINUTE), true).is_empty());
    }

    #[test]
    fn no_time_that_a_source_may_name_keeps_an_alert_open_for_ever() {
        let (rule, unit) = (rule(), UnitId::unattributed());
        let mut dedup = Dedup::default();
        for (time, who) in [i64::MIN, -1, 0, i64::MAX].into_iter().zip(0..) {
            dedup.take(hit(&rule, &unit, who, time), WINDOW, Micros(WINDOW));
        }
        assert_eq!(dedup.tick(Micros(WINDOW + MINUTE), true).len(), 4);
        dedup.tick(Micros(4 * WINDOW), true);
        assert_eq!(dedup.open.len(), 0);
    }

    #[test]
    fn revisions_are_at_most_one_a_minute_and_the_last_is_told_at_the_close() {
        let (rule, unit) = (rule(), UnitId::unattributed());
        let mut dedup = Dedup::default();
        let mut told = Vec::new();
        for second in 0..180 {
            let now = WINDOW + second * MICROS_PER_SECOND;
            dedup.take(hit(&rule, &unit, 1, now), WINDOW, Micros(now));
            let turned = second % 60 == 0;
            told.extend(dedup.tick(Micros(now), turned).iter().map(|a| (a.revision, a.event_count)));
        }
        assert_eq!(told, [(1, 1), (2, 61), (3, 121)]);
        let last = dedup.tick(Micros(3 * WINDOW), true);
        assert_eq!(last.iter().map(|a| (a.revision, a.event_count)).collect::<Vec<_>>(), [(4, 180)]);
        assert_eq!((dedup.open.len(), dedup.folded), (0, 179));
    }
}
