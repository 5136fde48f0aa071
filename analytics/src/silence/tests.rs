use super::{track::Status, *};
use ward_event::{Enrichment, Event, ProducerId, SenderId};

const HOUR: i64 = 60 * MINUTE;

struct Bench {
    silence: Silence,
    now: i64,
    alerts: Vec<Alert>,
    sources: Vec<SourceState>,
}

fn unit(id: &str) -> UnitId {
    UnitId::new(id).expect("an id")
}

fn key(sender: &str, source: &str) -> Key {
    (unit("h1"), sender.into(), source.into())
}

impl Bench {
    fn new(register: &str) -> Self {
        let mut silence = Silence::default();
        silence.expect(&Register::parse(register).expect("a register"));
        Self { silence, now: 1_000 * HOUR, alerts: Vec::new(), sources: Vec::new() }
    }

    /// `minutes` of clock, with one event a minute of each format given.
    fn run(&mut self, minutes: i64, formats: &[Format]) {
        for _ in 0..minutes {
            for format in formats {
                self.hear("h1", *format);
            }
            self.now += MINUTE;
            self.tick();
        }
    }

    fn hear(&mut self, sender: &str, format: Format) {
        let mut event = Event::default();
        (event.format, event.received) = (Some(format), Micros(self.now));
        let enriched = EnrichedEvent {
            event,
            hospital: unit("h1"),
            enrichment: Enrichment::default(),
            topic: Topic::events(&SenderId::new(sender).expect("an id")),
            partition: 0,
            offset: 0,
        };
        self.silence.observe(&enriched, Ref(0, 7));
    }

    fn tick(&mut self) {
        let producer = ProducerId::new("p").expect("an id");
        let events = |r: Ref| Some(EventRef { producer: producer.clone(), seq: r.1 });
        let heard = self.silence.tick(Micros(self.now), &events);
        self.alerts.extend(heard.alerts);
        self.sources.extend(heard.sources);
    }

    fn told(&self) -> Vec<(&str, u32)> {
        self.alerts.iter().map(|a| (a.rule_id.as_str(), a.revision)).collect()
    }
}

const REGISTER: &str = r#"
    [[unit]]
    id = "h1"
    name = "甲"
    kind = "hospital"
    [[unit.source]]
    format = "syslog"
    silent_after_min = 15
    [[unit.source]]
    format = "netflow"
    silent_after_min = 15
    [[sender]]
    id = "h1"
    units = ["h1"]
"#;

#[test]
fn a_source_that_stops_while_others_go_on_is_one_alert_and_its_return_a_revision() {
    let mut bench = Bench::new(REGISTER);
    bench.run(60, &[Format::Syslog, Format::Netflow]);
    assert!(bench.alerts.is_empty());
    bench.run(14, &[Format::Netflow]);
    assert!(bench.alerts.is_empty(), "still normal");
    bench.run(60, &[Format::Netflow]);
    assert_eq!(bench.told(), [(alarm::SOURCE.rule_id, 1)]);
    assert_eq!(bench.silence.status(&key("h1", "syslog")), Some(Status::Silent));
    assert_eq!(bench.alerts[0].level, ward_event::alert::Level::High);
    bench.run(5, &[Format::Syslog, Format::Netflow]);
    assert_eq!(bench.told(), [(alarm::SOURCE.rule_id, 1), (alarm::SOURCE.rule_id, 2)]);
    assert_eq!(bench.alerts[0].alert_id, bench.alerts[1].alert_id);
    assert_eq!(bench.silence.status(&key("h1", "syslog")), Some(Status::Ok));
}

#[test]
fn a_unit_that_stops_altogether_is_one_alert() {
    let mut bench = Bench::new(REGISTER);
    bench.run(60, &[Format::Syslog, Format::Netflow]);
    bench.run(120, &[]);
    assert_eq!(bench.told(), [(alarm::UNIT.rule_id, 1)]);
    assert_eq!(bench.silence.status(&key("h1", "syslog")), Some(Status::Silent));
    bench.run(5, &[Format::Syslog, Format::Netflow]);
    assert_eq!(bench.told(), [(alarm::UNIT.rule_id, 1), (alarm::UNIT.rule_id, 2)]);
}

#[test]
fn what_was_never_heard_is_unknown_and_no_alert() {
    let mut bench = Bench::new(REGISTER);
    bench.run(600, &[Format::Netflow]);
    assert!(bench.alerts.is_empty());
    assert_eq!(bench.silence.status(&key("h1", "syslog")), Some(Status::Unknown));
    let told: Vec<_> = bench.sources.iter().filter(|s| s.source == "syslog").collect();
    assert_eq!(told.len(), 1, "told once");
    assert_eq!((told[0].status.as_str(), told[0].last_seen), ("unknown", Micros(0)));
}

#[test]
fn a_source_nobody_announced_is_missed_once_it_was_regular() {
    let mut bench = Bench::new("");
    bench.run(3 * 24 * 60, &[Format::Zeek, Format::Eve]);
    bench.run(50, &[Format::Eve]);
    assert!(bench.alerts.is_empty());
    bench.run(30, &[Format::Eve]);
    assert_eq!(bench.told(), [(alarm::SOURCE.rule_id, 1)]);
    assert_eq!(bench.alerts[0].level, ward_event::alert::Level::Medium);
    // A stray one is forgotten without a word.
    let mut bench = Bench::new("");
    bench.run(10, &[Format::Zeek]);
    bench.run(26 * 60, &[]);
    assert!(bench.alerts.is_empty());
    assert_eq!(bench.silence.status(&key("h1", "zeek")), Some(Status::Unknown));
}

#[test]
fn the_time_ward_itself_was_away_is_nobodys_silence() {
    let mut bench = Bench::new(REGISTER);
    bench.run(60, &[Format::Syslog, Format::Netflow]);
    bench.now += 5 * HOUR;
    bench.tick();
    bench.run(10, &[Format::Syslog]);
    assert!(bench.alerts.is_empty());
    bench.run(10, &[Format::Syslog]);
    assert_eq!(bench.told(), [(alarm::SOURCE.rule_id, 1)], "netflow stays away when the others are back");
}

#[test]
fn expected_of_one_sender_and_heard_of_another_is_heard() {
    let mut bench = Bench::new(REGISTER);
    for _ in 0..3 {
        bench.hear("h1-b", Format::Syslog);
        bench.now += MINUTE;
        bench.tick();
    }
    assert_eq!(bench.silence.status(&key("h1", "syslog")), Some(Status::Ok));
    assert_eq!(bench.silence.status(&key("h1-b", "syslog")), Some(Status::Ok));
    for _ in 0..60 {
        bench.hear("h1", Format::Netflow);
        bench.now += MINUTE;
        bench.tick();
    }
    assert_eq!(
        bench.alerts.iter().map(|a| a.entities[0].value.as_str()).collect::<Vec<_>>(),
        ["h1-b/syslog"]
    );
}

#[test]
fn events_are_told_as_they_came_and_nothing_twice() {
    let mut bench = Bench::new(REGISTER);
    bench.run(30, &[Format::Syslog]);
    let sum: u64 = bench.sources.iter().filter(|s| s.source == "syslog").map(|s| s.events).sum();
    assert_eq!(sum, 30);
    let json = serde_json::to_vec(&bench.silence).expect("JSON");
    let copy: Silence = serde_json::from_slice(&json).expect("silence");
    assert_eq!(serde_json::to_vec(&copy).expect("JSON"), json);
}
