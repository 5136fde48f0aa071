//! What UEBA takes from an event: who, where from, with what, at what, and how much.

use std::{
    hash::{Hash, Hasher},
    net::IpAddr,
};

use compact_str::{CompactString, format_compact};
use ward_event::{EnrichedEvent, Event, Field, Micros, Place, ocsf};

use super::metric::{Amounts, METRICS, Metric};

/// What may be seen for the first time. The order is part of baselines and snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum ItemKind {
    /// Source address (accounts).
    Source,
    /// Country, region and network of a public address: the source's of an account, the
    /// destination's of a host.
    Place,
    Program,
    /// Host, database or site that an account uses.
    Resource,
}

pub(crate) const ITEM_KINDS: usize = 4;

impl ItemKind {
    pub(crate) const ALL: [Self; ITEM_KINDS] = [Self::Source, Self::Place, Self::Program, Self::Resource];
}

/// Names from outside are cut to so many bytes: longer ones are noise or an attack on memory.
const NAME_BYTES_MAX: usize = 96;

/// One subject of an event with what it did.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Subject {
    pub(crate) name: CompactString,
    pub(crate) items: [Option<CompactString>; ITEM_KINDS],
    /// Hash of what was touched, counted as distinct within the hour.
    pub(crate) target: Option<u32>,
    pub(crate) amounts: Amounts,
}

/// An event as UEBA sees it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) time: Micros,
    /// Datastore activity: such accounts are peers of each other, not of people who log in.
    pub(crate) datastore: bool,
    pub(crate) account: Option<Subject>,
    pub(crate) host: Option<Subject>,
    pub(crate) amounts: Amounts,
}

/// Accounts of the operating system itself: always there, on every host, nobody's.
const SYSTEM_ACCOUNTS: &[&str] = &[
    "-",
    "system",
    "local service",
    "network service",
    "anonymous logon",
    "localsystem",
    "(unknown)",
    "unknown",
    "n/a",
];

/// A source's clock may run ahead by so much before its time is not believed.
const AHEAD_MAX: i64 = 5 * 60 * ward_event::time::MICROS_PER_SECOND;

/// The year 10,000: no time that a source may name makes the calendar overflow.
const TIME_MAX: Micros = Micros::from_secs(253_402_300_800);

pub(crate) fn facts(enriched: &EnrichedEvent) -> Facts {
    let event = &enriched.event;
    let failure = event.uint(Field::StatusId) == Some(ocsf::status::FAILURE);
    let mut amounts = [0; METRICS];
    amounts[Metric::Events as usize] = 1;
    amounts[Metric::Failures as usize] = u64::from(failure);
    amounts[Metric::Rows as usize] = event.uint(Field::Rows).unwrap_or(0);
    amounts[Metric::Bytes as usize] = bytes(event);
    let ahead = event.time.0 > event.received.0.saturating_add(AHEAD_MAX);
    let time = if ahead { event.received } else { event.time };
    let mut facts = Facts {
        time: time.clamp(Micros(0), TIME_MAX),
        datastore: event.class_uid == ocsf::DATASTORE_ACTIVITY,
        account: account(event).map(|name| Subject { name, amounts, ..Subject::default() }),
        host: host(event).map(|name| Subject { name, amounts: of_host(amounts), ..Subject::default() }),
        amounts,
    };
    // A refused attempt says nothing of whom it names: anyone can try anyone's name.
    if !failure {
        if let Some(subject) = &mut facts.account {
            account_items(event, enriched.enrichment.src.as_deref(), subject);
        }
        if let Some(subject) = &mut facts.host {
            host_items(event, enriched.enrichment.dst.as_deref(), subject);
        }
    }
    facts
}

/// Rows are read by an account; the machine it sits at is not a second culprit.
fn of_host(mut amounts: Amounts) -> Amounts {
    amounts[Metric::Rows as usize] = 0;
    amounts
}

/// What left the source, or what the client obtained, whichever the event tells.
fn bytes(event: &Event) -> u64 {
    let of = |field| event.uint(field).unwrap_or(0);
    match event.class_uid {
        ocsf::HTTP_ACTIVITY => of(Field::HttpLength).max(of(Field::BytesOut)),
        _ => match event.uint(Field::BytesOut) {
            Some(out) => out,
            None => of(Field::Bytes),
        },
    }
}

/// The account an event is of: `user` or `user@domain`, lower case; `DOMAIN\user` is turned round.
pub(crate) fn account(event: &Event) -> Option<CompactString> {
    let user = (Field::UserName, Field::UserDomain);
    let actor = (Field::ActorUserName, Field::ActorUserDomain);
    // An authentication is of the user who logs in; anything else is of whoever did it.
    let fields = if event.class_uid == ocsf::AUTHENTICATION { [user, actor] } else { [actor, user] };
    fields.into_iter().find_map(|(name, domain)| normal(event.text(name)?, event.text(domain).unwrap_or("")))
}

fn normal(name: &str, domain: &str) -> Option<CompactString> {
    let name = name.trim();
    let (domain, name) = name.split_once('\\').unwrap_or((domain.trim(), name));
    // A machine's own account; its host stands for it.
    if name.is_empty() || name.ends_with('$') {
        return None;
    }
    let lower = lower(name);
    if SYSTEM_ACCOUNTS.contains(&lower.as_str()) || lower.starts_with("dwm-") || lower.starts_with("umfd-") {
        return None;
    }
    if domain.is_empty() || domain == "-" || name.contains('@') {
        return Some(lower);
    }
    Some(format_compact!("{lower}@{}", self::lower(domain)))
}

/// The unit's own machine that an event is about. Strangers are none of it: their number has no bound.
pub(crate) fn host(event: &Event) -> Option<CompactString> {
    let source = || event.ip(Field::SrcIp).filter(is_inside).map(text);
    let device = || match event.text(Field::DeviceHostname) {
        Some(name) => Some(lower(name)),
        None => event.ip(Field::DeviceIp).map(text),
    };
    match ocsf::category_uid(event.class_uid) {
        4 => source(),
        6 => source().or_else(device),
        _ => device(),
    }
}

fn account_items(event: &Event, place: Option<&Place>, subject: &mut Subject) {
    let source = match event.ip(Field::SrcIp) {
        Some(ip) if ip.is_loopback() || ip.is_unspecified() => None,
        Some(ip) => Some(text(ip)),
        None => event.text(Field::SrcHostname).map(lower),
    };
    let resource = resource(event);
    let path = event.text(Field::UrlPath).or_else(|| event.text(Field::FilePath));
    subject.target = path.or(resource.as_deref()).map(hash);
    subject.items = [source, place.map(name_place), program(event), resource];
}

fn host_items(event: &Event, place: Option<&Place>, subject: &mut Subject) {
    subject.target = event.ip(Field::DstIp).map(|ip| hash(&ip));
    let country = place.filter(|p| !p.country.is_empty()).map(|p| p.country.clone());
    let program = (event.class_uid == ocsf::PROCESS_ACTIVITY).then(|| program(event)).flatten();
    subject.items = [None, country, program, None];
}

/// `country/region/ASn`, with what is known.
fn name_place(place: &Place) -> CompactString {
    match place.asn {
        0 => format_compact!("{}/{}/", place.country, cut(&place.region)),
        asn => format_compact!("{}/{}/AS{asn}", place.country, cut(&place.region)),
    }
}

fn program(event: &Event) -> Option<CompactString> {
    let named = [Field::ProcName, Field::ProcPath, Field::ActorAppName, Field::ActorProcName];
    let text = named.into_iter().find_map(|f| event.text(f)).or_else(|| {
        // `Mozilla/5.0 …` is every browser; anything else before the slash is a tool's own name.
        let agent = event.text(Field::UserAgent)?.split(['/', ' ']).next()?;
        (agent != "Mozilla").then_some(agent)
    })?;
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text).trim();
    (!name.is_empty()).then(|| lower(name))
}

fn resource(event: &Event) -> Option<CompactString> {
    let text_of = |field| event.text(field).map(lower);
    let ip_of = |field| event.ip(field).map(text);
    match event.class_uid {
        ocsf::DATASTORE_ACTIVITY => text_of(Field::DatabaseName).or_else(|| ip_of(Field::DstIp)),
        ocsf::HTTP_ACTIVITY => text_of(Field::UrlHostname).or_else(|| text_of(Field::DstHostname)),
        ocsf::AUTHENTICATION => text_of(Field::DstHostname)
            .or_else(|| text_of(Field::DeviceHostname))
            .or_else(|| ip_of(Field::DstIp))
            .or_else(|| ip_of(Field::DeviceIp)),
        _ => text_of(Field::DeviceHostname),
    }
}

/// Private, shared (RFC 6598), link-local or unique-local: of the unit's own network.
pub(crate) fn is_inside(ip: &IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_private() || v4.is_link_local() || (v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn text(ip: IpAddr) -> CompactString {
    match ip.to_canonical() {
        // By hand: it is done up to three times an event, and the formatting machinery costs ten times it.
        IpAddr::V4(v4) => {
            let mut text = CompactString::const_new("");
            for (octet, i) in v4.octets().into_iter().zip(0..) {
                if i > 0 {
                    text.push('.');
                }
                for place in [100, 10, 1] {
                    if octet >= place || place == 1 {
                        text.push(char::from(b'0' + octet / place % 10));
                    }
                }
            }
            text
        }
        IpAddr::V6(v6) => format_compact!("{v6}"),
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(NAME_BYTES_MAX)]
}

pub(crate) fn lower(text: &str) -> CompactString {
    let mut lower = CompactString::new(cut(text.trim()));
    if lower.is_ascii() {
        lower.make_ascii_lowercase();
        lower
    } else {
        lower.to_lowercase()
    }
}

/// 32 bits are enough to count distinct things by the hundred.
fn hash<T: Hash + ?Sized>(value: &T) -> u32 {
    // With fixed keys: the same count in every life of the process.
    let mut hasher = std::hash::DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_one_however_they_are_written() {
        assert_eq!(normal("HOSP\\ZhangSan", "").as_deref(), Some("zhangsan@hosp"));
        assert_eq!(normal("ZhangSan", "HOSP").as_deref(), Some("zhangsan@hosp"));
        assert_eq!(normal("ZhangSan@hosp", "HOSP").as_deref(), Some("zhangsan@hosp"));
        assert_eq!(normal("李四", "").as_deref(), Some("李四"));
        for nobody in ["", "-", "SYSTEM", "PC01$", "NT AUTHORITY\\SYSTEM", "Window Manager\\DWM-1"] {
            assert_eq!(normal(nobody, ""), None, "{nobody}");
        }
    }

    #[test]
    fn a_refused_login_teaches_no_address_and_counts_as_a_failure() {
        let mut event = Event::new(ocsf::AUTHENTICATION, 1);
        event.set_text(Field::UserName, "a");
        event.set_ip_text(Field::SrcIp, "203.0.113.9");
        event.set_uint(Field::StatusId, ocsf::status::FAILURE);
        let of = |event: &Event| {
            facts(&EnrichedEvent {
                event: event.clone(),
                hospital: ward_event::UnitId::unattributed(),
                enrichment: ward_event::Enrichment::default(),
                topic: ward_event::topic::Topic::CLOCK,
                partition: 0,
                offset: 0,
            })
        };
        let refused = of(&event).account.expect("an account");
        assert_eq!((refused.items[0].as_deref(), refused.amounts[1]), (None, 1));
        event.set_uint(Field::StatusId, ocsf::status::SUCCESS);
        let granted = of(&event).account.expect("an account");
        assert_eq!((granted.items[0].as_deref(), granted.amounts[1]), (Some("203.0.113.9"), 0));
    }

    #[test]
    fn no_time_that_a_source_may_name_leads_out_of_the_calendar() {
        for (time, received) in
            [(i64::MIN, i64::MIN), (i64::MAX, i64::MAX), (i64::MAX, 0), (i64::MIN, i64::MAX)]
        {
            let mut event = Event::new(ocsf::AUTHENTICATION, 1);
            (event.time, event.received) = (Micros(time), Micros(received));
            let facts = facts(&EnrichedEvent {
                event,
                hospital: ward_event::UnitId::unattributed(),
                enrichment: ward_event::Enrichment::default(),
                topic: ward_event::topic::Topic::CLOCK,
                partition: 0,
                offset: 0,
            });
            assert!((Micros(0)..=TIME_MAX).contains(&facts.time), "{time} {received}");
        }
    }

    #[test]
    fn addresses_are_written_as_everyone_writes_them() {
        for ip in ["0.0.0.0", "10.1.20.105", "255.255.255.255", "192.0.2.9", "fd00::1", "2001:db8::a:0:1"] {
            assert_eq!(text(ip.parse().expect("an address")), ip);
        }
        assert_eq!(text("::ffff:10.0.0.1".parse().expect("an address")), "10.0.0.1");
    }

    #[test]
    fn only_the_units_own_machines_are_hosts() {
        let mut flow = Event::new(ocsf::NETWORK_ACTIVITY, 6);
        flow.set_ip_text(Field::SrcIp, "203.0.113.9");
        assert_eq!(host(&flow), None);
        flow.set_ip_text(Field::SrcIp, "10.1.2.3");
        assert_eq!(host(&flow).as_deref(), Some("10.1.2.3"));
    }
}
