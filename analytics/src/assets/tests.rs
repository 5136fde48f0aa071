use ward_event::{Enrichment, Event, Field, Format, topic::Topic};

use super::*;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
/// 2026-01-01 00:00 UTC.
const START: i64 = 1_767_225_600_000_000;

fn unit(id: &str) -> UnitId {
    UnitId::new(id).expect("an id")
}

fn enriched(hospital: &str, event: Event) -> EnrichedEvent {
    EnrichedEvent {
        event,
        hospital: unit(hospital),
        enrichment: Enrichment::default(),
        topic: Topic::CLOCK,
        partition: 0,
        offset: 0,
    }
}

fn at(mut event: Event, time: i64) -> Event {
    (event.time, event.received) = (Micros(time), Micros(time));
    event
}

fn flow(src: &str, dst: &str, port: u64) -> Event {
    let mut event = Event::new(ocsf::NETWORK_ACTIVITY, 6);
    event.format = Some(Format::Netflow);
    event.set_ip_text(Field::SrcIp, src);
    event.set_uint(Field::SrcPort, 51_234);
    event.set_ip_text(Field::DstIp, dst);
    event.set_uint(Field::DstPort, port);
    event.set_uint(Field::ProtocolNum, 6);
    event.set_uint(Field::TcpFlags, 0x1b);
    event.set_uint(Field::Bytes, 1_000);
    event
}

fn windows(host: &str) -> Event {
    let mut event = Event::new(ocsf::AUTHENTICATION, 1);
    event.format = Some(Format::Windows);
    event.set_text(Field::DeviceHostname, host);
    event
}

fn lease(ip: &str, host: &str) -> Event {
    let mut event = Event::new(ocsf::DHCP_ACTIVITY, 99);
    event.format = Some(Format::Zeek);
    event.push_unmapped("assigned_addr", ip);
    event.push_unmapped("mac", "00:1b:2c:3d:4e:5f");
    event.push_unmapped("host_name", host);
    event
}

fn names(told: &[state::Asset]) -> Vec<(&str, &str)> {
    told.iter().map(|a| (a.by.as_str(), a.name.as_str())).collect()
}

fn register(zones: &str) -> Register {
    Register::parse(&format!("[[unit]]\nid = \"h1\"\nname = \"甲\"\nkind = \"hospital\"\n{zones}"))
        .expect("a register")
}

const ZONES: &str = "[[unit.zones]]\nname = \"内网核心业务区\"\nnetworks = [\"10.1.0.0/24\"]\n";

#[test]
fn an_asset_is_told_when_it_is_new_or_changes_and_else_once_an_hour() {
    let mut assets = Assets::default();
    let mut told = |minute: i64, events: &[Event]| {
        for event in events {
            assets.observe(&enriched("h1", at(event.clone(), START + minute * MINUTE)));
        }
        assets.tell(Micros(START + (minute + 1) * MINUTE), false)
    };
    let first = told(0, &[flow("10.1.0.9", "10.1.0.1", 1_521), flow("10.1.0.8", "10.1.0.1", 1_521)]);
    assert_eq!(names(&first), [("address", "10.1.0.1")], "the server and not its clients");
    let server = &first[0];
    assert_eq!((server.role.as_str(), server.bytes, server.services.len()), ("database", 2_000, 1));
    let peers: Vec<_> = server.peers.iter().map(|p| (p.address.as_str(), p.flows)).collect();
    assert_eq!(peers, [("10.1.0.8", 1), ("10.1.0.9", 1)]);
    assert!(told(1, &[flow("10.1.0.9", "10.1.0.1", 1_521)]).is_empty(), "nothing new");
    assert_eq!(told(2, &[flow("10.1.0.9", "10.1.0.1", 22)])[0].services.len(), 2, "a new service");
    assert!(told(61, &[flow("10.1.0.9", "10.1.0.1", 22)]).is_empty());
    let again = told(62, &[flow("10.1.0.9", "10.1.0.1", 22)]);
    assert_eq!(again[0].last_seen, Micros(START + 62 * MINUTE), "an hour later it is said that it lives");
    assert_eq!(again[0].first_seen, Micros(START));
    let odd = [flow("10.1.0.9", "10.1.0.1", 12_345)];
    assert!(told(63, &odd).is_empty() && told(64, &odd).is_empty(), "a port nobody knows waits");
    assert_eq!(told(65, &odd)[0].services.len(), 3);
    assert!(told(66, &[flow("10.1.0.9", "203.0.113.7", 443)]).is_empty(), "another's server is no asset");
}

#[test]
fn a_name_whose_address_becomes_known_is_one_thing_with_it() {
    let mut assets = Assets::default();
    let mut told = |minute: i64, event: Event| {
        assets.observe(&enriched("h1", at(event, START + minute * MINUTE)));
        assets.tell(Micros(START + (minute + 1) * MINUTE), false)
    };
    assert_eq!(names(&told(0, windows("PC-17"))), [("host", "pc-17")]);
    let both = told(1, lease("10.1.4.7", "pc-17"));
    assert_eq!(names(&both), [("address", "10.1.4.7"), ("host", "pc-17")]);
    assert_eq!((both[0].host.as_str(), both[0].mac.as_str()), ("pc-17", "00:1b:2c:3d:4e:5f"));
    assert_eq!(both[1].same_as, "10.1.4.7");
    let seen = told(2, windows("pc-17"));
    assert_eq!(names(&seen), [("address", "10.1.4.7")], "what the name does, the address does");
    assert_eq!(seen[0].sources, ["dhcp", "windows"]);
    // The lease moves on.
    let moved = told(3, lease("10.1.4.8", "pc-17"));
    assert_eq!(names(&moved), [("address", "10.1.4.7"), ("address", "10.1.4.8"), ("host", "pc-17")]);
    assert_eq!((moved[0].host.as_str(), moved[1].host.as_str()), ("", "pc-17"));
    // A name first heard of by its lease is no thing of its own.
    assert_eq!(names(&told(4, lease("10.1.4.9", "pc-18"))), [("address", "10.1.4.9")]);
}

#[test]
fn what_is_inside_and_in_which_zone_the_register_says() {
    let mut assets = Assets::default();
    assets.expect(&register(ZONES));
    assets.observe(&enriched("h1", at(flow("10.1.0.9", "10.1.0.1", 443), START)));
    assets.observe(&enriched("h1", at(flow("10.1.0.9", "10.9.0.1", 443), START)));
    let first = assets.tell(Micros(START + MINUTE), false);
    assert_eq!(names(&first), [("address", "10.1.0.1")], "an address outside the declared networks");
    assert_eq!(first[0].zone, "内网核心业务区");
    assets.expect(&register(ZONES));
    assert!(assets.tell(Micros(START + 2 * MINUTE), false).is_empty(), "the same register changes nothing");
    assets.expect(&register(&ZONES.replace("内网核心业务区", "互联网区")));
    assert_eq!(assets.tell(Micros(START + 3 * MINUTE), false)[0].zone, "互联网区");
    assets.observe(&enriched("unattributed", at(flow("10.1.0.9", "10.1.0.1", 443), START)));
    assert!(assets.tell(Micros(START + 4 * MINUTE), false).is_empty(), "nobody's");
}

#[test]
fn a_flood_of_names_is_bounded_counted_and_gives_way() {
    let mut assets = Assets::default();
    for n in 0..unit::UNIT_MAX + 500 {
        assets.observe(&enriched("h1", at(windows(&format!("x{n}")), START)));
    }
    assert_eq!((assets.len(), assets.refused()), (unit::UNIT_MAX, 500));
    let mut told = 0;
    for minute in 1..=3 {
        let now = assets.tell(Micros(START + minute * MINUTE), false).len();
        assert!(now <= TOLD_MAX);
        told += now;
    }
    assert_eq!(told, unit::UNIT_MAX, "in portions, and all of them");
    // Three days later there is room again for what is real.
    assets.tell(Micros(START + 72 * HOUR), true);
    assert_eq!(assets.len(), 0);
    assets.observe(&enriched("h1", at(windows("pc-1"), START + 73 * HOUR)));
    assert_eq!(names(&assets.tell(Micros(START + 73 * HOUR + MINUTE), false)), [("host", "pc-1")]);
}

#[test]
fn what_is_restored_goes_on_as_what_was_kept() {
    let register = register(ZONES);
    let mut assets = Assets::default();
    assets.expect(&register);
    for n in 0..40 {
        assets.observe(&enriched("h1", at(flow(&format!("10.1.0.{}", 100 + n), "10.1.0.1", 443), START + n)));
        assets.observe(&enriched("h1", at(windows(&format!("pc{n}")), START + n)));
    }
    let bytes = serde_json::to_vec(&assets).expect("JSON");
    let mut copy: Assets = serde_json::from_slice(&bytes).expect("assets");
    copy.rebuild(&register);
    assert_eq!(serde_json::to_vec(&copy).expect("JSON"), bytes);
    for assets in [&mut assets, &mut copy] {
        assets.observe(&enriched("h1", at(flow("10.1.0.77", "10.1.0.2", 104), START + MINUTE)));
    }
    let (a, b) = (assets.tell(Micros(START + MINUTE), true), copy.tell(Micros(START + MINUTE), true));
    assert_eq!(a, b);
    assert_eq!((a.len(), a[0].peers.len(), a[0].peers_more), (42, 8, true));
}

/// `cargo test --profile fast -p ward-analytics assets -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn an_event_costs_little() {
    let mut rng = 1_u64;
    let mut next = |n: u64| {
        rng = rng.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (rng >> 33) % n
    };
    let ports = [1_521, 443, 445, 104, 3_389, 8_080, 53, 2_575];
    // 300 units with 20 servers and 200 clients each, as their topics come: in runs of a hundred.
    let mut events = Vec::new();
    while events.len() < 400_000 {
        let u = next(300);
        for _ in 0..100 {
            let client = format!("10.{}.{}.{}", u / 8, 16 + u % 8, next(200));
            let server = format!("10.{}.{}.{}", u / 8, u % 8, next(20));
            let port = ports[next(8) as usize];
            let event = match next(5) {
                0 => windows(&format!("h{u}-pc{}", next(200))),
                _ => flow(&client, &server, port),
            };
            events.push(enriched(&format!("h{u:03}"), at(event, START + events.len() as i64)));
        }
    }
    let mut assets = Assets::default();
    for round in 0..3 {
        let mut costs = Vec::new();
        for chunk in events.chunks(1_000) {
            // A copy is in the cache, as an event is that has just been judged.
            let chunk = chunk.to_vec();
            let start = std::time::Instant::now();
            for event in &chunk {
                assets.observe(event);
            }
            costs.push(start.elapsed().as_nanos() / chunk.len() as u128);
        }
        // The median: others on the machine take whole slices of time.
        costs.sort_unstable();
        let start = std::time::Instant::now();
        let told = assets.tell(Micros(START + round * MINUTE), false).len();
        println!(
            "round {round}: {} ns an event, {} assets, {told} told in {:?}, snapshot {:.1} MB",
            costs[costs.len() / 2],
            assets.len(),
            start.elapsed(),
            serde_json::to_vec(&assets).expect("JSON").len() as f64 / 1e6
        );
    }
}
