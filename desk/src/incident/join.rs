//! Which incident an alert belongs to, and which indicator makes a campaign: functions of what is given.

use std::{collections::BTreeSet, net::IpAddr};

use ward_event::{
    Micros, UnitId,
    alert::{Alert, Entity, Level},
    time::MICROS_PER_HOUR,
};

/// An alert joins an incident that was quiet for no longer than this.
pub const WINDOW: i64 = 24 * MICROS_PER_HOUR;

/// The same indicator makes a campaign within this.
pub const CAMPAIGN_WINDOW: i64 = 7 * 24 * MICROS_PER_HOUR;

/// An incident begins with an alert at least this bad. Lesser ones join what is there.
pub const OPENS_AT: Level = Level::High;

/// An incident that still takes alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub id: i64,
    pub hospital: UnitId,
    pub entities: BTreeSet<(String, String)>,
    pub first_seen: Micros,
    pub last_seen: Micros,
}

/// The entities by which alerts are joined: whom or what it is about. That a whole unit or a log source is named
/// joins nothing.
pub fn joining(entities: &[Entity]) -> BTreeSet<(String, String)> {
    let fits =
        |e: &&Entity| !matches!(e.kind.as_str(), "hospital" | "source" | "rule") && !e.value.is_empty();
    entities.iter().filter(fits).map(|e| (e.kind.clone(), e.value.clone())).collect()
}

/// The incident that an alert belongs to: of those at its unit that share an entity with it, and were seen within
/// the window around it, the one that began first.
pub fn belongs<'a>(alert: &Alert, open: &'a [Open]) -> Option<&'a Open> {
    let entities = joining(&alert.entities);
    open.iter()
        .filter(|i| i.hospital == alert.hospital && !i.entities.is_disjoint(&entities))
        .filter(|i| {
            alert.first_time.0 <= i.last_seen.0.saturating_add(WINDOW)
                && alert.last_time.0 >= i.first_seen.0.saturating_sub(WINDOW)
        })
        .min_by_key(|i| (i.first_seen, i.id))
}

/// Whether an entity tells of an attacker wherever it is seen: an address on the internet, a domain, a file's hash.
pub fn is_indicator(kind: &str, value: &str) -> bool {
    match kind {
        "domain" | "hash" | "file_hash" | "url" => true,
        "ip" => value.parse::<IpAddr>().is_ok_and(|ip| is_public(ip.to_canonical())),
        _ => false,
    }
}

const fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && b & 0xc0 == 64;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || shared)
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            let (local, link) = (first & 0xfe00 == 0xfc00, first & 0xffc0 == 0xfe80);
            !(v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() || local || link)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(hospital: &str, entities: &[(&str, &str)], hours: i64) -> Alert {
        let entities: Vec<_> = entities
            .iter()
            .map(|(kind, value)| serde_json::json!({ "type": kind, "value": value }))
            .collect();
        let at = hours * MICROS_PER_HOUR;
        let alert = serde_json::json!({
            "alert_id": "a", "revision": 0, "rule_id": "r", "title": "t", "level": "high", "time": at,
            "first_time": at, "last_time": at, "hospital": hospital, "entities": entities, "reasons": [],
            "events": [], "event_count": 1, "score": 1.0, "producer": "s.1", "seq": 1,
            "versions": { "rules": "", "baseline": "", "intel": "", "register": "", "geoip": "" },
        });
        serde_json::from_value(alert).expect("an alert")
    }

    fn open(id: i64, hospital: &str, entities: &[(&str, &str)], from: i64, to: i64) -> Open {
        Open {
            id,
            hospital: UnitId::new(hospital).expect("an id"),
            entities: entities.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            first_seen: Micros(from * MICROS_PER_HOUR),
            last_seen: Micros(to * MICROS_PER_HOUR),
        }
    }

    #[test]
    fn alerts_on_one_entity_within_the_window_belong_together() {
        let all = [
            open(1, "h1", &[("host", "HIS-DB")], 10, 12),
            open(2, "h1", &[("host", "PACS"), ("ip", "203.0.113.9")], 0, 30),
            open(3, "h2", &[("host", "HIS-DB")], 10, 12),
        ];
        let of = |alert: &Alert| belongs(alert, &all).map(|i| i.id);
        assert_eq!(of(&alert("h1", &[("host", "HIS-DB")], 36)), Some(1), "24 hours later");
        assert_eq!(of(&alert("h1", &[("host", "HIS-DB")], 37)), None, "later");
        assert_eq!(of(&alert("h1", &[("account", "sa"), ("host", "PACS")], 20)), Some(2));
        assert_eq!(of(&alert("h2", &[("host", "HIS-DB")], 11)), Some(3), "another unit's host of that name");
        assert_eq!(of(&alert("h1", &[("hospital", "h1")], 11)), None);
        assert_eq!(
            of(&alert("h1", &[("host", "HIS-DB"), ("host", "PACS")], 11)),
            Some(2),
            "the first that began"
        );
        assert_eq!(of(&alert("h1", &[("host", "HIS-DB")], -15)), None, "long before");
    }

    #[test]
    fn an_indicator_tells_of_an_attacker_wherever_it_is_seen() {
        assert!(is_indicator("ip", "203.0.113.9") && is_indicator("ip", "2001:db8::1"));
        assert!(is_indicator("domain", "pool.example") && is_indicator("hash", "ab"));
        for inside in [
            "10.1.1.5",
            "192.168.0.1",
            "172.20.0.1",
            "127.0.0.1",
            "100.64.0.1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "x",
        ] {
            assert!(!is_indicator("ip", inside), "{inside}");
        }
        assert!(!is_indicator("host", "HIS-DB") && !is_indicator("account", "sa"));
    }
}
