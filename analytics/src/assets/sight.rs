//! What an event other than a flow says of the unit's things: a name, a card, a lease, an instance.

use std::net::IpAddr;

use compact_str::CompactString;
use ward_event::{Event, Field, Format, ocsf};

use super::{asset::Source, service::Answer};
use crate::ueba::lower;

/// Something an event names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// An address with what is told of it; empty texts where nothing is.
    Address { ip: IpAddr, host: CompactString, mac: CompactString, source: Source },
    /// A name alone.
    Host { name: CompactString, source: Source },
    /// A name that DNS gives an address: it makes no asset, it names one.
    Name { ip: IpAddr, host: CompactString },
    /// A database that its audit box names without an address.
    Database { name: CompactString },
    /// A database server by its audit: it answered the client.
    Service(Answer),
}

/// Names that every machine has.
const NOBODY: &[&str] = &["localhost", "localhost.localdomain", "-", "unknown", "(none)", "n/a"];

pub(crate) fn sights(event: &Event, out: &mut Vec<Sight>) {
    match event.class_uid {
        ocsf::DHCP_ACTIVITY => out.extend(lease(event)),
        ocsf::DNS_ACTIVITY => answers(event, out),
        ocsf::DATASTORE_ACTIVITY => out.extend(database(event)),
        _ => {}
    }
    let source = match event.format {
        Some(Format::Windows) => Source::Windows,
        Some(Format::Syslog) => {
            out.extend(told(&event.message));
            Source::Syslog
        }
        _ => return,
    };
    out.extend(device(event, source));
}

/// The machine that speaks.
fn device(event: &Event, source: Source) -> Option<Sight> {
    let name = event.text(Field::DeviceHostname).unwrap_or("").trim();
    // Relays write an address where a name should stand.
    let may_be_ip = name.starts_with(|c: char| c.is_ascii_digit()) || name.contains(':');
    let relayed = if may_be_ip { name.parse::<IpAddr>().ok() } else { None };
    let host = if relayed.is_some() { CompactString::const_new("") } else { host(name) };
    match event.ip(Field::DeviceIp).or(relayed) {
        Some(ip) => {
            Some(Sight::Address { ip: ip.to_canonical(), host, mac: CompactString::const_new(""), source })
        }
        None => (!host.is_empty()).then_some(Sight::Host { name: host, source }),
    }
}

/// A host's name in lower case; empty for one that names nobody.
fn host(name: &str) -> CompactString {
    let name = lower(name.trim_end_matches('.'));
    if NOBODY.contains(&name.as_str()) { CompactString::const_new("") } else { name }
}

/// A card's address as `aa:bb:cc:dd:ee:ff`; empty for what is none.
fn mac(text: &str) -> CompactString {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let marks = text.bytes().filter(|b| !b.is_ascii_hexdigit()).all(|b| matches!(b, b':' | b'-' | b'.'));
    if digits.len() != 12 || !marks {
        return CompactString::const_new("");
    }
    let mut mac = CompactString::const_new("");
    for (i, digit) in digits.into_iter().enumerate() {
        if i > 0 && i % 2 == 0 {
            mac.push(':');
        }
        mac.push(char::from(digit.to_ascii_lowercase()));
    }
    mac
}

/// A lease as Zeek and Suricata write it.
fn lease(event: &Event) -> Option<Sight> {
    let get = |names: &[&str]| names.iter().find_map(|n| event.source(n)).map_or("", |f| f.value.as_str());
    let kind = get(&["dhcp.dhcp_type"]);
    if !matches!(kind, "" | "ack" | "inform") {
        return None;
    }
    let ip: IpAddr =
        get(&["assigned_addr", "dhcp.assigned_ip", "client_addr", "dhcp.client_ip"]).parse().ok()?;
    if ip.is_unspecified() {
        return None;
    }
    Some(Sight::Address {
        ip: ip.to_canonical(),
        host: host(get(&["host_name", "dhcp.hostname"])),
        mac: mac(get(&["mac", "dhcp.client_mac"])),
        source: Source::Dhcp,
    })
}

/// What dhcpd, dnsmasq and arpwatch write by syslog.
fn told(message: &str) -> Option<Sight> {
    const ARP: [&str; 4] = ["new station ", "new activity ", "changed ethernet address ", "flip flop "];
    if let Some(rest) = message.strip_prefix("DHCPACK") {
        return leased(rest);
    }
    // `new station 10.1.2.3 0:1b:2c:3d:4e:5f eth0`
    let rest = ARP.iter().find_map(|prefix| message.strip_prefix(prefix))?;
    let mut words = rest.split_ascii_whitespace();
    let ip: IpAddr = words.next()?.parse().ok()?;
    let mac = mac(&padded(words.next()?));
    if mac.is_empty() {
        return None;
    }
    Some(Sight::Address {
        ip: ip.to_canonical(),
        host: CompactString::const_new(""),
        mac,
        source: Source::Arp,
    })
}

/// `DHCPACK on 10.1.2.3 to 00:1b:2c:3d:4e:5f (pc-17) via eth0`,
/// `DHCPACK(eth0) 10.1.2.3 00:1b:2c:3d:4e:5f pc-17`.
fn leased(rest: &str) -> Option<Sight> {
    let isc = rest.strip_prefix(" on ");
    let rest = isc.or_else(|| rest.strip_prefix('(').and_then(|r| Some(r.split_once(") ")?.1)))?;
    let mut words = rest.split_ascii_whitespace().filter(|w| *w != "to");
    let ip: IpAddr = words.next()?.parse().ok()?;
    let mac = mac(words.next()?);
    let name = match (isc, words.next()) {
        (Some(_), Some(word)) => word.strip_prefix('(').and_then(|w| w.strip_suffix(')')).unwrap_or(""),
        (None, Some(word)) => word,
        (_, None) => "",
    };
    (!mac.is_empty()).then(|| Sight::Address {
        ip: ip.to_canonical(),
        host: host(name),
        mac,
        source: Source::Dhcp,
    })
}

/// arpwatch writes an octet without its leading zero.
fn padded(mac: &str) -> String {
    let octets: Vec<String> = mac.split(':').map(|octet| format!("{octet:0>2}")).collect();
    octets.join(":")
}

/// Addresses that a DNS server answered with.
fn answers(event: &Event, out: &mut Vec<Sight>) {
    const LISTS: [&str; 3] = ["answers", "dns.grouped.A", "dns.answers"];
    let Some(name) = event.text(Field::QueryHostname) else { return };
    let Some(list) = LISTS.iter().find_map(|list| event.source(list)) else { return };
    // The members are texts in JSON: an address holds nothing that would be escaped there.
    let members = list.value.split('"').filter(|m| m.starts_with(|c: char| c.is_ascii_digit()));
    for ip in members.filter_map(|m| m.parse::<IpAddr>().ok()).take(4) {
        let host = host(name);
        if !host.is_empty() {
            out.push(Sight::Name { ip: ip.to_canonical(), host });
        }
    }
}

fn database(event: &Event) -> Option<Sight> {
    let port = event.uint(Field::DstPort).and_then(|n| u16::try_from(n).ok()).unwrap_or(0);
    match (event.ip(Field::DstIp), event.text(Field::DatabaseName)) {
        (Some(server), _) if port != 0 => Some(Sight::Service(Answer {
            server: server.to_canonical(),
            client: event.ip(Field::SrcIp).unwrap_or(server).to_canonical(),
            port,
            udp: false,
            bytes: 0,
        })),
        (_, Some(name)) => {
            let name = lower(name);
            (!name.is_empty()).then_some(Sight::Database { name })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(event: &Event) -> Vec<Sight> {
        let mut out = Vec::new();
        sights(event, &mut out);
        out
    }

    fn address(ip: &str, host: &str, mac: &str, source: Source) -> Sight {
        Sight::Address { ip: ip.parse().expect("an address"), host: host.into(), mac: mac.into(), source }
    }

    #[test]
    fn leases_are_read_however_they_are_written() {
        let wanted = address("10.1.2.3", "pc-17", "00:1b:2c:3d:4e:5f", Source::Dhcp);
        for line in [
            "DHCPACK on 10.1.2.3 to 00:1b:2c:3d:4e:5f (PC-17) via eth0",
            "DHCPACK(eth0) 10.1.2.3 00:1b:2c:3d:4e:5f PC-17",
        ] {
            assert_eq!(told(line), Some(wanted.clone()), "{line}");
        }
        assert_eq!(
            told("DHCPACK on 10.1.2.3 to 00:1b:2c:3d:4e:5f via eth0"),
            Some(address("10.1.2.3", "", "00:1b:2c:3d:4e:5f", Source::Dhcp))
        );
        for noise in
            ["DHCPACK", "DHCPACK on x to y", "DHCPACK(eth0", "DHCPDISCOVER from 00:1b", "new station"]
        {
            assert_eq!(told(noise), None, "{noise}");
        }
        let mut zeek = Event::new(ocsf::DHCP_ACTIVITY, 99);
        zeek.push_unmapped("assigned_addr", "10.1.2.3");
        zeek.push_unmapped("mac", "00-1B-2C-3D-4E-5F");
        zeek.push_unmapped("host_name", "PC-17.");
        assert_eq!(of(&zeek), [wanted]);
        let mut offer = Event::new(ocsf::DHCP_ACTIVITY, 99);
        offer.push_unmapped("dhcp.dhcp_type", "offer");
        offer.push_unmapped("dhcp.assigned_ip", "10.1.2.3");
        assert_eq!(of(&offer), [], "an offer is no lease");
    }

    #[test]
    fn arp_gives_a_card_and_its_octets_their_zeroes() {
        assert_eq!(
            told("new station 10.1.2.3 0:1b:2c:3d:4e:5f eth0"),
            Some(address("10.1.2.3", "", "00:1b:2c:3d:4e:5f", Source::Arp))
        );
    }

    #[test]
    fn names_and_audits_are_told_and_nobodys_name_is_not() {
        let mut windows = Event::new(ocsf::AUTHENTICATION, 1);
        windows.format = Some(Format::Windows);
        windows.set_text(Field::DeviceHostname, "H01-DC01");
        assert_eq!(of(&windows), [Sight::Host { name: "h01-dc01".into(), source: Source::Windows }]);
        windows.set_text(Field::DeviceHostname, "LOCALHOST");
        assert_eq!(of(&windows), []);
        let mut relay = Event::new(ocsf::BASE_EVENT, 0);
        relay.format = Some(Format::Syslog);
        relay.set_text(Field::DeviceHostname, "10.1.9.9");
        assert_eq!(of(&relay), [address("10.1.9.9", "", "", Source::Syslog)]);
        let mut audit = Event::new(ocsf::DATASTORE_ACTIVITY, 4);
        audit.set_text(Field::DatabaseName, "ORCL");
        assert_eq!(of(&audit), [Sight::Database { name: "orcl".into() }]);
        audit.set_ip_text(Field::DstIp, "10.1.0.1");
        audit.set_uint(Field::DstPort, 1_521);
        assert!(matches!(of(&audit)[..], [Sight::Service(Answer { port: 1_521, .. })]));
        let mut dns = Event::new(ocsf::DNS_ACTIVITY, 2);
        dns.set_text(Field::QueryHostname, "HIS.hosp.local");
        dns.push_unmapped_json("answers", r#"["alias.hosp.local","10.1.0.1","fe80::1"]"#);
        let named =
            Sight::Name { ip: "10.1.0.1".parse().expect("an address"), host: "his.hosp.local".into() };
        assert_eq!(of(&dns), [named]);
    }
}
